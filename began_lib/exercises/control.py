"""Checkers for the exercises of notebook 04: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math

from began_lib.control import LinearLoop
from began_lib.exercises.verdict import RIGHT, Findings, Verdict, judged, near

RINGS = (0.1, 0.3)  # damping: below the second k overshoots by more than a third


@judged(((2.0, 0.6, 0.03), (50.0, 0.6, 0.03)))
def check_droop(found: float, proportional: float, gain: float, r: float) -> Findings:
    """Exercise 1: the error that remains when k = K times the error, truly proportional control."""
    yield near(found, r / (1 + proportional * gain)), RIGHT
    yield near(found, 0.0), "With an error of 0, k would be 0 too, and y with it: then the error is r."
    hint = "That is its limit for large K. The error is r - y: keep both terms."
    yield near(found, r / (proportional * gain)), hint
    yield near(found, r * (1 - proportional * gain)), "y depends on the error that remains, not on r."
    yield True, "At rest y = gain k, and k = K (r - y). Solve for r - y."


@judged()
def check_remaining(found: float) -> Findings:
    """Exercise 2: the error that remains when target and k can both fall by 0.03, at a gain of 0.6."""
    right = -0.012
    yield near(found, right, rel=1e-3), RIGHT
    yield near(found, -right, rel=1e-3), "Its size is right. Are generated losses above their target, or below?"
    yield (
        near(found, 0.0),
        "That is where an integral controller rests, if k is free to go there. How far down can k go?",
    )
    yield near(found, -0.03), "That is the error before k has moved. What does k take from it on its way down?"
    yield near(found, -0.018), "That is what k takes back. How much is left of the 0.03?"
    yield True, "The error is r - y, with r = -0.03. By how much can k fall, and how far does that move y?"


def check_ringing(lambda_k: object, networks: LinearLoop) -> Verdict:
    """Exercise 3: a lambda_k under which a model's loop is stable with a damping between RINGS."""
    try:
        value = float(lambda_k)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return Verdict(False, "Put a number there: your λ_k.")
    if not (math.isfinite(value) and 0.0 < value <= 1.0):
        return Verdict(False, f"{value:g} is no λ_k: expected a number above 0, at most 1.")
    loop = networks.at(value)
    if not loop.stable:
        return Verdict(False, "The swings grow. Which product of gain and λ_k is the limit?")
    if not loop.oscillates:
        return Verdict(False, "No swings at all: the loop is on the slow side of the critical λ_k.")
    low, high = RINGS
    if loop.damping < low:
        return Verdict(False, f"It swings for long: damping is {loop.damping:.2f}, near the edge. Take less.")
    if loop.damping >= high:
        return Verdict(False, f"It swings, but damping is {loop.damping:.2f}: the swings are gone at once. Go on.")
    print(f"Predicted: {loop.describe()}.")
    return RIGHT
