"""How sure a number is: intervals by the jackknife, and of rank correlations from few pairs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

__all__ = ["BLOCKS", "jackknife", "rank_correlation"]

BLOCKS = 10  # parts of the images, in their order, that the jackknife leaves out one at a time


def jackknife(value: float, left_out: Sequence[float] | np.ndarray) -> tuple[float, float]:
    """95 % interval about `value` from the values found without each of g blocks of equal size.

    The standard error is sqrt((g - 1) / g * sum of squared deviations of `left_out` from its mean); for a mean of
    images this is the usual one of g block means. Student's t with g - 1 degrees.
    """
    g = len(left_out)
    error = np.sqrt((g - 1) / g * np.square(left_out - np.mean(left_out)).sum())
    half = float(stats.t.ppf(0.975, g - 1) * error)
    return value - half, value + half


def rank_correlation(a: ArrayLike, b: ArrayLike) -> tuple[float, float, float]:
    """Spearman's rank correlation of a and b, (n,) each, and the ends of its 95 % interval.

    The interval is Fisher's, with the variance of Bonett and Wright (2000). It supposes independent pairs, which
    snapshots of one run are not.

    Raises:
        ValueError: other shapes, fewer than 4 pairs, or values that are all alike.
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    n = a.size
    if a.shape != b.shape or a.ndim != 1 or n < 4:
        raise ValueError(f"expected two rows of equal length, at least 4, found shapes {a.shape} and {b.shape}.")
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        raise ValueError("expected values that differ: those that are all alike have no order.")
    rho = float(stats.spearmanr(a, b).statistic)
    half = 1.96 * np.sqrt((1 + rho**2 / 2) / (n - 3))
    edge = 1 - 6 / (n**3 - n)  # perfect order has no z: half the smallest step of a rank correlation below it
    z = np.arctanh(np.clip(rho, -edge, edge))
    return rho, min(rho, float(np.tanh(z - half))), max(rho, float(np.tanh(z + half)))
