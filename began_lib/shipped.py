"""Trained models that come with the suite: made by its own runs, listed, checked and loaded by name.

Each is a folder of `data/shipped/`: `model.safetensors` (both networks in half precision, with configuration, data card
and hardware as metadata), `history.npz`, `samples.png` and `card.json` (the command, the hash of the model).
"""

from __future__ import annotations

import difflib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from began_lib import checkpoints
from began_lib.configuration import TrainingConfig
from began_lib.history import History
from began_lib.models import Discriminator, Generator
from began_lib.storage import file_hash, read_json, write_json

FORMAT = "began-model-1"
FOLDER = Path(__file__).resolve().parent.parent / "data" / "shipped"


@dataclass(frozen=True)
class ShippedModel:
    """A trained model with its past; networks in float32 on the CPU."""

    name: str
    discriminator: Discriminator
    generator: Generator
    config: TrainingConfig
    history: History
    card: dict[str, Any]  # command, data, hardware, steps, hash
    samples: Path  # grid of 64 samples, PNG


def names(folder: Path = FOLDER) -> list[str]:
    """Names of the models that are here."""
    return sorted(path.parent.name for path in folder.glob("*/card.json"))


def load(name: str, folder: Path = FOLDER) -> ShippedModel:
    """A shipped model by name.

    Raises:
        ValueError: no model of that name; the message lists those that are here.
        CheckpointError: its file is missing or not the one that was shipped.
    """
    known = names(folder)
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        listing = ", ".join(known) or "none (an installed package has no data/shipped; use a clone)"
        raise ValueError(f"no shipped model {name!r}: expected one of {listing}.{hint}")
    home = folder / name
    card = read_json(home / "card.json")
    path = home / "model.safetensors"
    if not path.is_file() or file_hash(path) != card["sha256"]:
        found = "is missing" if not path.is_file() else "is not the file that was shipped"
        raise checkpoints.CheckpointError(f"{path} {found}: restore it with git checkout -- {path.parent.name}.")
    tensors, metadata = checkpoints.load_tensors(path, FORMAT)
    config = TrainingConfig.from_json(metadata["config"])
    discriminator, generator = Discriminator(config.architecture), Generator(config.architecture)
    for prefix, network in (("discriminator.", discriminator), ("generator.", generator)):
        weights = {n.removeprefix(prefix): t.float() for n, t in tensors.items() if n.startswith(prefix)}
        network.load_state_dict(weights)
    return ShippedModel(
        name,
        discriminator.eval(),
        generator.eval(),
        config,
        History.load(home / "history.npz"),
        card,
        home / "samples.png",
    )


def export(run: str | Path, name: str, command: str, folder: Path = FOLDER) -> Path:
    """Make a shipped model of the newest checkpoint of a run; returns its folder.

    Args:
        run: folder of a training run.
        name: of the model.
        command: the command that made the run, for the card.
    """
    run, home = Path(run), folder / name
    tensors, metadata, _ = checkpoints.load_newest(run / "checkpoints")
    weights = {n: t.to(torch.float16) for n, t in tensors.items() if n.startswith(("discriminator.", "generator."))}
    kept = {key: metadata[key] for key in ("config", "steps_done", "card", "device", "precision", "torch")}
    checkpoints.save_tensors(home / "model.safetensors", weights, kept, FORMAT)
    history = History.load(run / "history.npz")
    history.save(home / "history.npz")
    shutil.copyfile(sorted((run / "samples").glob("*.png"))[-1], home / "samples.png")
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
        "sha256": file_hash(home / "model.safetensors"),
    }
    write_json(home / "card.json", card)
    return home
