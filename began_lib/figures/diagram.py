"""Diagrams of boxes and arrows, ten units wide."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from began_lib.figures.plots import BLACK

__all__ = ["canvas", "draw_arrow", "draw_boxes"]

Point = tuple[float, float]


def canvas(height: float, bottom: float = 0) -> tuple[Figure, Axes]:
    """An empty figure and its axes, ten units wide and so high, an inch a unit; its lowest points lie at `bottom`."""
    figure = Figure(figsize=(10, height), layout="none")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, 10), ylim=(bottom, bottom + height))
    axes.set_axis_off()
    return figure, axes


def draw_boxes(axes: Axes, boxes: Iterable[tuple[float, float, str, str]], size: float) -> None:
    """Words in round boxes: x and y of the middle, the text, and the colour of the edge."""
    for x, y, text, colour in boxes:
        style = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": colour, "linewidth": 1.6}
        axes.text(x, y, text, ha="center", va="center", fontsize=size, bbox=style)


def draw_arrow(axes: Axes, start: Point, end: Point, colour: str = BLACK, line: str = "-") -> None:
    """An arrow that ends exactly where it is told to."""
    shape = {"arrowstyle": "-|>", "color": colour, "linestyle": line, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", end, start, arrowprops=shape)
