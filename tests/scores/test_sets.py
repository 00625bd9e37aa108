"""Damage on purpose: each does what it says, and each score that should move moves."""

import numpy as np
import pytest
import torch

from began_lib.data import to_uint8
from began_lib.faces import render, sample_factors
from began_lib.scores.networks import load
from began_lib.scores.sets import blur, collapse, draw, drop, mean_image, noise, reactions


def random_pixels(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(256, (count, 3, 32, 32), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def test_drawn_images_are_disjoint_and_in_random_order():
    pixels = np.arange(100, dtype=np.uint8).reshape(100, 1, 1, 1)
    first, second = draw(pixels, (40, 60), seed=5)
    assert len(first) == 40 and sorted([*first.flatten().tolist(), *second.flatten().tolist()]) == list(range(100))
    assert first.flatten().tolist() == np.random.default_rng(5).permutation(100)[:40].tolist()
    with pytest.raises(ValueError, match="there are only 100"):
        draw(pixels, (60, 60))


def test_each_damage_by_itself():
    pixels = random_pixels(50)
    flat = torch.full((2, 3, 32, 32), 100, dtype=torch.uint8)
    assert torch.equal(blur(flat, 2.0), flat)
    assert blur(pixels, 1.0).float().std() < 0.5 * pixels.float().std()

    few = collapse(pixels, 3)
    assert len(few) == 50 and len(few.flatten(1).unique(dim=0)) == 3
    assert torch.equal(few, collapse(pixels, 3)) and not torch.equal(few, collapse(pixels, 3, seed=1))

    has = torch.arange(50) < 20
    left = drop(pixels, has)
    assert torch.equal(left[20:], pixels[20:])
    kept = {tuple(row) for row in pixels[20:].flatten(1)[:, :8].tolist()}
    assert {tuple(row) for row in left[:20].flatten(1)[:, :8].tolist()} <= kept

    assert torch.equal(noise(pixels, 0.0), pixels)
    assert noise(pixels, 1.0).float().mean() == pytest.approx(127.5, abs=1.0)  # 150,000 pixels: error 0.2
    assert torch.equal(mean_image(torch.stack([flat[0], flat[0] + 51])), flat[:1] + 26)  # 125.5 is rounded to even


def test_refusals():
    pixels = random_pixels(4)
    for wrong in (
        lambda: blur(pixels, 0.0),
        lambda: blur(pixels, 6.0),
        lambda: collapse(pixels, 5),
        lambda: collapse(pixels, 0),
        lambda: drop(pixels, torch.ones(4, dtype=torch.bool)),
        lambda: drop(pixels, torch.zeros(3, dtype=torch.bool)),
        lambda: noise(pixels, 1.5),
    ):
        with pytest.raises(ValueError, match=r"expected"):
            wrong()


def test_scores_react_to_damage():
    factors = sample_factors(480, seed=21)
    faces = to_uint8(render(factors, 32))
    reference, real = faces[:240], faces[240:]
    long_haired = torch.isin(factors.hair_style[240:], torch.tensor([9, 10, 11, 12]))
    sets = {
        "real": real,
        "blur": blur(real, 1.5),
        "collapse": collapse(real, 4),
        "dropped": drop(real, long_haired),
        "noise": noise(real, 0.5),
    }
    found = reactions(load("factors"), reference, sets, progress=False)
    value = {name: {score.name.removesuffix("_factors"): score for score in row} for name, row in found.items()}
    for name in ("blur", "collapse", "dropped", "noise"):
        assert value[name]["fid"].value > value["real"]["fid"].value, name
        assert value[name]["kid"].value > value["real"]["kid"].value, name
    real = value["real"]
    # Collapse: every image is real, most are missing, and pairs are alike.
    assert value["collapse"]["recall"].high < real["recall"].low
    assert value["collapse"]["coverage"].high < real["coverage"].low
    assert value["collapse"]["ms_ssim"].low > real["ms_ssim"].high
    assert value["collapse"]["precision"].value > 0.5  # most of the four images lie among the reference
    # A dropped factor: fewer kinds, so a lower Inception score (by .81 to .95 at seeds 21 to 23; the intervals touch at
    # 240 images), while what is left is as real as before (precision moves by .013 at most; within real's interval).
    assert value["dropped"]["is"].value < real["is"].value - 0.5
    assert real["precision"].low < value["dropped"]["precision"].value < real["precision"].high
    # Noise shares no structure between images: pairs are less alike (.09 to .10, real .18 to .20 at those seeds).
    assert value["noise"]["ms_ssim"].high < real["ms_ssim"].low
