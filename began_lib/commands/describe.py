"""`python -m began_lib data` and `models`: what a data set holds, and what both networks are made of."""

from __future__ import annotations

import argparse

from began_lib.machine import given
from began_lib.models import IMAGE_SIZES, Architecture

PREVIEW_IMAGES = 64


def add_data(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `data`."""
    add = parser.add_argument
    what = "faces, lfw, celeba, cifar10, mnist, fashion, olivetti or a folder of pictures"
    add("data", type=given.source, help=what)
    usual = "image size in pixels (default %(default)s, as of train)"
    add("--size", type=int, default=Architecture().size, choices=IMAGE_SIZES, help=usual)
    add("--grey", action="store_true", help="one channel instead of three")
    add("--crop", default="", help="of a folder's pictures: X,Y,W,H, or WxH about the centre")
    add("--held-out", type=given.source, metavar="FOLDER", help="of held-out pictures (default: a tenth)")
    what = f"draw {PREVIEW_IMAGES} training images there, a .png or .jpg"
    add("--preview", type=given.path, metavar="FILE", help=what)
    parser.set_defaults(execute=data)


def data(arguments: argparse.Namespace) -> None:
    """`data`: pack if needed, describe, and draw images from all over the training part if asked."""
    from began_lib.data import open_dataset, to_unit_range
    from began_lib.data.pixels import kind_of, save_picture, tile
    from began_lib.data.sources import SOURCES
    from began_lib.machine.storage import require_free

    if arguments.preview:  # refused before minutes of packing
        kind_of(arguments.preview)
        folders = {arguments.data, arguments.held_out} - {*SOURCES, None}
        require_free(arguments.preview, map(given.path, folders))
    own = {"crop": arguments.crop, "held_out": arguments.held_out or ""}
    dataset = open_dataset(arguments.data, size=arguments.size, channels=1 if arguments.grey else 3, **own)
    print(dataset.report())
    if arguments.preview:
        images = dataset.train[:: max(1, len(dataset.train) // PREVIEW_IMAGES)][:PREVIEW_IMAGES]
        save_picture(arguments.preview, tile(to_unit_range(images), columns=8), scale=max(1, 64 // arguments.size))
        print(f"{len(images)} of the training images: {arguments.preview}")


def add_models(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `models`."""
    add, shape, usual = parser.add_argument, Architecture(), "(default %(default)s)"
    add("--size", type=int, default=shape.size, choices=IMAGE_SIZES, help=f"image size in pixels {usual}")
    add("--grey", action="store_true", help="one channel instead of three")
    number = {"type": given.positive, "metavar": "N"}
    add("--filters", **number, default=shape.filters, help=f"n of figure 1 {usual}")
    add("--hidden", **number, default=shape.hidden, help=f"N_h, size of h and z {usual}")
    parser.set_defaults(execute=models)


def models(arguments: argparse.Namespace) -> None:
    """`models`: the two tables of layers."""
    from began_lib.figures.layers import FORMATS, layer_table
    from began_lib.figures.tables import table
    from began_lib.models import Discriminator, Generator

    hidden, channels = arguments.hidden, 1 if arguments.grey else 3
    shape = Architecture(arguments.size, channels, arguments.filters, hidden=hidden, latent=hidden)
    for network in (Generator(shape), Discriminator(shape)):
        print(f"{type(network).__name__}\n{table(layer_table(network), FORMATS).to_string()}\n")
