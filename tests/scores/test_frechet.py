"""Moments in parts against NumPy, the Fréchet distance against closed forms, SciPy, and the formula of section 3.1."""

import numpy as np
import pytest
import scipy.linalg
import torch
from hypothesis import given
from hypothesis import strategies as st

from began_lib.scores.frechet import Moments, Reference, frechet_distance
from began_lib.wasserstein import squared_distance


def normals(count: int, width: int, seed: int) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


def of_normal(mean, covariance) -> Moments:
    """Moments of a sample that has exactly this mean and covariance; 11 images, 10 degrees of freedom."""
    return Moments(11, torch.as_tensor(mean).double(), 10 * torch.as_tensor(covariance).double())


@given(st.integers(1, 40), st.integers(1, 7), st.integers(0, 5))
def test_moments_in_parts_are_numpy_s(cut, chunk, seed):
    features = normals(60, 4, seed) * 3 + 100  # far from 0: sums of squares would lose digits
    moments = Moments.of(features, chunk=chunk)
    expected = features.double().numpy()
    np.testing.assert_allclose(moments.mean, expected.mean(0), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance, np.cov(expected.T), rtol=1e-9, atol=1e-9)
    rest = moments.without(Moments.of(features[:cut]))
    np.testing.assert_allclose(rest.mean, expected[cut:].mean(0), rtol=1e-12)
    np.testing.assert_allclose(rest.covariance, np.cov(expected[cut:].T), rtol=1e-8, atol=1e-8)


def test_closed_forms():
    identity, zero = torch.eye(3), torch.zeros(3)
    # Equal covariances: |m1 - m2|^2. Multiples a^2 I and b^2 I: 3 (a - b)^2. Rounding in double precision.
    shifted = frechet_distance(of_normal([1.0, 2.0, 2.0], identity), Reference(of_normal(zero, identity)))
    assert shifted == pytest.approx(9.0, rel=1e-12)
    wider = frechet_distance(of_normal(zero, 25 * identity), Reference(of_normal(zero, 4 * identity)))
    assert wider == pytest.approx(27.0, rel=1e-12)
    point = frechet_distance(of_normal(zero, 0 * identity), Reference(of_normal(zero, 4 * identity)))
    assert point == pytest.approx(12.0, rel=1e-12)
    assert frechet_distance(of_normal(zero, identity), Reference(of_normal(zero, identity))) < 1e-12


@pytest.mark.parametrize("count", [200, 12])  # 12 images in 24 dimensions: covariances of rank 11
def test_against_scipy_and_section_3_1(count):
    a, b = normals(count, 24, 1) @ normals(24, 24, 2), normals(count, 24, 3) + 0.5
    found = frechet_distance(Moments.of(a), Reference(Moments.of(b)))
    m1, c1, m2, c2 = (f(x.double().numpy()) for x in (a, b) for f in (lambda x: x.mean(0), lambda x: np.cov(x.T)))
    assert found == pytest.approx(squared_distance(m1, c1, m2, c2), rel=1e-6)
    if count > 24:  # SciPy's root of a product is only reliable for regular matrices
        root = scipy.linalg.sqrtm(c1 @ c2)
        expected = np.square(m1 - m2).sum() + np.trace(c1 + c2 - 2 * root.real)
        assert found == pytest.approx(expected, rel=1e-8)


def test_refusals():
    with pytest.raises(ValueError, match="expected features"):
        Moments.of(torch.zeros(0, 3))
    with pytest.raises(ValueError, match="found NaN or infinity"):
        Moments.of(torch.tensor([[0.0, torch.inf]]))
    with pytest.raises(ValueError, match="at least two images"):
        _ = Moments.of(torch.zeros(1, 3)).covariance
    with pytest.raises(ValueError, match="nothing to measure is left"):
        Moments.of(torch.zeros(3, 2)).without(Moments.of(torch.zeros(2, 2)))
    with pytest.raises(ValueError, match="one dimension, found 2 and 3"):
        frechet_distance(Moments.of(normals(9, 2, 0)), Reference(Moments.of(normals(9, 3, 0))))
