"""Section 4.4, figure 5: M_global with samples of the same moments pinned along it, and what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats
from torch import Tensor

from began_lib.equilibrium import convergence_measure
from began_lib.figures.display import show_figure
from began_lib.figures.over_seeds import marks_of, value
from began_lib.figures.plots import BLACK, FAKE, GREEN, MEASURE, REAL, TARGET, YELLOW, draw_grid, running_mean
from began_lib.training.history import History

__all__ = [
    "after_the_break",
    "check_pictures",
    "draw_course",
    "figure_5",
    "pinned_figure",
    "short_runs",
    "smoothing_window",
    "v_shape",
    "with_fid",
    "with_fid_figure",
    "with_quality",
]

SMALLEST_WINDOW = 10  # steps: over fewer, a running mean shows the noise of single batches
LOWEST_TOP = 1e-6  # of the axis of M_global: that of a run without a finite mean


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
    # The first batches of an untrained network would squeeze the rest of the curve into a line; NaN ends the curve.
    top = 1.25 * smooth[1].max(where=np.isfinite(smooth[1]), initial=LOWEST_TOP)
    axes.set(xlabel="step", ylabel="M_global", ylim=(0.0, top), xlim=(0, len(m_global)))


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


def figure_5(history: History, pictures: Mapping[int, Tensor], name: str) -> Image:
    """Figure 5 of a run: nine faces of each of some steps, tied to their places on the curve of M_global."""
    figure = pinned_figure(history, {step: images[:9] for step, images in pictures.items()}, columns=3)
    listed = ", ".join(f"{step:,}" for step in sorted(pictures))
    return show_figure(figure, f"M_global of {name} over the steps; above it nine faces after {listed} steps.", "jpeg")


def with_fid_figure(runs: Sequence[Mapping[str, Any]], window: int) -> Figure:
    """M_global along runs of one arm, and FID at their marks below it; dashed where the first one's rate was lowered.

    Args:
        runs: as docs/experiments.json has them, with their courses, the rate among them; further ones are drawn pale.
        window: steps over which each point of a course is a mean.
    """
    figure = Figure(figsize=(9, 4.6), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    for number, run in enumerate(runs):
        rows, pale = marks_of(run), 0.4 if number else 1.0
        steps, averaged, own = (np.array([value(row, it) for row in rows]) for it in ("steps", "averaged_fid", "fid"))
        whose = f", seed {run['seed']}" if len(runs) > 1 else ""
        course = run["course"]["m_global"]
        upper.plot(window * np.arange(1, len(course) + 1), course, color=MEASURE, alpha=pale)
        lower.plot(steps, averaged, "o-", color=BLACK, alpha=pale, markersize=3, label=f"G's averaged weights{whose}")
        lower.plot(steps, own, "o", color=YELLOW, alpha=pale, markersize=3, label=f"G at that step{whose}")
    upper.set_ylabel(f"M_global, mean of {window} steps")
    lower.set(xlabel="step", ylabel="FID", ylim=(0, None))
    lower.legend(loc="upper right")
    rates = np.array(runs[0]["course"]["learning_rate"])
    for place in np.flatnonzero(np.diff(rates) < 0):
        for axes in (upper, lower):
            axes.axvline(window * (place + 1), color=TARGET, linewidth=1, linestyle="--")
    return figure


def with_fid(runs: Sequence[Mapping[str, Any]], window: int) -> Image:
    """:func:`with_fid_figure` on the page."""
    along = [f"{marks_of(run)[-1]['steps']:,} steps, and FID at {len(run['marks'])} of them" for run in runs]
    alt = f"M_global along {'; along '.join(along)}."
    return show_figure(with_fid_figure(runs, window), alt)


def v_shape(gammas: Sequence[float]) -> Image:
    """M_global over L(x) against the ratio q = L(G(z)) / L(x), for each gamma (section 3.4.2)."""
    q = torch.linspace(0, 1.5, 301)
    figure = Figure(figsize=(6, 2.8))
    axes = figure.subplots()
    for gamma, line in zip(gammas, ("--", "-", ":"), strict=False):
        axes.plot(q, convergence_measure(torch.ones(301), q, gamma), line, color=MEASURE, label=f"γ = {gamma:g}")
        axes.plot(0, 1 + gamma, "o", color=BLACK, markersize=4, clip_on=False)
    axes.set(xlabel="q = L(G(z)) / L(x)", ylabel="M_global / L(x)", xlim=(0, 1.5), ylim=(0.9, 2.3))
    axes.legend()
    alt = "M_global over L(x) against the ratio q: a V with its corner at gamma, whose left arm ends at 1 + gamma."
    return show_figure(figure, alt)


def short_runs(arms: Mapping[str, Sequence[History]], gamma: float, window: int = 10) -> Image:
    """M_global, L(x) and the ratio of runs over the steps; a line for each seed, a colour for each arm.

    The axes show twice what the first half of the runs needs: what diverges leaves through the top. Raises ValueError
    for a run of no more than `window` steps.
    """
    if short := [len(history) for histories in arms.values() for history in histories if len(history) <= window]:
        raise ValueError(f"found a run of {short[0]} steps: expected more than the {window} of a mean.")
    figure = Figure(figsize=(11, 3))
    panels = figure.subplots(1, 3)
    tops = np.zeros(3)
    for place, ((name, histories), colour) in enumerate(zip(arms.items(), (BLACK, GREEN, YELLOW), strict=False)):
        for number, history in enumerate(histories):
            means = {c: running_mean(history[c], window) for c in ("m_global", "loss_real", "loss_fake")}
            steps, real = means["loss_real"]
            curves = means["m_global"][1], real, means["loss_fake"][1] / real
            for axes, values in zip(panels, curves, strict=True):
                label = None if number else name
                axes.plot(steps, values, color=colour, linewidth=0.9, label=label, zorder=3 - 0.1 * place)
            tops = np.maximum(tops, [values[: len(values) // 2].max() for values in curves])
    panels[2].axhline(gamma, color=TARGET, linestyle="--", label="γ")
    for axes, title, top in zip(panels, ("M_global", "L(x)", "L(G(z)) / L(x)"), tops, strict=True):
        axes.set(xlabel="step", ylabel=f"mean of {window} steps", title=title, ylim=(0, 2 * top))
    figure.legend(*panels[2].get_legend_handles_labels(), loc="outside right center")
    return show_figure(figure, f"M_global, L(x) and the ratio of short runs over the steps: {', '.join(arms)}.")


def with_quality(measures: Mapping[str, NDArray], quality: Mapping[str, NDArray], steps: Sequence[int]) -> Image:
    """Each quality, (snapshots,), against each of `measures`, (snapshots,), joined in the order of the steps."""
    figure = Figure(figsize=(11, 3), layout="constrained")
    pairs = [(x, y) for y in quality for x in measures]
    for axes, (x, y) in zip(figure.subplots(1, len(pairs), squeeze=False)[0], pairs, strict=True):
        axes.plot(measures[x], quality[y], color="0.7", linewidth=0.8)
        points = axes.scatter(measures[x], quality[y], c=np.array(steps) / 1000, cmap="viridis", zorder=3)
        rho = stats.spearmanr(measures[x], quality[y]).statistic
        axes.set(xlabel=x, ylabel=y, title=f"rank correlation {rho:+.2f}")
    figure.colorbar(points, ax=figure.axes, label="step, thousands")
    alt = f"{' and '.join(quality)} of the snapshots against {' and '.join(measures)}: all go with the steps."
    return show_figure(figure, alt)


def after_the_break(steps: NDArray, signals: Mapping[str, NDArray], seen: Mapping[int, float]) -> Image:
    """Signals over their usual values, against the steps after a break.

    Args:
        steps: after the break, (n,); negative before it.
        signals: over their mean of the steps before, (n,) each: M_global, L(x), L(G(z)) and their ratio, in that order.
        seen: diversity over its value at the break, by the steps after.
    """
    figure = Figure(figsize=(10, 3.2))
    axes = figure.subplots()
    for (name, values), colour in zip(signals.items(), (MEASURE, REAL, FAKE, BLACK), strict=False):
        axes.plot(steps, values, color=colour, label=name)
    axes.plot([*seen], [*seen.values()], "o--", color=YELLOW, clip_on=False, label="diversity")
    axes.axvline(0, color="0.5", linewidth=0.8)
    axes.set(xlim=(-1000, steps[-1]), ylim=(0, 1.5), xlabel="step after k was set to 0", ylabel="over its usual value")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    ends = ", ".join(f"{name} {values[-1]:.2f}" for name, values in signals.items())
    return show_figure(figure, f"Signals over their usual values before and after the break; at the end: {ends}.")
