"""Pictures of a trained model: the commands `sample`, `reconstruct` and `interpolate`, which need no data set."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from began_lib.machine import given
from began_lib.machine.given import positive
from began_lib.machine.storage import require_free

if TYPE_CHECKING:
    from torch import Tensor

    from began_lib.latent import Inversion
    from began_lib.shipped.model import Model

MODEL = "a model by name, or the folder of a run (its newest good checkpoint)"
PATHS = ("straight", "spherical", "matched")  # of `latent`, slow to import
FILMS = {".gif": "GIF", ".webp": "WEBP"}
ROW_IMAGES, FILM_IMAGES = 8, 30  # of G from one end to the next, the ends included
RANDOM_ENDS = 4  # codes drawn where no pictures are given
SEARCHED = 512  # random codes of which the nearest start the search for z_r, as in notebook 07
STARTS = 4
SEARCH_STEPS = 200
SEARCH_RATE = 0.3
MILLISECONDS = 60  # that each image of a film is shown
SHOWN = 64  # pixels that an image of a row or a film has at least
WIDEST_JPEG = 65_500  # pixels
LARGEST_GRID = 50_000_000  # pixels of a picture: programs that show pictures refuse much larger ones
AT_ONCE = 1024  # images in memory where each has a file of its own
CROP_HELP = "taken of each picture before its largest centred square: X,Y,W,H, or WxH about the centre"


def add_sample(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `sample`."""
    add_model(parser)
    add = parser.add_argument
    add("--n", type=given.at_most(100_000), default=64, metavar="N", help="how many (default %(default)s)")
    add("--out", type=given.path, metavar="FOLDER", help="a PNG file for each, in a folder that is new or empty")
    add("--grid", type=given.path, metavar="FILE", help="all of them in one .png or .jpg")
    add(
        "--seed",
        type=given.seed,
        default=0,
        metavar="N",
        help="of z (default 0); the first images of a seed do not depend on --n",
    )
    add("--scale", type=given.at_most(64), default=1, metavar="N", help="pixels of the file for one (default 1)")
    parser.set_defaults(execute=sample)


