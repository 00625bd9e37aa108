"""Table 1 on its own data: BEGAN and the table's rivals on CIFAR-10, each measured after the same numbers of images.

`python -m tools.rivals.table_one --data cifar10 --device cuda --cuda-graph --jobs 12` trains what is not there yet and
writes docs/table-1.json as runs come to their ends; a run that was stopped goes on. `--table` prints what has been
measured. What each system is on photographs of faces, in notebook 13, it is here, BEGAN with h = z = 128.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from began_lib.data import open_dataset, to_unit_range
from began_lib.data.pixels import save_picture, tile
from began_lib.machine import given
from began_lib.machine.precision import describe_device
from began_lib.machine.storage import read_npz, read_object, write_json
from began_lib.models import Architecture
from began_lib.rivals import configured
from began_lib.scores import networks
from began_lib.scores.features import Extracted, Score, extract, fid, inception_score, kid, overlaps
from began_lib.scores.kept import extract_once
from began_lib.scores.quality import diversity, sharpness
from began_lib.training.configuration import TrainingConfig
from began_lib.training.questions import Questions
from tools.experiments import marks
from tools.rivals import contest, judge
from tools.rivals.entrants import Config, with_seed
from tools.rivals.table import line

PATH, RUNS = Path("docs/table-1.json"), Path("runs/table-1")
DATA, BEGAN, LEFT_OUT = "cifar10", "began", "dcgan"  # the last is not in the table, and its score was known
RIVALS = ("dfm", "ali", "improved-minibatch", "improved-features", LEFT_OUT)
IMAGES = (160_000, 800_000, 2_400_000)  # seen where a run is measured: 10,000 to 150,000 steps of BEGAN's 16
SAMPLES = 5_000  # drawn at each mark, and as many photographs
SHOWN, COLUMNS = 32, 8  # images of a picture, which is kept of a run's end


def entrants(data: str) -> Mapping[str, Config]:
    """The settings of each, of seed 0: the rivals' as on photographs of faces, BEGAN's rate the paper's."""
    shape = Architecture(size=32, filters=32, hidden=128, latent=128)
    began = TrainingConfig(data=data, architecture=shape, learning_rate=1e-4, questions=Questions(ema=0.999))
    return {BEGAN: began, **{name: configured(name, data=data) for name in RIVALS}}


def marks_of(config: Config, images: tuple[int, ...] = IMAGES) -> dict[str, int]:
    """The marks of a run and their steps."""
    return {f"images-{seen}": seen // config.batch_size for seen in images}


def folder_of(runs: Path, name: str, seed: int) -> Path:
    """Where a run lies."""
    return runs / f"{name}-s{seed}"


def key(name: str, seed: int) -> str:
    """Under which a run's measurements stand."""
    return f"{name}, seed {seed}"


@dataclass(frozen=True)
class Judge(judge.Judge):
    """The scores of table 1 and of its successors, against training pictures that the seed draws."""

    def floor(self) -> dict[str, Any]:
        """The row of as many other training pictures: what no generator can beat."""
        return self._row(self.real[1], extract_once(self.network, self.real[1]))

    def row(self, pixels: Tensor) -> dict[str, Any]:
        """All measures of uint8 images (N, C, S, S): scores with their 95 % intervals, and plain numbers."""
        return self._row(pixels, extract(self.network, pixels))

    def _row(self, pixels: Tensor, seen: Extracted) -> dict[str, Any]:
        scores: tuple[Score, ...] = (
            inception_score(seen),
            fid(seen, self.reference),
            kid(seen, self.reference),
            *overlaps(seen, self.reference),
        )
        images = to_unit_range(pixels)
        return {
            "images": len(pixels),
            **{score.name.split("_")[0]: [score.value, score.low, score.high] for score in scores},
            "diversity": diversity(images[: judge.COMPARED]),
            "sharpness": sharpness(images),
        }

    def protocol(self) -> dict[str, Any]:
        """What has to be the same for numbers to stand in one table; the place of a folder is left out."""
        same = ("size", "split", "train", "held_out", "sha256")
        return {
            "data": {name: self.dataset.card[name] for name in same if name in self.dataset.card},
            "samples": self.count,
            "network": self.network.card.name,
            "judged_on": describe_device(torch.device("cpu")),
        }


def found(path: Path) -> dict[str, Any]:
    """What has been measured so far."""
    return read_object(path) if path.is_file() else {"protocol": {}, "floor": {}, "runs": {}}


def picture_of(path: Path, name: str, seed: int, mark: str) -> Path:
    """Where samples of a run at a mark lie, beside the measurements."""
    return path.with_suffix("") / f"{name}-s{seed}-{mark}.jpg"


def keep(trainer: Any, folder: Path, mark: str) -> None:
    """Draw and write a run's images at a mark, with its losses before it; of BEGAN those of its average as well."""
    if isinstance(trainer.config, TrainingConfig):
        marks.keep(trainer, folder, mark, SAMPLES)
    else:
        trainer.flush()
        losses = {name: trainer.history.tail_mean(name, marks.WINDOW) for name in trainer.rival.measures}
        contest.keep(trainer, folder, mark, count=SAMPLES, **losses)


def judged(name: str, config: Config, folder: Path, path: Path, images: tuple[int, ...], by: Judge) -> None:
    """Score a run at the marks that it came to and that have not been scored, and write each as it comes."""
    for mark, step in marks_of(config, images).items():
        cost = contest.spent(folder, mark, step)
        if cost is None or mark in record(found(path), name, config)["marks"]:
            continue
        row, kept = dict(cost), {"": mark}
        if name == BEGAN:  # the rivals keep no average
            kept["averaged_"] = marks.averaged(mark)
        for prefix, its_mark in kept.items():
            pixels = torch.from_numpy(read_npz(contest.sample_path(folder, its_mark))["images"])
            row |= {prefix + measure: value for measure, value in by.row(pixels).items()}
            if not prefix and step == config.steps:
                picture = tile(to_unit_range(pixels[:SHOWN]), columns=COLUMNS)
                save_picture(picture_of(path, name, config.seed, mark), picture)
        result = found(path)  # judging takes minutes, in which others may have written
        run = record(result, name, config)
        run["marks"] = dict(sorted({**run["marks"], mark: row}.items(), key=lambda pair: pair[1]["steps"]))
        result["runs"][key(name, config.seed)] = run
        write_json(path, result)
        print(f"{key(name, config.seed)}, {mark}: IS {row['is'][0]:.2f}, FID {row['fid'][0]:.0f}", flush=True)


def record(measured: Mapping[str, Any], name: str, config: Config) -> dict[str, Any]:
    """What has been measured of a run, which may be nothing yet; the place of its pictures is no setting.

    Raises ValueError for a run of other settings, which would be written over.
    """
    settings = config.as_json()
    run = measured["runs"].get(key(name, config.seed), {"name": name, "config": settings, "marks": {}})
    if different := sorted(it for it in settings if it != "data" and run["config"].get(it) != settings[it]):
        raise ValueError(
            f"{key(name, config.seed)} has been measured with other settings ({', '.join(different)}): give another "
            "--out to measure these."
        )
    return run


def require_protocol(measured: Mapping[str, Any], by: Judge) -> None:
    """Raise ValueError where numbers were measured otherwise: on other pictures, samples, or in another network."""
    ours, theirs = by.protocol(), measured["protocol"]
    if different := [name for name in ("data", "samples", "network") if theirs.get(name) != ours[name]]:
        raise ValueError(
            f"these numbers would stand beside others of another protocol ({', '.join(different)}): "
            f"{ {name: theirs.get(name) for name in different} } there, { {name: ours[name] for name in different} } "
            "here. Give another --out."
        )


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(prog="python -m tools.rivals.table_one", description=__doc__)
    made.add_argument("--data", default=DATA, help="CIFAR-10 by name, or a folder of its pictures (default: by name)")
    made.add_argument("--only", nargs="+", metavar="NAME", choices=[BEGAN, *RIVALS], help="these (default: all)")
    made.add_argument("--seeds", nargs="+", type=given.seed, default=[0, 1], help="(default: 0 1)")
    made.add_argument("--images", nargs="+", type=given.positive, default=IMAGES, help="marks (default: all three)")
    made.add_argument("--jobs", type=given.positive, help="runs at a time (default: one per core; one on a GPU)")
    made.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default: %(default)s)")
    made.add_argument("--out", type=Path, default=PATH, metavar="FILE", help="(default: %(default)s)")
    made.add_argument("--device", default="cpu", help="to train on: auto, cpu, cuda or cuda:N (default: %(default)s)")
    made.add_argument("--cuda-graph", action="store_true", help="on CUDA, each step of BEGAN launched at once")
    made.add_argument("--table", action="store_true", help="only print what has been measured")
    return made


