"""Notebook 06's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import math

import numpy as np
import pytest
import torch

from began_lib.exercises import gamma as exercises

NOTEBOOK = "06_gamma_sweep"
GIVEN = {"np": np}  # what the notebook has imported by then
CHECKS = {
    "prediction": exercises.check_held,
    "noise_for": exercises.check_noise,
    "corrected": exercises.check_corrected,
}
VALUES = ("prediction",)


def test_noise_of_the_solution_has_that_diversity(solutions):
    images = solutions["noise_for"](0.4) * torch.randn(300, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    flat = images.flatten(1)
    # 300 images of 192 values: the mean over pairs has a standard error near 0.1 %.
    assert torch.pdist(flat, p=1).mean().item() / flat.shape[1] == pytest.approx(0.4, rel=0.01)


MISTAKES = [
    ("prediction", 0.3, "in k's update"),
    ("prediction", 0.5, "Put 0.3 or 0.7"),
    ("noise_for", lambda d: d * math.sqrt(math.pi / 2), "Here both are noisy"),
    ("noise_for", lambda d: d / math.sqrt(2), "root of a mean square"),
    ("noise_for", lambda d: d, "is not s"),
    ("noise_for", lambda d: 2 * d / math.sqrt(math.pi), "solve for the noise"),
    ("noise_for", lambda d: 0.0, "variance of a difference"),
    ("corrected", lambda q, h, f: q, "no mistakes"),
    ("corrected", lambda q, h, f: q / h, "counted too"),
    ("corrected", lambda q, h, f: q - f, "still missing"),
    ("corrected", lambda q, h, f: (q - f) / h, "give false alarms"),
    ("corrected", lambda q, h, f: 0.0, "solve for p"),
]
