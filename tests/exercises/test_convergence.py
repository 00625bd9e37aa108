"""Notebook 08's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import numpy as np
from scipy import stats
from scipy.stats import spearmanr

from began_lib.exercises import convergence as exercises

NOTEBOOK = "08_convergence"
GIVEN = {"np": np, "stats": stats}  # what the notebook has imported by then
CHECKS = {
    "ratios": exercises.check_ratios,
    "detrended": exercises.check_detrended,
    "first_alarm": exercises.check_first_alarm,
}


def line_off(at, values):
    return values - np.polyval(np.polyfit(at, values, 1), at)


def count_low(values, level, patience, restart):
    """The index of the `patience`-th low value, with or without starting anew at a high one."""
    low = 0
    for index, value in enumerate(values):
        if value < level:
            low += 1
            if low == patience:
                return index
        elif restart:
            low = 0
    return None


def test_without_the_trend_only_odd_pairs_are_correlated():
    for seed in range(8):
        at, a, b = exercises.trending_pair(seed)
        assert spearmanr(a, b).statistic < -0.7  # the trends run against each other
        left = spearmanr(line_off(at, a), line_off(at, b)).statistic
        assert (left > 0.8) == bool(seed % 2)


MISTAKES = [
    ("ratios", lambda m, x, g: (g + m / x - 1,), "one more"),
    ("ratios", lambda m, x, g: (g - (m / x - 1), g + m / x - 1), "below 0"),
    ("ratios", lambda m, x, g: (g + m / x - 1, g - (m / x - 1)), "smallest first"),
    ("ratios", lambda m, x, g: g + m / x - 1, "even where there is only one"),
    ("detrended", lambda at, a, b: spearmanr(line_off(at, a), line_off(at, b)), "`.statistic` is the one"),
    ("ratios", lambda m, x, g: (g - (m - x), g + m - x), "divide by L(x)"),
    ("detrended", lambda at, a, b: spearmanr(a, b).statistic, "trend still in it"),
    ("detrended", lambda at, a, b: np.corrcoef(line_off(at, a), line_off(at, b))[0, 1], "now rank"),
    ("detrended", lambda at, a, b: spearmanr(np.diff(a), np.diff(b)).statistic, "Changes are"),
    ("detrended", lambda at, a, b: spearmanr(line_off(at, a), b).statistic, "one of the two"),
    ("detrended", lambda at, a, b: spearmanr(a, line_off(at, b)).statistic, "one of the two"),
    (
        "detrended",
        lambda at, a, b: spearmanr(*(line_off(np.arange(len(at)), v) for v in (a, b))).statistic,
        "not evenly spaced",
    ),
    ("detrended", lambda at, a, b: 0.0, "Fit a line"),
    ("first_alarm", lambda v, level, n: 0, "count how often"),
    ("first_alarm", lambda v, level, n: count_low(v, level, 1, True), "single low batch"),
    ("first_alarm", lambda v, level, n: count_low(v, level, n, False), "starts anew"),
    ("first_alarm", lambda v, level, n: count_low(v, level, n, True) + 1, "One too late"),
    ("first_alarm", lambda v, level, n: count_low(v, level, n, True) - n + 1, "stretch begins"),
    ("first_alarm", lambda v, level, n: count_low(v, level, n, True) or 119, "never low"),
]
