"""What a training run measured: one row per step, and a sparser table of evaluations on held-out images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from began_lib.machine.storage import read_npz, write_npz

STEP_COLUMNS = ("loss_real", "loss_fake", "k", "m_global", "gamma", "learning_rate")
EVALUATION_COLUMNS = ("step", "held_out_loss", "steps_per_second", "diversity")


class History:
    """Float32 columns that grow. `history["m_global"][t]` is M_global at step t, counted from 0.

    Step columns: `loss_real` L(x), `loss_fake` L(G(z)), `k` after the step, `m_global`, and the `gamma` and
    `learning_rate` the step was taken with. Evaluation columns: `step`, `held_out_loss` (mean L(x) over held-out
    images), `steps_per_second` since the evaluation before, and `diversity` of the run's fixed samples (NaN where an
    older version did not measure it).

    Args:
        columns: other step columns, for what is no BEGAN.

    Raises:
        KeyError: a column is asked for that there is not.
    """

    def __init__(self, columns: Sequence[str] = STEP_COLUMNS) -> None:
        self.columns = tuple(columns)
        self._blocks: list[NDArray[np.float32]] = []
        self._evaluations: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return sum(len(block) for block in self._blocks)

    def append(self, rows: NDArray[np.float32]) -> None:
        """Add rows for consecutive steps, (steps, len(columns)); ValueError for another shape."""
        if rows.ndim != 2 or rows.shape[1] != len(self.columns):
            raise ValueError(f"expected rows of {len(self.columns)} columns, found an array of shape {rows.shape}.")
        self._blocks.append(np.asarray(rows, dtype=np.float32))

    def append_evaluation(
        self, step: int, held_out_loss: float, steps_per_second: float, diversity: float = math.nan
    ) -> None:
        """Add one evaluation, made after `step` steps."""
        self._evaluations.append((step, held_out_loss, steps_per_second, diversity))

    def steps(self) -> NDArray[np.float32]:
        """All step rows, (steps, len(columns))."""
        if len(self._blocks) != 1:
            empty = np.zeros((0, len(self.columns)), np.float32)
            self._blocks = [np.concatenate([empty, *self._blocks])]
        return self._blocks[0]

    def evaluations(self) -> NDArray[np.float32]:
        """All evaluations, (evaluations, len(EVALUATION_COLUMNS))."""
        return np.array(self._evaluations, np.float32).reshape(-1, len(EVALUATION_COLUMNS))

    def __getitem__(self, column: str) -> NDArray[np.float32]:
        if column in self.columns:
            return self.steps()[:, self.columns.index(column)]
        if column.startswith("evaluation_") and column.removeprefix("evaluation_") in EVALUATION_COLUMNS:
            return self.evaluations()[:, EVALUATION_COLUMNS.index(column.removeprefix("evaluation_"))]
        names = [*self.columns, *(f"evaluation_{name}" for name in EVALUATION_COLUMNS)]
        raise KeyError(f"no column {column!r} in the history: expected one of {', '.join(names)}.")

    def tail_mean(self, column: str, steps: int) -> float:
        """Mean of a step column over the last `steps` steps, or over all if fewer; ValueError where there are none."""
        if not len(self):
            raise ValueError("the history is empty: train at least one step first.")
        return float(self[column][-steps:].mean(dtype=np.float64))

    def hours(self) -> float:
        """How long the steps up to the last evaluation took, by the speed measured at each; 0 without one."""
        spans = np.diff(self["evaluation_step"], prepend=np.float32(0.0)).astype(np.float64)
        return float((spans / self["evaluation_steps_per_second"].astype(np.float64)).sum()) / 3600

    def save(self, path: str | Path) -> None:
        """Write both tables as an .npz of plain arrays, atomically, with a digest."""
        names = {} if self.columns == STEP_COLUMNS else {"columns": np.array(self.columns)}
        write_npz(path, steps=self.steps(), evaluations=self.evaluations(), **names)

    @classmethod
    def from_tables(
        cls, steps: NDArray[np.float32], evaluations: NDArray[np.float32], columns: Sequence[str] = STEP_COLUMNS
    ) -> History:
        """A history from the two tables that `steps` and `evaluations` give; columns that an older one lacks are NaN.

        Raises:
            ValueError: they are of other shapes.
        """
        missing = len(EVALUATION_COLUMNS) - evaluations.shape[-1]
        if evaluations.ndim != 2 or missing < 0:
            raise ValueError(f"expected evaluations of {len(EVALUATION_COLUMNS)} columns, found {evaluations.shape}.")
        history = cls(columns)
        history.append(steps)
        history._evaluations = [(*row, *[math.nan] * missing) for row in evaluations.tolist()]
        return history

    @classmethod
    def load(cls, path: str | Path) -> History:
        """Read what :meth:`save` wrote. Raises ValueError if the file is something else or damaged."""
        tables = read_npz(path)
        try:
            columns = tables["columns"].tolist() if "columns" in tables else STEP_COLUMNS
            return cls.from_tables(tables["steps"], tables["evaluations"], columns)
        except (KeyError, ValueError) as error:
            raise ValueError(f"{path} is not a history saved by began_lib: {error}") from error
