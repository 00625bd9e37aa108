"""Notebook 07's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import torch

from began_lib.exercises import latent as exercises

NOTEBOOK = "07_interpolation"
CHECKS = {
    "squared_norms": exercises.check_squared_norms,
    "matched_middle": exercises.check_matched_middle,
    "expected_share": exercises.check_expected_share,
}


MISTAKES = [
    ("squared_norms", lambda n: (n / 12, n / 24), "length 2"),
    ("squared_norms", lambda n: ((n / 3) ** 0.5, n / 6), "root"),
    ("squared_norms", lambda n: (n, n), "mean of its square"),
    ("squared_norms", lambda n: n / 3, "two numbers"),
    ("squared_norms", lambda n: (n / 3, n / 3), "nearer the centre"),
    ("squared_norms", lambda n: (n / 3, n / 12), "variance of its own"),
    ("squared_norms", lambda n: (n / 3, 0.0), "variances add up"),
    ("matched_middle", lambda x: x, "triangle"),
    ("matched_middle", lambda x: 1 - (1 - x.abs()) ** 2, "stay negative"),
    ("matched_middle", lambda x: (1 + x.sign() * (1 - (1 - x.abs()) ** 2)) / 2, "distribution function"),
    ("matched_middle", lambda x: 2**0.5 * x, "leaves the cube"),
    ("matched_middle", lambda x: torch.zeros(3), "1 − |x|"),
    ("expected_share", lambda n, m, q: n / (n + m), "recites nothing"),
    ("expected_share", lambda n, m, q: 0.5, "differ in size"),
    ("expected_share", lambda n, m, q: q + n / (n + m), "Counted twice"),
    ("expected_share", lambda n, m, q: q if q else n / (n + m), "not copies"),
    ("expected_share", lambda n, m, q: 7.0, "how likely is each"),
]
