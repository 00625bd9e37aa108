"""Train BEGAN and its rivals on the same photographs, and measure them where each of two budgets is spent.

`python -m tools.rivals` does all that is not done yet, one run per core at a time, and writes docs/rivals.json; a run
that was stopped goes on. First it measures the steps a second of each, in turns: leave the machine alone then. Of the
runs that are there it sets each system's own measure against FID, and draws paths between photographs for those whose
weights do not ship; then it measures the memory of each. `--table` prints what has been measured, `--again` judges
what ships anew, and `--ship` makes models for `data/shipped/rivals` of the runs of one seed.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from began_lib.machine import given
from began_lib.machine.precision import describe_device
from began_lib.machine.storage import read_npz, read_object, write_json
from began_lib.rivals.trained import FOLDER, of_run
from began_lib.scores import networks
from began_lib.scores.frechet import Reference
from tools.rivals import again, contest, entrants, memory, paths, ship
from tools.rivals.entrants import ENTRANTS, Budgets, Pace
from tools.rivals.judge import Judge
from tools.rivals.progress import LEAST_MOMENTS, moments_of, progress
from tools.rivals.table import table

PATH, RUNS = Path("docs/rivals.json"), Path("runs/rivals")


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(prog="python -m tools.rivals", description=__doc__)
    made.add_argument("--only", nargs="+", metavar="NAME", choices=list(ENTRANTS), help="these (default: all)")
    made.add_argument("--seeds", nargs="+", type=given.seed, default=[0, 1], help="(default: 0 1)")
    made.add_argument("--jobs", type=given.positive, help="runs at a time (default: one per core)")
    made.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default: %(default)s)")
    made.add_argument("--out", type=Path, default=PATH, metavar="FILE", help="(default: %(default)s)")
    usual = Budgets()
    made.add_argument("--images", type=given.positive, default=usual.images, help="seen by each (default: %(default)s)")
    made.add_argument("--seconds", type=float, default=usual.seconds, help="of a core for each (default: %(default)g)")
    made.add_argument("--paces", action="store_true", help="only measure the paces, anew")
    made.add_argument("--memory", action="store_true", help="only measure the memory of each one's training, on Linux")
    made.add_argument("--progress", action="store_true", help="only measure progress along the runs that are there")
    made.add_argument("--paths", action="store_true", help="only draw paths of the runs whose weights do not ship")
    what = "judge what ships, and print it beside the run that it is of"
    made.add_argument("--again", nargs="?", type=Path, const=FOLDER, metavar="FOLDER", help=what)
    made.add_argument("--ship", nargs="?", type=Path, const=FOLDER, metavar="FOLDER", help="only make what ships")
    made.add_argument("--table", action="store_true", help="only print what has been measured")
    return made


def folder_of(runs: Path, name: str, seed: int) -> Path:
    """Where a run lies."""
    return runs / f"{name.replace(', n = ', '-')}-s{seed}"


def found(path: Path) -> dict[str, Any]:
    """What has been measured so far."""
    return read_object(path) if path.is_file() else {"protocol": {}, "paces": {}, "floors": {}, "runs": {}}


def paces_of(result: dict[str, Any]) -> dict[str, Pace]:
    """The paces that have been measured."""
    return {name: Pace(**pace) for name, pace in result["paces"].items()}


def measure_paces(path: Path, names: list[str]) -> dict[str, Pace]:
    """Measure entrants' paces in turns, and write them, beside those of others, with what was timed where."""
    torch.set_num_threads(1)
    measured = entrants.paces({name: ENTRANTS[name] for name in names}, contest.dataset_of(ENTRANTS["began"]))
    result = found(path)  # measuring takes minutes, in which others may have written
    result["paces"] |= {name: asdict(pace) for name, pace in measured.items()}
    result["protocol"] = {
        "samples": contest.SAMPLES,
        "network": "efficientnet_lite0",
        "device": describe_device(torch.device("cpu")),
    }
    write_json(path, result)
    return paces_of(result)


def train_all(
    names: list[str], seeds: list[int], runs: Path, paces: dict[str, Pace], jobs: int, budgets: Budgets
) -> Iterator[tuple[str, int]]:
    """Train every run whose budgets are not spent yet, each in a process of its own; yields each that is done.

    Raises ValueError where the folder of one holds a run of other settings.
    """
    waiting = {}
    for seed in seeds:
        for name in names:
            config = entrants.with_seed(ENTRANTS[name], seed)
            marks, folder = budgets.marks(config, paces[name]), folder_of(runs, name, seed)
            contest.require_run_of(folder, config)
            if all(contest.spent(folder, mark, step) for mark, step in marks.items()):
                yield name, seed
            else:
                waiting[name, seed] = (config, folder, marks)
    with closing(contest.side_by_side(waiting, jobs)) as ended:
        for (name, seed), trouble in ended:
            if trouble:
                print(f"{name}, seed {seed}: {trouble}", flush=True)
            else:
                yield name, seed


