"""BEGAN in the plane: points in place of images, so that the auto-encoder's loss can be drawn as a landscape.

Sections 3.2 and 3.3 in two dimensions. D is an auto-encoder R^2 -> h -> R^2, G a map from z to the plane; both are
small fully connected networks, trained by `began_lib.step.Began` as those for images are. The loss L(v), the mean over
the two coordinates of |v - D(v)|, is a height above each point v: low where D rebuilds well.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state

from began_lib.equilibrium import Controller, reconstruction_loss, updated_k
from began_lib.models import initialise
from began_lib.step import Began

RADIUS = 0.8
EXTENT = 1.5  # landscapes reach over [-EXTENT, EXTENT]^2
BATCH = 256  # points in a batch

Sampler = Callable[[int, torch.Generator], Tensor]


def _arc(n: int, random: torch.Generator, turn: float, noise: float) -> Tensor:
    if n < 1:
        raise ValueError(f"asked for {n} points: expected at least 1.")
    angle = math.pi + 2 * math.pi * turn * (torch.rand(n, generator=random) - 0.5)
    points = RADIUS * torch.stack([angle.cos(), angle.sin()], dim=1)
    return points + noise * torch.randn(n, 2, generator=random)


def horseshoe(n: int, random: torch.Generator, noise: float = 0.05) -> Tensor:
    """n points on 3/4 of a circle of radius 0.8, open to the right, with normal noise, (n, 2); ValueError if n < 1."""
    return _arc(n, random, 0.75, noise)


def ring(n: int, random: torch.Generator, noise: float = 0.05) -> Tensor:
    """n points on a whole circle of radius 0.8 with normal noise added, (n, 2); ValueError if n < 1."""
    return _arc(n, random, 1.0, noise)


def fully_connected(*widths: int) -> nn.Sequential:
    """Layers of these widths, (N, first) -> (N, last), with a ReLU between two, and none after the last."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class PlaneAutoEncoder(nn.Module):
    """D for points: R^2 -> h of dimension `hidden` -> R^2. With hidden = 2 it can copy every point."""

    def __init__(self, hidden: int = 1, width: int = 64) -> None:
        super().__init__()
        self.encoder = fully_connected(2, width, width, hidden)
        self.decoder = fully_connected(hidden, width, width, 2)
        initialise(self)

    def forward(self, v: Tensor) -> Tensor:
        """(N, 2) -> D(v), (N, 2)."""
        return self.decoder(self.encoder(v))


class PlaneGenerator(nn.Module):
    """G for points: z, (N, latent) -> (N, 2). Weights twice Xavier's: its first points are spread, not in one spot."""

    def __init__(self, latent: int = 2, width: int = 64) -> None:
        super().__init__()
        self.layers = fully_connected(latent, width, width, 2)
        initialise(self)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.mul_(2.0)

    def forward(self, z: Tensor) -> Tensor:
        """(N, latent) -> (N, 2)."""
        return self.layers(z)


def untrained(
    seed: int = 0,
    gamma: float = 0.7,
    lambda_k: float = 0.05,
    k: float = 0.0,
    held: bool = False,
    hidden: int = 1,
    learning_rate: float = 1e-3,
) -> Began:
    """D, G and their controller before the first step; the settings suit trainings of some hundred steps.

    Args:
        seed: of the weights and of z.
        gamma: diversity ratio, in [0, 1].
        lambda_k: gain of the controller; 50 times the paper's, since the trainings are short.
        k: where k starts; the paper: 0.
        held: whether k stays there, the controller being off.
        hidden: dimension of h.
        learning_rate: of Adam.
    """
    torch.manual_seed(seed)
    controller = Controller(gamma, lambda_k, k)
    controller.held = held
    return Began(PlaneAutoEncoder(hidden), PlaneGenerator(), 2, controller, learning_rate, seed=seed)


def landscape(discriminator: nn.Module, resolution: int = 81) -> NDArray[np.float32]:
    """L(v) on a square grid over [-EXTENT, EXTENT]^2, (resolution, resolution), the rows from bottom to top."""
    return heights(lambda v: reconstruction_loss(v, discriminator(v)), resolution)


@torch.no_grad()
def heights(of: Callable[[Tensor], Tensor], resolution: int = 81) -> NDArray[np.float32]:
    """What a function of points, (N, 2) -> (N,), is on that grid, (resolution, resolution)."""
    line = torch.linspace(-EXTENT, EXTENT, resolution)
    y, x = torch.meshgrid(line, line, indexing="ij")
    return of(torch.stack([x.flatten(), y.flatten()], dim=1)).view(resolution, resolution).numpy()


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
    codes = _fixed_codes(began, random)
    moments, course = [], torch.empty(steps, 3)
    for step in range(steps + 1):
        if step in record:
            moments.append(_moment(began, step, codes))
        if step < steps:
            losses = began.step(sampler(BATCH, random))
            course[step] = torch.stack([losses.loss_real, losses.loss_fake, losses.k])
    return PlaneRun(moments, *course.double().numpy().T)


