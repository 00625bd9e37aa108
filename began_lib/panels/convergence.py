"""Figure 5 under a slider: the faces of one snapshot above the course of M_global.

`ConvergencePanel` draws and knows no widget; `ConvergenceControls` is the thin layer of ipywidgets, for 7.7.1 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from began_lib.data.pixels import encode, tile
from began_lib.figures.convergence import check_pictures, draw_course, smoothing_window
from began_lib.figures.kept import KeptFigure
from began_lib.figures.plots import BLACK
from began_lib.panels.controls import SliderControls
from began_lib.training.history import History

__all__ = ["ConvergenceControls", "ConvergencePanel"]

WIDTH = 960  # pixels of the picture
WIDEST_ROW = 8  # faces side by side


class ConvergencePanel(KeptFigure):
    """One snapshot's faces above the curve of M_global, on which a line marks its step; knows no widget.

    Args:
        history: of the run.
        pictures: by step, (N, C, S, S) in [-1, 1], of one size.
    """

    def __init__(self, history: History, pictures: Mapping[int, Tensor]) -> None:
        check_pictures(history, pictures)
        super().__init__((WIDTH / 96, 2.4), layout="constrained")
        self.history = history
        self.steps = tuple(sorted(pictures))
        self.step = self.steps[-1]
        self._faces = {step: self._grid(images) for step, images in pictures.items()}
        axes = self.figure.subplots()
        draw_course(axes, history)
        (self._line,) = axes.plot([0, 0], axes.get_ylim(), color=BLACK, linewidth=1.2, animated=True)
        axes.legend(loc="upper right")

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
        window = slice(max(0, self.step - smoothing_window(len(self.history))), self.step)
        real, fake, k, m_global = (
            float(self.history[column][window].mean()) for column in ("loss_real", "loss_fake", "k", "m_global")
        )
        return f"step {self.step:,}: M_global {m_global:.4f}, L(G(z)) / L(x) = {fake / real:.2f}, k {k:.4f}"

    def render(self) -> bytes:
        """Faces and curve as a JPEG."""
        self._line.set_xdata([self.step, self.step])
        return encode(np.concatenate([self._faces[self.step], self.paint([self._line])]))


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
