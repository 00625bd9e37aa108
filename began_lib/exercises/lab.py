"""Checkers for the exercises of notebook 10: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import RIGHT, Findings, judged, near, two
from began_lib.lab.recording import Recording

TWO_NUMBERS = "Give two numbers: M_global before the move, and right after it."
NO_RECORDING = "Give a recording: `panel.lab.recording`, or that of a `Lab` of your own."


@judged(empty=TWO_NUMBERS)
def check_jump(answer: tuple[float, float]) -> Findings:
    """Exercise 1: M_global before and after gamma is moved from 0.5 to 0.9, for L(x) = 0.2 and L(G(z)) = 0.1."""
    yield not two(answer), TWO_NUMBERS
    before, after = answer
    hint = "Before: at γ = 0.5 these losses are balanced; what does the second term of M_global become?"
    yield not near(before, 0.2), hint
    yield near(after, 0.28), RIGHT
    yield near(after, 0.2), "No image has changed, true; but γ stands in the measure itself."
    yield True, "After: the same two losses, put into M_global = L(x) + |γ L(x) − L(G(z))| with the new γ."


def _courses() -> Iterator[tuple[NDArray[np.float64]]]:
    steps = np.arange(1000)
    falling = 0.2 + 0.3 * np.exp(-steps / 100)
    peak = falling.copy()
    peak[500] = 3.0  # one outlier: lifts a mean of 50 by 0.06
    rising = np.where(steps < 60, 0.2, 0.2 + 0.001 * (steps - 60))
    for course in (falling, np.where(steps >= 700, 0.4, falling), peak, rising):
        yield (course,)


@judged(_courses, empty=None)
def check_alarm(found: int | None, m_global: NDArray[np.float64]) -> Findings:
    """Exercise 2: the first step at which the mean of the last 50 values is 1.5 times the smallest such mean so far."""
    expected = _alarm(m_global)
    yield found == expected, RIGHT
    yield found is None, "Nothing yet, or no alarm where a course rises to twice its level and stays there."
    hint = "A falling course, or a single outlier in it, is no collapse: compare means of 50 steps."
    yield expected is None, hint
    yield True, f"Expected the alarm at step {expected}, found {found}: is the step the last of its 50?"


def _alarm(m_global: NDArray[np.float64]) -> int | None:
    means = np.convolve(m_global, np.full(50, 1 / 50), "valid")
    above = np.flatnonzero(means > 1.5 * np.minimum.accumulate(means))
    return int(above[0]) + 49 if len(above) else None


@judged(empty=NO_RECORDING)
def check_recovery(recording: Recording) -> Findings:
    """Exercise 3: a run that the reader's hand spoiled and brought back."""
    yield not isinstance(recording, Recording), NO_RECORDING
    m_global = recording.steps[:, 3].astype(np.float64)
    short = len(m_global) < 200 or not recording.marks
    yield short, "The run is shorter than 200 steps, or nothing was moved in it."
    hint = "A loss is not finite: from there no controller leads back. Act earlier."
    yield not np.isfinite(m_global).all(), hint
    means = np.convolve(m_global, np.full(50, 1 / 50), "valid")
    worst = int(np.argmax(means / np.minimum.accumulate(means)))
    best = means[: worst + 1].min()  # before the fall
    yield means[worst] < 3 * best, "M_global never rose to three times its best mean: spoil the run first."
    hint = f"M_global ends at {means[-1] / best:.1f} times what it was before the fall; bring it below 2."
    yield means[-1] > 2 * best, hint
    yield True, RIGHT
