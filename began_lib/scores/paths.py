"""Paths between pictures (section 4.3, figure 4) in numbers: what is between two ends, and how it gets there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from began_lib import latent
from began_lib.scores.face_detector import face_rate
from began_lib.scores.quality import sharpness

COLUMNS = 9  # images of a path
INNER = slice(3, 6)  # of them, in the middle: what is between


def between(generate: Callable[[Tensor], Tensor], ends: Tensor) -> Tensor:
    """Images along straight lines of codes, (P, `COLUMNS`, C, S, S), of the ends of each, pair by pair (2 P, N_z)."""
    t = torch.linspace(0, 1, COLUMNS)
    return torch.stack([generate(latent.straight(*pair, t)) for pair in ends.unflatten(0, (-1, 2))])


def measures(paths: Tensor) -> dict[str, float]:
    """Of paths (P, `COLUMNS`, C, S, S): how many of the inner images are faces, how sharp, how even the steps."""
    ends, inner = paths[:, [0, -1]].flatten(0, 1), paths[:, INNER].flatten(0, 1)
    return {
        "face_rate_between": face_rate(inner),
        "sharpness_kept": sharpness(inner) / sharpness(ends),  # of the ends' own
        "largest_step": float(np.mean([latent.smoothness(path) for path in paths])),  # over the mean one
    }
