"""Checkers for the exercises of notebook 11: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import EMPTY, RIGHT, Verdict

Array = NDArray[np.float64]


def inception_score(p: Array) -> float:
    """exp of the mean divergence of rows of p (N, classes), no zeros, from their mean."""
    return float(np.exp(np.sum(p * np.log(p / p.mean(0)), axis=1).mean()))


def unsure_images(count: int = 60, classes: int = 6) -> Array:
    """Probabilities (count, classes) of which most are unsure and the surest all of few classes."""
    rng = np.random.default_rng(11)
    logits = rng.normal(size=(count, classes))
    logits[:10, 0] += 6.0  # ten sure images of one class
    logits[10 : 10 + classes] += 3.0 * np.eye(classes)  # one fairly sure image of each
    p = np.exp(logits)
    return p / p.sum(1, keepdims=True)


def check_best_score(answer: Callable[[Array], float]) -> Verdict:
    """Exercise 1: the score that the mixture of classes of images p allows, were each of them sure: exp(H(y))."""
    for p in (unsure_images(), np.full((4, 5), 0.2), unsure_images(20, 3)):
        found = answer(p.copy())
        if found is None:
            return EMPTY
        mean = p.mean(0)
        entropy = -np.sum(mean * np.log(mean))
        if math.isclose(found, np.exp(entropy), rel_tol=1e-6):
            continue
        for wrong, why in (
            (entropy, "That is the entropy; the score is its exponential."),
            (inception_score(p), "That is their score as they are: sure images have H(y|x) = 0."),
            (p.shape[1], "The number of classes is reached only if all are equally frequent in p(y)."),
            (
                np.exp(-np.sum(p * np.log(p), axis=1).mean()),
                "That is of H(y|x): first the mean of p, then its entropy.",
            ),
        ):
            if math.isclose(found, wrong, rel_tol=1e-6):
                return Verdict(False, why)
        return Verdict(False, f"{found:.4g} is not exp(H(y)), with H(y) the entropy of the mean of the rows of p.")
    return RIGHT


def precision_by_loops(generated: Array, real: Array, k: int) -> float:
    """Share of generated points that lie in a ball around some real one, to its k-th nearest other real one."""
    inside = 0
    radii = [np.sort([np.linalg.norm(a - b) for b in real])[k] for a in real]  # place 0 is the point itself
    for point in generated:
        inside += any(np.linalg.norm(point - a) <= radius for a, radius in zip(real, radii, strict=True))
    return inside / len(generated)


def check_precision(answer: Callable[[Array, Array, int], float]) -> Verdict:
    """Exercise 2: precision of generated features (N, D) among real ones (M, D), with balls to the k-th neighbour."""
    rng = np.random.default_rng(12)
    for k, shift, spread in ((1, 0.5, 1.0), (3, 1.0, 1.5), (3, 20.0, 1.0)):
        real = rng.normal(size=(40, 2))
        generated = spread * rng.normal(size=(50, 2)) + shift
        found = answer(generated.copy(), real.copy(), k)
        if found is None:
            return EMPTY
        if math.isclose(found, precision_by_loops(generated, real, k), abs_tol=1e-9):
            continue
        for wrong, why in (
            (precision_by_loops(real, generated, k), "That is recall: here the balls are around real images."),
            (precision_by_loops(generated, real, k - 1), "The nearest of a real image is itself: it does not count."),
            (precision_by_loops(generated, real, k) * len(generated), "That is a count; its share is wanted."),
        ):
            if math.isclose(found, wrong, abs_tol=1e-9):
                return Verdict(False, why)
        return Verdict(False, f"k = {k}: a generated image counts once, if it lies in any of the real images' balls.")
    return RIGHT


def check_unbiased_fid(answer: Callable[[Array, Array], float]) -> Verdict:
    """Exercise 3: the FID of infinitely many images, from FIDs (several) at numbers of images N, by a line in 1/N."""
    counts = np.array([100.0, 250.0, 500.0, 1000.0])
    for limit, slope in ((0.0, 30.0), (12.5, 400.0), (3.0, 0.0)):
        found = answer(counts.copy(), limit + slope / counts)
        if found is None:
            return EMPTY
        if math.isclose(found, limit, abs_tol=1e-6):
            continue
        if math.isclose(found, np.polyval(np.polyfit(counts, limit + slope / counts, 1), 0), rel_tol=1e-6):
            return Verdict(
                False, "That is a line in N at N = 0: the bias goes with 1/N, which is 0 for infinitely many."
            )
        if slope and math.isclose(found, slope, rel_tol=1e-6):
            return Verdict(False, "That is the slope; the value at 1/N = 0 is wanted.")
        return Verdict(False, f"FIDs that are {limit:g} + {slope:g}/N gave {found:.4g}: expected {limit:g}.")
    return RIGHT
