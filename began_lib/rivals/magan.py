"""MAGAN: Wang et al. 2017, arXiv 1704.03817. EBGAN whose margin follows the energy of the data.

    D:  min  E(x) + max(0, m - E(G(z)))        G:  min  E(G(z))

m is the mean of E(x) over the second of two epochs of D on the data alone, and falls to an epoch's mean of E(x) where
(algorithm 1)

    mean E(x) < m    and    mean E(x) < mean E(G(z))    and    mean E(G(z)) is not below that of the epoch before,

that is, where G has not come nearer. It stands between EBGAN, whose margin is a constant, and BEGAN, whose gamma L(x)
is a margin that follows the data at every step, up and down. Networks and codes here are EBGAN's.
"""

from __future__ import annotations

import torch
from torch import Tensor

from began_lib.rivals.ebgan import EBGAN, FigureOne

PRETRAINING = 2  # epochs of D on the data alone


def next_margin(margin: float, real: float, fake: float, fake_before: float) -> float:
    """The margin after an epoch with these mean energies of x and G(z), and of G(z) in the epoch before."""
    return real if real < margin and real < fake and fake_before <= fake else margin


class MAGAN(EBGAN):
    """An auto-encoder with a margin that only falls."""

    paper = "Wang, Cully, Chang and Demiris 2017, arXiv 1704.03817"
    learning_rate = 5e-4  # of Adamax, as in its authors' program

    def build(self) -> None:
        super().build()
        self.pulling = 0.0
        # m, the epoch's sums of E(x) and E(G(z)), and the mean of E(G(z)) in the epoch before
        self.register_buffer("state", torch.zeros(4))

    def make_optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            name: torch.optim.Adamax(network.parameters(), self.config.learning_rate, betas=(0.5, 0.999))
            for name, network in self.named_children()
        }

    def margin(self) -> Tensor:
        return self.state[0]

    def update(self, x: Tensor) -> dict[str, Tensor]:
        epoch, place = divmod(self.steps_done, self.epoch)
        if epoch < PRETRAINING:
            real = self.energy(x)[0].mean()
            self.descend("discriminator", real)
            nothing = torch.zeros_like(real)
            measured = dict(zip(self.measures, (real.detach(), nothing, nothing, nothing), strict=True))
        else:
            measured = super().update(x)
        self.state[1] += measured["energy_real"]
        self.state[2] += measured["energy_fake"]
        if place == self.epoch - 1:
            self._end(epoch)
        return measured

    def _end(self, epoch: int) -> None:
        margin, real, fake, fake_before = self.state.tolist()
        real, fake = real / self.epoch, fake / self.epoch
        if epoch < PRETRAINING:
            margin = real
        elif epoch > PRETRAINING:  # the first epoch of the game has none before it
            margin = next_margin(margin, real, fake, fake_before)
        self.state.copy_(torch.tensor([margin, 0.0, 0.0, fake]))


class MAGANFigureOne(MAGAN, FigureOne):
    """MAGAN on BEGAN's networks, with its loss, its batch and its Adam."""

    learning_rate = FigureOne.learning_rate
    make_optimizers = FigureOne.make_optimizers