def main(words: list[str] | None = None) -> None:
    """The command line."""
    arguments = parser().parse_args(words)
    if arguments.table:
        print(table(found(arguments.out)))
        return
    torch.set_num_threads(1)  # to judge, while others train
    by = Judge(open_dataset(arguments.data, size=32), networks.load("efficientnet_lite0"), SAMPLES)
    if found(arguments.out)["floor"]:
        require_protocol(found(arguments.out), by)
    else:
        floor = by.floor()
        result = found(arguments.out)  # measuring takes minutes, in which others may have written
        write_json(arguments.out, {**result, "protocol": by.protocol(), "floor": floor})
    settings = {
        name: it for name, it in entrants(arguments.data).items() if name in (arguments.only or [BEGAN, *RIVALS])
    }
    images = tuple(sorted(arguments.images))
    tasks, configs = {}, {}
    for seed in arguments.seeds:
        for name, usual in settings.items():
            its_marks = marks_of(usual, images)
            config = replace(with_seed(usual, seed), steps=max(marks_of(usual).values()))
            if set(its_marks) <= set(record(found(arguments.out), name, config)["marks"]):
                continue
            folder = folder_of(arguments.runs, name, seed)
            contest.require_run_of(folder, config)
            configs[name, seed] = (config, folder)
            tasks[name, seed] = (config, folder, its_marks, keep, 2, arguments.device, arguments.cuda_graph)
    with closing(contest.side_by_side(tasks, contest.jobs_of(arguments.jobs, arguments.device))) as ended:
        for (name, seed), trouble in ended:
            config, folder = configs[name, seed]
            judged(name, config, folder, arguments.out, images, by)
            if trouble:
                print(f"{key(name, seed)}: {trouble}", flush=True)


def table(measured: Mapping[str, Any]) -> str:
    """In Markdown, a line for each run and mark."""
    lines = ["| system | images seen | Inception score | FID | recall | coverage |", "|---|---|---|---|---|---|"]

    def cells(name: str, row: Mapping[str, Any], prefix: str = "") -> str:
        forms = {"is": ".2f", "fid": ".0f", "recall": ".2f", "coverage": ".2f"}
        seen = f"{row['images_seen']:,}" if "images_seen" in row else ""
        return line(name, seen, *(format(row[prefix + measure][0], form) for measure, form in forms.items()))

    if measured["floor"]:
        lines.append(cells("other photographs", measured["floor"]))
    for name, run in measured["runs"].items():
        for row in run["marks"].values():
            lines.append(cells(name, row))
            if "averaged_is" in row:
                lines.append(cells(f"{name}, averaged G", row, "averaged_"))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
