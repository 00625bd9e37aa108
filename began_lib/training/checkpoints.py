"""Checkpoints: one safetensors file per checkpoint, tensors and JSON metadata, no pickle.

A file appears complete or not at all, and carries a checksum of its tensors. The last few are kept, so that a damaged
newest one costs some steps, not the run.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from began_lib.machine.storage import atomic_write

FORMAT = "began-checkpoint-1"
_NAME = re.compile(r"checkpoint-(\d{8})\.safetensors")


class CheckpointError(ValueError):
    """A checkpoint that is missing, damaged, or of another kind than expected."""


def checksum(tensors: dict[str, Tensor]) -> str:
    """SHA-256 over names, types, shapes and bytes of all tensors."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].contiguous().cpu()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\n".encode())
        digest.update(
            tensor.view(torch.uint8).numpy().tobytes()
            if tensor.dim()
            else tensor[None].view(torch.uint8).numpy().tobytes()
        )
    return digest.hexdigest()


def save_tensors(path: str | Path, tensors: dict[str, Tensor], metadata: dict[str, Any], kind: str = FORMAT) -> None:
    """Write tensors and JSON-serialisable metadata at `path`, atomically, with a checksum."""
    plain = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
    header = {
        "format": kind,
        "sha256": checksum(plain),
        "metadata": json.dumps(metadata, sort_keys=True, allow_nan=False),
    }
    with atomic_write(path) as file:
        file.write(_in_order(save(plain, header)))


def _in_order(content: bytes) -> bytes:
    """A safetensors file with its metadata in alphabetical order: the library's is random, and so would be the hash."""
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    ordered = json.dumps(header, separators=(",", ":")).encode()
    ordered += b" " * (-len(ordered) % 8)  # the tensors after it begin at a multiple of 8 bytes
    return len(ordered).to_bytes(8, "little") + ordered + content[8 + length :]


def load_tensors(path: str | Path, kind: str = FORMAT) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what :func:`save_tensors` wrote, on the CPU.

    Raises:
        CheckpointError: the file is missing, truncated, altered, or of another kind.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"no file {path}: expected a checkpoint written by began_lib.")
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(f"{path} cannot be read, it is damaged or no safetensors file: {error}") from error
    if header.get("format") != kind:
        raise CheckpointError(f"{path} has format {header.get('format')!r}: expected {kind!r}.")
    if checksum(tensors) != header.get("sha256"):
        raise CheckpointError(f"{path} is damaged: its tensors do not have the checksum it was written with.")
    return tensors, json.loads(header["metadata"])


def part(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The tensors whose names begin with `prefix`, named without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def checkpoint_path(folder: str | Path, step: int) -> Path:
    """Where the checkpoint made after `step` steps lies."""
    return Path(folder) / f"checkpoint-{step:08d}.safetensors"


def list_checkpoints(folder: str | Path) -> list[Path]:
    """Checkpoints in a folder, oldest first; unfinished files have other names and are not listed."""
    folder = Path(folder)
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def prune_checkpoints(written: Path, keep: int) -> None:
    """Delete all but the `keep` newest of the checkpoint just written and those before it.

    Those of later steps, damaged ones that a run was resumed from behind, stay and do not count.
    """
    before = [path for path in list_checkpoints(written.parent) if path.name <= written.name]
    for path in before[:-keep]:
        path.unlink(missing_ok=True)


def load_newest(folder: str | Path) -> tuple[dict[str, Tensor], dict[str, Any], list[str]]:
    """The newest checkpoint that can be read, and one line for each newer one that could not.

    Raises:
        CheckpointError: there is none, or none can be read.
    """
    damaged: list[str] = []
    for path in reversed(list_checkpoints(folder)):
        try:
            return *load_tensors(path), damaged
        except CheckpointError as error:
            damaged.append(str(error))
    if damaged:
        raise CheckpointError("no checkpoint can be read:\n" + "\n".join(damaged))
    raise CheckpointError(f"no checkpoint in {folder}: expected files named checkpoint-NNNNNNNN.safetensors.")
