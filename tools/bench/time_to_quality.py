"""How soon a run from nothing gives faces that differ: settings are compared by the core-seconds that they take.

`python -m tools.bench.time_to_quality` trains every trial for ten minutes of one core (those that are done are not
trained again) and writes `docs/time-to-quality.json`, from which `docs/performance.md` takes its table.

One blurred face, drawn a hundred times, is a face in every picture. So three things are asked at once of G's samples:
a detector finds a face in nine of ten; they differ from one another by seven tenths of what photographs differ by; and
the two most alike of 64 differ by half of what the two most alike of 64 photographs do.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from began_lib.data import Dataset, open_dataset, to_unit_range
from began_lib.machine.precision import describe_device
from began_lib.machine.storage import read_json, write_json
from began_lib.models import Architecture, sample_z
from began_lib.scores.face_detector import face_rate
from began_lib.scores.quality import closest_pair, diversity
from began_lib.training.configuration import TrainingConfig
from began_lib.training.trainer import Trainer

FACES, DIVERSITY, CLOSEST = 0.9, 0.7, 0.5  # what is asked: a rate, and two shares of what photographs have
JUDGED, COMPARED = 256, 64  # samples, and those of them among which the closest pair is sought
MINUTES = 10.0  # of one core, for a trial
EVERY = 20.0  # seconds of training between two judgements
PATH = Path("docs/time-to-quality.json")

_SHAPE = Architecture(size=32, filters=16, hidden=64, latent=64)
_BASE = TrainingConfig(data="lfw", architecture=_SHAPE, learning_rate=2e-4, steps=10_000_000)


def _shape(**changes: int) -> TrainingConfig:
    return replace(_BASE, architecture=replace(_SHAPE, **changes))


# What was tried, on photographs. All start from one seed, and differ from the first in what they name.
TRIALS: Mapping[str, TrainingConfig] = {
    "n = 16, rate 2e-4, batch 16, h = z = 64": _BASE,
    "rate 1e-4": replace(_BASE, learning_rate=1e-4),
    "rate 5e-4": replace(_BASE, learning_rate=5e-4),
    "n = 32": _shape(filters=32),
    "n = 32, rate 1e-4: the paper's rate": replace(_shape(filters=32), learning_rate=1e-4),
    "batch 8": replace(_BASE, batch_size=8),
    "batch 4": replace(_BASE, batch_size=4),
    "λ_k = 0.01": replace(_BASE, lambda_k=0.01),
    "h = z = 128": _shape(hidden=128, latent=128),
    "h = z = 32": _shape(hidden=32, latent=32),
    "k from 0.05": replace(_BASE, k=0.05),
    "z_D and z_G apart": replace(_BASE, separate_z=True),
    "16x16": _shape(size=16),
    "rate 1e-4, λ_k = 0.01 and h = z = 32 at once": replace(
        _shape(hidden=32, latent=32), learning_rate=1e-4, lambda_k=0.01
    ),
}


@dataclass(frozen=True)
class Judgement:
    """What a set of pictures has of the three things that are asked."""

    face_rate: float
    diversity: float
    closest: float  # distance of the two most alike

    @classmethod
    def of(cls, images: Tensor) -> Judgement:
        """Of `JUDGED` pictures, (N, C, S, S); values outside [-1, 1] are clipped."""
        shown = images.clamp(-1, 1)
        return cls(face_rate(shown), diversity(shown), closest_pair(shown[:COMPARED]))

    def reaches(self, photographs: Judgement) -> bool:
        """Whether all three are there."""
        return (
            self.face_rate >= FACES
            and self.diversity >= DIVERSITY * photographs.diversity
            and self.closest >= CLOSEST * photographs.closest
        )


def photographs(dataset: Dataset) -> Judgement:
    """What held-out pictures of the data set have."""
    return Judgement.of(to_unit_range(torch.as_tensor(dataset.held_out[:JUDGED])))


def course(config: TrainingConfig, stop_when_reached: bool = False) -> dict[str, Any]:
    """Train from nothing for `MINUTES` of processor time, and judge every `EVERY` seconds of it.

    Judging does not count. On one thread, processor time is what a quiet core would take, whatever else runs.

    Returns:
        "photographs", "course" (a judgement each, with "step" and "seconds"), "reached" (the first that has all, or
        None) and "steps_per_second".
    """
    dataset = open_dataset(config.data, size=config.architecture.size)
    asked = photographs(dataset)
    trainer = Trainer(config, dataset, sample_every=config.steps)
    z = sample_z(JUDGED, config.architecture.latent, torch.Generator().manual_seed(5)).to(trainer.device)
    rows: list[dict[str, float]] = []
    reached: dict[str, float] | None = None
    spent, since = 0.0, time.process_time()

    def judge(trainer: Trainer, losses: object) -> None:
        nonlocal spent, since, reached
        now = spent + time.process_time() - since
        if now < EVERY * (len(rows) + 1):
            return
        spent = now
        found = Judgement.of(trainer.began.generate(z))
        rows.append({"step": trainer.steps_done, "seconds": spent, **asdict(found)})
        if reached is None and found.reaches(asked):
            reached = rows[-1]
        if spent >= 60 * MINUTES or (reached and stop_when_reached):
            trainer.stop()
        since = time.process_time()

    trainer.train(callbacks=[judge], progress=False, stop_when_diverged=False)
    if trainer.stopped_by is not None:  # by a signal: what it has so far is no trial
        raise SystemExit(128 + trainer.stopped_by)
    rate = trainer.steps_done / spent
    return {"photographs": asdict(asked), "course": rows, "reached": reached, "steps_per_second": rate}


def run(path: Path = PATH, trials: Mapping[str, TrainingConfig] = TRIALS) -> Iterator[tuple[str, dict[str, Any]]]:
    """Train every trial that `path` does not hold yet, in order; yields name and what was found, and writes each."""
    for name, config in trials.items():
        done: dict[str, Any] = read_json(path) if path.exists() else {}
        if name not in done or TrainingConfig.from_json(done[name]["config"]) != config:
            found = {"config": config.as_json(), "device": describe_device(torch.device("cpu")), **course(config)}
            done = read_json(path) if path.exists() else {}  # another process may have written meanwhile
            done[name] = found
            write_json(path, done)
        yield name, done[name]


def main() -> None:
    """Train what is not trained yet, a line each."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.time_to_quality", description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="TRIAL", help="these, by their number from 1 (default: all)")
    parser.add_argument("--out", type=Path, default=PATH, metavar="FILE", help="(default: %(default)s)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    numbered = {str(i): name for i, name in enumerate(TRIALS, 1)}
    chosen = {numbered[number]: TRIALS[numbered[number]] for number in arguments.only or numbered}
    for name, found in run(arguments.out, chosen):
        last, reached = found["course"][-1], found["reached"]
        when = f"reached after {reached['seconds']:.0f} s" if reached else "not reached"
        print(
            f"{name}: {when}; at the end faces {last['face_rate']:.0%}, diversity {last['diversity']:.3f}, "
            f"closest {last['closest']:.3f}; {found['steps_per_second']:.1f} steps/s",
            flush=True,
        )


if __name__ == "__main__":
    main()
