"""Checkers for the exercises of notebook 01: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from began_lib.exercises.verdict import RIGHT, Findings, judged, near
from began_lib.normality import kolmogorov, null_distributions, simulated_p, standardized


@judged(((1024, 0.05), (4096, 0.2), (100, 0.0)))
def check_effective_number(found: float, pixels: int, rho: float) -> Findings:
    """Exercise 1: how many independent pixels vary as the mean of P pixels of mean correlation rho does."""
    yield near(found, pixels / (1 + (pixels - 1) * rho)), RIGHT
    yield near(found, pixels * (1 - rho)), "At ρ = 1 all pixels are one and the same: one is left, not none."
    yield near(found, pixels / (1 + pixels * rho)), "A pixel has P − 1 others."
    yield near(found, 1 / rho if rho else math.inf), "That is the limit for endlessly many pixels."
    hint = "Divide the variance of one pixel by that of the mean: what is the mean of a matrix with 1 on the diagonal?"
    yield True, hint


@judged(((0.05,), (0.2,), (0.5,)))
def check_pixels_for_half(found: float, rho: float) -> Findings:
    """Exercise 2: the k at which half of V(k) is due to the choice of pixels and half to the images."""
    yield near(found, (1 - rho) / rho), RIGHT
    yield near(found, 1 / rho), "Close: the part that falls is (s² − c) / k, not s² / k."
    yield near(found, rho / (1 - rho)), "Upside down: a smaller ρ needs more pixels."
    yield True, "V(k) has a part that falls with k and one that does not: at which k are they equal?"


@judged(((0.1,), (0.5,), (1.0,)))
def check_images_to_reject(found: float, g: float) -> Findings:
    """Exercise 3: the n from which a skewness g is two standard errors away from 0."""
    yield near(found, 24 / g**2) or found == math.ceil(24 / g**2), RIGHT
    yield near(found, 6 / g**2), "That is one standard error; the question is for two."
    hint = "Right for a test at 5 %; the question is for two, not 1.96."
    yield near(found, 6 * (1.96 / g) ** 2, rel=1e-4), hint
    yield near(found, 12 / g**2), "Two standard errors: the factor 2 is squared on the way to n."
    yield near(found, 24 / g), "Twice as skewed needs a quarter of the images."
    yield True, "The standard error is √(6 / n). Set g to two of them and solve for n."


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
    yield True, "Standardize the sample and each row of the normals alike, and compare their largest gaps."
