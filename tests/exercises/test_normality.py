"""Notebook 01's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np
from scipy import stats

from began_lib import normality
from began_lib.exercises import normality as exercises

NOTEBOOK = "01_loss_normality"
GIVEN = {"np": np, "normality": normality}  # what the notebook has imported by then
CHECKS = {
    "effective_number": exercises.check_effective_number,
    "pixels_for_half": exercises.check_pixels_for_half,
    "images_to_reject": exercises.check_images_to_reject,
    "lilliefors_p": exercises.check_lilliefors_p,
}


def gap(sample):
    return normality.kolmogorov(normality.standardized(np.sort(sample)))


MISTAKES = [
    ("effective_number", lambda p, r: p * (1 - r), "one is left"),
    ("effective_number", lambda p, r: p / (1 + p * r), "P − 1"),
    ("effective_number", lambda p, r: 1 / r if r else p, "endlessly"),
    ("effective_number", lambda p, r: p, "diagonal"),
    ("pixels_for_half", lambda r: 1 / r, "s² − c"),
    ("pixels_for_half", lambda r: r / (1 - r), "Upside down"),
    ("pixels_for_half", lambda r: 7, "are they equal"),
    ("images_to_reject", lambda g: 6 / g**2, "one standard error"),
    ("images_to_reject", lambda g: 12 / g**2, "squared"),
    ("images_to_reject", lambda g: 6 * (1.96 / g) ** 2, "not 1.96"),
    ("images_to_reject", lambda g: 24 / g, "quarter"),
    ("images_to_reject", lambda g: 100, "solve for n"),
    ("lilliefors_p", lambda s, n: stats.kstwo.sf(gap(s), len(s)), "beforehand"),
    ("lilliefors_p", lambda s, n: (normality.kolmogorov(np.sort(n, axis=1)) >= gap(s)).mean(), "beforehand"),
    ("lilliefors_p", lambda s, n: (gap(n) <= gap(s)).mean(), "LARGE"),
    ("lilliefors_p", lambda s, n: -1.0, "largest gaps"),
]
