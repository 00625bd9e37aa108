"""ALI: Dumoulin et al. 2016, arXiv 1606.00704. An encoder that learns in the game: D judges pairs of image and code.

    q(x, z) = q(x) q(z | x):  a photograph and a code that the encoder draws,  z^ = mu(x) + sigma(x) e,  e from N(0, 1)
    p(x, z) = p(z) p(x | z):  a code from N(0, 1) and what G makes of it
    D:       min  softplus(-D(x, z^)) + softplus(D(G(z), z))
    G and encoder:  min  softplus(D(x, z^)) + softplus(-D(G(z), z))        (algorithm 1)

Both halves pull: the encoder's pairs should pass for G's and G's for the encoder's. Where D cannot tell them apart, the
encoder inverts G. Nothing asks that G(z^) be near x, so a reconstruction may be another person who is alike.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from began_lib.rivals.networks import Down, Up, dropped, initialise
from began_lib.rivals.rival import Rival

WIDTH = 512  # of D's layers on codes and on pairs
DROPPED = 0.2  # of what D sees; its authors have 0.2 to 0.5, layer by layer


def losses(encoded: Tensor, generated: Tensor) -> tuple[Tensor, Tensor]:
    """D's loss, and that of G and the encoder, from the scores of (x, z^) and of (G(z), z): the signs are swapped."""
    loss_d = F.softplus(-encoded).mean() + F.softplus(generated).mean()
    loss_g = F.softplus(encoded).mean() + F.softplus(-generated).mean()
    return loss_d, loss_g


class StochasticEncoder(nn.Module):
    """q(z | x): image -> mean and logarithm of the deviation of a normal over codes, each (N, latent)."""

    def __init__(self, size: int, channels: int, filters: int, latent: int) -> None:
        super().__init__()
        self.down = Down(size, channels, filters)
        self.to_normal = nn.Linear(self.down.features, 2 * latent)
        initialise(self.to_normal)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """(N, C, S, S) -> two of (N, latent)."""
        mean, log_deviation = self.to_normal(self.down(x).flatten(1)).float().chunk(2, dim=1)
        return mean, log_deviation


class PairCritic(nn.Module):
    """D(x, z): image and code -> score, (N,); no batch norm, dropout on what enters."""

    def __init__(self, size: int, channels: int, filters: int, latent: int, random: torch.Generator) -> None:
        super().__init__()
        self.random = random
        self.down = Down(size, channels, filters, norm=False)
        self.of_code = nn.Sequential(nn.Linear(latent, WIDTH), nn.LeakyReLU(0.2), nn.Linear(WIDTH, WIDTH))
        self.joint = nn.Sequential(nn.Linear(self.down.features + WIDTH, WIDTH), nn.LeakyReLU(0.2))
        self.to_score = nn.Linear(WIDTH, 1)
        for part in (self.of_code, self.joint, self.to_score):
            initialise(part, norm=False)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        """(N, C, S, S) and (N, latent) -> (N,)."""
        of_image = self.down(dropped(x, DROPPED, self.random)).flatten(1)
        of_code = F.leaky_relu(self.of_code(dropped(z, DROPPED, self.random)), 0.2)
        pair = self.joint(torch.cat([of_image, of_code], dim=1))
        return self.to_score(dropped(pair, DROPPED, self.random))[:, 0]


class ALI(Rival):
    """A generator, an encoder, and a judge of pairs."""

    paper = "Dumoulin et al. 2016, arXiv 1606.00704"
    learning_rate = 1e-4
    code_limit = math.inf  # its codes are normal

    def build(self) -> None:
        c = self.config
        self.discriminator = PairCritic(c.size, c.channels, c.filters, c.latent, self.random)
        self.generator = Up(c.size, c.channels, c.filters, c.latent)
        self.encoder = StochasticEncoder(c.size, c.channels, c.filters, c.latent)

    def make_optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"discriminator": self.adam(self.discriminator), "pair": self.adam(self.generator, self.encoder)}

    def codes(self, n: int, random: torch.Generator | None = None) -> Tensor:
        """n codes from N(0, 1), (n, N_z)."""
        random = random or self.random
        return torch.randn(n, self.config.latent, generator=random, device=random.device).to(self.device)

    def update(self, x: Tensor) -> dict[str, Tensor]:
        z = self.codes(len(x))
        with self.autocast():
            mean, log_deviation = self.encoder(x)
            encoded = mean + log_deviation.exp() * self.codes(len(x))  # z^
            fake = self.generator(z)
        loss_d = losses(self.judge(x, encoded.detach()), self.judge(fake.detach(), z))[0]
        self.descend("discriminator", loss_d)
        loss_g = losses(self.judge(x, encoded), self.judge(fake, z))[1]
        self.descend("pair", loss_g)
        return {"loss_d": loss_d.detach(), "loss_g": loss_g.detach()}

    def judge(self, images: Tensor, codes: Tensor) -> Tensor:
        """D of pairs, float32 (N,)."""
        with self.autocast():
            return self.discriminator(images, codes).float()

    def encode(self, x: Tensor) -> Tensor:
        """mu(x), the mean of the codes that the encoder would draw."""
        with self.looking():
            return self.encoder(x.to(self.device))[0]

    def reconstruct(self, x: Tensor) -> Tensor:
        """G(mu(x))."""
        return self.generate(self.encode(x))
