"""What a run is judged by while it trains: L(x) on held-out images, and how much its samples differ."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from began_lib.data import held_out_batches, to_unit_range
from began_lib.models import require_unit_range
from began_lib.step import Began

HELD_OUT_IMAGES = 512  # at most so many held-out images per evaluation


def held_out_loss(began: Began, images: np.ndarray) -> float:
    """Mean L(x) over the first of held-out images, uint8 (N, C, S, S); NaN without any."""
    images = images[:HELD_OUT_IMAGES]
    if not len(images):
        return float("nan")
    batches = held_out_batches(images, 64, began.device, channels_last=True)
    return float(torch.cat([began.losses(v) for v in batches]).mean())


def shown(images: Tensor) -> Tensor:
    """Two pictures or more, (N, C, S, S), as a screen shows them: float32 on the CPU, clipped to [-1, 1].

    Raises ValueError for another shape or range, TypeError unless floating.
    """
    if images.dim() != 4 or len(images) < 2:
        raise ValueError(f"expected at least two pictures (N, C, S, S), found {tuple(images.shape)}.")
    return require_unit_range(images).detach().float().cpu().clamp(-1.0, 1.0)


def diversity(images: Tensor) -> float:
    """Mean absolute difference per pixel over all pairs of pictures (N, C, S, S); values outside [-1, 1] are clipped.

    0 where all are alike, [0, 2]. Noise counts as diversity too: look at the pictures, or at the face rate.
    """
    flat = shown(images).flatten(1)
    return float(torch.pdist(flat, p=1).mean()) / flat.shape[1]


def diversity_of_data(images: np.ndarray, count: int) -> float:
    """The same of `count` pictures from all over a data set, uint8 (N, C, S, S); NaN of fewer than two."""
    chosen = images[:: max(1, len(images) // count)][:count]
    return diversity(to_unit_range(chosen)) if len(chosen) > 1 else float("nan")
