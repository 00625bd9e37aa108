"""Checkers for the exercises of notebook 01: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from began_lib.exercises.verdict import RIGHT, Findings, choice, judged, near
from began_lib.normality import kolmogorov, null_distributions, simulated_p, standardized

STUDIES = 'Put "first", "second" or "cannot tell" into `closer`.'
CHANGES = 'Put "rises", "falls" or "stays" into `effective`.'


@judged(empty=STUDIES)
def check_studies(closer: str) -> Findings:
    """Exercise 1: which of two studies had losses closer to normal, from n and p alone."""
    hints = {
        "first": "Would the first study, with its 50 images, have seen what the second one saw?",
        "second": "Its p is small. Is that because the deviation is large or small, or because n is large?",
    }
    yield from choice(closer, "cannot tell", hints, STUDIES)


@judged(empty=CHANGES)
def check_two_kinds(effective: str) -> Findings:
    """Exercise 2: what a second kind of images, of little contrast, does to the effective number of pixels."""
    hints = {
        "stays": "The number of pixels stays. Is the loss of a pixel worth more as a hint at the others now?",
        "rises": "All pixels of a pale image have small losses at once: does that make them less alike?",
    }
    yield from choice(effective, "falls", hints, CHANGES)


@judged(((0.05,), (0.2,), (0.5,)))
def check_pixels_for_half(found: float, rho: float) -> Findings:
    """Exercise 3: the J at which half of V(J) is due to the choice of pixels and half to the images."""
    yield near(found, (1 - rho) / rho, rel=0.02), RIGHT
    yield near(found, 1 / rho, rel=0.02), "Close: the part that falls is (1 − ρ) s² / J, not s² / J."
    yield near(found, rho / (1 - rho), rel=0.02), "Upside down: a smaller ρ needs more pixels."
    yield True, "V(J) has a part that falls with J and one that does not: at which J are they equal?"


def _samples() -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    rng = np.random.default_rng(5)
    for sample in (10 + 3 * rng.normal(size=80), rng.gamma(6.0, size=80)):
        yield sample, rng.normal(size=(1500, 80))


@judged(_samples)
def check_lilliefors_p(found: float, sample: NDArray[np.float64], normals: NDArray[np.float64]) -> Findings:
    """Exercise 4: p of the Kolmogorov-Smirnov gap with fitted parameters, from normal samples of the same size."""
    gap = float(kolmogorov(standardized(np.sort(sample))))
    right = simulated_p(gap, null_distributions(80)["kolmogorov"])
    yield near(found, right, abs=0.05), RIGHT  # 1,500 and 2,000 simulated samples: each known to 0.013 at worst
    hint = "That is p for parameters known beforehand: fit each normal sample as well, by its own mean."
    yield near(found, stats.kstwo.sf(gap, 80), abs=0.05), hint  # the formula, and what unfitted samples tend to
    yield near(found, 1 - right, abs=0.05), "p is the share of gaps at least as LARGE as the one measured."
    hint = "Sort and standardize the sample and each row of the normals alike, then compare their largest gaps."
    yield True, hint
