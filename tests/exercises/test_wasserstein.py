"""Notebook 02's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np

from began_lib.exercises import wasserstein as exercises

NOTEBOOK = "02_wasserstein_1d"
GIVEN = {"np": np}  # what the notebook has imported by then
CHECKS = {
    "gap": exercises.check_gap,
    "largest_gamma": exercises.check_largest_gamma,
    "counterexample": exercises.check_counterexample,
    "exact_squared_w": exercises.check_exact_squared_w,
}
VALUES = ("gap",)
SPREAD = abs(8e-4**0.5 - 4e-5**0.5)  # of the panel's deviations, at its start

MISTAKES = [
    ("gap", SPREAD, "half"),
    ("gap", 0.9**0.5 * SPREAD, "of the whole"),
    ("gap", 9 * SPREAD, "SQUARE"),
    ("gap", 3 * 8.4e-4**0.5, "difference of deviations"),
    ("gap", 1.0, "Which multiple"),
    ("largest_gamma", lambda limit, v1, v2: 0.9999, "above the limit"),
    ("largest_gamma", lambda limit, v1, v2: 0.0, "larger γ would do"),
    ("largest_gamma", lambda limit, v1, v2: 1.0, "lies in"),
    ("largest_gamma", lambda limit, v1, v2: -1.0, "lies in"),
    ("largest_gamma", lambda limit, v1, v2: max(0.0, (limit**0.5 - v1) / (limit**0.5 - v2)), "no answer"),
    ("counterexample", lambda t: 1.0, "four numbers"),
    ("counterexample", lambda t: (1 / t, 1.0, 0.0), "four numbers"),
    ("counterexample", lambda t: (np.nan * t, 1.0, 0.0, 1.0), "finite"),
    ("counterexample", lambda t: (1 / t, -1.0, 0.0, 1.0), "variances"),
    ("counterexample", lambda t: (0.0, t**2, 0.0, 1.0), "apart"),
    ("counterexample", lambda t: (1 / t, 1.0, 0.0, 1.0), "W does not rise"),
    ("counterexample", lambda t: (t, 1.0, 0.0, 1.0), "condition (1) fails"),
    ("counterexample", lambda t: (t**-0.5, 0.0, (1 + (t**2 - 1 / t) ** 0.5) ** 2, 1.0), "order m1, c1, m2, c2"),
    ("counterexample", lambda t: (t, (1 + t**2) ** 2, 0.0, 1.0), "APPROACH"),
    ("exact_squared_w", lambda a, b: np.mean((a - b) ** 2) if len(a) == len(b) else 0.0, "sort first"),
    ("exact_squared_w", lambda a, b: (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2, "for normals"),
    ("exact_squared_w", lambda a, b: np.mean((np.sort(a) - np.sort(b)) ** 2) ** 0.5, "asks for W²"),
    (
        "exact_squared_w",
        lambda a, b: np.mean((np.sort(a)[: min(len(a), len(b))] - np.sort(b)[: min(len(a), len(b))]) ** 2),
        "quantile functions jump",
    ),
]


def test_numbers_may_be_numpys_rounded_or_from_a_grid():
    assert exercises.check_gap(np.float32(0.065))  # on the panel's sliders
    grid = np.linspace(0, 0.999, 1000)

    def search(limit, v1, v2):
        fine = grid[((v1 - grid * v2) / (1 - grid)) ** 2 <= limit]
        return fine.max() if len(fine) else None

    assert exercises.check_largest_gamma(search)


def test_a_counterexample_may_be_another_one():
    assert exercises.check_counterexample(lambda t: (0.0, 25 * t**2, 1 / t, 0.0))
