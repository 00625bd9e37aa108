"""The convolutions of DCGAN, of which most systems are built: strides instead of pooling, from 4x4 to the image."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

START = 4  # pixels a side where codes become maps, and maps codes


def widths(size: int, filters: int) -> list[int]:
    """Channels after each halving of the image, down to 4x4: doubled each time; 64, 128, 256 at 32x32."""
    return [filters << level for level in range((size // START).bit_length() - 1)]


class Down(nn.Sequential):
    """Image (N, C, S, S) -> maps of 4x4 with the last width: strided convolutions, LeakyReLU with slope 0.2.

    With `norm` batch norm after each but the first, as in DCGAN's D.
    """

    def __init__(self, size: int, channels: int, filters: int, norm: bool = True) -> None:
        layers: list[nn.Module] = []
        for level, outputs in enumerate(widths(size, filters)):
            layers.append(nn.Conv2d(channels, outputs, 4, stride=2, padding=1))
            if norm and level:
                layers.append(nn.BatchNorm2d(outputs))
            layers.append(nn.LeakyReLU(0.2, inplace=True))
            channels = outputs
        super().__init__(*layers)
        self.features = START * START * channels
        initialise(self, norm)


def upwards(size: int, channels: int, filters: int) -> list[nn.Module]:
    """From maps of 4x4 with the last width to an image: transposed convolutions, batch norm and ReLU between them."""
    *outer, width = widths(size, filters)
    layers: list[nn.Module] = []
    for outputs in reversed(outer):
        layers += [nn.ConvTranspose2d(width, outputs, 4, stride=2, padding=1), nn.BatchNorm2d(outputs), nn.ReLU(True)]
        width = outputs
    return [*layers, nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1)]


class Up(nn.Module):
    """Code (N, inputs) -> image (N, C, S, S) in [-1, 1]: DCGAN's generator."""

    def __init__(self, size: int, channels: int, filters: int, inputs: int) -> None:
        super().__init__()
        width = widths(size, filters)[-1]
        self.from_code = nn.Linear(inputs, START * START * width)
        self.layers = nn.Sequential(nn.BatchNorm2d(width), nn.ReLU(True), *upwards(size, channels, filters), nn.Tanh())
        initialise(self)

    def forward(self, code: Tensor) -> Tensor:
        """(N, inputs) -> (N, C, S, S)."""
        # Written pixel by pixel, so that the maps are channels_last without a copy.
        maps = self.from_code(code).view(len(code), START, START, -1).permute(0, 3, 1, 2)
        return self.layers(maps)


class Critic(nn.Module):
    """Image -> one number, unbounded: `Down` and a linear layer on its features, (N,)."""

    def __init__(self, size: int, channels: int, filters: int, norm: bool = True) -> None:
        super().__init__()
        self.down = Down(size, channels, filters, norm)
        self.to_score = nn.Linear(self.down.features, 1)
        initialise(self.to_score, norm)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, S, S) -> (N,)."""
        return self.to_score(self.down(x).flatten(1))[:, 0]


def initialise(network: nn.Module, norm: bool = True) -> None:
    """DCGAN's start: weights from N(0, 0.02), of batch norm from N(1, 0.02), no biases.

    Without batch norm the signal would fade from layer to layer, and weights start as large as keeps its scale.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            if norm:
                nn.init.normal_(module.weight, 0.0, 0.02)
            else:
                nn.init.kaiming_normal_(module.weight, 0.2, nonlinearity="leaky_relu")
            nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1.0, 0.02)
            nn.init.zeros_(module.bias)


@contextmanager
def passing(network: nn.Module) -> Iterator[None]:
    """Batch norm as ever, but its running means stay: they are to be those of the data, not of G's images."""
    layers = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    kept = [layer.momentum for layer in layers]
    for layer in layers:
        layer.momentum = 0.0
    try:
        yield
    finally:
        for layer, momentum in zip(layers, kept, strict=True):
            layer.momentum = momentum


def noisy(x: Tensor, deviation: float, random: torch.Generator) -> Tensor:
    """The images x, with normal noise added from a stream that the run can repeat."""
    return x + deviation * torch.randn(x.shape, generator=random, device=x.device)


def dropped(x: Tensor, share: float, random: torch.Generator) -> Tensor:
    """Dropout with a stream that the run can repeat: 0 with probability `share`, else x / (1 - share)."""
    return x * (torch.rand(x.shape, generator=random, device=x.device) >= share).to(x.dtype) / (1.0 - share)
