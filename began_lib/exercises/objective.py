"""Checkers for the exercises of notebook 03: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import RIGHT, Findings, judged, near

Losses = NDArray[np.float64]


def _losses(*sizes: int) -> Iterator[tuple[Losses, Losses]]:
    rng = np.random.default_rng(3)
    for n in sizes:
        yield rng.gamma(2.0, 0.1, size=n), 0.6 * rng.gamma(3.0, 0.05, size=n)


@judged(lambda: _losses(50, 60))
def check_gamma_of(found: float, real: Losses, fake: Losses) -> Findings:
    """Exercise 1: the estimate of equation 5 from losses of real and of generated points, equally many."""
    yield near(found, fake.mean() / real.mean()), RIGHT
    yield near(found, real.mean() / fake.mean()), "Upside down: which loss does equation 5 divide by?"
    hint = "That is the expectation of a ratio; equation 5 is a ratio of expectations."
    yield near(found, (fake / real).mean()), hint
    yield True, "Estimate each of the two expectations of equation 5 on its own, then divide."


@judged(lambda: _losses(100, 400))
def check_standard_error(found: float, real: Losses, fake: Losses) -> Findings:
    """Exercise 2: the standard error of that estimate to first order; x and z are drawn independently."""
    n, ratio = len(real), fake.mean() / real.mean()
    one, two = real.var() / real.mean() ** 2, fake.var() / fake.mean() ** 2
    right, rel = ratio * math.sqrt((one + two) / n), 2.0 / n  # either way of dividing in the variance, n or n - 1
    yield near(found, right, rel), RIGHT
    hint = "That is the spread of one pair. What does averaging over n of them do?"
    yield near(found, right * math.sqrt(n), rel), hint
    hint = "That is the relative error; the question is for the error of the ratio itself."
    yield near(found, right / ratio, rel), hint
    hint = "The denominator is an estimate too, and adds its own noise."
    yield near(found, ratio * math.sqrt(two / n), rel), hint
    yield near(found, right**2, rel), "That is a variance; its root is wanted."
    yield True, "The relative variances of two independent means add up in their ratio."


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
