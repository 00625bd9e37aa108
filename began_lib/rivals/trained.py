"""BEGAN and its rivals after their training, all alike: what draws and, where there is one, the encoder.

    system = load("dcgan")                             one that ships, digest checked
    system = of_run("runs/rivals/dcgan-s0", step=500)   a run's, BEGAN's or a rival's
    system.generate(64), system.can, system.search(images)

Each that ships is a folder of `data/shipped/rivals`: `model.safetensors` (generator in half precision, ALI's encoder
in eight bits), a picture of samples at each budget, and `card.json`. Discriminators stay behind: nothing here asks
them. `python -m tools.rivals --ship` makes the folders.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from began_lib.latent import Inversion, invert
from began_lib.machine.storage import file_hash, read_object
from began_lib.models import Generator, sample_z
from began_lib.rivals.rival import Cannot, Rival, RivalConfig
from began_lib.rivals.systems import build, config_from
from began_lib.shipped.compact import restore
from began_lib.shipped.model import FOLDER as MODELS
from began_lib.training import checkpoints
from began_lib.training.configuration import TrainingConfig
from began_lib.training.questions import generator_weights

FORMAT = "began-rival-1"
FOLDER = MODELS / "rivals"


@dataclass(frozen=True)
class Trained:
    """A system at the end of a training or at a step of it, on the CPU."""

    name: str
    config: TrainingConfig | RivalConfig
    step: int
    system: Generator | Rival  # of a rival only its `kept` are as trained; the rest is gone
    ends: Tensor  # codes of held-out photographs, pair by pair (2 P, N_z); empty where none were looked for
    card: dict[str, Any]

    @property
    def generator(self) -> nn.Module:
        """G, which autograd can follow."""
        return self.system if isinstance(self.system, Generator) else self.system.generator

    @property
    def can(self) -> tuple[str, ...]:
        """Which of `encode` and `search` it has."""
        has = {"encode": isinstance(self.system, Rival) and "encode" in self.system.can, "search": self._limit > 0}
        return tuple(name for name, it in has.items() if it)

    @property
    def _limit(self) -> float:
        return self.system.code_limit if isinstance(self.system, Rival) else 1.0

    def codes(self, n: int, seed: int = 0) -> Tensor:
        """n codes of the distribution that it draws from; alike for all systems that share one."""
        random = torch.Generator().manual_seed(seed)
        if isinstance(self.system, Generator):
            return sample_z(n, self.system.inputs, random)
        return self.system.codes(n, random)

    def generate(self, n_or_z: int | Tensor, seed: int = 0, batch_size: int = 64) -> Tensor:
        """Images of codes, or of so many that are drawn, clipped to [-1, 1], (N, C, S, S)."""
        z = self.codes(n_or_z, seed) if isinstance(n_or_z, int) else n_or_z
        if isinstance(self.system, Rival):
            return self.system.generate(z, batch_size).clamp(-1, 1)
        with torch.no_grad():
            return torch.cat([self.system(part) for part in z.split(batch_size)]).clamp(-1, 1)

    def encode(self, x: Tensor) -> Tensor:
        """Codes (N, N_z) of images by the encoder, without a search. Raises Cannot."""
        if "encode" not in self.can:
            raise Cannot(f"{self.name} has no encoder into z: search.")
        return self.system.encode(x)

    def search(self, images: Tensor, starts: int = 2, steps: int = 150, seed: int = 0) -> Inversion:
        """Codes of images by the search of section 4.3, from so many starts each. Raises Cannot.

        Codes that are uniform in a cube are kept in it; normal ones, as ALI's, may go anywhere.
        """
        if "search" not in self.can:
            raise Cannot(f"{self.name} has no code that stands for a picture: there is none to be found.")
        begin = self.codes(len(images) * starts, seed).view(len(images), starts, -1)
        self.system.eval()  # batch norm with the means of training
        return invert(self.generator, images, begin, steps, limit=self._limit)


def names(folder: Path = FOLDER) -> list[str]:
    """Systems that are there, by the names of their folders."""
    return sorted(path.parent.name for path in folder.glob("*/card.json"))


def read_card(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Command, steps, seconds, budget and hashes of a system that ships. Raises ValueError for other names."""
    if name not in names(folder):
        there = ", ".join(names(folder)) or "none: python -m tools.rivals --ship makes them of runs"
        raise ValueError(f"no rival {name!r} in {folder}: expected one of {there}.")
    return read_object(folder / name / "card.json")


def load(name: str, folder: Path = FOLDER) -> Trained:
    """A system that ships.

    Raises:
        ValueError: there is none of that name; the message lists those there are.
        Cannot: only its pictures ship.
        CheckpointError: a file of it is missing, damaged or not the one that was shipped.
    """
    card = read_card(name, folder)
    for file in card["files"]:
        checked(name, file, folder)
    if "model.safetensors" not in card["files"]:
        raise Cannot(f"of {name} only pictures ship; its weights come back by: {card['command']}")
    tensors, metadata = checkpoints.load_tensors(folder / name / "model.safetensors", FORMAT)
    return of_tensors(name, restore(tensors), metadata, card)


def checked(name: str, file: str, folder: Path = FOLDER) -> Path:
    """A file of a system that ships, such as `images.jpg`, if it is the one that was shipped.

    Raises:
        ValueError: there is no such system, or it has no such file.
        CheckpointError: it is missing, or another one.
    """
    files, path = read_card(name, folder)["files"], folder / name / file
    if file not in files:
        raise ValueError(f"{name} has no {file}: expected one of {', '.join(files)}.")
    if not path.is_file() or file_hash(path) != files[file]:
        found = "is not the file that was shipped" if path.is_file() else "is missing"
        raise checkpoints.CheckpointError(f"{path} {found}: restore it with git checkout, or copy it anew.")
    return path


def of_run(run: str | Path, step: int | None = None) -> Trained:
    """The system of a run of BEGAN or of a rival, at its newest good checkpoint or at the one of a step.

    Raises CheckpointError: there is no such checkpoint, or it cannot be read.
    """
    run = Path(run)
    if step is None:
        tensors, metadata, _ = checkpoints.load_newest(run / "checkpoints")
    else:
        tensors, metadata = checkpoints.load_tensors(checkpoints.checkpoint_path(run / "checkpoints", step))
    return of_tensors(run.name, tensors, metadata, {})


def of_tensors(name: str, tensors: dict[str, Tensor], metadata: dict[str, Any], card: dict[str, Any]) -> Trained:
    """The system whose weights and metadata a checkpoint or a shipped file holds, in float32."""
    if "system" in metadata["config"]:
        config: TrainingConfig | RivalConfig = config_from(metadata["config"], name)
        system: Generator | Rival = _kept(config, checkpoints.part(tensors, "rival."))
    else:
        config = TrainingConfig.from_json(metadata["config"])
        system = Generator(config.architecture)
        system.load_state_dict(generator_weights(tensors))
    ends = tensors.get("ends", torch.zeros(0, config.latent if isinstance(config, RivalConfig) else system.inputs))
    return Trained(name, config, metadata["steps_done"], system.eval(), ends, card)


def _kept(config: RivalConfig, tensors: dict[str, Tensor]) -> Rival:
    rival = build(config)
    for name, _ in list(rival.named_children()):
        if name in rival.kept:
            getattr(rival, name).load_state_dict(checkpoints.part(tensors, f"{name}."))
        else:
            delattr(rival, name)
    rival.optimizers.clear()
    return rival
