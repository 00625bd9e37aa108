"""`python -m began_lib train --system NAME`: the same command for BEGAN and for its rivals."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import torch

from began_lib.machine.lock import sole_writer
from began_lib.machine.precision import choose_device
from began_lib.models import Architecture
from began_lib.rivals.memory import step_memory
from began_lib.rivals.rival import Cannot, RivalConfig
from began_lib.rivals.systems import SYSTEMS, configured
from began_lib.rivals.trainer import RivalTrainer, is_run, read_config
from began_lib.training import checkpoints
from began_lib.training import command as began
from began_lib.training.configuration import INTERVALS, TrainingConfig, read_settings
from began_lib.training.memory import require_memory

BEGAN = "began"
SETTINGS = {field.name for field in fields(RivalConfig)} | {"grey"}
MAY_DIFFER = ("data", "held_out", "steps")  # in a resumed run: where its pictures lie now, and its length
OF_THE_RUN = {"system", "device", "threads", "out", "resume", *INTERVALS}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give the parser of `train` the option that says what is trained."""
    parser.add_argument(
        "--system",
        choices=(BEGAN, *SYSTEMS),
        help=f"what is trained: {BEGAN} (default) or a rival, whose settings are its own paper's unless given",
    )


def run(arguments: argparse.Namespace) -> int:
    """Train what `--system` names or the folder to be resumed holds; the exit status is 128 and a signal's number.

    Raises Cannot where a rival is given options that are BEGAN's alone, or several processes.
    """
    system = arguments.system
    if system is None and arguments.resume and arguments.out and is_run(arguments.out):
        system = read_config(arguments.out).system
    if system in (None, BEGAN):
        return began.run(arguments)
    if given := refused(arguments):
        raise Cannot(f"{system} has no {', '.join(given)}: leave out what is BEGAN's alone.")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise Cannot(f"{system} trains in one process: start it with python, not with torchrun.")
    return _train(arguments, system)


def refused(arguments: argparse.Namespace) -> list[str]:
    """The options that were given and mean nothing to a rival."""
    known = SETTINGS | OF_THE_RUN | {"execute"}
    given = {n for n, value in vars(arguments).items() if n not in known and value is not None and value is not False}
    given |= {name for name in ("halving", "clamp_k") if getattr(arguments, name, None) is False}  # --no-halving
    return sorted("--" + name.replace("_", "-") for name in given)


def config_of(arguments: argparse.Namespace, system: str) -> RivalConfig:
    """The configuration that the options describe; what was not given is as the system's paper has it."""
    return configured(system, **_given(arguments))


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    given = {name: value for name in SETTINGS - {"system"} if (value := getattr(arguments, name, None)) is not None}
    if given.pop("grey", None):
        given["channels"] = 1
    return given


def _train(arguments: argparse.Namespace, system: str) -> int:
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config, folder, intervals = planned(arguments, system)
    device = choose_device(arguments.device)
    require_memory(device, config.batch_size, step_memory(config, device))
    with sole_writer(folder):
        return _train_in(folder, config, intervals, arguments)


def _train_in(folder: Path, config: RivalConfig, intervals: dict[str, int], arguments: argparse.Namespace) -> int:
    from began_lib.data import open_dataset

    own = {"limit": config.limit, "crop": config.crop, "held_out": config.held_out}
    dataset = open_dataset(config.data, size=config.size, channels=config.channels, **own)
    print(dataset.report())
    trainer = RivalTrainer(config, dataset, folder, arguments.device, **intervals)
    if arguments.resume and not checkpoints.list_checkpoints(folder / "checkpoints"):
        print(f"{folder} has no checkpoint yet: its run begins anew.", file=sys.stderr)
    elif arguments.resume:
        for line in trainer.resume():
            print(line, file=sys.stderr)
        began.require_to_go(folder, config.steps, trainer.steps_done)
        print(f"resumed {folder} at step {trainer.steps_done}")
    trainer.train()
    if trainer.steps_done < config.steps:
        print(
            f"stopped; to go on: python -m began_lib train --resume --out {shlex.quote(str(folder))}", file=sys.stderr
        )
    print(_summary(trainer, folder))
    return 128 + trainer.stopped_by if trainer.stopped_by else 0


def planned(arguments: argparse.Namespace, system: str) -> tuple[RivalConfig, Path, dict[str, int]]:
    """The configuration that the options mean, the folder of the run and the intervals of its files.

    Raises:
        ValueError: the folder holds another run, or options were given that a resumed run has otherwise.
    """
    config = config_of(arguments, system)
    folder, kept = arguments.out or default_folder(config), {}
    if arguments.resume:
        config, kept = _as_begun(arguments, folder, system), read_settings(folder)[1]
    began.require_usable(folder, config.data, config.held_out)
    if not arguments.resume and checkpoints.list_checkpoints(folder / "checkpoints"):
        raise ValueError(f"{folder} holds a run already: give --resume to go on with it, or another --out.")
    given = {name: value for name in INTERVALS if (value := getattr(arguments, name)) is not None}
    return config, folder, {**INTERVALS, **kept, **given}


def _as_begun(arguments: argparse.Namespace, folder: Path, system: str) -> RivalConfig:
    config, given = read_config(folder), {"system": system, **_given(arguments)}
    other = [name for name, value in given.items() if name not in MAY_DIFFER and value != getattr(config, name)]
    if other:
        named = ", ".join("--" + {"channels": "grey"}.get(name, name).replace("_", "-") for name in sorted(other))
        raise ValueError(f"--resume goes on with the run in {folder} as it was begun: expected no other {named}.")
    config = replace(config, **{name: given[name] for name in MAY_DIFFER if name in given})
    began.require_pictures(folder, config.data)
    return config


def default_folder(config: RivalConfig) -> Path:
    """runs/SYSTEM-DATA-SIZE."""
    folder = began.default_folder(TrainingConfig(data=config.data, architecture=Architecture(size=config.size)))
    return folder.with_name(f"{config.system}-{folder.name}")


def _summary(trainer: RivalTrainer, folder: Path) -> str:
    history = trainer.history
    if not len(history):
        return f"no step was made in {folder}."
    tail = min(1000, len(history))
    means = (f"  {name:14s} {history.tail_mean(name, tail):.4f}" for name in history.columns)
    head = f"{len(history)} steps in {folder}, samples in {folder / 'samples'}; means of the last {tail}:"
    return "\n".join([head, *means])
