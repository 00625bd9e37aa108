"""What a training run measured: one row per step, and a sparser table of evaluations on held-out images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from began_lib.machine.storage import atomic_write

STEP_COLUMNS = ("loss_real", "loss_fake", "k", "m_global", "gamma", "learning_rate")
EVALUATION_COLUMNS = ("step", "held_out_loss", "steps_per_second")


class History:
    """Float32 columns that grow. `history["m_global"][t]` is M_global at step t, counted from 0.

    Step columns: `loss_real` L(x), `loss_fake` L(G(z)), `k` after the step, `m_global`, and the `gamma` and
    `learning_rate` the step was taken with. Evaluation columns: `step`, `held_out_loss` (mean L(x) over held-out
    images) and `steps_per_second` since the evaluation before.
    """

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.float32]] = []
        self._evaluations: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return sum(len(block) for block in self._blocks)

    def append(self, rows: NDArray[np.float32]) -> None:
        """Add rows for consecutive steps, (steps, len(STEP_COLUMNS))."""
        if rows.ndim != 2 or rows.shape[1] != len(STEP_COLUMNS):
            raise ValueError(f"expected rows of {len(STEP_COLUMNS)} columns, found an array of shape {rows.shape}.")
        self._blocks.append(np.asarray(rows, dtype=np.float32))

    def append_evaluation(self, step: int, held_out_loss: float, steps_per_second: float) -> None:
        """Add one evaluation, made after `step` steps."""
        self._evaluations.append((step, held_out_loss, steps_per_second))

    def steps(self) -> NDArray[np.float32]:
        """All step rows, (steps, len(STEP_COLUMNS))."""
        if len(self._blocks) != 1:
            empty = np.zeros((0, len(STEP_COLUMNS)), np.float32)
            self._blocks = [np.concatenate([empty, *self._blocks])]
        return self._blocks[0]

    def evaluations(self) -> NDArray[np.float32]:
        """All evaluations, (evaluations, len(EVALUATION_COLUMNS))."""
        return np.array(self._evaluations, np.float32).reshape(-1, len(EVALUATION_COLUMNS))

    def __getitem__(self, column: str) -> NDArray[np.float32]:
        if column in STEP_COLUMNS:
            return self.steps()[:, STEP_COLUMNS.index(column)]
        if column.startswith("evaluation_") and column.removeprefix("evaluation_") in EVALUATION_COLUMNS:
            return self.evaluations()[:, EVALUATION_COLUMNS.index(column.removeprefix("evaluation_"))]
        names = [*STEP_COLUMNS, *(f"evaluation_{name}" for name in EVALUATION_COLUMNS)]
        raise KeyError(f"no column {column!r} in the history: expected one of {', '.join(names)}.")

    def tail_mean(self, column: str, steps: int) -> float:
        """Mean of a step column over the last `steps` steps (over all, if there are fewer)."""
        if not len(self):
            raise ValueError("the history is empty: train at least one step first.")
        return float(self[column][-steps:].mean(dtype=np.float64))

    def save(self, path: str | Path) -> None:
        """Write both tables as an .npz of plain arrays, atomically."""
        with atomic_write(path) as file:
            np.savez_compressed(file, steps=self.steps(), evaluations=self.evaluations())

    @classmethod
    def from_tables(cls, steps: NDArray[np.float32], evaluations: NDArray[np.float32]) -> History:
        """A history from the two tables that `steps` and `evaluations` give."""
        history = cls()
        history.append(steps)
        history._evaluations = [tuple(row) for row in evaluations.tolist()]
        return history

    @classmethod
    def load(cls, path: str | Path) -> History:
        """Read what :meth:`save` wrote. Raises ValueError if the file is something else or damaged."""
        try:
            with np.load(path, allow_pickle=False) as tables:
                return cls.from_tables(tables["steps"], tables["evaluations"])
        except FileNotFoundError:
            raise
        except Exception as error:
            raise ValueError(f"{path} is not a history saved by began_lib, or it is damaged: {error}") from error
