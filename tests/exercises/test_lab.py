"""Notebook 10's exercises: the folded solutions are accepted, typical mistakes are refused with a hint."""

import numpy as np
import pytest

from began_lib.exercises import lab as exercises
from began_lib.lab.recording import Recording


@pytest.fixture(scope="module")
def solutions(folded_solutions) -> dict:
    """What the folded solutions of the notebook define; the third trains."""
    return folded_solutions("10_live_lab")


def test_folded_solutions_are_accepted(solutions):
    for verdict in (
        exercises.check_jump(solutions["jump_of_gamma"]),
        exercises.check_alarm(solutions["alarm"]),
        exercises.check_recovery(solutions["mine"]),
    ):
        assert verdict, verdict


def test_untouched_cells_get_a_hint():
    assert "Give two numbers" in exercises.check_jump(None).hint
    assert "Give a recording" in exercises.check_recovery(None).hint
    verdict = exercises.check_alarm(lambda m_global: ...)
    assert not verdict and "gives no alarm yet" in verdict.hint


@pytest.mark.parametrize(
    ("answer", "hint"), [((0.3, 0.28), "Before"), ((0.2, 0.2), "stands in the measure"), ((0.2, 0.12), "After")]
)
def test_wrong_jumps(answer, hint):
    verdict = exercises.check_jump(answer)
    assert not verdict and hint in verdict.hint


def single_values(m_global):
    above = np.flatnonzero(m_global > 1.5 * np.minimum.accumulate(m_global))
    return int(above[0]) if len(above) else None


def first_of_its_window(m_global):
    right = exercises._alarm(m_global)
    return None if right is None else right - 49


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (lambda m_global: None, "gives no alarm yet"),
        (single_values, "the last of its 50"),
        (lambda m_global: single_values(m_global) if m_global.max() > 1 else exercises._alarm(m_global), "outlier"),
        (first_of_its_window, "the last of its 50"),
    ],
)
def test_wrong_alarms(answer, hint):
    verdict = exercises.check_alarm(answer)
    assert not verdict and hint in verdict.hint


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
