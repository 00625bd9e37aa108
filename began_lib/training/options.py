"""The options of every command, and the configuration that they describe."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import fields
from pathlib import Path

from began_lib.models import IMAGE_SIZES, Architecture
from began_lib.training.configuration import TrainingConfig

TRAIN_HELP = """\
Train a BEGAN. Every option has the paper's value as its default, where the paper gives one.

What to watch: L(x) and L(G(z)) should settle at a ratio of gamma; k rises from 0 to where it keeps them there, and
should stay away from 1; M_global should fall, quickly at first. Samples are saved as pictures in RUN/samples, all
measurements in RUN/history.npz, checkpoints in RUN/checkpoints. Ctrl-C stops cleanly; --resume goes on, with the same
numbers as if it had never stopped.

`torchrun --nproc-per-node N -m began_lib train ...` shares each batch among N processes on one machine, one per CUDA
device or several on the CPU (torchrun gives each one thread: see --threads). The batch size is that of all together,
and the numbers are those of one process to rounding. --resume goes on with any number of processes.
"""

TRAIN_EXAMPLES = """\
examples:
  python -m began_lib train --data faces --size 32 --filters 16 --steps 2000       a first look, minutes
  python -m began_lib train --data lfw --size 32 --filters 32 --steps 20000        faces, under an hour on a laptop
  python -m began_lib train --data celeba --size 64 --filters 64 --hidden 64       the paper's 64x64 experiment, GPU
  python -m began_lib train --data ~/pictures --size 64 --filters 32               your own pictures
  python -m began_lib train --resume --out runs/lfw-32                             go on with a run
  torchrun --nproc-per-node 2 -m began_lib train --data celeba --batch-size 32     on two GPUs, 16 images each
  python -m began_lib train --branch runs/lfw-32@5000 --gamma 0.7 --out runs/other  another gamma from step 5000 on,
                       with the run's other options given again (its checkpoints kept: train it with --keep 100)
"""


SCORE_HELP = """\
Inception score, FID, KID, precision and recall, density and coverage, and MS-SSIM among pairs, of a model's images and,
in the same table, of what they have to be compared with: other real images (the floor), noise, one image repeated, the
mean image. On faces also the share in which a detector finds one; on `faces` the coverage of every known factor.

Numbers of different networks, sizes of image or numbers of images cannot be compared; every score names all three.
efficientnet_lite0 needs no download. inception_v3 is the network of published numbers. factors reads drawn faces.
"""

SCORE_EXAMPLES = """\
examples:
  python -m began_lib score --model faces-32 --samples 2000 --network factors       a minute
  python -m began_lib score --model lfw-32 --json scores.json
  python -m began_lib score --model runs/cifar10-32 --data cifar10 --network inception_v3 --samples 10000
