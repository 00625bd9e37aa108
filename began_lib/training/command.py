"""What `python -m began_lib train` does: the run that its options mean, from the data to the last line."""

from __future__ import annotations

import argparse
import hashlib
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import numpy as np
from PIL import Image

from began_lib.data.folder import safe_stem
from began_lib.data.pixels import encode_film
from began_lib.data.sources import SOURCES
from began_lib.machine import given
from began_lib.machine.lock import sole_writer
from began_lib.machine.precision import choose_precision
from began_lib.machine.storage import atomic_write
from began_lib.training import checkpoints
from began_lib.training.board import Board, tensorboard_writer
from began_lib.training.captured import require_capturable
from began_lib.training.configuration import (
    GRID_IMAGES,
    INTERVALS,
    MAY_BRANCH,
    TrainingConfig,
    branch_point,
    read_run,
)
from began_lib.training.evaluation import diversity, diversity_of_data
from began_lib.training.memory import require_memory, step_memory
from began_lib.training.options import config_of, flat, options_given, without_effect
from began_lib.training.parallel import Ranks, joined
from began_lib.training.questions import trained_by
from began_lib.training.report import report
from began_lib.training.trainer import Trainer

HOW = ("cuda_graph", "recompute")  # options that change no number, and are not kept with a run


def run(arguments: argparse.Namespace) -> int:
    """Train, in each of the processes that torchrun started; the exit status is 128 and the signal that stopped it."""
    import torch

    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    with joined(arguments.device) as ranks:
        # All that can be refused is refused before minutes of packing.
        config, folder, intervals = planned(arguments)
        if arguments.cuda_graph:
            require_capturable(ranks.device, ranks.size, arguments.recompute)
        for line in without_effect(arguments, config) if ranks.first else []:
            print(line, file=sys.stderr)
        shape, share = config.architecture, ranks.share(config.batch_size)
        trained_by(config.questions, ranks)
        precision = choose_precision(config.precision, ranks.device)
        remedy = "" if arguments.recompute else ", or train with --recompute"
        require_memory(ranks.device, share, step_memory(shape, share, precision, arguments.recompute), remedy)
        with sole_writer(folder if ranks.first else None):
            return _train(arguments, ranks, config, folder, intervals)


def _train(
    arguments: argparse.Namespace, ranks: Ranks, config: TrainingConfig, folder: Path, intervals: dict[str, int]
) -> int:
    from began_lib.data import open_dataset

    def say(line: str, file: TextIO | None = None) -> None:
        if ranks.first:
            print(line, file=file)

    writer = tensorboard_writer(folder) if arguments.log and ranks.first else None
    with ranks.first_alone("data"):
        own = {"limit": config.limit, "crop": config.crop, "held_out": config.held_out}
        shape = config.architecture
        dataset = open_dataset(config.data, size=shape.size, channels=shape.channels, **own)
    say(dataset.report())
    more = {"recompute": arguments.recompute, "ranks": ranks, **intervals}
    trainer = Trainer(config, dataset, folder, arguments.device, **more)
    if arguments.cuda_graph:
        trainer.capture()
    if arguments.resume and not checkpoints.list_checkpoints(folder / "checkpoints"):
        say(f"{folder} has no checkpoint yet: its run begins anew.", sys.stderr)
    elif arguments.resume:
        for line in trainer.resume():
            say(line, sys.stderr)
        require_to_go(folder, config.steps, trainer.steps_done)
        say(f"resumed {folder} at step {trainer.steps_done}")
    board = Board(trainer, writer) if writer is not None else None
    trainer.train(callbacks=[board] if board else [])
    if trainer.steps_done < config.steps:  # first, and where a pipe seldom leads: `| tail` is gone after Ctrl-C
        start = "python" if ranks.size == 1 else f"torchrun --nproc-per-node {ranks.size}"
        how = "".join(f" --{name.replace('_', '-')}" for name in HOW if getattr(arguments, name))
        say(f"stopped; to go on: {start} -m began_lib train --resume --out {shlex.quote(str(folder))}{how}", sys.stderr)
    if ranks.first:
        if board:
            board.write(trainer)
        say(_summary(trainer, folder))
        if arguments.film:
            say(f"the samples as a film: {film_of(folder, arguments.film)}")
    # torchrun ends all processes as soon as one fails, and has a status of its own.
    return 128 + trainer.stopped_by if trainer.stopped_by and ranks.size == 1 else 0


def _summary(trainer: Trainer, folder: Path) -> str:
    if not len(trainer.history):
        return f"no step was made in {folder}."
    data, pictures = trainer.dataset.train, len(trainer.dataset.train)
    differ = diversity(trainer.samples().clamp(-1, 1)), diversity_of_data(data, GRID_IMAGES)
    head = f"{len(trainer.history)} steps in {folder}, samples in {folder / 'samples'}:"
    return "\n".join([head, report(trainer.history, trainer.config, pictures, *differ)])


