"""Figure 4 on runs: paths between held-out photographs, drawn and measured, where the weights do not ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from began_lib import latent
from began_lib.data import Dataset, to_unit_range
from began_lib.data.pixels import save_picture, tile
from began_lib.rivals.trained import Trained
from began_lib.scores.face_detector import face_rate
from began_lib.scores.quality import sharpness
from began_lib.scores.sets import draw
from began_lib.shipped.model import Model

PAIRS = 4  # of photographs
COLUMNS = 9  # images of a path
INNER = slice(3, 6)  # of them, in the middle: what is between


def photographs_of(dataset: Dataset) -> Tensor:
    """Held-out ones, two and two the ends of a path, (2 `PAIRS`, C, S, S) in [-1, 1]."""
    return to_unit_range(draw(dataset.held_out, (2 * PAIRS,), seed=0)[0])


def between(system: Trained | Model, ends: Tensor) -> Tensor:
    """Images along straight lines of codes, (P, COLUMNS, C, S, S), of the ends of each, pair by pair (2 P, N_z)."""
    t = torch.linspace(0, 1, COLUMNS)
    return torch.stack([system.generate(latent.straight(*pair, t)) for pair in ends.unflatten(0, (-1, 2))])


def measures(paths: Tensor) -> dict[str, float]:
    """What is between the ends of paths (P, COLUMNS, C, S, S): whether they are faces, sharp, and evenly apart."""
    ends, inner = paths[:, [0, -1]].flatten(0, 1), paths[:, INNER].flatten(0, 1)
    return {
        "face_rate_between": face_rate(inner),
        "sharpness_kept": sharpness(inner) / sharpness(ends),
        "largest_step": float(np.mean([latent.smoothness(path) for path in paths])),
    }


def measured(system: Trained | Model, ends: Tensor, photographs: Tensor, picture: Path) -> dict[str, Any]:
    """Draw and measure the paths between codes of photographs (2 P, C, S, S), and keep the first as a picture."""
    errors = (system.generate(ends) - photographs).abs().flatten(1).mean(1)  # e_r
    paths = between(system, ends)
    save_picture(picture, tile(paths[0], columns=COLUMNS, gap=0))
    return {
        "steps": system.step,
        "end_errors": [round(float(error), 4) for error in errors],
        **measures(paths),
        "picture": picture.name,
    }
