"""How often each value of a factor occurs: four families, each with its inverse and its frequency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

__all__ = ["Distribution", "Levels", "Normal", "Power", "Uniform"]

Array = np.ndarray


@dataclass(frozen=True)
class Uniform:
    """Every value between `low` and `high` equally often."""

    low: float
    high: float

    def quantile(self, u: Array) -> Array:
        """Value below which a share `u` in (0, 1) of all faces lies."""
        return self.low + (self.high - self.low) * u

    def cdf(self, value: Array) -> Array:
        """Share of faces whose factor is at most `value`."""
        return np.clip((np.asarray(value, dtype=np.float64) - self.low) / (self.high - self.low), 0.0, 1.0)

    def __str__(self) -> str:
        return "uniform"


@dataclass(frozen=True)
class Normal:
    """A normal distribution cut off at `low` and `high`."""

    mean: float
    deviation: float
    low: float
    high: float

    def _ends(self) -> tuple[float, float]:
        return ndtr((self.low - self.mean) / self.deviation), ndtr((self.high - self.mean) / self.deviation)

    def quantile(self, u: Array) -> Array:
        """Value below which a share `u` in (0, 1) of all faces lies."""
        first, last = self._ends()
        return np.clip(self.mean + self.deviation * ndtri(first + (last - first) * u), self.low, self.high)

    def cdf(self, value: Array) -> Array:
        """Share of faces whose factor is at most `value`."""
        first, last = self._ends()
        below = ndtr((np.asarray(value, dtype=np.float64) - self.mean) / self.deviation)
        return np.clip((below - first) / (last - first), 0.0, 1.0)

    def __str__(self) -> str:
        return f"normal, mean {self.mean:g}, deviation {self.deviation:g}"


@dataclass(frozen=True)
class Power:
    """`low + (high - low) * u ** exponent` with u uniform: the larger the exponent, the rarer the high values."""

    low: float
    high: float
    exponent: float

    def quantile(self, u: Array) -> Array:
        """Value below which a share `u` in (0, 1) of all faces lies."""
        return self.low + (self.high - self.low) * u**self.exponent

    def cdf(self, value: Array) -> Array:
        """Share of faces whose factor is at most `value`."""
        share = (np.asarray(value, dtype=np.float64) - self.low) / (self.high - self.low)
        return np.clip(share, 0.0, 1.0) ** (1.0 / self.exponent)

    def __str__(self) -> str:
        return f"power {self.exponent:g}, high values rare"


@dataclass(frozen=True)
class Levels:
    """Named levels with a share each, which may lean on another factor that is uniform on [0, 1].

    Where `given` names such a factor with value g, the shares of a face are `(1 - g) * at_zero + g * at_one`; because
    g is uniform, the shares over all faces are the mean of the two columns.
    """

    names: tuple[str, ...]
    at_zero: tuple[float, ...]
    at_one: tuple[float, ...]
    given: str = ""

    def shares(self, g: Array | None = None) -> Array:
        """Share of each level, (levels,), over all faces, or (N, levels) for faces whose leaning factor is `g` (N,)."""
        zero, one = np.array(self.at_zero), np.array(self.at_one)
        if g is None:
            return (zero + one) / 2
        g = np.asarray(g, dtype=np.float64)[:, None]
        return (1 - g) * zero + g * one

    def quantile(self, u: Array, g: Array | None = None) -> Array:
        """Index of the level of each face, for `u` in (0, 1) and the leaning factor `g`, both (N,)."""
        edges = np.cumsum(self.shares(g if self.given else None), axis=-1)
        return np.minimum((np.asarray(u)[:, None] >= edges).sum(axis=-1), len(self.names) - 1)

    def __str__(self) -> str:
        shares = ", ".join(f"{name} {100 * share:.3g} %" for name, share in zip(self.names, self.shares(), strict=True))
        return shares + (f" (leans on {self.given})" if self.given else "")


Distribution = Uniform | Normal | Power | Levels
