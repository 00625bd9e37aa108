"""Checkers for the notebooks' exercises: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from began_lib.faces import FACTORS, Factors, factor, sample_factors

__all__ = ["Verdict", "check_dropped", "check_joint_share", "check_samples_needed", "narrowed_factors"]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and a hint if it is not; true in an `if` where it is right."""

    right: bool
    hint: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "Right." if self.right else f"Not yet. {self.hint}"


RIGHT = Verdict(True)


def check_joint_share(answer: float | None) -> Verdict:
    """Notebook 12, exercise 1: the share of faces that are over 60 and wear glasses of either kind."""
    if not isinstance(answer, (int, float)):
        return Verdict(False, "Put a number between 0 and 1 into `answer`.")
    glasses, age = factor("glasses"), factor("age")
    wears = 1.0 - glasses.distribution.shares()[0]
    old = 1.0 - float(age.distribution.cdf(60.0))
    if math.isclose(answer, wears * old, rel_tol=0.02):
        return RIGHT
    for wrong, hint in (
        (wears, "That is the share with glasses at any age."),
        (old, "That is the share over 60, with glasses or without."),
        (wears + old, "Neither factor leans on the other, so both at once is rarer than each alone: no sum."),
        (wears * (1.0 - old), "The cdf is the share *up to* an age."),
        (glasses.distribution.shares()[1] * old, "Sunglasses count as well."),
    ):
        if math.isclose(answer, wrong, rel_tol=0.02):
            return Verdict(False, hint)
    return Verdict(
        False, "Does either factor lean on the other? The table says. Two numbers suffice, both from the table."
    )


def check_samples_needed(answer: Callable[[float, float], int]) -> Verdict:
    """Notebook 12, exercise 2: how many faces hold at least one of a kind of share p, with a given confidence."""
    for share, confidence in ((0.5, 0.75), (0.19, 0.95), (0.035, 0.95), (0.001, 0.99)):
        # The smallest n with (1 - share) ** n <= 1 - confidence, by counting.
        right, none = 0, 1.0
        while none > 1.0 - confidence + 1e-12:
            right, none = right + 1, none * (1.0 - share)
        found = answer(share, confidence)
        if found is None:
            return Verdict(False, "Your function returns nothing yet.")
        if found != right:
            way = "too few" if found < right else "too many"
            return Verdict(
                False,
                f"For a share of {share:g} and a confidence of {confidence:g} you say {found}: {way}. When is the "
                "chance of n faces without a single one at most 1 - confidence, and what is the smallest whole n?",
            )
    return RIGHT


NARROWED = ("glasses", "age", "yaw")


def narrowed_factors(n: int = 3000, seed: int = 77) -> Factors:
    """Factors of `n` faces of a generator that lost some variety, as the paper saw: a few of the factors in the table
    keep to their common values."""
    factors = sample_factors(3 * n, seed)
    draw = np.random.default_rng(seed).random(3 * n)
    rare = (factors.glasses > 0).numpy() | (factors.age > 60).numpy() | (factors.yaw.abs() > 30).numpy()
    keep = np.flatnonzero(~rare | (draw < 0.25))[:n]
    if len(keep) < n:
        raise ValueError(f"seed {seed} leaves {len(keep)} faces: expected {n}; take another seed.")
    return factors[keep.tolist()]


def check_dropped(answer: Callable[[Factors], Collection[str]]) -> Verdict:
    """Notebook 12, exercise 3: name the factors whose frequencies in a set of faces are not the table's."""
    fair = answer(sample_factors(3000, seed=5))
    if fair is None:
        return Verdict(False, "Your function returns nothing yet.")
    if unknown := sorted(set(fair) - set(FACTORS)):
        return Verdict(False, f"{unknown[0]!r} is no factor: return names from FACTORS.")
    if fair:
        return Verdict(
            False,
            f"You name {', '.join(sorted(fair))} in faces drawn from the table itself. {len(FACTORS)} tests at 5 % "
            f"each flag {0.05 * len(FACTORS):.0f} by chance: what must the threshold be?",
        )
    named = set(answer(narrowed_factors()))
    if missed := set(NARROWED) - named:
        return Verdict(
            False,
            f"{len(missed)} of {len(NARROWED)} narrowed factors go unseen. Are your bins fine enough, and does the "
            "test cover both discrete and continuous factors?",
        )
    if extra := named - set(NARROWED):
        return Verdict(False, f"{', '.join(sorted(extra))} follows the table: is your threshold too loose?")
    return RIGHT
