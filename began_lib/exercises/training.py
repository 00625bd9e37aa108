"""Checkers for the exercises of notebook 05: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math

from began_lib.exercises.verdict import RIGHT, Findings, judged, near, two

TWO_NUMBERS = "Nothing yet: return two numbers, ours and the textbook's."
BREAKS = {
    "k held at 1": ("explodes", "What bounds L(x) − L(G(z)) from below?"),
    "λ_k x 100": ("no harm", "k moves faster. What would that break within 220 steps?"),
    "λ_k = 1, not clamped": ("k below 0", "One step can move k by as much as the error. What stops it at 0?"),
    "rate x 40": ("no better than grey", "What do the first steps of Adam do to the weights at such a rate?"),
}
OUTCOMES = [outcome for outcome, _ in BREAKS.values()]
NO_OUTCOMES = f"Nothing yet: for each, choose {', '.join(OUTCOMES[:-1])} or {OUTCOMES[-1]}."
TWO_SLOPES = "Nothing yet: return two slopes, the right one and the detached one."


@judged(((3.0, 1.0), (74.0, 26.0)), TWO_NUMBERS)
def check_step_cost(found: tuple[float, float], d: float, g: float) -> Findings:
    """Exercise 1: multiply-adds of our step and of the textbook's, from those of a forward pass."""
    yield not two(found), TWO_NUMBERS
    ours, textbook = found
    yield near(ours, 2 * d + g), "Those are the forward passes. A backward pass costs twice its forward pass."
    hint = "Ours: D runs forward twice and G once, and each of them backward once as well."
    yield not near(ours, 3 * (2 * d + g)), hint
    yield near(textbook, 9 * d + 4 * g), RIGHT
    hint = "That saves the weights of D their gradients while G is updated. Here the textbook leaves them."
    yield near(textbook, 8 * d + 4 * g), hint
    hint = "The textbook detaches G(z_D): one of its two generator passes has no backward pass."
    yield near(textbook, 9 * d + 6 * g), hint
    yield True, "The textbook runs D on x, on G(z_D) and on G(z_G), each with its backward pass."


@judged(((0.1,), (0.5,)), "Nothing yet: return a number that depends on k.")
def check_wrong_factor(found: float, k: float) -> Findings:
    """Exercise 2: θ_D's gradient from generated images in the first bug, over the right one."""
    yield near(found, -1 / k), RIGHT
    yield near(found, 1 / k), "The size is right. Which way does the right gradient point?"
    yield near(found, -k), "That is the right gradient over the buggy one; turn it round."
    yield True, "Write down what multiplies the gradient of L(G(z)) in L_D, and in L(x) + L(G(z))."


@judged(((3.0, 0.25), (0.5, 0.8), (2.0, -0.5)), TWO_SLOPES)
def check_slopes(found: tuple[float, float], a: float, v: float) -> Findings:
    """Exercise 3: slopes of |v − D(v)| for D(v) = a v, right and with the target detached."""
    yield not two(found), TWO_SLOPES
    whole, detached = found
    side = math.copysign(1.0, v - a * v)
    yield not near(whole, side * (1 - a)), "The right slope is that of |v − a v|; mind the sign inside the bars."
    yield near(detached, -side * a), RIGHT
    yield True, "Detached, the first v is a constant c: the slope of |c − a v| at c = v."


@judged(empty=NO_OUTCOMES)
def check_breaks(found: dict[str, str | None]) -> Findings:
    """Prediction: what each of the four changes does to a short run, {change: outcome}."""
    yield not isinstance(found, dict) or any(found.get(name) is None for name in BREAKS), NO_OUTCOMES
    for name, (outcome, hint) in BREAKS.items():
        word = str(found[name]).strip(" .").lower()
        yield word not in OUTCOMES, f"{name}: {word!r} is none of {', '.join(OUTCOMES)}."
        yield word != outcome, f"{name}: {hint}"
    yield True, RIGHT