def train_together(
    players: Sequence[Began], sampler: Sampler, steps: int, seeds: Sequence[int], batch: int = BATCH
) -> list[PlaneRun]:
    """Train untrained players side by side, each as `train(player, sampler, steps, [steps], seed)` would.

    Their weights are stacked, so that sixteen take the time of a few. Numbers differ from those of `train` by rounding
    at first, and by more once a training has amplified it.

    Args:
        players: with networks of one shape, and one learning rate.
        sampler: of the real points.
        steps: of each training.
        seeds: of the points, one for each player.
        batch: points in a batch.

    Returns:
        For each player its course and its last moment.

    Raises:
        ValueError: not as many seeds as players.
    """
    if len(seeds) != len(players) or not players:
        raise ValueError(f"found {len(players)} players and {len(seeds)} seeds: expected one seed for each player.")
    randoms = [torch.Generator().manual_seed(seed) for seed in seeds]
    codes = [_fixed_codes(player, random) for player, random in zip(players, randoms, strict=True)]
    discriminate, weights_d = _stacked([player.discriminator for player in players])
    generate, weights_g = _stacked([player.generator for player in players])
    adam = torch.optim.Adam([*weights_d.values(), *weights_g.values()], players[0].learning_rate, fused=True)
    controllers = [player.controller for player in players]
    k = torch.stack([controller.k for controller in controllers])
    gamma = torch.stack([controller.gamma_tensor for controller in controllers])
    gain = torch.tensor([0.0 if controller.held else controller.lambda_k for controller in controllers])
    courses = torch.empty(steps, 3, len(players))
    for step in range(steps):
        x = torch.stack([sampler(batch, random) for random in randoms])  # (players, batch, 2)
        generated = generate(torch.stack([player.sample_z(batch) for player in players]))
        loss_real = reconstruction_loss(x, discriminate(x))  # (players,)
        loss_fake = reconstruction_loss(generated, discriminate(generated))
        adam.zero_grad()
        # No player's loss depends on the weights of another. `backward` lays the gradients out in memory as the weights
        # are; those of `autograd.grad` are not, and the fused Adam would read them wrongly.
        loss_fake.sum().backward()
        for weight in weights_d.values():
            weight.grad.mul_(-k.view(-1, *(1,) * (weight.dim() - 1)))
        loss_real.sum().backward()
        adam.step()
        k = updated_k(k, loss_real.detach(), loss_fake.detach(), gamma, gain)
        courses[step] = torch.stack([loss_real.detach(), loss_fake.detach(), k])
    for place, player in enumerate(players):
        player.controller.k.copy_(k[place])
        for network, weights in ((player.discriminator, weights_d), (player.generator, weights_g)):
            network.load_state_dict({name: weight[place] for name, weight in weights.items()})
    return [
        PlaneRun([_moment(player, steps, z)], *course)
        for player, z, course in zip(players, codes, courses.double().numpy().transpose(2, 1, 0), strict=True)
    ]


def _stacked(networks: Sequence[nn.Module]) -> tuple[Callable[[Tensor], Tensor], dict[str, Tensor]]:
    """Networks of one shape as one function of (networks, N, ...), and their stacked weights, which it reads."""
    weights, _ = stack_module_state(list(networks))
    apply = torch.vmap(lambda theta, v: functional_call(networks[0], theta, (v,)))
    return lambda v: apply(weights, v), weights


def _fixed_codes(began: Began, random: torch.Generator) -> Tensor:
    return 2 * torch.rand(300, began.latent, generator=random) - 1


def _moment(began: Began, step: int, codes: Tensor) -> Moment:
    return Moment(step, landscape(began.discriminator), began.generate(codes, len(codes)), float(began.controller.k))


def distances(sampler: Sampler, generated: Tensor, n: int = 1000) -> tuple[float, float]:
    """How far generated points are from real ones, and real ones from generated ones: means over the nearest.

    The first is large where points lie off the curve, the second where a part of the curve has none.
    """
    between = torch.cdist(sampler(n, torch.Generator().manual_seed(7)), generated)
    return float(between.min(dim=0).values.mean()), float(between.min(dim=1).values.mean())
