"""DFM: Warde-Farley and Bengio 2017 (openreview S1X7nhsxl). DCGAN whose G also follows a denoiser of D's features.

    r:  min  E |phi(x) - r(phi(x) + e)|^2,   e from N(0, 1)                  phi: D's last features
    D:  as DCGAN
    G:  min  -E log D(G(z))  +  0.03 / n_phi E |phi(G(z)) - r(phi(G(z)))|^2,  r(.) taken as it is, without gradient

r, trained on the data's features alone, points towards where such features are dense; G goes there. (The published
equation 5 prints the features with noise on them as r's target: its author called that a slip.)
"""

from __future__ import annotations

from torch import Tensor, nn

from began_lib.rivals import dcgan
from began_lib.rivals.improved import FEATURES, Features
from began_lib.rivals.networks import Up, initialise, noisy
from began_lib.rivals.rival import Rival
from began_lib.training.questions import denoised_gap, denoiser

WEIGHT = 0.03  # of the mean square per feature, beside 1 of the game
NOISE = 1.0  # deviation; lowering it along the training did not help its authors


class DFM(Rival):
    """DCGAN and a denoiser."""

    paper = "Warde-Farley and Bengio 2017, ICLR"
    measures = ("loss_d", "loss_g", "loss_denoiser")
    learning_rate = 1e-4

    def build(self) -> None:
        c = self.config
        to_score = nn.Linear(FEATURES, 1)
        initialise(to_score)
        # phi ends in a ReLU, as in the paper; what it cuts the leak of is cut to 0
        self.discriminator = nn.Sequential(Features(c.size, c.channels, c.filters), nn.ReLU(), to_score)
        self.generator = Up(c.size, c.channels, c.filters, c.latent)
        self.denoiser = denoiser(FEATURES)

    def phi(self, images: Tensor) -> Tensor:
        """D's last features, float32 (N, 256), none below 0."""
        with self.autocast():
            return self.discriminator[:2](images).float()

    def score(self, features: Tensor) -> Tensor:
        """D from its features, (N,)."""
        return self.discriminator[2](features)[:, 0]

    def update(self, x: Tensor) -> dict[str, Tensor]:
        with self.autocast():
            fake = self.generator(self.codes(len(x)))
        real = self.phi(x)
        loss_d = dcgan.loss_d(self.score(real), self.score(self.phi(fake.detach())))
        self.descend("discriminator", loss_d)
        data = real.detach()  # the denoiser learns from D's features, and D does not from the denoiser
        loss_denoiser = (data - self.denoiser(noisy(data, NOISE, self.random))).square().mean()
        self.descend("denoiser", loss_denoiser)
        features = self.phi(fake)
        loss_g = dcgan.loss_g(self.score(features)) + WEIGHT * denoised_gap(features, self.denoiser)
        self.descend("generator", loss_g)
        measured = (loss_d.detach(), loss_g.detach(), loss_denoiser.detach())
        return dict(zip(self.measures, measured, strict=True))
