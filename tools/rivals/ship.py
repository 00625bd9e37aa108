"""Runs of the comparison as what ships: generators in half precision, pictures at both budgets, and cards.

All fourteen generators would be 21 MB. Of five systems only pictures ship, since another of their kind stands for
them: `wgan` (`wgan-gp`), `ebgan` and `magan` (theirs on BEGAN's networks), `improved-features`
(`improved-minibatch`) and `dfm` (`dcgan`, whose networks it has). No discriminator ships, and with it no
reconstruction by EBGAN and MAGAN.
"""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from began_lib.data.pixels import encode, tile, to_unit_range
from began_lib.machine.storage import atomic_write, file_hash, read_npz, read_object, write_json
from began_lib.rivals import RivalConfig, configured
from began_lib.rivals.pixelcnn import PixelCNN
from began_lib.rivals.trained import FORMAT, Trained, of_tensors
from began_lib.shipped.compact import restore, shrink
from began_lib.training import checkpoints
from began_lib.training.configuration import TrainingConfig
from began_lib.training.options import command_of
from tools.rivals.entrants import Pace

PICTURES_ONLY = ("wgan", "ebgan", "magan", "improved-features", "dfm")
MARKS = ("images", "seconds")  # the budgets
LIMIT = 12_000_000  # bytes of all together
SHOWN, QUALITY = 40, 88  # images of a picture, and of its JPEG
COMPARED = 64  # drawn, for what fewer bits change


def ship(run: Path, name: str, folder: Path, pace: Pace, photographs: Tensor, pictures_only: bool = False) -> Path:
    """Make the folder of one system of its run; returns it.

    Args:
        run: folder of the run, both budgets spent.
        name: of the folder to be made.
        folder: in which it is made.
        pace: steps that a second of one core does, as they were measured for the comparison.
        photographs: held-out ones, two and two the ends of a path, (2 P, C, S, S); their codes ship.
        pictures_only: leave the weights out.
    """
    home = folder / name
    if home.exists():
        raise FileExistsError(f"{home} exists: remove it to ship the run anew.")
    tensors, metadata, damaged = checkpoints.load_newest(run / "checkpoints")
    if damaged:
        raise checkpoints.CheckpointError(f"to ship an older checkpoint remove the newest one: {damaged[0]}")
    step = metadata["steps_done"]
    marks = {mark: read_object(run / f"{mark}.json")["steps"] for mark in MARKS}
    budgets = [mark for mark, of_it in marks.items() if of_it == step]
    if not budgets:
        raise ValueError(f"{run} stands at step {step}, where neither budget is spent: expected one of {marks}.")
    trained = of_tensors(name, tensors, metadata, {})
    card: dict[str, Any] = {
        "name": name,
        "command": command(trained.config, step),
        "steps": step,
        "seconds": round(pace.seconds(step), 1),
        "budget": budgets[0],
        "marks": marks,
        "images_seen": step * trained.config.batch_size,
        "training_precision": metadata["precision"],
        "hardware": metadata["device"],
        "torch": metadata["torch"],
        "data": metadata["card"],
    }
    files = [_picture(run / f"{mark}.npz", home / f"{mark}.jpg") for mark in marks]
    if not pictures_only:
        card |= _save(home / "model.safetensors", trained, tensors, metadata, photographs)
        files.append(home / "model.safetensors")
    card["files"] = {path.name: file_hash(path) for path in files}
    write_json(home / "card.json", card)
    return home


def command(config: TrainingConfig | RivalConfig, steps: int) -> str:
    """What trains such a run."""
    if isinstance(config, TrainingConfig):
        return command_of(replace(config, steps=steps))
    usual, config = configured(config.system), replace(config, steps=steps)
    differ = [f.name for f in fields(config) if getattr(config, f.name) != getattr(usual, f.name) or f.name == "data"]
    options = [f"--{name.replace('_', '-')} {getattr(config, name)}" for name in ("system", *differ)]
    return " ".join(["python -m began_lib train", *options])


def size_of(folder: Path) -> int:
    """Bytes of all that ships. Raises ValueError where it is more than is allowed."""
    total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if total > LIMIT:
        raise ValueError(f"{folder} has {total / 1e6:.1f} MB: at most {LIMIT / 1e6:.0f} MB ship; leave weights out.")
    return total


def weights_of(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """What ships of a checkpoint: the generator in half precision, an encoder in eight bits; counters as they are."""
    small: dict[str, Tensor] = {}
    for prefixes, bits in ((("generator.", "rival.generator."), 16), (("rival.encoder.",), 8)):
        part = {name: tensor for name, tensor in tensors.items() if name.startswith(prefixes)}
        numbers = {name: tensor for name, tensor in part.items() if tensor.is_floating_point()}
        small |= {**part, **shrink(numbers, bits)}
    return small


def _save(
    path: Path, trained: Trained, tensors: dict[str, Tensor], metadata: dict[str, Any], photographs: Tensor
) -> dict[str, Any]:
    small = weights_of(tensors)
    rounded = of_tensors(trained.name, restore(small), metadata, {})
    said: dict[str, Any] = {
        "precision": "generator 16 bits" + (", encoder 8 bits" if "encode" in trained.can else ""),
        "half_precision_error": _error(trained, rounded, photographs),
    }
    if "encode" in trained.can:
        ends, said["ends"] = rounded.encode(photographs), "encoder"
        said["encoder_error"] = _largest(trained.encode(photographs), ends)
    elif "search" in trained.can:
        ends, said["ends"] = rounded.search(photographs).best, "search"
    else:
        ends, said["ends"] = trained.ends, "none: no code stands for a picture"
    if len(ends):
        ends = ends.to(torch.float16).float()
        errors = (rounded.generate(ends) - photographs).abs().flatten(1).mean(1)  # e_r
        said["end_errors"] = [round(float(error), 4) for error in errors]
        small["ends"] = ends
    kept = {key: metadata[key] for key in ("config", "steps_done", "card", "device", "precision", "torch")}
    checkpoints.save_tensors(path, small, kept, FORMAT)
    return said


def _error(trained: Trained, rounded: Trained, photographs: Tensor) -> float:
    """The largest change of a pixel of drawn images; of a PixelCNN, which has chance decide, that of bits per value."""
    if isinstance(trained.system, PixelCNN):
        return _largest(trained.system.bits(photographs), rounded.system.bits(photographs))
    z = trained.codes(COMPARED)
    return _largest(trained.generate(z), rounded.generate(z))


def _largest(one: Tensor, other: Tensor) -> float:
    return round(float((one - other).abs().max()), 5)


def _picture(samples: Path, path: Path) -> Path:
    images = to_unit_range(torch.from_numpy(read_npz(samples)["images"][:SHOWN]))
    with atomic_write(path) as file:
        file.write(encode(tile(images, columns=8), quality=QUALITY))
    return path
