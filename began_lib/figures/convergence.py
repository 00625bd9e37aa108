"""Section 4.4, figure 5: the course of M_global with samples of the same moments pinned along it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from began_lib.figures.plots import BLACK, MEASURE, draw_grid, running_mean
from began_lib.training.history import History

__all__ = ["check_pictures", "draw_course", "pinned_figure", "smoothing_window"]

SMALLEST_WINDOW = 10  # steps: over fewer, a running mean shows the noise of single batches


def smoothing_window(steps: int) -> int:
    """Steps over which M_global is averaged, in a run of so many."""
    return max(SMALLEST_WINDOW, steps // 40)


def draw_course(axes: Axes, history: History) -> None:
    """M_global over the steps, and its running mean."""
    m_global = history["m_global"]
    window = smoothing_window(len(m_global))
    axes.plot(np.arange(1, len(m_global) + 1), m_global, color=MEASURE, alpha=0.25, linewidth=0.6)
    smooth = running_mean(m_global, window)
    axes.plot(*smooth, color=MEASURE, label=f"M_global, mean of {min(window, len(m_global))} steps")
    # The first batches of an untrained network would squeeze the rest of the curve into a line.
    axes.set(xlabel="step", ylabel="M_global", ylim=(0.0, 1.25 * float(smooth[1].max())), xlim=(0, len(m_global)))


def check_pictures(history: History, pictures: Mapping[int, Tensor]) -> None:
    """Raise ValueError where there are no pictures, or those of a step that the history does not hold."""
    if not pictures:
        raise ValueError("expected pictures of at least one step, found none.")
    if outside := [step for step in pictures if not 1 <= step <= len(history)]:
        raise ValueError(f"pictures of step {outside[0]}: expected steps of the history, 1 to {len(history)}.")


def pinned_figure(history: History, pictures: Mapping[int, Tensor], width: float = 11.0, columns: int = 4) -> Figure:
    """M_global over the steps, and above it the pictures of some of them, each tied to its place on the curve.

    Args:
        history: of the run.
        pictures: by step, (N, C, S, S) in [-1, 1]; one grid each.
        columns: pictures side by side in a grid.

    Raises:
        ValueError: no pictures, or of a step that the history does not hold.
    """
    check_pictures(history, pictures)
    steps = sorted(pictures)
    rows = -(-max(len(images) for images in pictures.values()) // columns)
    above = width / len(steps) * rows / columns + 0.4  # inches of the grids with their titles
    figure = Figure(figsize=(width, above + 2.6), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(above, 2.6))
    axes = bottom.subplots()
    draw_course(axes, history)
    middles, means = running_mean(history["m_global"], smoothing_window(len(history)))
    for place, step in zip(top.subplots(1, len(steps), squeeze=False)[0], steps, strict=True):
        draw_grid(place, pictures[step], f"{step:,}", columns)
        height = float(np.interp(step, middles, means))
        axes.plot(step, height, "o", color=BLACK, markersize=4, clip_on=False)  # the last lies on the edge
        axes.annotate(
            "", (step, height), (0.5, 0.0), textcoords=place.transAxes,
            arrowprops={"arrowstyle": "-", "color": "0.6", "linewidth": 0.8, "shrinkA": 2, "shrinkB": 3},
        )  # fmt: skip
    axes.legend()
    return figure
