"""Section 3.1 against closed forms, SciPy and POT."""

import numpy as np
import ot
import pytest
import scipy.linalg
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from began_lib.wasserstein import (
    condition_ratio,
    squared_distance,
    squared_distance_1d,
    squared_distance_of_samples,
    variance_term,
)

means = st.floats(-10.0, 10.0)
variances = st.floats(0.0, 10.0)


@given(m1=means, c1=variances, m2=means, c2=variances)
def test_one_dimension_is_the_general_form(m1: float, c1: float, m2: float, c2: float) -> None:
    general = squared_distance([m1], [[c1]], [m2], [[c2]])
    # Rounding of sqrt(c1 c2) against (sqrt c1 - sqrt c2)^2, values up to 400.
    assert general == pytest.approx(squared_distance_1d(m1, c1, m2, c2).item(), abs=1e-8)


@given(m1=means, c1=variances, m2=means, c2=variances)
def test_a_distance(m1: float, c1: float, m2: float, c2: float) -> None:
    w = squared_distance_1d(m1, c1, m2, c2)
    assert w >= (m1 - m2) ** 2
    assert w == squared_distance_1d(m2, c2, m1, c1)
    assert squared_distance_1d(m1, c1, m1, c1) == 0.0
    assert variance_term(c1, c2) == pytest.approx(c1 + c2 - 2 * np.sqrt(c1 * c2), abs=1e-10)  # rounding at 20


def test_general_form_against_the_textbook_square_roots() -> None:
    rng = np.random.default_rng(0)
    for p in (1, 2, 5):
        a, b = rng.normal(size=(2, p, p))
        c1, c2 = a @ a.T, b @ b.T
        m1, m2 = rng.normal(size=(2, p))
        root = scipy.linalg.sqrtm(c2)
        expected = np.sum((m1 - m2) ** 2) + np.trace(c1 + c2 - 2 * scipy.linalg.sqrtm(root @ c1 @ root)).real
        assert squared_distance(m1, c1, m2, c2) == pytest.approx(expected, rel=1e-8)  # sqrtm's own accuracy
        assert squared_distance(m1, c1, m2, c2) == pytest.approx(
            ot.gaussian.bures_wasserstein_distance(m1, m2, c1, c2) ** 2, rel=1e-6
        )


def test_commuting_covariances_have_a_closed_form() -> None:
    c1, c2 = np.diag([4.0, 9.0]), np.diag([1.0, 16.0])
    assert squared_distance([0, 0], c1, [3, 4], c2) == pytest.approx(25 + (2 - 1) ** 2 + (3 - 4) ** 2, rel=1e-12)


@given(
    a=st.lists(means, min_size=1, max_size=12),
    b=st.lists(means, min_size=1, max_size=12),
)
def test_samples_against_exact_transport(a: list[float], b: list[float]) -> None:
    exact = ot.emd2_1d(np.array(a), np.array(b), metric="sqeuclidean")
    assert squared_distance_of_samples(a, b) == pytest.approx(exact, rel=1e-9, abs=1e-9)  # sums of squares up to 400


def test_samples_shifted_by_a_constant() -> None:
    a = np.random.default_rng(1).normal(size=300)
    assert squared_distance_of_samples(a, a + 0.7) == pytest.approx(0.49, rel=1e-9)
    # Order 1 and order 2 agree for a pure shift; SciPy computes order 1.
    assert scipy.stats.wasserstein_distance(a, a + 0.7) ** 2 == pytest.approx(0.49, rel=1e-9)


def test_samples_of_normals_approach_the_closed_form() -> None:
    rng = np.random.default_rng(2)
    n = 200_000
    a, b = rng.normal(0.0, 1.0, n), rng.normal(1.0, 2.0, n)
    # W^2 = 1 + 1; standard error of the difference of means alone is sqrt(5/n) = 0.005, twice that in its square.
    assert squared_distance_of_samples(a, b) == pytest.approx(2.0, abs=0.05)


def test_condition_ratio() -> None:
    assert condition_ratio(0.0, 4.0, 2.0, 1.0) == pytest.approx((2 - 1) ** 2 / 4)
    assert condition_ratio(1.0, 4.0, 1.0, 1.0) == np.inf
    assert np.isnan(condition_ratio(1.0, 4.0, 1.0, 4.0))
    assert condition_ratio([0.0, 0.0], 1.0, [1.0, 10.0], 4.0).tolist() == [1.0, 0.01]


def test_refusals() -> None:
    with pytest.raises(ValueError, match="negative"):
        squared_distance_1d(0.0, -1.0, 0.0, 1.0)
    with pytest.raises(ValueError, match="symmetric"):
        squared_distance([0, 0], [[1, 2], [0, 1]], [0, 0], np.eye(2))
    with pytest.raises(ValueError, match="eigenvalue"):
        squared_distance([0, 0], [[1, 2], [2, 1]], [0, 0], np.eye(2))
    with pytest.raises(ValueError, match=r"shape \(3, 3\)"):
        squared_distance([0, 0], np.eye(3), [0, 0], np.eye(2))
    with pytest.raises(ValueError, match="one shape"):
        squared_distance([0], [[1]], [0, 0], np.eye(2))
    with pytest.raises(ValueError, match="empty"):
        squared_distance_of_samples([], [1.0])
    with pytest.raises(ValueError, match="finite"):
        squared_distance_of_samples([np.nan], [1.0])
