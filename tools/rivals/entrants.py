"""Who takes part, with which settings, and what a budget is in each one's steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from time import process_time

from began_lib.data import Dataset
from began_lib.models import Architecture
from began_lib.rivals import SYSTEMS, RivalConfig, RivalTrainer, configured
from began_lib.training.configuration import TrainingConfig
from began_lib.training.trainer import Trainer

Config = TrainingConfig | RivalConfig

ALL_CHECKPOINTS = 1_000  # more than there are
ROUNDS, STEPS_A_ROUND = 5, 10  # of the rates; WGAN's G moves at every fifth step

_BEGAN = TrainingConfig(
    data="lfw", architecture=Architecture(size=32, filters=32, hidden=64, latent=64), learning_rate=1e-4
)
# The rivals have their papers' settings, BEGAN its own: nobody's were searched for on these photographs, but for the
# second BEGAN's, the soonest of the fifteen in docs/time-to-quality.json.
ENTRANTS: Mapping[str, Config] = {
    "began": _BEGAN,
    "began, n = 16": replace(_BEGAN, architecture=replace(_BEGAN.architecture, filters=16)),
    **{system: configured(system, data="lfw") for system in SYSTEMS},
}


def with_seed(config: Config, seed: int) -> Config:
    """The same settings, and other weights, codes and order."""
    return replace(config, seed=seed)


def trainer_of(
    config: Config, dataset: Dataset, folder: object = None, checkpoints_kept: int = ALL_CHECKPOINTS
) -> Trainer | RivalTrainer:
    """What trains a configuration; all checkpoints stay, for what each system's own measure says along the way."""
    rarely = {"sample_every": 1_000_000_000, "checkpoint_every": 500, "keep": checkpoints_kept}
    kind = Trainer if isinstance(config, TrainingConfig) else RivalTrainer
    return kind(config, dataset, folder, "cpu", **rarely)


@dataclass(frozen=True)
class Budgets:
    """What each entrant may spend."""

    images: int = 320_000  # seen: BEGAN's 20,000 steps of 16
    seconds: float = 1_800.0  # of one core

    def marks(self, config: Config, steps_per_second: float) -> dict[str, int]:
        """The steps after which each is spent."""
        return {
            "images": max(1, self.images // config.batch_size),
            "seconds": max(1, round(self.seconds * steps_per_second)),
        }


def rates(entrants: Mapping[str, Config], dataset: Dataset) -> dict[str, float]:
    """Steps per second of one core for each, measured in turns in one process: what slows one then slows all."""
    trainers = {name: trainer_of(config, dataset) for name, config in entrants.items()}
    seconds: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(1 + ROUNDS):
        for name, trainer in trainers.items():
            since = process_time()
            for _ in range(STEPS_A_ROUND):
                trainer.step()
            seconds[name].append(process_time() - since)
    return {name: STEPS_A_ROUND / median(taken[1:]) for name, taken in seconds.items()}  # the first warms up
