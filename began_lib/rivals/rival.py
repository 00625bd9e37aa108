"""What every system is: networks with their optimisers, a step on a batch of images, and images from codes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from began_lib.data.pictures import parse_crop
from began_lib.machine.precision import choose_precision
from began_lib.models import Architecture, sample_z
from began_lib.training.configuration import TrainingConfig, check_setting

ABILITIES = ("encode", "reconstruct", "bits")


class Cannot(ValueError):
    """A system was asked for what it has no part for."""


@dataclass(frozen=True)
class RivalConfig:
    """All that decides a run's numbers; `systems.configured` fills in what a system's paper has.

    Raises ValueError for a value outside its bounds: those of BEGAN, and at least 2 images, which batch norm needs.
    """

    system: str  # one of `systems.SYSTEMS`
    batch_size: int  # images of a step
    learning_rate: float  # of every optimiser
    filters: int  # channels at the finest scale
    data: str = "faces"  # data set or folder
    limit: int | None = None  # only the first pictures of the data set
    crop: str = ""  # of a folder's pictures, as `began_lib.data.open_dataset` takes it
    held_out: str = ""  # folder of held-out pictures
    size: int = 32  # pixels a side
    channels: int = 3  # 1: grey
    latent: int = 64  # N_z
    flip: bool = True  # half of the training images, at random
    steps: int = 20_000  # of the whole run
    seed: int = 0  # of weights, z, order and flips
    precision: str = "auto"  # fp32, bf16, or what the device is made for

    def __post_init__(self) -> None:
        for setting in fields(TrainingConfig):  # what BEGAN has as well lies within the same bounds
            if hasattr(self, setting.name):
                check_setting(setting, getattr(self, setting.name))
        Architecture(self.size, self.channels, self.filters, latent=self.latent)
        parse_crop(self.crop)
        if self.batch_size < 2:
            raise ValueError(f"batch_size is {self.batch_size}: expected at least 2, which batch norm needs.")

    def as_json(self) -> dict[str, Any]:
        """Plain values, for metadata."""
        return asdict(self)


class Rival(nn.Module, ABC):
    """A system. Its modules are its networks, its buffers all else that changes in training, the optimisers aside.

    Args:
        config: what to train.
        epoch: batches in an epoch of the data, for what is decided once in each.
        device: where.
    """

    paper: ClassVar[str]  # who, when and where
    measures: ClassVar[tuple[str, ...]] = ("loss_d", "loss_g")  # what a step returns, by name
    batch_size: ClassVar[int] = 64
    filters: ClassVar[int] = 64
    learning_rate: ClassVar[float] = 2e-4
    kept: ClassVar[tuple[str, ...]] = ("generator", "encoder")  # networks without which it could not draw or encode
    code_limit: ClassVar[float] = 1.0  # of each number of a code in the search; 0 where no code stands for a picture
    generator: nn.Module

    def __init__(self, config: RivalConfig, epoch: int = 1, device: torch.device | str = "cpu") -> None:
        super().__init__()
        self.config, self.epoch, self.device = config, epoch, torch.device(device)
        self.precision = choose_precision(config.precision, self.device)
        self.random = torch.Generator(self.device).manual_seed(config.seed)
        self.steps_done = 0
        torch.manual_seed(config.seed)
        self.build()
        self.to(self.device, memory_format=torch.channels_last)
        self.optimizers = self.make_optimizers()

    @abstractmethod
    def build(self) -> None:
        """Make the networks, as attributes."""

    def make_optimizers(self) -> dict[str, Optimizer]:
        """One per network (or group of them) that moves by itself; by default DCGAN's Adam for each network."""
        return {name: self.adam(network) for name, network in self.named_children()}

    def adam(self, *networks: nn.Module, betas: tuple[float, float] = (0.5, 0.999)) -> torch.optim.Adam:
        """Adam for all weights of these networks; beta_1 = 0.5 is DCGAN's."""
        weights = [weight for network in networks for weight in network.parameters()]
        return torch.optim.Adam(weights, self.config.learning_rate, betas, fused=self.device.type in ("cpu", "cuda"))

    def step(self, x: Tensor) -> dict[str, Tensor]:
        """Train on images (N, C, S, S) in [-1, 1]; returns `measures`, 0-dimensional tensors on the device.

        All that a step draws is a function of the seed and the step, as its batch is: there is no stream to keep.
        """
        self.random.manual_seed(1_000_003 * self.config.seed + self.steps_done)
        measured = self.update(x)
        self.steps_done += 1
        return measured

    @abstractmethod
    def update(self, x: Tensor) -> dict[str, Tensor]:
        """What :meth:`step` does with its batch."""

    def descend(self, name: str, loss: Tensor) -> None:
        """One step of an optimiser down `loss`; the weights of the others get no gradient, and it costs none."""
        optimizer = self.optimizers[name]
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        for weight, gradient in zip(weights, torch.autograd.grad(loss, weights), strict=True):
            weight.grad = gradient
        optimizer.step()

    def autocast(self) -> torch.autocast:
        """The number format of the forward passes, as a context."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    @contextmanager
    def looking(self) -> Iterator[None]:
        """No gradients, and batch norm with the means of training: each image is then a function of its code alone."""
        learning = self.training
        self.eval()
        try:
            with torch.no_grad(), self.autocast():
                yield
        finally:
            self.train(learning)

    def codes(self, n: int, random: torch.Generator | None = None) -> Tensor:
        """n codes z of the distribution the system draws from, (n, N_z): here uniform in [-1, 1], as BEGAN's."""
        random = random or self.random
        return sample_z(n, self.config.latent, random, random.device).to(self.device)

    def generate(self, z: Tensor, batch_size: int = 64) -> Tensor:
        """Images of codes, float32 (N, C, S, S), meant for [-1, 1]; not clipped."""
        with self.looking():
            return torch.cat([self.generator(part).float() for part in z.to(self.device).split(batch_size)])

    @property
    def can(self) -> tuple[str, ...]:
        """Which of `encode`, `reconstruct` and `bits` it has."""
        return tuple(name for name in ABILITIES if getattr(type(self), name) is not getattr(Rival, name))

    def encode(self, x: Tensor) -> Tensor:
        """Codes (N, N_z) of images, without a search. Raises Cannot."""
        raise self._cannot("has no encoder into z: search with began_lib.latent.invert")

    def reconstruct(self, x: Tensor) -> Tensor:
        """Images as they come back, the shape of x. Raises Cannot."""
        raise self._cannot("has no part that gives an image back")

    def bits(self, x: Tensor) -> Tensor:
        """-log2 p(x) of each image over the number of its values, (N,). Raises Cannot."""
        raise self._cannot("has no likelihood")

    def _cannot(self, what: str) -> Cannot:
        return Cannot(f"{self.config.system} {what}.")


class Adversarial(Rival):
    """Two networks, and two updates a step: D's on images of G held fixed, then G's through the D that came of it."""

    discriminator: nn.Module

    @abstractmethod
    def loss_d(self, x: Tensor, fake: Tensor) -> Tensor:
        """What D goes down; `fake` has no way back to G."""

    @abstractmethod
    def loss_g(self, x: Tensor, fake: Tensor) -> Tensor:
        """What G goes down."""

    def update(self, x: Tensor) -> dict[str, Tensor]:
        with self.autocast():
            fake = self.generator(self.codes(len(x)))
        loss_d = self.loss_d(x, fake.detach())
        self.descend("discriminator", loss_d)
        loss_g = self.loss_g(x, fake)
        self.descend("generator", loss_g)
        return {"loss_d": loss_d.detach(), "loss_g": loss_g.detach()}

    def judge(self, images: Tensor) -> Tensor:
        """D of images, float32 (N,)."""
        with self.autocast():
            return self.discriminator(images).float().flatten()
