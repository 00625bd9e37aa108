"""Notebook 11's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np
import pytest
import torch

from began_lib.exercises import scores as exercises
from began_lib.scores.precision_recall import overlap, squared_radii

NOTEBOOK = "11_scores"
GIVEN = {"np": np}  # what the notebook has imported by then
CHECKS = {
    "best_score": exercises.check_best_score,
    "precision": exercises.check_precision,
    "unbiased_fid": exercises.check_unbiased_fid,
}


def entropy(p):
    return -np.sum(p * np.log(p), axis=-1)


MISTAKES = [
    ("best_score", lambda p: entropy(p.mean(0)), "its exponential"),
    ("best_score", exercises.inception_score, "as they are"),
    ("best_score", lambda p: p.shape[1], "equally frequent"),
    ("best_score", lambda p: np.exp(entropy(p).mean()), "first the mean"),
    ("best_score", lambda p: -1.0, "is not exp(H(y))"),
    ("precision", lambda g, r, k: exercises.precision_by_loops(r, g, k), "That is recall"),
    ("precision", lambda g, r, k: exercises.precision_by_loops(g, r, k - 1), "is itself"),
    ("precision", lambda g, r, k: 50 * exercises.precision_by_loops(g, r, k), "count"),
    ("precision", lambda g, r, k: 0.123, "counts once"),
    ("unbiased_fid", lambda n, f: np.polyval(np.polyfit(n, f, 1), 0), "line in N"),
    ("unbiased_fid", lambda n, f: np.polyfit(1 / n, f, 1)[0], "slope"),
    ("unbiased_fid", lambda n, f: f[-1], "expected 0"),
]


def test_precision_by_loops_is_the_librarys():
    rng = np.random.default_rng(0)
    generated, real = rng.normal(size=(30, 3)) + 0.8, rng.normal(size=(40, 3))
    found = overlap(torch.from_numpy(generated), torch.from_numpy(real), squared_radii(torch.from_numpy(real), (3, 5)))
    assert 0 < exercises.precision_by_loops(generated, real, 3) == found.precision.mean().item() < 1


def test_the_score_of_sure_images_of_all_classes_is_their_number():
    sure = np.eye(5) * (1 - 5e-9) + 1e-9
    assert exercises.inception_score(sure) == pytest.approx(5, rel=1e-6)
