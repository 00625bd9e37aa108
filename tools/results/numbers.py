"""The paper's assumption about losses and its one table, beside what the shipped models give: a finding for each."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy import stats

from began_lib import normality, shipped
from began_lib.central_limit import pixel_losses, pixel_variance
from began_lib.data import open_dataset
from began_lib.figures import plots
from began_lib.machine.storage import read_json
from began_lib.wasserstein import squared_distance_1d, squared_distance_of_samples
from tools.results.findings import Check, Finding
from tools.results.material import CODES, held_out, made_of, save

PAPER_SCORES = {"BEGAN": 5.62, "real data": 11.24}  # table 1, Inception v3 and 50,000 images of CIFAR-10
SCORES = "scores.json"  # beside the model: what `python -m began_lib score` wrote


def normal_losses(folder: Path) -> Finding:
    """Section 3.1: the losses of an auto-encoder are about normal, because they are sums over many pixels."""
    model = shipped.load("faces-32")
    real, fake = held_out("faces", 32, 2000), model.generate(2000, CODES)
    losses, checks = {}, []
    for name, images in (("real", real), ("generated", fake)):
        pixels = pixel_losses(images, model.reconstruct(images))
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


def inception(data: str, folder: Path) -> Finding:
    """Table 1: the Inception score on CIFAR-10, unconditional, from the table that notebook 11 shows whole.

    Args:
        data: CIFAR-10, by name or as a folder of its pictures.
        folder: for the picture.

    Raises:
        ValueError: the table is not of the model that ships.
    """
    model = shipped.load("cifar10-32")
    stored = read_json(model.samples.with_name(SCORES))
    if stored["protocol"]["model"] != f"{model.name}, {model.step} steps":
        raise ValueError(
            f"{SCORES} is of {stored['protocol']['model']}: expected {model.name}, {model.step} steps. Make it anew: "
            f"python -m began_lib score --model {model.name} --data {data} --samples 10000 --json FILE"
        )
    rows = {row: {score["name"].split("_")[0]: score for score in stored["rows"][row]} for row in ("generated", "real")}
    ours_is, real_is = (rows[row]["is"] for row in rows)
    ours_fid, real_fid = (rows[row]["fid"]["value"] for row in rows)
    share, paper_share = ours_is["value"] / real_is["value"], PAPER_SCORES["BEGAN"] / PAPER_SCORES["real data"]
    training = open_dataset(data, size=32).train
    chosen = np.random.default_rng(0).permutation(len(training))[:64]
    pictures = torch.as_tensor(training[chosen]).float() / 127.5 - 1
    figure = plots.grids_figure([pictures, model.generate(64, CODES)], ["CIFAR-10", "samples"], columns=8, width=9)
    return Finding(
        "Table 1",
        "an Inception score on CIFAR-10",
        f"BEGAN {PAPER_SCORES['BEGAN']}, real data {PAPER_SCORES['real data']}: {paper_share:.0%} of the "
        "real score; of the unsupervised models in the table only DFM, 7.72, is above it.",
        made_of(model) + f"; {ours_is['images']:,} images each, network {stored['protocol']['network']}.",
        (
            Check(
                f"a score within a tenth of the paper's share of the real score, {paper_share:.0%}",
                f"ours {ours_is['value']:.2f} ({ours_is['low']:.2f} to {ours_is['high']:.2f}), "
                f"real {real_is['value']:.2f} ({real_is['low']:.2f} to {real_is['high']:.2f}): {share:.0%}",
                abs(share / paper_share - 1) < 0.1,
            ),
            Check(
                "what the score does not see, for comparison: FID under ten times that of other real pictures",
                f"ours {ours_fid:.0f}, other real pictures {real_fid:.1f}",
                ours_fid < 10 * real_fid,
            ),
        ),
        "A score of another network is another scale, so only the share is compared; the paper does not give its "
        "model's size, steps or images for the table.",
        save(figure, folder, "table-1.jpg"),
        "64 pictures of CIFAR-10 and 64 samples: blurred, with no clear object",
        "11_scores",
    )
