"""The networks of the gated PixelCNN (van den Oord et al. 2016, arXiv 1606.05328): masked convolutions in two stacks.

    y = tanh(W_f * x) . sigmoid(W_g * x)        (2), the gate of each layer

One stack sees the rows above a pixel, the other what is at its left in its row and, of the pixel itself, the colours
before the one asked about. Neither alone would do: masks on one stack leave a blind spot at the upper right.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from began_lib.data.pixels import to_unit_range

LEVELS = 256
LAYERS = 7


def colour_mask(outputs: int, inputs: int, colours: int, own: bool, parts: int = 1) -> Tensor:
    """1 where an output map may see an input map of the same pixel, (outputs, inputs, 1, 1).

    Maps belong to colours, in equal shares and in order; each sees those of earlier colours and, with `own`, its own.
    `parts` equal pieces of the outputs are each shared out so.
    """
    of_input = torch.arange(inputs) * colours // inputs
    of_output = (torch.arange(outputs // parts) * colours // (outputs // parts)).repeat(parts)
    seen = of_input[None] <= of_output[:, None] if own else of_input[None] < of_output[:, None]
    return seen.float()[:, :, None, None]


def gated(maps: Tensor) -> Tensor:
    """Tanh of the first half of the maps times the sigmoid of the second."""
    a, b = maps.chunk(2, dim=1)
    return torch.tanh(a) * torch.sigmoid(b)


class GatedLayer(nn.Module):
    """Both stacks once. The vertical one ends a row below what it has seen, the horizontal one at the pixel."""

    def __init__(self, above: int, left: int, width: int, colours: int, first: bool) -> None:
        super().__init__()
        self.vertical = nn.Conv2d(above, 2 * width, (2, 3))  # this row and the one above it
        self.link = nn.Conv2d(2 * width, 2 * width, 1)
        self.horizontal = nn.Conv2d(left, 2 * width, (1, 2))  # the pixel at the left, and the pixel itself
        self.out = nn.Conv2d(width, width, 1)
        self.residual = not first
        here = colour_mask(2 * width, left, colours, own=not first, parts=2)  # (1) does not let x_i see itself
        self.register_buffer("mask", torch.cat([torch.ones_like(here), here], dim=3), persistent=False)
        self.register_buffer("out_mask", colour_mask(width, width, colours, own=True), persistent=False)

    def down(self, above: Tensor) -> tuple[Tensor, Tensor]:
        """Maps (N, above, R + 1, W) of R rows and the one before -> the next ones, and what is told of each row."""
        maps = self.vertical(F.pad(above, (1, 1, 0, 0)))
        return gated(maps), self.link(maps)

    def along(self, left: Tensor, told: Tensor) -> Tensor:
        """Maps (N, left, R, W + 1) of W pixels and the one before, and what is told from above -> (N, w, R, W)."""
        maps = F.conv2d(left, self.horizontal.weight * self.mask, self.horizontal.bias)
        out = F.conv2d(gated(maps + told), self.out.weight * self.out_mask, self.out.bias)
        return out + left[..., 1:] if self.residual else out


class Stacks(nn.Module):
    """Image -> logits of the levels of each value, (N, S, S, C, levels)."""

    def __init__(self, channels: int, width: int, layers: int = LAYERS) -> None:
        super().__init__()
        self.channels, self.width = channels, width
        inner = [(width, width)] * (layers - 1)
        self.layers = nn.ModuleList(
            GatedLayer(above, left, width, channels, first=i == 0)
            for i, (above, left) in enumerate([(channels, channels), *inner])
        )
        self.mix = nn.Conv2d(width, width, 1)
        self.to_levels = nn.Conv2d(width, channels * LEVELS, 1)
        self.register_buffer("mix_mask", colour_mask(width, width, channels, own=True), persistent=False)
        levels_mask = colour_mask(channels * LEVELS, width, channels, own=True)
        self.register_buffer("levels_mask", levels_mask, persistent=False)

    def logits(self, maps: Tensor) -> Tensor:
        """Of the horizontal stack's last maps, (N, w, R, W) -> (N, R, W, C, levels)."""
        maps = F.conv2d(F.relu(maps), self.mix.weight * self.mix_mask, self.mix.bias)
        out = F.conv2d(F.relu(maps), self.to_levels.weight * self.levels_mask, self.to_levels.bias)
        return out.permute(0, 2, 3, 1).unflatten(3, (self.channels, LEVELS))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, S, S) in [-1, 1] -> (N, S, S, C, levels)."""
        above, left = F.pad(x, (0, 0, 1, 0))[:, :, :-1], x  # a row down: what is above a pixel
        for layer in self.layers:
            above, told = layer.down(F.pad(above, (0, 0, 1, 0)))
            left = layer.along(F.pad(left, (1, 0, 0, 0)), told)
        return self.logits(left)

    def draw(self, uniform: Tensor) -> Tensor:
        """Images, uint8 (N, C, S, S), whose values are decided in order by `uniform` in [0, 1), of the same shape.

        The same numbers as those of the whole network, each map computed where it is new.
        """
        n, size = len(uniform), uniform.shape[-1]
        pixels = uniform.new_zeros(uniform.shape, dtype=torch.uint8)
        zeros = [uniform.new_zeros(n, layer.vertical.in_channels, 1, size) for layer in self.layers]
        before = [zero.clone() for zero in zeros]  # of each layer the vertical stack's input, a row up
        for row in range(size):
            above = to_unit_range(pixels[:, :, row - 1 : row]).to(uniform) if row else zeros[0]
            told = []
            for i, layer in enumerate(self.layers):
                both, before[i] = torch.cat([before[i], above], dim=2), above
                above, tells = layer.down(both)
                told.append(tells)
            self._draw_row(pixels[:, :, row : row + 1], told, uniform[:, :, row])
        return pixels

    def _draw_row(self, pixels: Tensor, told: list[Tensor], uniform: Tensor) -> None:
        lefts = [uniform.new_zeros(len(uniform), layer.horizontal.in_channels, 1, 1) for layer in self.layers]
        for column in range(pixels.shape[-1]):
            for colour in range(self.channels):
                here, new = to_unit_range(pixels[..., column : column + 1]).to(uniform), []
                for layer, left, tells in zip(self.layers, lefts, told, strict=True):
                    new.append(here)
                    here = layer.along(torch.cat([left, here], dim=3), tells[..., column : column + 1])
                chances = self.logits(here)[:, 0, 0, colour].to(uniform).softmax(1).cumsum(1)
                level = (chances < uniform[:, colour, column, None]).sum(1).clamp(max=LEVELS - 1)
                pixels[:, colour, 0, column] = level.to(torch.uint8)
            lefts = [to_unit_range(pixels[..., column : column + 1]).to(uniform), *new[1:]]
