"""Checkers for the exercises of notebook 10: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import RIGHT, Verdict
from began_lib.lab.recording import Recording


def check_jump(answer: tuple[float, float] | None) -> Verdict:
    """Exercise 1: M_global before and after gamma is moved from 0.5 to 0.9, for L(x) = 0.2 and L(G(z)) = 0.1."""
    if answer is None:
        return Verdict(False, "Give two numbers: M_global before the move, and right after it.")
    before, after = answer
    if not math.isclose(before, 0.2, abs_tol=1e-6):
        return Verdict(
            False, "Before: at γ = 0.5 these losses are balanced; what does the second term of M_global become?"
        )
    if math.isclose(after, 0.2, abs_tol=1e-6):
        return Verdict(False, "No image has changed, true; but γ stands in the measure itself.")
    if not math.isclose(after, 0.28, abs_tol=1e-6):
        return Verdict(
            False, "After: the same two losses, put into M_global = L(x) + |γ L(x) − L(G(z))| with the new γ."
        )
    return RIGHT


def check_alarm(answer: Callable[[NDArray[np.float64]], int | None]) -> Verdict:
    """Exercise 2: the first step at which the mean of the last 50 values is 1.5 times the smallest such mean so far."""
    steps = np.arange(1000)
    falling = 0.2 + 0.3 * np.exp(-steps / 100)
    lifted = np.where(steps >= 700, 0.4, falling)
    peak = falling.copy()
    peak[500] = 3.0  # one outlier: lifts a mean of 50 by 0.06
    rising = np.where(steps < 60, 0.2, 0.2 + 0.001 * (steps - 60))
    for course, expected in ((falling, None), (lifted, _alarm(lifted)), (peak, None), (rising, _alarm(rising))):
        found = answer(course.copy())
        if found is Ellipsis or (found is None and expected is not None):
            return Verdict(False, "A course that rises to twice its level and stays there gives no alarm yet.")
        if expected is None and found is not None:
            return Verdict(
                False, "A falling course, or a single outlier in it, is no collapse: compare means of 50 steps."
            )
        if found != expected:
            return Verdict(
                False, f"Expected the alarm at step {expected}, found {found}: is the step the last of its 50?"
            )
    return RIGHT


def _alarm(m_global: NDArray[np.float64]) -> int | None:
    total = np.concatenate([[0.0], np.cumsum(m_global)])
    means = (total[50:] - total[:-50]) / 50
    above = np.flatnonzero(means > 1.5 * np.minimum.accumulate(means))
    return int(above[0]) + 49 if len(above) else None


def check_recovery(recording: Recording | None) -> Verdict:
    """Exercise 3: a run that the reader's hand spoiled and brought back."""
    if recording is None:
        return Verdict(False, "Give a recording: `panel.lab.recording`, or that of a `Lab` of your own.")
    m_global = recording.steps[:, 3].astype(np.float64)
    if len(m_global) < 200 or not recording.marks:
        return Verdict(False, "The run is shorter than 200 steps, or nothing was moved in it.")
    if not np.isfinite(m_global).all():
        return Verdict(False, "A loss is not finite: from there no controller leads back. Act earlier.")
    means = np.convolve(m_global, np.full(50, 1 / 50), "valid")
    best_so_far = np.minimum.accumulate(means)
    worst = int(np.argmax(means / best_so_far))
    if means[worst] < 3 * best_so_far[worst]:
        return Verdict(False, "M_global never rose to three times its best mean: spoil the run first.")
    if means[-1] > 2 * best_so_far[worst]:
        times = means[-1] / best_so_far[worst]
        return Verdict(False, f"M_global ends at {times:.1f} times what it was before the fall; bring it below 2.")
    return RIGHT
