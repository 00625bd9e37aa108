"""The options of `python -m began_lib train`, and the configuration that they describe."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from dataclasses import Field, asdict, fields, replace
from typing import Any

from began_lib.machine import given
from began_lib.machine.given import positive
from began_lib.models import IMAGE_SIZES, Architecture
from began_lib.training.configuration import INTERVALS, MAY_BRANCH, TrainingConfig
from began_lib.training.questions import Questions

HELP = """\
Train a BEGAN. Every option has the paper's value as its default, where the paper gives one.

What to watch: L(x) and L(G(z)) should settle at a ratio of gamma; k rises from 0 to where it keeps them there, and
should stay away from 1; M_global should fall, quickly at first. Samples are saved as pictures in RUN/samples, all
measurements in RUN/history.npz, checkpoints in RUN/checkpoints; the end says in words what came of it. Ctrl-C stops
cleanly, with status 130, and prints the line that goes on (--resume), with the same numbers as if it had never stopped
(with --cuda-graph to rounding).
--branch RUN@STEP begins as a copy of a run: it takes over all options that are not given here, and may differ in gamma,
k, the learning rate and their rules. The rate begins anew, wherever it had fallen to. k goes on where it stood, unless
--k is another than that of the run's beginning or --hold-k holds it at --k.

`torchrun --nproc-per-node N -m began_lib train ...` shares each batch among N processes on one machine, one per CUDA
device or several on the CPU (torchrun gives each one thread: see --threads). The batch size is that of all together,
and the numbers are those of one process to rounding. --resume goes on with any number of processes.
"""

EXAMPLES = """\
examples:
  python -m began_lib train --data faces --size 32 --filters 16 --steps 2000       a first look, minutes
  python -m began_lib train --data lfw --size 32 --filters 32 --steps 20000        faces, about an hour of one core
  python -m began_lib train --data celeba --size 64 --filters 64 --cuda-graph      the paper's 64x64 experiment, GPU
  python -m began_lib train --data ~/pictures --size 64 --filters 32               your own pictures
  python -m began_lib train --resume --out runs/lfw-32                             go on with a run
  torchrun --nproc-per-node 2 -m began_lib train --data celeba --batch-size 32     on two GPUs, 16 images each
  python -m began_lib train --system dcgan --data lfw --size 32 --steps 5000       a system that the paper has beside it
  python -m began_lib train --data digits --grey --size 16 --filters 8 --no-flip   a folder of digits, not mirrored
  python -m began_lib train --branch runs/lfw-32@5000 --gamma 0.7 --out runs/other  another gamma from step 5000 on
                       (if it was kept: --keep 100 keeps more)
"""


KEPT = "newest checkpoints kept, beside some older ones, ever further apart"
FILMS = ("gif", "webp")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `train`: those that decide the numbers, None unless given, and those of the run."""
    add = parser.add_argument
    for setting in fields(TrainingConfig):
        if setting.name == "architecture":
            _add_architecture(parser)
        elif setting.name == "questions":
            _add_questions(parser)
        else:
            _add_setting(parser, setting)
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps (Apple, untested)")
    add("--cuda-graph", action="store_true", help="launch each step as one CUDA graph: same steps, less time")
    add("--recompute", action="store_true", help="activation checkpointing: less memory, more time, same numbers")
    add("--threads", type=given.threads, metavar="N", help="CPU threads (default: one per core)")
    add("--out", type=given.path, metavar="RUN", help="folder of the run (default runs/DATA-SIZE)")
    add("--resume", action="store_true", help="go on from the newest good checkpoint in --out")
    add("--film", choices=FILMS, help="at the end, all sample grids as a film, RUN/film.gif or film.webp")
    add("--log", choices=("tensorboard",), help="also write measurements and grids there, in RUN/tensorboard")
    _add_intervals(parser)


def _add_intervals(parser: argparse.ArgumentParser) -> None:
    meanings = ("between checkpoints", "between sample grids and measurements on held-out images", KEPT)
    for (name, usual), meaning in zip(INTERVALS.items(), meanings, strict=True):
        option, metavar = "--" + name.replace("_", "-"), "N" if name == "keep" else "STEPS"
        parser.add_argument(option, type=positive, metavar=metavar, help=f"{meaning} (default {usual}, or the run's)")


def _add_architecture(parser: argparse.ArgumentParser) -> None:
    add, default = parser.add_argument, Architecture()
    add("--size", type=int, choices=IMAGE_SIZES, help=f"image size in pixels (default {default.size})")
    add("--grey", action="store_true", default=None, help="one channel instead of three")
    add("--filters", type=positive, metavar="N", help=f"n of figure 1 (default {default.filters})")
    add("--hidden", type=positive, metavar="N", help=f"N_h, size of the embedding h (default {default.hidden})")
    add("--latent", type=positive, metavar="N", help="N_z, size of z (default: as --hidden)")
    add("--repeats", type=positive, metavar="N", help=f"convolutions per scale (default {default.repeats})")
    add("--skip-connections", action="store_true", default=None, help="3.5.1 of later versions, off by default")
    add("--vanishing-residuals", action="store_true", default=None, help="3.5.1 of later versions, off by default")


