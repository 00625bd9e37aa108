"""Notebook 13's exercises: right answers, typical mistakes and their hints."""

import pytest
import torch

from began_lib.exercises import rivals as exercises
from began_lib.rivals.ebgan import pulling_away

CHECKS: dict = {}  # of a page, by the names in its folded solutions: test_solutions.py
MISTAKES: list = []


def pulled(loss, codes):
    """The right answer of exercise 2."""
    return loss + 0.1 * pulling_away(codes)


def with_itself(loss, codes):
    """Its mean over all pairs, each code with itself as well."""
    unit = torch.nn.functional.normalize(codes, dim=1)
    return loss + 0.1 * (unit @ unit.T).square().mean()


def signed(loss, codes):
    """Its cosines not squared."""
    unit = torch.nn.functional.normalize(codes, dim=1)
    n = len(codes)
    return loss + 0.1 * ((unit @ unit.T).sum() - n) / (n * (n - 1))


ANSWERS = [
    (exercises.check_one_number, 1, ""),
    (exercises.check_one_number, 0.0, "on one line be orthogonal"),
    (exercises.check_one_number, -1, "before the mean"),
    (exercises.check_one_number, 0.5, "only the sign is left"),
    (exercises.check_one_number, ..., "Nothing yet"),
    (exercises.check_pulled, pulled, ""),
    (exercises.check_pulled, lambda loss, codes: loss - 0.1 * pulling_away(codes), "which PT is it to reach"),
    (exercises.check_pulled, lambda loss, codes: loss + pulling_away(codes), "with the weight 1"),
    (exercises.check_pulled, lambda loss, codes: 0.1 * pulling_away(codes), "And L(G(z))?"),
    (exercises.check_pulled, with_itself, "leave the diagonal out"),
    (exercises.check_pulled, signed, "the cosine is squared"),
    (exercises.check_pulled, lambda loss, codes: loss, "Add 0.1 times"),
    (exercises.check_pulled, lambda loss, codes: None, "Nothing yet"),
    (exercises.check_fooled, {"face rate", "precision"}, ""),
    (exercises.check_fooled, ["Face rate", "precision."], ""),
    (exercises.check_fooled, {"face rate", "precision", "diversity"}, "How far are copies"),
    (exercises.check_fooled, {"face rate", "coverage"}, "How many has one face"),
    (exercises.check_fooled, "precision", "by itself"),
    (exercises.check_fooled, {"FID"}, "fid is none of"),
    (exercises.check_fooled, ..., "Nothing yet"),
]


@pytest.mark.parametrize(("check", "answer", "hint"), ANSWERS)
def test_an_answer_is_accepted_or_refused_with_its_hint(check, answer, hint):
    verdict = check(answer)
    assert bool(verdict) == (not hint) and hint in verdict.hint
