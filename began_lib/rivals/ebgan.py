"""EBGAN: Zhao, Mathieu and LeCun 2016, arXiv 1609.03126. D is an auto-encoder, and its error the energy of an image.

    E(v) = |Dec(Enc(v)) - v|                                       section 2.3
    D:  min  E(x) + max(0, m - E(G(z)))                            (1)
    G:  min  E(G(z)) + 0.1 PT(Enc(G(z)))                           (2), and section 2.4:
    PT(S) = 1 / (N (N - 1)) sum over i != j of cos(S_i, S_j)^2     the pulling-away term

D pushes G's energy up only as far as the margin m, which is fixed: where it is out of reach, D forgets the photographs,
and where it is too low, G is free too soon. It depends on the size of the images: the 20 of 64x64 faces is the same
error per value here. `ebgan-figure-1` has BEGAN's networks, loss and batch instead, so that the margin in place of the
controller (and the pulling-away term) is all that differs.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from began_lib.equilibrium import reconstruction_loss
from began_lib.models import Architecture, Discriminator, Generator
from began_lib.rivals.networks import Down, Up, initialise, passing, upwards
from began_lib.rivals.rival import Rival

PULLING = 0.1  # weight of the pulling-away term
MARGIN = 20.0 / math.sqrt(3 * 64 * 64)  # root mean square error per value at the margin of 64x64 faces, 20


def pulling_away(codes: Tensor) -> Tensor:
    """PT: mean squared cosine between the codes of different images, (N, D): 1 of one code, 0 of orthogonal ones."""
    unit = F.normalize(codes.float().flatten(1), dim=1)
    n = len(unit)
    return ((unit @ unit.T).square().sum() - n) / (n * (n - 1))


def hinge(energy: Tensor, margin: Tensor | float) -> Tensor:
    """max(0, m - E) of each image."""
    return F.relu(margin - energy)


class AutoEncoder(nn.Module):
    """(64)4c2s-(128)4c2s-(256)4c2s and back, with batch norm: the paper's D for faces; the code is the 4x4 map."""

    def __init__(self, size: int, channels: int, filters: int) -> None:
        super().__init__()
        self.encoder = Down(size, channels, filters)
        self.decoder = nn.Sequential(*upwards(size, channels, filters))
        initialise(self.decoder)

    def forward(self, v: Tensor) -> Tensor:
        """(N, C, S, S) -> the same shape, unbounded."""
        return self.decoder(self.encoder(v))


class EBGAN(Rival):
    """An auto-encoder with a margin."""

    paper = "Zhao, Mathieu and LeCun 2016, arXiv 1609.03126"
    measures = ("energy_real", "energy_fake", "margin", "pulling_away")
    learning_rate = 2e-4

    def build(self) -> None:
        c = self.config
        self.discriminator: nn.Module = AutoEncoder(c.size, c.channels, c.filters)
        self.generator = Up(c.size, c.channels, c.filters, c.latent)
        self.pulling = PULLING

    def margin(self) -> Tensor | float:
        """The m of this step."""
        return MARGIN * math.sqrt(self.config.channels) * self.config.size

    def distance(self, v: Tensor, back: Tensor) -> Tensor:
        """The energy of each v that comes back as `back`, (N,)."""
        return (back.float() - v.float()).flatten(1).norm(dim=1)

    def energy(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """E(v), (N,), and the codes that it comes from."""
        with self.autocast():
            codes = self.discriminator.encoder(v)
            return self.distance(v, self.discriminator.decoder(codes)), codes

    def update(self, x: Tensor) -> dict[str, Tensor]:
        with self.autocast():
            fake = self.generator(self.codes(len(x)))
        margin = torch.as_tensor(self.margin(), device=self.device)
        real = self.energy(x)[0].mean()
        with passing(self.discriminator):
            below = hinge(self.energy(fake.detach())[0], margin).mean()
        self.descend("discriminator", real + below)  # (1)
        with passing(self.discriminator):
            energy, codes = self.energy(fake)
        energy_fake, pulling = energy.mean(), pulling_away(codes)
        self.descend("generator", energy_fake + self.pulling * pulling)  # (2)
        measured = (real.detach(), energy_fake.detach(), margin.clone(), pulling.detach())
        return dict(zip(self.measures, measured, strict=True))

    def reconstruct(self, x: Tensor) -> Tensor:
        with self.looking():
            return self.discriminator(x.to(self.device)).float()


class FigureOne(EBGAN):
    """EBGAN on BEGAN's networks (figure 1), with its loss |v - D(v)| per value, its batch of 16 and its Adam."""

    batch_size, filters, learning_rate = 16, 32, 1e-4

    def build(self) -> None:
        c = self.config
        shape = Architecture(c.size, c.channels, c.filters, hidden=c.latent, latent=c.latent)
        self.discriminator, self.generator = Discriminator(shape), Generator(shape)
        self.pulling = PULLING

    def make_optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {name: self.adam(network, betas=(0.9, 0.999)) for name, network in self.named_children()}

    def margin(self) -> Tensor | float:
        return MARGIN * math.sqrt(2.0 / math.pi)  # the mean absolute error of a normal with that root mean square

    def distance(self, v: Tensor, back: Tensor) -> Tensor:
        return reconstruction_loss(v, back)
