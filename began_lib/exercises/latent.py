"""Checkers for the exercises of notebook 07: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from began_lib.exercises.verdict import EMPTY, RIGHT, Verdict
from began_lib.latent import matched


def check_squared_norms(answer: Callable[[int], tuple[float, float]]) -> Verdict:
    """Exercise 1: E|z|² of a code uniform in the cube, and of the middle between two such codes."""
    for latent in (1, 12, 64):
        found = answer(latent)
        if found is None:
            return EMPTY
        try:
            code, middle = map(float, found)
        except (TypeError, ValueError):
            return Verdict(False, "Return two numbers: that of a code and that of the middle.")
        if not math.isclose(code, latent / 3, rel_tol=1e-9):
            hint = "A component is uniform on [-1, 1]: what is the mean of its square?"
            if math.isclose(code, latent / 12, rel_tol=1e-9):
                hint = "1/12 belongs to an interval of length 1; this one has length 2."
            elif math.isclose(code, math.sqrt(latent / 3), rel_tol=1e-9):
                hint = "That is the root: the squared norm is asked for."
            return Verdict(False, f"|z|² of a code: {hint}")
        if not math.isclose(middle, latent / 6, rel_tol=1e-9):
            hint = "The two codes are independent, so variances add up; then comes the factor of one half."
            if math.isclose(middle, latent / 3, rel_tol=1e-9):
                hint = "The middle of two independent codes is nearer the centre than they are."
            elif math.isclose(middle, latent / 12, rel_tol=1e-9):
                hint = "You halved one code. The other adds a variance of its own."
            return Verdict(False, f"|z|² of the middle: {hint}")
    return RIGHT


def check_matched_middle(answer: Callable[[Tensor], Tensor]) -> Verdict:
    """Exercise 2: the map that makes the mean of two uniform numbers uniform on [-1, 1] again."""
    first, last = torch.linspace(-0.9, 1.0, 11), torch.linspace(0.5, -1.0, 11)
    x = (first + last) / 2
    found = answer(x.clone())
    if found is None:
        return EMPTY
    right = matched(first, last, torch.tensor([0.5]))[0]
    if found.shape == right.shape and torch.allclose(found, right, atol=1e-5):
        return RIGHT
    away = 1 - (1 - x.abs()).square()
    for wrong, why in (
        (
            x,
            "That is the straight line itself. Its middle has a triangle for a density.",
        ),
        (away, "Right in size; but a negative x has to stay negative."),
        ((right + 1) / 2, "That is the distribution function, uniform on [0, 1]. Bring it to [-1, 1]."),
        (math.sqrt(2) * x, "That mends the variance and leaves the cube: at x = 1 the answer must be 1."),
    ):
        if found.shape == wrong.shape and torch.allclose(found, wrong, atol=1e-5):
            return Verdict(False, why)
    return Verdict(False, "The density of x is 1 − |x|. Integrate it from 0 to x, and double: what is that at x = 1?")


def check_expected_share(answer: Callable[[int, int, float], float]) -> Verdict:
    """Exercise 3: share of samples nearest to one of N training, not of M held-out images, if a share q recites."""
    for training, held_out, recited in ((4000, 400, 0.0), (1000, 500, 0.4), (4000, 400, 1.0), (300, 100, 0.2)):
        found = answer(training, held_out, recited)
        if found is None:
            return EMPTY
        chance = training / (training + held_out)
        if math.isclose(found, recited + (1 - recited) * chance, rel_tol=1e-9):
            continue
        for wrong, why in (
            (chance, "Right for a generator that recites nothing. What does a copy of a training image have near it?"),
            (0.5, "The two heaps differ in size: without reciting, each image is as likely to be the nearest."),
            (recited, "Samples that are not copies have a nearest image too, and often it is a training image."),
            (recited + chance, "Counted twice: only a share 1 − q of the samples is left to chance."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-9):
                return Verdict(False, why)
        return Verdict(
            False, "Take a sample that is a copy, and one that is not: how likely is each, and what is near it?"
        )
    return RIGHT
