"""Train the arms of experiments over seeds and measure them along the way.

`python -m tools.experiments` does all that is not done yet, one run per core at a time, and writes
docs/experiments.json, with a picture of each run's samples beside it; a run that was stopped goes on. `--table` prints
what has been measured.
"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from began_lib.data import to_unit_range
from began_lib.data.pixels import save_picture, tile
from began_lib.faces.factors import FACTORS
from began_lib.figures.over_seeds import file_name, picture_name
from began_lib.machine import given
from began_lib.machine.precision import describe_device
from began_lib.machine.storage import read_npz, read_object, write_json
from began_lib.scores import networks
from began_lib.training.configuration import TrainingConfig
from tools.experiments import arms, marks
from tools.experiments.table import table
from tools.rivals import contest
from tools.rivals.judge import Judge

PATH, RUNS = Path("docs/experiments.json"), Path("runs/experiments")
CHECKPOINTS_KEPT = 2
SHOWN = 16  # samples of a run's picture
NETWORKS = {"lfw": "efficientnet_lite0", "faces": "factors"}  # that know photographs, and drawn faces


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(prog="python -m tools.experiments", description=__doc__)
    what = f"these arms, or all arms of these questions: {', '.join(arms.questions())} (default: all)"
    made.add_argument("--only", nargs="+", type=arm_or_question, metavar="NAME", help=what)
    made.add_argument(
        "--seeds", nargs="+", type=given.seed, metavar="N", help="(default: as many as each arm takes, from 0)"
    )
    made.add_argument("--jobs", type=given.positive, help="runs at a time (default: one per core; one on a GPU)")
    made.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default: %(default)s)")
    made.add_argument("--out", type=Path, default=PATH, metavar="FILE", help="(default: %(default)s)")
    made.add_argument("--steps", type=given.positive, help="of each run (default: what its question asks for)")
    made.add_argument(
        "--every", type=given.positive, help="steps between measurements (default: what its question asks for)"
    )
    made.add_argument("--device", default="cpu", help="to train on: auto, cpu, cuda or cuda:N (default: %(default)s)")
    made.add_argument("--cuda-graph", action="store_true", help="on CUDA, each step launched at once")
    made.add_argument("--table", action="store_true", help="only print what has been measured")
    return made


def arm_or_question(word: str) -> str:
    """A word that names arms, as argparse reads it."""
    try:
        arms.chosen([word])
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return word


def folder_of(runs: Path, name: str, seed: int) -> Path:
    """Where the run lies that an arm is measured from."""
    return runs / file_name(arms.ARMS[name].run_of or name, seed)


def picture_of(path: Path, name: str, seed: int, averaged: bool = False, step: int | None = None) -> Path:
    """Where samples of an arm lie, or of its averaged weights, beside the measurements: as it ends or at a step."""
    return path.with_suffix("") / picture_name(name, seed, averaged, step)


def config_of(name: str, seed: int, steps: int | None, measured: dict[str, Any]) -> TrainingConfig:
    """What an arm trains, of its own length where none is given.

    Raises LookupError for an arm whose k is held where another's ended, before that has been measured.
    """
    arm = arms.ARMS[name]
    config = replace(arm.config, seed=seed, steps=steps or arm.config.steps)
    if not arm.held_from:
        return config
    rows = measured["runs"].get(key(arm.held_from, seed), {"marks": {}})["marks"].values()
    ends = [row["k"] for row in rows if row["steps"] == config.steps]
    if not ends:
        raise LookupError(f"{name} needs {key(arm.held_from, seed)}, measured at step {config.steps:,}")
    return replace(config, k=round(ends[0], 4))


def found(path: Path) -> dict[str, Any]:
    """What has been measured so far."""
    return read_object(path) if path.is_file() else {"protocol": {}, "floors": {}, "runs": {}}


def protocol() -> dict[str, Any]:
    """How it was measured, and the factors that the renderer of `faces` draws each of its pictures from."""
    continuous = sum(not factor.discrete for factor in FACTORS.values())
    return {
        "samples": contest.SAMPLES,
        "networks": NETWORKS,
        "window": marks.WINDOW,
        "device": describe_device(torch.device("cpu")),
        "faces_factors": {"all": len(FACTORS), "continuous": continuous},
    }


def record(path: Path, name: str, config: TrainingConfig) -> dict[str, Any]:
    """What has been measured of an arm and seed with these settings, its length aside; nothing of other settings."""
    usual = {"name": name, "question": arms.ARMS[name].question, "seed": config.seed, "diverged": "", "marks": {}}
    run = found(path)["runs"].get(key(name, config.seed))
    settings = config.as_json()
    same = run and {**run["config"], "steps": 0} == {**settings, "steps": 0}
    return {**(run if same else usual), "config": settings}


def key(name: str, seed: int) -> str:
    """Under which a run's measurements stand."""
    return f"{name}, seed {seed}"


def left(arguments: argparse.Namespace, name: str, config: TrainingConfig) -> dict[str, int]:
    """The marks of an arm that have not been measured; none of a run that diverged."""
    run = record(arguments.out, name, config)
    every = marks_of(arguments, name, config)
    return {} if run["diverged"] else {mark: step for mark, step in every.items() if mark not in run["marks"]}


def marks_of(arguments: argparse.Namespace, name: str, config: TrainingConfig) -> dict[str, int]:
    """Where an arm is measured."""
    return marks.marks_of(config.steps, arguments.every or arms.ARMS[name].every)


