"""Rank correlation: SciPy's value, an interval that covers, perfect order, bad input."""

import numpy as np
import pytest
from scipy import stats

from began_lib.scores.statistics import rank_correlation


def test_the_interval_covers_the_true_value():
    # Normal pairs of correlation r have Spearman's 6 / pi asin(r / 2). 95 % of 400 trials, four standard errors: 4.4 %.
    random, r, covered = np.random.default_rng(0), 0.6, 0
    truth = 6 / np.pi * np.arcsin(r / 2)
    for _ in range(400):
        a, noise = random.normal(size=(2, 40))
        b = r * a + np.sqrt(1 - r**2) * noise
        rho, low, high = rank_correlation(a, b)
        assert rho == stats.spearmanr(a, b).statistic and low < rho < high
        covered += low < truth < high
    assert abs(covered / 400 - 0.95) < 0.044


def test_perfect_order_leaves_doubt_where_pairs_are_few():
    few, many = (rank_correlation(range(n), range(n)) for n in (5, 50))
    assert few[0] == many[0] == few[2] == pytest.approx(1) and few[1] < many[1] < 1
    down = rank_correlation(range(5), range(5, 0, -1))
    assert down == pytest.approx((-few[0], -few[2], -few[1]))


@pytest.mark.parametrize(
    ("a", "b", "message"),
    [([1, 2, 3], [1, 2, 3], "at least 4"), (range(5), range(4), "equal length"), ([1] * 5, range(5), "all alike")],
)
def test_refusals(a, b, message):
    with pytest.raises(ValueError, match=message):
        rank_correlation(a, b)
