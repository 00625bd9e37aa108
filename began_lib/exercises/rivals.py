"""Checkers for the exercises of notebook 13: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from began_lib.exercises.objective import check_prediction, read_prediction
from began_lib.exercises.verdict import RIGHT, Findings, Verdict, judged, near
from began_lib.rivals.ebgan import PULLING, pulling_away

__all__ = ["check_fooled", "check_one_number", "check_pulled", "check_trick"]

MEASURES = ("face rate", "precision", "coverage", "diversity")


@judged()
def check_one_number(found: float) -> Findings:
    """Exercise 1: the pulling-away term of codes with one number each."""
    yield near(found, 1.0), RIGHT
    yield near(found, 0.0), "Orthogonal codes have 0. Can two numbers on one line be orthogonal?"
    yield near(found, -1.0), "The cosine may be -1. What is done with it before the mean is taken?"
    yield True, "Of a code with one number only the sign is left when it is divided by its length."


def _pulled_cases() -> list[tuple[Tensor, Tensor]]:
    random = torch.Generator().manual_seed(0)
    return [(torch.tensor(0.3), torch.randn(6, d, generator=random)) for d in (2, 5)]


@judged(_pulled_cases, "Nothing yet: return G's loss with the term in it.")
def check_pulled(found: Tensor, loss: Tensor, codes: Tensor) -> Findings:
    """Exercise 2: G's loss of BEGAN with the pulling-away term of D's codes, at EBGAN's weight of 0.1."""
    n, pulling = len(codes), float(pulling_away(codes))
    with_itself = (pulling * n * (n - 1) + n) / n**2
    unit = torch.nn.functional.normalize(codes, dim=1)
    signed = float(((unit @ unit.T).sum() - n) / (n * (n - 1)))
    yield near(found, float(loss) + PULLING * pulling, rel=1e-4), RIGHT
    yield near(found, float(loss) - PULLING * pulling, rel=1e-4), "G goes down its loss: which PT is it to reach?"
    yield near(found, float(loss) + pulling, rel=1e-4), "The term is there with the weight 1: EBGAN's is 0.1."
    yield near(found, PULLING * pulling, rel=1e-4), "And L(G(z))? The term is added to it."
    hint = "Each code is compared with itself too, which adds a 1 for each: leave the diagonal out."
    yield near(found, float(loss) + PULLING * with_itself, rel=1e-4), hint
    hint = "Opposite codes would count as apart: the cosine is squared."
    yield near(found, float(loss) + PULLING * signed, rel=1e-4), hint
    yield True, "Add 0.1 times the mean squared cosine between the codes of different points to the loss."


def check_trick(
    prediction: object, pulled: Callable[[Tensor, Tensor], Tensor], run: Callable[[], tuple[ArrayLike, ArrayLike]]
) -> Verdict:
    """Exercise 3: what the term does to what G leaves out, by runs; trains only once there is a prediction.

    Args:
        prediction: "less", "more" or "no clear difference".
        pulled: the answer to exercise 2, on which the runs rest.
        run: makes the runs without and with the term, and gives what each leaves out, seed by seed.
    """
    if read_prediction(prediction) and not check_pulled(pulled):
        return Verdict(False, "The runs need your term: solve exercise 2 first.")
    without, with_it = run() if read_prediction(prediction) else ((), ())
    return check_prediction(prediction, without, lambda: with_it)


@judged(empty="Nothing yet: put a set of measures in place of the dots.")
def check_fooled(found: Iterable[str]) -> Findings:
    """Exercise 4: the measures that a G with one clean face, drawn often, passes."""
    words = {str(word).strip(" .").lower() for word in ([found] if isinstance(found, str) else found)}
    unknown = words - set(MEASURES)
    yield bool(unknown), f"{', '.join(sorted(unknown))} is none of {', '.join(MEASURES)}."
    yield words == {"face rate", "precision"}, RIGHT
    yield "diversity" in words, "Diversity is how far generated images are from each other. How far are copies?"
    yield (
        "coverage" in words,
        "Coverage asks of each photograph whether a generated one is near. How many has one face?",
    )
    yield True, "Which of them ask each generated image by itself, whatever the others are?"