def judged(name: str, seed: int, runs: Path, marks: dict[str, int], pace: Pace, judge: Judge) -> dict[str, Any]:
    """A run's rows, one for each budget."""
    config, folder = entrants.with_seed(ENTRANTS[name], seed), folder_of(runs, name, seed)
    rows = {}
    for mark, step in marks.items():
        cost = contest.spent(folder, mark, step)
        pixels = torch.from_numpy(read_npz(contest.sample_path(folder, mark))["images"])
        rows[mark] = {**cost, "seconds": pace.seconds(step), "steps_per_second": pace.game, **judge.row(pixels)}
    return {"name": name, "seed": seed, "config": config.as_json(), "marks": rows}


def is_done(result: dict[str, Any], name: str, seed: int, marks: dict[str, int]) -> bool:
    """Whether a run has been measured with these settings at these budgets."""
    run = result["runs"].get(f"{name}, seed {seed}")
    config = entrants.with_seed(ENTRANTS[name], seed)
    steps = {mark: row["steps"] for mark, row in run["marks"].items()} if run else None
    return bool(run) and run["config"] == config.as_json() and steps == marks


def main(words: list[str] | None = None) -> None:
    """The command line."""
    arguments = parser().parse_args(words)
    if arguments.table:
        print(table(found(arguments.out)))
        return
    torch.set_num_threads(1)  # to judge, while others train
    if arguments.again:
        judge_again(arguments)
        return
    names = arguments.only or list(ENTRANTS)
    paces = paces_of(found(arguments.out))
    if unknown := [name for name in names if arguments.paces or name not in paces]:
        paces = measure_paces(arguments.out, unknown)
        for name in unknown:
            rate = paces[name].game
            print(f"{name}: {rate:.2f} steps/s, {rate * ENTRANTS[name].batch_size:.0f} images/s", flush=True)
    if arguments.paces:
        return
    if arguments.ship:
        ship_all(arguments, paces)
        return
    if arguments.progress:
        measure_progress(arguments, paces)
    elif arguments.paths:
        draw_paths(arguments, paces)
    elif arguments.memory:
        measure_memory(arguments.out, names)
    else:
        compete(arguments, paces)
        measure_progress(arguments, paces)
        draw_paths(arguments, paces)
        known = found(arguments.out).get("memory", {})
        if memory.STATUS.is_file():  # on Linux
            measure_memory(arguments.out, [name for name in names if name not in known])


def measure_memory(path: Path, names: list[str]) -> None:
    """Measure the peak memory of entrants' trainings, and write it beside that of others."""
    for name, megabytes in memory.peaks({name: ENTRANTS[name] for name in names}):
        result = found(path)
        result["memory"] = {**result.get("memory", {}), name: megabytes}
        write_json(path, result)
        print(f"{name}: {megabytes['peak']:,.0f} MB, {megabytes['before']:,.0f} of them without networks", flush=True)


def finished(arguments: argparse.Namespace, paces: dict[str, Pace]) -> Iterator[tuple[str, int, Path]]:
    """The runs that are there with both budgets spent, by name and seed, and their folders.

    Raises ValueError where the folder of one holds a run of other settings.
    """
    budgets = Budgets(arguments.images, arguments.seconds)
    for seed in arguments.seeds:
        for name in arguments.only or ENTRANTS:
            config, folder = entrants.with_seed(ENTRANTS[name], seed), folder_of(arguments.runs, name, seed)
            contest.require_run_of(folder, config)
            marks = budgets.marks(config, paces[name])
            if all(contest.spent(folder, mark, step) for mark, step in marks.items()):
                yield name, seed, folder
            elif all((folder / f"{mark}.json").is_file() for mark in marks):
                steps = " and ".join(f"{step:,}" for step in marks.values())
                print(f"{folder} is left out: these budgets end at steps {steps}, its own elsewhere.", flush=True)


def measure_progress(arguments: argparse.Namespace, paces: dict[str, Pace]) -> None:
    """Set each system's own measure against FID along its run, and write it beside the rows of that run."""
    judge = reference = None
    for name, seed, folder in finished(arguments, paces):
        key, config = f"{name}, seed {seed}", entrants.with_seed(ENTRANTS[name], seed).as_json()
        known, moments = found(arguments.out).get("progress", {}).get(key), moments_of(folder)
        if known and known.get("config") == config and known["steps"] == moments:
            continue
        if len(moments) < LEAST_MOMENTS:
            print(f"{key}: too few checkpoints ({len(moments)}) to set its measure against FID", flush=True)
            continue
        if judge is None:
            judge = judge_of()
            reference = Reference(judge.reference.moments)
        said = progress(folder, name, judge.network, reference)
        result = found(arguments.out)  # looking takes minutes, in which others may have written
        result["progress"] = {**result.get("progress", {}), key: {"config": config, **said}}
        write_json(arguments.out, result)
        agreement = said["rank_correlation"][said["own"]]
        words = "none, for it stays the same" if agreement is None else f"{agreement:.2f}"
        print(f"{key}: rank correlation of {said['own']} with FID {words}", flush=True)


