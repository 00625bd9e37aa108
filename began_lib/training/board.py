"""A run for TensorBoard: the history's columns and the grids of its fixed samples, in RUN/tensorboard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from began_lib.data.pixels import tile
from began_lib.step import StepLosses
from began_lib.training.history import EVALUATION_COLUMNS, STEP_COLUMNS
from began_lib.training.run import FLUSH_EVERY
from began_lib.training.trainer import Trainer


def tensorboard_writer(run: Path) -> Any:
    """What writes into a run's `tensorboard` folder. Raises ValueError where the package for it is missing."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise ValueError(
            f"--log tensorboard needs a package that is not here ({error}): pip install tensorboard, or leave the "
            f"option out; {run / 'history.npz'} will have the same numbers."
        ) from error
    return SummaryWriter(str(run / "tensorboard"))


class Board:
    """A callback of :meth:`Trainer.train` that writes what the history has gained since it was made.

    Args:
        trainer: resumed already where it goes on with a run, whose earlier rows were written then.
        writer: what :func:`tensorboard_writer` gave.
    """

    def __init__(self, trainer: Trainer, writer: Any) -> None:
        self.writer = writer
        self._steps, self._evaluations = len(trainer.history), len(trainer.history.evaluations())

    def __call__(self, trainer: Trainer, losses: StepLosses) -> None:
        """Write what is new, where measurements have just been read."""
        if trainer.steps_done % FLUSH_EVERY == 0:
            self.write(trainer)

    def write(self, trainer: Trainer) -> None:
        """Write all rows of the history that have not been written, and with an evaluation the samples."""
        history = trainer.history
        for step, row in enumerate(history.steps()[self._steps :].tolist(), self._steps + 1):
            for name, value in zip(STEP_COLUMNS, row, strict=True):
                self.writer.add_scalar(name, value, step)
        evaluations = history.evaluations()[self._evaluations :].tolist()
        for step, *row in evaluations:
            for name, value in zip(EVALUATION_COLUMNS[1:], row, strict=True):
                self.writer.add_scalar(f"evaluation/{name}", value, int(step))
        if evaluations:
            grid = torch.from_numpy(tile(trainer.samples().clamp(-1, 1), columns=8))
            self.writer.add_image("samples", grid, trainer.steps_done, dataformats="HWC")
        self._steps, self._evaluations = len(history), len(history.evaluations())
        self.writer.flush()
