"""Train the arms of each open question and measure them along the way.

`python -m tools.questions` does all that is not done yet, one run per core at a time, and writes docs/questions.json; a
run that was stopped goes on. `--table` prints what has been measured.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from began_lib.faces.factors import FACTORS
from began_lib.machine.given import positive
from began_lib.machine.precision import describe_device
from began_lib.machine.storage import read_npz, read_object, write_json
from began_lib.scores import networks
from began_lib.training.configuration import TrainingConfig
from tools.questions import arms, marks
from tools.questions.table import table
from tools.rivals import contest
from tools.rivals.judge import Judge

PATH, RUNS = Path("docs/questions.json"), Path("runs/questions")
CHECKPOINTS_KEPT = 2


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(prog="python -m tools.questions", description=__doc__)
    what = f"these arms, or all arms of these questions: {', '.join(arms.questions())} (default: all)"
    made.add_argument("--only", nargs="+", metavar="NAME", help=what)
    made.add_argument("--seeds", nargs="+", type=int, default=[0, 1], help="(default: 0 1)")
    made.add_argument("--jobs", type=positive, default=os.cpu_count(), help="runs at a time (default: one per core)")
    made.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default: %(default)s)")
    made.add_argument("--out", type=Path, default=PATH, metavar="FILE", help="(default: %(default)s)")
    made.add_argument("--steps", type=positive, default=20_000, help="of each run (default: %(default)s)")
    made.add_argument("--every", type=positive, default=2_500, help="steps between measurements (default: %(default)s)")
    made.add_argument("--table", action="store_true", help="only print what has been measured")
    return made


def folder_of(runs: Path, name: str, seed: int) -> Path:
    """Where the run lies that an arm is measured from."""
    words = "".join(letter if letter.isalnum() or letter == "." else " " for letter in arms.ARMS[name].run_of or name)
    return runs / f"{'-'.join(words.lower().split())}-s{seed}"


def config_of(name: str, seed: int, steps: int) -> TrainingConfig:
    """What an arm trains."""
    return replace(arms.ARMS[name].config, seed=seed, steps=steps)


def found(path: Path) -> dict[str, Any]:
    """What has been measured so far."""
    return read_object(path) if path.is_file() else {"protocol": {}, "floors": {}, "runs": {}}


def protocol() -> dict[str, Any]:
    """How it was measured, and the factors that the renderer of `faces` draws each of its pictures from."""
    continuous = sum(not factor.discrete for factor in FACTORS.values())
    return {
        "samples": contest.SAMPLES,
        "network": "efficientnet_lite0",
        "window": marks.WINDOW,
        "device": describe_device(torch.device("cpu")),
        "faces_factors": {"all": len(FACTORS), "continuous": continuous},
    }


def record(path: Path, name: str, seed: int, config: TrainingConfig) -> dict[str, Any]:
    """What has been measured of an arm and seed with these settings, its length aside; nothing of other settings."""
    usual = {"name": name, "question": arms.ARMS[name].question, "seed": seed, "diverged": "", "marks": {}}
    run = found(path)["runs"].get(key(name, seed))
    settings = config.as_json()
    same = run and {**run["config"], "steps": 0} == {**settings, "steps": 0}
    return {**(run if same else usual), "config": settings}


def key(name: str, seed: int) -> str:
    """Under which a run's measurements stand."""
    return f"{name}, seed {seed}"


def left(arguments: argparse.Namespace, name: str, seed: int) -> dict[str, int]:
    """The marks of an arm that have not been measured; none of a run that diverged."""
    run = record(arguments.out, name, seed, config_of(name, seed, arguments.steps))
    every = marks.marks_of(arguments.steps, arguments.every)
    return {} if run["diverged"] else {mark: step for mark, step in every.items() if mark not in run["marks"]}


def main(words: list[str] | None = None) -> None:
    """The command line."""
    arguments = parser().parse_args(words)
    if arguments.table:
        print(table(found(arguments.out)))
        return
    torch.set_num_threads(1)  # to judge, while others train
    answer(arguments, arms.chosen(arguments.only))


def answer(arguments: argparse.Namespace, names: list[str]) -> None:
    """Train and judge what is not done yet, and write each mark's row as it comes."""
    waiting: dict[Path, list[tuple[str, int]]] = {}
    for seed in arguments.seeds:
        for name in names:
            if left(arguments, name, seed):
                waiting.setdefault(folder_of(arguments.runs, name, seed), []).append((name, seed))
    every, tasks = marks.marks_of(arguments.steps, arguments.every), {}
    for folder, measured in waiting.items():
        config = config_of(*measured[0], arguments.steps)
        tasks[folder] = (config, folder, every, marks.keep, CHECKPOINTS_KEPT)
    judges: dict[str, Judge] = {}
    for folder, trouble in contest.side_by_side(tasks, arguments.jobs):
        for name, seed in waiting[folder]:
            measure(arguments, name, seed, trouble, judges)


def measure(arguments: argparse.Namespace, name: str, seed: int, trouble: str, judges: dict[str, Judge]) -> None:
    """Judge the images of an arm at all marks that its run came to."""
    arm, config = arms.ARMS[name], config_of(name, seed, arguments.steps)
    folder, path = folder_of(arguments.runs, name, seed), arguments.out
    for mark, step in left(arguments, name, seed).items():
        kept = marks.averaged(mark) if arm.averaged else mark
        if (cost := contest.spent(folder, kept, step)) is None:
            continue  # it diverged before
        judge = _judge(judges, config, path)
        pixels = torch.from_numpy(read_npz(contest.sample_path(folder, kept))["images"])
        row = {**cost, **judge.row(pixels)}
        _write(path, name, seed, config, {mark: row})
        print(f"{key(name, seed)}, {mark}: FID {row['fid'][0]:.0f}, coverage {row['coverage'][0]:.3f}", flush=True)
    if trouble:
        _write(path, name, seed, config, {}, trouble)
        print(f"{key(name, seed)}: {trouble}", flush=True)


def _judge(judges: dict[str, Judge], config: TrainingConfig, path: Path) -> Judge:
    """The judge of a data set, whose floors are measured once."""
    if config.data not in judges:
        network = networks.load("efficientnet_lite0")
        judges[config.data] = Judge(contest.dataset_of(config), network, contest.SAMPLES)
    result = found(path)
    if config.data not in result["floors"]:
        result["floors"][config.data] = judges[config.data].floors()
        write_json(path, result)
    return judges[config.data]


def _write(path: Path, name: str, seed: int, config: TrainingConfig, rows: dict[str, Any], diverged: str = "") -> None:
    run, result = record(path, name, seed, config), found(path)
    run = {**run, "marks": run["marks"] | rows, "diverged": diverged}
    result["runs"][key(name, seed)] = run
    write_json(path, {**result, "protocol": protocol()})


if __name__ == "__main__":
    main()