def _add_questions(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("open questions, off by default", "of the paper's conclusion, and of later work")
    for setting in fields(Questions):
        _add_setting(group, setting)


def _add_setting(parser: argparse._ActionsContainer, setting: Field[Any]) -> None:
    option, meaning, default = "--" + setting.name.replace("_", "-"), setting.metadata["help"], setting.default
    if isinstance(default, bool):
        meaning += f" (default {'yes' if default else 'no'})"
        parser.add_argument(option, action=argparse.BooleanOptionalAction, default=None, help=meaning)
        return
    kind: Callable[[str], Any] = {float: given.number, str: given.text}.get(type(default), given.whole)
    choices = setting.metadata["choices"]
    metavar = None if choices else {given.whole: "N", given.number: "X"}.get(kind)
    usual = "" if default in (None, "") else f" (default {default})"
    kind = given.source if setting.name in ("data", "held_out") else kind
    parser.add_argument(option, type=kind, choices=choices, metavar=metavar, help=meaning + usual)


def config_of(arguments: argparse.Namespace, origin: TrainingConfig | None = None) -> TrainingConfig:
    """The configuration that the options describe; what was not given is as in `origin`, by default the paper's."""
    origin = origin or TrainingConfig()
    chosen = {name: value for name, value in vars(arguments).items() if value is not None}
    shape = {f.name: chosen[f.name] for f in fields(Architecture) if f.name in chosen}
    if "hidden" in chosen:
        shape.setdefault("latent", chosen["hidden"])
    if chosen.get("grey"):
        shape["channels"] = 1
    run = {f.name: chosen[f.name] for f in fields(TrainingConfig) if f.name in chosen}
    asked = {f.name: chosen[f.name] for f in fields(Questions) if f.name in chosen}
    networks, questions = replace(origin.architecture, **shape), replace(origin.questions, **asked)
    return replace(origin, **run, architecture=networks, questions=questions)


def options_given(arguments: argparse.Namespace, run: TrainingConfig) -> list[str]:
    """The options of `train` that would decide a run's numbers otherwise than they are; its data's place may change."""
    there, here = (flat(config) for config in (run, config_of(arguments, run)))
    changed = {n: here[n] for n in sorted({*here} - {"data", "held_out", "steps"}) if here[n] != there[n]}
    return [_option("grey", True) if name == "channels" else _option(name, value) for name, value in changed.items()]


def without_effect(arguments: argparse.Namespace, config: TrainingConfig) -> list[str]:
    """A line for each option that was given, other than by default, and changes nothing in this configuration."""
    idle = {
        "carry_steps": "" if config.architecture.vanishing_residuals else "without --vanishing-residuals",
        **dict.fromkeys(("halving_patience", "learning_rate_floor"), "" if config.halving else "with --no-halving"),
        **dict.fromkeys(("lambda_k", "clamp_k"), "with --hold-k" if config.hold_k else ""),
    }
    usual = {setting.name: setting.default for setting in fields(TrainingConfig)}
    useless = {name: why for name, why in idle.items() if why and getattr(arguments, name) not in (None, usual[name])}
    return [f"{_option(name, getattr(arguments, name))} changes nothing {why}." for name, why in useless.items()]


def flat(config: TrainingConfig) -> dict[str, Any]:
    """All settings of a configuration by name, those of its networks and of the open questions among them."""
    own = {name: value for name, value in asdict(config).items() if name not in ("architecture", "questions")}
    return own | asdict(config.architecture) | asdict(config.questions)


def _option(name: str, value: object) -> str:
    return ("--no-" if value is False else "--") + name.replace("_", "-")


def command_of(config: TrainingConfig) -> str:
    """The `train` command whose options give this configuration: it names what differs from the paper's defaults.

    That of a branch names all in which a branch may differ, since its run's settings are its defaults.
    """
    shape, usual = config.architecture, Architecture()
    options: dict[str, object] = {"data": config.data}
    for f in fields(Architecture):
        if f.name not in ("channels", "latent") and getattr(shape, f.name) != getattr(usual, f.name):
            options[f.name] = getattr(shape, f.name)
    if shape.latent != shape.hidden:
        options["latent"] = shape.latent
    if shape.channels == 1:
        options["grey"] = True
    for f in fields(TrainingConfig):
        value = getattr(config, f.name)
        if f.name in ("data", "architecture", "questions"):
            continue
        if value != f.default or (config.branch and f.name in MAY_BRANCH):
            options[f.name] = value
    options |= {name: getattr(config.questions, name) for name in config.questions.asked}
    words = ["python -m began_lib train"]
    for name, value in options.items():
        words.append(_option(name, value))
        if not isinstance(value, bool):
            words.append(shlex.quote(str(value)))
    return " ".join(words)
