"""What `python -m began_lib train` does: the run that its options mean, from the data to the last line."""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import TextIO

import numpy as np
from PIL import Image

from began_lib.data.folder import safe_stem
from began_lib.data.pixels import encode_film
from began_lib.data.sources import SOURCES
from began_lib.machine.precision import choose_precision
from began_lib.machine.storage import atomic_write
from began_lib.training import checkpoints
from began_lib.training.board import Board, tensorboard_writer
from began_lib.training.configuration import (
    GRID_IMAGES,
    INTERVALS,
    MAY_BRANCH,
    TrainingConfig,
    branch_point,
    read_run,
)
from began_lib.training.evaluation import diversity, diversity_of_data
from began_lib.training.memory import require_memory
from began_lib.training.options import config_of, options_given
from began_lib.training.parallel import Ranks, joined
from began_lib.training.report import report
from began_lib.training.trainer import Trainer


def run(arguments: argparse.Namespace) -> int:
    """Train, in each of the processes that torchrun started; the exit status is 128 and the signal that stopped it."""
    import torch

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with joined(arguments.device) as ranks:  # refuses a wrong device before minutes of packing
        return _train(arguments, ranks)


def _train(arguments: argparse.Namespace, ranks: Ranks) -> int:
    from began_lib.data import open_dataset

    def say(line: str, file: TextIO | None = None) -> None:
        if ranks.first:
            print(line, file=file)

    config, folder, intervals = planned(arguments)
    shape, share = config.architecture, ranks.share(config.batch_size)  # refuses what cannot be shared
    # These too are refused before minutes of packing.
    require_memory(ranks.device, shape, share, choose_precision(config.precision, ranks.device), arguments.recompute)
    writer = tensorboard_writer(folder) if arguments.log and ranks.first else None
    with ranks.first_alone("data"):
        own = {"limit": config.limit, "crop": config.crop, "held_out": config.held_out}
        dataset = open_dataset(config.data, size=shape.size, channels=shape.channels, **own)
    say(dataset.report())
    more = {"recompute": arguments.recompute, "ranks": ranks, **intervals}
    trainer = Trainer(config, dataset, folder, arguments.device, **more)
    if arguments.resume and not checkpoints.list_checkpoints(folder / "checkpoints"):
        say(f"{folder} has no checkpoint yet: its run begins anew.", sys.stderr)
    elif arguments.resume:
        for line in trainer.resume():
            say(line, sys.stderr)
        say(f"resumed {folder} at step {trainer.steps_done}")
    board = Board(trainer, writer) if writer is not None else None
    trainer.train(callbacks=[board] if board else [])
    if trainer.steps_done < config.steps:  # first, and where a pipe seldom leads: `| tail` is gone after Ctrl-C
        start = "python" if ranks.size == 1 else f"torchrun --nproc-per-node {ranks.size}"
        say(f"stopped; to go on: {start} -m began_lib train --resume --out {shlex.quote(str(folder))}", sys.stderr)
    if ranks.first:
        if board:
            board.write(trainer)
        if arguments.film:
            say(f"the samples as a film: {film_of(folder, arguments.film)}")
        say(_summary(trainer, folder))
    # torchrun ends all processes as soon as one fails, and has a status of its own.
    return 128 + trainer.stopped_by if trainer.stopped_by and ranks.size == 1 else 0


def _summary(trainer: Trainer, folder: Path) -> str:
    if not len(trainer.history):
        return f"no step was made in {folder}."
    data, pictures = trainer.dataset.train, len(trainer.dataset.train)
    differ = diversity(trainer.samples()), diversity_of_data(data, GRID_IMAGES)
    head = f"{len(trainer.history)} steps in {folder}, samples in {folder / 'samples'}:"
    return "\n".join([head, report(trainer.history, trainer.config, pictures, *differ)])


def film_of(folder: Path, kind: str) -> Path:
    """Write a run's sample grids, in order, as one film of 8 pictures a second; returns its path.

    Args:
        folder: of a run with at least one grid.
        kind: gif or webp.
    """
    grids = [np.asarray(Image.open(path).convert("RGB")) for path in sorted((folder / "samples").glob("step-*.png"))]
    path = folder / f"film.{kind}"
    with atomic_write(path) as file:
        file.write(encode_film(grids, kind.upper(), milliseconds=125))
    return path


