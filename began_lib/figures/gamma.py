"""Section 4.2, figure 3: runs that differ in gamma, and measures over the ratio reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
from IPython.display import Image
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from began_lib.figures.display import show_figure
from began_lib.figures.plots import BLACK, REAL, YELLOW, running_mean
from began_lib.training.history import History

__all__ = ["UNITS", "measures", "shade", "short_runs"]

WINDOW = 30  # steps over which the ratio of two noisy losses is averaged
UNITS = {  # of the measures that are drawn, by their names
    "diversity": "mean |u − v| per pixel",
    "coverage": "share of held-out faces",
    "grain beyond D": "mean per pixel",
}


def shade(gamma: float) -> tuple[float, float, float, float]:
    """The colour of a gamma in [0, 1]: the larger, the lighter, with the paper's 0.3, 0.5 and 0.7 far apart."""
    return matplotlib.colormaps["viridis"](np.interp(gamma, (0, 0.3, 0.7, 1), (0, 0.18, 0.8, 0.97)))


def short_runs(
    histories: Mapping[float, Sequence[History]],
    reached: Mapping[float, ArrayLike],
    diversity: Mapping[float, ArrayLike],
) -> Image:
    """Runs by their gamma, one per seed: the ratio and k over the steps, and diversity over the ratio reached.

    Args:
        histories: of the runs, by gamma.
        reached: the ratio of losses at the end of each run, in the same order.
        diversity: of each run's samples, likewise.
    """
    figure = Figure(figsize=(11, 3))
    left, middle, right = figure.subplots(1, 3)
    for gamma, runs in histories.items():
        for history in runs:
            (steps, real), (_, fake) = (running_mean(history[c], WINDOW) for c in ("loss_real", "loss_fake"))
            left.plot(steps, fake / real, color=shade(gamma), linewidth=0.8)
            middle.plot(np.arange(1, len(history) + 1), history["k"], color=shade(gamma), linewidth=0.8)
        left.axhline(gamma, color=shade(gamma), linestyle="--", linewidth=1)
        right.plot(reached[gamma], diversity[gamma], "o", color=shade(gamma), label=f"γ = {gamma:g}")
    left.set(xlabel="step", ylabel=f"L(G(z)) / L(x), mean of {WINDOW} steps", title="The ratio, and γ (dashed)")
    middle.set(xlabel="step", ylabel="k", title="The controller")
    right.set(xlabel="ratio reached", ylabel="diversity", title="A dot for each training")
    for axes in (left, right):
        axes.set_ylim(0, None)
    figure.legend(loc="outside right center")
    listed = ", ".join(f"{gamma:g}" for gamma in histories)
    alt = f"Short runs at γ = {listed}: ratio and k over the steps, and diversity over the ratio reached."
    return show_figure(figure, alt)


def _interval(groups: NDArray[np.float64]) -> tuple[float, float]:
    """Mean, and half of Student's 95 % interval, of values (groups,)."""
    return float(groups.mean()), float(stats.t.ppf(0.975, len(groups) - 1) * stats.sem(groups))


def measures(
    found: Mapping[str, Mapping[str, Mapping[str, NDArray[np.float64]]]],
    ratios: Mapping[str, Mapping[str, float]],
    lines: Sequence[str] = (),
) -> Image:
    """Each of `UNITS` over the ratio that the models have reached, with 95 % intervals over groups of samples.

    Args:
        found: by data, set of images and measure, (groups,).
        ratios: by data and set, of those sets that a model made.
        lines: sets whose means are drawn across, to compare with.
    """
    figure = Figure(figsize=(11, 3))
    panels = figure.subplots(1, len(UNITS))
    for axes, (name, unit) in zip(panels, UNITS.items(), strict=True):
        for (data, sets), colour in zip(found.items(), (YELLOW, BLACK), strict=False):
            rows = {label: row[name] for label, row in sets.items() if name in row}
            of = [(ratio, *_interval(rows[label])) for label, ratio in ratios[data].items() if label in rows]
            if of:
                axes.errorbar(*np.array(of).T, fmt="o-", color=colour, capsize=3, label=f"G, {data}")
            for label, dashes in zip(lines, ("-", "--", ":"), strict=False):
                if label in rows:
                    axes.axhline(rows[label].mean(), color=REAL, linestyle=dashes, linewidth=1, label=label)
        axes.set(xlabel="ratio of losses reached", ylabel=unit, title=name, ylim=(min(0, axes.get_ylim()[0]), None))
    handles = {
        label: handle for axes in panels for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside right center")
    alt = f"{', '.join(UNITS)} over the ratio of losses that each model has reached, for {' and '.join(found)}."
    return show_figure(figure, alt)
