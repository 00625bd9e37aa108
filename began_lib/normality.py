"""Section 3.1 of the paper, its premise: is the distribution of image-wise losses normal?

One sample, examined in three ways that answer different questions: how far it is from a normal distribution (skewness,
kurtosis, a Wasserstein distance), how surely it is away from one (tests), and where (the quantiles of a Q-Q plot).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import log_ndtr, ndtr, ndtri

SMALLEST = 20  # values: below this SciPy's kurtosis test is not valid
NULL_SAMPLES = 2000  # of the simulated tests: p is known to 0.005 at 0.05, and never below 1 / 2001


@dataclass(frozen=True)
class Normality:
    """What `examine` found. Intervals are (low, high); p is the chance of at least this misfit if all were normal."""

    n: int  # values
    mean: float
    deviation: float  # root of the mean squared distance from the mean
    skewness: float  # 0 for a normal distribution
    skewness_interval: tuple[float, float]
    kurtosis: float  # excess: 0 for a normal distribution
    kurtosis_interval: tuple[float, float]
    distance: float  # W2 to the normal of the same mean and deviation, in deviations
    anderson_darling: float  # A squared, mean and deviation fitted
    kolmogorov: float  # largest gap between the two distribution functions, mean and deviation fitted
    p_dagostino: float
    p_anderson_darling: float
    p_lilliefors: float  # of the Kolmogorov-Smirnov statistic, with the fit taken into account


def checked(sample: ArrayLike) -> NDArray[np.float64]:
    """The sample as a sorted array. Raises ValueError if it is too small, not finite or constant."""
    values = np.sort(np.asarray(sample, dtype=np.float64).ravel())
    if len(values) < SMALLEST:
        raise ValueError(f"expected a sample of at least {SMALLEST} values, found {len(values)}: measure more images.")
    if not np.isfinite(values).all():
        raise ValueError("expected finite values, found NaN or an infinite one: did the run diverge?")
    if values[0] == values[-1]:
        raise ValueError(f"expected values that differ, found {len(values)} times {values[0]:g}: are images repeated?")
    return values


def standardized(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0 and deviation 1 along the last axis: the fit of a normal distribution by maximum likelihood."""
    return (values - values.mean(-1, keepdims=True)) / values.std(-1, keepdims=True)


def normal_quantiles(n: int) -> NDArray[np.float64]:
    """Standard normal quantiles at (i - 1/2) / n, i = 1 to n: the horizontal axis of a Q-Q plot, (n,)."""
    return ndtri((np.arange(n) + 0.5) / n)


def kolmogorov(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest gap to the standard normal distribution function, along the last axis of ordered values."""
    n = ordered.shape[-1]
    below = ndtr(ordered)
    return np.maximum(np.arange(1, n + 1) / n - below, below - np.arange(n) / n).max(-1)


def anderson_darling(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """A squared against the standard normal, along the last axis of ordered values: weighs the tails more."""
    n = ordered.shape[-1]
    weights = 2 * np.arange(1, n + 1) - 1
    return -n - (weights * (log_ndtr(ordered) + log_ndtr(-ordered[..., ::-1]))).sum(-1) / n


def distance_to_normal(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exact W2 between N(0, 1) and ordered values of mean 0 and deviation 1, along the last axis.

    W2 squared is the integral of (Q(u) - q(u))^2, with Q the sample's quantile function, a step of width 1/n at each
    value, and q the normal's. Both squares integrate to 1, and q integrates to a difference of densities over a step.
    """
    n = ordered.shape[-1]
    edges = np.exp(-(ndtri(np.arange(n + 1) / n) ** 2) / 2) / np.sqrt(2 * np.pi)  # 0 at both ends
    return np.sqrt(np.maximum(2 * (1 - (ordered * (edges[:-1] - edges[1:])).sum(-1)), 0))


@lru_cache(maxsize=32)
def null_distributions(n: int) -> dict[str, NDArray[np.float64]]:
    """The three statistics above for `NULL_SAMPLES` normal samples of n values, each fitted before it is measured.

    They do not depend on the normal's own mean and deviation, since the fit takes both away. Lilliefors (1967) got his
    table for the Kolmogorov-Smirnov test in this way.
    """
    rng = np.random.default_rng(n)
    found: dict[str, list[NDArray[np.float64]]] = {"kolmogorov": [], "anderson_darling": [], "distance": []}
    for rows in np.array_split(np.arange(NULL_SAMPLES), max(1, NULL_SAMPLES * n // 200_000)):  # memory: a few MB
        ordered = np.sort(standardized(rng.normal(size=(len(rows), n))), axis=-1)
        found["kolmogorov"].append(kolmogorov(ordered))
        found["anderson_darling"].append(anderson_darling(ordered))
        found["distance"].append(distance_to_normal(ordered))
    return {name: np.concatenate(values) for name, values in found.items()}


def simulated_p(value: float, null: NDArray[np.float64]) -> float:
    """Share of simulated values at least as large, the measured one counted among them: never 0."""
    return float((1 + (null >= value).sum()) / (1 + len(null)))


def _intervals(values: NDArray[np.float64], level: float, resamples: int, seed: int) -> list[tuple[float, float]]:
    """BCa bootstrap intervals of skewness and excess kurtosis; for the kurtosis of long tails still somewhat narrow."""
    found = []
    for statistic in (stats.skew, stats.kurtosis):
        result = stats.bootstrap(
            (values,),
            statistic,
            n_resamples=resamples,
            batch=max(1, 200_000 // len(values)),
            confidence_level=level,
            method="BCa",
            rng=np.random.default_rng(seed),
        )
        found.append((float(result.confidence_interval.low), float(result.confidence_interval.high)))
    return found


def examine(sample: ArrayLike, level: float = 0.95, resamples: int = 999, seed: int = 0) -> Normality:
    """Measures and tests of a sample against the normal distribution of its own mean and deviation.

    Args:
        sample: at least `SMALLEST` finite values, not all the same, in any order; ValueError for others.
        level: of the bootstrap intervals.
        resamples: of the bootstrap.
        seed: of the bootstrap.
    """
    values = checked(sample)
    ordered = standardized(values)
    null = null_distributions(len(values))
    gap, tails = float(kolmogorov(ordered)), float(anderson_darling(ordered))
    skewness_interval, kurtosis_interval = _intervals(values, level, resamples, seed)
    return Normality(
        n=len(values),
        mean=float(values.mean()),
        deviation=float(values.std()),
        skewness=float(stats.skew(values)),
        skewness_interval=skewness_interval,
        kurtosis=float(stats.kurtosis(values)),
        kurtosis_interval=kurtosis_interval,
        distance=float(distance_to_normal(ordered)),
        anderson_darling=tails,
        kolmogorov=gap,
        p_dagostino=float(stats.normaltest(values).pvalue),
        p_anderson_darling=simulated_p(tails, null["anderson_darling"]),
        p_lilliefors=simulated_p(gap, null["kolmogorov"]),
    )
