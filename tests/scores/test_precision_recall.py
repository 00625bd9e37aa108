"""Precision, recall, density and coverage on sets whose overlap is known, and against loops over all pairs."""

import numpy as np
import pytest
import torch

from began_lib.scores.precision_recall import overlap, squared_radii


def line(*starts: float, count: int = 20) -> torch.Tensor:
    """Points 1 apart, `count` from each start on, in two dimensions, (N, 2)."""
    x = torch.cat([start + torch.arange(count, dtype=torch.float32) for start in starts])
    return torch.stack([x, torch.zeros_like(x)], 1)


def means(generated: torch.Tensor, real: torch.Tensor) -> list[float]:
    found = overlap(generated, real, squared_radii(real, (3, 5)))
    return [part.mean().item() for part in (found.precision, found.recall, found.density, found.coverage)]


def test_equal_and_disjoint_sets():
    real = line(0.0)
    precision, recall, density, coverage = means(real.clone(), real)
    assert (precision, recall, coverage) == (1.0, 1.0, 1.0)
    assert density > 1.0  # a point lies in its own ball too, and in those of its neighbours
    assert means(line(1000.0), real) == [0.0, 0.0, 0.0, 0.0]


def test_half_of_the_modes():
    two, one = line(0.0, 1000.0), line(0.25)
    precision, recall, _, coverage = means(one, two)
    assert precision == 1.0  # what is generated is real
    assert (recall, coverage) == (0.5, 0.5)  # but half of what is real is missing
    precision, recall, _, coverage = means(two + torch.tensor([0.25, 0.0]), line(0.0))
    assert (precision, recall, coverage) == (0.5, 1.0, 1.0)  # the other way round: half is invented


def test_one_repeated_image_is_precise_and_covers_nothing():
    real = line(0.0) + 100.0
    repeated = real[:1].expand(40, 2)
    precision, recall, _, coverage = means(repeated, real)
    assert precision == 1.0
    assert recall == 1 / 20  # balls of radius 0 hold the image itself and no other
    assert coverage == 4 / 20  # balls of radius 2.5 to 5 that reach the end of the line: of points 0 to 3


def test_against_loops_over_all_pairs():
    random = np.random.default_rng(0)
    real, generated = random.normal(size=(61, 5)), random.normal(size=(47, 5)) * 0.8 + 0.3

    def distances(a, b):
        return np.array([[np.linalg.norm(x - y) for y in b] for x in a])

    def radii(a, k):
        return np.sort(distances(a, a), axis=1)[:, k]  # the 0th is the point itself

    found = overlap(torch.from_numpy(generated), torch.from_numpy(real), squared_radii(torch.from_numpy(real), (3, 5)))
    between = distances(generated, real)
    np.testing.assert_array_equal(found.precision, (between <= radii(real, 3)).any(1))
    np.testing.assert_array_equal(found.recall, (between <= radii(generated, 3)[:, None]).any(0))
    np.testing.assert_allclose(found.density, (between <= radii(real, 5)).sum(1) / 5)
    np.testing.assert_array_equal(found.coverage, (between <= radii(real, 5)).any(0))


def test_density_of_the_same_distribution_is_1():
    random = torch.Generator().manual_seed(4)
    real, generated = torch.randn(2, 600, 8, generator=random)
    # Naeem et al., section 3.3: expectation 1; 600 points and balls that share neighbours leave some hundredths.
    assert means(generated, real)[2] == pytest.approx(1.0, abs=0.1)


def test_too_few_images():
    with pytest.raises(ValueError, match="more than 5 images"):
        squared_radii(torch.zeros(5, 3), (3, 5))
