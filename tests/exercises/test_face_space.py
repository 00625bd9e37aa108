"""Notebook 12's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from began_lib.exercises import face_space as exercises
from began_lib.faces import FACTORS
from tests.conftest import REPOSITORY

NOTEBOOK = "12_face_space"
GIVEN = {"FACTORS": FACTORS, "np": np, "stats": stats}  # what the notebook has imported by then, and its p_value
cells = re.split(r"^# %%.*\n", (REPOSITORY / "notebooks" / f"{NOTEBOOK}.py").read_text(encoding="utf-8"), flags=re.M)
exec(next(cell for cell in cells if cell.startswith("def p_value(")), GIVEN)
CHECKS = {
    "answer": exercises.check_joint_share,
    "samples_needed": exercises.check_samples_needed,
    "dropped": exercises.check_dropped,
}
VALUES = ("answer",)

shares, old = FACTORS["glasses"].distribution.shares(), 1 - FACTORS["age"].distribution.cdf(60)


def at_five_percent(factors):
    return {name for name in FACTORS if GIVEN["p_value"](name, factors) < 0.05}


MISTAKES = [
    ("answer", shares[1] + shares[2], "at any age"),
    ("answer", old, "over 60, with glasses or without"),
    ("answer", 1 - shares[0] + old, "no sum"),
    ("answer", (1 - shares[0]) * (1 - old), "up to"),
    ("answer", shares[1] * old, "Sunglasses count"),
    ("answer", 0.9, "lean on the other"),
    ("samples_needed", lambda share, confidence: int(1 / share), "too few"),
    ("samples_needed", lambda share, confidence: round(np.log(1 - confidence) / np.log(1 - share)) - 1, "too few"),
    ("samples_needed", lambda share, confidence: np.ceil(np.log(1 - confidence) / np.log(1 - share)) + 1, "too many"),
    ("dropped", at_five_percent, "by chance"),
    ("dropped", lambda factors: set(), "go unseen"),
    ("dropped", lambda factors: {"hat"}, "is no factor"),
]


@pytest.mark.parametrize("kind", [list, np.array, pd.Index, pd.Series, iter])
def test_names_may_come_in_any_collection(kind, solutions):
    assert exercises.check_dropped(lambda factors: kind(sorted(solutions["dropped"](factors))))


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (..., "keep the line with `def`"),
        (lambda factors: ..., "nothing yet"),
        (lambda factors: 3, "Found int"),
        (lambda factors: np.array(3), "Found ndarray"),
        (lambda factors: [["hat"]], "Found list"),
    ],
)
def test_what_names_no_factors_is_told_so(answer, hint):
    assert hint in exercises.check_dropped(answer).hint


def test_one_factor_too_many_is_named(solutions):
    def one_too_many(factors):
        found = solutions["dropped"](factors)
        return found | {"smile"} if found else found

    assert "smile follows the table" in exercises.check_dropped(one_too_many).hint


def test_narrowed_factors_are_narrowed_where_they_say(solutions):
    narrowed = exercises.narrowed_factors()
    assert len(narrowed) == 3000
    assert solutions["dropped"](narrowed) == set(exercises.NARROWED)
    assert (narrowed.glasses > 0).float().mean() < 0.6 * (1 - shares[0])
