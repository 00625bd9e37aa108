"""The command line: `python -m began_lib train --data lfw --size 64 --gamma 0.5`, and its sisters."""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from began_lib.machine.storage import REPOSITORY
from began_lib.models import IMAGE_SIZES, Architecture
from began_lib.scores import command as score
from began_lib.training import options
from began_lib.training.configuration import TrainingConfig
from began_lib.training.options import command_of, config_of, options_given

if TYPE_CHECKING:
    from began_lib.training.parallel import Ranks


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; what each runs is `execute` of the parsed arguments."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m began_lib", description=__doc__, formatter_class=raw)
    parser.set_defaults(execute=lambda arguments: parser.print_help())
    parser.add_argument("--version", dest="execute", action="store_const", const=print_version, help="print it")
    commands = parser.add_subparsers(metavar="COMMAND")

    train = commands.add_parser(
        "train", help="train a BEGAN", description=options.HELP, epilog=options.EXAMPLES, formatter_class=raw
    )
    train.set_defaults(execute=run_train)
    options.add_options(train)

    data = commands.add_parser("data", help="pack a data set and describe it")
    data.set_defaults(execute=run_data)
    data.add_argument("data", help="faces, lfw, celeba, cifar10 or a folder of pictures")
    data.add_argument("--size", type=int, default=32, choices=IMAGE_SIZES)

    shape = Architecture()
    models = commands.add_parser("models", help="print the layers of both networks")
    models.set_defaults(execute=run_models)
    models.add_argument("--size", type=int, default=shape.size, choices=IMAGE_SIZES)
    models.add_argument("--filters", type=int, default=shape.filters, metavar="N")
    models.add_argument("--hidden", type=int, default=shape.hidden, metavar="N")

    ship = commands.add_parser("ship", help="make a model of data/shipped/ from a run of `train`")
    ship.set_defaults(execute=run_ship)
    ship.add_argument("run", type=Path, metavar="RUN", help="folder of the run")
    ship.add_argument("name", help="name of the model")
    ship.add_argument(
        "--snapshots", type=int, nargs="*", default=[], metavar="STEP", help="also keep both networks as they were then"
    )

    scored = commands.add_parser(
        "score", help="score a model's images", description=score.HELP, epilog=score.EXAMPLES, formatter_class=raw
    )
    scored.set_defaults(execute=score.run)
    score.add_options(scored)
    return parser


def print_version(arguments: argparse.Namespace) -> None:
    """`--version`: the installed one, or that of the checkout."""
    try:
        print(importlib.metadata.version("began_lib"))
    except importlib.metadata.PackageNotFoundError:
        print(tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def run_train(arguments: argparse.Namespace) -> None:
    """`train`: open the data, build or resume the trainer, train; in each of the processes that torchrun started."""
    import torch

    from began_lib.training.parallel import joined

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with joined(arguments.device) as ranks:  # refuses a wrong device before minutes of packing
        _train(arguments, ranks)


def _train(arguments: argparse.Namespace, ranks: Ranks) -> None:
    from began_lib.data import open_dataset
    from began_lib.machine.storage import read_json
    from began_lib.training.trainer import Trainer

    def say(line: str, file: TextIO | None = None) -> None:
        if ranks.first:
            print(line, file=file)

    if arguments.resume and arguments.out and arguments.data is None:
        if settled := options_given(arguments):
            raise ValueError(
                f"--resume goes on with the run in {arguments.out} as it was begun: expected no {', '.join(settled)}. "
                f"To go on otherwise, branch it: --branch {arguments.out}@STEP, and another --out."
            )
        config = TrainingConfig.from_json(read_json(arguments.out / "config.json"))
        if arguments.steps is not None:
            config = TrainingConfig.from_json({**config.as_json(), "steps": arguments.steps})
    else:
        config = config_of(arguments)
    a = config.architecture
    ranks.share(config.batch_size)  # refuses a batch that cannot be shared before minutes of packing
    folder = arguments.out or Path("runs") / f"{Path(config.data).name}-{a.size}"
    if not arguments.resume and (folder / "checkpoints").exists():
        raise ValueError(f"{folder} holds a run already: give --resume to go on with it, or another --out.")
    with ranks.first_alone("data"):
        dataset = open_dataset(config.data, size=a.size, channels=a.channels, limit=config.limit)
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
            say(line, sys.stderr)
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
    from began_lib.figures.layers import FORMATS, layer_table
    from began_lib.figures.tables import table
    from began_lib.models import Discriminator, Generator

    shape = Architecture(
        size=arguments.size, filters=arguments.filters, hidden=arguments.hidden, latent=arguments.hidden
    )
    for network in (Generator(shape), Discriminator(shape)):
        print(f"{type(network).__name__}\n{table(layer_table(network), FORMATS).to_string()}\n")


def run_ship(arguments: argparse.Namespace) -> None:
    """`ship`: keep checkpoints of a run as a shipped model, with the command that made it on its card."""
    from began_lib.shipped.ship import export

    print(export(arguments.run, arguments.name, command_of, arguments.snapshots))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status: 0; 2 after errors of the user's making; 3 for a diverged run; 4 where
    another process of the run is gone. All but 0 with one line on stderr.
    """
    import torch

    from began_lib.training.parallel import LOST, RankLost
    from began_lib.training.trainer import Diverged

    arguments = build_parser().parse_args(argv)
    try:
        arguments.execute(arguments)
    except Diverged as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return 3
    except RankLost as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return LOST
    except torch.OutOfMemoryError as error:
        what = str(error).splitlines()[0]
        print(f"began_lib: {what} Give a smaller --batch-size, or train with --recompute.", file=sys.stderr)
        return 2
    except (ValueError, OSError) as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
