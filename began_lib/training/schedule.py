"""Section 4.1: Adam's learning rate is halved when the measure of convergence stalls, and never falls past a floor.

The paper gives the rule, not its numbers. Here M_global is averaged over windows of steps, so that batch noise does not
count as progress; a window improves if its mean is below the best one by `threshold`; after `patience` windows without
improvement the rate is halved. Runs of others collapsed after their rates had fallen very low, hence the floor.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class PlateauHalving:
    """The learning-rate rule with its state; all fields are plain numbers, so that a checkpoint can hold them.

    Raises ValueError for a value outside its bounds.
    """

    window: int = 1000  # steps over which M_global is averaged
    patience: int = 5  # windows without improvement before the rate is halved
    threshold: float = 0.005  # relative improvement that counts: 0.5 %
    floor: float = 2e-5  # the rate never goes below this
    best: float | None = None  # lowest window mean so far
    stalled: int = 0  # windows since it was reached
    total: float = 0.0  # sum of M_global in the window so far
    count: int = 0  # steps in the window so far
    waiting: int = 0  # steps before the first window: windows end where a run reads its measurements

    def __post_init__(self) -> None:
        if self.window < 1 or self.patience < 1:
            raise ValueError(f"window and patience are {self.window} and {self.patience}: expected at least 1 each.")
        if not 0.0 <= self.threshold < 1.0:
            raise ValueError(f"threshold is {self.threshold}: expected a number in [0, 1).")
        if not 0.0 < self.floor < float("inf"):
            raise ValueError(f"floor is {self.floor}: expected a learning rate above 0.")

    def update(self, m_global: float, learning_rate: float) -> float:
        """Take in M_global of one step; returns the learning rate for the next one."""
        if self.waiting:
            self.waiting -= 1
            return learning_rate
        self.total += m_global
        self.count += 1
        if self.count < self.window:
            return learning_rate
        mean, self.total, self.count = self.total / self.count, 0.0, 0
        if self.best is None or mean < self.best * (1.0 - self.threshold):
            self.best, self.stalled = mean, 0
            return learning_rate
        self.stalled += 1
        if self.stalled < self.patience:
            return learning_rate
        self.stalled = 0
        # A rate that was set below the floor by hand stays where it is: the rule only ever lowers.
        return min(learning_rate, max(learning_rate / 2, self.floor))

    def state(self) -> dict[str, Any]:
        """All fields, for a checkpoint."""
        return asdict(self)
