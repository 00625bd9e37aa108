"""The named data sets that torchvision and scikit-learn download: CelebA, CIFAR-10, MNIST, Fashion-MNIST, Olivetti.

Both check the hash of what they fetch, and fetch anew what is damaged or was broken off. Where a server is down, the
error says which files to put where by hand.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from began_lib.data.folder import HELD_OUT_FRACTION, limited, rank, read_pictures, split_count
from began_lib.data.packing import Chunk, Plan, Source, stem_of
from began_lib.data.pictures import resize_square, to_array
from began_lib.machine import storage

CELEBA_CROP = (25, 50, 153, 178)  # of 178x218; as in carpedm20/BEGAN-tensorflow, the code base most others started from
DIGITS_BORDER = 2  # black pixels around 28x28 pictures, which make 32x32 of them without a change
PEOPLE, PICTURES_EACH = 40, 10  # of Olivetti
_GREY = "grey pictures; --grey packs them with one channel, without it three equal ones"

Parts = tuple[Sequence[np.ndarray], Sequence[np.ndarray]]  # training and held-out pictures, uint8 (H, W) or (H, W, 3)


@contextlib.contextmanager
def fetching(name: str, remedy: str) -> Iterator[None]:
    """Whatever goes wrong inside becomes an OSError of one line, with what can be done by hand."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # servers, archives and their readers raise nearly any type
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise OSError(f"could not get {name} ({reason}); check the network and try again, or {remedy}") from error


def celeba_source(size: int, channels: int, limit: int | None, held_out_fraction: float | None, seed: int) -> Source:
    """CelebA, aligned and cropped, through torchvision; its own train and test parts, which share no identity.

    Raises ValueError for a held-out fraction.
    """
    _refuse_fraction("celeba", held_out_fraction)
    return Source(
        name="celeba",
        stem=stem_of("celeba", size, channels, limit, CELEBA_CROP),
        size=size,
        channels=channels,
        card={
            "source": "CelebA (Liu et al. 2015), aligned 178x218, through torchvision",
            "licence": "non-commercial research only, on its authors' terms",
            "crop": "rows 50 to 178 and columns 25 to 153 of 218x178, as in carpedm20/BEGAN-tensorflow",
            "split": "its own train and test parts, which share no person; the validation part is left out",
        },
        plan=partial(_celeba_plan, size, channels, limit),
    )


def _celeba_plan(size: int, channels: int, limit: int | None) -> Plan:
    from torchvision.datasets import CelebA

    home = storage.data_root() / "celeba"
    texts = ", ".join(name for _, _, name in CelebA.file_list if name.endswith(".txt"))
    remedy = (
        f"put {texts} and the folder img_align_celeba, unpacked from img_align_celeba.zip, into {home}. torchvision "
        "fetches them from Google Drive, which needs `pip install gdown` and often refuses for a day"
    )
    parts = {}
    for split in ("train", "test"):
        with fetching("CelebA", remedy):
            dataset = CelebA(storage.data_root(), split=split, target_type=[], download=True)
        folder = Path(dataset.root, dataset.base_folder, "img_align_celeba")
        parts[split] = [folder / name for name in dataset.filename]
        missing = [path.name for path in parts[split] if not path.is_file()]
        if missing:  # torchvision asks for the folder only
            raise OSError(
                f"{folder} lacks {len(missing):,} of CelebA's pictures, {missing[0]} among them: its unpacking was "
                f"broken off. Remove the folder, or unpack img_align_celeba.zip into {home} again."
            )
    train, held_out = limited(parts["train"], parts["test"], limit, HELD_OUT_FRACTION)
    return Plan(train, held_out, partial(read_pictures, folder=folder, size=size, channels=channels, crop=CELEBA_CROP))


def cifar10_source(size: int, channels: int, limit: int | None, held_out_fraction: float | None, seed: int) -> Source:
    """CIFAR-10 through torchvision; its own train and test parts. ValueError for a held-out fraction."""
    _refuse_fraction("cifar10", held_out_fraction)
    card = {
        "source": "CIFAR-10 (Krizhevsky 2009), through torchvision",
        "licence": "no licence stated by its author; cite the technical report",
        "crop": "none: 32x32 pictures" + ("" if size == 32 else f", resized to {size}x{size}"),
        "split": "its own train and test parts",
    }
    return _of_arrays("cifar10", stem_of("cifar10", size, channels, limit), size, channels, limit, card, _load_cifar10)


def _load_cifar10() -> Parts:
    from torchvision.datasets import CIFAR10

    root = storage.data_root()
    with fetching("CIFAR-10", f"put cifar-10-python.tar.gz into {root}"):
        train, held_out = (CIFAR10(root, part, download=True).data for part in (True, False))
    return train, held_out


