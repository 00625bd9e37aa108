"""An arm: one setting of one experiment."""

from __future__ import annotations

from dataclasses import dataclass

from began_lib.training.configuration import TrainingConfig


@dataclass(frozen=True)
class Arm:
    """One setting of one question.

    Args:
        question: what it is an answer to.
        config: what is trained; the seed is to be filled in.
        run_of: the arm whose run it is measured from, where it has none of its own; the run is as long as the longer of
            both.
        held_from: the arm at whose last k, of the same seed, its own k is held from the first step on.
        seeds: how many runs it takes, from seed 0 on.
        every: steps between its measurements.
        shown: steps at which a picture of samples is kept; its end is one in any case.
    """

    question: str
    config: TrainingConfig
    run_of: str = ""
    held_from: str = ""
    seeds: int = 2
    every: int = 10_000
    shown: tuple[int, ...] = ()
