"""What findings are measured on: held-out pictures, intervals, what a model was made of; saved figures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from scipy import stats
from torch import Tensor

from began_lib.data import open_dataset, to_unit_range
from began_lib.machine.storage import atomic_write
from began_lib.shipped.model import Model

PICTURES = "docs/results"  # from the repository's root
CODES = 5  # seed of the codes that findings draw


def held_out(data: str, size: int, n: int) -> Tensor:
    """The first n held-out pictures of a data set, (n, C, size, size) in [-1, 1]."""
    return to_unit_range(torch.as_tensor(open_dataset(data, size=size).held_out[:n]))


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of Student's 95 % interval."""
    return float(np.mean(values)), float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))


def made_of(model: Model) -> str:
    """What a shipped model was made of, in a line."""
    a, data = model.config.architecture, model.config.data
    return (
        f"`{model.name}`: {data}, {a.size}x{a.size}, {a.filters} filters, γ = {model.config.gamma:g}, "
        f"{model.step:,} steps of {model.config.batch_size}"
    )


def save(figure: Figure, folder: Path, name: str) -> str:
    """Write a figure as JPEG; returns its path from the repository's root, for the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="jpeg", dpi=110, pil_kwargs={"quality": 85})
    with atomic_write(folder / name) as file:
        file.write(buffer.getvalue())
    return f"{PICTURES}/{name}"
