"""Keeping a run as a model with a name: both networks in fewer bits, history, samples, and the card with the command.

It lands among one's own models; among those that ship with the suite only if its author says so. Where on a machine
the pictures lie stays there: the card has their folder's name, and the hash of what was packed.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from began_lib.data.pixels import save_picture, tile
from began_lib.data.sources import SOURCES
from began_lib.equilibrium import reconstruction_loss
from began_lib.machine import given
from began_lib.machine.storage import file_hash, write_json
from began_lib.shipped.compact import Bits, picture_error, restore, shrink
from began_lib.shipped.model import FOLDER, FORMAT, Model, card_of, history_of, of_tensors, own_folder, snapshot_path
from began_lib.training import checkpoints
from began_lib.training.configuration import GRID_IMAGES, TrainingConfig
from began_lib.training.options import command_of
from began_lib.training.questions import generator_weights, require_decoder


def ship_run(
    run: str | Path,
    name: str,
    snapshot_steps: Sequence[int] = (),
    folder: Path | None = None,
    small_discriminator: bool = False,
) -> Path:
    """Make a model of the newest checkpoint of a run; returns its folder.

    Args:
        run: folder of a training run.
        name: of the model; there is none of that name yet.
        snapshot_steps: steps of earlier checkpoints to keep as well.
        folder: where the model's folder is made; by default among one's own models.
        small_discriminator: keep D in eight bits also at the end: most of a large model is D, and it draws nothing.
            The card then has by how much a loss changes.

    Raises:
        ValueError: the name is none that a folder can have everywhere, or a D without decoder is to be small.
        CheckpointError: the run has no such checkpoint, or its newest one is damaged.
        FileExistsError: there is a model of that name.
    """
    run, there = Path(run), _new_home(name, folder)
    home = there.with_name(f".{name}.unfinished")
    if home.exists():
        shutil.rmtree(home)  # of a time when this was broken off
    tensors, metadata, damaged = checkpoints.load_newest(run / "checkpoints")
    if damaged:
        raise checkpoints.CheckpointError(f"to ship an older checkpoint remove the newest one: {damaged[0]}")
    places = {step: checkpoints.checkpoint_path(run / "checkpoints", step) for step in snapshot_steps}
    then = {step: checkpoints.load_tensors(path) for step, path in places.items()}
    metadata = without_paths(metadata)
    # A run that was stopped early is that of a command with fewer steps.
    config = TrainingConfig.from_json({**metadata["config"], "steps": metadata["steps_done"]})
    metadata = {**metadata, "config": config.as_json()}
    if small_discriminator:
        require_decoder(config.questions)
    bits_of_d: Bits = 8 if small_discriminator else 16
    saved = home / "model.safetensors"
    sha256, error = _save_networks(saved, tensors, metadata, 16, bits_of_d)
    earlier, errors = {}, {}
    for step, (networks, of_it) in then.items():
        of_it = {**without_paths(of_it), "config": metadata["config"]}
        earlier[str(step)], errors[str(step)] = _save_networks(snapshot_path(home, step), networks, of_it, 8, 8)
    card, history = card_of(name, metadata), history_of(tensors)
    history.save(home / "history.npz")
    model = of_tensors(name, tensors, metadata, history, card, home / "samples.png")
    # The run's fixed codes, as `Trainer.samples` has them.
    save_picture(model.samples, tile(model.generate(GRID_IMAGES, config.seed + 1), columns=8))
    if small_discriminator:
        card["discriminator_bits"] = bits_of_d
        card["discriminator_error"] = _change_of_loss(model, restore(checkpoints.load_tensors(saved, FORMAT)[0]))
    card |= {
        "command": command_of(config),
        "hours": round(history.hours(), 2),
        "half_precision_error": error,
        "eight_bit_errors": errors,
        "sha256": sha256,
        "snapshots": earlier,
        "files": {path.name: file_hash(path) for path in (home / "history.npz", model.samples)},
    }
    write_json(home / "card.json", card)
    home.rename(there)
    return there


def _change_of_loss(model: Model, rounded: dict[str, Tensor]) -> float:
    """The largest change of the loss of a sample by rounded weights of D, as a share of it."""
    images = model.generate(GRID_IMAGES, model.config.seed + 1)
    exact = reconstruction_loss(images, model.reconstruct(images))
    small = of_tensors(
        model.name,
        rounded,
        {"config": model.config.as_json(), "steps_done": model.step},
        model.history,
        {},
        model.samples,
    )
    changed = reconstruction_loss(images, small.reconstruct(images))
    return round(float((changed / exact - 1).abs().max()), 4)


def _new_home(name: str, folder: Path | None) -> Path:
    given.name(name)
    if folder is None and (FOLDER / name).exists():
        raise FileExistsError(f"{name} is a model that comes with the suite: expected a new name.")
    home = (folder or own_folder()) / name
    if home.exists():
        raise FileExistsError(f"{home} exists: expected a new name, or that folder removed.")
    return home


def without_paths(metadata: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a checkpoint, of pictures and of a branch's run with an absolute path only the folder's name."""
    data, held_out = (Path(metadata["config"].get(name, "")).expanduser() for name in ("data", "held_out"))
    if data.is_absolute() or held_out.is_absolute():
        name = f"./{data.name}" if data.name in SOURCES else data.name  # a folder may be called as a data set is
        metadata = {
            **metadata,
            "config": {**metadata["config"], "data": name, "held_out": held_out.name},
            "card": {**metadata["card"], "source": f"the folder {data.name}"},
        }
    run, _, step = metadata["config"].get("branch", "").rpartition("@")
    if (folder := Path(run).expanduser()).is_absolute():
        metadata = {**metadata, "config": {**metadata["config"], "branch": f"{folder.name}@{step}"}}
    return metadata


def _save_networks(
    path: Path, tensors: dict[str, Tensor], metadata: dict[str, Any], bits: Bits, bits_of_d: Bits
) -> tuple[str, float]:
    """Write both networks, G in `bits`; returns the file's hash and the largest change of a sample's pixel."""
    discriminator = {n: t for n, t in tensors.items() if n.startswith("discriminator.")}
    generator = generator_weights(tensors)
    small = shrink(discriminator, bits_of_d) | shrink({f"generator.{n}": t for n, t in generator.items()}, bits)
    kept = {key: metadata[key] for key in ("config", "steps_done", "card", "device", "precision", "torch")}
    checkpoints.save_tensors(path, small, kept, FORMAT)
    config = TrainingConfig.from_json(metadata["config"])
    error = picture_error(generator, config.architecture, bits, config.seed)
    return file_hash(path), round(error, 5)
