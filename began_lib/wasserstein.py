"""Section 3.1 of the paper: the Wasserstein distance between two distributions of auto-encoder losses.

For normal distributions with means m1, m2 and covariances C1, C2 the squared distance of order 2 is

    W(mu1, mu2)^2 = ||m1 - m2||^2 + trace(C1 + C2 - 2 (C2^1/2 C1 C2^1/2)^1/2),

for p = 1 it is |m1 - m2|^2 + (c1 + c2 - 2 sqrt(c1 c2)). Optimizing |m1 - m2|^2 alone is enough (2) while the ratio
(c1 + c2 - 2 sqrt(c1 c2)) / |m1 - m2|^2 is constant or rises with W (condition 1).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def _root(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """The square root of a symmetric positive semi-definite matrix, through its eigenvalues."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T


def _covariance(name: str, value: ArrayLike, p: int) -> NDArray[np.float64]:
    matrix = np.asarray(value, dtype=np.float64)
    if matrix.shape != (p, p):
        raise ValueError(f"{name} has shape {matrix.shape}: expected ({p}, {p}) to go with means of dimension {p}.")
    scale = max(1.0, float(np.abs(matrix).max()))
    if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T, atol=1e-9 * scale, rtol=0):
        raise ValueError(f"{name} is not a covariance: expected finite and symmetric.")
    smallest = float(np.linalg.eigvalsh(matrix).min())
    if smallest < -1e-9 * scale:
        raise ValueError(f"{name} is not a covariance: its smallest eigenvalue is {smallest:g}, expected at least 0.")
    return matrix


def squared_distance(m1: ArrayLike, c1: ArrayLike, m2: ArrayLike, c2: ArrayLike) -> float:
    """W(mu1, mu2)^2 of two p-dimensional normal distributions.

    Raises ValueError for shapes that do not fit, and for matrices that are no covariances.

    Args:
        m1, m2: means, (p,).
        c1, c2: covariances, (p, p), symmetric positive semi-definite.
    """
    m1, m2 = (np.atleast_1d(np.asarray(m, dtype=np.float64)) for m in (m1, m2))
    if m1.ndim != 1 or m1.shape != m2.shape:
        raise ValueError(f"expected two means of one shape (p,), found {m1.shape} and {m2.shape}.")
    c1, c2 = _covariance("c1", c1, len(m1)), _covariance("c2", c2, len(m1))
    root = _root(c2)
    return float(np.sum((m1 - m2) ** 2) + np.trace(c1 + c2 - 2.0 * _root(root @ c1 @ root)))


def variance_term(c1: ArrayLike, c2: ArrayLike) -> NDArray[np.float64]:
    """c1 + c2 - 2 sqrt(c1 c2) for variances c1, c2 >= 0 (any broadcastable shapes).

    It equals (sqrt(c1) - sqrt(c2))^2 and is computed so, which cannot come out below 0. Raises ValueError for
    a negative variance or NaN.
    """
    c1, c2 = np.asarray(c1, dtype=np.float64), np.asarray(c2, dtype=np.float64)
    if (c1 < 0).any() or (c2 < 0).any() or np.isnan(c1).any() or np.isnan(c2).any():
        raise ValueError("expected variances of at least 0, found a negative one or NaN.")
    return (np.sqrt(c1) - np.sqrt(c2)) ** 2


def squared_distance_1d(m1: ArrayLike, c1: ArrayLike, m2: ArrayLike, c2: ArrayLike) -> NDArray[np.float64]:
    """W(mu1, mu2)^2 of one-dimensional normal distributions: means m1, m2, variances (not deviations) c1, c2."""
    return (np.asarray(m1, dtype=np.float64) - np.asarray(m2, dtype=np.float64)) ** 2 + variance_term(c1, c2)


def condition_ratio(m1: ArrayLike, c1: ArrayLike, m2: ArrayLike, c2: ArrayLike) -> NDArray[np.float64]:
    """Condition (1): (c1 + c2 - 2 sqrt(c1 c2)) / |m1 - m2|^2.

    Where m1 = m2 it is infinite, or NaN if c1 = c2 as well: the condition says nothing there.
    """
    gap = (np.asarray(m1, dtype=np.float64) - np.asarray(m2, dtype=np.float64)) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        return variance_term(c1, c2) / gap


def squared_distance_of_samples(a: ArrayLike, b: ArrayLike) -> float:
    """Exact squared Wasserstein distance of order 2 between two one-dimensional samples of any sizes.

    In one dimension the optimal plan joins quantile to quantile, so W^2 is the integral of the squared difference of
    the two quantile functions, which are steps: the sum below is that integral, with no approximation. Raises
    ValueError for a sample that is empty or not finite.
    """
    a, b = (np.sort(np.asarray(s, dtype=np.float64).ravel()) for s in (a, b))
    if not len(a) or not len(b):
        raise ValueError("expected two samples of at least one value each, found an empty one.")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("expected finite samples, found NaN or an infinite value.")
    levels = np.union1d(np.arange(1, len(a) + 1) / len(a), np.arange(1, len(b) + 1) / len(b))
    middle = levels - np.diff(levels, prepend=0.0) / 2
    a_at = a[np.minimum((middle * len(a)).astype(int), len(a) - 1)]
    b_at = b[np.minimum((middle * len(b)).astype(int), len(b) - 1)]
    return float(np.sum(np.diff(levels, prepend=0.0) * (a_at - b_at) ** 2))
