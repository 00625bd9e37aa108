"""Checkers for the exercises of notebook 14: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from math import comb, exp, pi

from began_lib.exercises.verdict import RIGHT, Findings, choice, judged, near

__all__ = ["check_floor", "check_kl", "check_no_decoder", "check_one_side"]


@judged(((0.5,), (1.0,), (2.0,)))
def check_floor(found: float, sigma: float) -> Findings:
    """Exercise 1: the loss of a D that gives back the clean image, where it is asked for the noise as well."""
    at = f"σ = {sigma:g}"
    yield near(found, sigma * (2 / pi) ** 0.5, rel=1e-3), RIGHT
    yield near(found, 0.0), f"{at}: the target is not the clean image."
    yield near(found, sigma), f"{at}: σ is the root of the mean square. The loss is the mean of |ε|."
    yield near(found, sigma**2), f"{at}: this is the mean square, the loss for η = 2."
    yield near(found, 2 * sigma / pi**0.5), f"{at}: this is the mean |ε − ε'| of two noises. Here there is one."
    yield True, f"{at}: what is left of |v + ε − D(v + ε)| when D gives v? Take its mean over a normal."


@judged(((0.0, 0.0), (1.5, 0.0), (0.0, -2.0), (-0.7, 0.8)))
def check_kl(found: float, mean: float, log_variance: float) -> Findings:
    """Exercise 2: KL(N(mean, exp(log_variance)) || N(0, 1)) in nats."""
    variance, at = exp(log_variance), f"mean {mean:g}, log variance {log_variance:g}"
    right = 0.5 * (mean**2 + variance - 1 - log_variance)
    yield near(found, right), RIGHT
    yield near(found, 2 * right), f"{at}: twice what it is."
    yield near(found, -right), f"{at}: the sign. It is never below 0."
    yield near(found, 0.5 * (mean**2 + variance - log_variance)), f"{at}: it is 0 where both are one distribution."
    other = 0.5 * ((1 + mean**2) / variance - 1 + log_variance)
    yield near(found, other), f"{at}: this is the other way round, KL(N(0, 1) || N(μ, σ²))."
    halved = exp(log_variance / 2)
    yield near(found, 0.5 * (mean**2 + halved - 1 - log_variance)), f"{at}: exp(log σ²) is σ², not σ."
    yield True, f"{at}: the mean of log p − log q under p = N(μ, σ²), with q = N(0, 1)."


@judged(((3, 2), (3, 3), (4, 2), (5, 1)))
def check_one_side(found: float, control: int, seeds: int) -> Findings:
    """Exercise 3: how often all values of a change lie on one side of all of the control, where nothing differs."""
    choices, here = comb(control + seeds, seeds), f"{control} and {seeds}"
    yield near(found, 2 / choices), RIGHT
    yield near(found, 1 / choices), f"{here}: above or below. You have one of the two."
    yield near(found, 0.5**seeds), f"{here}: each value above or below the middle is another question."
    yield near(found, choices), f"{here}: this counts the ways to choose. How many of them have the change on one side?"
    yield True, f"{here}: put all values in order. Which of them are the change's? Each choice is equally likely."


@judged(empty='Nothing yet: put "yes" or "no" into `prediction`.')
def check_no_decoder(answer: str) -> Findings:
    """Exercise 4: whether G goes on changing once both losses are near 0."""
    hint = "Its gradient is small, yes. By what does Adam divide a gradient before it moves a weight?"
    yield from choice(answer, "yes", {"no": hint}, 'Put "yes" or "no" into `prediction`.')
