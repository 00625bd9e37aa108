"""Checkers for the exercises of notebook 02: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from began_lib.exercises.verdict import RIGHT, Findings, judged, near
from began_lib.wasserstein import condition_ratio, squared_distance_1d, squared_distance_of_samples

T = np.linspace(1.5, 3.0, 7)  # where a counterexample is looked at
PANEL = (8e-4, 4e-5)  # the panel's c1 and c2, at its start


@judged(empty="Nothing yet: put a distance between the means into `gap`.")
def check_gap(gap: float) -> Findings:
    """Exercise 1: the |m1 - m2| at which the means carry nine tenths of W², with the panel's variances."""
    spread = abs(math.sqrt(PANEL[0]) - math.sqrt(PANEL[1]))
    yield near(gap, 3 * spread, rel=0.05), RIGHT
    yield near(gap, spread, rel=0.05), "There they carry half: means and spreads weigh the same."
    yield near(gap, math.sqrt(0.9) * spread, rel=0.05), "Nine tenths of the whole, not of the spreads' part."
    yield near(gap, 9 * spread, rel=0.05), "W² is a sum of squares: the means' SQUARE must be nine times the other."
    yield near(gap, 3 * math.sqrt(sum(PANEL)), rel=0.05), "The second term is a difference of deviations, squared."
    yield True, "The means carry a share of (m1 − m2)² / W². Which multiple of |√c1 − √c2| makes that 0.9?"


@judged(((0.1, 0.18, 0.04), (1.0, 0.2, 0.05), (0.05, 0.2, 0.1), (25.0, 0.5, 0.25), (0.0225, 0.2, 0.1)), empty=None)
def check_largest_gamma(found: float | None, limit: float, v1: float, v2: float) -> Findings:
    """Exercise 2: the largest gamma that keeps ((v1 - gamma v2) / (1 - gamma))² at or below a limit."""
    if limit < v1**2:
        yield found is None, RIGHT
        yield True, f"With v1 = {v1:g} the ratio is {v1**2:g} at γ = 0: a limit of {limit:g} has no answer, None."
    yield found is None, f"Nothing yet, or None, for limit {limit:g} and v1 {v1:g}: γ = 0 gives {v1**2:g}."
    here = f"{float(found):.3g} for limit {limit:g}, v1 {v1:g}, v2 {v2:g}"
    yield not 0.0 <= found < 1.0, f"{here}: γ lies in [0, 1)."
    yield near(found, (math.sqrt(limit) - v1) / (math.sqrt(limit) - v2), abs=0.005), RIGHT  # two digits are enough
    reached = ((v1 - found * v2) / (1.0 - found)) ** 2
    way = "above the limit" if reached > limit else "below it, so that a larger γ would do"
    yield True, f"At your γ = {found:.3g} the ratio is {reached:.3g}: {way} ({limit:g})."


@judged(((T,),))
def check_counterexample(found: tuple[ArrayLike, ...], t: NDArray[np.float64]) -> Findings:
    """Exercise 3: normals (m1, c1, m2, c2) over t for which W and the ratio rise while the means approach."""
    shape = "Return m1, c1, m2, c2: four numbers, or arrays as long as t."
    try:
        m1, c1, m2, c2 = (np.broadcast_to(np.asarray(value, dtype=np.float64), t.shape) for value in found)
    except (TypeError, ValueError):
        yield True, shape
        return
    yield not np.isfinite([m1, c1, m2, c2]).all(), "Give finite numbers for each t from 1.5 to 3."
    yield min(c1.min(), c2.min()) < 0, "c1 and c2 are variances: at least 0."
    yield (m1 == m2).any(), "The ratio divides by |m1 − m2|²: keep the means apart."
    distance, ratio = squared_distance_1d(m1, c1, m2, c2), condition_ratio(m1, c1, m2, c2)
    yield (np.diff(distance) <= 0).any(), "W does not rise with t everywhere: let the spreads part faster."
    order = "(Is the order m1, c1, m2, c2?)"
    yield (np.diff(ratio) <= 0).any(), f"The ratio does not rise with W everywhere: condition (1) fails. {order}"
    yield (np.diff(np.abs(m1 - m2)) >= 0).any(), "The means must APPROACH as t grows."
    yield True, RIGHT


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
