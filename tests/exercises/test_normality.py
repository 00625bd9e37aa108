"""Notebook 01's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np
from scipy import stats

from began_lib import normality
from began_lib.exercises import normality as exercises

NOTEBOOK = "01_loss_normality"
GIVEN = {"np": np, "normality": normality}  # what the notebook has imported by then
CHECKS = {
    "closer": exercises.check_studies,
    "effective": exercises.check_two_kinds,
    "pixels_for_half": exercises.check_pixels_for_half,
    "lilliefors_p": exercises.check_lilliefors_p,
}
VALUES = ("closer", "effective")


def gap(sample):
    return normality.kolmogorov(normality.standardized(np.sort(sample)))


MISTAKES = [
    ("closer", "First", "50 images"),
    ("closer", "second", "because n is large"),
    ("closer", 2, '"cannot tell"'),
    ("effective", "stays", "a hint at the others"),
    ("effective", "rises.", "less alike"),
    ("effective", 8, '"falls"'),
    ("pixels_for_half", lambda r: 1 / r, "(1 − ρ) s²"),
    ("pixels_for_half", lambda r: r / (1 - r), "Upside down"),
    ("pixels_for_half", lambda r: 7, "are they equal"),
    ("lilliefors_p", lambda s, n: stats.kstwo.sf(gap(s), len(s)), "beforehand"),
    ("lilliefors_p", lambda s, n: (normality.kolmogorov(np.sort(n, axis=1)) >= gap(s)).mean(), "beforehand"),
    ("lilliefors_p", lambda s, n: (gap(n) <= gap(s)).mean(), "LARGE"),
    ("lilliefors_p", lambda s, n: -1.0, "Sort and standardize"),
]


def test_numbers_may_be_numpys_and_rounded():
    assert exercises.check_pixels_for_half(lambda rho: np.float64(round((1 - rho) / rho, 1)))


def test_words_may_be_written_as_in_a_sentence():
    assert exercises.check_studies("Cannot tell.") and exercises.check_two_kinds("Falls.")
