"""Trained models by name, those that come with the suite and those of a run: listed, checked, loaded, asked for images.

Each that ships is a folder of `data/shipped/`: `model.safetensors` (both networks in half precision, a large D in
eight bits, with configuration, data card and hardware as metadata), `history.npz`, `samples.png` and `card.json` (the
command, the hashes). Where a run's course matters, both networks as they were earlier lie beside it in eight bits, one
`step-NNNNNNNN.safetensors` per snapshot. `began_lib.shipped.ship` makes them.

Models of one's own lie in a folder of the same form, `models/` of the repository or the one that the environment
variable `BEGAN_MODELS` names: they are listed, checked and loaded as those that ship, and no part of the suite.
"""

from __future__ import annotations

import difflib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from began_lib.machine import given
from began_lib.machine.storage import REPOSITORY, data_root, file_hash, read_object
from began_lib.models import Discriminator, Generator, require_unit_range, sample_z
from began_lib.shipped.compact import restore
from began_lib.training import checkpoints
from began_lib.training.configuration import TrainingConfig
from began_lib.training.history import History
from began_lib.training.questions import discriminator_of, generator_weights, require_decoder

FORMAT = "began-model-1"
FOLDER = REPOSITORY / "data" / "shipped"
MODELS_VARIABLE = "BEGAN_MODELS"
_BATCH = 64


@dataclass(frozen=True)
class Model:
    """A trained model with its past: one that ships, or a run's; networks in float32 on the CPU."""

    name: str
    discriminator: Discriminator
    generator: Generator
    config: TrainingConfig
    history: History
    card: dict[str, Any]  # steps, data, hardware; of a model that ships the command and hashes too
    samples: Path  # grid of 64 samples at the end, PNG; a run may lack it
    step: int  # steps trained when these weights were saved

    def generate(self, n_or_z: int | Tensor, seed: int = 0) -> Tensor:
        """Pictures of G, clipped to [-1, 1], (N, C, S, S) on the CPU.

        Args:
            n_or_z: codes (N, latent), or how many to draw; they are drawn on the CPU, alike for every device.
            seed: of the codes that are drawn.
        """
        z = n_or_z
        if isinstance(z, int):
            z = sample_z(z, self.config.architecture.latent, torch.Generator().manual_seed(seed))
        return _in_batches(self.generator, z).clamp(-1, 1)

    def reconstruct(self, v: Tensor) -> Tensor:
        """D(v) of pictures (N, C, S, S) in [-1, 1] on the CPU; not clipped, for losses are taken of it.

        Raises ValueError where D was trained without a decoder.
        """
        require_decoder(self.config.questions)
        return _in_batches(self.discriminator, require_unit_range(v))


@torch.no_grad()
def _in_batches(network: nn.Module, inputs: Tensor) -> Tensor:
    device = next(network.parameters()).device
    return torch.cat([network(part.to(device)).cpu() for part in inputs.split(_BATCH)])


def of_tensors(
    name: str,
    tensors: dict[str, Tensor],
    metadata: dict[str, Any],
    history: History,
    card: dict[str, Any],
    samples: Path,
) -> Model:
    """The model whose weights and metadata a checkpoint or a shipped file holds, in float32."""
    config = TrainingConfig.from_json(metadata["config"])
    networks = discriminator_of(config.architecture, config.questions), Generator(config.architecture)
    weights = checkpoints.part(tensors, "discriminator."), generator_weights(tensors)
    for network, its in zip(networks, weights, strict=True):
        network.load_state_dict(its)
        network.eval()
    return Model(name, *networks, config, history, card, samples, metadata["steps_done"])


def own_folder() -> Path:
    """Where models of one's own lie: the folder that `BEGAN_MODELS` names, else `models/` beside the data."""
    if chosen := given.variable(MODELS_VARIABLE):
        return chosen
    return (REPOSITORY if (REPOSITORY / "pyproject.toml").is_file() else data_root()) / "models"


def folders(folder: Path | None = None) -> dict[str, Path]:
    """Each model that is here and its folder, by name.

    Args:
        folder: where to look; by default in `data/shipped` and in the folder of one's own models. A model of
            `data/shipped` hides one of the same name there.

    Raises:
        ValueError: `BEGAN_MODELS` names no folder.
    """
    places = [folder] if folder else [own_folder(), FOLDER]
    if not folder and os.environ.get(MODELS_VARIABLE) and not places[0].is_dir():
        raise ValueError(
            f"{MODELS_VARIABLE} is {os.environ[MODELS_VARIABLE]!r}: expected a folder of models; "
            "set it right, or unset it."
        )
    return {path.parent.name: path.parent for place in places for path in place.glob("*/card.json")}


