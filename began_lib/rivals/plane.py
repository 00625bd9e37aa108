"""The systems in the plane: their own losses and steps on small networks for points, so that what each D says is seen.

    view = in_the_plane("wgan-gp", plane.horseshoe)
    view.heights    what D says of each point, view.says in words

Only the networks are replaced, by fully connected ones of the size of `began_lib.plane`'s; losses, optimisers, and what
each system does besides are those it has for images. The learning rate is the plane's for all. PixelCNN needs no other
networks: a point is a picture of one pixel with two colours, and each number one of 256 levels.

`ebgan-figure-1` and `magan-figure-1` are not here: they are their systems on BEGAN's networks, and in the plane all
auto-encoders are that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from began_lib.data.pixels import to_unit_range
from began_lib.plane import BATCH, PlaneAutoEncoder, PlaneGenerator, Sampler, fully_connected, heights, train
from began_lib.rivals.ali import ALI
from began_lib.rivals.dcgan import DCGAN
from began_lib.rivals.dfm import DFM
from began_lib.rivals.ebgan import EBGAN, MARGIN, PULLING
from began_lib.rivals.gated import Stacks
from began_lib.rivals.improved import FEATURES, BatchCritic, FeatureMatching, MinibatchDiscrimination, closeness
from began_lib.rivals.magan import MAGAN
from began_lib.rivals.pixelcnn import PixelCNN
from began_lib.rivals.rival import Cannot, Rival
from began_lib.rivals.systems import configured
from began_lib.rivals.wgan import WGAN, WGANGP
from began_lib.step import Began
from began_lib.training.questions import denoiser

LATENT, HIDDEN = 2, 64
LEARNING_RATE = 1e-3
EPOCH = 40  # steps that count as one
KERNELS = 10  # of minibatch discrimination, whose cost they are
DRAWN = 300  # points of G
LOSS = "L(v) = mean |v − D(v)|"


@dataclass(frozen=True)
class View:
    """A system after its training in the plane."""

    system: str
    says: str  # what D's number is
    real_is_high: bool  # whether it is large or small where D takes a point for a real one
    heights: NDArray[np.float32]  # that number on the grid of `began_lib.plane.heights`; NaN where there is none
    generated: Tensor  # points of G, (N, 2)


class Score(nn.Module):
    """Points, and codes beside them where D judges pairs -> one number each, (N,)."""

    def __init__(self, inputs: int = 2) -> None:
        super().__init__()
        self.layers = fully_connected(inputs, HIDDEN, HIDDEN, 1)

    def forward(self, *parts: Tensor) -> Tensor:
        """(N, inputs), in one part or several -> (N,)."""
        return self.layers(torch.cat(parts, dim=1))[:, 0]


class PointEncoder(nn.Module):
    """q(z | v): mean and logarithm of the deviation, each (N, latent)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = fully_connected(2, HIDDEN, HIDDEN, 2 * LATENT)

    def forward(self, v: Tensor) -> tuple[Tensor, Tensor]:
        """(N, 2) -> two of (N, latent)."""
        mean, log_deviation = self.layers(v).chunk(2, dim=1)
        return mean, log_deviation


class Points:
    """What a system for points has beside its loss: networks for them, and what its D says of any point."""

    says: ClassVar[str] = "D(v), how likely real"
    real_is_high: ClassVar[bool] = True
    points: ClassVar[int] = BATCH  # in a batch

    def build(self) -> None:
        self.discriminator = Score()
        self.generator = PlaneGenerator(LATENT)

    def of(self, v: Tensor, real: Tensor) -> Tensor:
        """What D says of points (N, 2), (N,); `real` are others, for a D that compares."""
        return torch.sigmoid(self.judge(v))


def point_features() -> nn.Sequential:
    """f of points, (N, 2) -> (N, 256)."""
    return nn.Sequential(fully_connected(2, HIDDEN, FEATURES), nn.LeakyReLU(0.2))


class PlaneDCGAN(Points, DCGAN):
    """A probability."""


class PlaneWGAN(Points, WGAN):
    """A critic."""

    says = "f(v), the critic"

    def build(self) -> None:
        self.critic = Score()
        self.generator = PlaneGenerator(LATENT)
        self.register_buffer("loss_g", torch.zeros(()))

    def of(self, v: Tensor, real: Tensor) -> Tensor:
        return self.judge(v)


class PlaneWGANGP(PlaneWGAN, WGANGP):
    """A critic whose slope is penalised, with the weight that its authors' program has for points in the plane.

    The penalty asks for slope 1 whatever its sign. With 10, the weight for images, it decides the slope before the data
    do, and a critic that leans the wrong way would have to pass through 0, where it costs most: meanwhile G runs away.
    """

    penalty = 0.1


class PlaneEBGAN(Points, EBGAN):
    """An energy. Its code has two numbers: of one, all cosines are 1 or -1, and the pulling-away term is 1 always."""

    says = "E(v) = ‖v − D(v)‖"
    real_is_high = False

    def build(self) -> None:
        self.discriminator = PlaneAutoEncoder(hidden=2)
        self.generator = PlaneGenerator(LATENT)
        self.pulling = PULLING

    def margin(self) -> float:
        return MARGIN * math.sqrt(2)  # the same error per value, of two values

    def of(self, v: Tensor, real: Tensor) -> Tensor:
        return self.energy(v)[0]


