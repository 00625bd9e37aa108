"""What notebook 12 draws: the table of factors, faces along them, and their frequencies."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import HTML, Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binom
from torch import Tensor

from began_lib.data.pixels import tile
from began_lib.faces import FACTOR_NAMES, FACTORS, Factors, factor, neutral, render
from began_lib.figures import plots
from began_lib.figures.display import show_figure

__all__ = [
    "TOPICS",
    "changes",
    "detector_by_yaw",
    "faces_in_stages",
    "factor_table",
    "frequencies",
    "label",
    "lit",
    "p_values",
    "pages_without",
    "sweeps",
    "table_and_counts",
    "topics",
]

# A topic is a run of rows in the factor table; each is named with its first row.
TOPICS = {
    "Pose": "yaw",
    "Person": "presentation",
    "Skin": "skin_tone",
    "Head": "face_width",
    "Hair": "hair_style",
    "Eyes and brows": "eye_size",
    "Nose and mouth": "nose_length",
    "Beard, glasses, clothes": "facial_hair",
    "Light and background": "light_side",
    "Camera": "zoom",
}
COLOURS = (plots.BLUE, plots.ORANGE, plots.GREEN, plots.PINK, plots.YELLOW)
MARKS = "os^Dv"  # hollow, so that one shows through another


def label(name: str) -> str:
    """A factor's or level's name as a reader sees it: without underscores."""
    return name.replace("_", " ")


def topics() -> dict[str, list[str]]:
    """Names of the factors under each topic, in the table's order; every factor has exactly one topic."""
    title_of = {factor(first).name: title for title, first in TOPICS.items()}
    grouped: dict[str, list[str]] = {}
    title = next(iter(TOPICS))
    for name in FACTOR_NAMES:
        title = title_of.get(name, title)
        grouped.setdefault(title, []).append(name)
    return grouped


def factor_table() -> HTML:
    """All factors by topic, with meaning, range and frequency, in a box that scrolls."""

    def row(name: str) -> str:
        entry = FACTORS[name]
        low, high = entry.range
        span = f"{len(entry.levels)} levels" if entry.discrete else f"{low:g} to {high:g} {entry.unit}"
        cells = (label(name), entry.description, span, label(str(entry.distribution)))
        return "<tr>" + "".join(f'<td style="text-align:left">{cell}</td>' for cell in cells) + "</tr>"

    body = "".join(
        f'<tr><th colspan="4" style="text-align:left">{title}</th></tr>' + "".join(map(row, names))
        for title, names in topics().items()
    )
    head = "<tr><th>factor</th><th>meaning</th><th>range</th><th>frequency</th></tr>"
    return HTML(f'<div style="max-height:420px;overflow:auto"><table>{head}{body}</table></div>')


def _row(upper: Sequence[Axes], images: Tensor, titles: Sequence[str]) -> None:
    for axes, image, title in zip(upper, images, titles, strict=True):
        plots.draw_grid(axes, image[None], title)


def lit(balls: Sequence[ArrayLike], faces: Tensor, sides: Sequence[float]) -> Image:
    """Grey balls (S, S) in [0, 1] above faces (N, 3, S, S) in [-1, 1], each lit from one of the sides in degrees."""
    figure = Figure(figsize=(9, 3.9))
    upper, lower = figure.subplots(2, len(sides))
    for axes, ball, side in zip(upper, balls, sides, strict=True):
        axes.imshow(ball, cmap="gray", vmin=0, vmax=1)
        axes.set_title(f"lamp at {side:g}°")
        axes.set_axis_off()
    _row(lower, faces, [""] * len(sides))
    return show_figure(figure, "A ball and a face, lit by a lamp from the left to the right.", kind="jpeg")


def faces_in_stages(images: Tensor, titles: Sequence[str]) -> Image:
    """Up to twelve faces (N, 3, S, S) in two rows, a title each."""
    figure = Figure(figsize=(9, 3.9))
    places = list(figure.subplots(2, 6).flat)
    _row(places[: len(titles)], images, [textwrap.fill(title, 18) for title in titles])  # as wide as a face
    for axes in places:
        axes.title.set_fontsize("x-small")
        axes.set_axis_off()
    return show_figure(figure, "The neutral face turning into one face of the table, topic by topic.", kind="jpeg")


def _unit(name: str) -> str:
    """A factor's unit; a share of 0 to 1 or -1 to 1 is a bare number, and has none."""
    return "" if FACTORS[name].unit == "share" else FACTORS[name].unit


def _draw_sweep(axes: Axes, name: str, steps: int) -> None:
    row = FACTORS[name]
    values = np.arange(len(row.levels)) if row.discrete else np.linspace(*row.range, steps)
    images = render(neutral(len(values)).replace(**{name: values}), 64)
    axes.imshow(tile(images, columns=len(values)))
    shown = [label(row.levels[v]) if row.discrete else f"{v:g}" for v in values]
    axes.set_xticks(32 + 66 * np.arange(len(values)), shown, fontsize="x-small")
    axes.set(yticks=[], title=", ".join(filter(None, (label(name), "" if row.discrete else _unit(name)))))
    axes.set_xlim(0, 66 * max(steps, len(values)))
    axes.grid(visible=False)


