"""Section 3.1, equations 1 and 2: distances between losses along training runs, and the pole of condition (1)."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from IPython.display import Image
from matplotlib.figure import Figure
from numpy.typing import NDArray

from began_lib.figures.display import show_figure
from began_lib.figures.plots import BLACK, CONTROL, FAKE, MEASURE, REAL, SKY
from began_lib.wasserstein import condition_ratio

__all__ = ["distances", "pole", "ratio_along"]

_RUNS = (("o", CONTROL), ("^", MEASURE), ("s", SKY), ("v", BLACK))  # markers of the values of gamma


def distances(
    steps: NDArray[np.int64],
    terms: Mapping[float, tuple[NDArray[np.float64], ...]],
    floors: Mapping[float, NDArray[np.float64]],
) -> Image:
    """Exact W, its form for normals, and the means alone, over the steps of one run for each gamma.

    Args:
        steps: of the measurements.
        terms: means, spreads and shapes of W squared, at each step, by gamma.
        floors: W between two halves of one sample of real losses, at each step, by gamma.
    """
    figure = Figure(figsize=(10, 3.3))
    axes, last = figure.subplots(1, len(terms), sharey=True, squeeze=False)[0], []
    for place, (gamma, (means, spreads, shapes)) in zip(axes, terms.items(), strict=True):
        exact = np.sqrt(means + spreads + shapes)
        place.plot(steps, exact, color=SKY, linewidth=5, label="exact W")
        place.plot(steps, np.sqrt(means + spreads), color=BLACK, label="formula for normals")
        place.plot(steps, np.sqrt(means), color=MEASURE, linestyle="--", label="|m1 − m2| alone")
        place.plot(steps, floors[gamma], color="0.5", linestyle=":", label="floor: real losses, two halves")
        place.set(xlabel="step", yscale="log", ylim=(3e-4, 1), title=f"γ = {gamma}")
        last.append(f"γ = {gamma}: W {exact[-1]:.3f} in the end, means alone down to {np.sqrt(means.min()):.4f}")
    axes[0].set_ylabel("W, in units of the loss")
    axes[-1].legend(loc="lower left")
    alt = (
        "The exact distance and the formula for normals lie on one another; the means alone fall off where they meet. "
    )
    return show_figure(figure, alt + "; ".join(last) + ".")


def ratio_along(steps: NDArray[np.int64], losses: Mapping[float, NDArray[np.float64]]) -> Image:
    """Means with deviations, and below them the ratio of condition (1), over the steps of one run for each gamma.

    Where |m1 - m2| is below two of its standard errors the ratio's point is hollow: it says no more than "large".

    Args:
        steps: of the measurements.
        losses: of real and of generated images, (2, measurements, images), by gamma.
    """
    figure, peaks = Figure(figsize=(10, 5)), []
    columns = figure.subplots(2, len(losses), sharex=True, sharey="row", squeeze=False).T
    for (above, below), (gamma, (a, b)) in zip(columns, losses.items(), strict=True):
        m1, c1, m2, c2 = a.mean(1), a.var(1), b.mean(1), b.var(1)
        for m, c, colour, label in ((m1, c1, REAL, "m1, of L(x)"), (m2, c2, FAKE, "m2, of L(G(z))")):
            above.plot(steps, m, color=colour, label=label)
            above.fill_between(steps, m - np.sqrt(c), m + np.sqrt(c), color=colour, alpha=0.2, linewidth=0)
        ratio, apart = condition_ratio(m1, c1, m2, c2), np.abs(m1 - m2) > 2 * np.sqrt((c1 + c2) / a.shape[1])
        below.plot(steps, ratio, color=MEASURE)
        below.plot(steps[apart], ratio[apart], "o", color=MEASURE)
        below.plot(steps[~apart], ratio[~apart], "o", color=MEASURE, fillstyle="none", label="m1 ≈ m2")
        below.axhline(1, color="0.5", linestyle=":", label="above: spreads outweigh means")
        above.set(yscale="log", ylim=(0.02, 2), title=f"γ = {gamma}")
        below.set(xlabel="step", yscale="log", ylim=(1e-4, 1e6))
        peaks.append(f"γ = {gamma}: median {np.median(ratio):.2g}, largest {ratio.max():.2g}")
    columns[0][0].set_ylabel("loss, mean ± √c")
    columns[0][1].set_ylabel("ratio of condition (1)")
    for axes in columns[-1]:
        axes.legend(loc="upper right")
    return show_figure(figure, "The ratio of condition (1) shoots up where the means cross. " + "; ".join(peaks) + ".")


def pole(
    measured: Mapping[float, tuple[NDArray[np.float64], NDArray[np.float64]]],
    v1: float,
    v2: float,
    marked: tuple[float, ...] = (0.3, 0.5, 0.7),
) -> Image:
    """The ratio of condition (1) against q = m2 / m1: the curve for given relative spreads, and measurements.

    Args:
        measured: values of q and of the ratio, by gamma.
        v1, v2: deviation over mean, of real and of generated losses.
        marked: values of gamma to mark on the axis.
    """
    figure = Figure(figsize=(9, 3.8))
    axes = figure.subplots()
    for (marker, colour), (gamma, (q, ratio)) in zip(cycle(_RUNS), measured.items(), strict=False):
        axes.plot(q, ratio, marker, color=colour, markersize=5, alpha=0.7, label=f"measured, γ = {gamma}")
    farthest = max(1.8, *(float(q.max()) for q, _ in measured.values()))
    for piece in (np.linspace(0.1, 0.999, 500), np.linspace(1.001, farthest, 500)):
        curve = ((v1 - piece * v2) / (1 - piece)) ** 2
        axes.plot(piece, curve, color=BLACK, label=f"relative spreads {v1:.2f}, {v2:.2f}" if piece[0] < 1 else None)
    axes.axvline(1, color="0.5", linestyle=":")
    axes.text(1.02, 3e3, "pole: m1 = m2", color="0.4", fontsize="small")
    for gamma in marked:
        axes.axvline(gamma, color="0.6", linestyle="--", linewidth=0.8)
        axes.text(gamma + 0.01, 3e3, f"γ = {gamma}", color="0.4", fontsize="small")
    axes.set(xlabel="q = m2 / m1, the ratio of the mean losses", ylabel="ratio of condition (1)")
    axes.set(yscale="log", ylim=(1e-3, 1e4))
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    medians = ", ".join(f"{np.median(ratio):.2g} for γ = {gamma}" for gamma, (_, ratio) in measured.items())
    return show_figure(figure, f"The ratio of condition (1) has a pole at q = 1. Medians measured: {medians}.")
