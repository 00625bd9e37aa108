"""Notebook 10's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np

from began_lib.exercises import lab as exercises
from began_lib.lab.recording import Recording

NOTEBOOK = "10_live_lab"
CHECKS = {"jump_of_gamma": exercises.check_jump, "alarm": exercises.check_alarm, "mine": exercises.check_recovery}
VALUES = ("jump_of_gamma", "mine")


def single_values(m_global):
    above = np.flatnonzero(m_global > 1.5 * np.minimum.accumulate(m_global))
    return int(above[0]) if len(above) else None


def first_of_its_window(m_global):
    right = exercises._alarm(m_global)
    return None if right is None else right - 49


MISTAKES = [
    ("jump_of_gamma", 0.28, "two numbers"),
    ("jump_of_gamma", (0.3, 0.28), "Before"),
    ("jump_of_gamma", (0.2, 0.2), "stands in the measure"),
    ("jump_of_gamma", (0.2, 0.12), "After"),
    ("alarm", single_values, "the last of its 50"),
    (
        "alarm",
        lambda m_global: single_values(m_global) if m_global.max() > 1 else exercises._alarm(m_global),
        "outlier",
    ),
    ("alarm", first_of_its_window, "the last of its 50"),
]


def course(m_global: np.ndarray) -> Recording:
    made = Recording({})
    made.steps = np.zeros((len(m_global), 6), np.float32)
    made.steps[:, 3] = m_global
    made.mark(200, "preset", "k held at 1")
    return made


def test_recoveries_that_are_none():
    calm, bad = np.full(400, 0.1), np.full(200, 1.0)
    assert exercises.check_recovery(course(np.concatenate([calm, bad, calm])))
    for m_global, hint in (
        (calm[:100], "shorter than 200"),
        (calm, "never rose"),
        (np.concatenate([calm, bad]), "ends at 10.0 times"),
        (np.concatenate([calm, [np.nan]]), "not finite"),
    ):
        verdict = exercises.check_recovery(course(m_global))
        assert not verdict and hint in verdict.hint
    unmoved = course(np.concatenate([calm, bad, calm]))
    unmoved.marks.clear()
    assert "nothing was moved" in exercises.check_recovery(unmoved).hint


def test_what_is_no_recording_is_told_so():
    assert "Give a recording" in exercises.check_recovery(np.ones(400)).hint
