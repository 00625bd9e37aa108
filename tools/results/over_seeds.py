"""Arms of several seeds, as `python -m tools.experiments` measured them: numbers over trainings, not over samples."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import comb
from pathlib import Path
from textwrap import fill
from typing import Any

from matplotlib.figure import Figure
from PIL import Image

from began_lib.figures.over_seeds import file_name, in_second_half, second_half, value
from began_lib.machine.storage import REPOSITORY, read_object
from tools.experiments.arms import ARMS, compared
from tools.results.material import lines

PATH, PICTURES = REPOSITORY / "docs" / "experiments.json", REPOSITORY / "docs" / "experiments"
LEAST_SEEDS = 2
NEAR = 0.1  # of a ratio of losses to γ
TITLE = 26  # letters of a line above a column of pictures

Row = dict[str, Any]


@dataclass(frozen=True)
class Runs:
    """Runs of one question by arm, and each one's measurements where it ends, in the order of their seeds."""

    by_arm: dict[str, list[dict[str, Any]]]

    @classmethod
    def read(cls, question: str, path: Path = PATH) -> Runs:
        """The arms of a question; of the control, which an open one has with them, the seeds that they have.

        Raises ValueError where arms have different seeds, or fewer than two, unless one of them takes no more than one.
        """
        by_arm: dict[str, list[dict[str, Any]]] = {}
        for run in read_object(path)["runs"].values():
            if run["name"] in compared(question):
                by_arm.setdefault(run["name"], []).append(run)
        asked = {run["seed"] for runs in by_arm.values() for run in runs if run["question"] == question}
        for runs in by_arm.values():
            runs[:] = sorted((run for run in runs if run["seed"] in asked), key=lambda run: run["seed"])
        seeds = {tuple(run["seed"] for run in runs) for runs in by_arm.values()}
        least = min(LEAST_SEEDS, *(ARMS[name].seeds for name in compared(question)))
        if len(seeds) != 1 or len(*seeds) < least:
            raise ValueError(
                f"{path} has {question} with seeds {sorted(seeds)}: expected the same, at least {least}, of each "
                f"arm. python -m tools.experiments --only '{question}'"
            )
        return cls(by_arm)

    @property
    def names(self) -> list[str]:
        """The arms."""
        return list(self.by_arm)

    @property
    def seeds(self) -> int:
        """How many each arm has."""
        return len(next(iter(self.by_arm.values())))

    @property
    def digest(self) -> str:
        """Changes where any number of these runs does."""
        return hashlib.sha256(json.dumps(self.by_arm, sort_keys=True).encode()).hexdigest()

    def ends(self, arm: str, step: int | None = None) -> list[Row]:
        """What was measured where each run of an arm ends, or at a step. Raises ValueError where one has nothing."""
        rows = []
        for run in self.by_arm[arm]:
            steps = step or run["config"]["steps"]
            there = [row for row in run["marks"].values() if row["steps"] == steps]
            if not there:
                why = run["diverged"] or "it is not done yet"
                raise ValueError(f"{arm}, seed {run['seed']} has no measurement at step {steps:,}: {why}.")
            rows.append(there[0])
        return rows

    def values(self, arm: str, column: str, step: int | None = None) -> list[float]:
        """A measure at the ends or at a step, seed by seed, without intervals."""
        return [value(row, column) for row in self.ends(arm, step)]

    def later(self, arm: str, column: str) -> list[float]:
        """The mean of a measure over the marks of a run's second half, seed by seed; of runs that came to their end."""
        self.ends(arm)
        return [second_half(run)[column] for run in self.by_arm[arm]]

    def swing(self, arm: str, column: str) -> float:
        """By how much a measure differs at most between two marks of the second half of one run."""
        return max(max(values) - min(values) for values in (in_second_half(run, column) for run in self.by_arm[arm]))

    def near(self, arm: str) -> bool:
        """Whether every seed of an arm ends with its ratio of losses near its γ."""
        gamma = self.by_arm[arm][0]["config"]["gamma"]
        return all(abs(ratio - gamma) < NEAR for ratio in self.values(arm, "ratio"))

    def in_order(self, arms: Sequence[str], column: str, later: bool = False) -> list[bool]:
        """Whether a measure rises from each arm to the next, seed by seed: at the ends, or over the second half."""
        measured = self.later if later else self.values
        seeds = zip(*(measured(arm, column) for arm in arms), strict=True)
        return [all(low < high for low, high in pairwise(values)) for values in seeds]

    def words(
        self,
        column: str,
        form: str,
        arms: Sequence[str] = (),
        unit: float = 1.0,
        later: bool = False,
        step: int | None = None,
    ) -> str:
        """A measure of arms in words, in the order of their seeds, a line of a table's cell for each arm."""
        names = arms or self.names
        told = {name: self.later(name, column) if later else self.values(name, column, step) for name in names}
        return lines({name: ", ".join(f"{it / unit:{form}}" for it in values) for name, values in told.items()})

    def made_of(self) -> str:
        """Data, size, filters, rate, steps and seeds, in a line."""
        config = next(iter(self.by_arm.values()))[0]["config"]
        a = config["architecture"]
        *others, last = (str(run["seed"]) for run in next(iter(self.by_arm.values())))
        seeds = f"seeds {', '.join(others)} and {last} of each arm, whose numbers stand in that order"
        return (
            f"{config['data']}, {a['size']}x{a['size']}, {a['filters']} filters, rate {config['learning_rate']:g}, "
            f"{config['steps']:,} steps of {config['batch_size']}, "
            f"{f'each from scratch; {seeds}' if others else f'from scratch; seed {last}'}."
        )

    def figure(self, pictures: Path, endings: Sequence[str] = ("",), width: float = 2.6) -> Figure:
        """Samples of every run as it ended: a column for each arm, a row for each seed.

        Args:
            pictures: folder in which `tools.experiments` has put them.
            endings: of the pictures' names, with rows of their own for each: "-averaged" for the averaged weights.
            width: of a column, in inches.
        """
        rows = len(endings) * self.seeds
        figure = Figure(figsize=(width * len(self.names), 0.35 * width * rows), layout="constrained")
        places = figure.subplots(rows, len(self.names), squeeze=False)
        for column, (name, runs) in enumerate(self.by_arm.items()):
            files = [f"{file_name(name, run['seed'])}{ending}.jpg" for ending in endings for run in runs]
            for axes, file in zip(places[:, column], files, strict=True):
                axes.imshow(Image.open(pictures / file))
                axes.set_axis_off()
            places[0, column].set_title(fill(name, TITLE))  # a longer one would run off the picture
        return figure


def all_above(high: Sequence[float], low: Sequence[float]) -> bool:
    """Whether every seed of one arm is above every seed of another."""
    return min(high) > max(low)


def by_chance(seeds: int) -> str:
    """In words, how often that happens, in either direction, to two arms between which nothing differs."""
    return f"by chance all seeds of either lie above all seeds of the other one time in {comb(2 * seeds, seeds) // 2}"
