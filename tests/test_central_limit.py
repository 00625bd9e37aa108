"""The central limit argument's numbers: against enumeration, against explicit covariances, against known structure."""

from itertools import combinations

import numpy as np
import pytest
import torch

from began_lib.central_limit import (
    correlation_by_distance,
    means_of_random_pixels,
    mix_pixels,
    pixel_losses,
    pixel_variance,
)
from began_lib.equilibrium import reconstruction_loss


def equicorrelated(n: int, side: int, rho: float) -> np.ndarray:
    """Pixels of variance 1, any two with correlation rho: one number of the image, and one of each pixel."""
    rng = np.random.default_rng(0)
    return np.sqrt(rho) * rng.normal(size=(n, 1, 1)) + np.sqrt(1 - rho) * rng.normal(size=(n, side, side))


@pytest.mark.parametrize("eta", [1, 2])
def test_mean_over_pixels_is_the_loss(eta):
    random = torch.Generator().manual_seed(0)
    v, rebuilt = torch.rand(2, 5, 3, 8, 8, generator=random) * 2 - 1
    found = pixel_losses(v, rebuilt, eta)
    assert found.shape == (5, 8, 8)
    np.testing.assert_allclose(found.mean((1, 2)), reconstruction_loss(v, rebuilt, eta), rtol=1e-5)  # float32 sums


def test_variance_over_k_pixels_is_the_mean_over_all_choices():
    losses = np.random.default_rng(1).gamma(2.0, size=(30, 2, 3)) + np.arange(30)[:, None, None]
    flat, law = losses.reshape(30, 6), pixel_variance(losses)
    for k in range(1, 7):
        choices = [flat[:, list(chosen)].mean(1).var() for chosen in combinations(range(6), k)]
        assert law.over(k) == pytest.approx(np.mean(choices), rel=1e-9)


@pytest.mark.parametrize("rho", [0.02, 0.2, 0.8])
def test_effective_number_of_equicorrelated_pixels(rho):
    law = pixel_variance(equicorrelated(4000, 16, rho))
    # A variance from 4,000 images is known to sqrt(2 / 4000) = 2 %; four of these errors.
    assert law.effective == pytest.approx(256 / (1 + 255 * rho), rel=0.09)
    assert law.effective == pytest.approx(256 / (1 + 255 * law.correlation), rel=1e-9)


def test_effective_number_of_constant_squares_is_their_number():
    squares = np.random.default_rng(2).normal(size=(4000, 2, 4)).repeat(4, axis=1).repeat(4, axis=2)
    assert pixel_variance(squares).effective == pytest.approx(8, rel=0.09)  # as above


def test_correlation_by_distance_against_the_covariance_matrix():
    noise = np.random.default_rng(3).normal(size=(50, 7, 9))
    losses = noise[:, :-1, :-1] + noise[:, 1:, 1:] + noise[:, :-1, 1:]  # neighbours share terms; 6 x 8 pixels
    distance, correlation, share = correlation_by_distance(losses)
    covariance = np.cov(losses.reshape(50, -1).T, ddof=0)
    row, column = np.divmod(np.arange(48), 8)
    between = np.rint(np.hypot(row[:, None] - row, column[:, None] - column)).astype(int)
    for d in distance:
        expected = covariance[between == d].mean() / np.diag(covariance).mean()
        assert correlation[d] == pytest.approx(expected, abs=1e-10)
        assert share[d] == pytest.approx((between == d).mean())
    assert 1 / (correlation @ share) == pytest.approx(pixel_variance(losses).effective, rel=1e-9)


def test_mixing_keeps_the_pixels_of_each_place_and_cuts_what_they_share():
    losses = equicorrelated(2000, 8, 0.5)
    mixed = mix_pixels(losses, np.random.default_rng(4))
    np.testing.assert_array_equal(np.sort(mixed, axis=0), np.sort(losses, axis=0))
    independent = losses.var(0).mean() / 64
    assert mixed.mean((1, 2)).var() == pytest.approx(independent, rel=0.15)  # 2,000 images: 3 %, four times and more


def test_means_of_random_pixels_run_from_one_pixel_to_the_loss():
    losses = equicorrelated(50, 4, 0.3)
    means = means_of_random_pixels(losses, np.random.default_rng(5))
    assert means.shape == (50, 16)
    np.testing.assert_allclose(means[:, -1], losses.mean((1, 2)))
    assert sum(np.array_equal(means[:, 0], losses.reshape(50, 16)[:, p]) for p in range(16)) == 1


def test_refusals():
    v = torch.zeros(2, 3, 8, 8)
    for call, message in (
        (lambda: pixel_losses(v, v[:1]), r"found \(2, 3, 8, 8\) and \(1, 3, 8, 8\)"),
        (lambda: pixel_losses(v, v, 3), "expected 1 or 2"),
        (lambda: pixel_variance(np.zeros((2, 8, 8))), "the same in all"),
        (lambda: pixel_variance(np.zeros((5, 64))), r"expected pixel losses \(N, H, W\)"),
        (lambda: mix_pixels(np.full((3, 2, 2), np.nan), np.random.default_rng(0)), "found NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
