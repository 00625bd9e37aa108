"""Checkers for the exercises of notebook 07: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import torch
from torch import Tensor

from began_lib.exercises.verdict import RIGHT, Findings, choice, judged, near
from began_lib.latent import smoothness

IMAGES = torch.rand(5, 3, 4, 4, generator=torch.Generator().manual_seed(0)) * 2 - 1
AT_IMAGES = torch.linspace(-1, 1, len(IMAGES))[:, None]  # the code of each
BETWEEN = torch.linspace(-1, -0.5, 33)[:, None]  # from the first image's code to the second's
LETTERS = "Put 'a', 'b' or 'c' into `prediction`."


@judged(empty=LETTERS)
def check_search(letter: str) -> Findings:
    """Prediction: why a search without the cube can end with a larger error than one inside it."""
    hints = {
        "a": "Every code of the cube is also a code of 'anywhere'. Which of two minima can then be the larger one?",
        "c": "Both had the same starts. Does *anywhere* reach less with more steps?",
    }
    yield from choice(letter, "b", hints, LETTERS)


@judged(((IMAGES, AT_IMAGES), (IMAGES, BETWEEN)))
def check_recite(found: Tensor, memory: Tensor, z: Tensor) -> Findings:
    """Exercise 2: a generator that holds nothing but a list of images, and whose rows are smooth all the same."""
    found = torch.as_tensor(found)
    expected, shape = (len(z), *memory.shape[1:]), tuple(found.shape)
    yield shape != expected, f"Return one image for each code: expected a tensor of shape {expected}, found {shape}."
    yield not found.isfinite().all(), "Some of your images hold NaN or infinity."
    hint = "At the codes -1 and 1, and at those that divide the way evenly, it has to give the images of the list."
    if torch.equal(z, AT_IMAGES):
        yield not near(found, memory, abs=1e-5), hint
    else:
        yield not near(found[[0, -1]], memory[:2], abs=1e-5), hint
        hint = "It jumps from image to image, so that its smoothness gives it away. What is a row without a jump?"
        yield smoothness(found) > 2, hint
    yield True, RIGHT


@judged(((4000, 400, 0.0), (1000, 500, 0.4), (4000, 400, 1.0), (300, 100, 0.2)))
def check_expected_share(found: float, trained: int, held_out: int, copies: float) -> Findings:
    """Exercise 3: share of samples whose nearest is a training, no held-out image, if a share of them are copies."""
    chance = trained / (trained + held_out)
    yield near(found, copies + (1 - copies) * chance), RIGHT
    hint = "Right for a generator that recites nothing. What does a copy of a training image have near it?"
    yield near(found, chance), hint
    hint = "The two sets differ in size: without reciting, each image is as likely to be the nearest."
    yield near(found, 0.5), hint
    hint = "Samples that are not copies have a nearest image too, and often it is a training image."
    yield near(found, copies), hint
    yield near(found, copies + chance), "Counted twice: only a share 1 − copies of the samples is left to chance."
    yield True, "Take a sample that is a copy, and one that is not: how likely is each, and what is near it?"
