"""Checkers for the exercises of notebook 04: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math

from began_lib.exercises.verdict import RIGHT, Findings, judged, near


@judged(((500.0, 0.6), (2000.0, 2.5)))
def check_lambda_for(found: float, steps: float, gain: float) -> Findings:
    """Exercise 1: the lambda_k with which a slow loop has a wanted time constant."""
    # k takes steps, so that exactly (1 - lambda_k gain) ** steps = 1 / e: for a slow loop nearly the same.
    yield near(found, 1 / (steps * gain)) or near(found, (1 - math.exp(-1 / steps)) / gain), RIGHT
    yield near(found, steps * gain), "Upside down: a longer time constant asks for a smaller λ_k."
    yield near(found, 1 / steps), "Per unit of k the balance falls by the gain: it is missing."
    yield near(found, gain / steps), "Where k moves the balance more, λ_k has to be smaller."
    yield True, "In a slow loop y = gain κ at all times. What does κ's rule become?"


@judged(((2.0, 0.6, 0.03), (50.0, 0.6, 0.03)))
def check_droop(found: float, proportional: float, gain: float, r: float) -> Findings:
    """Exercise 2: the balance that stays when k = K times the balance, truly proportional control."""
    yield near(found, r / (1 + proportional * gain)), RIGHT
    yield near(found, 0.0), "With a balance of 0, k would be 0 too, and y with it: then the balance is r."
    hint = "That is its limit for large K. The balance is r - y: keep both terms."
    yield near(found, r / (proportional * gain)), hint
    yield near(found, r * (1 - proportional * gain)), "y depends on the balance that is left, not on r."
    yield True, "At rest y = gain k, and k = K (r - y). Solve for r - y."


@judged(((0.01, 0.6, 0.006), (0.001, 1.5, 0.02)))
def check_wobble(found: float, lambda_k: float, gain: float, noise: float) -> Findings:
    """Exercise 3: the standard deviation of k in a slow loop under independent noise of the measured balance."""
    step, shrink = lambda_k * noise, 1 - lambda_k * gain
    right = step / math.sqrt(1 - shrink**2)
    yield near(found, right, rel=0.01), RIGHT  # leaving out (lambda_k gain)^2 costs a quarter of a percent
    yield near(found, right**2, rel=0.01), "That is a variance; its root is wanted."
    hint = "That is the noise of one step. How much of the steps before is still there?"
    yield near(found, step, rel=0.01), hint
    yield near(found, noise, rel=0.01), "That is the noise of the balance. k adds up λ_k times it, and forgets."
    yield near(found, step / (1 - shrink), rel=0.01), "Independent noises add up in their squares."
    yield True, "κ' = (1 - λ_k gain) κ - λ_k n: at rest both sides have the same variance."
