"""Data of the reader's own for the plane: a curve through points that are written down, "x,y; x,y; ..."."""

from __future__ import annotations

import torch
from torch import Tensor

from began_lib.plane import EXTENT, Sampler

NOISE = 0.05  # that of the horseshoe and the ring
MOST_CORNERS = 100
READY = {
    "figure eight": "0,0; 0.5,0.5; 1,0.4; 1,-0.4; 0.5,-0.5; -0.5,0.5; -1,0.4; -1,-0.4; -0.5,-0.5; 0,0",
    "triangle": "-0.9,-0.7; 0.9,-0.7; 0,0.9; -0.9,-0.7",
    "S": "0.8,0.9; -0.6,0.9; -0.8,0.5; -0.6,0.1; 0.6,-0.1; 0.8,-0.5; 0.6,-0.9; -0.8,-0.9",
    "zigzag": "-1.1,-0.5; -0.6,0.6; -0.1,-0.5; 0.4,0.6; 0.9,-0.5",
    "line": "-1,0; 1,0",
}


def corners(text: str) -> Tensor:
    """The points of "x,y; x,y; ...", (n, 2). Raises ValueError for anything else, with what was found."""
    rows = []
    for number, part in enumerate(filter(None, (part.strip() for part in text.split(";"))), start=1):
        try:
            x, y = (float(value) for value in part.split(","))
        except ValueError:
            raise ValueError(f"point {number} is {part!r}: expected two numbers, x,y, as in -0.5,0.8.") from None
        if not (abs(x) <= EXTENT and abs(y) <= EXTENT):  # also refuses NaN
            raise ValueError(f"point {number} is {part!r}: expected x and y in [-{EXTENT:g}, {EXTENT:g}].")
        rows.append((x, y))
    if not 2 <= len(rows) <= MOST_CORNERS:
        raise ValueError(f"found {len(rows)} points: expected 2 to {MOST_CORNERS}, as in -1,0; 0,0.8; 1,0.")
    if len(set(rows)) < 2:
        raise ValueError("all points are one: expected at least two that differ.")
    return torch.tensor(rows)


def sampler(text: str) -> Sampler:
    """Points spread evenly along the straight lines between the corners, with the ring's noise.

    The curve is open; one that ends where it began is closed. Raises ValueError as :func:`corners` does.
    """
    ends = corners(text)
    sides = ends.diff(dim=0)
    lengths = sides.norm(dim=1)
    before = lengths.cumsum(0) - lengths

    def sample(n: int, random: torch.Generator) -> Tensor:
        """n points on the curve, (n, 2)."""
        place = torch.rand(n, generator=random) * lengths.sum()
        side = (torch.searchsorted(before, place, right=True) - 1).clamp(0, len(sides) - 1)
        share = (place - before[side]) / lengths[side].clamp_min(1e-9)
        points = ends[side] + share.clamp(0, 1)[:, None] * sides[side]
        return points + NOISE * torch.randn(n, 2, generator=random)

    return sample