def draw_paths(arguments: argparse.Namespace, paces: dict[str, Pace]) -> None:
    """Draw and measure paths of the runs whose weights do not ship, and write them beside the rows of that run."""
    photographs = None
    for name, seed, folder in finished(arguments, paces):
        if name not in ship.PICTURES_ONLY:
            continue
        key, config, system = f"{name}, seed {seed}", entrants.with_seed(ENTRANTS[name], seed).as_json(), of_run(folder)
        known = found(arguments.out).get("paths", {}).get(key)
        if known and known.get("config") == config and known["steps"] == system.step:
            continue
        if photographs is None:
            photographs = paths.photographs_of(contest.dataset_of(ENTRANTS["began"]))
        picture = arguments.out.with_suffix("") / f"{folder.name}-path.jpg"
        row = paths.measured(system, system.search(photographs).best, photographs, picture)
        row |= {"config": config, "ends": "search", "seconds": paces[name].seconds(system.step)}
        result = found(arguments.out)  # searching takes minutes, in which others may have written
        result["paths"] = {**result.get("paths", {}), key: row}
        write_json(arguments.out, result)
        print(f"{key}: e_r at the ends {sum(row['end_errors']) / len(photographs):.3f}", flush=True)


def judge_again(arguments: argparse.Namespace) -> None:
    """Judge what ships, write it beside the runs, and print the FID of both."""
    whole = {
        folder_of(Path(), run["name"], run["seed"]).name: run["marks"] for run in found(arguments.out)["runs"].values()
    }
    for folder, budget in again.shipped(arguments.again).items():
        if budget not in whole.get(f"{folder}-s0", {}):
            raise ValueError(
                f"{arguments.out} has no run of {folder} at {budget}, seed 0, to judge beside what ships: measure it, "
                f"python -m tools.rivals --only {folder}"
            )
    for folder, row in again.rows(judge_of(), arguments.again):
        result = found(arguments.out)  # judging takes minutes, in which others may have written
        result["again"] = {**result.get("again", {}), folder: row}
        write_json(arguments.out, result)
        its = whole[f"{folder}-s0"][row["budget"]]
        print(f"{folder}, {row['budget']}: FID {row['fid'][0]:.1f}, of the whole run {its['fid'][0]:.1f}", flush=True)


def ship_all(arguments: argparse.Namespace, paces: dict[str, Pace]) -> None:
    """Make what ships of the runs of the first seed."""
    arguments.seeds = arguments.seeds[:1]
    photographs = paths.photographs_of(contest.dataset_of(ENTRANTS["began"]))
    for name, _, folder in finished(arguments, paces):
        only = name in ship.PICTURES_ONLY
        home = ship.ship(folder, folder.name.rpartition("-s")[0], arguments.ship, paces[name], photographs, only)
        print(f"{home}: {ship.size_of(arguments.ship) / 1e6:.1f} MB in all", flush=True)


def judge_of() -> Judge:
    """Who measures the images of all."""
    return Judge(contest.dataset_of(ENTRANTS["began"]), networks.load("efficientnet_lite0"), contest.SAMPLES)


def compete(arguments: argparse.Namespace, paces: dict[str, Pace]) -> None:
    """Train and judge what is not done yet, and write each run's rows as they come."""
    path, budgets = arguments.out, Budgets(arguments.images, arguments.seconds)
    marks = {name: budgets.marks(ENTRANTS[name], paces[name]) for name in arguments.only or ENTRANTS}

    def done(name: str, seed: int) -> bool:
        return is_done(found(path), name, seed, marks[name])

    judge = None
    if not found(path)["floors"]:
        judge = judge_of()
        floors = judge.floors()
        write_json(path, {**found(path), "floors": floors})  # measuring takes minutes, in which others may have written
    left = [name for name in marks if not all(done(name, seed) for seed in arguments.seeds)]
    with closing(
        train_all(left, arguments.seeds, arguments.runs, paces, contest.jobs_of(arguments.jobs, "cpu"), budgets)
    ) as trained:
        for name, seed in trained:
            if done(name, seed):
                continue
            if judge is None:
                judge = judge_of()
            run = judged(name, seed, arguments.runs, marks[name], paces[name], judge)
            result = found(path)  # looking takes minutes, in which others may have written
            result["runs"][f"{name}, seed {seed}"] = run
            write_json(path, result)
            each = (
                f"{mark}: FID {row['fid'][0]:.0f}, coverage {row['coverage'][0]:.3f}"
                for mark, row in run["marks"].items()
            )
            print(f"{name}, seed {seed}: {'; '.join(each)}", flush=True)


if __name__ == "__main__":
    main()
