"""Notebook 00's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np

from began_lib.exercises import start as exercises

NOTEBOOK = "00_start_here"
CHECKS = {
    "answer": exercises.check_direction,
    "steps": exercises.check_steps_to_k,
    "prediction": exercises.check_frozen,
}
VALUES = ("answer", "steps", "prediction")
MISTAKES = [
    ("answer", 3, '"faster" or "slower"'),
    ("answer", "slower", "k's update"),
    ("answer", "Slower.", "k's update"),
    ("prediction", "stays", "whatever G makes"),
    ("prediction", "Rises.", "L(x) alone"),
    ("prediction", 1, '"stays", "rises" or "falls"'),
    ("steps", 2.5, "gain"),
    ("steps", 0.1 / 0.00014, "target"),
    ("steps", 7, "How many"),
]


def test_a_word_may_be_written_as_in_a_sentence():
    assert exercises.check_direction("Faster.")


def test_a_number_of_steps_may_be_rounded_and_of_numpy():
    assert exercises.check_steps_to_k(np.int64(2500))
