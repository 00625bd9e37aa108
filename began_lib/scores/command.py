"""The options of `python -m began_lib score`, and what it does."""

from __future__ import annotations

import argparse
from pathlib import Path

from began_lib.training.options import positive

HELP = """\
Inception score, FID, KID, precision and recall, density and coverage, and MS-SSIM among pairs, of a model's images and,
in the same table, of what they have to be compared with: other real images (the floor), noise, one image repeated, the
mean image. On faces also the share in which a detector finds one; on `faces` the coverage of every known factor.

Numbers of different networks, sizes of image or numbers of images cannot be compared; every score names all three.
efficientnet_lite0 needs no download. inception_v3 is the network of published numbers. factors reads drawn faces.
"""

EXAMPLES = """\
examples:
  python -m began_lib score --model faces-32 --samples 2000 --network factors       a minute
  python -m began_lib score --model lfw-32 --json scores.json
  python -m began_lib score --model runs/cifar10-32 --data cifar10 --network inception_v3 --samples 10000
"""

FEATURE_NETWORKS = ("inception_v3", "efficientnet_lite0", "factors")  # of `networks`, slow to import


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `score`."""
    parser.add_argument("--model", required=True, metavar="NAME", help="a shipped model, or the folder of a run")
    parser.add_argument("--data", metavar="NAME", help="data set or folder (default: what the model was trained on)")
    parser.add_argument("--samples", type=int, metavar="N", help="(default: 10000, or half of the training part)")
    parser.add_argument(
        "--network", default="efficientnet_lite0", choices=FEATURE_NETWORKS, help="(default: %(default)s)"
    )
    parser.add_argument("--weights", type=Path, metavar="FILE", help="the network's weights, where they lie elsewhere")
    parser.add_argument(
        "--rebuilt", action="store_true", help="also score real images rebuilt by D: what its blur costs"
    )
    parser.add_argument("--seed", type=int, default=0, help="of z, and of the drawing of real images (default 0)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    parser.add_argument("--threads", type=positive, metavar="N", help="CPU threads (default: one per core)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write everything here")


def run(arguments: argparse.Namespace) -> None:
    """Print the table, and write it as JSON where asked."""
    import torch

    from began_lib import shipped
    from began_lib.machine.precision import choose_device
    from began_lib.machine.storage import write_json
    from began_lib.scores import networks
    from began_lib.scores.table import score_model

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    model = shipped.load(arguments.model)
    network = networks.load(arguments.network, arguments.weights, choose_device(arguments.device))
    data = arguments.data or model.config.data
    table = score_model(model, data, network, arguments.samples, arguments.seed, arguments.rebuilt)
    print(table)
    if arguments.json:
        write_json(arguments.json, table.as_json())
