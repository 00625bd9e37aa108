"""A folder of the user's own pictures as a data set."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from began_lib.data.packing import Chunk, Plan, Source, summarize
from began_lib.data.pictures import (
    WHITE,
    PictureError,
    Skipped,
    brightest_level,
    check_header,
    decode,
    read_file,
    white_level,
)

MINIMUM_PICTURES = 16  # one batch of the paper
BACKGROUND = "white"  # what transparent pixels are laid over
READING = 2  # how files become pixels: raise it when that changes, and folders are packed again
_WORKERS = min(8, os.cpu_count() or 1)  # Pillow decodes and resizes outside the interpreter lock


def folder_source(
    folder: Path, size: int, channels: int, limit: int | None, held_out_fraction: float, seed: int
) -> Source:
    """Every picture under `folder`, whatever its size and mode.

    The split depends on the pictures' content and `seed` alone, not on names or order. Raises FileNotFoundError,
    NotADirectoryError or ValueError (an empty folder; fewer than 16 usable pictures).
    """
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; give the folder that holds the pictures")
    files, closed = list_files(folder)
    if not files:
        raise ValueError(
            f"the folder {folder} holds no files (hidden ones do not count); expected pictures. {summarize(closed)}"
        )
    settings = (folder.resolve(), size, channels, limit, held_out_fraction, seed, BACKGROUND, READING)
    digest = hashlib.sha256(repr((*settings, listing(files, folder))).encode()).hexdigest()[:12]
    return Source(
        name=folder.name,
        stem=f"folder-{safe_stem(folder.name)}-{size}-{'rgb' if channels == 3 else 'grey'}-{digest}",
        size=size,
        channels=channels,
        card={
            "source": f"the folder {folder}",
            "licence": "whatever the owner of the pictures grants",
            "crop": "largest centred square",
            "background": f"{BACKGROUND} under transparent pixels",
            "split": f"a fraction {held_out_fraction} held out by the hash of the file; identical pictures count once",
        },
        plan=partial(_plan, folder, files, closed, size, channels, limit, held_out_fraction, seed),
    )


def list_files(folder: Path) -> tuple[list[Path], list[Skipped]]:
    """All files under `folder`, sorted, hidden files and folders left out; and the folders that could not be read.

    Links to folders are not followed.
    """
    found: list[Path] = []
    closed: list[Skipped] = []

    def note(error: OSError) -> None:
        closed.append(Skipped(printable(Path(error.filename).relative_to(folder)), f"a folder: {error.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(parent, name) for name in sorted(names) if not name.startswith(".")]
    return found, closed


def printable(path: Path) -> str:
    """A path as text that can be written everywhere: bytes that are no UTF-8 appear as \\udcXX."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def listing(files: Sequence[Path], folder: Path) -> str:
    """Hash of names, sizes and times of change: it changes when a picture is added, removed or edited."""
    digest = hashlib.sha256()
    for path in files:
        # A broken link has no target to ask; lstat describes the link itself.
        status = path.stat() if path.exists() else path.lstat()
        digest.update(os.fsencode(path.relative_to(folder).as_posix()))
        digest.update(f"\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _plan(
    folder: Path,
    files: list[Path],
    closed: list[Skipped],
    size: int,
    channels: int,
    limit: int | None,
    held_out_fraction: float,
    seed: int,
) -> Plan:
    skipped = list(closed)
    ranked: dict[bytes, Path] = {}
    levels: list[int] = []
    for path in tqdm(files, desc=f"looking through {folder.name}"):
        name = printable(path.relative_to(folder))
        try:
            content = read_file(path)
            check_header(content, size)
        except PictureError as error:
            skipped.append(Skipped(name, str(error)))
            continue
        if (brightest := brightest_level(content)) is not None:
            levels.append(brightest)
        first = ranked.setdefault(rank(seed, content), path)
        if first != path:
            skipped.append(Skipped(name, f"the same file as {printable(first.relative_to(folder))}"))
    paths = [ranked[key] for key in sorted(ranked)]
    held_out_count = split_count(len(paths), held_out_fraction)
    train, held_out = limited(paths[held_out_count:], paths[:held_out_count], limit, held_out_fraction)
    white = white_level(min(max(levels), WHITE)) if levels else WHITE  # one for all: their brightness is comparable
    notes = {} if white == WHITE else {"16-bit grey": f"{len(levels)} pictures that use fewer bits: {white} is white"}
    read = partial(read_pictures, folder=folder, size=size, channels=channels, crop=None, white=white)
    return Plan(train, held_out, read, skipped, distinct=True, minimum=MINIMUM_PICTURES, notes=notes)


def rank(seed: int, content: bytes) -> bytes:
    """A pseudo-random order of contents that depends on nothing else: 32 bytes to sort by."""
    return hashlib.sha256(f"{seed}:".encode() + hashlib.sha256(content).digest()).digest()


def split_count(count: int, held_out_fraction: float) -> int:
    """How many of `count` are held out: the fraction, rounded, and at least one unless the fraction is 0."""
    return max(1, round(count * held_out_fraction)) if held_out_fraction else 0


def limited(train: list, held_out: list, limit: int | None, held_out_fraction: float) -> tuple[list, list]:
    """The first `limit` of the training items and `held_out_fraction` times as many held-out ones (at least one)."""
    if limit is None:
        return train, held_out
    return train[:limit], held_out[: split_count(limit, held_out_fraction)]


def read_pictures(
    paths: Sequence[Path],
    folder: Path,
    size: int,
    channels: int,
    crop: tuple[int, int, int, int] | None,
    white: int = WHITE,
) -> Chunk:
    """Decode the pictures at `paths` (named relative to `folder`), in order, on a few threads."""

    def attempt(path: Path) -> np.ndarray | PictureError:
        try:
            return decode(read_file(path), size, channels, crop, BACKGROUND, white)
        except PictureError as error:
            return error

    with ThreadPoolExecutor(_WORKERS) as pool:
        results = list(pool.map(attempt, paths))
    chunk = Chunk(images=[], names=[], skipped=[])
    for path, result in zip(paths, results, strict=True):
        name = printable(path.relative_to(folder))
        if isinstance(result, PictureError):
            chunk.skipped.append(Skipped(name, str(result)))
        else:
            chunk.images.append(result)
            chunk.names.append(name)
    return chunk


def safe_stem(name: str) -> str:
    """`name` with everything but letters, digits, '.', '_' and '-' replaced, for a file name on any system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:40]
