"""Notebook 04's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np
import pytest

from began_lib.control import LinearLoop
from began_lib.exercises import control as exercises

NOTEBOOK = "04_equilibrium_control"
NETWORKS = LinearLoop(gain=0.6, lag=8.6, lambda_k=0.05)  # about what the page finds with seed 0
GIVEN = {"networks": NETWORKS}


def rings(answer):
    """The checker as the page calls it."""
    return exercises.check_ringing(answer, NETWORKS)


CHECKS = {"droop": exercises.check_droop, "remaining": exercises.check_remaining, "ringing": rings}
VALUES = ("remaining", "ringing")
MISTAKES = [
    ("droop", lambda K, g, r: 0.0, "would be 0 too"),
    ("droop", lambda K, g, r: r / (K * g), "keep both terms"),
    ("droop", lambda K, g, r: r * (1 - K * g), "that remains"),
    ("droop", lambda K, g, r: r, "Solve for"),
    ("remaining", 0.012, "above their target"),
    ("remaining", 0, "How far down"),
    ("remaining", -0.03, "before k has moved"),
    ("remaining", -0.018, "left of the 0.03"),
    ("remaining", 1.0, "r - y"),
    ("ringing", "fast", "Put a number"),
    ("ringing", 0.0, "above 0, at most 1"),
    ("ringing", 2.0, "above 0, at most 1"),
    ("ringing", float("nan"), "above 0, at most 1"),
    ("ringing", 0.01, "No swings"),
    ("ringing", 0.1, "It swings, but damping is"),
    ("ringing", 1.0, "near the edge"),
]


def test_swings_that_grow_are_refused():
    verdict = exercises.check_ringing(0.9, LinearLoop(gain=2.0, lag=5.0, lambda_k=0.1))
    assert not verdict and "grow" in verdict.hint


@pytest.mark.parametrize("answer", [np.float32(0.73), np.array(0.73), 0.73])
def test_ringing_takes_numbers_of_all_kinds(answer, capsys):
    assert rings(answer)
    assert "Predicted: swings of" in capsys.readouterr().out


def test_the_remaining_error_is_what_the_clamped_model_comes_to():
    error, moved = LinearLoop(gain=0.6, lag=5.0, lambda_k=0.1).step_response(2000, -0.03, start=0.03)
    assert exercises.check_remaining(float(error[-1])) and moved[-1] == pytest.approx(-0.03)


@pytest.mark.parametrize(("gain", "lag"), [(0.5, 4.9), (0.9, 20.0), (11.0, 400.0), (0.3, 6.0)])
def test_the_solution_rings_for_what_other_seeds_give(gain, lag, folded_solutions):
    networks = LinearLoop(gain, lag, lambda_k=0.05)
    assert exercises.check_ringing(folded_solutions(NOTEBOOK, networks=networks)["ringing"], networks)
