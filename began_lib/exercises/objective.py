"""Checkers for the exercises of notebook 03: each tells right from wrong and gives a hint, never the answer.

The prediction of exercise 1 is an exception: the measurement answers it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from began_lib.exercises.verdict import RIGHT, Findings, Verdict, judged, near

LESS, MORE, NO_DIFFERENCE = "less", "more", "no clear difference"
CHOICES = (LESS, MORE, NO_DIFFERENCE)
SURE = 0.05  # p below which a difference counts as clear


def read_prediction(prediction: object) -> str:
    """Which of the three predictions it is; "" for anything else."""
    said = prediction.strip(" .\n").lower() if isinstance(prediction, str) else ""
    return said if said in CHOICES else ""


def check_prediction(prediction: object, before: ArrayLike, run: Callable[[], ArrayLike]) -> Verdict:
    """Exercise 1: a prediction of what a changed training does, by what it does; trains only once there is one.

    Args:
        prediction: "less", "more" or "no clear difference".
        before: what runs of the unchanged training left out, (seeds,).
        run: makes the changed runs, with the same seeds, and gives what they leave out, (seeds,).
    """
    if not (said := read_prediction(prediction)):
        return Verdict(False, f"Put your prediction down first: one of {', '.join(map(repr, CHOICES))}.")
    one, other = np.asarray(before, np.float64), np.asarray(run(), np.float64)
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return Verdict(False, "A run gave NaN or infinity: its networks broke down, and it cannot be compared.")
    alike = np.array_equal(one, other)
    p = 1.0 if alike else float(stats.wilcoxon(other, one).pvalue)
    fewer = p < SURE and stats.wilcoxon(other, one, alternative="less").pvalue < SURE
    found = NO_DIFFERENCE if p >= SURE else LESS if fewer else MORE
    measured = f"on average {other.mean():.2f} is left out, before it was {one.mean():.2f} (p = {p:.2g})"
    print(f"Measured: {measured}.")
    return RIGHT if said == found else Verdict(False, f"It is {found!r}. What did you expect, and why?")


@judged()
def check_weight(found: float) -> Findings:
    """Exercise 2: the weight of L(G(z)) in D's loss, at k = 0.2, after one backward pass over L_D + L_G."""
    yield near(found, 0.8), RIGHT
    yield near(found, -0.2), "That is the weight in L_D alone. What does L_G add, once it may reach θ_D?"
    yield near(found, 1.0), "That is what L_G adds. L_D has its part of L(G(z)) still."
    yield near(found, -0.8), "D minimises: what it is to raise has a minus sign. Which of the two has one here?"
    yield True, "Add both losses up, and collect what stands before L(G(z))."


@judged(((0.7, 0.05, 0.0, 0.2, 800, 0.04), (0.5, 0.001, 0.3, 0.1, 5000, 0.2)))
def check_average_ratio(
    found: float, gamma: float, lambda_k: float, first: float, last: float, steps: int, loss: float
) -> Findings:
    """Exercise 3: mean L(G(z)) / mean L(x) over a run, from k at its two ends (k never clamped)."""
    shift = (last - first) / (lambda_k * steps * loss)
    yield near(found, gamma - shift), RIGHT
    yield near(found, gamma + shift), "A k that rises: was L(G(z)) above γ L(x), or below?"
    yield near(found, gamma - shift * lambda_k), "Each step adds λ_k times the error, not the error."
    hint = "That shift is in units of the loss: it still has to be divided by mean L(x)."
    yield near(found, gamma - shift * loss), hint
    yield near(found, gamma - shift * steps), "That is the sum over the steps, not their mean."
    yield True, "Add up k's updates over all steps: what is k at the end minus k at the start?"


@judged()
def check_worst_on_ring(found: float) -> Findings:
    """Exercise 4: the least that the largest loss on a circle of radius 0.8 can be, for any D with one number h."""
    yield near(found, 0.4), RIGHT
    yield near(found, 0.8), "That is a distance. L is the mean of two coordinates' errors, which may be half as large."
    yield near(found, 1.6), "So far apart are the two points. D's answer may lie between them."
    hint = (
        "Where D's answer lies in the middle both errors are 0.8 long. L takes the mean over coordinates, not the root."
    )
    yield near(found, 0.8 / 2**0.5, rel=1e-2), hint
    yield near(found, 0.0), "Two opposite points with one h get one answer. Can it be right for both?"
    yield True, "Two points are 1.6 apart and get one answer: how far is it from the farther of them, at least?"
