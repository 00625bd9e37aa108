"""Notebook 03's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from began_lib import plane
from began_lib.equilibrium import reconstruction_loss
from began_lib.exercises import objective as exercises

NOTEBOOK = "03_objective"
BEFORE = np.linspace(0.3, 0.5, 16)


def judge(prediction, change=0.0, seed=0):
    """A prediction beside runs that leave out `change` more, give or take."""
    noise = 0.01 * np.random.default_rng(seed).normal(size=16)
    return exercises.check_prediction(prediction, BEFORE, lambda: BEFORE + change + noise)


CHECKS = {
    "prediction": judge,
    "weight": exercises.check_weight,
    "average_ratio": exercises.check_average_ratio,
    "worst": exercises.check_worst_on_ring,
}
VALUES = ("prediction", "weight", "worst")
MISTAKES = [
    ("prediction", "perhaps", "one of 'less', 'more', 'no clear difference'"),
    ("prediction", "Less.", "It is 'no clear difference'"),
    ("weight", -0.2, "in L_D alone"),
    ("weight", 1, "what L_G adds"),
    ("weight", -0.8, "minus sign"),
    ("weight", 0.2, "collect"),
    ("average_ratio", lambda g, s, a, b, n, m: g + (b - a) / (s * n * m), "rises"),
    ("average_ratio", lambda g, s, a, b, n, m: g - (b - a) / (n * m), "λ_k times"),
    ("average_ratio", lambda g, s, a, b, n, m: g - (b - a) / (s * n), "units of the loss"),
    ("average_ratio", lambda g, s, a, b, n, m: g - (b - a) / (s * m), "sum over the steps"),
    ("average_ratio", lambda g, s, a, b, n, m: g, "k's updates"),
    ("worst", 0.8, "a distance"),
    ("worst", 1.6, "may lie between"),
    ("worst", 0.566, "not the root"),
    ("worst", 0, "right for both"),
    ("worst", 0.1, "1.6 apart"),
]


def test_a_prediction_is_judged_by_what_is_measured(capsys):
    for change, right in ((0.2, "more"), (-0.2, "less"), (0.0, "no clear difference")):
        verdicts = {said: bool(judge(said, change)) for said in ("more", "less", "no clear difference")}
        assert verdicts == {said: said == right for said in verdicts}
    assert "Measured: on average 0.40 is left out, before it was 0.40" in capsys.readouterr().out


def test_the_direction_is_that_of_most_pairs_as_the_tests_is():
    """Fifteen pairs fall, and one rises by so much that the mean does too."""
    after = BEFORE - np.linspace(0.01, 0.02, 16)
    after[0] = BEFORE[0] + 5
    assert exercises.check_prediction("less", BEFORE, lambda: after)


def test_broken_runs_are_not_compared(capsys):
    for broken in (BEFORE * np.nan, np.where(BEFORE > 0.4, np.inf, BEFORE)):
        assert "NaN or infinity" in exercises.check_prediction("more", BEFORE, lambda broken=broken: broken).hint
    assert capsys.readouterr().out == ""


def test_nothing_is_trained_before_there_is_a_prediction():
    assert not exercises.check_prediction(..., BEFORE, partial(pytest.fail, "trained"))


def test_the_same_runs_do_not_differ():
    assert exercises.check_prediction("no clear difference", BEFORE, lambda: BEFORE)


def test_the_predicted_outcome_is_what_sixteen_runs_give(solutions):
    """The folded solution of exercise 1, with the page's settings, and the sentence below it."""
    ends = []
    for gamma in (0.7, 1.0):
        players = [plane.untrained(seed, gamma=gamma) for seed in range(16)]
        runs = plane.train_together(players, plane.horseshoe, 600, range(16), batch=64)
        ends.append(np.array([plane.distances(plane.horseshoe, run.moments[-1].generated) for run in runs]))
    (off, left_out), (off_at_1, left_out_at_1) = (end.T for end in ends)
    assert exercises.check_prediction(solutions["prediction"], left_out, lambda: left_out_at_1)
    assert off_at_1.mean() > 1.5 * off.mean()


def test_the_weight_is_what_one_backward_pass_gives(solutions):
    """One pass over L_D + L_G gives D the gradient of L(x) + weight L(G(z))."""
    began, x = plane.untrained(), plane.ring(32, torch.Generator().manual_seed(0))
    D, y = began.discriminator, began.generator(began.sample_z(32))
    real, fake, fake_d = (reconstruction_loss(v, D(v)).mean() for v in (x, y, y.detach()))
    weights = list(D.parameters())
    found = torch.autograd.grad(real - 0.2 * fake_d + fake, weights, retain_graph=True)
    expected = torch.autograd.grad(real + solutions["weight"] * fake, weights)
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)  # sums in another order


def test_with_one_backward_pass_k_rises_to_its_end():
    """What the folded solution of exercise 2 tells of the loop."""
    began, k = plane.untrained(), 0.0
    D, G, points = began.discriminator, began.generator, torch.Generator().manual_seed(0)
    adam = torch.optim.Adam([*D.parameters(), *G.parameters()], lr=1e-3)
    for _ in range(250):
        x, y = plane.horseshoe(64, points), G(began.sample_z(64))
        real, fake, fake_d = (reconstruction_loss(v, D(v)).mean() for v in (x, y, y.detach()))
        adam.zero_grad()
        (real - k * fake_d + fake).backward()
        adam.step()
        k = min(max(k + 0.05 * (0.7 * real.item() - fake.item()), 0.0), 1.0)
    assert k == 1.0 and fake < 0.7 * real


@pytest.mark.parametrize("seed", range(5))
def test_no_network_rebuilds_the_whole_ring(seed, solutions):
    began = plane.untrained(seed)
    plane.train(began, lambda n, random: plane.ring(n, random, noise=0.0), 30, [], seed)
    angle = torch.linspace(0, 2 * math.pi, 20_001)
    circle = plane.RADIUS * torch.stack([angle.cos(), angle.sin()], dim=1)
    # Points are 0.00025 apart, and a network as steep as 40 moves its answer by a hundredth between two of them.
    assert began.losses(circle, len(circle)).max() >= solutions["worst"] - 0.01
