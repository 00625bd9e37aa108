"""Notebook 14's exercises: right answers, typical mistakes and their hints."""

from math import comb, exp, pi

import numpy as np
import pytest
import torch

from began_lib.exercises import questions as exercises
from began_lib.training.questions import kl_divergence

NOTEBOOK = "14_open_questions"
GIVEN = {"np": np}  # what the notebook has imported by then
CHECKS = {
    "floor_of": exercises.check_floor,
    "kl": exercises.check_kl,
    "one_side": exercises.check_one_side,
    "prediction": exercises.check_no_decoder,
}  # by the names in the page's folded solutions: test_solutions.py
VALUES = ("prediction",)
MISTAKES: list = []

ANSWERS = [
    (exercises.check_floor, lambda sigma: sigma * (2 / pi) ** 0.5, ""),
    (exercises.check_floor, lambda sigma: 0.0, "not the clean image"),
    (exercises.check_floor, lambda sigma: sigma, "root of the mean square"),
    (exercises.check_floor, lambda sigma: sigma**2 if sigma != 1 else 0.8, "mean square, the loss"),
    (exercises.check_floor, lambda sigma: 2 * sigma / pi**0.5, "Here there is one"),
    (exercises.check_floor, lambda sigma: 0.3, "when D gives v"),
    (exercises.check_kl, lambda m, v: 0.5 * (m**2 + exp(v) - 1 - v), ""),
    (exercises.check_kl, lambda m, v: m**2 + exp(v) - 1 - v, "twice"),
    (exercises.check_kl, lambda m, v: -0.5 * (m**2 + exp(v) - 1 - v), "never below 0"),
    (exercises.check_kl, lambda m, v: 0.5 * (m**2 + exp(v) - v), "where both are one"),
    (exercises.check_kl, lambda m, v: 0.5 * ((1 + m**2) * exp(-v) - 1 + v), "other way round"),
    (exercises.check_kl, lambda m, v: 0.5 * (m**2 + exp(v / 2) - 1 - v), "not σ"),
    (exercises.check_kl, lambda m, v: m, "log p − log q"),
    (exercises.check_one_side, lambda control, seeds: 2 / comb(control + seeds, seeds), ""),
    (exercises.check_one_side, lambda control, seeds: 1 / comb(control + seeds, seeds), "one of the two"),
    (exercises.check_one_side, lambda control, seeds: 0.5**seeds, "another question"),
    (exercises.check_one_side, lambda control, seeds: comb(control + seeds, seeds), "ways to choose"),
    (exercises.check_one_side, lambda control, seeds: 0.05, "all values in order"),
    (exercises.check_no_decoder, "Yes.", ""),
    (exercises.check_no_decoder, "no", "By what does Adam divide"),
    (exercises.check_no_decoder, "perhaps", 'Put "yes" or "no"'),
    (exercises.check_no_decoder, ..., "Nothing yet"),
]


@pytest.mark.parametrize(("check", "answer", "hint"), ANSWERS)
def test_an_answer_is_accepted_or_refused_with_its_hint(check, answer, hint):
    verdict = check(answer)
    assert bool(verdict) == (not hint) and hint in verdict.hint


def test_the_right_divergence_is_the_library_s():
    mean, log_variance = torch.tensor([[1.5]]), torch.tensor([[-0.4]])
    assert exercises.check_kl(lambda m, v: float(kl_divergence(torch.tensor([[m]]), torch.tensor([[v]]))))
    assert float(kl_divergence(mean, log_variance)) == pytest.approx(0.5 * (2.25 + exp(-0.4) - 1 + 0.4))


def test_one_side_by_counting():
    """Of five values in all orders, how often the two of the change are the first or the last."""
    from itertools import combinations

    sides = [{0, 1}, {3, 4}]
    share = sum(set(chosen) in sides for chosen in combinations(range(5), 2)) / comb(5, 2)
    assert exercises.check_one_side(
        lambda control, seeds: share if (control, seeds) == (3, 2) else 2 / comb(control + seeds, seeds)
    )
