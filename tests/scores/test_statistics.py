"""Rank correlation: SciPy's value, an interval that covers, perfect order, bad input; what counts as going one way."""

import numpy as np
import pytest
from scipy import stats

from began_lib.scores.statistics import goes_one_way, rank_correlation


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


def sweep(*means: float, scatter: float = 0.01) -> np.ndarray:
    """Eight groups around each mean: apart by a large part that all stops share, and a small part that they do not."""
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 1, 8)
    own = rng.normal(0, 1, (len(means), 8))
    own = (own - own.mean(1, keepdims=True)) / own.std(1, keepdims=True)  # means are what was asked for
    return np.array(means)[:, None] + shared + scatter * own


@pytest.mark.parametrize("sign", [1, -1])
def test_a_reversal_counts_where_it_is_larger_than_its_interval(sign):
    # The interval of a step: t(7, 97.5 %) = 2.36 times about 0.01 * sqrt(2 / 7), that is about 0.013.
    assert goes_one_way(sign * sweep(0.1, 0.2, 0.3))
    assert goes_one_way(sign * sweep(0.1, 0.2, 0.199, 0.3))
    assert not goes_one_way(sign * sweep(0.1, 0.2, 0.15, 0.3))
    assert not goes_one_way(sign * sweep(0.1, 0.102, 0.101))  # nowhere, as far as can be told


def test_a_sweep_needs_stops_and_groups():
    for course in ([[1.0, 2.0]], [[1.0], [2.0]], [1.0, 2.0], [[1.0, 2.0], [float("nan"), 3.0]]):
        with pytest.raises(ValueError, match="at least 2 stops x 2 groups"):
            goes_one_way(course)
