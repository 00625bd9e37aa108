"""Checkers for the exercises of notebook 11: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import RIGHT, Findings, judged, near

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


def _entropy(p: Array) -> Array:
    return -np.sum(p * np.log(p), axis=-1)


@judged(lambda: [(unsure_images(),), (np.full((4, 5), 0.2),), (unsure_images(20, 3),)])
def check_best_score(found: float, p: Array) -> Findings:
    """Exercise 1: the score that the mixture of classes of images p allows, were each of them sure: exp(H(y))."""
    entropy = _entropy(p.mean(0))
    yield near(found, np.exp(entropy)), RIGHT
    yield near(found, entropy), "That is the entropy; the score is its exponential."
    yield near(found, inception_score(p)), "That is their score as they are: sure images have H(y|x) = 0."
    hint = "The number of classes is reached only if all are equally frequent in p(y)."
    yield near(found, p.shape[1]), hint
    conditional = np.exp(_entropy(p).mean())
    yield near(found, conditional), "That is of H(y|x): first the mean of p, then its entropy."
    yield True, f"{found:.4g} is not exp(H(y)), with H(y) the entropy of the mean of the rows of p."


def precision_by_loops(generated: Array, real: Array, k: int) -> float:
    """Share of generated points that lie in a ball around some real one, to its k-th nearest other real one."""
    inside = 0
    radii = [np.sort([np.linalg.norm(a - b) for b in real])[k] for a in real]  # place 0 is the point itself
    for point in generated:
        inside += any(np.linalg.norm(point - a) <= radius for a, radius in zip(real, radii, strict=True))
    return inside / len(generated)


def _clouds() -> Iterator[tuple[Array, Array, int]]:
    rng = np.random.default_rng(12)
    for k, shift, spread in ((1, 0.5, 1.0), (3, 1.0, 1.5), (3, 20.0, 1.0)):
        real = rng.normal(size=(40, 2))
        yield spread * rng.normal(size=(50, 2)) + shift, real, k


@judged(_clouds)
def check_precision(found: float, generated: Array, real: Array, k: int) -> Findings:
    """Exercise 2: precision of generated features (N, D) among real ones (M, D), with balls to the k-th neighbour."""
    right = precision_by_loops(generated, real, k)
    yield near(found, right), RIGHT
    recall = precision_by_loops(real, generated, k)
    yield near(found, recall), "That is recall: here the balls are around real images."
    with_itself = precision_by_loops(generated, real, k - 1)
    yield near(found, with_itself), "The nearest of a real image is itself: it does not count."
    yield near(found, right * len(generated)), "That is a count; its share is wanted."
    yield True, f"k = {k}: a generated image counts once, if it lies in any of the real images' balls."


def _biased_fids() -> Iterator[tuple[Array, Array]]:
    counts = np.array([100.0, 250.0, 500.0, 1000.0])
    for limit, slope in ((0.0, 30.0), (12.5, 400.0), (3.0, 0.0)):
        yield counts, limit + slope / counts


@judged(_biased_fids)
def check_unbiased_fid(found: float, counts: Array, fids: Array) -> Findings:
    """Exercise 3: the FID of infinitely many images, from FIDs (several) at numbers of images N, by a line in 1/N."""
    slope, limit = np.polyfit(1 / counts, fids, 1).round(6) + 0.0  # no -0
    yield near(found, limit, abs=1e-6), RIGHT
    hint = "That is a line in N at N = 0: the bias goes with 1/N, which is 0 for infinitely many."
    yield near(found, np.polyfit(counts, fids, 1)[1]), hint
    yield near(found, slope), "That is the slope; the value at 1/N = 0 is wanted."
    yield True, f"FIDs that are {limit:g} + {slope:g}/N gave {found:.4g}: expected {limit:g}."
