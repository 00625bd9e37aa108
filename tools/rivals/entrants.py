"""Who takes part, with which settings, and what a budget is in each one's steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median
from time import process_time

from began_lib.data import Dataset
from began_lib.models import Architecture
from began_lib.rivals import SYSTEMS, RivalConfig, RivalTrainer, configured
from began_lib.rivals.magan import MAGAN, PRETRAINING
from began_lib.training.configuration import TrainingConfig
from began_lib.training.trainer import Trainer

Config = TrainingConfig | RivalConfig

ALL_CHECKPOINTS = 1_000  # more than there are
ROUNDS, STEPS_A_ROUND = 5, 10  # of the rates; WGAN's G moves at every fifth step

_BEGAN = TrainingConfig(
    data="lfw", architecture=Architecture(size=32, filters=32, hidden=64, latent=64), learning_rate=1e-4
)
# The rivals have their papers' rates and weights of losses, BEGAN its own. The rivals' were not searched for on these
# photographs; BEGAN's two are among the fourteen in docs/time-to-quality.json.
ENTRANTS: Mapping[str, Config] = {
    "began": _BEGAN,
    "began, n = 16": replace(_BEGAN, architecture=replace(_BEGAN.architecture, filters=16)),
    **{system: configured(system, data="lfw") for system in SYSTEMS},
}


def with_seed(config: Config, seed: int) -> Config:
    """The same settings, and other weights, codes and order."""
    return replace(config, seed=seed)


def trainer_of(
    config: Config,
    dataset: Dataset,
    folder: object = None,
    checkpoints_kept: int = ALL_CHECKPOINTS,
    device: str = "cpu",
) -> Trainer | RivalTrainer:
    """What trains a configuration; all checkpoints stay, for what each system's own measure says along the way."""
    rarely = {"sample_every": 1_000_000_000, "checkpoint_every": 500, "keep": checkpoints_kept}
    kind = Trainer if isinstance(config, TrainingConfig) else RivalTrainer
    return kind(config, dataset, folder, device, **rarely)


def begins_with_d_alone(trainer: Trainer | RivalTrainer) -> bool:
    """Whether a system's D is trained for some epochs of the data before G is."""
    return isinstance(getattr(trainer, "rival", None), MAGAN)


@dataclass(frozen=True)
class Budgets:
    """What each entrant may spend."""

    images: int = 160_000  # seen: BEGAN's 10,000 steps of 16
    seconds: float = 900.0  # of one core

    def marks(self, config: Config, pace: Pace) -> dict[str, int]:
        """The steps after which each is spent."""
        return {"images": max(1, self.images // config.batch_size), "seconds": max(1, pace.steps(self.seconds))}


@dataclass(frozen=True)
class Pace:
    """Steps that a second of one core does: of the game and, where D trains alone before it, of those."""

    game: float
    alone: float = 1.0
    steps_alone: int = 0

    def seconds(self, steps: int) -> float:
        """What so many steps take."""
        before = min(steps, self.steps_alone)
        return before / self.alone + (steps - before) / self.game

    def steps(self, seconds: float) -> int:
        """How many a time is enough for."""
        before = min(self.steps_alone, round(seconds * self.alone))
        return before + max(0, round((seconds - before / self.alone) * self.game))


def paces(entrants: Mapping[str, Config], dataset: Dataset) -> dict[str, Pace]:
    """The pace of each, measured in turns in one process: what slows one then slows all."""
    trainers = {name: trainer_of(config, dataset) for name, config in entrants.items()}
    alone = {name: trainer for name, trainer in trainers.items() if begins_with_d_alone(trainer)}
    steps_alone = {name: PRETRAINING * trainer.rival.epoch for name, trainer in alone.items()}
    rates_alone = _rates(alone)
    for trainer in alone.values():
        trainer.rival.epoch = 1  # D has been alone for more steps than that makes: the game is on
    rates = _rates(trainers)
    return {
        name: Pace(rate, rates_alone[name], steps_alone[name]) if name in alone else Pace(rate)
        for name, rate in rates.items()
    }


def _rates(trainers: Mapping[str, Trainer | RivalTrainer]) -> dict[str, float]:
    seconds: dict[str, list[float]] = {name: [] for name in trainers}
    for _ in range(1 + ROUNDS):
        for name, trainer in trainers.items():
            since = process_time()
            for _ in range(STEPS_A_ROUND):
                trainer.step()
            seconds[name].append(process_time() - since)
    return {name: STEPS_A_ROUND / median(taken[1:]) for name, taken in seconds.items()}  # the first warms up
