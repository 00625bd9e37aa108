"""BEGAN as the public PyTorch implementations write it: the benchmark's yardstick, and a second opinion for the tests.

Two losses, two backward passes, three discriminator forwards, fp32, contiguous images, a number read from the device
in every step. The weights of D also get a gradient from L_G, which is thrown away. Kept slow on purpose, and
independent of the library: importing `began_lib.models` would make this process's ELU fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from began_lib.models import Architecture

FINAL_SIZE = 8  # of the encoder's last cube


def _decoder(a: Architecture, inputs: int) -> list[nn.Module]:
    n = a.filters
    layers: list[nn.Module] = [nn.Linear(inputs, n * FINAL_SIZE**2), nn.Unflatten(1, (n, FINAL_SIZE, FINAL_SIZE))]
    for scale in range(a.scales):
        if scale > 0:
            layers.append(nn.UpsamplingNearest2d(scale_factor=2))
        for _ in range(a.repeats):
            layers += [nn.Conv2d(n, n, 3, padding=1), nn.ELU()]
    return [*layers, nn.Conv2d(n, a.channels, 3, padding=1)]


def _encoder(a: Architecture) -> list[nn.Module]:
    layers: list[nn.Module] = []
    inputs = a.channels
    for scale in range(1, a.scales + 1):
        outputs = scale * a.filters
        if scale > 1:
            layers += [nn.Conv2d(inputs, outputs, 3, stride=2, padding=1), nn.ELU()]
            inputs = outputs
        for _ in range(a.repeats):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ELU()]
            inputs = outputs
    return [*layers, nn.Flatten(), nn.Linear(a.cube_filters * FINAL_SIZE**2, a.hidden)]


def textbook_networks(a: Architecture) -> tuple[nn.Sequential, nn.Sequential]:
    """D and G of figure 1 as plain rows of layers."""
    return nn.Sequential(*_encoder(a), *_decoder(a, a.hidden)), nn.Sequential(*_decoder(a, a.latent))


class TextbookStep:
    """One update after the other: first theta_D from L_D, then theta_G from L_G, then k (section 3.4)."""

    def __init__(self, discriminator: nn.Module, generator: nn.Module, latent: int, gamma: float, rate: float) -> None:
        self.discriminator, self.generator, self.latent = discriminator, generator, latent
        self.gamma, self.lambda_k, self.k = gamma, 0.001, 0.0
        self.optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=rate)
        self.optimizer_g = torch.optim.Adam(generator.parameters(), lr=rate)

    def _z(self, x: Tensor) -> Tensor:
        return torch.rand(len(x), self.latent, device=x.device) * 2 - 1

    def updates(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """L(x) and L(G(z_G)) of x, (N, C, H, W) in [-1, 1], with both updates of the weights."""
        self.optimizer_d.zero_grad()
        fake = self.generator(self._z(x)).detach()
        loss_real = torch.mean(torch.abs(self.discriminator(x) - x))
        loss_fake = torch.mean(torch.abs(self.discriminator(fake) - fake))
        (loss_real - self.k * loss_fake).backward()
        self.optimizer_d.step()

        self.optimizer_g.zero_grad()
        fake = self.generator(self._z(x))
        loss_g = torch.mean(torch.abs(self.discriminator(fake) - fake))
        loss_g.backward()
        self.optimizer_g.step()
        return loss_real, loss_g

    def step(self, x: Tensor) -> tuple[float, float]:
        """Train on x; L(x) and L(G(z_G)) as Python numbers."""
        loss_real, loss_g = self.updates(x)
        self.k += self.lambda_k * (self.gamma * loss_real.item() - loss_g.item())
        self.k = min(max(self.k, 0.0), 1.0)
        return loss_real.item(), loss_g.item()