def add_reconstruct(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `reconstruct`."""
    add_model(parser)
    parser.add_argument("pictures", nargs="+", type=given.path, metavar="PICTURE", help="a picture file")
    parser.add_argument("--out", type=given.path, required=True, metavar="FILE", help=".png or .jpg; a column each")
    _add_search(parser)
    parser.set_defaults(execute=reconstruct)


def add_interpolate(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `interpolate`."""
    add_model(parser)
    add = parser.add_argument
    add("pictures", nargs="*", type=given.path, metavar="PICTURE", help="the ends, two or more (default: random codes)")
    add("--out", type=given.path, required=True, metavar="FILE", help="row: .png, .jpg; film: .gif, .webp")
    add("--path", choices=PATHS, default=PATHS[0], help="between two codes (default %(default)s, the paper's)")
    frames = f"images from one end to the next (default {ROW_IMAGES}, in a film {FILM_IMAGES})"
    add("--frames", type=given.at_most(1000), metavar="N", help=frames)
    _add_search(parser)
    parser.set_defaults(execute=interpolate)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Give a parser MODEL and --step."""
    parser.add_argument("model", type=given.source, metavar="MODEL", help=MODEL)
    parser.add_argument("--step", type=positive, metavar="N", help="the model after N steps, if that was kept")


def _add_search(parser: argparse.ArgumentParser) -> None:
    add, what = parser.add_argument, "of the codes that the search starts from, or of random ends (default 0)"
    add("--seed", type=given.seed, default=0, metavar="N", help=what)
    add("--crop", default="", help=CROP_HELP)


def sample(arguments: argparse.Namespace) -> None:
    """`sample`: images of G, as files or as one grid.

    Raises ValueError for no place, a folder with files in it, and a grid that is too large.
    """
    import torch

    from began_lib import shipped
    from began_lib.data.pixels import kind_of, save_picture, tile
    from began_lib.models import sample_z

    if not (arguments.out or arguments.grid):
        raise ValueError("say where the images go: --out FOLDER for a file each, --grid FILE for one picture, or both.")
    if arguments.grid:
        kind_of(arguments.grid)
        require_free(arguments.grid)
    if arguments.out and arguments.out.is_dir() and any(arguments.out.iterdir()):
        raise ValueError(f"{arguments.out} holds files already: expected a folder that is new or empty.")
    if arguments.out:
        require_free(arguments.out / "0.png")
    model, count = shipped.load(arguments.model, arguments.step), arguments.n
    shape = model.config.architecture
    side = shape.size * arguments.scale
    if arguments.grid and count * side**2 > LARGEST_GRID:
        raise ValueError(
            f"a grid of {count:,} images of {side}x{side} pixels is too large to look at: expected at most "
            f"{LARGEST_GRID // side**2:,} of them. Give a smaller --n or --scale, or --out for a file each."
        )
    codes = sample_z(count, shape.latent, torch.Generator().manual_seed(arguments.seed))
    what = f"{_title(model)}: {count:,} images of {shape.size}x{shape.size}"
    if arguments.out:
        places = (arguments.out / f"{i:0{len(str(count - 1))}}.png" for i in range(count))
        for part in codes.split(AT_ONCE):
            for image in model.generate(part):
                save_picture(next(places), tile(image[None]), arguments.scale)
        print(f"{what} in {arguments.out}")
    if arguments.grid:
        save_picture(arguments.grid, tile(model.generate(codes)), arguments.scale)
        print(f"{what}: {arguments.grid}")


def reconstruct(arguments: argparse.Namespace) -> None:
    """`reconstruct`: what G and D make of pictures, three rows: x, G(z_r), D(x)."""
    import torch

    from began_lib import shipped
    from began_lib.data.pixels import kind_of, save_picture, tile
    from began_lib.equilibrium import reconstruction_loss

    kind_of(arguments.out)
    require_free(arguments.out, arguments.pictures)
    model = shipped.load(arguments.model, arguments.step)
    x = read_pictures(arguments.pictures, model, arguments.crop)
    found = search(model, x, arguments.seed)
    rebuilt = model.reconstruct(x)
    rows = torch.cat([x, model.generate(found.best), rebuilt.clamp(-1, 1)])
    save_picture(arguments.out, tile(rows, columns=len(x)), _scale(model))
    for path, e_r, loss in zip(arguments.pictures, found.error, reconstruction_loss(x, rebuilt), strict=True):
        print(f"{path}: e_r = |x - G(z_r)| {e_r:.3f}, L(x) = |x - D(x)| {loss:.3f}")
    print(f"{_title(model)}; from top to bottom x, G(z_r), D(x): {arguments.out}")


def interpolate(arguments: argparse.Namespace) -> None:
    """`interpolate`: G along the path from code to code, as a row or a film.

    Raises ValueError for fewer than two ends or frames, and a row that its file cannot hold.
    """
    import torch

    from began_lib import shipped
    from began_lib.latent import PATHS
    from began_lib.models import sample_z

    film = _film_kind(arguments.out)
    require_free(arguments.out, arguments.pictures)
    frames = arguments.frames or (FILM_IMAGES if film else ROW_IMAGES)
    if frames < 2:
        raise ValueError("--frames is 1: expected at least 2, the two ends.")
    if len(arguments.pictures) == 1:
        raise ValueError("one picture given: expected two or more to go between, or none for random codes.")
    model = shipped.load(arguments.model, arguments.step)
    width = (frames + 2) * (model.config.architecture.size + 2) * _scale(model)
    if arguments.out.suffix.lower() in (".jpg", ".jpeg") and width > WIDEST_JPEG:
        raise ValueError(
            f"{arguments.out}: a row of {frames} images is {width:,} pixels wide, and JPEG has at most "
            f"{WIDEST_JPEG:,}: give a smaller --frames, or a .png."
        )
    x = read_pictures(arguments.pictures, model, arguments.crop) if arguments.pictures else None
    if x is None:
        random = torch.Generator().manual_seed(arguments.seed)
        codes = sample_z(RANDOM_ENDS, model.config.architecture.latent, random)
    else:
        found = search(model, x, arguments.seed)
        codes = found.best
        for path, e_r in zip(arguments.pictures, found.error, strict=True):
            print(f"{path}: e_r = |x - G(z_r)| {e_r:.3f}")
    t = torch.linspace(0, 1, frames)
    ways = [PATHS[arguments.path](codes[i], codes[i + 1], t) for i in range(len(codes) - 1)]
    legs = [model.generate(way) for way in ways]
    if film:
        _save_film(arguments.out, film, legs, _scale(model))
    else:
        _save_rows(arguments.out, x, legs, _scale(model))
    print(f"{_title(model)}, {arguments.path} path, {frames} images from end to end: {arguments.out}")


def read_pictures(paths: Sequence[Path], model: Model, crop: str = "") -> Tensor:
    """Picture files as a model's images: upright, the crop's largest centred square, (N, C, S, S) in [-1, 1].

    Raises PictureError, which names the file and the reason, for one that cannot be used.
    """
    import numpy as np

    from began_lib.data import PictureError, to_unit_range
    from began_lib.data.pictures import check_header, common_white, decode, parse_crop, read_file

    shape, taken, contents, images = model.config.architecture, parse_crop(crop), {}, []
    for path in paths:
        try:
            contents[path] = read_file(path)
            check_header(contents[path], shape.size)
        except PictureError as error:
            raise PictureError(f"{path}: {error}") from error
    white = common_white(contents.values())
    for path in paths:
        try:
            images.append(decode(contents[path], shape.size, shape.channels, taken, white=white))
        except PictureError as error:
            raise PictureError(f"{path}: {error}") from error
    return to_unit_range(np.stack(images))


def search(model: Model, x: Tensor, seed: int) -> Inversion:
    """Z_r of images (N, C, S, S) in [-1, 1]: Adam from those few of many random codes that are nearest."""
    import torch

    from began_lib.equilibrium import reconstruction_loss
    from began_lib.latent import invert
    from began_lib.models import sample_z

    codes = sample_z(SEARCHED, model.config.architecture.latent, torch.Generator().manual_seed(seed))
    made = model.generate(codes)
    distances = torch.stack([reconstruction_loss(made, image.expand_as(made)) for image in x])
    nearest = distances.topk(STARTS, largest=False).indices
    return invert(model.generator, x, codes[nearest], SEARCH_STEPS, SEARCH_RATE)


def _film_kind(path: Path) -> str | None:
    """The kind of film by the path's ending, None for that of a picture. Raises ValueError for other endings."""
    from began_lib.data.pixels import kind_of

    ending = path.suffix.lower()
    if ending == ".mp4":
        raise ValueError(f"{path}: films are .gif or .webp here; `ffmpeg -i FILE.gif FILE.mp4` makes an MP4 of one.")
    if ending not in FILMS:
        kind_of(path)
    return FILMS.get(ending)


def _save_film(path: Path, kind: str, legs: list[Tensor], scale: int) -> None:
    """Once through all codes and back, so that it runs on without a jump."""
    import torch

    from began_lib.data.pixels import encode_film, tile
    from began_lib.machine.storage import atomic_write

    there = torch.cat([legs[0], *(leg[1:] for leg in legs[1:])])
    images = torch.cat([there, there.flip(0)[1:-1]])
    with atomic_write(path) as file:
        file.write(encode_film([tile(image[None]) for image in images], kind, scale, MILLISECONDS))


def _save_rows(path: Path, x: Tensor | None, legs: list[Tensor], scale: int) -> None:
    """A row for each leg; at its ends the pictures themselves, where there are any."""
    import torch

    from began_lib.data.pixels import save_picture, tile

    if x is not None:
        legs = [torch.cat([x[i : i + 1], leg, x[i + 1 : i + 2]]) for i, leg in enumerate(legs)]
    save_picture(path, tile(torch.cat(legs), columns=len(legs[0])), scale)


def _title(model: Model) -> str:
    return f"{model.name} after {model.step:,} steps"


def _scale(model: Model) -> int:
    return max(1, SHOWN // model.config.architecture.size)
