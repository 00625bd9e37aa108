"""Checkers for the exercises of notebook 08: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from began_lib.exercises.verdict import RIGHT, Findings, judged, near

Curve = NDArray[np.float64]


@judged(((0.12, 0.1, 0.5), (0.2, 0.1, 0.5), (0.09, 0.09, 0.7), (0.24, 0.15, 0.25)))
def check_ratios(found: Sequence[float], m_global: float, loss_real: float, gamma: float) -> Findings:
    """Exercise 1: all ratios L(G(z)) / L(x) that give this M_global at this L(x) and gamma, smallest first."""
    away = m_global / loss_real - 1
    right = sorted({round(q, 12) for q in (gamma - away, gamma + away) if q > -1e-12})
    here = f"For M_global {m_global:g}, L(x) {loss_real:g}, γ {gamma:g}"
    yield np.ndim(found) != 1, f"{here}: give all ratios, in a tuple or a list, even where there is only one."
    lowest = min(found, default=0.0)
    yield lowest < -1e-9, f"{here}: {lowest:.3g} is below 0. Can a mean of absolute differences be?"
    more = "one more" if len(found) < len(right) else "fewer"
    hint = f"{here} you give {len(found)} ratios; there are {more}. Where on the V is it?"
    yield len(found) != len(right), hint
    yield near(found, right), RIGHT
    yield near(sorted(found), right), "The right numbers; put the smallest first."
    yield True, f"{here}: divide by L(x), and ask which numbers lie |M_global / L(x) − 1| from γ."


def trending_pair(seed: int, steps: int = 30) -> tuple[Curve, Curve, Curve]:
    """Steps and two curves that share a straight trend; what is left without it is correlated for odd seeds only."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.choice(np.arange(100, 10_000), steps, replace=False)).astype(float)
    shared = rng.normal(size=steps)
    first = -3 * at / 10_000 + 0.2 * shared
    second = 2 * at / 10_000 + 0.2 * (shared if seed % 2 else rng.normal(size=steps))
    return at, first, second


def _without_line(at: Curve, values: Curve) -> Curve:
    return values - np.polyval(np.polyfit(at, values, 1), at)


def _ranked(a: Curve, b: Curve) -> float:
    return float(spearmanr(a, b).statistic)


@judged(lambda: map(trending_pair, (1, 2, 3, 4)))
def check_detrended(found: float, at: Curve, a: Curve, b: Curve) -> Findings:
    """Exercise 2: the rank correlation of two curves after a straight line in time was taken from each."""
    yield np.ndim(found) > 0, "One number, please: `stats.spearmanr` gives two, and its `.statistic` is the one."
    left_a, left_b = _without_line(at, a), _without_line(at, b)
    yield near(found, _ranked(left_a, left_b)), RIGHT
    yield near(found, _ranked(a, b)), "That is the correlation with the trend still in it."
    yield near(found, np.corrcoef(left_a, left_b)[0, 1]), "The lines are gone; now rank what is left."
    hint = "Changes are the other way; here a line is fitted and taken off."
    yield near(found, _ranked(np.diff(a), np.diff(b))), hint
    only_one = near(found, _ranked(left_a, b)) or near(found, _ranked(a, left_b))
    yield only_one, "You took the line from one of the two only."
    evenly = _ranked(*(_without_line(np.arange(len(at)), values) for values in (a, b)))
    yield near(found, evenly), "The steps are not evenly spaced: fit the line over `steps`."
    yield True, "Fit a line over the steps to each curve, subtract it, then correlate ranks."


def _quiet_then_low() -> Iterator[tuple[list[float], float, int]]:
    rng = np.random.default_rng(8)
    for fall, patience in ((80, 5), (60, 3), (100, 1), (None, 3)):
        values = 0.5 + 0.02 * rng.standard_normal(120)
        values[[20, 21, 55]] = 0.2  # single low batches, which are no alarm
        if fall is not None:
            values[fall:] = 0.2
            values[fall + 3] = 0.5  # one batch that looks well on the way down
        yield list(values), 0.35, patience


@judged(_quiet_then_low, empty=None)
def check_first_alarm(found: int | None, values: Sequence[float], level: float, patience: int) -> Findings:
    """Exercise 3: the index at which values have stayed below a level `patience` times in a row, or None."""
    low = np.asarray(values) < level
    starts = np.flatnonzero(np.convolve(low, np.ones(patience), "valid") == patience)
    right = int(starts[0]) + patience - 1 if len(starts) else None
    yield found == right, RIGHT
    yield right is None, f"You raise an alarm at {found} in a curve that is never low {patience} times in a row."
    hint = f"Nothing yet, or no alarm, where values are low {patience} times in a row from index {starts[0]} on."
    yield found is None, hint
    hint = "That is where the low stretch begins. When do you know that it is long enough?"
    yield found == starts[0], hint
    yield found == right + 1, "One too late: the value that completes the stretch is already in hand."
    yield found == np.argmax(low), "A single low batch is no alarm."
    yield found == np.argmax(np.cumsum(low) == patience), "In a row: a value above the level starts anew."
    yield True, f"With patience {patience} you say {found}: count how often in a row values were below."