class PlaneMAGAN(MAGAN, PlaneEBGAN):
    """An energy below a margin that falls; of MAGAN's methods come before EBGAN's in the plane: build and margin."""


class PlaneMinibatch(Points, MinibatchDiscrimination):
    """A probability for a point in company: the others of its batch are real points."""

    says = "D(v) among real points"
    points = 64  # each is compared with each

    def build(self) -> None:
        self.discriminator = BatchCritic(point_features(), KERNELS)
        self.generator = PlaneGenerator(LATENT)

    def of(self, v: Tensor, real: Tensor) -> Tensor:
        company = self.discriminator.seen(real[: self.points - 1])[1]
        alone = (self.discriminator.seen(part) for part in v.split(self.points))
        scores = [self.discriminator.score(f, 1.0 + closeness(m, company)) for f, m in alone]  # 1: it is like itself
        return torch.sigmoid(torch.cat(scores))


class PlaneFeatures(Points, FeatureMatching):
    """A probability that G does not look at."""

    def build(self) -> None:
        self.discriminator = nn.Sequential(point_features(), nn.Linear(FEATURES, 1))
        self.generator = PlaneGenerator(LATENT)


class PlaneDFM(Points, DFM):
    """A probability, beside a denoiser of its features."""

    def build(self) -> None:
        self.discriminator = nn.Sequential(point_features(), nn.ReLU(), nn.Linear(FEATURES, 1))
        self.generator = PlaneGenerator(LATENT)
        self.denoiser = denoiser(FEATURES)

    def of(self, v: Tensor, real: Tensor) -> Tensor:
        return torch.sigmoid(self.score(self.phi(v)))


class PlaneALI(Points, ALI):
    """A probability of pairs, asked with the code that the encoder gives each point."""

    says = "D(v, μ(v)), how likely real"

    def build(self) -> None:
        self.discriminator = Score(2 + LATENT)
        self.generator = PlaneGenerator(LATENT)
        self.encoder = PointEncoder()

    def of(self, v: Tensor, real: Tensor) -> Tensor:
        return torch.sigmoid(self.judge(v, self.encoder(v)[0]))


class PlanePixelCNN(Points, PixelCNN):
    """No D: the likelihood itself. What lies outside the square [-1, 1]^2 has none."""

    says = "−log₂ p(v), bits a number"
    real_is_high = False

    def build(self) -> None:
        self.generator = Stacks(channels=2, width=HIDDEN, layers=3)

    def codes(self, n: int, random: torch.Generator | None = None) -> Tensor:
        return 2.0 * torch.rand(n, 2, generator=random or self.random) - 1.0

    def update(self, x: Tensor) -> dict[str, Tensor]:
        return super().update(x.clamp(-1, 1)[:, :, None, None])

    def generate(self, z: Tensor, batch_size: int = DRAWN) -> Tensor:
        with self.looking():
            uniform = ((z + 1.0) / 2.0)[:, :, None, None]
            drawn = [self.generator.draw(part) for part in uniform.split(batch_size)]
        return to_unit_range(torch.cat(drawn))[..., 0, 0]

    def of(self, v: Tensor, real: Tensor) -> Tensor:
        inside = v.abs().amax(1) <= 1.0
        return torch.where(inside, self._bits(v.clamp(-1, 1)[:, :, None, None]), math.nan)


SYSTEMS: dict[str, type[Rival]] = {
    "dcgan": PlaneDCGAN,
    "wgan": PlaneWGAN,
    "wgan-gp": PlaneWGANGP,
    "ebgan": PlaneEBGAN,
    "magan": PlaneMAGAN,
    "improved-minibatch": PlaneMinibatch,
    "improved-features": PlaneFeatures,
    "ali": PlaneALI,
    "dfm": PlaneDFM,
    "pixelcnn": PlanePixelCNN,
}


def untrained(system: str, seed: int = 0) -> Rival:
    """A system for points at its beginning.

    Raises:
        Cannot: the system has no version of its own for points.
    """
    if system not in SYSTEMS:
        raise Cannot(f"{system} has no networks for points: expected one of {', '.join(SYSTEMS)}.")
    kind = SYSTEMS[system]
    settings = {"batch_size": kind.points, "latent": LATENT, "precision": "fp32", "learning_rate": LEARNING_RATE}
    return kind(configured(system, seed=seed, **settings), EPOCH)


def in_the_plane(system: str, sampler: Sampler, steps: int = 600, seed: int = 0) -> View:
    """Train a system on batches of points, and see what its D says of the plane. Raises Cannot as `untrained` does."""
    rival, random = untrained(system, seed), torch.Generator().manual_seed(seed)
    for _ in range(steps):
        rival.step(sampler(rival.points, random))
    real = sampler(DRAWN, random)
    with rival.looking():
        seen = heights(lambda v: rival.of(v, real))
    return View(system, rival.says, rival.real_is_high, seen, rival.generate(rival.codes(DRAWN, random)))


def of_began(began: Began, sampler: Sampler, steps: int = 600, seed: int = 0) -> View:
    """The same of BEGAN, whose L(v) is the number."""
    end = train(began, sampler, steps, [steps], seed).moments[-1]
    return View("began", LOSS, False, end.heights, end.generated)
