"""A data set packed once: uint8 arrays in the cache, with what they are beside them.

A few files share one stem: `STEM-train.npy` and `STEM-held_out.npy` (uint8, (N, C, H, W)), for rendered faces their
factors, and `STEM.json`, written last: without it the others do not count. The JSON holds the hash of every array,
which is checked each time a data set is opened.
"""

from __future__ import annotations

import hashlib
import io
import math
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from tqdm.auto import tqdm

from began_lib.data.pictures import Skipped
from began_lib.machine import storage

FORMAT = 1  # raise it when the layout of the files or the way pictures are read changes
PARTS = ("train", "held_out")
_CHUNK = 256  # pictures decoded between two writes
_SHOWN = 8  # skipped files named one by one in a summary
_ABANDONED = 24 * 3600.0  # seconds after which a temporary file belongs to a run that was killed


@dataclass(frozen=True)
class Chunk:
    """What reading a few items gave: `images` uint8 (n, C, H, W), the name of each (where the plan wants distinct
    pictures), the items left out, and factors float32 (n, F) or None."""

    images: list[np.ndarray] | np.ndarray
    names: list[str] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    factors: np.ndarray | None = None


@dataclass(frozen=True)
class Plan:
    """What goes into each part, in order, and how to read a run of items.

    `distinct` leaves out a picture whose packed pixels are already in either part; with fewer than `minimum` pictures
    in the parts that `counted` names in the end, packing fails, and says the `remedy`. `notes` go onto the card.
    """

    train: Sequence[Any]
    held_out: Sequence[Any]
    read: Callable[[Sequence[Any]], Chunk]
    skipped: list[Skipped] = field(default_factory=list)
    distinct: bool = False
    minimum: int = 1
    counted: Sequence[str] = PARTS
    remedy: str = "add pictures or correct the path"
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """Where a data set comes from. `stem` names the packed files and holds everything their content depends on."""

    name: str
    stem: str
    size: int
    channels: int
    card: dict[str, Any]
    plan: Callable[[], Plan]


def stem_of(name: str, size: int, channels: int, *settings: object) -> str:
    """File stem of a packed data set: readable in front, then a hash of everything else its content depends on."""
    digest = hashlib.sha256(repr(settings).encode()).hexdigest()[:12]
    return f"{name}-{size}-{'rgb' if channels == 3 else 'grey'}-{digest}"


@dataclass(frozen=True)
class Packed:
    """A packed data set as opened: arrays mapped copy-on-write (nothing written to them reaches the file)."""

    arrays: dict[str, np.ndarray]
    card: dict[str, Any]
    skipped: tuple[Skipped, ...]
    description: Path  # the JSON file with the card and every skipped file


class DamagedCache(ValueError):
    """A packed data set that is not what was written; the message says how."""


def open_packed(source: Source) -> Packed:
    """Open the packed data set of `source`, packing it first if it is missing or damaged.

    A damaged one is packed again with a warning that says what was wrong. Raises OSError when the disk is too full
    or the cache cannot be written, and whatever the source raises for missing data.
    """
    folder = storage.cache_dir()
    if _metadata_path(folder, source.stem).is_file():
        try:
            return _load(folder, source)
        except DamagedCache as damage:
            warnings.warn(f"the packed data set {source.stem} is damaged ({damage}); packing it again", stacklevel=3)
    _pack(folder, source)
    return _load(folder, source)


def _metadata_path(folder: Path, stem: str) -> Path:
    return folder / f"{stem}.json"


def _array_path(folder: Path, stem: str, array: str) -> Path:
    return folder / f"{stem}-{array}.npy"


