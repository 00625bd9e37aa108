"""Notebook 13's exercises: right answers, typical mistakes and their hints."""

import numpy as np
import pytest
import torch

from began_lib import plane
from began_lib.exercises import rivals as exercises
from began_lib.rivals.ebgan import pulling_away

NOTEBOOK = "13_rivals"
RUNS = (0.5 + 0.01 * np.arange(8.0), 0.2 + 0.02 * np.arange(8.0))  # what is left out without and with the term
CHECKS = {
    "value": exercises.check_one_number,
    "pulled": exercises.check_pulled,
    "prediction": lambda answer: exercises.check_trick(answer, pulled, lambda: RUNS),
    "fooled": exercises.check_fooled,
}  # by the names in the page's folded solutions: test_solutions.py
VALUES = ("value", "prediction", "fooled")
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


def test_a_prediction_is_judged_by_the_runs_and_nothing_is_trained_before_there_is_one(capsys):
    assert exercises.check_trick("Less.", pulled, lambda: RUNS)
    assert "It is 'less'" in exercises.check_trick("more", pulled, lambda: RUNS).hint
    assert "on average 0.27 is left out, before it was 0.54" in capsys.readouterr().out  # of 0.27 and 0.535
    assert "Put your prediction down first" in exercises.check_trick(..., pulled, lambda: pytest.fail("trained")).hint


@pytest.mark.parametrize("answer", [lambda loss, codes: ..., signed])
def test_runs_wait_for_the_term_and_for_one_of_three_words(answer):
    trained = lambda: pytest.fail("trained")  # noqa: E731
    assert "solve exercise 2 first" in exercises.check_trick("less", answer, trained).hint
    assert "Put your prediction down first" in exercises.check_trick("dunno", answer, trained).hint


def test_the_term_lets_began_leave_out_less_in_the_plane():
    """What the page's solution says of eight seeds, in three: h of two numbers, page 03's game."""
    before, after = (np.array([_left_out(weight, seed) for seed in range(3)]) for weight in (0.0, 0.1))
    assert (after < before).all() and after.mean() < 0.7 * before.mean()


def _left_out(weight, seed):
    game, random = plane.untrained(seed, hidden=2), torch.Generator().manual_seed(seed)
    D, G = game.discriminator, game.generator
    k, adam = 0.0, torch.optim.Adam([*D.parameters(), *G.parameters()], lr=1e-3)
    for _ in range(600):
        x, y = plane.horseshoe(64, random), G(game.sample_z(64))
        real, codes = (x - D(x)).abs().mean(), D.encoder(y)
        fake = (y - D.decoder(codes)).abs().mean()
        adam.zero_grad()
        (real - k * (y.detach() - D(y.detach())).abs().mean()).backward()
        (fake + weight * pulling_away(codes)).backward(inputs=[*G.parameters()])
        adam.step()
        k = min(max(k + 0.05 * (0.7 * real.item() - fake.item()), 0.0), 1.0)
    return plane.distances(plane.horseshoe, game.generate(game.sample_z(300), 300))[1]


def test_true_is_not_the_number_one():
    assert not exercises.check_one_number(True)
