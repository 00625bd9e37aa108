"""Figure 4 on runs: paths between held-out photographs, drawn and measured, where the weights do not ship."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from began_lib.data import Dataset, to_unit_range
from began_lib.data.pixels import save_picture, tile
from began_lib.rivals.trained import Trained
from began_lib.scores import paths as along
from began_lib.scores.sets import draw
from began_lib.shipped.model import Model

PAIRS = 4  # of photographs


def photographs_of(dataset: Dataset) -> Tensor:
    """Held-out ones, two and two the ends of a path, (2 `PAIRS`, C, S, S) in [-1, 1]."""
    return to_unit_range(draw(dataset.held_out, (2 * PAIRS,), seed=0)[0])


def measured(system: Trained | Model, ends: Tensor, photographs: Tensor, picture: Path) -> dict[str, Any]:
    """Draw and measure the paths between codes of photographs (2 P, C, S, S), and keep the first as a picture."""
    errors = (system.generate(ends) - photographs).abs().flatten(1).mean(1)  # e_r
    paths = along.between(system.generate, ends)
    save_picture(picture, tile(paths[0], columns=along.COLUMNS, gap=0))
    return {
        "steps": system.step,
        "end_errors": [round(float(error), 4) for error in errors],
        **along.measures(paths),
        "picture": picture.name,
    }
