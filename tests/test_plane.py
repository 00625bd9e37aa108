"""BEGAN in the plane: samplers, small networks, the landscape, a short training."""

import math

import numpy as np
import pytest
import torch

from began_lib import plane
from began_lib.equilibrium import Controller
from began_lib.step import Began


def began(k: float = 0.0) -> Began:
    torch.manual_seed(0)
    return Began(plane.PlaneAutoEncoder(width=16), plane.PlaneGenerator(width=16), 2, Controller(0.7, 0.05, k), 1e-3)


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("sampler", "turn"), [(plane.horseshoe, 0.75), (plane.ring, 1.0)])
def test_points_lie_on_their_arc(sampler, turn):
    points = sampler(4000, random(), noise=0.0)
    assert points.shape == (4000, 2)
    torch.testing.assert_close(points.norm(dim=1), torch.full((4000,), plane.RADIUS))
    from_left = torch.atan2(points[:, 1], -points[:, 0]).abs()  # 0 on the left, pi on the right
    assert from_left.max() <= math.pi * turn + 1e-5
    assert abs(from_left.mean() - math.pi * turn / 2) < 0.05  # five standard errors of a uniform angle


def test_noise_has_the_deviation_that_is_asked_for():
    spread = plane.ring(4000, random(), noise=0.05) - plane.ring(4000, random(), noise=0.0)
    assert abs(spread.std() - 0.05) < 0.003  # five standard errors: 0.05 / sqrt(2 * 8000) * 5 = 0.002


def test_no_points_is_an_error():
    with pytest.raises(ValueError, match="asked for 0 points"):
        plane.horseshoe(0, random())


def test_the_bottleneck_has_the_dimension_that_is_asked_for():
    discriminator = plane.PlaneAutoEncoder(hidden=1, width=8)
    v = torch.randn(5, 2)
    assert discriminator.encoder(v).shape == (5, 1)
    assert discriminator(v).shape == (5, 2)
    assert plane.PlaneGenerator(latent=3)(torch.zeros(4, 3)).shape == (4, 2)


def test_landscape_is_the_loss_at_its_place():
    class Shrink(torch.nn.Module):
        def forward(self, v):
            return v * torch.tensor([0.0, 0.5])

    heights = plane.landscape(Shrink(), resolution=31)
    line = np.linspace(-plane.EXTENT, plane.EXTENT, 31)
    x, y = np.meshgrid(line, line)
    np.testing.assert_allclose(heights, (np.abs(x) + 0.5 * np.abs(y)) / 2, atol=1e-6)  # float32


def test_distances_by_hand():
    off, left_out = plane.distances(
        lambda n, random: torch.tensor([[0.0, 0.0], [3.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    )
    assert off == pytest.approx(1.0)
    assert left_out == pytest.approx((1 + math.sqrt(10)) / 2)


def test_training_records_moments_and_a_whole_course():
    run = plane.train(began(), plane.horseshoe, 12, (0, 5, 12))
    assert [moment.step for moment in run.moments] == [0, 5, 12]
    assert run.loss_real.shape == run.loss_fake.shape == run.k.shape == (12,)
    assert run.moments[0].k == 0.0
    assert run.moments[1].k == pytest.approx(run.k[4])
    assert run.moments[2].generated.shape == (300, 2)
    # The controller's rule, by hand, from the recorded losses; k and losses are float32.
    k = 0.0
    for real, fake, found in zip(run.loss_real, run.loss_fake, run.k, strict=True):
        k = min(1.0, max(0.0, k + 0.05 * (0.7 * real - fake)))
        assert found == pytest.approx(k, abs=1e-6)


def test_training_lowers_the_loss_of_real_points_and_repeats_itself():
    first, second = (plane.train(began(), plane.horseshoe, 60, [60], seed=3) for _ in range(2))
    assert first.loss_real[-10:].mean() < 0.8 * first.loss_real[:10].mean()
    np.testing.assert_array_equal(first.loss_real, second.loss_real)
    assert torch.equal(first.moments[0].generated, second.moments[0].generated)


def test_players_side_by_side_are_trained_as_one_by_one():
    ways = [{}, {"k": 0.2, "held": True}, {"gamma": 0.5, "lambda_k": 0.3, "k": 0.1}]
    players = [plane.untrained(seed, **how) for seed, how in enumerate(ways)]
    together = plane.train_together(players, plane.horseshoe, 30, [4, 5, 6])
    for seed, (player, run, how) in enumerate(zip(players, together, ways, strict=True)):
        alone = plane.untrained(seed, **how)
        expected = plane.train(alone, plane.horseshoe, 30, [30], seed=seed + 4)
        # 30 steps of float32 in another order; Adam makes more of a rounding error where a gradient is near 0.
        for name in ("loss_real", "loss_fake", "k"):
            np.testing.assert_allclose(getattr(run, name), getattr(expected, name), atol=1e-4)
        np.testing.assert_allclose(run.moments[0].heights, expected.moments[0].heights, atol=1e-3)
        torch.testing.assert_close(run.moments[0].generated, expected.moments[0].generated, atol=1e-3, rtol=0)
        assert run.moments[0].k == pytest.approx(float(player.controller.k)) == pytest.approx(run.k[-1])
        assert player.controller.held == how.get("held", False)


def test_no_step_leaves_a_training_as_it_was():
    alone = plane.train(plane.untrained(), plane.ring, 0, [0])
    (together,) = plane.train_together([plane.untrained()], plane.ring, 0, [0])
    for run in (alone, together):
        assert len(run.moments) == 1 and len(run.loss_real) == len(run.loss_fake) == len(run.k) == 0
    np.testing.assert_array_equal(alone.moments[0].heights, together.moments[0].heights)


def test_players_side_by_side_need_a_seed_each():
    with pytest.raises(ValueError, match="found 1 players and 2 seeds"):
        plane.train_together([plane.untrained()], plane.horseshoe, 1, [0, 1])


def test_untrained_players_differ_by_their_seed_only():
    first, again, other = plane.untrained(1), plane.untrained(1, held=True, k=0.5), plane.untrained(2)
    z = first.sample_z(8)
    assert torch.equal(again.sample_z(8), z) and not torch.equal(other.sample_z(8), z)
    assert torch.equal(first.generate(z), again.generate(z)) and not torch.equal(first.generate(z), other.generate(z))
    assert float(again.controller.k) == 0.5 and again.controller.held and not first.controller.held
