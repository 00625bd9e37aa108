"""The command line: `python -m began_lib train --data lfw --size 64 --gamma 0.5`, and its sisters."""

from __future__ import annotations

import argparse
import itertools
import shlex
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from began_lib.configuration import TrainingConfig
from began_lib.models import IMAGE_SIZES, Architecture

if TYPE_CHECKING:
    from began_lib.parallel import Ranks

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
    add("--threads", type=int, metavar="N", help="CPU threads (default: one per core)")
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
    results.add_argument("--only", nargs="+", default=[], metavar="PART", help="such as figure-3-faces (default: all)")
    results.add_argument("--page", action="store_true", help="measure nothing, only write the page anew")
    results.add_argument("--cifar10", default="cifar10", metavar="DATA", help="by name, or a folder of its pictures")

    recipe = commands.add_parser("recipe", help="train the short runs of the table of settings in RESULTS.md")
    recipe.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: one per core)")

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
    score.add_argument("--threads", type=int, metavar="N", help="CPU threads (default: one per core)")
    score.add_argument("--json", type=Path, metavar="FILE", help="also write everything here")

    bench = commands.add_parser("bench", help="time the training step against the textbook one")
    bench.add_argument("--faces", action="store_true", help="time the renderer of faces instead, in faces a second")
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


def run_train(arguments: argparse.Namespace) -> None:
    """`train`: open the data, build or resume the trainer, train; in each of the processes that torchrun started."""
    import torch

    from began_lib.parallel import joined

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with joined(arguments.device) as ranks:  # refuses a wrong device before minutes of packing
        _train(arguments, ranks)


def _train(arguments: argparse.Namespace, ranks: Ranks) -> None:
    from began_lib.data import open_dataset
    from began_lib.storage import read_json
    from began_lib.training import Trainer

    def say(line: str, file: TextIO | None = None) -> None:
        if ranks.first:
            print(line, file=file)

    if arguments.resume and arguments.out and arguments.data is None:
        config = TrainingConfig.from_json(read_json(arguments.out / "config.json"))
        if arguments.steps:
            config = TrainingConfig.from_json({**config.as_json(), "steps": arguments.steps})
    else:
        config = config_of(arguments)
    a = config.architecture
    ranks.share(config.batch_size)  # refuses a batch that cannot be shared before minutes of packing
    folder = arguments.out or Path("runs") / f"{Path(config.data).name}-{a.size}"
    if not arguments.resume and (folder / "checkpoints").exists():
        raise ValueError(f"{folder} holds a run already: give --resume to go on with it, or another --out.")
    with ranks.first_alone("data"):
        dataset = open_dataset(config.data, size=a.size, channels=a.channels, limit=arguments.limit)
    say(dataset.report())
    trainer = Trainer(
        config,
        dataset,
        folder,
        arguments.device,
        checkpoint_every=arguments.checkpoint_every,
        sample_every=arguments.sample_every,
        keep=arguments.keep,
        recompute=arguments.recompute,
        ranks=ranks,
    )
    if arguments.resume:
        for line in trainer.resume():
            say(f"passed over: {line}", sys.stderr)
        say(f"resumed {folder} at step {trainer.steps_done}")
    history = trainer.train()
    tail = min(1000, len(history))
    say(f"{len(history)} steps in {folder}; means of the last {tail}:")
    for name in ("loss_real", "loss_fake", "k", "m_global"):
        say(f"  {name:10s} {history.tail_mean(name, tail):.4f}")


def run_data(arguments: argparse.Namespace) -> None:
    """`data`: pack if needed, then describe."""
    from began_lib.data import open_dataset

    print(open_dataset(arguments.data, size=arguments.size).report())


def run_models(arguments: argparse.Namespace) -> None:
    """`models`: the two tables of layers."""
    from began_lib.models import Discriminator, Generator, layer_table

    shape = Architecture(
        size=arguments.size, filters=arguments.filters, hidden=arguments.hidden, latent=arguments.hidden
    )
    for network in (Generator(shape), Discriminator(shape)):
        print(f"{type(network).__name__}\n{layer_table(network)}\n")


