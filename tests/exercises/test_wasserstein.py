"""Notebook 02's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np

from began_lib.exercises import wasserstein as exercises

NOTEBOOK = "02_wasserstein_1d"
GIVEN = {"np": np}  # what the notebook has imported by then
CHECKS = {
    "share_of_means": exercises.check_share_of_means,
    "transport": exercises.check_transport,
    "largest_gamma": exercises.check_largest_gamma,
    "exact_squared_w": exercises.check_exact_squared_w,
}


MISTAKES = [
    ("share_of_means", lambda m1, c1, m2, c2: (m1 - m2) ** 2 / ((m1 - m2) ** 2 + (c1 - c2) ** 2), "roots"),
    ("share_of_means", lambda m1, c1, m2, c2: (m1 - m2) ** 2 / ((m1 - m2) ** 2 + c1 + c2), "cross term"),
    (
        "share_of_means",
        lambda m1, c1, m2, c2: abs(m1 - m2) / ((m1 - m2) ** 2 + (c1**0.5 - c2**0.5) ** 2) ** 0.5,
        "not of W",
    ),
    ("share_of_means", lambda m1, c1, m2, c2: 0.5, "sum of two terms"),
    ("transport", lambda x, m1, c1, m2, c2: m2 + c2 / c1 * (x - m1), "variances"),
    ("transport", lambda x, m1, c1, m2, c2: m1 + (c1 / c2) ** 0.5 * (x - m2), "way back"),
    ("transport", lambda x, m1, c1, m2, c2: m2 - (c2 / c1) ** 0.5 * (x - m1), "paths cross"),
    ("transport", lambda x, m1, c1, m2, c2: x + m2 - m1, "spread does not"),
    ("transport", lambda x, m1, c1, m2, c2: x, "straight line"),
    ("largest_gamma", lambda limit, v1, v2: 0.9999, "above the limit"),
    ("largest_gamma", lambda limit, v1, v2: 0.0, "larger γ would do"),
    ("largest_gamma", lambda limit, v1, v2: 1.0, "lies in"),
    ("largest_gamma", lambda limit, v1, v2: -1.0, "lies in"),
    ("largest_gamma", lambda limit, v1, v2: max(0.0, (limit**0.5 - v1) / (limit**0.5 - v2)), "no answer"),
    ("exact_squared_w", lambda a, b: np.mean((a - b) ** 2) if len(a) == len(b) else 0.0, "sort first"),
    ("exact_squared_w", lambda a, b: (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2, "for normals"),
    ("exact_squared_w", lambda a, b: np.mean((np.sort(a) - np.sort(b)) ** 2) ** 0.5, "asks for W²"),
    (
        "exact_squared_w",
        lambda a, b: np.mean((np.sort(a)[: min(len(a), len(b))] - np.sort(b)[: min(len(a), len(b))]) ** 2),
        "quantile functions jump",
    ),
]


def test_a_share_by_way_of_the_ratio_is_accepted():
    assert exercises.check_share_of_means(lambda m1, c1, m2, c2: 1 / (1 + (c1**0.5 - c2**0.5) ** 2 / (m1 - m2) ** 2))
