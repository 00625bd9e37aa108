"""Checkers for the exercises of notebook 00: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from began_lib.exercises.verdict import RIGHT, Findings, choice, judged, near

FALLS = 'Nothing yet: put "stays", "rises" or "falls" into `prediction`.'
WORD = 'Put "faster" or "slower" into `answer`.'


@judged(empty=WORD)
def check_direction(answer: str) -> Findings:
    """Exercise 1: whether a larger gamma makes k rise "faster" or "slower" in the first steps."""
    hints = {
        "slower": "Look at k's update: what does a larger gamma do to gamma L(x) - L(G(z))?",
    }
    yield from choice(answer, "faster", hints, WORD)


@judged(empty="Nothing yet: put a number of steps into `steps`.")
def check_steps_to_k(answer: float) -> Findings:
    """Exercise 2: steps until k reaches 0.1 at L(x) = 0.2, L(G(z)) = 0.06, gamma 0.5, gain 0.001."""
    push = 0.5 * 0.2 - 0.06
    yield near(answer, 0.1 / (0.001 * push), rel=0.01), RIGHT
    yield near(answer, 0.1 / push, rel=0.01), "The gain λ_k is missing."
    yield near(answer, 0.1 / (0.001 * (0.2 - 0.06)), rel=0.01), "The target is γ L(x), not L(x)."
    yield True, "Each step adds λ_k (γ L(x) − L(G(z))) to k. How many of those make 0.1?"


@judged(empty=FALLS)
def check_frozen(answer: str) -> Findings:
    """Prediction: whether M_global "stays", "rises" or "falls" while G is frozen and k is 0."""
    hints = {
        "stays": "Which part of M_global does D go on learning, whatever G makes?",
        "rises": "With k = 0, D is trained on L(x) alone. What does that do to M_global?",
    }
    yield from choice(answer, "falls", hints, FALLS)