def _load(folder: Path, source: Source) -> Packed:
    try:
        metadata = storage.read_json(_metadata_path(folder, source.stem))
        version, files = metadata["format"], metadata["arrays"]
        card, skipped = metadata["card"], tuple(Skipped(**entry) for entry in metadata["skipped"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedCache(f"its description cannot be read: {error}") from error
    if version != FORMAT:
        raise DamagedCache(f"its format is {version}, this version of the library writes {FORMAT}")
    arrays = {array: _load_array(_array_path(folder, source.stem, array), entry) for array, entry in files.items()}
    return Packed(arrays, card, skipped, _metadata_path(folder, source.stem))


def _load_array(path: Path, entry: dict[str, Any]) -> np.ndarray:
    try:
        # Copy-on-write: torch wants writable memory to share, and the file stays as it is. Nothing cannot be mapped.
        array = np.load(path, mmap_mode="c" if entry["shape"][0] else None, allow_pickle=False)
    except Exception as error:  # NumPy reads a header as Python, and raises whatever its parser does
        raise DamagedCache(f"{path.name} cannot be read: {error}") from error
    if list(array.shape) != entry["shape"] or array.dtype.name != entry["dtype"]:
        raise DamagedCache(f"{path.name} holds {array.dtype.name} {array.shape}, expected {entry}")
    if hashlib.sha256(array).hexdigest() != entry["sha256"]:
        raise DamagedCache(f"the content of {path.name} has changed since it was packed")
    return array


def _pack(folder: Path, source: Source) -> None:
    remove_abandoned(folder, source.stem)
    plan = source.plan()
    item_shape = (source.channels, source.size, source.size)
    count = len(plan.train) + len(plan.held_out)
    storage.require_free_space(folder, count * math.prod(item_shape), f"packing {count} pictures of {source.name}")
    skipped, seen = list(plan.skipped), {}
    writers: dict[str, _ArrayWriter] = {}
    with ExitStack() as files, tqdm(total=count, desc=f"packing {source.name} at {source.size}x{source.size}") as bar:

        def writer(array: str, shape: tuple[int, ...], dtype: type) -> _ArrayWriter:
            if array not in writers:
                file = files.enter_context(storage.atomic_write(_array_path(folder, source.stem, array)))
                writers[array] = _ArrayWriter(file, shape, dtype)
            return writers[array]

        for part in PARTS:
            images = writer(part, item_shape, np.uint8)
            for items in _runs(getattr(plan, part)):
                chunk = plan.read(items)
                skipped += chunk.skipped
                for image in _distinct(chunk, seen, skipped) if plan.distinct else chunk.images:
                    images.append(image)
                if chunk.factors is not None:
                    factors = writer(f"{part}_factors", chunk.factors.shape[1:], np.float32)
                    for row in chunk.factors:
                        factors.append(row)
                bar.update(len(items))
        _require_pictures(source.name, plan, sum(writers[part].count for part in plan.counted), skipped)
        arrays = {array: writers[array].finish() for array in sorted(writers)}
    content = hashlib.sha256("".join(entry["sha256"] for entry in arrays.values()).encode()).hexdigest()
    counts = {part: arrays[part]["shape"][0] for part in PARTS}
    shape = {"name": source.name, "size": source.size, "channels": source.channels}
    card = shape | source.card | plan.notes | counts | {"skipped": len(skipped), "sha256": content}
    metadata = {"format": FORMAT, "arrays": arrays, "card": card, "skipped": [asdict(entry) for entry in skipped]}
    storage.write_json(_metadata_path(folder, source.stem), metadata)


def _distinct(chunk: Chunk, seen: dict[bytes, str], skipped: list[Skipped]) -> Iterator[np.ndarray]:
    for name, image in zip(chunk.names, chunk.images, strict=True):
        content = hashlib.sha256(image).digest()
        if content in seen:
            skipped.append(Skipped(name, f"the same picture as {seen[content]}"))
        else:
            seen[content] = name
            yield image


def _require_pictures(name: str, plan: Plan, count: int, skipped: list[Skipped]) -> None:
    if count < plan.minimum:
        what = "usable pictures" if plan.counted == PARTS else "usable pictures to train on"
        raise ValueError(
            f"{name}: found {count} {what}, expected at least {plan.minimum}; {plan.remedy}. {summarize(skipped)}"
        )


def summarize(skipped: Sequence[Skipped]) -> str:
    """How many files were skipped, and the first few with their reasons, in a few lines."""
    if not skipped:
        return "Nothing was skipped."
    shown = [f"  {entry.path}: {entry.reason}" for entry in skipped[:_SHOWN]]
    if len(skipped) > _SHOWN:
        shown.append(f"  and {len(skipped) - _SHOWN} more")
    return "\n".join([f"Skipped {len(skipped)}:", *shown])


class _ArrayWriter:
    """Writes a .npy file item by item; the number of items is known only at the end."""

    def __init__(self, file: IO[bytes], item_shape: tuple[int, ...], dtype: type) -> None:
        self.count = 0
        self._file, self._shape, self._dtype = file, item_shape, np.dtype(dtype)
        self._hash = hashlib.sha256()
        self._header_size = file.write(self._header())

    def _header(self) -> bytes:
        # NumPy leaves room in the header for the first axis to grow, so the final header has the same length.
        buffer = io.BytesIO()
        description = {"descr": self._dtype.str, "fortran_order": False, "shape": (self.count, *self._shape)}
        np.lib.format.write_array_header_1_0(buffer, description)
        return buffer.getvalue()

    def append(self, item: np.ndarray) -> None:
        if item.shape != self._shape or item.dtype != self._dtype:
            raise ValueError(f"expected {self._dtype} {self._shape}, found {item.dtype} {item.shape}")
        content = item.tobytes()
        self._file.write(content)
        self._hash.update(content)
        self.count += 1

    def finish(self) -> dict[str, Any]:
        """Write the final header; what the JSON keeps of the array."""
        header = self._header()
        if len(header) != self._header_size:
            raise RuntimeError(f"the .npy header grew from {self._header_size} to {len(header)} bytes")
        self._file.seek(0)
        self._file.write(header)
        shape = [self.count, *self._shape]
        return {"shape": shape, "dtype": self._dtype.name, "sha256": self._hash.hexdigest()}


def _runs(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def remove_abandoned(folder: Path, stem: str) -> None:
    """Delete temporary files that killed runs left of `stem`; those of the last day may belong to one at work."""
    for path in folder.glob(f".{stem}*.tmp"):
        if time.time() - path.stat().st_mtime > _ABANDONED:
            path.unlink(missing_ok=True)
