"""A folder of the user's own pictures as a data set."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from tqdm.auto import tqdm

from began_lib.data.packing import PARTS, Chunk, Plan, Source, summarize
from began_lib.data.pictures import (
    WHITE,
    Crop,
    PictureError,
    Skipped,
    brightest_level,
    check_header,
    common_white,
    crop_size,
    decode,
    read_file,
    white_level,
)

HELD_OUT_FRACTION = 0.1  # where none is given
MINIMUM_PICTURES = 16  # one batch of the paper
BACKGROUND = "white"  # what transparent pixels are laid over
READING = 3  # how files become pixels: raise it when that changes, and folders are packed again
_WORKERS = min(8, os.cpu_count() or 1)  # Pillow decodes and resizes outside the interpreter lock


def folder_source(
    folder: Path,
    size: int,
    channels: int,
    limit: int | None,
    held_out_fraction: float | None,
    seed: int,
    crop: Crop | None = None,
    held_out: Path | None = None,
) -> Source:
    """Every picture under `folder`, whatever its size and mode.

    The split depends on the pictures' content and `seed` alone, not on names or order; or the pictures of the folder
    `held_out`, which may lie inside `folder`, are the held-out part. Raises FileNotFoundError, NotADirectoryError or
    ValueError (an empty folder; fewer than 16 usable pictures; a crop that would be enlarged more than twice).
    """
    fraction = HELD_OUT_FRACTION if held_out_fraction is None else held_out_fraction
    if crop and 2 * min(crop_size(crop)) < size:
        width, height = crop_size(crop)
        raise ValueError(f"the crop is {width}x{height}, too small: expected at least {(size + 1) // 2} for {size}")
    if limit is not None and limit < MINIMUM_PICTURES:
        raise ValueError(f"limit is {limit}: expected at least {MINIMUM_PICTURES} pictures of a folder, one batch")
    files, closed = _files_of(folder)
    parts = [(folder, files)]
    settings: tuple[object, ...] = (folder.resolve(), size, channels, limit, fraction, seed, BACKGROUND, READING)
    digests = [listing(files, folder)]
    card = {
        "source": f"the folder {folder}",
        "licence": "whatever the owner of the pictures grants",
        "crop": "largest centred square" + (f" of {_in_words(crop)}" if crop else ""),
        "background": f"{BACKGROUND} under transparent pixels",
        "split": f"a fraction {fraction} held out by the hash of the file; identical pictures count once",
    }
    if crop:
        digests.append(repr(crop))
    if held_out is not None:
        if held_out_fraction is not None:
            raise ValueError("give a held-out folder or held_out_fraction, not both")
        others, others_closed = _files_of(held_out)
        apart = {path.resolve() for path in others}  # however either folder was written
        files = [path for path in files if path.resolve() not in apart]
        if not files:
            raise ValueError(
                f"all files of {folder} lie in the held-out folder {held_out}; expected others to train on"
            )
        parts, closed = [(folder, files), (held_out, others)], closed + others_closed
        digests += ["held out", str(held_out.resolve()), listing(others, held_out)]
        card["split"] = (
            f"the folder {held_out.resolve().name} is held out; of identical pictures the one to train on counts"
        )
    digest = hashlib.sha256(repr((*settings, *digests)).encode()).hexdigest()[:12]
    name = folder.resolve().name
    return Source(
        name=name,
        stem=f"folder-{safe_stem(name)}-{size}-{'rgb' if channels == 3 else 'grey'}-{digest}",
        size=size,
        channels=channels,
        card=card,
        plan=partial(_plan, parts, closed, size, channels, limit, fraction, seed, crop),
    )


def _files_of(folder: Path) -> tuple[list[Path], list[Skipped]]:
    if not folder.exists():
        raise FileNotFoundError(f"there is no folder {folder}")
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder} is a file; give the folder that holds the pictures")
    files, closed = list_files(folder)
    if not files:
        raise ValueError(
            f"the folder {folder} holds no files (hidden ones do not count); expected pictures. {summarize(closed)}"
        )
    return files, closed


def _in_words(crop: Crop) -> str:
    width, height = crop_size(crop)
    where = "about the centre" if len(crop) == 2 else f"from column {crop[0]} and row {crop[1]} on"
    return f"{width}x{height} pixels {where}"


def list_files(folder: Path) -> tuple[list[Path], list[Skipped]]:
    """All files under `folder`, sorted, hidden files and folders left out; and the folders left out, with the reason.

    Left out are links to folders, and folders that hold a run, with the samples in them.
    """
    found: list[Path] = []
    closed: list[Skipped] = []

    def note(error: OSError) -> None:
        closed.append(Skipped(printable(Path(error.filename).relative_to(folder)), f"a folder: {error.strerror}"))

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in [Path(parent, name) for name in folders]:
            if path.is_symlink() or _is_run(path):
                folders.remove(path.name)
                what = "a link, which is not followed" if path.is_symlink() else "that of a run"
                closed.append(Skipped(printable(path.relative_to(folder)), f"a folder: {what}"))
        found += [Path(parent, name) for name in sorted(names) if not name.startswith(".")]
    return found, closed


def _is_run(folder: Path) -> bool:
    # Not by methods of Path, which raise where a folder may not be entered.
    return os.path.isfile(folder / "config.json") and os.path.isdir(folder / "checkpoints")


def printable(path: Path) -> str:
    """A path as text that can be written everywhere: bytes that are no UTF-8 appear as \\udcXX."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def listing(files: Sequence[Path], folder: Path) -> str:
    """Hash of names, sizes and times of change: it changes when a picture is added, removed or edited."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(os.fsencode(path.relative_to(folder).as_posix()))
        with suppress(OSError):  # in a folder that may be listed and not entered; reading it says so
            # A broken link has no target to ask; lstat describes the link itself.
            status = path.stat() if os.path.exists(path) else path.lstat()
            digest.update(f"\0{status.st_size}\0{status.st_mtime_ns}".encode())
        digest.update(b"\n")
    return digest.hexdigest()


def _plan(
    parts: list[tuple[Path, list[Path]]],
    closed: list[Skipped],
    size: int,
    channels: int,
    limit: int | None,
    held_out_fraction: float,
    seed: int,
    crop: Crop | None,
) -> Plan:
    """Of one folder, or of two, the second of which is held out."""
    skipped, levels, folder = list(closed), [], parts[0][0]
    looked = [_look_through(files, folder, size, seed, skipped, levels) for folder, files in parts]
    if len(parts) == 2:
        train, held_out = looked[0][:limit], looked[1]
    else:
        count = split_count(len(looked[0]), held_out_fraction)
        train, held_out = limited(looked[0][count:], looked[0][:count], limit, held_out_fraction)
    white = white_level(min(max(levels), WHITE)) if levels else WHITE  # one for all: their brightness is comparable
    notes = {} if white == WHITE else {"16-bit grey": f"{len(levels)} pictures that use fewer bits: {white} is white"}
    read = partial(read_pictures, folder=folder, size=size, channels=channels, crop=crop, white=white)
    counted = ("train",) if len(parts) == 2 else PARTS  # of two folders the first must be enough by itself
    again = "raise the limit, which counts identical pictures too, " if limit is not None else ""
    least = {"minimum": MINIMUM_PICTURES, "counted": counted, "remedy": again + Plan.remedy}
    return Plan(train, held_out, read, skipped, distinct=True, notes=notes, **least)


def _look_through(
    files: list[Path], folder: Path, size: int, seed: int, skipped: list[Skipped], levels: list[int]
) -> list[Path]:
    """The usable files in the order of their rank; adds to `skipped` the others and to `levels` those of 16 bits."""
    ranked: dict[bytes, Path] = {}
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
    return [ranked[key] for key in sorted(ranked)]


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


def _contents(paths: Iterable[Path]) -> Iterator[bytes]:
    """Of the files that can be read; `read_pictures` says what is wrong with the others."""
    for path in paths:
        with suppress(PictureError):
            yield read_file(path)


def read_pictures(
    paths: Sequence[Path],
    folder: Path,
    size: int,
    channels: int,
    crop: Crop | None,
    white: int | None = WHITE,
) -> Chunk:
    """Decode the pictures at `paths` (named relative to `folder`), in order, on a few threads.

    `white` is the level of 16-bit grey that becomes 255; None: what suits the brightest of these pictures.
    """
    if white is None:
        white = common_white(_contents(paths))

    def attempt(path: Path) -> np.ndarray | PictureError:
        try:
            return decode(read_file(path), size, channels, crop, BACKGROUND, white)
        except PictureError as error:
            return error

    with ThreadPoolExecutor(_WORKERS) as pool:
        results = list(pool.map(attempt, paths))
    chunk = Chunk(images=[], names=[], skipped=[])
    for path, result in zip(paths, results, strict=True):
        name = printable(Path(os.path.relpath(path, folder)))
        if isinstance(result, PictureError):
            chunk.skipped.append(Skipped(name, str(result)))
        else:
            chunk.images.append(result)
            chunk.names.append(name)
    return chunk


def safe_stem(name: str) -> str:
    """`name` with everything but letters, digits, '.', '_' and '-' replaced, for a file name on any system."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:40]