def mnist_source(size: int, channels: int, limit: int | None, held_out_fraction: float | None, seed: int) -> Source:
    """MNIST through torchvision: handwritten digits, 28x28, grey; split as published. ValueError for a fraction."""
    source = "MNIST (LeCun, Cortes and Burges 1998), through torchvision"
    licence = "CC BY-SA 3.0"
    return _of_idx("mnist", "MNIST", source, licence, size, channels, limit, held_out_fraction)


def fashion_source(size: int, channels: int, limit: int | None, held_out_fraction: float | None, seed: int) -> Source:
    """Fashion-MNIST through torchvision: clothes, 28x28, grey; split as published. ValueError for a fraction."""
    source = "Fashion-MNIST (Xiao, Rasul and Vollgraf 2017), through torchvision"
    return _of_idx("fashion", "FashionMNIST", source, "MIT", size, channels, limit, held_out_fraction)


def _of_idx(
    name: str,
    kind: str,
    source: str,
    licence: str,
    size: int,
    channels: int,
    limit: int | None,
    held_out_fraction: float | None,
) -> Source:
    _refuse_fraction(name, held_out_fraction)
    card = {
        "source": source,
        "licence": licence,
        "crop": "none: 28x28 pictures, 2 black pixels around" + ("" if size == 32 else f", resized to {size}x{size}"),
        "split": "its own train and test parts",
        "colour": _GREY,
    }
    stem = stem_of(name, size, channels, limit, DIGITS_BORDER)
    return _of_arrays(name, stem, size, channels, limit, card, partial(_load_idx, kind), DIGITS_BORDER)


def _load_idx(kind: str) -> Parts:
    from torchvision import datasets

    root, dataset = storage.data_root(), getattr(datasets, kind)
    home = root / kind / "raw"
    files = ", ".join(name for name, _ in dataset.resources)
    # What is unpacked has no hash: a file that was broken off while unpacking is found when it is read.
    with fetching(kind, f"put {files} into {home}; if a file there is cut short, delete it"):
        train, held_out = (dataset(root, train=part, download=True).data.numpy() for part in (True, False))
    return train, held_out


def olivetti_source(size: int, channels: int, limit: int | None, held_out_fraction: float | None, seed: int) -> Source:
    """Olivetti faces through scikit-learn: ten photographs of each of 40 people, 64x64, grey; held out by person."""
    fraction = HELD_OUT_FRACTION if held_out_fraction is None else held_out_fraction
    card = {
        "source": "Olivetti faces (AT&T Laboratories Cambridge, Samaria and Harter 1994), through scikit-learn",
        "licence": "on AT&T Laboratories Cambridge's terms: credit is to be given to them",
        "crop": "none: 64x64 pictures" + ("" if size == 64 else f", resized to {size}x{size}"),
        "split": f"a fraction {fraction} held out by person: nobody is in both parts",
        "colour": _GREY,
    }
    stem = stem_of("olivetti", size, channels, limit, fraction, seed)
    return _of_arrays("olivetti", stem, size, channels, limit, card, partial(_load_olivetti, fraction, seed))


def _load_olivetti(fraction: float, seed: int) -> Parts:
    from sklearn.datasets import fetch_olivetti_faces

    root = storage.data_root()
    with fetching("Olivetti", f"put olivettifaces.mat into {root}; if olivetti_py3.pkz there is cut short, delete it"):
        images = fetch_olivetti_faces(data_home=root).images
    pictures = np.round(images * 255).astype(np.uint8)  # [0, 1] in 255 steps
    people = sorted(range(PEOPLE), key=lambda person: rank(seed, str(person).encode()))
    apart = split_count(PEOPLE, fraction)
    # One picture of everybody, then the second of everybody: a few pictures of many people rather than the reverse.
    order = [
        [PICTURES_EACH * p + i for i in range(PICTURES_EACH) for p in part] for part in (people[apart:], people[:apart])
    ]
    return pictures[order[0]], pictures[order[1]]


def _of_arrays(
    name: str,
    stem: str,
    size: int,
    channels: int,
    limit: int | None,
    card: dict[str, str],
    load: Callable[[], Parts],
    border: int = 0,
) -> Source:
    """A data set of small pictures that are in memory once they are loaded; `border` black pixels go around each."""

    def plan() -> Plan:
        train, held_out = limited(*load(), limit, HELD_OUT_FRACTION)
        return Plan(train, held_out, partial(_convert, size=size, channels=channels, border=border))

    return Source(name, stem, size, channels, card, plan)


def _convert(pictures: Sequence[np.ndarray], size: int, channels: int, border: int) -> Chunk:
    mode = "RGB" if channels == 3 else "L"
    squares = (ImageOps.expand(Image.fromarray(picture).convert(mode), border) for picture in pictures)
    return Chunk([to_array(resize_square(square, size)) for square in squares])


def _refuse_fraction(name: str, held_out_fraction: float | None) -> None:
    if held_out_fraction is not None:
        raise ValueError(f"{name} comes with its own held-out part; leave held_out_fraction out")