def run_bench(arguments: argparse.Namespace) -> None:
    """`bench`: ratios within one run, or how fast faces are rendered."""
    from began_lib import bench
    from began_lib.storage import write_json

    if arguments.faces:
        result = bench.run_faces(arguments.device, arguments.seconds)
    else:
        compared = (*(["each"] if arguments.each else ["usual"]), *(["saving"] if arguments.saving else []))
        shapes = itertools.product(arguments.sizes, arguments.filters, arguments.batch_size)
        cases = bench.PROGRAMME if arguments.programme else [bench.Case(*shape, compared) for shape in shapes]
        result = bench.run(arguments.device, arguments.seconds, cases, arguments.minutes)
    if arguments.json:
        write_json(arguments.json, result)
    if arguments.plot and not arguments.faces:
        bench.draw(result, arguments.plot)


def run_ship(arguments: argparse.Namespace) -> None:
    """`ship`: keep checkpoints of a run as a shipped model, with the command that made it on its card."""
    from began_lib.shipped import export
    from began_lib.storage import read_json

    config = TrainingConfig.from_json(read_json(arguments.run / "config.json"))
    print(export(arguments.run, arguments.name, command_of(config), arguments.snapshots))


def run_factors(arguments: argparse.Namespace) -> None:
    """`factors`: train the classifier, write it with its card, and print how well it reads each factor."""
    from began_lib.factor_classifier import NAME
    from began_lib.factor_training import export
    from began_lib.shipped import FOLDER

    folder = arguments.out or FOLDER / NAME
    card = export(folder, arguments.faces, arguments.epochs)
    print(f"{folder}: share of {card['data']['held_out']} held-out faces whose class is named right")
    print("".join(f"{title:>28s}" for title in ("", "guessing", *card["accuracy"])))
    views = list(card["accuracy"].values())
    for name, row in views[0].items():
        cells = (row["guessing"], *(view[name]["accuracy"] for view in views))
        print(f"{name:>28s}" + "".join(f"{cell:28.1%}" for cell in cells))


def run_results(arguments: argparse.Namespace) -> None:
    """`results`: measure, then write the page."""
    from began_lib import results
    from began_lib.shipped import FOLDER

    root = FOLDER.parent.parent
    if not arguments.page:
        results.measure(root, arguments.only, arguments.cifar10)
    print(results.write(root))


def run_recipe(arguments: argparse.Namespace) -> None:
    """`recipe`: train what is not trained yet, a line each."""
    import torch

    from began_lib import recipe, results
    from began_lib.shipped import FOLDER

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    for name, found in recipe.run(FOLDER.parent.parent / results.RECIPE):
        print(f"{name}: " + ", ".join(f"{title} {form(found)}" for title, form in recipe.columns().items()))


def run_score(arguments: argparse.Namespace) -> None:
    """`score`: print the table, and write it as JSON where asked."""
    import torch

    from began_lib import feature_networks, score_table
    from began_lib.precision import choose_device
    from began_lib.storage import write_json

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    model = score_table.load_model(arguments.model)
    network = feature_networks.load(arguments.network, arguments.weights, choose_device(arguments.device))
    data = arguments.data or model.config.data
    table = score_table.score_model(model, data, network, arguments.samples, arguments.seed, arguments.rebuilt)
    print(table)
    if arguments.json:
        write_json(arguments.json, table.as_json())


COMMANDS = {
    "train": run_train,
    "ship": run_ship,
    "data": run_data,
    "models": run_models,
    "factors": run_factors,
    "bench": run_bench,
    "score": run_score,
    "results": run_results,
    "recipe": run_recipe,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0; 2 after errors of the user's making; 3 for a diverged run; 4 where
    another process of the run is gone. All but 0 with one line on stderr.
    """
    from began_lib.parallel import LOST, RankLost
    from began_lib.training import Diverged

    arguments = build_parser().parse_args(argv)
    try:
        COMMANDS[arguments.command](arguments)
    except Diverged as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return 3
    except RankLost as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return LOST
    except (ValueError, OSError) as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
