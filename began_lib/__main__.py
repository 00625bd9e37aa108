"""The command line: `python -m began_lib train --data lfw --size 64 --gamma 0.5`, and its sisters."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial

from began_lib import __version__
from began_lib.commands import describe, export, pictures
from began_lib.machine import given
from began_lib.machine.streams import printing
from began_lib.rivals import command as rivals
from began_lib.scores import command as score
from began_lib.training import options

HELP = """\
BEGAN (arXiv 1703.10717) trains a generator of pictures and an auto-encoder against each other, in balance: these
commands prepare the data, your own pictures or a named set, train, keep what was trained, and score it.
"""

EXAMPLES = """\
a first hour:
  python -m began_lib data ~/pictures --size 32 --preview pictures.png  what it would train on, and what is left out
  python -m began_lib train --data ~/pictures --size 32 --filters 16 --steps 2000 --out runs/mine
  python -m began_lib sample runs/mine --n 64 --out samples             its images, as files (--grid FILE: as one)
  python -m began_lib score --model runs/mine                           how near its images are to real ones
  python -m began_lib ship runs/mine mine                               keep it: began_lib.shipped.load("mine")

python -m began_lib COMMAND --help has the options of each. The notebooks, which teach what happens: make lab.
"""

TRACEBACK = "BEGAN_TRACEBACK"


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands; what each runs is `execute` of the parsed arguments."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m began_lib", description=HELP, epilog=EXAMPLES, formatter_class=raw)
    parser.set_defaults(execute=lambda arguments: parser.print_help())
    parser.add_argument("--version", dest="execute", action="store_const", const=print_version, help="print it")
    whole_words = partial(argparse.ArgumentParser, allow_abbrev=False)  # --gam is no option, today's or tomorrow's
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=whole_words)

    trained = commands.add_parser(
        "train", help="train a BEGAN", description=options.HELP, epilog=options.EXAMPLES, formatter_class=raw
    )
    trained.set_defaults(execute=rivals.run)
    options.add_options(trained)
    rivals.add_options(trained)

    for name, add, what in (
        ("data", describe.add_data, "make a data set ready and say what is in it and what is left out"),
        ("models", describe.add_models, "print the layers of both networks, their shapes and weights"),
        ("sample", pictures.add_sample, "make pictures: files of a model's images, or one grid of them"),
        ("reconstruct", pictures.add_reconstruct, "show what a model makes of pictures: x, G(z_r) and D(x)"),
        ("interpolate", pictures.add_interpolate, "go from picture to picture through codes, as a row or a film"),
        ("export", export.add_options, "write a model for other programs: G as ONNX, or its card as a page of a hub"),
    ):
        add(commands.add_parser(name, **_about(what)))

    ship = commands.add_parser("ship", **_about("keep a run of `train` as a model with a name"))
    ship.set_defaults(execute=run_ship)
    ship.add_argument("run", type=given.path, metavar="RUN", help="folder of the run")
    ship.add_argument("name", help="name of the model")
    what = "also keep both networks as they were then"
    ship.add_argument("--snapshots", type=given.positive, nargs="*", default=[], metavar="STEP", help=what)
    what = "keep D in eight bits: of a large model half the file, with the same pictures"
    ship.add_argument("--small-discriminator", action="store_true", help=what)
    what = "of models (default: the one that BEGAN_MODELS names, else models/)"
    ship.add_argument("--to", type=given.path, metavar="FOLDER", help=what)

    scored = commands.add_parser(
        "score", help="score a model's images", description=score.HELP, epilog=score.EXAMPLES, formatter_class=raw
    )
    scored.set_defaults(execute=score.run)
    score.add_options(scored)
    return parser


def _about(what: str) -> dict[str, str]:
    """One sentence for the list of commands and the head of the command's own help."""
    return {"help": what, "description": f"{what[0].upper()}{what[1:]}."}


def print_version(arguments: argparse.Namespace) -> None:
    """`--version`."""
    print(__version__)


def run_ship(arguments: argparse.Namespace) -> None:
    """`ship`: keep checkpoints of a run as a model with a name, with the command that made it on its card."""
    from began_lib.shipped.ship import ship_run

    at = arguments.snapshots, arguments.to
    print(ship_run(arguments.run, arguments.name, *at, small_discriminator=arguments.small_discriminator))


@printing()
def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status, all but 0 with one line on stderr.

    0; 1 after an error that nobody foresaw, whose origin BEGAN_TRACEBACK=1 shows; 2 after errors of the user's making;
    3 for a diverged run; 4 where another process of the run is gone; 130 after Ctrl-C, 143 after SIGTERM, 129 after
    SIGHUP, 141 where whoever read the output has gone.
    """
    import torch

    from began_lib.machine.interruption import PIPE_CLOSED
    from began_lib.training.parallel import LOST, RankLost
    from began_lib.training.run import Diverged

    arguments = build_parser().parse_args(argv)
    try:
        return arguments.execute(arguments) or 0
    except KeyboardInterrupt:
        print("began_lib: interrupted.", file=sys.stderr)
        return 128 + signal.SIGINT
    except BrokenPipeError:
        return 128 + PIPE_CLOSED
    except torch.OutOfMemoryError as error:
        what = str(error).splitlines()[0]
        print(f"began_lib: {what} Give a smaller --batch-size, or train with --recompute.", file=sys.stderr)
        return 2
    except (Diverged, RankLost, ValueError, OSError) as error:
        print(f"began_lib: {error}", file=sys.stderr)
        return {Diverged: 3, RankLost: LOST}.get(type(error), 2)
    except Exception as error:  # of a decoder, a download, an optional package, or a fault of ours
        if TRACEBACK in os.environ:
            raise
        what = (str(error).strip() or "no message").splitlines()[0]
        print(f"began_lib: {type(error).__name__}: {what} (where it came from: {TRACEBACK}=1)", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
