"""The named data sets: where each comes from, its crop, its licence and its split."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Sequence
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from began_lib.data.downloads import (
    celeba_source,
    cifar10_source,
    fashion_source,
    fetching,
    mnist_source,
    olivetti_source,
)
from began_lib.data.folder import HELD_OUT_FRACTION, limited, list_files, rank, read_pictures, split_count
from began_lib.data.packing import Chunk, Plan, Source, stem_of
from began_lib.data.pixels import to_uint8
from began_lib.machine import given, storage

LFW_VARIABLE = "BEGAN_LFW_HOME"
LFW_CROP = (61, 61, 189, 189)  # left, top, right, bottom: rows and columns 61 to 189 of 250: the face
FACES_COUNT = 20_000
# The held-out faces are the same people-maker at indices that training never reaches, however many are asked for.
FACES_HELD_OUT_START = 1_000_000_000
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R 601, what Pillow uses for photographs


def faces_source(size: int, channels: int, limit: int | None, held_out_fraction: float | None, seed: int) -> Source:
    """Rendered faces whose factors are known: no download; `limit` is the number of training faces (20,000)."""
    fraction = HELD_OUT_FRACTION if held_out_fraction is None else held_out_fraction
    count = FACES_COUNT if limit is None else limit
    return Source(
        name="faces",
        stem=stem_of("faces", size, channels, count, fraction, seed, _renderer_hash()),
        size=size,
        channels=channels,
        card={
            "source": f"rendered by began_lib.faces, seed {seed}",
            "licence": "MIT, made here",
            "crop": "none: rendered at this size",
            "split": f"held-out faces are those from index {FACES_HELD_OUT_START} on",
        },
        plan=lambda: Plan(
            train=range(count),
            held_out=range(FACES_HELD_OUT_START, FACES_HELD_OUT_START + split_count(count, fraction)),
            read=partial(_render, size=size, channels=channels, seed=seed),
        ),
    )


def _renderer_hash() -> str:
    # The code itself, so that faces packed by an older renderer are never taken for the current one's; without comments
    # and docstrings, which draw nothing.
    import began_lib.faces

    code = []
    for path in sorted(Path(began_lib.faces.__file__).parent.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
                del node.body[0]
        code.append(ast.dump(tree))
    return hashlib.sha256("".join(code).encode()).hexdigest()


def _render(indices: Sequence[int], size: int, channels: int, seed: int) -> Chunk:
    from began_lib import faces

    factors, images = faces.sample(len(indices), seed=seed, size=size, start=indices[0])
    pixels = to_uint8(images).cpu().numpy()
    if channels == 1:
        grey = np.tensordot(pixels.astype(np.float32), _LUMA, axes=([1], [0]))
        pixels = np.round(grey).astype(np.uint8)[:, None]
    return Chunk(images=pixels, factors=np.asarray(factors.as_array(), dtype=np.float32))


def lfw_source(size: int, channels: int, limit: int | None, held_out_fraction: float | None, seed: int) -> Source:
    """Labeled Faces in the Wild, funneled, through scikit-learn; held out by person.

    Raises as :func:`lfw_folder` does, and FileNotFoundError where that folder holds no photographs.
    """
    fraction = HELD_OUT_FRACTION if held_out_fraction is None else held_out_fraction
    folder = lfw_folder()
    files = [path for path in list_files(folder)[0] if path.suffix == ".jpg"]
    if not files:
        raise FileNotFoundError(f"{folder} holds no .jpg files; delete the folder and LFW is downloaded again")
    # Sizes without dates: a copy of LFW on another disk is the same data set.
    contents = "".join(f"{path.relative_to(folder).as_posix()} {path.stat().st_size}\n" for path in files)
    return Source(
        name="lfw",
        stem=stem_of("lfw", size, channels, contents, limit, fraction, seed),
        size=size,
        channels=channels,
        card={
            "source": "Labeled Faces in the Wild (Huang et al. 2007), funneled, through scikit-learn",
            "licence": "research and teaching, on its authors' terms; the photographs keep their owners' rights",
            "crop": "rows and columns 61 to 189 of 250",
            "split": f"a fraction {fraction} held out by person: nobody is in both parts",
        },
        plan=partial(_lfw_plan, folder, files, size, channels, limit, fraction, seed),
    )


def lfw_folder() -> Path:
    """Folder of the funneled photographs, one folder per person; downloaded by scikit-learn (about 240 MB) if missing.

    `BEGAN_LFW_HOME` names an existing copy: the folder that holds `lfw_home`, or `lfw_home` itself.

    Raises:
        FileNotFoundError: there is no copy where `BEGAN_LFW_HOME` says.
        OSError: the download failed, or was unpacked in part only.
    """
    if home := given.variable(LFW_VARIABLE):
        candidates = [Path(home, "lfw_home", "lfw_funneled"), Path(home, "lfw_funneled")]
        for candidate in candidates:
            if candidate.is_dir():
                return candidate
        raise FileNotFoundError(
            f"{LFW_VARIABLE} is {home}, but there is no folder {candidates[0]}; "
            f"give the folder that holds lfw_home/lfw_funneled, or unset {LFW_VARIABLE} to download LFW"
        )
    folder = storage.data_root() / "lfw_home" / "lfw_funneled"
    if not folder.is_dir():
        from sklearn.datasets import fetch_lfw_people

        # The download, its hash check and the unpacking are scikit-learn's. Its arrays are not used: it would decode
        # every photograph to float32 and keep them in a cache of 200 MB. One pixel of each leaves next to nothing.
        remedy = (
            f"put lfw-funneled.tgz, pairs.txt, pairsDevTrain.txt and pairsDevTest.txt into {folder.parent}, or set "
            f"{LFW_VARIABLE} to a folder that holds lfw_home/lfw_funneled"
        )
        with fetching("LFW", remedy):
            fetch_lfw_people(data_home=storage.data_root(), slice_=(slice(0, 1), slice(0, 1)), resize=None)
    archive = folder.with_name("lfw-funneled.tgz")
    if archive.exists():  # scikit-learn deletes it once everything is unpacked
        raise OSError(f"unpacking LFW was interrupted: delete {folder} and try again (the archive is kept)")
    return folder


def _lfw_plan(
    folder: Path, files: list[Path], size: int, channels: int, limit: int | None, fraction: float, seed: int
) -> Plan:
    people = [list(pictures) for _, pictures in groupby(files, key=lambda path: path.parent)]
    people.sort(key=lambda pictures: rank(seed, pictures[0].parent.name.encode()))
    target = split_count(len(files), fraction)
    train: list[Path] = []
    held_out: list[Path] = []
    for pictures in people:
        # Whole people only, so someone with more pictures than there is room for stays in the training part.
        part = held_out if len(held_out) + len(pictures) <= target else train
        part += pictures
    if limit is not None:
        # A few pictures of many people rather than all pictures of a few.
        for part in (train, held_out):
            part.sort(key=lambda path: rank(seed, path.name.encode()))
        train, held_out = limited(train, held_out, limit, fraction)
    read = partial(read_pictures, folder=folder, size=size, channels=channels, crop=LFW_CROP)
    return Plan(train, held_out, read)


SOURCES = {
    "faces": faces_source,
    "lfw": lfw_source,
    "celeba": celeba_source,
    "cifar10": cifar10_source,
    "mnist": mnist_source,
    "fashion": fashion_source,
    "olivetti": olivetti_source,
}
