"""Gated PixelCNN: van den Oord et al. 2016, arXiv 1606.05328. No game: the likelihood itself, one value at a time.

    p(x) = product over i of p(x_i | x_1 ... x_(i-1))        (1), pixels by rows, in each red, green, blue
    loss = -log2 p(x) / values, in bits: a softmax over the 256 levels of each value

A stack of convolutions sees the rows above, another what is left of the pixel in its row; masks keep each colour from
those after it. It draws one of 256 ways to go on at each of 3,072 values: there is no z that stands for a picture, and
`generate` takes in its place the uniform numbers that decide each value, in their order.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from began_lib.data.pixels import to_unit_range
from began_lib.models import require_unit_range, sample_z
from began_lib.rivals.gated import Stacks
from began_lib.rivals.rival import Rival


class PixelCNN(Rival):
    """An exact likelihood, drawn value by value; ValueError for filters that the colours cannot share."""

    paper = "van den Oord et al. 2016, arXiv 1606.05328"
    measures = ("bits",)
    batch_size = 16
    filters = 36
    learning_rate = 1e-3
    code_limit = 0.0  # a code is the dice of one picture

    def build(self) -> None:
        c = self.config
        if c.filters % c.channels:
            raise ValueError(f"pixelcnn shares its {c.filters} filters among {c.channels} colours: give a multiple.")
        self.generator = Stacks(c.channels, c.filters)

    def make_optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"generator": self.adam(self.generator, betas=(0.9, 0.999))}

    def codes(self, n: int, random: torch.Generator | None = None) -> Tensor:
        """What decides n pictures: uniform numbers in [-1, 1] for each value, (n, C S S)."""
        c, random = self.config, random or self.random
        return sample_z(n, c.channels * c.size**2, random, random.device).to(self.device)

    def update(self, x: Tensor) -> dict[str, Tensor]:
        loss = self._bits(x).mean()
        self.descend("generator", loss)
        return {"bits": loss.detach()}

    def _bits(self, x: Tensor) -> Tensor:
        with self.autocast():
            logits = self.generator(x)
        levels = x.float().add(1).mul(127.5).round().clamp(0, 255)  # as `to_uint8` has them, without waiting to look
        values = levels.permute(0, 2, 3, 1).flatten().long()
        each = F.cross_entropy(logits.flatten(0, 3), values, reduction="none")
        return each.float().view(len(x), -1).mean(1) / math.log(2)

    def bits(self, x: Tensor) -> Tensor:
        with self.looking():
            return torch.cat(
                [self._bits(part) for part in require_unit_range(x).to(self.device).split(self.batch_size)]
            )

    def generate(self, z: Tensor, batch_size: int = 64) -> Tensor:
        shape = (self.config.channels, self.config.size, self.config.size)
        uniform = ((z.to(self.device) + 1.0) / 2.0).unflatten(1, shape)
        with self.looking():
            drawn = [self.generator.draw(part) for part in uniform.split(batch_size)]
        return to_unit_range(torch.cat(drawn))
