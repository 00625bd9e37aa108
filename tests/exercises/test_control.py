"""Notebook 04's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import math

from began_lib.exercises import control as exercises

NOTEBOOK = "04_equilibrium_control"
CHECKS = {
    "lambda_for": exercises.check_lambda_for,
    "droop": exercises.check_droop,
    "wobble": exercises.check_wobble,
}


def test_the_exact_variance_is_accepted_too():
    assert exercises.check_wobble(lambda s, g, n: n * (s / (g * (2 - s * g))) ** 0.5)


MISTAKES = [
    ("lambda_for", lambda t, g: t * g, "Upside down"),
    ("lambda_for", lambda t, g: 1 / t, "missing"),
    ("lambda_for", lambda t, g: g / t, "has to be smaller"),
    ("lambda_for", lambda t, g: 0.001, "slow loop"),
    ("droop", lambda K, g, r: 0.0, "would be 0 too"),
    ("droop", lambda K, g, r: r / (K * g), "keep both terms"),
    ("droop", lambda K, g, r: r * (1 - K * g), "that is left"),
    ("droop", lambda K, g, r: r, "Solve for"),
    ("wobble", lambda s, g, n: n**2 * s / (2 * g), "variance; its root"),
    ("wobble", lambda s, g, n: s * n, "one step"),
    ("wobble", lambda s, g, n: n, "noise of the balance"),
    ("wobble", lambda s, g, n: n / g, "squares"),
    ("wobble", lambda s, g, n: 1.0, "same variance"),
]


def test_the_time_constant_may_be_exact():
    assert exercises.check_lambda_for(lambda steps, gain: (1 - math.exp(-1 / steps)) / gain)
