"""Improved GAN: Salimans et al. 2016, arXiv 1606.03498. Two remedies for DCGAN's collapse, one at a time.

Minibatch discrimination (section 3.2): D sees how near each image's features f(x) are to the others' of its batch,

    M_i = f(x_i) T  in R^(B x C),   c_b(x_i, x_j) = exp(-|M_ib - M_jb|_1),   o(x_i)_b = sum over j of c_b(x_i, x_j),

and so a batch of one picture is told from the data by its sameness. Feature matching (section 3.1): G no longer fools D
but matches the mean of D's features on the data,

    G:  min  |E f(x) - E f(G(z))|^2.

With both goes one-sided label smoothing (section 3.4): D's target on the data is 0.9.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from began_lib.rivals import dcgan
from began_lib.rivals.networks import Down, Up, initialise, noisy
from began_lib.rivals.rival import Adversarial

KERNELS, DIMENSIONS = 100, 5  # B and C
FEATURES = 256  # of f(x)
SMOOTHED = 0.9
NOISE = 0.2  # on D's input, as its authors' program has it


def closeness(m: Tensor, others: Tensor) -> Tensor:
    """o(x_i)_b of M, (N, B, C), among others, (K, B, C) -> (N, B): from 0 to K, where all are alike."""
    distance = (m[:, None] - others[None]).abs().sum(-1)  # (N, K, B)
    return torch.exp(-distance).sum(1)


def feature_gap(real: Tensor, fake: Tensor) -> Tensor:
    """|E f(x) - E f(G(z))|^2 of features (N, D)."""
    return (real.float().mean(0) - fake.float().mean(0)).square().sum()


class Features(nn.Module):
    """f: image -> (N, 256)."""

    def __init__(self, size: int, channels: int, filters: int) -> None:
        super().__init__()
        self.down = Down(size, channels, filters)
        self.to_features = nn.Linear(self.down.features, FEATURES)
        initialise(self.to_features)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, S, S) -> (N, 256)."""
        return F.leaky_relu(self.to_features(self.down(x).flatten(1)), 0.2)


class BatchCritic(nn.Module):
    """Image -> score, (N,), from its features (N, 256) and how near the rest of the batch is."""

    def __init__(self, features: nn.Module, kernels: int = KERNELS) -> None:
        super().__init__()
        self.features = features
        self.to_kernels = nn.Linear(FEATURES, kernels * DIMENSIONS, bias=False)  # T
        self.to_score = nn.Linear(FEATURES + kernels, 1)
        nn.init.normal_(self.to_kernels.weight, 0.0, 0.05)
        initialise(self.to_score)

    def seen(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """f and M of each image, (N, 256) and (N, B, C)."""
        f = self.features(x)
        return f, self.to_kernels(f).float().unflatten(1, (-1, DIMENSIONS))

    def score(self, f: Tensor, near: Tensor) -> Tensor:
        """D of f, (N, 256), and o, (N, B) -> (N,)."""
        return self.to_score(torch.cat([f.float(), near], dim=1))[:, 0]

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, S, S) -> (N,), each among all of them."""
        f, m = self.seen(x)
        return self.score(f, closeness(m, m))


class MinibatchDiscrimination(Adversarial):
    """D compares the images of a batch with one another."""

    paper = "Salimans et al. 2016, arXiv 1606.03498, section 3.2"
    learning_rate = 3e-4

    def build(self) -> None:
        c = self.config
        self.discriminator = BatchCritic(Features(c.size, c.channels, c.filters))
        self.generator = Up(c.size, c.channels, c.filters, c.latent)

    def loss_d(self, x: Tensor, fake: Tensor) -> Tensor:
        return dcgan.loss_d(self._judge_noisy(x), self._judge_noisy(fake), SMOOTHED)

    def loss_g(self, x: Tensor, fake: Tensor) -> Tensor:
        return dcgan.loss_g(self._judge_noisy(fake))

    def _judge_noisy(self, images: Tensor) -> Tensor:
        return self.judge(noisy(images, NOISE, self.random))


class FeatureMatching(MinibatchDiscrimination):
    """G matches the mean features of the data."""

    paper = "Salimans et al. 2016, arXiv 1606.03498, section 3.1"

    def build(self) -> None:
        super().build()
        c = self.config
        to_score = nn.Linear(FEATURES, 1)
        initialise(to_score)
        self.discriminator = nn.Sequential(Features(c.size, c.channels, c.filters), to_score)

    def loss_g(self, x: Tensor, fake: Tensor) -> Tensor:
        features = self.discriminator[0]
        with self.autocast(), torch.no_grad():
            real = features(noisy(x, NOISE, self.random))
        with self.autocast():
            return feature_gap(real, features(noisy(fake, NOISE, self.random)))
