"""Checkpoints: one safetensors file per checkpoint, tensors and JSON metadata, no pickle.

A file appears complete or not at all, and carries a digest of all that is in it. The last few are kept, so that a
damaged newest one costs some steps, not the run; of the older ones some, so that a late collapse costs no more either.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from safetensors.torch import load, save
from torch import Tensor

from began_lib.machine import seal
from began_lib.machine.storage import atomic_write

FORMAT = "began-checkpoint-1"
_NAME = re.compile(r"checkpoint-(\d{8,})\.safetensors")


class CheckpointError(ValueError):
    """A checkpoint that is missing, damaged, or of another kind than expected."""


def save_tensors(path: str | Path, tensors: dict[str, Tensor], metadata: dict[str, Any], kind: str = FORMAT) -> None:
    """Write tensors and JSON-serialisable metadata at `path`, atomically, with a digest of both."""
    plain = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
    header = {
        "digest": seal.UNSEALED,
        "format": kind,
        "metadata": json.dumps(metadata, sort_keys=True, allow_nan=False),
    }
    with atomic_write(path) as file:
        file.write(seal.sealed(_in_order(save(plain, header))))


def _in_order(content: bytes) -> bytes:
    """A safetensors file with its metadata in alphabetical order: the library's is random, and so would be the hash."""
    header, start = _header(content)
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    ordered = json.dumps(header, separators=(",", ":")).encode()
    ordered += b" " * (-len(ordered) % 8)  # the tensors after it begin at a multiple of 8 bytes
    return len(ordered).to_bytes(8, "little") + ordered + content[start:]


def _header(content: bytes) -> tuple[dict[str, Any], int]:
    """The header of a safetensors file, and where the tensors after it begin."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), end


def load_tensors(path: str | Path, kind: str = FORMAT) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read what :func:`save_tensors` wrote, on the CPU.

    Raises:
        CheckpointError: the file is missing, truncated, altered, or of another kind.
    """
    path = Path(path)
    try:
        content = seal.read(path)
        tensors = load(content)
        header = _header(content)[0].get("__metadata__", {})
        if header.get("format") != kind:
            raise CheckpointError(f"{path} has format {header.get('format')!r}: expected {kind!r}.")
        return tensors, json.loads(header["metadata"])
    except FileNotFoundError as error:
        raise CheckpointError(f"no file {path}: expected a checkpoint written by began_lib.") from error
    except (CheckpointError, seal.Damaged) as error:
        raise CheckpointError(str(error)) from error
    except Exception as error:  # of an older version's, which has no digest: whatever reading it raises
        raise CheckpointError(f"{path} cannot be read, it is damaged or no safetensors file: {error}") from error


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
    return sorted((path for path in folder.iterdir() if _NAME.fullmatch(path.name)), key=step_of)


def prune_checkpoints(written: Path, keep: int, every: int) -> None:
    """Of the checkpoint just written and those before it, keep the `keep` newest, and of the others ever fewer.

    Counted in intervals of `every` steps, one that is the n-th stays until twice the largest power of 2 in n has gone
    by: whatever the length of a run, there is one between T and 2 T intervals old, for every T = 1, 2, 4, 8 ...
    Checkpoints newer than the one just written are not touched and do not count: they are damaged, and the run was
    resumed from an older one.
    """
    now = step_of(written)
    before = [path for path in list_checkpoints(written.parent) if step_of(path) <= now]
    for path in before[:-keep]:
        number, rest = divmod(step_of(path), every)
        if rest or now - step_of(path) >= 2 * (number & -number) * every:
            path.unlink(missing_ok=True)


def step_of(path: Path) -> int:
    """After how many steps a checkpoint was made, by its name."""
    return int(path.stem.rpartition("-")[2])


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
        lines = "\n".join(damaged)
        raise CheckpointError(f"no checkpoint can be read; begin anew in another folder, or remove {folder}:\n{lines}")
    raise CheckpointError(f"no checkpoint in {folder}: expected files named checkpoint-NNNNNNNN.safetensors.")


def require_same_run(
    metadata: dict[str, Any], config: dict[str, Any], card: dict[str, Any], may_differ: Collection[str]
) -> None:
    """Raise CheckpointError where a checkpoint's metadata is of another run than a configuration and a data card.

    Of the paths of pictures the content decides, see :func:`other_pictures`; `may_differ` names more fields.
    """
    theirs, free = metadata["config"], (*may_differ, "data", "held_out")
    if different := sorted(name for name in config if name not in free and theirs.get(name) != config[name]):
        listing = "; ".join(f"{name}: {theirs.get(name)!r} there, {config[name]!r} here" for name in different)
        raise CheckpointError(f"the checkpoint belongs to another run ({listing}).")
    if what := other_pictures(metadata["card"], card):
        raise CheckpointError(f"the checkpoint's run {what}: expected the same pictures.")


def other_pictures(theirs: dict[str, Any], ours: dict[str, Any]) -> str:
    """In what two data cards differ so that a run may not go on from one to the other; empty where it may.

    The content decides, not the path. Of a set with a name its source and number decide instead: it may have been
    drawn or decoded by another machine, some pixels a grey level apart, which :func:`other_pixels` tells.
    """
    if theirs.get("train") != ours.get("train"):
        return f"had {theirs.get('train')} training images, this data set has {ours.get('train')}"
    of_folder = str(theirs.get("source", "")).startswith("the folder")
    if theirs.get("sha256") == ours.get("sha256") or (not of_folder and theirs.get("source") == ours.get("source")):
        return ""
    return f"was trained on {theirs.get('source')}, and what is packed of {ours.get('source')} differs from it"


def other_pixels(theirs: dict[str, Any], ours: dict[str, Any]) -> list[str]:
    """A line where two data cards of the same pictures, see :func:`other_pictures`, are of different pixels."""
    if None in (hashes := (theirs.get("sha256"), ours.get("sha256"))) or hashes[0] == hashes[1]:
        return []
    return [
        f"the pictures are of {ours.get('source')}, as the checkpoint's, and their pixels are not all the same: packed "
        "by another machine or version. The numbers are not those of a run that went on where it was."
    ]


def other_format(metadata: dict[str, Any], precision: str) -> list[str]:
    """A line where a run goes on in another number format than its checkpoint's."""
    if metadata["precision"] == precision:
        return []
    return [f"the numbers are {precision} from here on: the checkpoint is from {metadata['precision']}."]
