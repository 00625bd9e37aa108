"""Checkers for the exercises of notebook 08: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from began_lib.exercises.verdict import EMPTY, RIGHT, Verdict


def check_ratios(answer: Callable[[float, float, float], tuple[float, ...]]) -> Verdict:
    """Exercise 1: all ratios L(G(z)) / L(x) that give this M_global at this L(x) and gamma, smallest first."""
    for m_global, loss_real, gamma in ((0.12, 0.1, 0.5), (0.2, 0.1, 0.5), (0.09, 0.09, 0.7), (0.24, 0.15, 0.25)):
        found = answer(m_global, loss_real, gamma)
        if found is None:
            return EMPTY
        away = m_global / loss_real - 1
        right = sorted({round(q, 12) for q in (gamma - away, gamma + away) if q > -1e-12})
        here = f"For M_global {m_global:g}, L(x) {loss_real:g}, γ {gamma:g}"
        if np.ndim(found) != 1:
            return Verdict(False, f"{here}: give all ratios, in a tuple or a list, even where there is only one.")
        found = tuple(found)
        if any(q < 0 for q in found):
            return Verdict(False, f"{here}: {min(found):.3g} is below 0. Can a mean of absolute differences be?")
        if len(found) != len(right):
            more = "one more" if len(found) < len(right) else "fewer"
            return Verdict(False, f"{here} you give {len(found)} ratios; there are {more}. Where on the V is it?")
        if not np.allclose(found, right, atol=1e-9):
            if np.allclose(sorted(found), right, atol=1e-9):
                return Verdict(False, "The right numbers; put the smallest first.")
            return Verdict(False, f"{here}: divide by L(x), and ask which numbers lie |M_global / L(x) − 1| from γ.")
    return RIGHT


def trending_pair(seed: int, steps: int = 30) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Steps and two courses that share a straight trend; what is left without it is correlated for odd seeds only."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.choice(np.arange(100, 10_000), steps, replace=False)).astype(float)
    shared = rng.normal(size=steps)
    first = -3 * at / 10_000 + 0.2 * shared
    second = 2 * at / 10_000 + 0.2 * (shared if seed % 2 else rng.normal(size=steps))
    return at, first, second


def _without_line(at: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    return values - np.polyval(np.polyfit(at, values, 1), at)


def check_detrended(
    answer: Callable[[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]], float],
) -> Verdict:
    """Exercise 2: the rank correlation of two courses after a straight line in time was taken from each."""
    for seed in (1, 2, 3, 4):
        at, a, b = trending_pair(seed)
        found = answer(at.copy(), a.copy(), b.copy())
        if found is None:
            return EMPTY
        if np.ndim(found) > 0:
            return Verdict(False, "One number, please: `stats.spearmanr` gives two, and its `.statistic` is the one.")
        left = _without_line(at, a), _without_line(at, b)
        if math.isclose(found, spearmanr(*left).statistic, abs_tol=1e-9):
            continue
        for wrong, why in (
            (spearmanr(a, b).statistic, "That is the correlation with the trend still in it."),
            (float(np.corrcoef(*left)[0, 1]), "The lines are gone; now rank what is left."),
            (
                spearmanr(np.diff(a), np.diff(b)).statistic,
                "Changes are the other way; here a line is fitted and taken off.",
            ),
            (spearmanr(left[0], b).statistic, "You took the line from one of the two only."),
            (spearmanr(a, left[1]).statistic, "You took the line from one of the two only."),
            (
                spearmanr(*(_without_line(np.arange(len(at)), v) for v in (a, b))).statistic,
                "The steps are not evenly spaced: fit the line over `steps`.",
            ),
        ):
            if math.isclose(found, wrong, abs_tol=1e-9):
                return Verdict(False, why)
        return Verdict(False, "Fit a line over the steps to each course, subtract it, then correlate ranks.")
    return RIGHT


def _quiet_then_low(rng: np.random.Generator, fall: int | None) -> NDArray[np.float64]:
    values = 0.5 + 0.02 * rng.standard_normal(120)
    values[[20, 21, 55]] = 0.2  # single low batches, which are no alarm
    if fall is not None:
        values[fall:] = 0.2
        values[fall + 3] = 0.5  # one batch that looks well on the way down
    return values


def check_first_alarm(answer: Callable[[Sequence[float], float, int], int | None]) -> Verdict:
    """Exercise 3: the index at which values have stayed below a level `patience` times in a row, or None."""
    rng = np.random.default_rng(8)
    for fall, patience in ((80, 5), (60, 3), (100, 1), (None, 3)):
        values = _quiet_then_low(rng, fall)
        below, right = 0, None
        for index, value in enumerate(values):
            below = below + 1 if value < 0.35 else 0
            if below == patience:
                right = index
                break
        found = answer(list(values), 0.35, patience)
        if found is None and fall == 80:
            return Verdict(False, "Nothing yet, or no alarm in a course that stays low from step 80 on.")
        if found == right:
            continue
        if right is None:
            return Verdict(
                False, f"You raise an alarm at {found} in a course that is never low {patience} times in a row."
            )
        if found is None:
            return Verdict(False, f"No alarm with patience {patience}, in a course that falls for good at {fall}.")
        for wrong, why in (
            (right - patience + 1, "That is where the low stretch begins. When do you know that it is long enough?"),
            (right + 1, "One too late: the value that completes the stretch is already in hand."),
            (int(np.argmax(values < 0.35)), "A single low batch is no alarm."),
            (
                int(np.flatnonzero(np.cumsum(values < 0.35) == patience)[0]),
                "In a row: a value above the level starts anew.",
            ),
        ):
            if found == wrong:
                return Verdict(False, why)
        return Verdict(False, f"With patience {patience} you say {found}: count how often in a row values were below.")
    return RIGHT
