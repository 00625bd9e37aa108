"""Which settings to train with: short runs that differ in one thing, measured alike, for a table of what was tried.

`python -m began_lib recipe` trains them one after the other (those that are done are not trained again) and writes
`docs/recipe.json`, from which `RESULTS.md` takes its table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from began_lib.data import Dataset, open_dataset, to_unit_range
from began_lib.machine.storage import read_json, write_json
from began_lib.models import Architecture, sample_z
from began_lib.scores.quality import measure
from began_lib.training.configuration import TrainingConfig
from began_lib.training.trainer import Trainer

__all__ = ["TRIALS", "columns", "run", "table"]

STEPS = 1500
JUDGED = 256  # pictures of a trial, and held-out ones to compare with
_SHAPE = Architecture(size=32, filters=16, hidden=64, latent=64)
_BASE = TrainingConfig(data="faces", architecture=_SHAPE, steps=STEPS, learning_rate=3e-4)


def _shape(**changes: int) -> TrainingConfig:
    return replace(_BASE, architecture=replace(_SHAPE, **changes))


# What was tried. All start from one seed; "as the others" is where the lines of the table meet.
TRIALS: Mapping[str, TrainingConfig] = {
    "as the others: rate 3e-4, n = 16, h = z = 64": _BASE,
    "rate 4e-5": replace(_BASE, learning_rate=4e-5),
    "rate 5e-5": replace(_BASE, learning_rate=5e-5),
    "rate 1e-4": replace(_BASE, learning_rate=1e-4),
    "rate 6e-4": replace(_BASE, learning_rate=6e-4),
    "h = z = 16": _shape(hidden=16, latent=16),
    "h = z = 128": _shape(hidden=128, latent=128),
    "n = 32": _shape(filters=32),
    "halved after 100 steps without progress, floor 2e-5": replace(_BASE, halving_window=50, halving_patience=2),
    "the same, floor 1e-6": replace(_BASE, halving_window=50, halving_patience=2, learning_rate_floor=1e-6),
}


def _judge(trainer: Trainer, dataset: Dataset) -> dict[str, float]:
    """What one trial gave: means of its last 200 steps, and 256 samples against held-out pictures."""
    history = trainer.history
    z = sample_z(JUDGED, trainer.config.architecture.latent, torch.Generator().manual_seed(5))
    real = to_unit_range(torch.as_tensor(dataset.held_out[:JUDGED]))
    quality = measure(trainer.began.generate(z.to(trainer.device)), real)
    return {
        "held_out_loss": trainer.held_out_loss(),
        "m_global": history.tail_mean("m_global", 200),
        "k": history.tail_mean("k", 200),
        "diversity": quality.diversity,
        "distance": quality.distance,
        "face_rate": quality.face_rate,
        "last_rate": float(history["learning_rate"][-1]),
    }


def run(path: str | Path, trials: Mapping[str, TrainingConfig] = TRIALS) -> Iterator[tuple[str, dict[str, float]]]:
    """Train every trial that `path` does not hold yet, in order; yields name and figures, and writes each at once.

    A trial whose configuration has changed is trained again.
    """
    path = Path(path)
    done: dict[str, Any] = read_json(path) if path.exists() else {}
    for name, config in trials.items():
        if done.get(name, {}).get("config") != config.as_json():
            dataset = open_dataset(config.data, size=config.architecture.size)
            trainer = Trainer(config, dataset, sample_every=config.steps)
            trainer.train()
            done[name] = {"config": config.as_json(), "found": _judge(trainer, dataset)}
            write_json(path, {key: done[key] for key in trials if key in done})
        yield name, done[name]["found"]


def columns() -> dict[str, Callable[[Mapping[str, float]], str]]:
    """The table's columns after the name of the trial: title, and how the figure is written."""
    return {
        "held-out L(x)": lambda found: f"{found['held_out_loss']:.4f}",
        "M_global": lambda found: f"{found['m_global']:.3f}",
        "k": lambda found: f"{found['k']:.3f}",
        "diversity": lambda found: f"{found['diversity']:.3f}",
        "distance to data": lambda found: f"{found['distance']:.3f}",
        "face rate": lambda found: f"{found['face_rate']:.0%}",
        "rate at the end": lambda found: f"{found['last_rate']:.1e}",
    }


def table(path: str | Path) -> str:
    """The table of what was tried, in Markdown, of a file that :func:`run` wrote."""
    titles = columns()
    lines = [f"| Trial | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    for name, trial in read_json(path).items():
        cells = [name, *(form(trial["found"]) for form in titles.values())]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
