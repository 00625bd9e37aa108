"""Checkers for the exercises of notebook 12: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import torch

from began_lib.exercises.verdict import RIGHT, Findings, Verdict, judged, near
from began_lib.faces import FACTORS, Factors, factor, sample_factors

NARROWED = ("glasses", "age", "yaw")


@judged(empty="Put a number between 0 and 1 into `answer`.")
def check_joint_share(answer: float) -> Findings:
    """Exercise 1: the share of faces that are over 60 and wear glasses of either kind."""
    shares = factor("glasses").distribution.shares()
    wears, old = 1.0 - shares[0], 1.0 - float(factor("age").distribution.cdf(60.0))
    yield near(answer, wears * old, rel=0.02), RIGHT
    yield near(answer, wears, rel=0.02), "That is the share with glasses at any age."
    yield near(answer, old, rel=0.02), "That is the share over 60, with glasses or without."
    hint = "Neither factor leans on the other, so both at once is rarer than each alone: no sum."
    yield near(answer, wears + old, rel=0.02), hint
    yield near(answer, wears * (1.0 - old), rel=0.02), "The cdf is the share *up to* an age."
    yield near(answer, shares[1] * old, rel=0.02), "Sunglasses count as well."
    yield True, "Does either factor lean on the other? The table says. Two numbers suffice, both from the table."


@judged(((0.5, 0.75), (0.19, 0.95), (0.035, 0.95), (0.001, 0.99)))
def check_samples_needed(found: int, share: float, confidence: float) -> Findings:
    """Exercise 2: how many faces hold at least one of a kind of share p, with a given confidence."""
    # The smallest n with (1 - share) ** n <= 1 - confidence, by counting.
    right, none = 0, 1.0
    while none > 1.0 - confidence + 1e-12:
        right, none = right + 1, none * (1.0 - share)
    yield found == right, RIGHT
    way = "too few" if found < right else "too many"
    yield (
        True,
        f"For a share of {share:g} and a confidence of {confidence:g} you say {found}: {way}. When is the chance of n "
        "faces without a single one at most 1 - confidence, and what is the smallest whole n?",
    )


def narrowed_factors() -> Factors:
    """Factors of 3,000 faces of a generator that lost variety: three factors of the table keep to common values."""
    factors = sample_factors(6000, seed=77)
    rare = (factors.glasses > 0) | (factors.age > 60) | (factors.yaw.abs() > 30)
    lucky = torch.from_numpy(np.random.default_rng(77).random(len(factors)) < 0.25)
    return factors[(~rare | lucky).nonzero()[:3000, 0]]


def check_dropped(answer: Callable[[Factors], Iterable[str]]) -> Verdict:
    """Exercise 3: name the factors whose frequencies in a set of faces are not the table's."""
    if not callable(answer):
        return Verdict(False, f"Expected a function, found {type(answer).__name__}: keep the line with `def`.")
    both = []
    for factors in (sample_factors(3000, seed=5), narrowed_factors()):
        found = answer(factors)
        if found is None or found is ...:
            return Verdict(False, "Your function returns nothing yet.")
        try:
            both.append(set(found))
        except TypeError:  # no collection, or of things that are no names
            return Verdict(False, f"Found {type(found).__name__}: return names from FACTORS, in a set or a list.")
        if unknown := sorted(both[-1] - set(FACTORS), key=str):
            return Verdict(False, f"{unknown[0]!r} is no factor: return names from FACTORS.")
    fair, named = both
    if fair:
        return Verdict(
            False,
            f"You name {', '.join(sorted(fair))} in faces drawn from the table itself. {len(FACTORS)} tests at 5 % "
            f"each flag {0.05 * len(FACTORS):.0f} by chance: what must the threshold be?",
        )
    if missed := set(NARROWED) - named:
        return Verdict(
            False,
            f"{len(missed)} of {len(NARROWED)} narrowed factors go unseen. Are your bins fine enough, and does the "
            "test cover both discrete and continuous factors?",
        )
    if extra := named - set(NARROWED):
        return Verdict(False, f"{', '.join(sorted(extra))} follows the table: is your threshold too loose?")
    return RIGHT
