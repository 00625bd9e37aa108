"""DCGAN: Radford, Metz and Chintala 2015, arXiv 1511.06434. The game of Goodfellow 2014 on convolutions that train.

    D:  min  -E log D(x) - E log(1 - D(G(z)))        G:  min  -E log D(G(z))

D(.) is the sigmoid of a score s. G does not descend E log(1 - D(G(z))), the game as it is written, which is flat where
D is sure. Batch norm in both, but not at G's output nor D's input; real and generated images are normalised apart.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from began_lib.rivals.networks import Critic, Up
from began_lib.rivals.rival import Adversarial


def loss_d(real: Tensor, fake: Tensor, target: float = 1.0) -> Tensor:
    """-E log D(x) - E log(1 - D(G(z))) from the scores of both; `target` below 1 smooths the label of x."""
    true = F.binary_cross_entropy_with_logits(real, real.new_full(real.shape, target))  # -log D(x)
    return true + F.softplus(fake).mean()  # -log(1 - D(G(z)))


def loss_g(fake: Tensor) -> Tensor:
    """-E log D(G(z)) from the scores of G's images."""
    return F.softplus(-fake).mean()


class DCGAN(Adversarial):
    """Scores of images, and the game of them."""

    paper = "Radford, Metz and Chintala 2015, arXiv 1511.06434"
    learning_rate = 2e-4

    def build(self) -> None:
        c = self.config
        self.discriminator = Critic(c.size, c.channels, c.filters)
        self.generator = Up(c.size, c.channels, c.filters, c.latent)

    def loss_d(self, x: Tensor, fake: Tensor) -> Tensor:
        return loss_d(self.judge(x), self.judge(fake))

    def loss_g(self, x: Tensor, fake: Tensor) -> Tensor:
        return loss_g(self.judge(fake))
