"""Checkers for the exercises of notebook 06: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from began_lib.exercises.verdict import EMPTY, RIGHT, Verdict


def check_pairwise(answer: Callable[[Tensor], Tensor | float]) -> Verdict:
    """Exercise 1: mean over all pairs of different images of their mean absolute difference per pixel value."""
    for n in (3, 5):
        images = torch.rand(n, 3, 4, 4, generator=torch.Generator().manual_seed(n)) * 2 - 1
        found = answer(images.clone())
        if found is None:
            return EMPTY
        found = float(found)
        pairs = [(a - b).abs().mean().item() for i, a in enumerate(images) for b in images[:i]]
        squares = [(a - b).square().mean().sqrt().item() for i, a in enumerate(images) for b in images[:i]]
        right = sum(pairs) / len(pairs)
        if math.isclose(found, right, rel_tol=1e-4):  # float32, another order of additions
            continue
        for wrong, why in (
            (right * (n - 1) / n, "You compare each image with itself too, and that distance is 0."),
            (sum(pairs), "That is the sum over pairs; the mean is wanted."),
            (right * images[0].numel(), "That is the sum over pixels; the mean is wanted."),
            (sum(squares) / len(pairs), "That is a root of mean squares; take absolute differences."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-4):
                return Verdict(False, why)
        return Verdict(False, "Every pair of different images counts once, and every pixel value of it the same.")
    return RIGHT


def check_noise(answer: Callable[[float], float]) -> Verdict:
    """Exercise 2: standard deviation of the Gaussian noise that gives copies of one image this mean pairwise L1."""
    for diversity in (0.1, 0.4):
        found = answer(diversity)
        if found is None:
            return EMPTY
        right = diversity * math.sqrt(math.pi) / 2
        if math.isclose(found, right, rel_tol=1e-3):
            continue
        for wrong, why in (
            (diversity * math.sqrt(math.pi / 2), "That is for a noisy image against a clean one. Here both are noisy."),
            (diversity / math.sqrt(2), "That takes the root of a mean square; a mean absolute value is smaller."),
            (diversity, "The mean absolute value of N(0, s²) is not s."),
            (2 * diversity / math.sqrt(math.pi), "That is the diversity of that noise; solve for the noise."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-3):
                return Verdict(False, why)
        return Verdict(False, "What is the variance of a difference of two independent noises, and E|N(0, s²)|?")
    return RIGHT


def check_corrected(answer: Callable[[float, float, float], float]) -> Verdict:
    """Exercise 3: the share of faces with glasses, from the share found, the share of hits and that of false alarms."""
    for truth, hits, false_alarms in ((0.19, 0.8, 0.05), (0.6, 0.7, 0.2)):
        found_share = truth * hits + (1 - truth) * false_alarms
        found = answer(found_share, hits, false_alarms)
        if found is None:
            return EMPTY
        if math.isclose(found, truth, rel_tol=1e-9):
            continue
        for wrong, why in (
            (found_share, "As if the instrument made no mistakes."),
            (found_share / hits, "That corrects what was missed. Faces without glasses were counted too."),
            (found_share - false_alarms, "False alarms are gone; what was missed is still missing."),
            ((found_share - false_alarms) / hits, "Only faces without glasses, 1 − p of them, give false alarms."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-9):
                return Verdict(False, why)
        return Verdict(False, "Write the share found as a sum over faces with and without glasses, then solve for p.")
    return RIGHT
