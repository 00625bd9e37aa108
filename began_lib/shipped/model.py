"""Trained models that come with the suite: made by its own runs, listed, checked and loaded by name.

Each is a folder of `data/shipped/`: `model.safetensors` (both networks in half precision, with configuration, data card
and hardware as metadata), `history.npz`, `samples.png` and `card.json` (the command, the hashes). Where a run's course
matters, both networks as they were earlier lie beside it in eight bits, one `step-NNNNNNNN.safetensors` per snapshot.

Models too large for the repository live in a folder of the same form, which the environment variable `BEGAN_MODELS`
names: they are listed, checked and loaded as those that ship.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from began_lib.data.pixels import save_picture, tile
from began_lib.machine.storage import REPOSITORY, file_hash, read_json, write_json
from began_lib.models import Discriminator, Generator, sample_z
from began_lib.shipped.compact import Bits, picture_error, restore, shrink
from began_lib.training import checkpoints
from began_lib.training.configuration import GRID_IMAGES, TrainingConfig
from began_lib.training.history import History

FORMAT = "began-model-1"
FOLDER = REPOSITORY / "data" / "shipped"
MODELS_VARIABLE = "BEGAN_MODELS"


@dataclass(frozen=True)
class ShippedModel:
    """A trained model with its past; networks in float32 on the CPU."""

    name: str
    discriminator: Discriminator
    generator: Generator
    config: TrainingConfig
    history: History
    card: dict[str, Any]  # command, data, hardware, steps, hash
    samples: Path  # grid of 64 samples at the end of the run, PNG
    step: int  # after how many steps the networks were so


def homes(folder: Path | None = None) -> dict[str, Path]:
    """Each model that is here and its folder, by name.

    Args:
        folder: where to look; by default in `data/shipped` and in the folder that `BEGAN_MODELS` names. A model of
            `data/shipped` hides one of the same name there.

    Raises:
        ValueError: `BEGAN_MODELS` names no folder.
    """
    own, elsewhere = folder or FOLDER, os.environ.get(MODELS_VARIABLE)
    places = [own]
    if folder is None and elsewhere:
        places.insert(0, Path(elsewhere).expanduser())
        if not places[0].is_dir():
            raise ValueError(
                f"{MODELS_VARIABLE} is {elsewhere!r}: expected a folder of models; set it right, or unset it."
            )
    return {path.parent.name: path.parent for place in places for path in place.glob("*/card.json")}


def names(folder: Path | None = None) -> list[str]:
    """Names of the models that are here."""
    return sorted(homes(folder))


def snapshots(name: str, folder: Path | None = None) -> tuple[int, ...]:
    """Steps after which the networks of a shipped model can be loaded, the last step included, in order."""
    card = read_card(name, folder)
    return (*sorted(int(step) for step in card.get("snapshots", {})), card["steps"])


def load(name: str, step: int | None = None, folder: Path | None = None) -> ShippedModel:
    """A shipped model by name, at the end of its run or as it was after `step` steps.

    Raises:
        ValueError: no model of that name, or no snapshot of that step; the message lists those that are here.
        CheckpointError: its file is missing or not the one that was shipped.
    """
    card = read_card(name, folder)
    home = homes(folder)[name]
    step = card["steps"] if step is None else step
    if step == card["steps"]:
        path, sha256 = home / "model.safetensors", card["sha256"]
    elif str(step) in card.get("snapshots", {}):
        path, sha256 = _snapshot_path(home, step), card["snapshots"][str(step)]
    else:
        listing = ", ".join(map(str, snapshots(name, folder)))
        raise ValueError(f"no snapshot of {name} after {step} steps: expected one of {listing}.")
    if not path.is_file() or file_hash(path) != sha256:
        found = "is missing" if not path.is_file() else "is not the file that was shipped"
        raise checkpoints.CheckpointError(f"{path} {found}: restore it with git checkout, or copy it anew.")
    tensors, metadata = checkpoints.load_tensors(path, FORMAT)
    config = TrainingConfig.from_json(metadata["config"])
    weights = restore(tensors)
    discriminator, generator = Discriminator(config.architecture), Generator(config.architecture)
    discriminator.load_state_dict(checkpoints.part(weights, "discriminator."))
    generator.load_state_dict(checkpoints.part(weights, "generator."))
    return ShippedModel(
        name,
        discriminator.eval(),
        generator.eval(),
        config,
        History.load(home / "history.npz"),
        card,
        home / "samples.png",
        step,
    )


def read_card(name: str, folder: Path | None = None) -> dict[str, Any]:
    """Command, data, hardware, steps and hash of a shipped model. Raises ValueError if there is none of that name."""
    known = homes(folder)
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        listing = ", ".join(sorted(known)) or "none (an installed package has no data/shipped; use a clone)"
        raise ValueError(f"no shipped model {name!r}: expected one of {listing}.{hint}")
    return read_json(known[name] / "card.json")


def _snapshot_path(home: Path, step: int) -> Path:
    return home / f"step-{step:08d}.safetensors"


def _save_networks(path: Path, tensors: dict[str, Tensor], metadata: dict[str, Any], bits: Bits) -> tuple[str, float]:
    """Write both networks in so many bits; returns the file's hash and the largest change of a sample's pixel."""
    weights = {n: t for n, t in tensors.items() if n.startswith(("discriminator.", "generator."))}
    kept = {key: metadata[key] for key in ("config", "steps_done", "card", "device", "precision", "torch")}
    checkpoints.save_tensors(path, shrink(weights, bits), kept, FORMAT)
    config = TrainingConfig.from_json(metadata["config"])
    error = picture_error(checkpoints.part(weights, "generator."), config.architecture, bits, config.seed)
    return file_hash(path), round(error, 5)


@torch.no_grad()
def _samples(tensors: dict[str, Tensor], config: TrainingConfig) -> Tensor:
    """The run's 64 fixed codes through G, as `Trainer.samples` has them."""
    a = config.architecture
    generator = Generator(a).eval()
    generator.load_state_dict(checkpoints.part(tensors, "generator."))
    return generator(sample_z(GRID_IMAGES, a.latent, torch.Generator().manual_seed(config.seed + 1))).clamp(-1, 1)


