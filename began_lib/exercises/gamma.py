"""Checkers for the exercises of notebook 06: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math

from began_lib.exercises.verdict import RIGHT, Findings, judged, near


@judged(empty="Put 0.3 or 0.7 into `prediction`.")
def check_held(gamma: float) -> Findings:
    """Prediction: whose samples those at gamma 0.3 are like, with k held where the runs at 0.7 ended: 0.3 or 0.7."""
    yield near(gamma, 0.7), RIGHT
    yield near(gamma, 0.3), "Where does γ stand in L_D, in L_G and in k's update? Which of them is left with k held?"
    yield True, "Put 0.3 or 0.7 into `prediction`."


@judged(((0.1,), (0.4,)))
def check_noise(found: float, diversity: float) -> Findings:
    """Exercise 2: standard deviation of the Gaussian noise that gives copies of one image this mean pairwise L1."""
    part = found / diversity
    yield near(part, math.sqrt(math.pi) / 2, rel=1e-3), RIGHT
    hint = "That is for a noisy image against a clean one. Here both are noisy."
    yield near(part, math.sqrt(math.pi / 2), rel=1e-3), hint
    hint = "That takes the root of a mean square; a mean absolute value is smaller."
    yield near(part, 1 / math.sqrt(2), rel=1e-3), hint
    yield near(part, 1, rel=1e-3), "The mean absolute value of N(0, s²) is not s."
    hint = "That is the diversity of that noise; solve for the noise."
    yield near(part, 2 / math.sqrt(math.pi), rel=1e-3), hint
    yield True, "What is the variance of a difference of two independent noises, and E|N(0, s²)|?"


@judged(((0.19 * 0.8 + 0.81 * 0.05, 0.8, 0.05), (0.6 * 0.7 + 0.4 * 0.2, 0.7, 0.2)))
def check_corrected(found: float, counted: float, hits: float, false_alarms: float) -> Findings:
    """Exercise 3: the share of faces with glasses, from the share found, the share of hits and that of false alarms."""
    left = counted - false_alarms
    yield near(found, left / (hits - false_alarms)), RIGHT
    yield near(found, counted), "As if the instrument made no mistakes."
    hint = "That corrects what was missed. Faces without glasses were counted too."
    yield near(found, counted / hits), hint
    yield near(found, left), "False alarms are gone; what was missed is still missing."
    yield near(found, left / hits), "Only faces without glasses, 1 − p of them, give false alarms."
    yield True, "Write the share found as a sum over faces with and without glasses, then solve for p."
