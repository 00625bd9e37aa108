"""The lab's drawings: the picture of now, the course, and stills of a recording."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle, islice

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from began_lib.data.pixels import encode, tile
from began_lib.figures.kept import KeptFigure
from began_lib.figures.plane import LEVELS
from began_lib.figures.plots import BLACK, CONTROL, FAKE, MEASURE, REAL, SKY, TARGET
from began_lib.lab.recording import Mark, Recording
from began_lib.plane import EXTENT
from began_lib.training.history import STEP_COLUMNS

PICTURE_SIZE = 408  # pixels, of the square picture of samples or points
MOST_POINTS = 300  # a longer course is drawn as means of runs of steps
MARKS_WITH_TEXT = 6  # the latest
BEHIND = {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 0.5}  # a label
BINS = 24


class PointsPicture(KeptFigure):
    """Real and generated points on the landscape L(v), each joined by a line to its reconstruction."""

    def __init__(self) -> None:
        side = PICTURE_SIZE / 96
        super().__init__((side, side))
        axes = self.figure.add_axes((0.05, 0.02, 0.90, 0.90))
        axes.set(xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), xticks=[], yticks=[])
        axes.grid(False)
        left, bottom, right, top = (round(edge) for edge in axes.bbox.extents)
        self._area = slice(PICTURE_SIZE - top, PICTURE_SIZE - bottom), slice(left, right)
        bands = np.linspace(0, 255, len(LEVELS)).astype(int)  # the last for all that lies above the levels
        self._greys = colormaps["Greys"](bands, bytes=True).view(np.uint32)[:, 0]  # RGBA in one number
        self._rebuilt = [axes.plot([], [], color=colour, linewidth=0.6, animated=True)[0] for colour in (SKY, FAKE)]
        points = {"linestyle": "", "animated": True}
        (self._real,) = axes.plot([], [], marker=".", color=REAL, markersize=4, **points)
        (self._generated,) = axes.plot([], [], marker="x", color=FAKE, markersize=4.5, **points)
        for x, colour, text in ((0.05, REAL, "• real x"), (0.22, FAKE, "× generated G(z)")):
            self.figure.text(x, 0.945, text, color=colour, fontsize=9)
        self.figure.text(0.51, 0.945, "— to D(·)    darker: larger L(v)", fontsize=9)

    def render(
        self, heights: NDArray[np.float32], real: Tensor, rebuilt_real: Tensor, generated: Tensor, rebuilt: Tensor
    ) -> bytes:
        """The picture as a JPEG. Heights (n, n) as `plane.landscape` gives them, all points (N, 2)."""
        # Clipped, so that a run that explodes is drawn like any other.
        per_height = (len(LEVELS) - 1) / LEVELS[-1]  # the levels begin at 0 and are equally far apart
        self._bands = np.nan_to_num(heights * per_height, nan=1e3).clip(0, 1e3).astype(np.float32)
        for lines, start, end in zip(self._rebuilt, (real, generated), (rebuilt_real, rebuilt), strict=True):
            # One line with gaps in place of hundreds: a quarter of the time.
            pairs = np.stack([start.numpy(), end.numpy(), np.full(start.shape, np.nan)], axis=1)
            lines.set_data(*pairs.reshape(-1, 2).clip(-100, 100).T)
        self._real.set_data(*real.T.numpy())
        self._generated.set_data(*generated.T.numpy().clip(-100, 100))
        return self.draw((*self._rebuilt, self._real, self._generated), quality=72)

    def _paint_ground(self, pixels: NDArray[np.uint8]) -> None:
        # By hand: `imshow` takes eight times as long for the same bands of grey.
        area = pixels[self._area]
        size = area.shape[1], area.shape[0]
        smooth = np.asarray(Image.fromarray(self._bands[::-1]).resize(size, Image.Resampling.BILINEAR))
        area[:] = self._greys[smooth.clip(0, len(self._greys) - 1).astype(np.uint8)].view(np.uint8).reshape(area.shape)


def grids_picture(grids: dict[str, Tensor]) -> bytes:
    """Four grids of images (N, C, S, S), two by two, each under its title, as a square JPEG."""
    head, gap = 18, 8
    side = (PICTURE_SIZE - gap) // 2 - head
    canvas = Image.new("RGB", (PICTURE_SIZE, PICTURE_SIZE), "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(13)
    for place, (title, images) in enumerate(grids.items()):
        top, left = (place // 2) * (side + head + gap), (place % 2) * (PICTURE_SIZE + gap) // 2
        draw.text((left, top), title, "black", font)
        grid = Image.fromarray(tile(images, gap=1)).resize((side, side), Image.Resampling.BICUBIC)
        canvas.paste(grid, (left, top + head))
    return encode(np.asarray(canvas), quality=80)


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


class CoursePicture(KeptFigure):
    """The balance, k and M_global over the steps with the moments at which something was moved, and the histograms."""

    def __init__(self) -> None:
        super().__init__((9.9, 2.55))
        lefts = (0.050, 0.300, 0.547, 0.790)
        balance, control, measure, histograms = (self.figure.add_axes((left, 0.17, 0.190, 0.68)) for left in lefts)
        self._steps, self._histograms = (balance, control, measure), histograms
        titles = (
            "The balance: mean losses",
            "The controller: k",
            "The measure: M_global",
            "W: losses, real and generated",
        )
        for axes, title in zip((*self._steps, histograms), titles, strict=True):
            axes.set_title(title, fontsize=9.5, loc="left")
            axes.tick_params(labelsize=8)
            axes.set_xlabel("loss of one image or point" if axes is histograms else "step", fontsize=8)
            axes.xaxis.set_major_locator(MaxNLocator(4))
        for axes in (balance, measure):
            axes.set_yscale("log")
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_locator(NullLocator())
        histograms.set_yticks([])
        self._lines = {
            "loss_real": self._line(balance, REAL, "L(x)"),
            "loss_fake": self._line(balance, FAKE, "L(G(z))"),
            "target": self._line(balance, TARGET, "γ L(x)", linestyle="--"),
            "k": self._line(control, CONTROL),
            "m_global": self._line(measure, MEASURE),
        }
        self._foretold = [self._line(axes, BLACK, linestyle=":") for axes in (control, balance)]
        balance.legend(loc="upper right", fontsize=7.5, frameon=True, framealpha=0.7)
        self._marks = [LineCollection([], colors="0.45", linewidths=0.8, animated=True) for _ in self._steps]
        for axes, marks in zip(self._steps, self._marks, strict=True):
            axes.add_collection(marks, autolim=False)
        self._texts = [
            # By turns above and left of the line, below and right of it: two moves that follow each other closely stay
            # legible.
            control.text(0, 0, "", rotation=90, fontsize=7.5, va=up, ha=side, color="0.25", bbox=BEHIND, animated=True)
            for up, side in islice(cycle((("top", "right"), ("bottom", "left"))), MARKS_WITH_TEXT)
        ]
        self._bars, self._bells = [], []
        for colour, label in ((REAL, "L(x)"), (FAKE, "L(G(z))")):
            look = {"color": colour, "animated": True}
            self._bars.append(histograms.stairs(np.zeros(BINS), fill=True, alpha=0.35, **look))
            self._bells.append(histograms.plot([], [], **look)[0])
            histograms.plot([], [], color=colour, label=label)  # for the legend, which is drawn once
        histograms.legend(loc="upper right", fontsize=7.5, frameon=True, framealpha=0.7)
        self._limits: tuple[Limit, ...] = ()

    @staticmethod
    def _line(axes: Axes, colour: str, label: str = "", linestyle: str = "-") -> Line2D:
        axes.plot([], [], color=colour, label=label, linestyle=linestyle)  # for the legend, which is drawn once
        return axes.plot([], [], color=colour, linestyle=linestyle, linewidth=1.2, animated=True)[0]

    def render(
        self,
        steps: NDArray[np.float32],
        marks: Sequence[Mark],
        losses_real: NDArray[np.float32],
        losses_fake: NDArray[np.float32],
        forecast: Forecast | None = None,
    ) -> bytes:
        """The picture as a JPEG: steps (T, 6) as `History.steps` gives them, and the losses of single images (N,)."""
        courses = {name: steps[:, place] for place, name in enumerate(STEP_COLUMNS)}
        courses["target"] = courses["gamma"] * courses["loss_real"]
        drawn = {name: thinned(courses[name]) for name in self._lines}
        for name, line in self._lines.items():
            line.set_data(*drawn[name])
        ahead = forecast or Forecast(len(steps), np.zeros(0), np.zeros(0))
        for line, foretold in zip(self._foretold, (ahead.k, ahead.loss_fake), strict=True):
            line.set_data(ahead.step + np.arange(len(foretold)), foretold)
        largest = max(_largest(losses_real), _largest(losses_fake))
        self._set_limits(max(len(steps), ahead.step + len(ahead.k)), drawn, ahead.k, largest)
        labels = self._set_marks(marks)
        self._set_histograms(losses_real, losses_fake)
        curves = [*self._lines.values(), *self._foretold]
        moving = [*self._marks, *curves, *self._bars, *self._bells, *labels]
        return self.draw(moving, quality=92)

    def _set_limits(self, last: int, drawn: dict[str, tuple], foretold_k: NDArray[np.float64], largest: float) -> None:
        balance = np.concatenate([drawn[name][1] for name in ("loss_real", "loss_fake", "target")])
        k = np.append(drawn["k"][1], foretold_k)
        highest = round_up(max([0.1, *k[np.isfinite(k)]]))
        end = round_up(max(last, 200), ends=(1, 2, 5, 10))  # changes all axes of steps at once: seldom
        wanted = (end, decades(balance), decades(drawn["m_global"][1]), round_up(largest), highest)
        limits = tuple(kept(old, new) for old, new in zip(self._limits or wanted, wanted, strict=True))
        if limits == self._limits:
            return
        stays = [new == old for old, new in zip(self._limits or (None,) * 5, limits, strict=True)]
        self._limits = limits
        for axes in self._steps:
            axes.set_xlim(0, limits[0])
        for axes, (low, high) in ((self._steps[0], limits[1]), (self._steps[2], limits[2])):
            axes.set_ylim(low, high)
            axes.yaxis.set_major_locator(LogLocator(10, subs=(1.0, 3.0) if high <= 1e4 * low else (1.0,), numticks=9))
        self._histograms.set(xlim=(0, limits[3]), ylim=(0, 1.15))
        self._steps[1].set_ylim(-0.03 * limits[4], 1.03 * limits[4])
        same = (stays[0] and stays[1], stays[0] and stays[4], stays[0] and stays[2], stays[3])
        self.redraw_background([a for a, stay in zip((*self._steps, self._histograms), same, strict=True) if not stay])

    def _set_marks(self, marks: Sequence[Mark]) -> list[Text]:
        """Lines at all marks, and a label at each of the last steps that have any; returns the labels in use."""
        for axes, lines in zip(self._steps, self._marks, strict=True):
            low, high = axes.get_ylim()
            lines.set_segments([[(mark.step, low), (mark.step, high)] for mark in marks])
        words: dict[int, list[str]] = {}
        for mark in marks:
            words.setdefault(mark.step, []).append(mark.text)
        last = list(words.items())[-MARKS_WITH_TEXT:]
        for label, (step, said) in zip(self._texts, last, strict=False):
            label.set(position=(step, self._limits[4] * (label.get_va() == "top")), text=", ".join(said))
        return self._texts[: len(last)]

    def _set_histograms(self, losses_real: NDArray[np.float32], losses_fake: NDArray[np.float32]) -> None:
        edges = np.linspace(0.0, self._limits[3], BINS + 1)
        at = np.linspace(0.0, self._limits[3], 201)
        for losses, bars, bell in zip((losses_real, losses_fake), self._bars, self._bells, strict=True):
            counts = np.histogram(losses[np.isfinite(losses)], edges)[0]
            bars.set_data(counts / max(1, counts.max()), edges)
            mean, deviation = float(losses.mean()), max(float(losses.std()), 1e-9)
            bell.set_data(at, np.exp(-(((at - mean) / deviation) ** 2) / 2))


def _largest(losses: NDArray[np.float32]) -> float:
    good = losses[np.isfinite(losses)]
    # Not the largest of all: one outlier would press the histograms into a corner.
    return max(1.3 * float(np.quantile(good, 0.98)), 1e-3) if len(good) else 1.0


def filmstrip(recording: Recording, moments: Sequence[int], width: int = 990) -> bytes:
    """Still frames of a recording nearest to some steps, side by side, and its whole course below, as a JPEG."""
    frames = [recording.frames[recording.nearest(step)] for step in moments]
    last = recording.frames[-1]
    below = CoursePicture().render(*recording.until(last.step), last.losses_real, last.losses_fake)
    course = Image.open(io.BytesIO(below))
    side, gap, head = (width - 8 * (len(frames) - 1)) // len(frames), 8, 20
    canvas = Image.new("RGB", (width, head + side + gap + course.height * width // course.width), "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(14)
    for place, frame in enumerate(frames):
        left = place * (side + gap)
        draw.text((left + 4, 0), f"step {frame.step}", "black", font)
        still = Image.open(io.BytesIO(frame.picture)).resize((side, side), Image.Resampling.LANCZOS)
        canvas.paste(still, (left, head))
    below_size = (width, course.height * width // course.width)
    canvas.paste(course.resize(below_size, Image.Resampling.LANCZOS), (0, head + side + gap))
    return encode(np.asarray(canvas), quality=85)
