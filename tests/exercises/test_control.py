"""Notebook 04's exercises: typical mistakes are refused with a hint (solutions: test_exercise_solutions.py)."""

import math

import pytest

from began_lib.exercises import control as exercises

NOTEBOOK = "04_equilibrium_control"
CHECKS = {
    "lambda_for": exercises.check_lambda_for,
    "droop": exercises.check_droop,
    "wobble": exercises.check_wobble,
}


def test_the_exact_variance_is_accepted_too():
    assert exercises.check_wobble(lambda s, g, n: n * (s / (g * (2 - s * g))) ** 0.5)


@pytest.mark.parametrize(
    ("name", "answer", "hint"),
    [
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
    ],
)
def test_a_mistake_is_refused_with_its_hint(name, answer, hint):
    verdict = CHECKS[name](answer)
    assert not verdict
    assert hint in verdict.hint


def test_the_time_constant_may_be_exact():
    assert exercises.check_lambda_for(lambda steps, gain: (1 - math.exp(-1 / steps)) / gain)