def planned(arguments: argparse.Namespace) -> tuple[TrainingConfig, Path, dict[str, int]]:
    """The configuration that the options mean, the folder of the run and the intervals of its files.

    Raises:
        ValueError: the folder holds another run or lies among the pictures, or options were given that resuming or
            branching does not allow.
        CheckpointError: there is no such checkpoint to branch from, or it is damaged.
    """
    if arguments.resume and arguments.out:
        config = _as_it_was_begun(arguments)
    elif arguments.branch:
        config = branched(arguments)
    else:
        config = config_of(arguments)
    folder = arguments.out or default_folder(config)
    _require_usable(folder, config.data)
    kept: dict[str, int] = {}
    if arguments.resume:
        kept = read_run(folder)[1]  # told where there is no run
    elif checkpoints.list_checkpoints(folder / "checkpoints"):
        raise ValueError(f"{folder} holds a run already: give --resume to go on with it, or another --out.")
    given = {name: getattr(arguments, name) for name in INTERVALS if getattr(arguments, name) is not None}
    return config, folder, {**INTERVALS, **kept, **given}


def _require_usable(folder: Path, data: str) -> None:
    """Raise ValueError where no run can lie: among its own pictures, or where nothing can be written."""
    if data not in SOURCES and folder.resolve().is_relative_to(Path(data).expanduser().resolve()):
        raise ValueError(
            f"the run's folder {folder} lies inside the pictures of {data}, which would grow by its samples: "
            "give --out a folder elsewhere."
        )
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ValueError(f"nothing can be written into {there}: give --out another folder.")


def _as_it_was_begun(arguments: argparse.Namespace) -> TrainingConfig:
    config = read_run(arguments.out)[0]
    if other := options_given(arguments, config):
        raise ValueError(
            f"--resume goes on with the run in {arguments.out} as it was begun: expected no {', '.join(other)}. "
            f"To go on otherwise, branch it: --branch {arguments.out}@STEP, and another --out."
        )
    changes = {name: getattr(arguments, name) for name in ("data", "steps") if getattr(arguments, name) is not None}
    config = replace(config, **changes)
    if config.data not in SOURCES and not Path(config.data).expanduser().is_dir():
        raise FileNotFoundError(
            f"the pictures of {arguments.out} are not in {config.data} any more: say with --data where they lie now."
        )
    return config


def branched(arguments: argparse.Namespace) -> TrainingConfig:
    """The configuration of the run that `--branch` names, with what the other options change in it.

    Raises:
        ValueError: a change that a branch may not make, or no step is left to train.
        CheckpointError: the run has no such checkpoint, or it is damaged.
    """
    run, step = branch_point(arguments.branch)
    path = checkpoints.checkpoint_path(run / "checkpoints", step)
    if not path.is_file():
        there = ", ".join(str(checkpoints.step_of(p)) for p in checkpoints.list_checkpoints(path.parent)) or "none"
        raise checkpoints.CheckpointError(
            f"{run} has no checkpoint of step {step}: those that it has are of steps {there}. A run keeps more of them "
            "when it is trained with --keep N."
        )
    origin = TrainingConfig.from_json(checkpoints.load_tensors(path)[1]["config"])
    config = config_of(arguments, origin)
    there, here = _settings(origin), _settings(config)
    if not SOURCES.keys() & {there["data"], here["data"]}:  # of folders the pictures decide, once they are packed
        there["data"] = here["data"]
    other = [f"{name}: {there[name]!r} there, {here[name]!r} here" for name in here if here[name] != there[name]]
    if other:
        raise ValueError(
            f"a branch has the networks, the data and the batches of its run; found {'; '.join(other)}. Leave these "
            "options out, or train a new run without --branch."
        )
    if config.steps <= step:
        raise ValueError(
            f"the branch begins at step {step} and its length is {config.steps} steps in all: give more --steps."
        )
    return config


def _settings(config: TrainingConfig) -> dict[str, object]:
    """All in which a branch may not differ from its run, the architecture's settings among them."""
    values = {name: value for name, value in config.as_json().items() if name not in (*MAY_BRANCH, "architecture")}
    return values | asdict(config.architecture)


def default_folder(config: TrainingConfig) -> Path:
    """runs/DATA-SIZE; for a folder of pictures with letters of its path's hash, so that no two of one name meet."""
    name = config.data
    if name not in SOURCES:
        pictures = Path(name).expanduser().resolve()
        name = f"{safe_stem(pictures.name)}-{hashlib.sha256(str(pictures).encode()).hexdigest()[:4]}"
    return Path("runs") / f"{name}-{config.architecture.size}"
