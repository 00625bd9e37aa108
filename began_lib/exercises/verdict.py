"""Checkers for the notebooks' exercises: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from began_lib.faces import FACTORS, Factors, factor, sample_factors
from began_lib.wasserstein import squared_distance_1d, squared_distance_of_samples


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
EMPTY = Verdict(False, "Your function returns nothing yet.")


def check_share_of_means(answer: Callable[[float, float, float, float], float]) -> Verdict:
    """Notebook 02, exercise 1: the share of W² that the means carry, from m1, c1, m2, c2."""
    for m1, c1, m2, c2 in (
        (0.3, 0.04, 0.1, 0.01),
        (0.1, 0.09, 0.5, 0.01),
        (0.2, 0.04, 0.1, 0.04),
        (1.0, 4.0, 1.01, 1.0),  # hardly apart, but apart: 1 / (1 + r) divides by the means' part
    ):
        found = answer(m1, c1, m2, c2)
        if found is None:
            return EMPTY
        means = (m1 - m2) ** 2
        if math.isclose(found, means / float(squared_distance_1d(m1, c1, m2, c2)), abs_tol=1e-9):
            continue
        hint = "W² is a sum of two terms: which of them is owed to the means, and what is the whole?"
        for wrong, why in (
            (means / (means + (c1 - c2) ** 2), "c1 and c2 are variances: the second term needs their roots."),
            (means / (means + c1 + c2), "The cross term −2 √(c1 c2) is missing."),
            (abs(m1 - m2) / math.sqrt(float(squared_distance_1d(m1, c1, m2, c2))), "A share of W², not of W."),
        ):
            if math.isclose(found, wrong, abs_tol=1e-9):
                hint = why
        return Verdict(False, hint)
    return RIGHT


def check_transport(answer: Callable[..., NDArray[np.float64]]) -> Verdict:
    """Notebook 02, exercise 2: the optimal map T(x, m1, c1, m2, c2) from N(m1, c1) to N(m2, c2)."""
    x = np.linspace(-3.0, 3.0, 7)
    for m1, c1, m2, c2 in ((0.0, 1.0, 2.0, 9.0), (0.5, 4.0, -1.0, 1.0)):
        found = answer(x, m1, c1, m2, c2)
        if found is None:
            return EMPTY
        slope = math.sqrt(c2 / c1)
        if np.allclose(found, m2 + slope * (x - m1)):
            continue
        hint = "Which straight line takes the mean to the mean, and one deviation above it to one deviation above?"
        for wrong, why in (
            (m2 + c2 / c1 * (x - m1), "c1 and c2 are variances: a map stretches deviations."),
            (m1 + (x - m2) / slope, "That is the way back, from N(m2, c2) to N(m1, c1)."),
            (
                m2 - slope * (x - m1),
                "It arrives at the right distribution, but paths cross: order is cheaper.",
            ),
            (x + m2 - m1, "The mean arrives, the spread does not."),
        ):
            if np.allclose(found, wrong):
                hint = why
        return Verdict(False, hint)
    return RIGHT


def check_largest_gamma(answer: Callable[[float, float, float], float | None]) -> Verdict:
    """Notebook 02, exercise 3: the largest gamma that keeps ((v1 - gamma v2) / (1 - gamma))² at or below a limit."""
    for limit, v1, v2 in ((0.1, 0.18, 0.04), (1.0, 0.2, 0.05), (0.05, 0.2, 0.1), (25.0, 0.5, 0.25)):
        found = answer(limit, v1, v2)
        if found is None:
            return Verdict(False, f"Nothing yet, or None, for limit {limit:g} and v1 {v1:g}: γ = 0 gives {v1**2:g}.")
        if not 0.0 <= found < 1.0:
            return Verdict(False, f"{found:.3g} for limit {limit:g}, v1 {v1:g}, v2 {v2:g}: γ lies in [0, 1).")
        reached = ((v1 - found * v2) / (1.0 - found)) ** 2
        if not math.isclose(reached, limit, rel_tol=1e-6):
            way = "above the limit" if reached > limit else "below it, so that a larger γ would do"
            return Verdict(False, f"At your γ = {found:.3g} the ratio is {reached:.3g}: {way} ({limit:g}).")
    if answer(0.0225, 0.2, 0.1) is not None:
        return Verdict(False, "With v1 = 0.2 the ratio is 0.04 at γ = 0: a limit of 0.0225 has no answer, None.")
    return RIGHT


def check_exact_squared_w(answer: Callable[[NDArray[np.float64], NDArray[np.float64]], float]) -> Verdict:
    """Notebook 02, exercise 4: exact W² of two samples whose sizes may differ."""
    rng = np.random.default_rng(4)
    for first, second in ((5, 5), (4, 6), (7, 3), (1, 9)):
        a, b = rng.normal(size=first), rng.exponential(size=second)
        found = answer(a.copy(), b.copy())
        if found is None:
            return EMPTY
        right = squared_distance_of_samples(a, b)
        if math.isclose(found, right, rel_tol=1e-9):
            continue
        hint = "Where do the two quantile functions jump, and how long is each piece between two jumps?"
        if math.isclose(found, math.sqrt(right), rel_tol=1e-9):
            hint = "That is W; the question asks for W²."
        elif math.isclose(found, (a.mean() - b.mean()) ** 2 + (a.std() - b.std()) ** 2, rel_tol=1e-9):
            hint = "That is the form for normals; these samples are none."
        elif first == second and math.isclose(found, np.mean((a - b) ** 2), rel_tol=1e-9):
            hint = "Which value goes with which? Quantile to quantile: sort first."
        return Verdict(False, f"Samples of {first} and {second}: {hint}")
    return RIGHT


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


def narrowed_factors() -> Factors:
    """Factors of 3,000 faces of a generator that lost variety: three factors of the table keep to common values."""
    factors = sample_factors(6000, seed=77)
    rare = (factors.glasses > 0) | (factors.age > 60) | (factors.yaw.abs() > 30)
    lucky = torch.from_numpy(np.random.default_rng(77).random(len(factors)) < 0.25)
    return factors[(~rare | lucky).nonzero()[:3000, 0]]


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


def check_direction(answer: str | None) -> Verdict:
    """Notebook 00, exercise 1: whether a larger gamma makes k rise "faster" or "slower" in the first steps."""
    word = answer.strip(" .").lower() if isinstance(answer, str) else answer
    if word not in ("faster", "slower"):
        return Verdict(False, 'Put "faster" or "slower" into `answer`.')
    if word == "faster":
        return RIGHT
    return Verdict(False, "Look at k's update: what does a larger gamma do to gamma L(x) - L(G(z))?")


def check_steps_to_k(answer: float | None) -> Verdict:
    """Notebook 00, exercise 2: steps until k reaches 0.1 at L(x) = 0.2, L(G(z)) = 0.06, gamma 0.5, gain 0.001."""
    if not isinstance(answer, (int, float)):
        return Verdict(False, "Nothing yet: put a number of steps into `steps`.")
    push = 0.5 * 0.2 - 0.06
    if math.isclose(answer, 0.1 / (0.001 * push), rel_tol=0.01):
        return RIGHT
    if math.isclose(answer, 0.1 / push, rel_tol=0.01):
        return Verdict(False, "The gain λ_k is missing.")
    if math.isclose(answer, 0.1 / (0.001 * (0.2 - 0.06)), rel_tol=0.01):
        return Verdict(False, "The target is γ L(x), not L(x).")
    return Verdict(False, "Each step adds λ_k (γ L(x) − L(G(z))) to k. How many of those make 0.1?")


def check_step_cost(answer: Callable[[float, float], tuple[float, float]]) -> Verdict:
    """Notebook 05, exercise 1: multiply-adds of our step and of the textbook's, from those of a forward pass."""
    for d, g in ((3.0, 1.0), (74.0, 26.0)):
        found = answer(d, g)
        if found is None:
            return Verdict(False, "Nothing yet: return two numbers, ours and the textbook's.")
        ours, textbook = found
        if math.isclose(ours, 2 * d + g):
            return Verdict(False, "Those are the forward passes. A backward pass costs twice its forward pass.")
        if not math.isclose(ours, 3 * (2 * d + g)):
            return Verdict(False, "Ours: D runs forward twice and G once, and each of them backward once as well.")
        if math.isclose(textbook, 9 * d + 6 * g):
            return Verdict(False, "The textbook detaches G(z_D): one of its two generator passes has no backward pass.")
        if not math.isclose(textbook, 9 * d + 4 * g):
            return Verdict(False, "The textbook runs D on x, on G(z_D) and on G(z_G), each with its backward pass.")
    return RIGHT


