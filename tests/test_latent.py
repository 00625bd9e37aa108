"""Codes of images against generators with a known inverse; paths and smoothness against closed forms."""

import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from began_lib import latent
from began_lib.models import sample_z


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def linear() -> nn.Linear:
    """A generator of 5 numbers from 3, whose inverse on its range is the pseudo-inverse."""
    torch.manual_seed(0)
    return nn.Linear(3, 5)


def test_the_code_of_a_linear_generators_image_is_found(linear):
    true = sample_z(6, 3, random())
    found = latent.invert(linear, linear(true).detach(), sample_z(24, 3, random(1)).view(6, 4, 3), steps=400)
    # Adam's last steps, at a rate that fell to 0, are below 1e-3.
    torch.testing.assert_close(found.best, true, rtol=0, atol=2e-3)
    assert found.error.max() < 1e-3 and found.course.shape == (401, 6, 4)
    assert all(parameter.grad is None for parameter in linear.parameters())


def test_outside_the_cube_the_projection_finds_the_nearest_corner_and_no_limit_finds_the_code():
    identity = torch.nn.Identity()
    images = torch.tensor([[2.0, -0.5, -3.0]])
    starts = sample_z(4, 3, random()).view(1, 4, 3)
    inside = latent.invert(identity, images, starts, steps=400)
    torch.testing.assert_close(inside.best, images.clamp(-1, 1), rtol=0, atol=2e-3)
    torch.testing.assert_close(inside.error, torch.tensor([(1 + 0 + 2) / 3]), rtol=0, atol=2e-3)
    anywhere = latent.invert(identity, images, starts, steps=400, limit=math.inf)
    torch.testing.assert_close(anywhere.best, images, rtol=0, atol=5e-3)


def test_best_and_spread_over_starts_in_two_valleys():
    # z^2 alone would be 0.49 at 0.7 and at -0.7; the second number tells the two apart.
    def generator(z):
        return torch.cat([z.square(), 0.1 * z], dim=1)

    found = latent.invert(generator, torch.tensor([[0.49, 0.07]]), torch.tensor([[[0.9], [-0.9]]]), steps=300)
    torch.testing.assert_close(found.best, torch.tensor([[0.7]]), rtol=0, atol=2e-3)
    # In the other valley the first number is right and the second wrong by 0.14, so e_r is 0.07.
    torch.testing.assert_close(found.spread, torch.tensor([0.07]), rtol=0, atol=2e-3)
    assert (found.errors == found.course.min(dim=0).values).all()


def test_searches_do_not_feel_each_other(linear):
    images = torch.randn(3, 5, generator=random(2))
    starts = sample_z(6, 3, random(3)).view(3, 2, 3)
    together = latent.invert(linear, images, starts, steps=20)
    alone = latent.invert(linear, images[1:2], starts[1:2], steps=20)
    # Sums of five numbers in another order: float32.
    torch.testing.assert_close(together.codes[1:2], alone.codes, rtol=1e-5, atol=1e-5)


def test_what_cannot_be_searched_is_refused(linear):
    images, starts = torch.zeros(2, 5), torch.zeros(2, 1, 3)
    with pytest.raises(ValueError, match=r"expected starts of shape \(2, S, latent\), found \(3, 1, 3\)"):
        latent.invert(linear, images, torch.zeros(3, 1, 3))
    with pytest.raises(ValueError, match=r"a start lies outside \[-1, 1\]"):
        latent.invert(linear, images, starts + 1.5)
    with pytest.raises(ValueError, match="at least 1 step"):
        latent.invert(linear, images, starts, steps=0)


codes = st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4).map(torch.tensor)
positions = torch.linspace(0, 1, 9)


@pytest.mark.parametrize("name", latent.PATHS)
@given(first=codes, last=codes)
def test_every_path_begins_and_ends_where_it_should(name, first, last):
    path = latent.PATHS[name](first, last, positions)
    assert path.shape == (9, 4)
    # Spherical interpolation divides by a sine that may be as small as 1e-4.
    torch.testing.assert_close(path[0], first, rtol=0, atol=2e-3)
    torch.testing.assert_close(path[-1], last, rtol=0, atol=2e-3)


@given(first=codes, last=codes)
def test_straight_and_matched_paths_stay_in_the_cube(first, last):
    for path in (latent.straight, latent.matched):
        assert path(first, last, positions).abs().max() <= 1 + 1e-6  # float32


