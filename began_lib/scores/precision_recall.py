"""Precision, recall, density and coverage: how two clouds of features lie in each other, by nearest neighbours.

Around each image of a set lies a ball that reaches to its k-th nearest neighbour of the same set; all balls together
stand for where the set lives. Improved precision and recall: Kynkaanniemi et al. 2019, arXiv 1904.06991. Density and
coverage, which an outlier's large ball fools less: Naeem et al. 2020, arXiv 2002.09797.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from began_lib.scores.frechet import require_features

__all__ = ["Overlap", "overlap", "squared_radii"]

CHUNK = 256  # rows of the table of distances that are in memory at a time


@dataclass(frozen=True)
class Overlap:
    """One value per image; the score is its mean."""

    precision: Tensor  # (N,) 1 where a generated image lies in some ball of a real one, else 0
    recall: Tensor  # (M,) 1 where a real image lies in some ball of a generated one
    density: Tensor  # (N,) in how many balls of real images a generated one lies, over k
    coverage: Tensor  # (M,) 1 where the ball of a real image holds a generated one


def _centred(features: Tensor, on: Tensor) -> Tensor:
    """float64 (N, D) about the mean of the features `on`: small norms lose fewer digits."""
    return features.to(torch.float64, copy=True).sub_(on.mean(0, dtype=torch.float64))


def _squared_distances(a: Tensor, b: Tensor) -> Tensor:
    """(N, M) from float64 (N, D) and (M, D); what is below rounding error of the products is exactly 0."""
    squares = torch.einsum("nd,nd->n", a, a)[:, None] + torch.einsum("md,md->m", b, b)  # no second table of squares
    distances = squares - 2.0 * (a @ b.T)
    return torch.where(distances < 1e-13 * squares, 0.0, distances)


def squared_radii(features: Tensor, ks: tuple[int, ...]) -> dict[int, Tensor]:
    """Squared distance (N,) from each row of features (N, D) to its k-th nearest other row, for several k.

    Raises ValueError where N is not larger than each k.
    """
    if require_features(features) <= max(ks):
        raise ValueError(f"expected features (N, D) of more than {max(ks)} images, found {tuple(features.shape)}.")
    centred = _centred(features, features)
    nearest = []
    for start in range(0, len(centred), CHUNK):
        distances = _squared_distances(centred[start : start + CHUNK], centred)
        rows = torch.arange(len(distances), device=distances.device)
        distances[rows, rows + start] = torch.inf
        nearest.append(distances.topk(max(ks), largest=False).values)
    table = torch.cat(nearest)
    return {k: table[:, k - 1] for k in ks}


def overlap(
    generated: Tensor, real: Tensor, real_radii: dict[int, Tensor], recall_k: int = 3, coverage_k: int = 5
) -> Overlap:
    """Where generated features (N, D) lie among real ones (M, D).

    Args:
        real_radii: `squared_radii(real, (recall_k, coverage_k))`, which are the same for every generated set.
        recall_k: k of precision and recall; 3 in their paper.
        coverage_k: k of density and coverage; 5 in theirs.
    """
    require_features(real)
    own = squared_radii(generated, (recall_k,))[recall_k]
    reference = _centred(real, real)
    precision, density = [], []
    recalled = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    covered = recalled.clone()
    for start in range(0, len(generated), CHUNK):
        distances = _squared_distances(_centred(generated[start : start + CHUNK], real), reference)
        precision.append((distances <= real_radii[recall_k]).any(1))
        inside = distances <= real_radii[coverage_k]
        density.append(inside.sum(1) / coverage_k)
        covered |= inside.any(0)
        recalled |= (distances <= own[start : start + CHUNK, None]).any(0)
    return Overlap(torch.cat(precision).double(), recalled.double(), torch.cat(density).double(), covered.double())
