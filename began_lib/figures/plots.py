"""The figures that several notebooks draw. Each takes axes, labels them, and leaves the layout to the caller."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import as_file, files

import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from began_lib.data.pixels import tile
from began_lib.training.history import History

BLUE, ORANGE, GREEN, PINK, YELLOW, SKY, BLACK = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#CC79A7",
    "#E69F00",
    "#56B4E9",
    "#000000",
)
REAL, FAKE, TARGET, CONTROL, MEASURE = BLUE, ORANGE, SKY, GREEN, PINK  # one colour per quantity, in all notebooks


def use_style() -> None:
    """Give every figure made from now on the suite's look."""
    with as_file(files("began_lib") / "began.mplstyle") as path:
        matplotlib.style.use(path)


def running_mean(values: NDArray[np.float32], window: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Means of `window` consecutive values and the step each window ends at; fewer values give one mean of all.

    Raises ValueError for a window below 1.
    """
    if window < 1:
        raise ValueError(f"window is {window}: expected at least 1.")
    window = min(window, len(values))
    if window == 0:
        return np.zeros(0), np.zeros(0)
    total = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.arange(window, len(values) + 1, dtype=np.float64), (total[window:] - total[:-window]) / window


def draw_grid(axes: Axes, images: Tensor, title: str = "", columns: int | None = None) -> None:
    """A grid of images (N, C, H, W) in [-1, 1], without axes."""
    axes.imshow(tile(images, columns))
    axes.set_axis_off()
    axes.set_title(title)


def draw_losses(axes: Axes, history: History, window: int = 50) -> None:
    """L(x), L(G(z)) and the target gamma L(x) over the steps."""
    for column, colour, label in (("loss_real", REAL, "L(x)"), ("loss_fake", FAKE, "L(G(z))")):
        axes.plot(*running_mean(history[column], window), color=colour, label=label)
    target = history["gamma"] * history["loss_real"]
    axes.plot(*running_mean(target, window), color=TARGET, linestyle="--", label="γ L(x)")
    axes.set(xlabel=f"step (means of {window})", ylabel="mean |v − D(v)|", title="The balance", ylim=(0, None))
    axes.legend()


def draw_k(axes: Axes, history: History) -> None:
    """k over the steps."""
    axes.plot(np.arange(1, len(history) + 1), history["k"], color=CONTROL)
    axes.set(xlabel="step", ylabel="k", title="The controller")


def draw_m_global(axes: Axes, history: History, window: int = 50) -> None:
    """M_global over the steps."""
    axes.plot(*running_mean(history["m_global"], window), color=MEASURE)
    axes.set(xlabel=f"step (means of {window})", ylabel="M_global", title="The convergence measure", ylim=(0, None))


def training_figure(history: History, window: int = 50, width: float = 10.0) -> Figure:
    """The three courses of a run side by side."""
    figure = Figure(figsize=(width, width * 0.28), layout="constrained")
    balance, control, measure = figure.subplots(1, 3)
    draw_losses(balance, history, window)
    draw_k(control, history)
    draw_m_global(measure, history, window)
    return figure


def grids_figure(
    images: Sequence[Tensor],
    titles: Sequence[str],
    columns: int | None = None,
    width: float = 10.0,
    across: int | None = None,
) -> Figure:
    """Grids of images, one title each, so many of them in a row (default: all). Raises ValueError without a grid."""
    if len(images) == 0 or len(images) != len(titles):
        raise ValueError(f"found {len(images)} grids and {len(titles)} titles: expected at least one of each, as many.")
    across = across or len(images)
    rows = -(-len(images) // across)
    more = 0.2 * max(title.count("\n") for title in titles)  # inches, for further lines of a title
    figure = Figure(figsize=(width, rows * (width / across * 1.12 + more)), layout="constrained")
    places = figure.subplots(rows, across, squeeze=False).ravel()
    for axes in places[len(images) :]:
        axes.set_axis_off()
    for axes, batch, title in zip(places[: len(images)], images, titles, strict=True):
        draw_grid(axes, batch, title, columns)
    return figure
