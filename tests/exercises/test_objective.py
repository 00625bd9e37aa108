"""Notebook 03's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

from began_lib.exercises import objective as exercises

NOTEBOOK = "03_objective"
CHECKS = {
    "gamma_of": exercises.check_gamma_of,
    "standard_error": exercises.check_standard_error,
    "average_ratio": exercises.check_average_ratio,
}


def test_either_variance_is_accepted():
    def with_one_less(a, b):
        relative = a.var(ddof=1) / a.mean() ** 2 + b.var(ddof=1) / b.mean() ** 2
        return b.mean() / a.mean() * (relative / len(a)) ** 0.5

    assert exercises.check_standard_error(with_one_less)


def relative(a, b):
    return a.var() / a.mean() ** 2 + b.var() / b.mean() ** 2


MISTAKES = [
    ("gamma_of", lambda a, b: a.mean() / b.mean(), "Upside down"),
    ("gamma_of", lambda a, b: (b / a).mean(), "expectation of a ratio"),
    ("gamma_of", lambda a, b: 0.7, "each of the two expectations"),
    ("standard_error", lambda a, b: b.mean() / a.mean() * relative(a, b) ** 0.5, "averaging over n"),
    ("standard_error", lambda a, b: (relative(a, b) / len(a)) ** 0.5, "relative error"),
    ("standard_error", lambda a, b: b.std() / a.mean() / len(a) ** 0.5, "denominator"),
    ("standard_error", lambda a, b: (b.mean() / a.mean()) ** 2 * relative(a, b) / len(a), "variance"),
    ("standard_error", lambda a, b: 0.0, "add up"),
    ("average_ratio", lambda g, s, a, b, n, m: g + (b - a) / (s * n * m), "rises"),
    ("average_ratio", lambda g, s, a, b, n, m: g - (b - a) / (n * m), "λ_k times"),
    ("average_ratio", lambda g, s, a, b, n, m: g - (b - a) / (s * n), "units of the loss"),
    ("average_ratio", lambda g, s, a, b, n, m: g - (b - a) / (s * m), "sum over the steps"),
    ("average_ratio", lambda g, s, a, b, n, m: g, "k's updates"),
]
