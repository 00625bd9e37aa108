"""Notebook 09's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np
import pytest

from began_lib.exercises import unbalanced as exercises

NOTEBOOK = "09_unbalanced"
GIVEN = {"np": np}  # what the notebook has imported by then
CHECKS = {
    "code_weights": exercises.check_code_weights,
    "effective_directions": exercises.check_effective_directions,
    "linear_price": exercises.check_linear_price,
    "prediction": exercises.check_largest_k,
}
VALUES = ("prediction",)


def variances(images):
    return np.linalg.eigvalsh(np.cov(images.T))


def weights(n, scales, h, z):
    return 64 * scales * n * h + h + 64 * n * h + 64 * n, 64 * n * z + 64 * n


def directions(values):
    return values.sum() ** 2 / (values**2).sum()


MISTAKES = [
    ("prediction", "starved G", "largest of it"),
    ("prediction", "Balanced.", "L(x) large"),
    ("prediction", 3, '"starved D"'),
    ("code_weights", lambda n, s, h, z: weights(n, s, h, z)[::-1], "G's first"),
    ("code_weights", lambda n, s, h, z: (weights(n, s, h, z)[0], 64 * n * z), "bias"),
    ("code_weights", lambda n, s, h, z: (weights(n, s, h, z)[0], n * z), "8x8xn"),
    ("code_weights", lambda n, s, h, z: (weights(n, 1, h, z)[0], weights(n, s, h, z)[1]), "at each scale"),
    ("code_weights", lambda n, s, h, z: (0, weights(n, s, h, z)[1]), "two such layers"),
    ("effective_directions", lambda x: directions(np.linalg.eigvalsh(x.T @ x)), "mean image"),
    ("effective_directions", lambda x: directions(np.sqrt(np.clip(variances(x), 0, None))), "deviations"),
    ("effective_directions", lambda x: 1 / directions(variances(x)), "Upside down"),
    ("effective_directions", lambda x: 60, "expected about 1"),
    ("linear_price", lambda x, h: variances(x)[::-1][:h].sum() / variances(x).sum(), "what it keeps"),
    ("linear_price", lambda x, h: variances(x)[h:].sum() / variances(x).sum(), "sorted upwards"),
    ("linear_price", lambda x, h: variances(x)[::-1][h:].sum(), "its share"),
    (
        "linear_price",
        lambda x, h: np.sort(np.linalg.eigvalsh(x.T @ x))[: len(x.T) - h].sum() / (x * x).sum(),
        "mean image",
    ),
    ("linear_price", lambda x, h: 0.5, "largest variance"),
    ("code_weights", lambda n, s, h, z: 0, "Two numbers"),
]


@pytest.mark.parametrize("rank", [1, 5, 20])
def test_images_of_rank_have_it(rank):
    assert np.linalg.matrix_rank(np.cov(exercises.images_of_rank(rank, 0).T)) == rank
