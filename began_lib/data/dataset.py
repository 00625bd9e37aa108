"""`open_dataset`: a data set by name or by folder, packed once, with a train and a held-out part that never mix."""

from __future__ import annotations

import difflib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from began_lib.data.folder import folder_source
from began_lib.data.packing import Source, open_packed, summarize
from began_lib.data.pictures import Skipped, parse_crop
from began_lib.data.sources import SOURCES
from began_lib.machine import given

_FEW = 1000  # training pictures below which the report warns


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images of one data set at one size.

    `train` and `held_out` are uint8 (N, C, size, size), range 0 to 255, mapped from the cache; give them to
    :class:`~began_lib.data.Batches`. `card` says what they are: source, licence, crop, split, counts, hash of the
    content. `factors` and `held_out_factors` are float32 (N, F) for `faces` (see `began_lib.faces.Factors.from_array`),
    else None. `description` is the file in the cache that holds the card and the reason for every skipped file.
    """

    name: str
    train: np.ndarray = field(repr=False)
    held_out: np.ndarray = field(repr=False)
    card: dict[str, Any]
    skipped: tuple[Skipped, ...] = ()
    factors: np.ndarray | None = field(default=None, repr=False)
    held_out_factors: np.ndarray | None = field(default=None, repr=False)
    description: Path | None = field(default=None, repr=False)

    def report(self) -> str:
        """The card and what was skipped and why, as text."""
        lines = [f"{self.name}: {len(self.train)} training and {len(self.held_out)} held-out pictures"]
        width = max(map(len, self.card))
        lines += [f"  {key:<{width}}  {value}" for key, value in self.card.items()]
        if len(self.train) < _FEW:
            lines.append(f"Fewer than {_FEW} training pictures: expect a BEGAN to learn them by heart.")
        lines.append(summarize(self.skipped))
        if self.skipped and self.description:
            lines.append(f"Each of them is named, with its reason, in {self.description}")
        return "\n".join(lines)


def open_dataset(
    name_or_path: str | Path,
    size: int = 32,
    channels: int = 3,
    limit: int | None = None,
    held_out_fraction: float | None = None,
    seed: int = 0,
    crop: str = "",
    held_out: str | Path = "",
) -> Dataset:
    """Open a data set, downloading or rendering (`faces`) and packing it the first time.

    `name_or_path` is a name in `sources.SOURCES` or a folder of pictures (a name wins over a folder called the same:
    write `./lfw` for the folder). `size` is the side in pixels, `channels` 3 or 1.
    `limit` takes at most that many training pictures and `held_out_fraction` times as many held-out ones (for `faces`
    it may exceed the default of 20,000). `held_out_fraction`, in [0, 1), is 0.1 unless given; `celeba`, `cifar10`,
    `mnist` and `fashion` have their own held-out part. `seed` chooses the split (`lfw`, `olivetti`, folders) or the
    faces. For folders alone: `crop` is what is taken of each picture before its largest centred square, "X,Y,W,H" or
    "WxH" about the centre (all of it unless given); `held_out` is a folder of held-out pictures instead.

    Raises ValueError for bad arguments, FileNotFoundError or NotADirectoryError for a path that is no folder of
    pictures, OSError when the disk is full or a download fails.
    """
    _check_arguments(size, channels, limit, held_out_fraction, seed)
    packed = open_packed(_source(name_or_path, size, channels, limit, held_out_fraction, seed, crop, held_out))
    return Dataset(
        name=packed.card["name"],
        train=packed.arrays["train"],
        held_out=packed.arrays["held_out"],
        card=packed.card,
        skipped=packed.skipped,
        factors=packed.arrays.get("train_factors"),
        held_out_factors=packed.arrays.get("held_out_factors"),
        description=packed.description,
    )


def _check_arguments(size: int, channels: int, limit: int | None, held_out_fraction: float | None, seed: int) -> None:
    if not isinstance(size, int) or size < 1:
        raise ValueError(f"size must be a whole number of pixels, 1 or more; found {size!r}")
    if channels not in (1, 3):
        raise ValueError(f"channels must be 3 (colour) or 1 (grey), found {channels}")
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise ValueError(f"limit must be a whole number, 1 or more, or None for all pictures; found {limit!r}")
    if held_out_fraction is not None and not 0 <= held_out_fraction < 1:
        raise ValueError(f"held_out_fraction must be in [0, 1), found {held_out_fraction}")
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, found {seed}")


def _source(
    name_or_path: str | Path,
    size: int,
    channels: int,
    limit: int | None,
    held_out_fraction: float | None,
    seed: int,
    crop: str,
    held_out: str | Path,
) -> Source:
    if name_or_path in SOURCES:
        if crop or held_out:
            option = "crop" if crop else "held-out part"
            raise ValueError(f"{name_or_path} has its own {option}; one can be given for folders of pictures only")
        return SOURCES[name_or_path](size, channels, limit, held_out_fraction, seed)
    if name_or_path == "":
        raise ValueError(_unknown(""))
    folder = given.path(str(name_or_path))
    looks_like_path = isinstance(name_or_path, Path) or any(mark in str(name_or_path) for mark in (os.sep, "/", "."))
    if not folder.exists() and not looks_like_path:
        raise ValueError(_unknown(str(name_or_path)))
    apart = given.path(str(held_out)) if held_out else None
    return folder_source(folder, size, channels, limit, held_out_fraction, seed, parse_crop(crop), apart)


def _unknown(name: str) -> str:
    closest = difflib.get_close_matches(name.lower(), SOURCES, n=1, cutoff=0.4)
    hint = f"; did you mean {closest[0]}?" if closest else ""
    return f"{name!r} is neither a data set ({', '.join(SOURCES)}) nor a folder{hint}"