"""

FEATURE_NETWORKS = ("inception_v3", "efficientnet_lite0", "factors")  # of began_lib.feature_networks, slow to import


def positive(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"expected at least 1, found {number}")
    return number


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m began_lib", description=__doc__, formatter_class=raw)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    train = commands.add_parser(
        "train", help="train a BEGAN", description=TRAIN_HELP, epilog=TRAIN_EXAMPLES, formatter_class=raw
    )
    default, shape = TrainingConfig(), Architecture()
    add = train.add_argument
    add("--data", default=None, help="faces, lfw, celeba, cifar10 or a folder of pictures (default: faces)")
    add("--size", type=int, choices=IMAGE_SIZES, help=f"image size in pixels (default {shape.size})")
    add("--grey", action="store_true", default=None, help="one channel instead of three")
    add("--filters", type=int, metavar="N", help=f"n of figure 1 (default {shape.filters})")
    add("--hidden", type=int, metavar="N", help=f"N_h, size of the embedding h (default {shape.hidden})")
    add("--latent", type=int, metavar="N", help="N_z, size of z (default: as --hidden)")
    add("--repeats", type=int, metavar="N", help=f"convolutions per scale (default {shape.repeats})")
    add("--skip-connections", action="store_true", default=None, help="section 3.5.1, off by default")
    add("--vanishing-residuals", action="store_true", default=None, help="section 3.5.1, off by default")
    add("--gamma", type=float, help=f"diversity ratio in [0, 1] (default {default.gamma})")
    add("--lambda-k", type=float, metavar="GAIN", help=f"gain of the controller (default {default.lambda_k})")
    add("--k", type=float, help="start value of k in [0, 1] (default 0)")
    add("--hold-k", action="store_true", default=None, help="keep k where it starts: no controller")
    add("--eta", type=int, choices=(1, 2), help="exponent of the reconstruction loss (default 1)")
    add("--learning-rate", type=float, metavar="RATE", help=f"Adam's, at the start (default {default.learning_rate})")
    add("--learning-rate-floor", type=float, metavar="RATE", help=f"(default {default.learning_rate_floor})")
    add("--halving-patience", type=int, metavar="N", help="thousands of steps without progress before a halving")
    add("--batch-size", type=int, metavar="N", help=f"(default {default.batch_size})")
    add("--separate-z", action="store_true", default=None, help="draw z_D and z_G apart, as the objective is written")
    add("--steps", type=int, help=f"length of the run in all (default {default.steps})")
    add("--seed", type=int, help="of weights, z, order and flips (default 0)")
    add("--branch", metavar="RUN@STEP", help="begin as a copy of another run, then go on with these options")
    add("--precision", choices=("auto", "fp32", "bf16"), help="auto is bf16 where the hardware multiplies it")
    add("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    add("--recompute", action="store_true", help="activation checkpointing: less memory, more time, same numbers")
    add("--threads", type=positive, metavar="N", help="CPU threads (default: one per core)")
    add("--limit", type=int, metavar="N", help="use only the first N pictures of the data set")
    add("--out", type=Path, metavar="RUN", help="folder of the run (default runs/DATA-SIZE)")
    add("--resume", action="store_true", help="go on from the newest good checkpoint in --out")
    add("--checkpoint-every", type=int, default=1000, metavar="STEPS")
    add("--sample-every", type=int, default=1000, metavar="STEPS")
    add("--keep", type=int, default=2, metavar="N", help="checkpoints kept (default 2)")

    data = commands.add_parser("data", help="pack a data set and describe it")
    data.add_argument("data", help="faces, lfw, celeba, cifar10 or a folder of pictures")
    data.add_argument("--size", type=int, default=32, choices=IMAGE_SIZES)

    models = commands.add_parser("models", help="print the layers of both networks")
    models.add_argument("--size", type=int, default=shape.size, choices=IMAGE_SIZES)
    models.add_argument("--filters", type=int, default=shape.filters, metavar="N")
    models.add_argument("--hidden", type=int, default=shape.hidden, metavar="N")

    ship = commands.add_parser("ship", help="make a model of data/shipped/ from a run of `train`")
    ship.add_argument("run", type=Path, metavar="RUN", help="folder of the run")
    ship.add_argument("name", help="name of the model")
    ship.add_argument(
        "--snapshots", type=int, nargs="*", default=[], metavar="STEP", help="also keep both networks as they were then"
    )

    factors = commands.add_parser("factors", help="train the classifier of the factors of faces, and measure it")
    factors.add_argument("--faces", type=int, default=24_000, metavar="N", help="to learn from (default 24000)")
    factors.add_argument("--epochs", type=int, default=6, metavar="N", help="(default 6)")
    factors.add_argument("--out", type=Path, metavar="FOLDER", help="(default data/shipped/factors-32)")

    results = commands.add_parser("results", help="measure what the shipped models give, and write RESULTS.md")
    results.add_argument("--only", nargs="+", default=[], metavar="PART", help="such as figure-6 (default: all)")
    results.add_argument("--page", action="store_true", help="measure nothing, only write the page anew")
    results.add_argument("--cifar10", default="cifar10", metavar="DATA", help="by name, or a folder of its pictures")

    recipe = commands.add_parser("recipe", help="train the short runs of the table of settings in RESULTS.md")
    recipe.add_argument("--threads", type=positive, metavar="N", help="CPU threads (default: one per core)")

    score = commands.add_parser(
        "score", help="score a model's images", description=SCORE_HELP, epilog=SCORE_EXAMPLES, formatter_class=raw
    )
    score.add_argument("--model", required=True, metavar="NAME", help="a shipped model, or the folder of a run")
    score.add_argument("--data", metavar="NAME", help="data set or folder (default: what the model was trained on)")
    score.add_argument("--samples", type=int, metavar="N", help="(default: 10000, or half of the training part)")
    score.add_argument(
        "--network", default="efficientnet_lite0", choices=FEATURE_NETWORKS, help="(default: %(default)s)"
    )
    score.add_argument("--weights", type=Path, metavar="FILE", help="the network's weights, where they lie elsewhere")
    score.add_argument(
        "--rebuilt", action="store_true", help="also score real images rebuilt by D: what its blur costs"
    )
    score.add_argument("--seed", type=int, default=0, help="of z, and of the drawing of real images (default 0)")
    score.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    score.add_argument("--threads", type=positive, metavar="N", help="CPU threads (default: one per core)")
    score.add_argument("--json", type=Path, metavar="FILE", help="also write everything here")

    bench = commands.add_parser("bench", help="time the training step against the textbook one")
    bench.add_argument("--faces", action="store_true", help="time the renderer of faces instead, in faces a second")
    bench.add_argument("--reader", action="store_true", help="time what a reader waits for: imports, sliders, threads")
    bench.add_argument("--notebooks", action="store_true", help="with --reader: each notebook as well, in minutes")
    bench.add_argument(
        "--until-faces", metavar="DATA", help="train on faces, such as lfw, until 90 %% of samples are faces"
    )
    bench.add_argument("--upsampling", action="store_true", help="time convolutions behind an up-sampling, both ways")
    bench.add_argument(
        "--processes", type=int, nargs="+", metavar="N", help="time whole runs shared among so many processes each"
    )
    bench.add_argument("--profile", action="store_true", help="where our step's time goes, for the first case")
    bench.add_argument("--sizes", type=int, nargs="+", default=[32], choices=IMAGE_SIZES, help="(default 32)")
    bench.add_argument("--filters", type=int, nargs="+", default=[32, 64], metavar="N", help="(default 32 64)")
    bench.add_argument("--batch-size", type=int, nargs="+", default=[16], metavar="N", help="(default 16)")
    bench.add_argument("--each", action="store_true", help="also each measure alone, and all together")
    bench.add_argument("--saving", action="store_true", help="also activation checkpointing")
    bench.add_argument("--programme", action="store_true", help="all that a GPU is asked, the most wanted first")
    bench.add_argument("--minutes", type=float, default=float("inf"), help="begin no case later than this")
    bench.add_argument("--seconds", type=float, default=6.0, help="spent on each variant (default 6)")
    bench.add_argument("--device", default="auto")
    bench.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    bench.add_argument("--plot", type=Path, metavar="FILE", help="also draw the ratios, as a PNG")
    return parser


def config_of(arguments: argparse.Namespace) -> TrainingConfig:
    """The configuration that the options describe; what was not given keeps its default."""
    given = {name: value for name, value in vars(arguments).items() if value is not None}
    shape = {f.name: given[f.name] for f in fields(Architecture) if f.name in given}
    if "hidden" in given:
        shape.setdefault("latent", given["hidden"])
    if given.get("grey"):
        shape["channels"] = 1
    run = {f.name: given[f.name] for f in fields(TrainingConfig) if f.name in given}
    return TrainingConfig(**{**run, "architecture": Architecture(**shape)})


def options_given(arguments: argparse.Namespace) -> list[str]:
    """The options of `train` on the command line that decide a run's numbers, its data and length apart."""
    names = {f.name for kind in (TrainingConfig, Architecture) for f in fields(kind)} - {"data", "steps"}
    given = [name for name in (*sorted(names), "grey") if getattr(arguments, name, None) is not None]
    return ["--" + name.replace("_", "-") for name in given]


def command_of(config: TrainingConfig) -> str:
    """The `train` command whose options give this configuration; only what differs from the defaults."""
    default = TrainingConfig()
    shape, usual = config.architecture, default.architecture
    options: dict[str, object] = {"data": config.data}
    options |= {f.name: getattr(shape, f.name) for f in fields(Architecture) if f.name not in ("channels", "latent")}
    if shape.latent != shape.hidden:
        options["latent"] = shape.latent
    if shape.channels == 1:
        options["grey"] = True
    options |= {
        f.name: getattr(config, f.name) for f in fields(TrainingConfig) if f.name not in ("data", "architecture")
    }
    words = ["python -m began_lib train"]
    for name, value in options.items():
        if name not in ("data", "latent") and value == getattr(usual, name, getattr(default, name, None)):
            continue
        option = "--" + name.replace("_", "-")
        words.append(option if value is True else f"{option} {shlex.quote(str(value))}")
    command = " ".join(words)
    arguments, unknown = build_parser().parse_known_args(shlex.split(command)[3:])
    if unknown or config_of(arguments) != config:
        raise ValueError(f"no command gives this configuration, it was made in Python; the nearest is {command}")
    return command
