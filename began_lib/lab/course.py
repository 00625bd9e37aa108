"""The course of a training in the lab: losses, k, M_global and variety over the steps, and the losses' histogram."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from began_lib.data.pixels import encode
from began_lib.figures.kept import KeptFigure
from began_lib.figures.plots import BLACK, CONTROL, FAKE, MEASURE, REAL, TARGET
from began_lib.lab.recording import Mark
from began_lib.training.history import STEP_COLUMNS

MOST_POINTS = 300  # a longer course is drawn as means of runs of steps
MARKS_WITH_TEXT = 6  # the latest
BEHIND = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5}  # a label
BINS = 24
NO_VARIETY = np.zeros((0, 2), np.float32)


def thinned(values: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A course (T,) as at most MOST_POINTS means of equally many steps, and the step each of them ends at."""
    run = max(1, math.ceil(len(values) / MOST_POINTS))
    usable = len(values) // run * run
    means = values[:usable].reshape(-1, run).mean(axis=1, dtype=np.float64)
    return run * np.arange(1, len(means) + 1, dtype=np.float64), means


def round_up(value: float, ends: Sequence[float] = (1, 1.5, 2, 3, 5, 7, 10)) -> float:
    """The next of `ends` times a power of ten: axes end there, so that they seldom change."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(m * power for m in ends if m * power >= value * (1 - 1e-9))


def decades(values: NDArray[np.float64]) -> tuple[float, float]:
    """Ends of a logarithmic axis around finite, positive values, each 1 or 3 times a power of ten."""
    good = values[np.isfinite(values) & (values > 0)]
    if not len(good):
        return 0.01, 1.0
    ends = [m * 10.0**n for n in range(-12, 13) for m in (1, 3)]
    low = max((end for end in ends if end <= good.min()), default=ends[0])
    high = min((end for end in ends if end >= good.max()), default=ends[-1])
    return low, max(high, ends[ends.index(low) + 1])


Limit = float | tuple[float, float]  # the end of an axis that begins at 0, or both ends of a logarithmic one


def kept(old: Limit, new: Limit) -> Limit:
    """The old limit while it holds the new one and is not far too wide; drawing axes anew is what costs."""
    if isinstance(old, tuple):
        fits = old[0] <= new[0] and new[1] <= old[1] and (old[1] / old[0]) <= 30 * (new[1] / new[0])
    else:
        fits = new <= old <= 3 * new
    return old if fits else new


@dataclass(frozen=True)
class Forecast:
    """What the linear model of notebook 04 (`began_lib.control`) says of the steps after a move."""

    step: int  # of the move
    k: NDArray[np.float64]  # at that step and the next ones, (steps,)
    loss_fake: NDArray[np.float64]  # L(G(z)), while L(x) stays as it is


@dataclass(frozen=True)
class Row:
    """Plots side by side, equally wide."""

    names: tuple[str, ...]  # of TITLES
    size: tuple[float, float]  # inches of 96 pixels
    font: float  # points, of titles

    def boxes(self) -> dict[str, tuple[float, float, float, float]]:
        """For each plot: left, bottom, width and height of its axes, as shares of the row."""
        wide, high = (96 * side for side in self.size)
        column = wide / len(self.names)
        width, bottom, height = column - 6.2 * self.font, 4.0 * self.font, high - 6.4 * self.font
        return {
            name: ((4.4 * self.font + place * column) / wide, bottom / high, width / wide, height / high)
            for place, name in enumerate(self.names)
        }


TITLES = {
    "balance": "The balance: mean losses",
    "control": "The controller: k",
    "measure": "The measure: M_global",
    "variety": "Variety; 1: as real ones",
    "losses": "Losses of single x and G(z)",
}
STRIP = (Row(("balance", "control", "measure", "losses"), (9.9, 2.55), 9.5),)
BESIDE = (Row(("balance", "control"), (8.3, 2.85), 10.5), Row(("measure", "variety", "losses"), (8.3, 2.15), 10.5))
OVER_STEPS = ("balance", "control", "measure", "variety")
LINES = {  # name of the curve: its plot, colour, label and style
    "loss_real": ("balance", REAL, "L(x)", "-"),
    "loss_fake": ("balance", FAKE, "L(G(z))", "-"),
    "target": ("balance", TARGET, "γ L(x)", "--"),
    "k": ("control", CONTROL, "", "-"),
    "m_global": ("measure", MEASURE, "", "-"),
    "variety": ("variety", BLACK, "", "-"),
    "predicted_k": ("control", BLACK, "", ":"),
    "predicted_fake": ("balance", BLACK, "", ":"),
}


class CoursePicture:
    """Losses, k, M_global and variety over the steps with the moments of all moves, and the histograms of losses.

    Args:
        rows: from top to bottom; each is a figure of its own, so that what stands is drawn anew where it changes only.
        whole: the course is complete: its axes end where it ends, and need no room for steps to come.
    """

    def __init__(self, rows: Sequence[Row] = STRIP, whole: bool = False) -> None:
        self._whole = whole
        self._rows = [KeptFigure(row.size) for row in rows]
        self._axes: dict[str, Axes] = {}
        for row, kept_figure in zip(rows, self._rows, strict=True):
            for name, box in row.boxes().items():
                self._axes[name] = kept_figure.figure.add_axes(box)
                self._dress(name, self._axes[name], row.font)
        font = rows[0].font
        self._over_steps = [self._axes[name] for name in OVER_STEPS if name in self._axes]
        self._lines = {
            name: self._line(self._axes[plot], colour, label, style)
            for name, (plot, colour, label, style) in LINES.items()
            if plot in self._axes
        }
        self._marks = [LineCollection([], colors="0.45", linewidths=0.8, animated=True) for _ in self._over_steps]
        for axes, marks in zip(self._over_steps, self._marks, strict=True):
            axes.add_collection(marks, autolim=False)
        look = {"rotation": 90, "fontsize": font - 2, "color": "0.25", "bbox": BEHIND, "animated": True}
        self._texts = [self._axes["control"].text(0, 0, "", **look) for _ in range(MARKS_WITH_TEXT)]
        self._bars, self._bells = [], []
        for colour, label in ((REAL, "L(x)"), (FAKE, "L(G(z))")):
            bars = self._axes["losses"].stairs(np.zeros(BINS), fill=True, alpha=0.35, color=colour, animated=True)
            self._bars.append(bars)
            self._bells.append(self._line(self._axes["losses"], colour, label))
        for name in ("balance", "losses"):
            self._axes[name].legend(loc="upper right", fontsize=font - 2, frameon=True, framealpha=0.7)
        self.forget()

    @staticmethod
    def _dress(name: str, axes: Axes, font: float) -> None:
        axes.set_title(TITLES[name], fontsize=font, loc="left")
        axes.tick_params(labelsize=font - 1.5)
        axes.set_xlabel("step" if name in OVER_STEPS else "loss of one image or point", fontsize=font - 1.5)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        if name in ("balance", "measure"):
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_locator(NullLocator())
        if name == "losses":
            axes.set_yticks([])

    @staticmethod
    def _line(axes: Axes, colour: str, label: str = "", linestyle: str = "-") -> Line2D:
        axes.plot([], [], color=colour, label=label, linestyle=linestyle)  # for the legend, which is drawn once
        return axes.plot([], [], color=colour, linestyle=linestyle, linewidth=1.2, animated=True)[0]

    def forget(self) -> None:
        """Let the next picture choose its axes anew, as for another run."""
        self._limits: dict[str, Limit] = {}

    def render(
        self,
        steps: NDArray[np.float32],
        marks: Sequence[Mark],
        losses_real: NDArray[np.float32],
        losses_fake: NDArray[np.float32],
        forecast: Forecast | None = None,
        variety: NDArray[np.float32] = NO_VARIETY,
    ) -> bytes:
        """The picture as a JPEG.

        Args:
            steps: (T, 6) as `History.steps` gives them.
            marks: what was moved, and when.
            losses_real, losses_fake: of single images or points, (N,).
            forecast: of the linear model.
            variety: steps and the variety found after them, (M, 2).
        """
        courses = {name: steps[:, place] for place, name in enumerate(STEP_COLUMNS)}
        courses["target"] = courses["gamma"] * courses["loss_real"]
        ahead = forecast or Forecast(len(steps), np.zeros(0), np.zeros(0))
        sparse = variety[:: max(1, math.ceil(len(variety) / MOST_POINTS))]
        drawn = {name: thinned(courses[name]) for name in self._lines if name in courses}
        drawn["variety"] = sparse[:, 0], sparse[:, 1]
        drawn["predicted_k"] = ahead.step + np.arange(len(ahead.k)), ahead.k
        drawn["predicted_fake"] = ahead.step + np.arange(len(ahead.loss_fake)), ahead.loss_fake
        for name, line in self._lines.items():
            line.set_data(*drawn[name])
        largest = max(_largest(losses_real), _largest(losses_fake))
        self._set_limits(max(len(steps), ahead.step + len(ahead.k)), drawn, largest)
        labels = self._set_marks(marks)
        self._set_histograms(losses_real, losses_fake)
        moving = [*self._marks, *labels, *self._lines.values(), *self._bars, *self._bells]  # a label hides no line
        parts = [row.paint([artist for artist in moving if artist.figure is row.figure]) for row in self._rows]
        if not len(steps):
            self.forget()  # nothing has been seen yet by which to choose
        return encode(np.concatenate(parts), quality=92)

    def redraw_background(self, changed: Sequence[Axes] = ()) -> None:
        """Draw all that stands; after axes have changed, only theirs."""
        for row in self._rows:
            own = [axes for axes in changed if axes.figure is row.figure]
            if own or not changed:
                row.redraw_background(own)

    def _set_limits(self, last: int, drawn: dict[str, tuple[NDArray, NDArray]], largest: float) -> None:
        balance = np.concatenate([drawn[name][1] for name in ("loss_real", "loss_fake", "target")])
        k = np.concatenate([drawn["k"][1], drawn["predicted_k"][1]])
        wanted: dict[str, Limit] = {
            # Changes all axes of steps at once: seldom.
            "step": float(last) if self._whole and last else round_up(max(last, 200), ends=(1, 2, 5, 10)),
            "balance": decades(balance),
            "control": round_up(max([0.1, *k[np.isfinite(k)]])),
            "measure": decades(drawn["m_global"][1]),
            "variety": 1.2,
            "losses": round_up(largest),
        }
        limits = {name: kept(self._limits.get(name, new), new) for name, new in wanted.items()}
        changed = {name for name, limit in limits.items() if limit != self._limits.get(name)}
        self._limits = limits
        if not changed:
            return
        for axes in self._over_steps:
            axes.set_xlim(0, limits["step"])
        for name in ("balance", "measure"):
            low, high = limits[name]
            self._axes[name].set_ylim(low, high)
            ticks = (1.0, 3.0) if high <= 1e4 * low else (1.0,)
            self._axes[name].yaxis.set_major_locator(LogLocator(10, subs=ticks, numticks=9))
        for name in {"control", "variety"} & set(self._axes):
            self._axes[name].set_ylim(-0.03 * limits[name], 1.03 * limits[name])
        self._axes["losses"].set(xlim=(0, limits["losses"]), ylim=(0, 1.5))
        if "step" in changed:
            changed |= set(OVER_STEPS)
        self.redraw_background([axes for name, axes in self._axes.items() if name in changed])

    def _set_marks(self, marks: Sequence[Mark]) -> list[Text]:
        """Lines at all marks, and a label at each of the last steps that have any; returns the labels in use."""
        for axes, lines in zip(self._over_steps, self._marks, strict=True):
            low, high = axes.get_ylim()
            lines.set_segments([[(mark.step, low), (mark.step, high)] for mark in marks])
        words: dict[int, list[str]] = {}
        for mark in marks:
            words.setdefault(mark.step, []).append(mark.text.split(":")[0])
        last = list(words.items())[-MARKS_WITH_TEXT:]
        end, highest = self._limits["step"], self._limits["control"]
        for place, (label, (step, said)) in enumerate(zip(self._texts, last, strict=False)):
            # By turns above and below, so that two moves that follow each other closely stay legible; always on the
            # side of its line that lies within the axes.
            above = place % 2 == 0
            label.set(position=(step, highest * above), text=", ".join(said))
            label.set(va="top" if above else "bottom", ha="left" if step < 0.5 * end else "right")
        return self._texts[: len(last)]

    def _set_histograms(self, losses_real: NDArray[np.float32], losses_fake: NDArray[np.float32]) -> None:
        edges = np.linspace(0.0, self._limits["losses"], BINS + 1)
        at = np.linspace(0.0, self._limits["losses"], 201)
        for losses, bars, bell in zip((losses_real, losses_fake), self._bars, self._bells, strict=True):
            counts = np.histogram(losses[np.isfinite(losses)], edges)[0]
            bars.set_data(counts / max(1, counts.max()), edges)
            mean, deviation = float(losses.mean()), max(float(losses.std()), 1e-9)
            bell.set_data(at, np.exp(-(((at - mean) / deviation) ** 2) / 2))


def _largest(losses: NDArray[np.float32]) -> float:
    good = losses[np.isfinite(losses)]
    # Not the largest of all: one outlier would press the histograms into a corner.
    return max(1.3 * float(np.quantile(good, 0.98)), 1e-3) if len(good) else 1.0
