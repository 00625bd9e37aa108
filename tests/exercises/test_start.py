"""Notebook 00's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

from began_lib.exercises import start as exercises

NOTEBOOK = "00_start_here"
CHECKS = {"answer": exercises.check_direction, "steps": exercises.check_steps_to_k}
VALUES = ("answer", "steps")
MISTAKES = [
    ("answer", 3, '"faster" or "slower"'),
    ("answer", "slower", "k's update"),
    ("answer", "Slower.", "k's update"),
    ("steps", 2.5, "gain"),
    ("steps", 0.1 / 0.00014, "target"),
    ("steps", 7, "How many"),
]


def test_a_word_may_be_written_as_in_a_sentence():
    assert exercises.check_direction("Faster.")
