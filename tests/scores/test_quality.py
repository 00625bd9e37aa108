"""Quality of pictures: closed forms where they exist, and real faces against spoiled ones."""

import numpy as np
import pytest
import torch

from began_lib.faces import render, sample_factors
from began_lib.scores.quality import distance_to_data, diversity, quality_of


def test_diversity_of_two_flat_pictures_is_their_difference():
    images = torch.tensor([-0.5, 0.25]).view(2, 1, 1, 1).expand(2, 3, 8, 8)
    assert diversity(images) == pytest.approx(0.75)
    assert diversity(torch.cat([images, images])) == pytest.approx(0.75 * 4 / 6)  # two of the six pairs are alike
    assert diversity(images * 10) == pytest.approx(2.0)  # clipped to [-1, 1]


def test_distance_of_a_shift_is_the_shift():
    real = torch.rand(40, 3, 16, 16, generator=torch.Generator().manual_seed(0)) - 0.5
    assert distance_to_data(real, real) == pytest.approx(0.0, abs=1e-6)  # the root of rounding errors in double
    assert distance_to_data(real + 0.25, real) == pytest.approx(0.25, rel=1e-5)  # pictures are float32


def test_distance_of_independent_pixels_is_that_of_their_deviations():
    random = torch.Generator().manual_seed(1)
    cells = torch.rand(20_000, 1, 4, 4, generator=random) - 0.5
    # Deviations s and s / 2 of uniform pixels: W = s / 2 each. 20,000 pictures put sampling error below 1 %.
    assert distance_to_data(cells / 2, cells) == pytest.approx(np.sqrt(1 / 12) / 2, rel=0.02)


def test_real_faces_are_better_than_one_face_and_than_noise():
    faces = render(sample_factors(96, seed=3), 32)
    first, second = faces[:48], faces[48:]
    other = quality_of(first, second)
    noise_pixels = torch.rand(48, 3, 32, 32, generator=torch.Generator().manual_seed(2)) * 2 - 1
    one = quality_of(second.mean(0, keepdim=True) + 1e-3 * noise_pixels, second)
    noise = quality_of(noise_pixels, second)
    assert other.face_rate > 0.6 > noise.face_rate
    assert other.diversity > 20 * one.diversity
    assert other.distance < 0.5 * min(one.distance, noise.distance)


def test_refusals():
    with pytest.raises(ValueError, match="at least two pictures"):
        diversity(torch.zeros(1, 3, 8, 8))