def film_of(folder: Path, kind: str) -> Path:
    """Write a run's sample grids, in order, as one film of 8 pictures a second; returns its path.

    Damaged grids are passed over, with a line on stderr; ValueError where none is left.

    Args:
        folder: of a run.
        kind: gif or webp.
    """
    grids = []
    for grid in sorted((folder / "samples").glob("step-*.png")):
        try:
            grids.append(np.asarray(Image.open(grid).convert("RGB")))
        except Exception as error:  # decoders raise nearly any type on broken data
            print(f"passed over: {grid}, no picture or a damaged one ({error})", file=sys.stderr)
    if not grids:
        raise ValueError(f"no sample grid in {folder / 'samples'} can be read: there is nothing to make a film of.")
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
    kept: dict[str, int] = {}
    if arguments.resume:
        folder = arguments.out or default_folder(config_of(arguments))
        config, kept = _as_it_was_begun(arguments, folder)
    else:
        config = branched(arguments) if arguments.branch else config_of(arguments)
        folder = arguments.out or default_folder(config)
    require_usable(folder, config.data, config.held_out)
    if not arguments.resume and checkpoints.list_checkpoints(folder / "checkpoints"):
        raise ValueError(f"{folder} holds a run already: give --resume to go on with it, or another --out.")
    asked = {name: getattr(arguments, name) for name in INTERVALS if getattr(arguments, name) is not None}
    return config, folder, {**INTERVALS, **kept, **asked}


def require_usable(folder: Path, data: str, held_out: str) -> None:
    """Raise ValueError where no run can lie: among its own pictures, in a model, or where nothing can be written."""
    for pictures in {data, held_out} - {*SOURCES, ""}:
        if folder.resolve().is_relative_to(given.path(pictures).resolve()):
            raise ValueError(
                f"the run's folder {folder} lies inside the pictures of {pictures}, which would grow by its samples: "
                "give --out a folder elsewhere."
            )
    if (folder / "card.json").is_file():
        raise ValueError(f"{folder} holds a model, whose files a run would replace: give --out another folder.")
    there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ValueError(f"nothing can be written into {there}: give --out another folder.")


def require_pictures(folder: Path, data: str) -> None:
    """Raise FileNotFoundError where the pictures of a run that is to go on have moved."""
    if data not in SOURCES and not given.path(data).is_dir():
        raise FileNotFoundError(
            f"the pictures of {folder} are not in {data} any more: say with --data where they lie now."
        )


def require_to_go(folder: Path, steps: int, done: int) -> None:
    """Raise ValueError where a resumed run has made more steps than it is to have."""
    if steps < done:
        raise ValueError(
            f"{folder} has made {done} steps already, and --steps is {steps}, the length in all: expected at least "
            f"{done}. To go on from an earlier step, branch it: --branch {folder}@STEP, and another --out."
        )


def _as_it_was_begun(arguments: argparse.Namespace, folder: Path) -> tuple[TrainingConfig, dict[str, int]]:
    config, intervals = read_run(folder)
    if other := options_given(arguments, config):
        raise ValueError(
            f"--resume goes on with the run in {folder} as it was begun: expected no {', '.join(other)}. "
            f"To go on otherwise, branch it: --branch {folder}@STEP, and another --out."
        )
    may = ("data", "held_out", "steps")
    changes = {name: getattr(arguments, name) for name in may if getattr(arguments, name) is not None}
    config = replace(config, **changes)
    require_pictures(folder, config.data)
    return config, intervals


def branched(arguments: argparse.Namespace) -> TrainingConfig:
    """The configuration of the run that `--branch` names, with what the other options change in it.

    Raises:
        ValueError: a change that a branch may not make, or no step is left to train.
        CheckpointError: the run has no such checkpoint, or it is damaged.
    """
    run, step = branch_point(arguments.branch)
    path = checkpoints.checkpoint_path(run / "checkpoints", step)
    if not path.is_file():
        if not (there := checkpoints.list_checkpoints(path.parent)):
            raise checkpoints.CheckpointError(
                f"{run} has no checkpoint to branch from: expected the folder of a run that has trained."
            )
        raise checkpoints.CheckpointError(
            f"{run} has no checkpoint of step {step}: those that it has are of steps "
            f"{', '.join(str(checkpoints.step_of(path)) for path in there)}. A run keeps more of them when it is "
            "trained with --keep N."
        )
    origin = TrainingConfig.from_json(checkpoints.load_tensors(path)[1]["config"])
    config = config_of(arguments, origin)
    there, here = _settings(origin), _settings(config)
    if not SOURCES.keys() & {there["data"], here["data"]}:  # of folders the pictures decide, once they are packed
        there |= {name: here[name] for name in ("data", "held_out")}
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
    return {name: value for name, value in flat(config).items() if name not in MAY_BRANCH}


def default_folder(config: TrainingConfig) -> Path:
    """runs/DATA-SIZE; for a folder of pictures with letters of its path's hash, so that no two of one name meet."""
    name = config.data
    if name not in SOURCES:
        pictures = given.path(name).resolve()
        name = f"{safe_stem(pictures.name)}-{hashlib.sha256(str(pictures).encode()).hexdigest()[:4]}"
    return Path("runs") / f"{name}-{config.architecture.size}"
