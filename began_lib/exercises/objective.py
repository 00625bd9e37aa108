"""Checkers for the exercises of notebook 03: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import EMPTY, RIGHT, Verdict


def check_gamma_of(answer: Callable[[NDArray[np.float64], NDArray[np.float64]], float]) -> Verdict:
    """Exercise 1: the estimate of equation 5 from losses of real and of generated points, equally many."""
    rng = np.random.default_rng(3)
    for share in (0.3, 0.7):
        real = rng.gamma(2.0, 0.1, size=50)
        fake = share * rng.gamma(2.0, 0.1, size=50)
        found = answer(real.copy(), fake.copy())
        if found is None:
            return EMPTY
        if math.isclose(found, fake.mean() / real.mean(), rel_tol=1e-9):
            continue
        for wrong, why in (
            (real.mean() / fake.mean(), "Upside down: which loss does equation 5 divide by?"),
            ((fake / real).mean(), "That is the expectation of a ratio; equation 5 is a ratio of expectations."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-9):
                return Verdict(False, why)
        return Verdict(False, "Estimate each of the two expectations of equation 5 on its own, then divide.")
    return RIGHT


def check_standard_error(answer: Callable[[NDArray[np.float64], NDArray[np.float64]], float]) -> Verdict:
    """Exercise 2: the standard error of that estimate to first order; x and z are drawn independently."""
    rng = np.random.default_rng(4)
    for n in (100, 400):
        real, fake = rng.gamma(2.0, 0.1, size=n), 0.6 * rng.gamma(3.0, 0.05, size=n)
        found = answer(real.copy(), fake.copy())
        if found is None:
            return EMPTY
        m1, m2 = real.mean(), fake.mean()
        one, two = real.var() / m1**2, fake.var() / m2**2
        right = m2 / m1 * math.sqrt((one + two) / n)
        if math.isclose(found, right, rel_tol=2.0 / n):  # either way of dividing in the variance, n or n - 1
            continue
        for wrong, why in (
            (right * math.sqrt(n), "That is the spread of one pair. What does averaging over n of them do?"),
            (right / (m2 / m1), "That is the relative error; the question is for the error of the ratio itself."),
            (m2 / m1 * math.sqrt(two / n), "The denominator is an estimate too, and adds its own noise."),
            (right**2, "That is a variance; its root is wanted."),
        ):
            if math.isclose(found, wrong, rel_tol=2.0 / n):
                return Verdict(False, why)
        return Verdict(False, "The relative variances of two independent means add up in their ratio.")
    return RIGHT


def check_average_ratio(answer: Callable[[float, float, float, float, int, float], float]) -> Verdict:
    """Exercise 3: mean L(G(z)) / mean L(x) over a run, from k at its two ends (k never clamped)."""
    for gamma, lambda_k, first, last, steps, loss in (
        (0.7, 0.05, 0.0, 0.2, 800, 0.04),
        (0.5, 0.001, 0.3, 0.1, 5000, 0.2),
    ):
        found = answer(gamma, lambda_k, first, last, steps, loss)
        if found is None:
            return EMPTY
        shift = (last - first) / (lambda_k * steps * loss)
        if math.isclose(found, gamma - shift, rel_tol=1e-9):
            continue
        for wrong, why in (
            (gamma + shift, "A k that rises: was L(G(z)) above γ L(x), or below?"),
            (gamma - shift * lambda_k, "Each step adds λ_k times the error, not the error."),
            (gamma - shift * loss, "That shift is in units of the loss: it still has to be divided by mean L(x)."),
            (gamma - shift * steps, "That is the sum over the steps, not their mean."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-9):
                return Verdict(False, why)
        return Verdict(False, "Add up k's updates over all steps: what is k at the end minus k at the start?")
    return RIGHT
