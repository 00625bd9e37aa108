"""BEGAN in the plane: points in place of images, so that the auto-encoder's loss can be drawn as a landscape.

Sections 3.2 and 3.3 in two dimensions. D is an auto-encoder R^2 -> h -> R^2, G a map from z to the plane; both are
small fully connected networks, trained by `began_lib.step.Began` as those for images are. The loss L(v), the mean over
the two coordinates of |v - D(v)|, is a height above each point v: low where D rebuilds well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from began_lib.equilibrium import reconstruction_loss
from began_lib.models import initialise
from began_lib.step import Began

RADIUS = 0.8
EXTENT = 1.5  # landscapes reach over [-EXTENT, EXTENT]^2

Sampler = Callable[[int, torch.Generator], Tensor]


def _arc(n: int, random: torch.Generator, turn: float, noise: float) -> Tensor:
    if n < 1:
        raise ValueError(f"asked for {n} points: expected at least 1.")
    angle = math.pi + 2 * math.pi * turn * (torch.rand(n, generator=random) - 0.5)
    points = RADIUS * torch.stack([angle.cos(), angle.sin()], dim=1)
    return points + noise * torch.randn(n, 2, generator=random)


def horseshoe(n: int, random: torch.Generator, noise: float = 0.05) -> Tensor:
    """n points on three quarters of a circle of radius 0.8, open to the right, with normal noise added, (n, 2)."""
    return _arc(n, random, 0.75, noise)


def ring(n: int, random: torch.Generator, noise: float = 0.05) -> Tensor:
    """n points on a whole circle of radius 0.8 with normal noise added, (n, 2)."""
    return _arc(n, random, 1.0, noise)


def _layers(*widths: int) -> nn.Sequential:
    """Fully connected layers with a ReLU between two, and none after the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class PlaneAutoEncoder(nn.Module):
    """D for points: R^2 -> h of dimension `hidden` -> R^2. With hidden = 2 it can copy every point."""

    def __init__(self, hidden: int = 1, width: int = 64) -> None:
        super().__init__()
        self.encoder = _layers(2, width, width, hidden)
        self.decoder = _layers(hidden, width, width, 2)
        initialise(self)

    def forward(self, v: Tensor) -> Tensor:
        """(N, 2) -> D(v), (N, 2)."""
        return self.decoder(self.encoder(v))


class PlaneGenerator(nn.Module):
    """G for points: z, (N, latent) -> (N, 2). Weights twice Xavier's: its first points are spread, not in one spot."""

    def __init__(self, latent: int = 2, width: int = 64) -> None:
        super().__init__()
        self.layers = _layers(latent, width, width, 2)
        initialise(self)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(2.0)

    def forward(self, z: Tensor) -> Tensor:
        """(N, latent) -> (N, 2)."""
        return self.layers(z)


def landscape(discriminator: nn.Module, resolution: int = 81) -> NDArray[np.float32]:
    """L(v) on a square grid over [-EXTENT, EXTENT]^2, (resolution, resolution), the rows from bottom to top."""
    line = torch.linspace(-EXTENT, EXTENT, resolution)
    y, x = torch.meshgrid(line, line, indexing="ij")
    v = torch.stack([x.flatten(), y.flatten()], dim=1)
    with torch.no_grad():
        return reconstruction_loss(v, discriminator(v)).view(resolution, resolution).numpy()


@dataclass(frozen=True)
class Moment:
    """What is drawn of one moment of training."""

    step: int
    heights: NDArray[np.float32]  # the landscape
    generated: Tensor  # G of fixed codes, (N, 2)
    k: float


@dataclass(frozen=True)
class PlaneRun:
    """The recorded moments of one training, and its course: one value for each step."""

    moments: list[Moment]
    loss_real: NDArray[np.float64]
    loss_fake: NDArray[np.float64]
    k: NDArray[np.float64]  # after the step's update


def train(began: Began, sampler: Sampler, steps: int, record: Collection[int], seed: int = 0) -> PlaneRun:
    """Train `steps` steps with batches of 256 points and keep the moments after the numbers of steps in `record`."""
    random = torch.Generator().manual_seed(seed)
    codes = 2 * torch.rand(300, began.latent, generator=random) - 1
    moments, rows = [], []
    for step in range(steps + 1):
        if step in record:
            moments.append(
                Moment(step, landscape(began.discriminator), began.generate(codes, 300), float(began.controller.k))
            )
        if step < steps:
            losses = began.step(sampler(256, random))
            rows.append(torch.stack([losses.loss_real, losses.loss_fake, losses.k]))
    return PlaneRun(moments, *torch.stack(rows).double().numpy().T)


def distances(sampler: Sampler, generated: Tensor, n: int = 1000) -> tuple[float, float]:
    """How far generated points are from real ones, and real ones from generated ones: means over the nearest.

    The first is large where points lie off the curve, the second where a part of the curve has none.
    """
    between = torch.cdist(sampler(n, torch.Generator().manual_seed(7)), generated)
    return float(between.min(dim=0).values.mean()), float(between.min(dim=1).values.mean())