def check_wrong_factor(answer: Callable[[float], float]) -> Verdict:
    """Notebook 05, exercise 2: θ_D's gradient from generated images in the first bug, over the right one."""
    for k in (0.1, 0.5):
        found = answer(k)
        if found is None:
            return Verdict(False, "Nothing yet: return a number that depends on k.")
        if math.isclose(found, 1 / k):
            return Verdict(False, "The size is right. Which way does the right gradient point?")
        if math.isclose(found, -k):
            return Verdict(False, "That is the right gradient over the buggy one; turn it round.")
        if not math.isclose(found, -1 / k):
            return Verdict(False, "Write down what multiplies the gradient of L(G(z)) in L_D, and in L(x) + L(G(z)).")
    return RIGHT


def check_slopes(answer: Callable[[float, float], tuple[float, float]]) -> Verdict:
    """Notebook 05, exercise 3: slopes of |v − D(v)| for D(v) = a v, right and with the target detached."""
    for a, v in ((3.0, 0.25), (0.5, 0.8), (2.0, -0.5)):
        found = answer(a, v)
        if found is None:
            return Verdict(False, "Nothing yet: return two slopes, the right one and the detached one.")
        whole, detached = found
        side = math.copysign(1.0, v - a * v)
        if not math.isclose(whole, side * (1 - a)):
            return Verdict(False, "The right slope is that of |v − a v|; mind the sign inside the bars.")
        if not math.isclose(detached, -side * a):
            return Verdict(False, "Detached, the first v is a constant c: the slope of |c − a v| at c = v.")
    return RIGHT