def test_matched_is_the_trapezoids_distribution_function():
    """Against SciPy's trapezoid, at every t, t = 1/2 (a triangle) included."""
    first, last = sample_z(2, 50, random(4))
    for t in (0.0, 0.1, 0.25, 0.5, 0.9, 1.0):
        wide, narrow = max(t, 1 - t), min(t, 1 - t)
        flat = wide - narrow  # half the length of the flat part; the support is [-1, 1]
        law = scipy.stats.trapezoid((1 - flat) / 2, (1 + flat) / 2, loc=-1, scale=2)
        expected = 2 * law.cdf(((1 - t) * first + t * last).double().numpy()) - 1
        found = latent.matched(first, last, torch.tensor([t]))[0]
        np.testing.assert_allclose(found.numpy(), expected, atol=1e-5)  # float32 squares near 1


def test_matched_codes_are_uniform_and_straight_ones_are_not():
    first, last = sample_z(2, 20_000, random(5))
    for t in (0.2, 0.5):
        at = torch.tensor([t])
        kept = scipy.stats.kstest(latent.matched(first, last, at)[0].numpy(), scipy.stats.uniform(-1, 2).cdf)
        shrunk = scipy.stats.kstest(latent.straight(first, last, at)[0].numpy(), scipy.stats.uniform(-1, 2).cdf)
        assert kept.pvalue > 0.01 and shrunk.pvalue < 1e-6  # one seeded draw each
    middle = latent.straight(first, last, torch.tensor([0.5]))
    # Variance of a mean of two uniforms: half of 1/3; of 20,000 draws it is known to about one percent.
    assert float(middle.var()) == pytest.approx(1 / 6, rel=0.03)


def test_spherical_keeps_the_norm_and_leaves_the_cube():
    first, last = torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0])
    arc = latent.spherical(first, last, positions)
    torch.testing.assert_close(arc.norm(dim=1), torch.ones(9))
    torch.testing.assert_close(arc[4], torch.full((2,), math.sqrt(0.5)))
    corners = latent.spherical(torch.tensor([1.0, 1.0]), torch.tensor([1.0, -1.0]), positions)
    assert float(corners.abs().max()) == pytest.approx(math.sqrt(2))  # half-way, at (sqrt 2, 0)


def test_spherical_between_codes_of_one_direction_is_straight():
    z = torch.tensor([0.3, -0.6])
    for last in (2 * z, -z):  # for opposite codes there is no arc that is the shortest
        expected = latent.straight(z, last, positions)
        torch.testing.assert_close(latent.spherical(z, last, positions), expected)


def test_paths_refuse_what_is_none():
    z = torch.zeros(3)
    with pytest.raises(ValueError, match="outside the cube"):
        latent.matched(z + 1.01, z, positions)
    with pytest.raises(ValueError, match=r"outside \[0, 1\]"):
        latent.straight(z, z, torch.tensor([1.2]))
    with pytest.raises(ValueError, match="two codes of shape"):
        latent.straight(z, torch.zeros(4), positions)


def test_smoothness_of_an_even_row_and_of_a_jump():
    ramp = torch.linspace(-1, 1, 9).view(9, 1, 1, 1).expand(9, 3, 4, 4)
    assert latent.smoothness(ramp) == pytest.approx(1.0)
    for n in (8, 16, 32):  # a jump takes all of the change in one of n - 1 steps, however many images there are
        jump = (torch.arange(n) >= n // 2).float().view(n, 1)
        assert latent.smoothness(jump) == pytest.approx(n - 1)
    there_and_back = torch.tensor([0.0, 1.0, 0.5]).view(3, 1)
    torch.testing.assert_close(latent.step_sizes(there_and_back), torch.tensor([1.0, 0.5]))


def test_rows_without_steps_are_refused():
    with pytest.raises(ValueError, match="at least 3"):
        latent.smoothness(torch.zeros(2, 4))
    with pytest.raises(ValueError, match="no steps"):
        latent.smoothness(torch.zeros(5, 4))
    with pytest.raises(ValueError, match="are equal"):
        latent.departure(torch.zeros(5, 4))
    with pytest.raises(ValueError, match="odd number"):
        latent.departure(torch.zeros(4, 4))


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("measure", [latent.smoothness, latent.departure])
def test_rows_with_values_that_are_no_numbers_are_refused(measure, place):
    row = torch.arange(12.0).view(3, 4)
    row[place, 1] = torch.nan
    with pytest.raises(ValueError, match="no numbers"):
        measure(row)


def test_departure_from_the_cross_fade(linear):
    """0 for a linear generator; on half a circle the middle is a radius away from the centre of the chord."""
    first, last = sample_z(2, 3, random(9))
    row = linear(latent.straight(first, last, positions)).detach()
    assert latent.departure(row) == pytest.approx(0.0, abs=1e-6)  # float32
    angle = math.pi * positions
    half_circle = torch.stack([angle.cos(), angle.sin()], dim=1)
    # The middle (0, 1) is 1/2 away on average over two coordinates, and the ends, (1, 0) and (-1, 0), differ by 1.
    assert latent.departure(half_circle) == pytest.approx(0.5, abs=1e-6)
