"""Sections 4.2 and 4.6: scores of real images against real ones, of damaged images, and of sets beside each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from began_lib.figures.display import show_figure
from began_lib.figures.plots import BLACK, FAKE, REAL, TARGET

__all__ = ["LABELS", "Measured", "between", "floors", "reactions"]

LABELS = {"is": "IS", "fid": "FID", "kid": "KID", "ms_ssim": "MS-SSIM"}  # the field's names; others are words
CUT = 10.0  # change at which colours end
DARK = 6.0  # change from which the text in a cell is white


class Measured(Protocol):
    """A number with its interval, as a score has it."""

    @property
    def value(self) -> float: ...

    @property
    def low(self) -> float: ...

    @property
    def high(self) -> float: ...


def _with_ends(scores: Sequence[Measured]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Values (N,), and how far they are from the ends of their intervals, (2, N)."""
    values = np.array([score.value for score in scores])
    ends = [np.abs([score.low for score in scores] - values), np.abs([score.high for score in scores] - values)]
    return values, np.array(ends)


def floors(counts: Sequence[int], fid: Sequence[Measured], kid: Sequence[Measured]) -> Image:
    """FID and KID of real against real images over their number, and beside FID a curve that falls as 1/N."""
    figure = Figure(figsize=(9, 2.8))
    for axes, name, scores in zip(figure.subplots(1, 2), ("FID", "KID"), (fid, kid), strict=True):
        values, ends = _with_ends(scores)
        axes.errorbar(counts, values, ends, marker="o", capsize=3, color=REAL, label="real against real")
        if name == "FID":
            fall = values[-1] * counts[-1] / np.asarray(counts)
            axes.plot(counts, fall, "--", color=TARGET, label="1/N through the last")
        axes.axhline(0, color=BLACK, linewidth=0.8)
        axes.set(xscale="log", xlabel="images N in each set", ylabel=name, title=f"{name} where there is no difference")
        axes.set_xticks(counts, [f"{count:,}" for count in counts])
        axes.minorticks_off()
    figure.axes[0].legend()
    return show_figure(figure, "FID of real against real images falls with their number like 1/N; KID stays near 0.")


def reactions(
    scores: Mapping[str, Mapping[str, Measured]], changes: Mapping[str, Mapping[str, float]], limit: float
) -> Image:
    """A map of scores (rows) of damaged sets (columns): their values, coloured by their changes.

    Args:
        scores: by set of images and score; the undamaged set first.
        changes: likewise, in half-widths of the undamaged score's interval.
        limit: change from which a value is written in bold.
    """
    names = list(next(iter(scores.values())))
    change = np.array([[changes[each][name] for each in scores] for name in names])
    figure = Figure(figsize=(10, 3.8))
    axes = figure.subplots()
    image = axes.imshow(change.clip(-CUT, CUT), cmap="RdBu_r", vmin=-CUT, vmax=CUT, aspect="auto")
    for column, row in enumerate(scores.values()):
        for line, name in enumerate(names):
            moved = abs(change[line, column])
            look = {"color": "white" if moved > DARK else "black", "weight": "bold" if moved > limit else "normal"}
            axes.text(column, line, f"{_plain(row[name].value)}", ha="center", va="center", **look)
    axes.set_xticks(range(len(scores)), list(scores))
    axes.set_yticks(range(len(names)), names)
    axes.grid(False)
    figure.colorbar(image, label="change, in half-widths\nof the undamaged interval")
    alt = f"A map of {len(names)} scores of real faces undamaged and damaged; bold and coloured where a score moved."
    return show_figure(figure, alt)


def _plain(value: float) -> str:
    """Three digits, without an exponent for thousands."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _colour(name: str) -> str:
    return REAL if name == "real" else FAKE if name.startswith("γ") else "0.4"


def _draw_rows(axes: Axes, rows: Mapping[str, Measured]) -> None:
    values, ends = _with_ends(list(rows.values()))
    for place, name in enumerate(rows):
        axes.errorbar(values[place], place, xerr=ends[:, [place]], fmt="o", capsize=3, color=_colour(name))
    axes.axvline(values[0], color=REAL, linestyle="--", linewidth=1)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set_ylim(len(rows) - 0.5, -0.5)


def between(panels: Mapping[str, Mapping[str, Measured]], unit: str = "", logarithmic: Sequence[str] = ()) -> Image:
    """Sets of images one below the other, a panel for each score, with intervals and a line at the first set's level.

    Args:
        panels: by score and set; the same sets in each, the real one first.
        unit: of all axes.
        logarithmic: panels with a logarithmic axis; the others begin at 0.
    """
    sets = list(next(iter(panels.values())))
    figure = Figure(figsize=(11, 0.32 * len(sets) + 1))
    columns = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (name, rows) in zip(columns, panels.items(), strict=True):
        _draw_rows(axes, rows)
        axes.set(title=name, xlabel=unit, xscale="log" if name in logarithmic else "linear")
        if name not in logarithmic:
            axes.set_xlim(min(0, axes.get_xlim()[0]), None)
    alt = f"{', '.join(panels)} of {', '.join(sets)}: a dot and its interval for each, and a line at the first."
    return show_figure(figure, alt)
