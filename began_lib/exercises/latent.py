"""Checkers for the exercises of notebook 07: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from began_lib.exercises.verdict import RIGHT, Findings, judged, near
from began_lib.latent import matched

FIRST, LAST = torch.linspace(-0.9, 1.0, 11), torch.linspace(0.5, -1.0, 11)


@judged(((1,), (12,), (64,)))
def check_squared_norms(found: tuple[float, float], latent: int) -> Findings:
    """Exercise 1: E|z|² of a code uniform in the cube, and of the middle between two such codes."""
    yield np.shape(found) != (2,), "Return two numbers: that of a code and that of the middle."
    (code, middle), here = found, "|z|² of a code:"
    yield near(code, latent / 12), f"{here} 1/12 belongs to an interval of length 1; this one has length 2."
    yield near(code, math.sqrt(latent / 3)), f"{here} That is the root: the squared norm is asked for."
    hint = f"{here} A component is uniform on [-1, 1]: what is the mean of its square?"
    yield not near(code, latent / 3), hint
    yield near(middle, latent / 6), RIGHT
    here = "|z|² of the middle:"
    yield near(middle, latent / 3), f"{here} The middle of two independent codes is nearer the centre than they are."
    yield near(middle, latent / 12), f"{here} You halved one code. The other adds a variance of its own."
    yield True, f"{here} The two codes are independent, so variances add up; then comes the factor of one half."


@judged((((FIRST + LAST) / 2,),))
def check_matched_middle(found: Tensor, x: Tensor) -> Findings:
    """Exercise 2: the map that makes the mean of two uniform numbers uniform on [-1, 1] again."""
    right = matched(FIRST, LAST, torch.tensor([0.5]))[0]
    yield near(found, right, abs=1e-5), RIGHT
    yield near(found, x, abs=1e-5), "That is the straight line itself. Its middle has a triangle for a density."
    away = 1 - (1 - x.abs()).square()
    yield near(found, away, abs=1e-5), "Right in size; but a negative x has to stay negative."
    hint = "That is the distribution function, uniform on [0, 1]. Bring it to [-1, 1]."
    yield near(found, (right + 1) / 2, abs=1e-5), hint
    hint = "That mends the variance and leaves the cube: at x = 1 the answer must be 1."
    yield near(found, math.sqrt(2) * x, abs=1e-5), hint
    yield True, "The density of x is 1 − |x|. Integrate it from 0 to x, and double: what is that at x = 1?"


@judged(((4000, 400, 0.0), (1000, 500, 0.4), (4000, 400, 1.0), (300, 100, 0.2)))
def check_expected_share(found: float, training: int, held_out: int, recited: float) -> Findings:
    """Exercise 3: share of samples nearest to one of N training, not of M held-out images, if a share q recites."""
    chance = training / (training + held_out)
    yield near(found, recited + (1 - recited) * chance), RIGHT
    hint = "Right for a generator that recites nothing. What does a copy of a training image have near it?"
    yield near(found, chance), hint
    hint = "The two sets differ in size: without reciting, each image is as likely to be the nearest."
    yield near(found, 0.5), hint
    hint = "Samples that are not copies have a nearest image too, and often it is a training image."
    yield near(found, recited), hint
    yield near(found, recited + chance), "Counted twice: only a share 1 − q of the samples is left to chance."
    yield True, "Take a sample that is a copy, and one that is not: how likely is each, and what is near it?"
