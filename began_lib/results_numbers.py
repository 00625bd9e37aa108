"""The paper's assumption about losses and its one table, beside what the shipped models give: a finding for each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy import stats

from began_lib import feature_networks, normality, plots, shipped
from began_lib.data import open_dataset, to_uint8
from began_lib.findings import Check, Finding
from began_lib.pixel_losses import pixel_losses, pixel_variance
from began_lib.results_material import held_out, made_of, rebuilt, samples, save
from began_lib.scores import extract, fid, inception_score
from began_lib.wasserstein import squared_distance_1d, squared_distance_of_samples

PAPER_SCORES = {"BEGAN": 5.62, "real data": 11.24}  # table 1, Inception v3 and 50,000 images of CIFAR-10
SCORED = 2000  # images; fewer than the paper's 50,000: both columns have the same bias


def normal_losses(folder: Path) -> Finding:
    """Section 3.1: the losses of an auto-encoder are about normal, because they are sums over many pixels."""
    model = shipped.load("faces-32")
    real, fake = held_out("faces", 32, 2000), samples(model, 2000)
    losses, checks = {}, []
    for name, images in (("real", real), ("generated", fake)):
        pixels = pixel_losses(images, rebuilt(model, images))
        losses[name] = pixels.mean((1, 2))
        found = normality.examine(losses[name])
        shape = f"skewness {found.skewness:+.2f}, excess kurtosis {found.kurtosis:+.2f}"
        near = abs(found.skewness) < 0.5 and abs(found.kurtosis) < 1
        checks.append(
            Check(f"losses of {name} images near a normal: skewness within ±0.5, kurtosis within ±1", shape, near)
        )
        if name == "real":
            variance = pixel_variance(pixels)
            few = Check(
                "the paper's reason, a sum over many independent pixels: at least 100 of them",
                f"{variance.pixels:,} pixels vary like {variance.effective:.0f} independent ones",
                bool(variance.effective >= 100),
            )
    (m1, c1), (m2, c2) = ((values.mean(), values.var()) for values in losses.values())
    formula, exact = squared_distance_1d(m1, c1, m2, c2) ** 0.5, squared_distance_of_samples(*losses.values()) ** 0.5
    missed = float(abs(formula / exact - 1))
    checks += [
        few,
        Check("W of two normals close to the exact W of the samples: within 2 %", f"{missed:.2%} off", missed < 0.02),
    ]
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    axes = figure.subplots()
    for (name, values), colour in zip(losses.items(), (plots.REAL, plots.FAKE), strict=True):
        axes.hist(values, bins=60, density=True, color=colour, alpha=0.5, label=name)
        x = np.linspace(values.min(), values.max(), 200)
        axes.plot(x, stats.norm.pdf(x, values.mean(), values.std()), color=colour)
    axes.set(xlabel="L, mean |v − D(v)|", ylabel="density")
    axes.legend()
    return Finding(
        "Section 3.1",
        "losses are nearly normal",
        "the image-wise loss of an auto-encoder is assumed to be about normal, by a central limit over pixels; the "
        "Wasserstein distance of two normals then has a closed form.",
        made_of(model) + "; 2,000 held-out and 2,000 generated faces.",
        tuple(checks),
        picture=save(figure, folder, "section-3.1.jpg"),
        alt="Histograms of the losses of real and generated faces, each with its fitted normal",
        notebook="01_loss_normality",
    )


def inception(data: str, folder: Path, network: str = "efficientnet_lite0") -> Finding:
    """Table 1: the Inception score on CIFAR-10, unconditional.

    Args:
        data: CIFAR-10, by name or as a folder of its pictures.
        folder: for the picture.
        network: of the score.
    """
    model = shipped.load("cifar10-32")
    judge = feature_networks.load(network)
    training = open_dataset(data, size=32).train
    order = np.random.default_rng(0).permutation(len(training))
    made = samples(model, SCORED)
    real, other, ours = (
        extract(judge, pixels, progress=label)
        for label, pixels in (
            ("CIFAR-10", training[order[:SCORED]]),
            ("CIFAR-10, other pictures", training[order[SCORED : 2 * SCORED]]),
            ("samples", to_uint8(made)),
        )
    )
    ours_is, real_is = inception_score(ours), inception_score(real)
    ours_fid, real_fid = fid(ours, real), fid(other, real)
    share, paper_share = ours_is.value / real_is.value, PAPER_SCORES["BEGAN"] / PAPER_SCORES["real data"]
    pictures = torch.as_tensor(training[order[:64]]).float() / 127.5 - 1
    figure = plots.grids_figure([pictures, made[:64]], ["CIFAR-10", "samples"], columns=8, width=9)
    return Finding(
        "Table 1",
        "an Inception score on CIFAR-10",
        f"BEGAN {PAPER_SCORES['BEGAN']}, real data {PAPER_SCORES['real data']}: {paper_share:.0%} of the "
        "real score; of the unsupervised models in the table only DFM, 7.72, is above it.",
        made_of(model) + f"; {SCORED:,} images each, network {network}, {judge.card.resize_filter}.",
        (
            Check(
                f"a score within a tenth of the paper's share of the real score, {paper_share:.0%}",
                f"ours {ours_is.value:.2f} ({ours_is.low:.2f} to {ours_is.high:.2f}), "
                f"real {real_is.value:.2f} ({real_is.low:.2f} to {real_is.high:.2f}): {share:.0%}",
                abs(share / paper_share - 1) < 0.1,
            ),
            Check(
                "what the score does not see, for comparison: FID under ten times that of other real pictures",
                f"ours {ours_fid.value:.0f}, other real pictures {real_fid.value:.0f}",
                ours_fid.value < 10 * real_fid.value,
            ),
        ),
        "A score of another network is another scale, so only the share is compared; the paper does not give its "
        "model's size, steps or images for the table.",
        save(figure, folder, "table-1.jpg"),
        "64 pictures of CIFAR-10 and 64 samples: blurred, with no clear object",
        "11_scores",
    )
