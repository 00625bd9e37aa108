"""Section 3.1: the losses of an auto-encoder are about normal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

from began_lib import normality, shipped
from began_lib.central_limit import pixel_losses, pixel_variance
from began_lib.figures import plots
from began_lib.wasserstein import squared_distance_1d, squared_distance_of_samples
from tools.results.findings import Check, Finding
from tools.results.material import CODES, held_out, lines, made_of, save

NOT_THEIRS = "The paper speaks of the data that its authors tried, which nobody else has"
SHAPE, MISSED, IMAGES = 0.5, 0.02, 1000


def _pixels(name: str) -> dict[str, NDArray]:
    """Losses of every pixel of held-out and of generated images, by kind, (N, S, S)."""
    model = shipped.load(name)
    real = held_out(model.config.data, model.config.architecture.size, IMAGES)
    sets = {"real": real, "generated": model.generate(len(real), CODES)}
    return {kind: pixel_losses(images, model.reconstruct(images)) for kind, images in sets.items()}


def _missed(real: NDArray, generated: NDArray) -> float:
    """By how much the formula for normals misses the exact Wasserstein distance of the losses, as a share."""
    formula = squared_distance_1d(real.mean(), real.var(), generated.mean(), generated.var()) ** 0.5
    return float(abs(formula / squared_distance_of_samples(real, generated) ** 0.5 - 1))


def _is_near(found: normality.Normality) -> bool:
    """Whether losses are near normal in shape."""
    return bool(abs(found.skewness) < SHAPE and abs(found.kurtosis) < 1)


def normal_losses(names: Sequence[str], folder: Path) -> Finding:
    """Skewness and kurtosis of losses, and what the normal form of W misses."""
    pixels = {name: _pixels(name) for name in names}
    losses = {name: {kind: each.mean((1, 2)) for kind, each in sets.items()} for name, sets in pixels.items()}
    found = {
        f"{name}, {kind}": normality.examine(values) for name, sets in losses.items() for kind, values in sets.items()
    }
    missed = {name: _missed(*sets.values()) for name, sets in losses.items()}
    few = {name: pixel_variance(sets["real"]) for name, sets in pixels.items()}
    data = shipped.load(names[0]).config.data
    fails = not all(map(_is_near, found.values()))
    errors = [1.96 * (variance / IMAGES) ** 0.5 for variance in (6, 24)]  # of skewness and kurtosis of normal samples
    figure = Figure(figsize=(4.5 * len(names), 2.6), layout="constrained")
    for axes, (name, sets) in zip(figure.subplots(1, len(names), squeeze=False).flat, losses.items(), strict=True):
        for (kind, values), colour in zip(sets.items(), (plots.REAL, plots.FAKE), strict=True):
            axes.hist(values, bins=50, density=True, color=colour, alpha=0.5, label=kind)
            x = np.linspace(values.min(), values.max(), 200)
            axes.plot(x, stats.norm.pdf(x, values.mean(), values.std()), color=colour)
        axes.set(xlabel="L, mean |v − D(v)|", ylabel="density", title=name)
    axes.legend()
    return Finding(
        f"3.1 ({data})",
        "losses of an auto-encoder are about normal",
        "losses of pixels that are independent and alike would make an image's loss approximately normal; the authors "
        "found experimentally that on their data it is. The Wasserstein distance of two normals has a closed form.",
        "; ".join(made_of(shipped.load(name)) for name in names)
        + f"; {IMAGES:,} held-out and as many generated images.",
        (
            Check(
                f"near normal in shape, real and generated: skewness within ±{SHAPE}, excess kurtosis within ±1",
                lines({name: f"{x.skewness:+.2f} and {x.kurtosis:+.2f}" for name, x in found.items()}),
                not fails,
                "the rule of thumb for nearly symmetric (under 0.5) and moderately skewed (0.5 to 1); a normal has 0 "
                "and 0",
            ),
            Check(
                "and surely so: with their intervals",
                f"± {errors[0]:.2f} and ± {errors[1]:.2f}",
                all(abs(x.skewness) + errors[0] < SHAPE and abs(x.kurtosis) + errors[1] < 1 for x in found.values()),
                f"95 % intervals of {IMAGES:,} images of a normal",
            ),
        ),
        "the authors' data.",
        (
            Check(
                "the paper's reason, a sum over many independent pixels: at least a tenth of them vary independently",
                lines({name: f"{x.pixels:,} vary like {x.effective:.0f}" for name, x in few.items()}),
                all(x.effective >= 0.1 * x.pixels for x in few.values()),
                "a mean of N exponentials has skewness 2/√N",
            ),
            Check(
                f"W of two normals within {MISSED:.0%} of the exact W of the samples, for every model",
                lines({name: f"{value:.2%} off" for name, value in missed.items()}),
                max(missed.values()) < MISSED,
                "no test of shape: nearly all of W is the distance of the means",
            ),
        ),
        untestable=f"{NOT_THEIRS}. On this set, `{data}`, losses {'are not' if fails else 'are nearly'} normal.",
        picture=save(figure, folder, f"section-3.1-{data}.jpg"),
        alt="Histograms of the losses of real and generated images of each model, with fitted normals",
        notebook="01_loss_normality",
    )
