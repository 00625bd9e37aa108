"""A training that draws itself: a callback for `Trainer.train` that redraws one figure in the notebook as it goes."""

from __future__ import annotations

import io
import time

import torch
from IPython.display import DisplayHandle, Image, display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from began_lib.data import to_unit_range
from began_lib.plots import draw_grid, draw_k, draw_losses, draw_m_global
from began_lib.step import StepLosses
from began_lib.training import Trainer

SHOWN = 16  # images in each of the three grids


class LiveFigure:
    """Samples, held-out images, their reconstructions and the three courses, redrawn at most every `seconds`.

    The last drawing stays in the notebook's output, so that it reads well without a kernel.
    """

    def __init__(self, seconds: float = 2.0, width: float = 10.0) -> None:
        if seconds <= 0:
            raise ValueError(f"seconds is {seconds}: expected a time above 0 between two drawings.")
        self.seconds, self.width = seconds, width
        self.drawings = 0
        self._next = 0.0
        self._handle: DisplayHandle | None = None

    def __call__(self, trainer: Trainer, losses: StepLosses) -> None:
        """Redraw if it is time."""
        if time.perf_counter() >= self._next:
            self.draw(trainer)
            self._next = time.perf_counter() + self.seconds

    def draw(self, trainer: Trainer) -> None:
        """Redraw now, as after the end of a training."""
        image = Image(data=self.render(trainer), format="png")
        if self._handle is None:
            self._handle = display(image, display_id=True)
        else:
            self._handle.update(image)
        self.drawings += 1

    def render(self, trainer: Trainer) -> bytes:
        """The figure as a PNG."""
        trainer.flush()
        figure = Figure(figsize=(self.width, self.width * 0.62), layout="constrained")
        FigureCanvasAgg(figure)
        grids = figure.subfigures(2, 1, height_ratios=(1.2, 1))
        real = to_unit_range(torch.as_tensor(trainer.dataset.held_out[:SHOWN])).to(trainer.device)
        samples, held_out, rebuilt = grids[0].subplots(1, 3)
        draw_grid(samples, trainer.samples()[:SHOWN], f"G(z) after {trainer.steps_done} steps")
        draw_grid(held_out, real, "x, held out")
        draw_grid(rebuilt, trainer.began.reconstruct(real), "D(x)")
        balance, control, measure = grids[1].subplots(1, 3)
        window = max(1, min(50, trainer.steps_done // 10))
        draw_losses(balance, trainer.history, window)
        draw_k(control, trainer.history)
        draw_m_global(measure, trainer.history, window)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=80)
        return buffer.getvalue()