def sweeps(names: Sequence[str], columns: int = 2, steps: int = 5) -> Image:
    """The neutral face with one factor from the low to the high end of its range, or through its levels; a row each."""
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(9, 1.4 * rows))
    for axes, name in zip(figure.subplots(rows, columns, squeeze=False).flat, names, strict=True):
        _draw_sweep(axes, name, steps)
    return show_figure(figure, f"Rows of faces, one factor changing along each: {', '.join(names)}.", kind="jpeg")


def changes(after: Tensor, before: Tensor, names: Sequence[str]) -> Image:
    """Changed faces (N, 3, S, S) above the mean absolute change of each pixel from the face before (1, 3, S, S)."""
    figure = Figure(figsize=(9, 3.6))
    upper, lower = figure.subplots(2, len(names))
    _row(upper, after, [label(name) for name in names])
    for axes, change in zip(lower, (after - before).abs().mean(1), strict=True):
        drawn = axes.imshow(change, cmap="magma", vmin=0, vmax=0.5)
        axes.set_axis_off()
    figure.colorbar(drawn, ax=lower, label="mean |change|", shrink=0.8)
    return show_figure(figure, "Six changed faces, and maps of the pixels that changed.", kind="jpeg")


def table_and_counts(name: str, factors: Factors, bins: int = 12) -> tuple[Sequence, NDArray, NDArray]:
    """Edges of the bins or names of the levels, the table's probability of each, and how many faces fall into it."""
    row, values = FACTORS[name], getattr(factors, name).numpy()
    if row.discrete:
        return row.levels, row.distribution.shares(), np.bincount(values, minlength=len(row.levels))
    edges = np.linspace(*row.range, bins + 1)
    return edges, np.diff(row.distribution.cdf(edges)), np.histogram(values, edges)[0]


def frequencies(factors: Factors, names: Sequence[str]) -> Image:
    """How often each value was drawn (bars) beside the table (marks), for six factors."""
    figure = Figure(figsize=(10.5, 5.4))
    for axes, name in zip(figure.subplots(2, 3).flat, names, strict=True):
        bins, expected, counts = table_and_counts(name, factors)
        row, places = FACTORS[name], np.arange(len(expected))
        axes.bar(places, counts / counts.sum(), color=plots.REAL, label="drawn")
        axes.plot(places, expected, "_", color=plots.BLACK, markersize=14, label="table")
        shown = [label(level) for level in bins] if row.discrete else [f"{edge:.3g}" for edge in bins[:-1]]
        axes.set_xticks(places, shown, rotation=70)
        along = "level" if row.discrete else f"{_unit(name) or 'value'}, from"
        axes.set(title=label(name), xlabel=along, ylabel="share of faces")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
    return show_figure(figure, "Bars of drawn frequencies of six factors on the marks of the table.")


def p_values(values: ArrayLike) -> Image:
    """p-values in order, beside the diagonal on which they lie if every factor follows its table."""
    ordered = np.sort(np.asarray(values))
    figure = Figure(figsize=(4.6, 3.4))
    axes = figure.subplots()
    axes.plot(np.arange(1, len(ordered) + 1) / len(ordered), ordered, "o", markersize=3, color=plots.MEASURE)
    axes.plot([0, 1], [0, 1], color=plots.BLACK, linewidth=0.8)
    axes.set(xlabel="share of factors", ylabel="p-value", title="If all follow the table: a diagonal")
    return show_figure(figure, "Sorted p-values of all factors along the diagonal.")


def pages_without(shares: Mapping[str, float], none: Mapping[str, ArrayLike], sizes: Sequence[int]) -> Image:
    """Sheets of N faces without a single one of a kind: by the formula (curves) and counted (marks).

    Args:
        shares: of each kind among all faces.
        none: of each kind, the share of sheets without it, for each of the sizes N.
    """
    figure = Figure(figsize=(8, 3.6))
    axes, n = figure.subplots(), np.arange(2, 400)
    for (name, share), colour, mark in zip(shares.items(), COLOURS, MARKS, strict=False):
        look = {"color": colour, "marker": mark, "markersize": 6, "fillstyle": "none"}
        axes.plot(n, binom.pmf(0, n, share), color=colour)
        axes.plot(sizes, none[name], linestyle="none", **look)
        axes.plot([], [], label=f"{name}: {share:.1%}", **look)  # line and mark, for the legend
    axes.axhline(0.05, color=plots.BLACK, linewidth=0.8)
    axes.set(xscale="log", xlabel="faces on the sheet, N", ylabel="sheets without a single one", ylim=(0, 1))
    axes.set_xticks(sizes, sizes)
    axes.minorticks_off()
    axes.legend(loc="upper right")
    return show_figure(figure, "Falling curves: sheets without a face of a kind, by the number of faces on the sheet.")


def detector_by_yaw(turns: Sequence[float], rates: Sequence[float]) -> Image:
    """The share of faces that the detector finds, by how far they are turned, in degrees."""
    figure = Figure(figsize=(4.6, 3))
    axes = figure.subplots()
    axes.plot(turns, rates, "o-", color=plots.REAL)
    axes.set(xlabel="yaw, degrees", ylabel="share of faces found", ylim=(0, 1.05), title="The detector by yaw")
    return show_figure(figure, "Share of faces found, falling as the head turns.")
