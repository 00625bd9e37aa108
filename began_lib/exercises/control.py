"""Checkers for the exercises of notebook 04: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

from began_lib.exercises.verdict import EMPTY, RIGHT, Verdict


def check_lambda_for(answer: Callable[[float, float], float]) -> Verdict:
    """Exercise 1: the lambda_k with which a slow loop has a wanted time constant."""
    for steps, gain in ((500.0, 0.6), (2000.0, 2.5)):
        found = answer(steps, gain)
        if found is None:
            return EMPTY
        # k takes steps, so that exactly (1 - lambda_k gain) ** steps = 1 / e: for a slow loop nearly the same.
        exact = (1 - math.exp(-1 / steps)) / gain
        if any(math.isclose(found, right, rel_tol=1e-6) for right in (1 / (steps * gain), exact)):
            continue
        for wrong, why in (
            (steps * gain, "Upside down: a longer time constant asks for a smaller λ_k."),
            (1 / steps, "Per unit of k the balance falls by the gain: it is missing."),
            (gain / steps, "Where k moves the balance more, λ_k has to be smaller."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-6):
                return Verdict(False, why)
        return Verdict(False, "In a slow loop y = gain κ at all times. What does κ's rule become?")
    return RIGHT


def check_droop(answer: Callable[[float, float, float], float]) -> Verdict:
    """Exercise 2: the balance that stays when k = K times the balance, truly proportional control."""
    for proportional, gain, r in ((2.0, 0.6, 0.03), (50.0, 0.6, 0.03)):
        found = answer(proportional, gain, r)
        if found is None:
            return EMPTY
        if math.isclose(found, r / (1 + proportional * gain), rel_tol=1e-6):
            continue
        for wrong, why in (
            (0.0, "With a balance of 0, k would be 0 too, and y with it: then the balance is r."),
            (r / (proportional * gain), "That is its limit for large K. The balance is r - y: keep both terms."),
            (r * (1 - proportional * gain), "y depends on the balance that is left, not on r."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-6, abs_tol=1e-12):
                return Verdict(False, why)
        return Verdict(False, "At rest y = gain k, and k = K (r - y). Solve for r - y.")
    return RIGHT


def check_wobble(answer: Callable[[float, float, float], float]) -> Verdict:
    """Exercise 3: the standard deviation of k in a slow loop under independent noise of the measured balance."""
    for lambda_k, gain, noise in ((0.01, 0.6, 0.006), (0.001, 1.5, 0.02)):
        found = answer(lambda_k, gain, noise)
        if found is None:
            return EMPTY
        shrink = 1 - lambda_k * gain
        right = lambda_k * noise / math.sqrt(1 - shrink**2)
        if math.isclose(found, right, rel_tol=0.01):  # leaving out (lambda_k gain)^2 costs a quarter of a percent
            continue
        for wrong, why in (
            (right**2, "That is a variance; its root is wanted."),
            (lambda_k * noise, "That is the noise of one step. How much of the steps before is still there?"),
            (noise, "That is the noise of the balance. k adds up λ_k times it, and forgets."),
            (lambda_k * noise / (1 - shrink), "Independent noises add up in their squares."),
        ):
            if math.isclose(found, wrong, rel_tol=0.01):
                return Verdict(False, why)
        return Verdict(False, "κ' = (1 - λ_k gain) κ - λ_k n: at rest both sides have the same variance.")
    return RIGHT
