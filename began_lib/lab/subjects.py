"""What can be trained in the lab: points in the plane, or images. Both have a run, its settings and a picture."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from began_lib import plane
from began_lib.data import held_out_batches, open_dataset
from began_lib.data.sources import LFW_VARIABLE
from began_lib.equilibrium import Controller, reconstruction_loss
from began_lib.lab import curve
from began_lib.lab.pictures import GRIDS, PointsPicture, grids_picture
from began_lib.lab.recording import Frame
from began_lib.machine import storage
from began_lib.models import Architecture, sample_z
from began_lib.scores.quality import diversity
from began_lib.shipped import model
from began_lib.step import Began
from began_lib.training.configuration import quick
from began_lib.training.run import Run
from began_lib.training.trainer import Trainer

SHOWN = 16  # images in each of the four grids
MEASURED = 32  # images whose single losses are in the histograms; the first SHOWN of them are seen
LIMIT = 4000  # images that the lab trains on: they are packed in seconds
REACH = 0.15  # a point of the curve is covered if a generated one is so near: three times the curve's noise
ARROWS = 60  # generated points whose force is drawn
TRAINED_LAMBDA_K = 0.02  # of a trained model: at the paper's 0.001, k answers a move in thousands of steps
TRAINED_RATE = 1e-4  # the paper's first: Adam begins anew, and a higher rate would disturb the networks at once
OWN_CURVE = "your own curve (points in the plane)"
TRAINED = {"faces 32x32, trained": "faces-32", "photographs 32x32, trained": "lfw-32"}


@dataclass(frozen=True)
class Settings:
    """What the reader can move, with the values of a run that goes well."""

    gamma: float = 0.5
    lambda_k: float = 0.001
    learning_rate: float = 1e-4
    k: float = 0.0  # where k starts, and where it stays while it is held
    hold_k: bool = False  # True: k is held, False: the controller moves it


class Subject(Protocol):
    """A run with the settings that suit it, and what is seen of it."""

    run: Run
    settings: Settings  # those of a run that goes well
    failures: dict[str, Settings]  # settings that disturb it, by name
    threads: int | None  # CPU threads that suit it; None: as many as there are
    drawing_share: float  # share of the time that drawing may take
    forces: bool | None  # whether the force on each generated point is drawn; None: it cannot be

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
    forces = False

    def __init__(self, sampler: plane.Sampler, seed: int = 0, batch_size: int = 256) -> None:
        torch.manual_seed(seed)
        s = self.settings
        controller = Controller(s.gamma, s.lambda_k)
        began = Began(plane.PlaneAutoEncoder(), plane.PlaneGenerator(), 2, controller, s.learning_rate, seed=seed)
        random = torch.Generator().manual_seed(seed)
        self.run = Run(began, lambda step: sampler(batch_size, random))
        fixed = torch.Generator().manual_seed(seed + 1)
        self._z, self._x = sample_z(200, 2, fixed), sampler(200, fixed)
        self._everywhere = sampler(500, fixed)
        self._picture = PointsPicture()

    def force(self, v: Tensor) -> Tensor:
        """-grad L at points v, (N, 2): where a generated point there would go, if G could move it alone."""
        at = v.detach().requires_grad_()
        loss = reconstruction_loss(at, self.run.began.discriminator(at)).sum()
        return -torch.autograd.grad(loss, at)[0]

    def covered(self, generated: Tensor) -> float:
        """Share of the curve that has a generated point within `REACH`, in [0, 1]; NaN where G is."""
        nearest = torch.cdist(self._everywhere, generated).amin(dim=1)
        return float((nearest < REACH).float().mean()) if nearest.isfinite().all() else math.nan

    def frame(self) -> Frame:
        """The landscape with real and generated points, each joined to its reconstruction."""
        began = self.run.began
        generated = began.generate(self._z, len(self._z))
        rebuilt, rebuilt_real = (began.reconstruct(v, len(v)) for v in (generated, self._x))
        heights = plane.landscape(began.discriminator, resolution=61)
        return Frame(
            self.run.steps_done,
            self._picture.render(
                heights,
                self._x,
                rebuilt_real,
                generated,
                rebuilt,
                self.force(generated[:ARROWS]) if self.forces else None,
            ),
            _losses(self._x, rebuilt_real),
            _losses(generated, rebuilt),
            self.covered(generated),
        )


class Images:
    """A BEGAN on images, trained by `began_lib.training.Trainer`.

    Args:
        trainer: at whatever step it is; its settings are those of a run that goes well.
        failures: settings that disturb it, by name; by default k held at 1, a large λ_k and a high rate.
    """

    threads = None
    drawing_share = 0.12
    forces = None

    def __init__(self, trainer: Trainer, failures: dict[str, Settings] | None = None) -> None:
        self.run = trainer
        controller, rate = trainer.began.controller, trainer.began.learning_rate
        self.settings = Settings(controller.gamma, controller.lambda_k, rate, float(controller.k), controller.held)
        self.failures = failures or _failures(self.settings, learning_rate=40 * rate)
        held_out = trainer.dataset.held_out[:MEASURED]
        self._x = next(held_out_batches(held_out, MEASURED, trainer.device))
        self._z = trainer.fixed_z[:MEASURED]
        self._diversity = diversity(self._x)

    @classmethod
    def trained(cls, name: str, seed: int = 0, device: str = "auto") -> Images:
        """A shipped model that goes on learning, with its own γ and k, at `TRAINED_LAMBDA_K` and `TRAINED_RATE`.

        Adam begins anew: its moments are not shipped. Raises FileNotFoundError if the model learned from LFW, and the
        photographs are not here.
        """
        known = model.load(name)
        if known.config.data == "lfw" and not _lfw_is_here():
            raise FileNotFoundError(
                f"{name} goes on learning from the photographs of LFW, which are not here: fetch them once with "
                f"python -m began_lib data lfw (some 200 MB), or name their folder in {LFW_VARIABLE}."
            )
        ours = {"lambda_k": TRAINED_LAMBDA_K, "learning_rate": TRAINED_RATE, "halving": False, "branch": ""}
        config = replace(known.config, seed=seed, **ours)
        trainer = Trainer(config, open_dataset(config.data, config.architecture.size, limit=LIMIT), device=device)
        trainer.began.discriminator.load_state_dict(known.discriminator.state_dict())
        trainer.began.generator.load_state_dict(known.generator.state_dict())
        trainer.began.controller.set_k(float(known.history["k"][-1]))
        return cls(trainer)

    @classmethod
    def small(cls, data: str | Path, size: int, seed: int = 0, device: str = "auto") -> Images:
        """Small networks on data that `began_lib.data.open_dataset` opens, with settings for some thousand steps."""
        width = 16 if size == 16 else 32
        config = quick(
            str(data),
            architecture=Architecture(size=size, filters=16, hidden=width, latent=width),
            lambda_k=0.01,
            learning_rate=1e-4,  # here one can wait: samples differ sooner, and more, than at `quick`'s rate
            halving=False,  # the reader's hand is the schedule
            seed=seed,
        )
        return cls(Trainer(config, open_dataset(data, size, limit=LIMIT), device=device))

    def frame(self) -> Frame:
        """Samples from fixed codes and held-out images, each beside its reconstruction."""
        began = self.run.began
        generated = began.generate(self._z)
        rebuilt, rebuilt_real = began.reconstruct(generated), began.reconstruct(self._x)
        grids = dict(zip(GRIDS, (generated, rebuilt, self._x, rebuilt_real), strict=True))
        return Frame(
            self.run.steps_done,
            grids_picture({title: images[:SHOWN] for title, images in grids.items()}),
            _losses(self._x, rebuilt_real),
            _losses(generated, rebuilt),
            diversity(generated.clamp(-1, 1)) / self._diversity,
        )


def _losses(v: Tensor, rebuilt: Tensor) -> NDArray[np.float32]:
    return (v - rebuilt).abs().flatten(1).mean(1).cpu().numpy()


def _lfw_is_here() -> bool:
    return bool(os.environ.get(LFW_VARIABLE)) or (storage.data_root() / "lfw_home" / "lfw_funneled").is_dir()


def choices(
    folder: str | Path | None = None, own_curve: Callable[[], str] = lambda: next(iter(curve.READY.values()))
) -> dict[str, Callable[[int], Subject]]:
    """What can be trained here, by name: call it with a seed. LFW only where it is, a folder only if one is given.

    `own_curve` gives the corners of the reader's curve, as `curve.corners` reads them, when it is chosen.
    """
    found: dict[str, Callable[[int], Subject]] = {
        "horseshoe (points in the plane)": lambda seed: Points(plane.horseshoe, seed),
        "ring (points in the plane)": lambda seed: Points(plane.ring, seed),
        OWN_CURVE: lambda seed: Points(curve.sampler(own_curve()), seed),
    }
    for title, name in TRAINED.items():
        found[title] = partial(Images.trained, name)
    found["faces 16x16"] = lambda seed: Images.small("faces", 16, seed)
    found["faces 32x32"] = lambda seed: Images.small("faces", 32, seed)
    if _lfw_is_here():
        found["LFW 32x32"] = lambda seed: Images.small("lfw", 32, seed)
    if folder is not None:
        found[f"{Path(folder).name} 32x32"] = lambda seed: Images.small(Path(folder), 32, seed)
    return found