def names(folder: Path | None = None) -> list[str]:
    """Names of the models that are here."""
    return sorted(folders(folder))


def snapshots(name: str, folder: Path | None = None) -> tuple[int, ...]:
    """Steps after which the networks of a shipped model can be loaded, the last step included, in order."""
    card = read_card(name, folder)
    return (*sorted(int(step) for step in card.get("snapshots", {})), card["steps"])


def load(name: str | Path, step: int | None = None, folder: Path | None = None) -> Model:
    """A model, at the end of its run or as it was after `step` steps.

    Args:
        name: of a model that ships, or the folder of a run, whose newest checkpoint counts as its end.
        step: one of its snapshots; for a run, of its checkpoints.
        folder: of models, as for :func:`folders`.

    Raises:
        ValueError: neither such a model nor such a run, or no snapshot of that step; the message lists those that are.
        CheckpointError: its file is missing, damaged or not the one that was shipped.
    """
    known = folders(folder)
    if name not in known:
        if (run := given.path(str(name))).joinpath("config.json").is_file():
            return _of_run(run, step)
        raise ValueError(f"{_unknown(name, known)} A folder of a run, with its config.json, works too.")
    home, card = known[name], read_card(name, folder)
    if step in (None, card["steps"]):
        path, sha256 = home / "model.safetensors", card["sha256"]
    elif str(step) in card.get("snapshots", {}):
        path, sha256 = snapshot_path(home, step), card["snapshots"][str(step)]
    else:
        listing = ", ".join(map(str, snapshots(name, folder)))
        raise ValueError(f"no snapshot of {name} after {step} steps: expected one of {listing}.")
    beside = {home / file: its for file, its in card.get("files", {}).items()}
    for file, its in {path: sha256, **beside}.items():
        if not file.is_file() or file_hash(file) != its:
            found = "is missing" if not file.is_file() else "is not the file that was shipped"
            raise checkpoints.CheckpointError(f"{file} {found}: restore it with git checkout, or copy it anew.")
    tensors, metadata = checkpoints.load_tensors(path, FORMAT)
    history = History.load(home / "history.npz")
    return of_tensors(name, restore(tensors), metadata, history, card, home / "samples.png")


def _of_run(run: Path, step: int | None) -> Model:
    if step is None:
        tensors, metadata, damaged = checkpoints.load_newest(run / "checkpoints")
        for line in damaged:
            print(f"passed over: {line}", file=sys.stderr)
    else:
        tensors, metadata = checkpoints.load_tensors(checkpoints.checkpoint_path(run / "checkpoints", step))
    TrainingConfig.from_json(metadata["config"])  # told of a rival's run, whose history has other columns
    samples = run / "samples" / f"step-{metadata['steps_done']:08d}.png"
    return of_tensors(run.name, tensors, metadata, history_of(tensors), card_of(run.name, metadata), samples)


def history_of(tensors: dict[str, Tensor]) -> History:
    """The history that a checkpoint holds."""
    return History.from_tables(tensors["history.steps"].numpy(), tensors["history.evaluations"].numpy())


def card_of(name: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """What the metadata of a checkpoint says for a card."""
    made = {key: metadata[key] for key in ("torch", "precision")}
    return {
        "name": name,
        "steps": metadata["steps_done"],
        "hardware": metadata["device"],
        **made,
        "data": metadata["card"],
    }


def read_card(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Command, data, hardware, steps and hash of a shipped model. Raises ValueError if there is none of that name."""
    known = folders(folder)
    if name not in known:
        raise ValueError(_unknown(name, known))
    card = read_object(path := known[name] / "card.json")
    if not card.keys() >= {"steps", "sha256"}:
        raise ValueError(f"{path} is no card of a model: restore it with git checkout, or ship the run anew.")
    return card


def _unknown(name: str | Path, known: dict[str, Path]) -> str:
    close = difflib.get_close_matches(str(name), known, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    if (FOLDER / "rivals" / str(name) / "card.json").is_file():
        hint = f" {name} is a rival: began_lib.rivals.trained.load({str(name)!r}) gives it."
    listing = ", ".join(sorted(known)) or "none (an installed package has no data/shipped; use a clone)"
    return f"no shipped model {str(name)!r}: expected one of {listing}.{hint}"


def snapshot_path(home: Path, step: int) -> Path:
    """Where a shipped model has its networks as they were after `step` steps."""
    return home / f"step-{step:08d}.safetensors"
