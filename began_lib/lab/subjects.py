"""What can be trained in the lab: points in the plane, or images. Both have the same few methods and attributes."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from began_lib import plane
from began_lib.data import held_out_batches, open_dataset
from began_lib.data.pixels import encode, tile
from began_lib.data.sources import LFW_VARIABLE
from began_lib.equilibrium import Controller
from began_lib.lab.pictures import PICTURE_SIZE, PointsPicture
from began_lib.lab.recording import Frame
from began_lib.machine import storage
from began_lib.models import Architecture, sample_z
from began_lib.step import Began
from began_lib.training.configuration import FLUSH_EVERY, quick
from began_lib.training.history import History
from began_lib.training.trainer import Diverged, Trainer

SHOWN = 16  # images in each of the four grids
MEASURED = 32  # images whose single losses are in the histograms; the first SHOWN of them are seen
LIMIT = 4000  # images that the lab trains on: they are packed in seconds


@dataclass(frozen=True)
class Settings:
    """What the reader can move, with the values of a run that goes well."""

    gamma: float = 0.5
    lambda_k: float = 0.001
    learning_rate: float = 1e-4
    k: float = 0.0  # where k starts, and where it stays while it is held
    hold_k: bool = False  # True: k is held, False: the controller moves it


class Subject(Protocol):
    """A training that can be stepped, measured and looked at."""

    began: Began
    history: History
    steps_done: int
    settings: Settings  # those of a run that goes well
    failures: dict[str, Settings]  # settings that disturb it, by name
    threads: int | None  # CPU threads that suit it; None: as many as there are
    drawing_share: float  # share of the time that drawing may take

    def step(self) -> object:
        """Train one step."""

    def flush(self) -> None:
        """Read the waiting measurements into the history. Raises Diverged where a loss is not finite."""

    def frame(self) -> Frame:
        """What is seen now."""


def _failures(settings: Settings, learning_rate: float) -> dict[str, Settings]:
    return {
        "k held at 1": replace(settings, k=1.0, hold_k=True),
        "λ_k too large: k swings": replace(settings, lambda_k=1.0),  # and no more than that, in runs this short
        "rate too high": replace(settings, learning_rate=learning_rate),
    }


class Points:
    """A BEGAN in the plane: points on a curve, two small networks, and a landscape that can be drawn."""

    settings = Settings(gamma=0.7, lambda_k=0.05, learning_rate=1e-3)
    failures = _failures(settings, learning_rate=3e-2)
    threads = 1  # the networks are tiny: a second thread costs more than it brings
    drawing_share = 0.3

    def __init__(self, sampler: plane.Sampler, seed: int = 0, batch_size: int = 256) -> None:
        torch.manual_seed(seed)
        s = self.settings
        self.began = Began(
            plane.PlaneAutoEncoder(),
            plane.PlaneGenerator(),
            2,
            Controller(s.gamma, s.lambda_k),
            s.learning_rate,
            seed=seed,
        )
        self.history = History()
        self.steps_done = 0
        self._sampler, self._batch_size = sampler, batch_size
        self._random = torch.Generator().manual_seed(seed)
        self._rows: list[tuple[Tensor, float, float]] = []
        fixed = torch.Generator().manual_seed(seed + 1)
        self._z, self._x = sample_z(200, 2, fixed), sampler(200, fixed)
        self._picture = PointsPicture()

    def step(self) -> object:
        """Train on a fresh batch of points."""
        losses = self.began.step(self._sampler(self._batch_size, self._random))
        measured = torch.stack([losses.loss_real, losses.loss_fake, losses.k, losses.m_global])
        self._rows.append((measured, self.began.controller.gamma, self.began.learning_rate))
        self.steps_done += 1
        if len(self._rows) == FLUSH_EVERY:
            self.flush()
        return losses

    def flush(self) -> None:
        """Read the waiting measurements into the history. Raises Diverged where a loss is not finite."""
        if not self._rows:
            return
        measured = torch.stack([row for row, _, _ in self._rows]).numpy()
        host = np.array([rest for _, *rest in self._rows], np.float32)
        self._rows.clear()
        self.history.append(np.concatenate([measured, host], axis=1))
        if not np.isfinite(measured).all():
            raise Diverged(
                f"Training diverged after {self.steps_done} steps: a loss is not finite. Learning rate "
                f"{self.began.learning_rate:g}, k {measured[-1, 2]:g}. Reset, and try a lower rate or a lower k."
            )

    def frame(self) -> Frame:
        """The landscape with real and generated points, each joined to its reconstruction."""
        generated = self.began.generate(self._z, len(self._z))
        rebuilt, rebuilt_real = (self.began.reconstruct(v, len(v)) for v in (generated, self._x))
        heights = plane.landscape(self.began.discriminator, resolution=61)
        return Frame(
            self.steps_done,
            self._picture.render(heights, self._x, rebuilt_real, generated, rebuilt),
            _losses(self._x, rebuilt_real),
            _losses(generated, rebuilt),
        )


class Images:
    """A BEGAN on images, trained by `began_lib.training.Trainer`.

    Args:
        trainer: at whatever step it is; its settings are those of a run that goes well.
        failures: settings that disturb it, by name; by default k held at 1, a large λ_k and a high rate.
    """

    threads = None
    drawing_share = 0.12

    def __init__(self, trainer: Trainer, failures: dict[str, Settings] | None = None) -> None:
        self._trainer = trainer
        self.began = trainer.began
        controller, rate = self.began.controller, self.began.learning_rate
        self.settings = Settings(controller.gamma, controller.lambda_k, rate, float(controller.k), controller.held)
        self.failures = failures or _failures(self.settings, learning_rate=40 * rate)
        held_out = trainer.dataset.held_out[:MEASURED]
        self._x = next(held_out_batches(held_out, MEASURED, trainer.device))
        self._z = trainer.fixed_z[:MEASURED]

    @classmethod
    def small(cls, data: str | Path, size: int, seed: int = 0, device: str = "auto") -> Images:
        """Small networks on data that `began_lib.data.open_dataset` opens, with settings for some thousand steps."""
        width = 16 if size == 16 else 32
        config = quick(
            str(data),
            architecture=Architecture(size=size, filters=16, hidden=width, latent=width),
            lambda_k=0.01,
            halving=False,  # the reader's hand is the schedule
            seed=seed,
        )
        return cls(Trainer(config, open_dataset(data, size, limit=LIMIT), device=device))

    @property
    def history(self) -> History:
        """One row per step."""
        return self._trainer.history

    @property
    def steps_done(self) -> int:
        """Steps trained."""
        return self._trainer.steps_done

    def step(self) -> object:
        """Train on the next batch."""
        return self._trainer.step()

    def flush(self) -> None:
        """Read the waiting measurements into the history. Raises Diverged where a loss is not finite."""
        self._trainer.flush()

    def frame(self) -> Frame:
        """Samples from fixed codes and held-out images, each beside its reconstruction."""
        generated = self.began.generate(self._z)
        rebuilt, rebuilt_real = self.began.reconstruct(generated), self.began.reconstruct(self._x)
        grids = {"G(z)": generated, "D(G(z))": rebuilt, "x, held out": self._x, "D(x)": rebuilt_real}
        return Frame(
            self.steps_done,
            grids_picture({title: images[:SHOWN] for title, images in grids.items()}),
            _losses(self._x, rebuilt_real),
            _losses(generated, rebuilt),
        )


def _losses(v: Tensor, rebuilt: Tensor) -> NDArray[np.float32]:
    return (v - rebuilt).abs().flatten(1).mean(1).cpu().numpy()


def grids_picture(grids: dict[str, Tensor]) -> bytes:
    """Four grids of images (N, C, S, S), two by two, each under its title, as a square JPEG."""
    head, gap = 18, 8
    side = (PICTURE_SIZE - gap) // 2 - head
    canvas = Image.new("RGB", (PICTURE_SIZE, PICTURE_SIZE), "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(13)
    for place, (title, images) in enumerate(grids.items()):
        top, left = (place // 2) * (side + head + gap), (place % 2) * (PICTURE_SIZE + gap) // 2
        draw.text((left, top), title, "black", font)
        grid = Image.fromarray(tile(images, gap=1)).resize((side, side), Image.Resampling.BICUBIC)
        canvas.paste(grid, (left, top + head))
    return encode(np.asarray(canvas), quality=80)


def choices(folder: str | Path | None = None) -> dict[str, Callable[[int], Subject]]:
    """What can be trained here, by name: call it with a seed. LFW only where it is, a folder only if one is given."""
    found: dict[str, Callable[[int], Subject]] = {
        "horseshoe (points in the plane)": lambda seed: Points(plane.horseshoe, seed),
        "ring (points in the plane)": lambda seed: Points(plane.ring, seed),
        "faces 16x16": lambda seed: Images.small("faces", 16, seed),
        "faces 32x32": lambda seed: Images.small("faces", 32, seed),
    }
    downloaded = storage.data_root() / "lfw_home" / "lfw_funneled"
    if os.environ.get(LFW_VARIABLE) or downloaded.is_dir():
        found["LFW 32x32"] = lambda seed: Images.small("lfw", 32, seed)
    if folder is not None:
        found[f"{Path(folder).name} 32x32"] = lambda seed: Images.small(Path(folder), 32, seed)
    return found
