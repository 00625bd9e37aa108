"""Section 4.4, figure 5: the course of M_global with samples of the same moments pinned along it, or under a slider.

`pinned_figure` draws the figure; `ConvergencePanel` moves along it and knows no widget; `ConvergenceControls` is the
thin layer of ipywidgets, for 7.7.1 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from began_lib.data.pixels import encode, tile
from began_lib.figures.plots import BLACK, MEASURE, draw_grid, running_mean
from began_lib.panels.controls import SliderControls
from began_lib.training.history import History

__all__ = ["ConvergenceControls", "ConvergencePanel", "pinned_figure"]

WIDTH = 960  # pixels of the panel's picture
WIDEST_ROW = 8  # faces side by side in the panel
SMALLEST_WINDOW = 10  # steps: over fewer, a running mean shows the noise of single batches


def _window(steps: int) -> int:
    return max(SMALLEST_WINDOW, steps // 40)


def _draw_course(axes: Axes, history: History) -> None:
    m_global = history["m_global"]
    window = _window(len(m_global))
    axes.plot(np.arange(1, len(m_global) + 1), m_global, color=MEASURE, alpha=0.25, linewidth=0.6)
    smooth = running_mean(m_global, window)
    axes.plot(*smooth, color=MEASURE, label=f"M_global, mean of {min(window, len(m_global))} steps")
    # The first batches of an untrained network would squeeze the rest of the curve into a line.
    axes.set(xlabel="step", ylabel="M_global", ylim=(0.0, 1.25 * float(smooth[1].max())), xlim=(0, len(m_global)))


def _check(history: History, pictures: Mapping[int, Tensor]) -> None:
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
    _check(history, pictures)
    steps = sorted(pictures)
    rows = -(-max(len(images) for images in pictures.values()) // columns)
    above = width / len(steps) * rows / columns + 0.4  # inches of the grids with their titles
    figure = Figure(figsize=(width, above + 2.6), layout="constrained")
    top, bottom = figure.subfigures(2, 1, height_ratios=(above, 2.6))
    axes = bottom.subplots()
    _draw_course(axes, history)
    middles, means = running_mean(history["m_global"], _window(len(history)))
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


class ConvergencePanel:
    """One snapshot's faces above the curve of M_global, on which a line marks its step; knows no widget.

    Args:
        history: of the run.
        pictures: by step, (N, C, S, S) in [-1, 1], of one size.

    The curve is drawn once; a move draws the line and sets other faces above it.
    """

    def __init__(self, history: History, pictures: Mapping[int, Tensor]) -> None:
        _check(history, pictures)
        self.history = history
        self.steps = tuple(sorted(pictures))
        self.step = self.steps[-1]
        self._faces = {step: self._grid(images) for step, images in pictures.items()}
        self.figure = Figure(figsize=(WIDTH / 96, 2.4), dpi=96, layout="constrained")
        self._canvas = FigureCanvasAgg(self.figure)
        axes = self.figure.subplots()
        _draw_course(axes, history)
        (self._line,) = axes.plot([0, 0], axes.get_ylim(), color=BLACK, linewidth=1.2, animated=True)
        axes.legend(loc="upper right")
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self.figure.bbox)

    @staticmethod
    def _grid(images: Tensor) -> NDArray[np.uint8]:
        columns = min(WIDEST_ROW, len(images))
        grid = tile(images, columns)
        scale = max(1, WIDTH // grid.shape[1])
        grid = grid.repeat(scale, 0).repeat(scale, 1)[:, :WIDTH]
        left = (WIDTH - grid.shape[1]) // 2
        return np.pad(grid, ((0, 0), (left, WIDTH - grid.shape[1] - left), (0, 0)), constant_values=255)

    def set(self, step: int) -> None:
        """Move to a snapshot; ValueError for a step of which there is none."""
        if step not in self._faces:
            raise ValueError(f"no pictures of step {step!r}: expected one of {', '.join(map(str, self.steps))}.")
        self.step = step

    def describe(self) -> str:
        """What the history says around the shown step, in words; means of the steps that lead up to it."""
        window = slice(max(0, self.step - _window(len(self.history))), self.step)
        real, fake, k, m_global = (
            float(self.history[column][window].mean()) for column in ("loss_real", "loss_fake", "k", "m_global")
        )
        return f"step {self.step:,}: M_global {m_global:.4f}, L(G(z)) / L(x) = {fake / real:.2f}, k {k:.4f}"

    def render(self) -> bytes:
        """Faces and curve as a JPEG."""
        self._canvas.restore_region(self._background)
        self._line.set_xdata([self.step, self.step])
        self._line.axes.draw_artist(self._line)
        curve = np.asarray(self._canvas.buffer_rgba())[..., :3]
        return encode(np.concatenate([self._faces[self.step], curve]))


class ConvergenceControls(SliderControls):
    """The panel's widgets: a `slider` over the snapshots, the numbers as `headline`, the `picture`."""

    def __init__(self, panel: ConvergencePanel) -> None:
        slider = ipywidgets.SelectionSlider(
            options=[(f"{step:,}", step) for step in panel.steps],
            value=panel.step,
            description="step",
            layout=ipywidgets.Layout(width="420px"),
        )
        super().__init__(panel, slider, "convergence", width=WIDTH)
