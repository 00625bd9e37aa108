"""The Fréchet distance of two sets of features, from moments gathered batch by batch in double precision.

It is the squared Wasserstein distance of section 3.1 between normals fitted to the features (`began_lib.wasserstein`
has it for any two covariances); here one set is a reference that many others are compared with.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["Moments", "Reference", "frechet_distance", "require_features"]


def require_features(features: Tensor) -> int:
    """How many rows features (N, D) have. Raises ValueError for another shape, none, NaN or infinity."""
    if features.dim() != 2 or not len(features):
        raise ValueError(f"expected features (N, D), found {tuple(features.shape)}.")
    if not torch.isfinite(features).all():
        raise ValueError("expected finite features, found NaN or infinity.")
    return len(features)


class Moments:
    """Count, mean (D,) and covariance (D, D), divided by count - 1, of feature vectors; float64 on their device."""

    def __init__(self, count: int, mean: Tensor, scatter: Tensor) -> None:
        self.count = count
        self.mean = mean
        self.scatter = scatter  # sum of outer products of deviations from the mean

    @classmethod
    def of(cls, features: Tensor, chunk: int = 2048) -> Moments:
        """Moments of features (N, D), N of at least 1; `chunk` rows are in double precision at a time.

        Raises ValueError for another shape, NaN or infinity.
        """
        require_features(features)
        parts = [cls._of_one(part.double()) for part in features.split(chunk)]
        total = parts[0]
        for part in parts[1:]:
            total = total + part
        return total

    @classmethod
    def _of_one(cls, features: Tensor) -> Moments:
        mean = features.mean(0)
        centred = features - mean
        return cls(len(features), mean, centred.T @ centred)

    def __add__(self, other: Moments) -> Moments:
        """Moments of both sets together (Chan, Golub and LeVeque 1979: no sums of squares to cancel)."""
        count = self.count + other.count
        gap = other.mean - self.mean
        between = torch.outer(gap, gap) * (self.count * other.count / count)
        return Moments(count, self.mean + gap * (other.count / count), self.scatter + other.scatter + between)

    def without(self, other: Moments) -> Moments:
        """Moments of what is left when a part of this set is taken out; ValueError for fewer than two vectors."""
        count = self.count - other.count
        if count < 2:
            raise ValueError(f"nothing to measure is left of {self.count} without {other.count}.")
        mean = self.mean + (self.mean - other.mean) * (other.count / count)
        gap = other.mean - mean
        between = torch.outer(gap, gap) * (count * other.count / self.count)
        return Moments(count, mean, self.scatter - other.scatter - between)

    @property
    def covariance(self) -> Tensor:
        """(D, D); ValueError for a single vector."""
        if self.count < 2:
            raise ValueError("expected at least two images: one has no covariance.")
        return self.scatter / (self.count - 1)


class Reference:
    """The normal fitted to a set that others are compared with: `mean` (D,), and `factor` A with A A^T = covariance.

    The eigenvalues behind A are the dear part of the distance; a reference pays it once.
    """

    def __init__(self, moments: Moments) -> None:
        values, vectors = torch.linalg.eigh(moments.covariance)
        self.mean = moments.mean
        self.factor = vectors * values.clamp(min=0.0).sqrt()


def frechet_distance(a: Moments, reference: Reference) -> float:
    """|m1 - m2|^2 + trace(C1 + C2 - 2 (C2^1/2 C1 C2^1/2)^1/2) for a = (m1, C1) and the reference (m2, C2 = A A^T).

    A^T C1 A has the eigenvalues of C2^1/2 C1 C2^1/2. It is symmetric, so they are real, and a covariance of few images,
    which is singular, needs no small number added to it. Raises ValueError for different dimensions.
    """
    if len(a.mean) != len(reference.mean):
        raise ValueError(f"expected features of one dimension, found {len(a.mean)} and {len(reference.mean)}.")
    values = torch.linalg.eigvalsh(reference.factor.T @ a.covariance @ reference.factor)
    trace = a.covariance.trace() + reference.factor.square().sum() - 2.0 * values.clamp(min=0.0).sqrt().sum()
    # Of two equal sets rounding may leave a little less than nothing.
    return max(float((a.mean - reference.mean).square().sum() + trace), 0.0)
