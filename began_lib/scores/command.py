"""The options of `python -m began_lib score`, and what it does."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from began_lib.machine import given
from began_lib.machine.given import positive
from began_lib.models import IMAGE_SIZES

if TYPE_CHECKING:
    import torch

    from began_lib.scores.subject import Subject
    from began_lib.shipped.model import Model

HELP = """\
Inception score, FID, KID, precision and recall, density and coverage, and MS-SSIM among pairs, of a model's images and,
in the same table, of what they have to be compared with: other real images (the floor), noise, one image repeated, the
mean image. On faces also the share in which a detector finds one; on `faces` the coverage of every known factor.

How long it takes is said before it starts: minutes to half an hour on a CPU, by the number of images. Features of real
images are kept in the cache: the next model against the same data takes a quarter of that. With fewer than 2,000 images
FID is too high, and a comparison with other numbers means nothing.

Numbers of different networks, sizes of image or numbers of images cannot be compared; every score names all three.
efficientnet_lite0 needs no download. inception_v3 is the network of published numbers. factors reads drawn faces.

--shipped-reference scores images of 32x32 or 64x64 against LFW without the photographs.
"""

EXAMPLES = """\
examples:
  python -m began_lib score --model faces-32 --samples 2000 --network factors       a minute
  python -m began_lib score --model lfw-32 --json scores.json
  python -m began_lib score --model lfw-32 --shipped-reference                      without the photographs, a minute
  python -m began_lib score --model faces-32 --step 1000 --network factors          one of its snapshots
  python -m began_lib score --model ~/pictures --data lfw                           pictures that something else made
  python -m began_lib score --model runs/cifar10-32 --data cifar10 --network inception_v3 --samples 10000
"""

FEATURE_NETWORKS = ("inception_v3", "efficientnet_lite0", "factors")  # of `networks`, slow to import


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `score`."""
    add = parser.add_argument
    what = "a model, the folder of a run, or a folder of pictures"
    add("--model", required=True, type=given.source, metavar="NAME", help=what)
    add("--step", type=positive, metavar="N", help="the model after N steps: a snapshot, or a checkpoint of a run")
    add("--size", type=int, choices=IMAGE_SIZES, help="of a folder of pictures (default: that of its first)")
    add("--data", type=given.source, metavar="NAME", help="data set or folder (default: what the model was trained on)")
    add("--crop", help="of the data's pictures: X,Y,W,H or WxH (default: the model's, for its own data)")
    add("--held-out", type=given.source, metavar="FOLDER", help="of the data's held-out pictures (default: likewise)")
    add("--samples", type=positive, metavar="N", help="(default: 10000, or half of the training part)")
    add("--network", default="efficientnet_lite0", choices=FEATURE_NETWORKS, help="(default: %(default)s)")
    add("--weights", type=given.path, metavar="FILE", help="the network's weights, where they lie elsewhere")
    what = "hold it against features of photographs that ship, where those are not here: fewer rows, 1,000 images"
    add("--shipped-reference", action="store_true", help=what)
    add("--rebuilt", action="store_true", help="also score real images rebuilt by D: what its blur costs")
    add("--seed", type=given.seed, default=0, metavar="N", help="of z, and of the drawing of real images (default 0)")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    add("--threads", type=given.threads, metavar="N", help="CPU threads (default: one per core)")
    add("--json", type=given.path, metavar="FILE", help="also write everything here")


def run(arguments: argparse.Namespace) -> None:
    """Print the table, and write it as JSON where asked; ValueError for options that exclude each other."""
    import torch

    from began_lib.machine.precision import choose_device
    from began_lib.machine.storage import write_json
    from began_lib.scores import networks, references
    from began_lib.scores.table import score, score_against

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    device = choose_device(arguments.device)
    subject, data, reading = subject_and_data(arguments, device)
    asked = arguments.samples or arguments.rebuilt or arguments.crop or arguments.held_out
    if arguments.shipped_reference and asked:
        raise ValueError(
            "--shipped-reference goes by the 1,000 photographs whose features ship: leave --samples, --rebuilt, --crop "
            "and --held-out out."
        )
    network = networks.load(arguments.network, arguments.weights, device)
    if arguments.shipped_reference:
        table = score_against(subject, references.load(data, subject.size, network), network)
    else:
        table = score(subject, data, network, arguments.samples, arguments.seed, arguments.rebuilt, **reading)
    print(table)
    if arguments.json:
        write_json(arguments.json, table.as_json())


def subject_and_data(arguments: argparse.Namespace, device: torch.device) -> tuple[Subject, str, dict[str, str]]:
    """What `--model` names, the data that it is held against, and that data's crop and held-out folder.

    Raises ValueError where model or data are not to be had.
    """
    from began_lib import shipped
    from began_lib.rivals.trainer import is_run
    from began_lib.scores.subject import of_folder, of_model, of_rival

    reading = {"crop": arguments.crop or "", "held_out": arguments.held_out or ""}
    folder = given.path(arguments.model)
    if arguments.model not in shipped.names() and folder.is_dir() and not (folder / "config.json").is_file():
        if arguments.step:
            raise ValueError(f"{folder} is a folder of pictures, which have no steps: leave --step out.")
        if not arguments.data:
            raise ValueError(f"{folder} is a folder of pictures: say with --data which real ones they stand for.")
        return of_folder(folder, arguments.size, arguments.seed), arguments.data, reading
    if arguments.model not in shipped.names() and is_run(folder):
        if arguments.step or arguments.size:
            raise ValueError(f"{folder} is a rival's run, scored as it is: leave --step and --size out.")
        subject, config = of_rival(folder, device, arguments.seed)
        own = {"crop": config.crop, "held_out": config.held_out}
        if arguments.data:
            return subject, arguments.data, reading
        return subject, config.data, own | {name: text for name, text in reading.items() if text}
    model = shipped.load(arguments.model, arguments.step)
    if arguments.size:
        raise ValueError(f"--size is for folders of pictures; {arguments.model} has its own.")
    subject = of_model(model, device, arguments.seed)
    if arguments.data:
        return subject, arguments.data, reading
    own = {"crop": model.config.crop, "held_out": model.config.held_out}
    return subject, data_of(model), own | {name: text for name, text in reading.items() if text}


def data_of(model: Model) -> str:
    """The data set that a model was trained on, by name or folder. Raises ValueError where it was a folder not here."""
    from began_lib.data.sources import SOURCES

    data, source = model.config.data, model.card["data"].get("source", "")
    from_folder = source.startswith("the folder")  # whatever its name: a folder may be called as a data set is
    if given.path(data).is_dir() if from_folder else data in SOURCES:
        return f"./{data}" if data in SOURCES and from_folder else data
    like = next((f" {name} is what it looks like: --data {name}." for name in SOURCES if name in data), "")
    raise ValueError(
        f"{model.name} was trained on the pictures of the folder {data}, which is not here: give them with --data, as "
        f"a folder or one of {', '.join(SOURCES)}.{like}"
    )