def export(
    run: str | Path,
    name: str,
    command_of: Callable[[TrainingConfig], str],
    snapshot_steps: Sequence[int] = (),
    folder: Path = FOLDER,
) -> Path:
    """Make a shipped model of the newest checkpoint of a run; returns its folder.

    Args:
        run: folder of a training run.
        name: of the model; there is none of that name yet.
        command_of: the command that makes a run of that configuration, for the card.
        snapshot_steps: steps of earlier checkpoints to ship as well.

    Raises:
        CheckpointError: the run has no such checkpoint, or its newest one is damaged.
        FileExistsError: there is a model of that name.
    """
    run, home = Path(run), folder / name
    if home.exists():
        raise FileExistsError(f"{home} exists: expected a new name, or that folder removed.")
    tensors, metadata, damaged = checkpoints.load_newest(run / "checkpoints")
    if damaged:
        raise checkpoints.CheckpointError(f"to ship an older checkpoint remove the newest one: {damaged[0]}")
    places = {step: checkpoints.checkpoint_path(run / "checkpoints", step) for step in snapshot_steps}
    then = {step: checkpoints.load_tensors(path) for step, path in places.items()}
    # A run that was stopped early is that of a command with fewer steps.
    config = TrainingConfig.from_json({**metadata["config"], "steps": metadata["steps_done"]})
    metadata = {**metadata, "config": config.as_json()}
    command = command_of(config)
    sha256, error = _save_networks(home / "model.safetensors", tensors, metadata, 16)
    earlier, errors = {}, {}
    for step, (networks, of_it) in then.items():
        path = _snapshot_path(home, step)
        earlier[str(step)], errors[str(step)] = _save_networks(
            path, networks, {**of_it, "config": metadata["config"]}, 8
        )
    history = History.from_tables(tensors["history.steps"].numpy(), tensors["history.evaluations"].numpy())
    history.save(home / "history.npz")
    save_picture(home / "samples.png", tile(_samples(tensors, config), columns=8))
    rates = history["evaluation_steps_per_second"]
    spans = torch.diff(torch.tensor([0.0, *history["evaluation_step"].tolist()]))
    card = {
        "name": name,
        "command": command,
        "steps": metadata["steps_done"],
        "hours": round(float((spans / torch.tensor(rates.tolist())).sum()) / 3600, 2),
        "hardware": metadata["device"],
        "torch": metadata["torch"],
        "precision": metadata["precision"],
        "data": metadata["card"],
        "half_precision_error": error,
        "eight_bit_errors": errors,
        "sha256": sha256,
        "snapshots": earlier,
    }
    write_json(home / "card.json", card)
    return home
