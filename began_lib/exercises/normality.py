"""Checkers for the exercises of notebook 01: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from began_lib.exercises.verdict import EMPTY, RIGHT, Verdict
from began_lib.normality import kolmogorov, null_distributions, simulated_p, standardized


def check_effective_number(answer: Callable[[int, float], float]) -> Verdict:
    """Exercise 1: how many independent pixels vary as the mean of P pixels of mean correlation rho does."""
    for pixels, rho in ((1024, 0.05), (4096, 0.2), (100, 0.0)):
        found = answer(pixels, rho)
        if found is None:
            return EMPTY
        if math.isclose(found, pixels / (1 + (pixels - 1) * rho), rel_tol=1e-9):
            continue
        hint = (
            "Divide the variance of one pixel by that of the mean: what is the mean of a matrix with 1 on the diagonal?"
        )
        for wrong, why in (
            (pixels * (1 - rho), "At ρ = 1 all pixels are one and the same: one is left, not none."),
            (pixels / (1 + pixels * rho), "A pixel has P − 1 others."),
            (1 / rho if rho else math.inf, "That is the limit for endlessly many pixels."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-9):
                hint = why
        return Verdict(False, hint)
    return RIGHT


def check_pixels_for_half(answer: Callable[[float], float]) -> Verdict:
    """Exercise 2: the k at which half of V(k) is due to the choice of pixels and half to the images."""
    for rho in (0.05, 0.2, 0.5):
        found = answer(rho)
        if found is None:
            return EMPTY
        if math.isclose(found, (1 - rho) / rho, rel_tol=1e-9):
            continue
        hint = "V(k) has a part that falls with k and one that does not: at which k are they equal?"
        for wrong, why in (
            (1 / rho, "Close: the part that falls is (s² − c) / k, not s² / k."),
            (rho / (1 - rho), "Upside down: a smaller ρ needs more pixels."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-9):
                hint = why
        return Verdict(False, hint)
    return RIGHT


def check_images_to_reject(answer: Callable[[float], float]) -> Verdict:
    """Exercise 3: the n from which a skewness g is two standard errors away from 0."""
    for g in (0.1, 0.5, 1.0):
        found = answer(g)
        if found is None:
            return EMPTY
        if math.isclose(found, 24 / g**2, rel_tol=1e-9) or found == math.ceil(24 / g**2):
            continue
        hint = "The standard error is √(6 / n). Set g to two of them and solve for n."
        for wrong, why in (
            (6 / g**2, "That is one standard error; the question is for two."),
            (6 * (stats.norm.isf(0.025) / g) ** 2, "Right for a test at 5 %; the question is for two, not 1.96."),
            (6 * (1.96 / g) ** 2, "Right for a test at 5 %; the question is for two, not 1.96."),
            (12 / g**2, "Two standard errors: the factor 2 is squared on the way to n."),
            (24 / g, "Twice as skewed needs a quarter of the images."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-9):
                hint = why
        return Verdict(False, hint)
    return RIGHT


def check_lilliefors_p(answer: Callable[[NDArray[np.float64], NDArray[np.float64]], float]) -> Verdict:
    """Exercise 4: p of the Kolmogorov-Smirnov gap with fitted parameters, from normal samples of the same size."""
    rng = np.random.default_rng(5)
    for sample in (10 + 3 * rng.normal(size=80), rng.gamma(6.0, size=80)):
        normals = rng.normal(size=(1500, 80))
        found = answer(sample.copy(), normals.copy())
        if found is None:
            return EMPTY
        gap = float(kolmogorov(standardized(np.sort(sample))))
        right = simulated_p(gap, null_distributions(80)["kolmogorov"])
        if abs(found - right) < 0.05:  # 1,500 and 2,000 simulated samples: each known to 0.013 at worst
            continue
        for wrong, why in (
            (
                float(stats.kstwo.sf(gap, 80)),  # the textbook's formula, and what unfitted normal samples tend to
                "That is p for parameters known beforehand: fit each normal sample as well, by its own mean.",
            ),
            (1 - right, "p is the share of gaps at least as LARGE as the one measured."),
        ):
            if abs(found - wrong) < 0.05:
                return Verdict(False, why)
        return Verdict(
            False, "Standardize the sample and each row of the normals alike, and compare their largest gaps."
        )
    return RIGHT
