"""Measures of normality against SciPy, against transport by quantiles, and against distributions in closed form."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from began_lib import normality

SKEWED = np.random.default_rng(0).gamma(4.0, size=300)


@pytest.mark.parametrize(("ours", "theirs"), [("kolmogorov", "ks"), ("anderson_darling", "ad")])
def test_statistics_and_p_agree_with_scipys_monte_carlo(ours, theirs):
    judge = stats.goodness_of_fit(
        stats.norm, SKEWED[:60], statistic=theirs, n_mc_samples=400, rng=np.random.default_rng(1)
    )
    sample = np.sort(SKEWED[:60])
    fitted_its_way = (sample - sample.mean()) / sample.std(ddof=1)
    assert getattr(normality, ours)(fitted_its_way) == pytest.approx(judge.statistic, rel=1e-9)
    value = getattr(normality, ours)(normality.standardized(sample))
    p = normality.simulated_p(float(value), normality.null_distributions(60)[ours])
    assert p == pytest.approx(judge.pvalue, abs=0.1)  # four standard errors of 400 simulated samples


@pytest.mark.parametrize(
    ("name", "critical", "error"),
    [
        ("kolmogorov", 0.886 / 10, 0.003),  # Lilliefors 1967, n over 30
        ("anderson_darling", 0.752 / (1 + 0.75 / 100 + 2.25 / 100**2), 0.07),  # Stephens 1986, both fitted
    ],
)
def test_five_per_cent_points_are_the_published_ones(name, critical, error):
    # The error: four standard errors of a 95 % point found from 2,000 samples.
    assert np.quantile(normality.null_distributions(100)[name], 0.95) == pytest.approx(critical, abs=error)


def test_distance_is_the_integral_over_quantiles():
    ordered = normality.standardized(np.sort(SKEWED[:50]))
    u = (np.arange(1_000_000) + 0.5) / 1_000_000
    integral = np.mean((ordered[(u * 50).astype(int)] - stats.norm.ppf(u)) ** 2)
    # The midpoints leave out tails beyond 5e-7: less than 1e-4 of the whole.
    assert normality.distance_to_normal(ordered) ** 2 == pytest.approx(integral, rel=1e-3)


def test_distance_of_a_uniform_distribution_in_closed_form():
    ordered = normality.standardized(np.arange(100_000.0))
    # The quantile functions of uniform and normal have the correlation sqrt(3 / pi); the grid is off by about 1e-5.
    assert normality.distance_to_normal(ordered) == pytest.approx(np.sqrt(2 - 2 * np.sqrt(3 / np.pi)), rel=1e-3)


def test_normal_sample_passes_and_skewed_sample_does_not():
    normal = normality.examine(np.random.default_rng(3).normal(5, 2, size=500))
    assert min(normal.p_dagostino, normal.p_anderson_darling, normal.p_lilliefors) > 0.05
    assert normal.skewness_interval[0] < 0 < normal.skewness_interval[1]
    assert normal.kurtosis_interval[0] < 0 < normal.kurtosis_interval[1]
    assert (normal.mean, normal.deviation) == (pytest.approx(5, abs=0.4), pytest.approx(2, abs=0.3))  # 4 errors
    skewed = normality.examine(SKEWED)
    assert max(skewed.p_dagostino, skewed.p_anderson_darling, skewed.p_lilliefors) < 0.01
    assert skewed.distance > 3 * normal.distance


def test_intervals_cover_the_moments_of_a_gamma_distribution():
    """Shape 4: skewness 1, excess kurtosis 1.5."""
    found = [normality.examine(np.random.default_rng(seed).gamma(4.0, size=400), resamples=199) for seed in range(40)]
    covered = [np.mean([low <= truth <= high for low, high in intervals]) for truth, intervals in (
        (1.0, [f.skewness_interval for f in found]),
        (1.5, [f.kurtosis_interval for f in found]),
    )]  # fmt: skip
    # 95 % are meant; with long tails bootstrap intervals of high moments cover less, and 40 samples say it to 0.05.
    assert min(covered) >= 0.75


@settings(max_examples=20)  # each runs the bootstrap twice
@given(shift=st.floats(-10, 10), scale=st.floats(0.01, 100))
def test_shape_does_not_depend_on_unit_origin_or_order(shift, scale):
    plain, moved = (
        dataclasses.asdict(normality.examine(sample, resamples=9)) for sample in (SKEWED, shift + scale * SKEWED[::-1])
    )
    for name in ("skewness", "kurtosis", "distance", "anderson_darling", "kolmogorov", "p_dagostino"):
        assert moved[name] == pytest.approx(plain[name], rel=1e-6)  # cancellation against the shift


@pytest.mark.parametrize(
    ("sample", "message"),
    [
        (np.arange(19), "at least 20 values, found 19"),
        (np.append(np.arange(30.0), np.nan), "found NaN"),
        (np.full(30, 0.25), "found 30 times 0.25"),
    ],
)
def test_refusals(sample, message):
    with pytest.raises(ValueError, match=message):
        normality.examine(sample)
