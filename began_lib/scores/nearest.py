"""Section 4.3: is G only recalling? The training images that are nearest to what it generates."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from began_lib.data import to_unit_range
from began_lib.models import require_unit_range


@dataclass(frozen=True)
class Neighbours:
    """The nearest of a pool for each query, nearest first."""

    distances: Tensor  # (N, count)
    indices: Tensor  # (N, count), in the pool
    mirrored: Tensor  # (N, count) bool: the query's mirror image is the near one


def nearest(queries: Tensor, pool: Tensor, count: int = 1, p: int = 1) -> Neighbours:
    """Nearest vectors, for queries (N, ...) and a pool (M, ...) of one shape.

    Distances are means over the numbers: of |difference| for p = 1, the root of the mean square for p = 2. Raises
    ValueError for shapes that differ, a pool of fewer than `count`, and NaN.
    """
    _require_alike(queries, pool, count)
    distances, indices = _distances(queries, pool, p).topk(count, dim=1, largest=False)
    return Neighbours(distances, indices, torch.zeros_like(indices, dtype=torch.bool))


def _require_alike(queries: Tensor, pool: Tensor, count: int) -> None:
    if queries.shape[1:] != pool.shape[1:] or not 1 <= count <= len(pool):
        raise ValueError(
            f"expected queries and a pool of one shape and at least {count} in the pool, found "
            f"{tuple(queries.shape)} and {tuple(pool.shape)}."
        )


def _distances(queries: Tensor, pool: Tensor, p: int) -> Tensor:
    """Of each query from each of the pool, (N, M)."""
    if not (queries.isfinite().all() and pool.isfinite().all()):
        raise ValueError("expected finite numbers, found NaN or infinity, which are near nothing.")
    numbers = math.prod(pool.shape[1:])
    # Products are exact enough for p = 2 only where neighbours are not copies; those are then met at about 1e-3.
    return torch.cdist(queries.flatten(1), pool.flatten(1), p=float(p)) / numbers ** (1 / p)


def nearest_images(queries: Tensor, training: Tensor, count: int = 1, p: int = 1, chunk: int = 2000) -> Neighbours:
    """Nearest training images of `queries` and of their mirror images: training showed G both.

    Args:
        queries: (N, C, H, W) in [-1, 1].
        training: uint8 (M, C, H, W), as `Dataset.train` has them (`torch.from_numpy`).
        count: neighbours per query.
        p: 1 or 2, as for :func:`nearest`.
        chunk: training images that are in float at a time.

    Raises ValueError for other shapes, or fewer training images than neighbours.
    """
    _require_alike(queries, training, count)
    both = torch.cat([require_unit_range(queries), queries.flip(-1)])
    found: list[Neighbours] = []
    for start in range(0, len(training), chunk):
        part = to_unit_range(training[start : start + chunk])
        as_is, flipped = _distances(both, part, p).chunk(2)
        nearer = torch.minimum(as_is, flipped)  # a training image counts once
        distances, indices = nearer.topk(min(count, len(part)), dim=1, largest=False)
        found.append(Neighbours(distances, indices + start, (flipped < as_is).gather(1, indices)))
    distances, indices, mirrored = (
        torch.cat([getattr(near, name) for near in found], dim=1) for name in ("distances", "indices", "mirrored")
    )
    distances, order = distances.topk(count, dim=1, largest=False)
    return Neighbours(distances, indices.gather(1, order), mirrored.gather(1, order))
