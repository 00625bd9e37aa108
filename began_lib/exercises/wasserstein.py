"""Checkers for the exercises of notebook 02: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import RIGHT, Findings, judged, near
from began_lib.wasserstein import squared_distance_1d, squared_distance_of_samples

X = np.linspace(-3.0, 3.0, 7)
NORMALS = (
    (0.3, 0.04, 0.1, 0.01),
    (0.1, 0.09, 0.5, 0.01),
    (0.2, 0.04, 0.1, 0.04),
    (1.0, 4.0, 1.01, 1.0),  # hardly apart, but apart: 1 / (1 + r) divides by the means' part
)


@judged(NORMALS)
def check_share_of_means(found: float, m1: float, c1: float, m2: float, c2: float) -> Findings:
    """Exercise 1: the share of W² that the means carry, from m1, c1, m2, c2."""
    means, whole = (m1 - m2) ** 2, float(squared_distance_1d(m1, c1, m2, c2))
    yield near(found, means / whole), RIGHT
    yield near(found, math.sqrt(means / whole)), "A share of W², not of W."
    yield near(found, means / (means + c1 + c2)), "The cross term −2 √(c1 c2) is missing."
    hint = "c1 and c2 are variances: the second term needs their roots."
    yield near(found, means / (means + (c1 - c2) ** 2)), hint
    yield True, "W² is a sum of two terms: which of them is owed to the means, and what is the whole?"


@judged(((X, 0.0, 1.0, 2.0, 9.0), (X, 0.5, 4.0, -1.0, 1.0)))
def check_transport(
    found: NDArray[np.float64], x: NDArray[np.float64], m1: float, c1: float, m2: float, c2: float
) -> Findings:
    """Exercise 2: the optimal map T(x, m1, c1, m2, c2) from N(m1, c1) to N(m2, c2)."""
    slope = math.sqrt(c2 / c1)
    yield near(found, m2 + slope * (x - m1)), RIGHT
    yield near(found, m2 + c2 / c1 * (x - m1)), "c1 and c2 are variances: a map stretches deviations."
    yield near(found, m1 + (x - m2) / slope), "That is the way back, from N(m2, c2) to N(m1, c1)."
    hint = "It arrives at the right distribution, but paths cross: order is cheaper."
    yield near(found, m2 - slope * (x - m1)), hint
    yield near(found, x + m2 - m1), "The mean arrives, the spread does not."
    yield True, "Which straight line takes the mean to the mean, and one deviation above it to one deviation above?"


@judged(((0.1, 0.18, 0.04), (1.0, 0.2, 0.05), (0.05, 0.2, 0.1), (25.0, 0.5, 0.25), (0.0225, 0.2, 0.1)), empty=None)
def check_largest_gamma(found: float | None, limit: float, v1: float, v2: float) -> Findings:
    """Exercise 3: the largest gamma that keeps ((v1 - gamma v2) / (1 - gamma))² at or below a limit."""
    if limit < v1**2:
        yield found is None, RIGHT
        yield True, f"With v1 = {v1:g} the ratio is {v1**2:g} at γ = 0: a limit of {limit:g} has no answer, None."
    yield found is None, f"Nothing yet, or None, for limit {limit:g} and v1 {v1:g}: γ = 0 gives {v1**2:g}."
    here = f"{found:.3g} for limit {limit:g}, v1 {v1:g}, v2 {v2:g}"
    yield not 0.0 <= found < 1.0, f"{here}: γ lies in [0, 1)."
    reached = ((v1 - found * v2) / (1.0 - found)) ** 2
    yield near(reached, limit), RIGHT
    way = "above the limit" if reached > limit else "below it, so that a larger γ would do"
    yield True, f"At your γ = {found:.3g} the ratio is {reached:.3g}: {way} ({limit:g})."


def _samples() -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    rng = np.random.default_rng(4)
    for first, second in ((5, 5), (4, 6), (7, 3), (1, 9)):
        yield rng.normal(size=first), rng.exponential(size=second)


@judged(_samples)
def check_exact_squared_w(found: float, a: NDArray[np.float64], b: NDArray[np.float64]) -> Findings:
    """Exercise 4: exact W² of two samples whose sizes may differ."""
    right, here = squared_distance_of_samples(a, b), f"Samples of {len(a)} and {len(b)}:"
    yield near(found, right), RIGHT
    yield near(found, math.sqrt(right)), f"{here} That is W; the question asks for W²."
    for_normals = (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2
    yield near(found, for_normals), f"{here} That is the form for normals; these samples are none."
    unsorted = np.mean((a - b) ** 2) if len(a) == len(b) else math.nan
    yield near(found, unsorted), f"{here} Which value goes with which? Quantile to quantile: sort first."
    yield True, f"{here} Where do the two quantile functions jump, and how long is each piece between two jumps?"
