"""Checkers for the exercises of notebook 06: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations

import torch
from torch import Tensor

from began_lib.exercises.verdict import RIGHT, Findings, judged, near


def _batches() -> Iterator[tuple[Tensor]]:
    for n in (3, 5):
        yield (torch.rand(n, 3, 4, 4, generator=torch.Generator().manual_seed(n)) * 2 - 1,)


@judged(_batches)
def check_pairwise(found: Tensor | float, images: Tensor) -> Findings:
    """Exercise 1: mean over all pairs of different images of their mean absolute difference per pixel value."""
    pairs = [(a - b).abs().mean().item() for a, b in combinations(images, 2)]
    roots = [(a - b).square().mean().sqrt().item() for a, b in combinations(images, 2)]
    n, right = len(images), sum(pairs) / len(pairs)
    yield near(found, right, rel=1e-4), RIGHT  # float32, another order of additions
    itself = right * (n - 1) / n
    yield near(found, itself, rel=1e-4), "You compare each image with itself too, and that distance is 0."
    yield near(found, sum(pairs), rel=1e-4), "That is the sum over pairs; the mean is wanted."
    over_pixels = right * images[0].numel()
    yield near(found, over_pixels, rel=1e-4), "That is the sum over pixels; the mean is wanted."
    root = sum(roots) / len(roots)
    yield near(found, root, rel=1e-4), "That is a root of mean squares; take absolute differences."
    yield True, "Every pair of different images counts once, and every pixel value of it the same."


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