def main(words: list[str] | None = None) -> None:
    """The command line."""
    arguments = parser().parse_args(words)
    if arguments.table:
        print(table(found(arguments.out)))
        return
    torch.set_num_threads(1)  # to judge, while others train
    arguments.jobs = contest.jobs_of(arguments.jobs, arguments.device)
    names = arms.chosen(arguments.only)
    judges: dict[str, Judge] = {}
    # Where an arm's k is held it takes its value from another's end.
    answer(arguments, [name for name in names if not arms.ARMS[name].held_from], judges)
    answer(arguments, [name for name in names if arms.ARMS[name].held_from], judges)


def answer(arguments: argparse.Namespace, names: list[str], judges: dict[str, Judge]) -> None:
    """Train and judge what is not done yet, and write each mark's row as it comes."""
    waiting: dict[Path, list[tuple[str, TrainingConfig]]] = {}
    for seed, name in seeds_of(names, arguments.seeds):
        try:
            config = config_of(name, seed, arguments.steps, found(arguments.out))
        except LookupError as error:
            print(error.args[0], flush=True)
            continue
        if left(arguments, name, config):
            waiting.setdefault(folder_of(arguments.runs, name, seed), []).append((name, config))
    tasks = {}
    for folder, measured in waiting.items():
        longest = max((config for _, config in measured), key=lambda config: config.steps)
        of_all = {mark: step for name, config in measured for mark, step in marks_of(arguments, name, config).items()}
        of_run = (longest, folder, of_all, marks.keep, CHECKPOINTS_KEPT)
        tasks[folder] = (*of_run, arguments.device, arguments.cuda_graph)
    with closing(contest.side_by_side(tasks, arguments.jobs)) as ended:
        for folder, trouble in ended:
            for name, config in waiting[folder]:
                measure(arguments, name, config, trouble, judges)


def seeds_of(names: list[str], given: list[int] | None) -> list[tuple[int, str]]:
    """Seeds and arms, seed by seed: the given ones of all, or as many as each arm takes."""
    pairs = [(seed, name) for name in names for seed in given or range(arms.ARMS[name].seeds)]
    return sorted(pairs, key=lambda pair: pair[0])


def measure(
    arguments: argparse.Namespace, name: str, config: TrainingConfig, trouble: str, judges: dict[str, Judge]
) -> None:
    """Judge the images of an arm at all marks that its run came to."""
    seed, path = config.seed, arguments.out
    folder = folder_of(arguments.runs, name, seed)
    for mark, step in left(arguments, name, config).items():
        if (cost := contest.spent(folder, mark, step)) is None:
            continue  # it diverged before
        kept = {"": mark, "averaged_": marks.averaged(mark)} if config.questions.ema else {"": mark}
        row = dict(cost) if (judged := _judged(path, name, config, mark)) is None else judged
        for prefix, its_mark in kept.items():
            pixels = torch.from_numpy(read_npz(contest.sample_path(folder, its_mark))["images"])
            if judged is None:
                measured = _judge(judges, config, path).row(pixels)
                row |= {prefix + measure: value for measure, value in measured.items()}
            ended = step == config.steps
            if ended or step in arms.ARMS[name].shown:
                picture = tile(to_unit_range(pixels[:SHOWN]), columns=SHOWN // 2)
                save_picture(picture_of(path, name, seed, bool(prefix), None if ended else step), picture)
        _write(path, name, config, {"marks": record(path, name, config)["marks"] | {mark: row}})
        print(f"{key(name, seed)}, {mark}: FID {row['fid'][0]:.0f}, coverage {row['coverage'][0]:.3f}", flush=True)
    _write(path, name, config, {"course": marks.course(folder, config.steps), "diverged": trouble})
    if trouble:
        print(f"{key(name, seed)}: {trouble}", flush=True)


def _judged(path: Path, name: str, config: TrainingConfig, mark: str) -> dict[str, Any] | None:
    """What another arm that is measured from the same run has at a mark."""
    own = arms.ARMS[name].run_of or name
    for run in found(path)["runs"].values():
        same_run = run["seed"] == config.seed and (arms.ARMS[run["name"]].run_of or run["name"]) == own
        if same_run and mark in run["marks"] and {**run["config"], "steps": 0} == {**config.as_json(), "steps": 0}:
            return run["marks"][mark]
    return None


def _judge(judges: dict[str, Judge], config: TrainingConfig, path: Path) -> Judge:
    """The judge of a data set at one size, whose floors are measured once."""
    images = floor_of(config)
    if images not in judges:
        network = networks.load(NETWORKS[config.data])
        judges[images] = Judge(contest.dataset_of(config), network, contest.SAMPLES)
    if images not in found(path)["floors"]:
        floors = judges[images].floors()
        result = found(path)  # measuring takes minutes, in which others may have written
        result["floors"][images] = floors
        write_json(path, result)
    return judges[images]


def floor_of(config: TrainingConfig) -> str:
    """Under which the measures of the data that a run is trained on stand: its name, and its size unless 32x32."""
    size = config.architecture.size
    return config.data if size == 32 else f"{config.data}, {size}x{size}"


def _write(path: Path, name: str, config: TrainingConfig, new: dict[str, Any]) -> None:
    result = found(path)
    runs = {**result["runs"], key(name, config.seed): {**record(path, name, config), **new}}
    in_order = sorted(runs.values(), key=lambda run: (list(arms.ARMS).index(run["name"]), run["seed"]))
    result["runs"] = {key(run["name"], run["seed"]): run for run in in_order}
    write_json(path, {**result, "protocol": protocol()})


if __name__ == "__main__":
    main()
