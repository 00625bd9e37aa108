"""Notebook 03: landscapes of L(v) with the points on them, the losses behind them, and what is left out over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.contour import QuadContourSet
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy import stats
from torch import Tensor, nn

from began_lib import plane
from began_lib.figures.display import show_figure
from began_lib.figures.plane import LOSS, draw_landscape, draw_moment, draw_points
from began_lib.figures.plots import BLACK, FAKE, REAL, TARGET, running_mean
from began_lib.figures.tables import table

__all__ = ["ends_table", "landscapes", "left_out_by_seed", "losses", "paired_table", "two_solutions", "two_widths"]

WINDOW = 20  # steps of a running mean
TICKS = (0.01, 0.1, 1.0, 10.0)  # of a colour bar


def _colour_bar(figure: Figure, contours: QuadContourSet, axes: Sequence[Axes], shrink: float = 0.8) -> None:
    figure.colorbar(contours, ax=axes, label=LOSS, shrink=shrink, ticks=TICKS, format="{x:g}")


def two_solutions(solutions: Mapping[str, tuple[nn.Module, Tensor, Sequence[float]]], real: Tensor) -> Image:
    """The landscape and the points that solutions (a) and (b) end with, and how far G's points went.

    Args:
        solutions: for "a" and "b": D, generated points (N, 2), their median distance from the origin at each step.
        real: real points, (M, 2).
    """
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    *maps, right = figure.subplots(1, 3)
    for axes, (name, (discriminator, generated, far)) in zip(maps, solutions.items(), strict=True):
        contours = draw_landscape(axes, plane.landscape(discriminator), f"({name}) after {len(far)} steps")
        draw_points(axes, real, generated)
        axes.set(xlabel="first coordinate", ylabel="second coordinate")
        style = "--" if name == "a" else "-"
        right.plot(np.arange(1, len(far) + 1), far, style, label=f"G(z) in ({name})", color=FAKE)
    maps[-1].legend(loc="upper right", markerscale=2, frameon=True, fontsize="small")
    _colour_bar(figure, contours, maps)
    right.axhline(plane.RADIUS, color=REAL, label="real points")
    right.set(xlabel="step", ylabel="median distance from the origin", yscale="log", title="Where G goes")
    right.legend()
    return show_figure(
        figure,
        "Loss landscapes of both solutions with real and generated points, on one logarithmic grey scale: in (a) the "
        "real points lie on high ground and no generated point is on the map; in (b) both lie in a valley. Right, "
        "the generated points' distance from the origin: it grows without end in (a), and comes to the real "
        "points' in (b).",
    )


def landscapes(runs: Mapping[str, plane.PlaneRun], real: Tensor) -> Image:
    """One row for each run, by its name, and one column for each recorded moment."""
    columns = len(next(iter(runs.values())).moments)
    figure = Figure(figsize=(2.2 * columns, 2.15 * len(runs)), layout="constrained")
    rows = figure.subplots(len(runs), columns, sharex=True, sharey=True, squeeze=False)
    for row, (name, run) in zip(rows, runs.items(), strict=True):
        for axes, moment in zip(row, run.moments, strict=True):
            contours = draw_moment(axes, moment, real)
        row[0].set_ylabel(name)
    figure.supxlabel("first coordinate", fontsize="medium")
    figure.supylabel("second coordinate", fontsize="medium")
    rows[0, 0].legend(loc="upper left", fontsize="x-small", frameon=True, markerscale=1.5)
    _colour_bar(figure, contours, rows.ravel().tolist(), shrink=0.6)
    return show_figure(
        figure,
        f"{rows.size} landscapes with real and generated points, on one logarithmic grey scale: a row for each of "
        f"{', '.join(runs)}. With k = 0 a valley forms along the horseshoe and the generated points shrink to a piece "
        "of it; with k = 1 no valley stays; with the controller they spread over more of the valley.",
    )


def losses(runs: Mapping[str, plane.PlaneRun], gamma: float) -> Image:
    """Both mean losses and the target gamma L(x) of each run over its steps."""
    figure = Figure(figsize=(10, 2.9), layout="constrained")
    places = figure.subplots(1, len(runs), sharey=True, squeeze=False)[0]
    for axes, (name, run) in zip(places, runs.items(), strict=True):
        axes.plot(*running_mean(run.loss_real, WINDOW), color=REAL, label="L(x)")
        axes.plot(*running_mean(run.loss_fake, WINDOW), color=FAKE, label="L(G(z))")
        axes.plot(*running_mean(gamma * run.loss_real, WINDOW), color=TARGET, linestyle="--", label="γ L(x)")
        axes.set(xlabel="step", yscale="log", title=name)
    places[0].set_ylabel(f"loss, mean of {WINDOW} steps")
    places[-1].legend()
    return show_figure(
        figure,
        f"Losses of {', '.join(runs)} on logarithmic axes. With k = 0 the generated loss falls below the target; with "
        "k = 1 both rise by orders of magnitude; with the controller the generated loss oscillates around the target.",
    )


def left_out_by_seed(left_out: Mapping[str, ArrayLike], floor: float) -> Image:
    """How far real points are from the nearest generated one: a dot for each seed, the mean and its 95 % interval.

    Args:
        left_out: for each way of training, by name, one distance for each seed.
        floor: the same distance where other real points stand in for the generated ones.
    """
    figure = Figure(figsize=(8.5, 0.8 + 0.42 * len(left_out)), layout="constrained")
    axes = figure.subplots()
    for row, values in enumerate(np.asarray(value, np.float64) for value in left_out.values()):
        axes.plot(values, np.full(len(values), row), "o", color=FAKE, alpha=0.45, markersize=5)
        low, high = stats.ttest_1samp(values, 0.0).confidence_interval()
        axes.errorbar(values.mean(), row, xerr=[[values.mean() - low], [high - values.mean()]], fmt="|", color=BLACK,
                      markersize=12, capsize=4)  # fmt: skip
    axes.axvline(floor, color=REAL, linestyle="--", label="floor: other real points")
    axes.set(yticks=range(len(left_out)), yticklabels=left_out, ylim=(len(left_out) - 0.5, -0.5), xlim=(0, None))
    axes.set_xlabel("left out: mean distance of a real point from the nearest generated one")
    axes.legend()
    means = ", ".join(f"{name} {np.mean(values):.2f}" for name, values in left_out.items())
    return show_figure(figure, f"What G leaves out, a dot for each seed, and the mean with its interval: {means}.")


def two_widths(runs: Mapping[str, plane.PlaneRun], real: Tensor) -> Image:
    """The last landscapes of two runs, by their names."""
    figure = Figure(figsize=(8.5, 4.0), layout="constrained")
    pair = figure.subplots(1, len(runs), squeeze=False)[0]
    for axes, (name, run) in zip(pair, runs.items(), strict=True):
        contours = draw_landscape(axes, run.moments[-1].heights, name)
        draw_points(axes, real, run.moments[-1].generated)
        axes.set(xlabel="first coordinate", ylabel="second coordinate")
    pair[0].legend(loc="upper right", frameon=True, markerscale=1.5, fontsize="small")
    _colour_bar(figure, contours, list(pair))
    return show_figure(
        figure,
        f"The last landscapes of {' and '.join(runs)} on one logarithmic grey scale: both have a valley along the "
        "horseshoe; with two numbers in h it is wider, and all the ground is lower.",
    )


def ends_table(many: Mapping[str, Sequence[plane.PlaneRun]]) -> pd.DataFrame:
    """What the runs of each way of training, by name, end with: means over the seeds.

    "middle / curve" is L at the origin, where the horseshoe has no points, over L(x): the median of the seeds.
    """
    rows = {}
    for name, runs in many.items():
        last = [run.moments[-1] for run in runs]
        off, missed = np.array([plane.distances(plane.horseshoe, moment.generated) for moment in last]).T
        low, high = stats.ttest_1samp(missed, 0.0).confidence_interval()
        origin = [moment.heights[len(moment.heights) // 2, len(moment.heights) // 2] for moment in last]
        rows[name] = {
            "G to real": off.mean(),
            "left out": missed.mean(),
            "95 % interval": f"{low:.2f} to {high:.2f}",
            "worst": missed.max(),
            "k, last 100 steps": np.mean([run.k[-100:].mean() for run in runs]),
            "L(G(z)) / L(x)": np.mean([run.loss_fake[-200:].mean() / run.loss_real[-200:].mean() for run in runs]),
            "middle / curve": np.median(
                [at / run.loss_real[-50:].mean() for at, run in zip(origin, runs, strict=True)]
            ),
        }
    return table(rows, ".2f")


def paired_table(missed: Mapping[str, ArrayLike], pairs: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Two ways of training at a time, by what their runs leave out, seed by seed (Wilcoxon's signed-rank test)."""
    rows = []
    for first, second in pairs:
        one, other = (np.asarray(missed[name], np.float64) for name in (first, second))
        less = f"{(other < one).sum()} of {len(one)}"
        p = stats.wilcoxon(one, other).pvalue
        rows.append({"first": first, "second": second, "second leaves out less": less, "p": p})
    return table(rows, {"p": ".1g"})
