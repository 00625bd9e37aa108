"""Every function that takes images refuses the other range: pixels 0..255 where [-1, 1] is meant, and the reverse."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from began_lib import shipped
from began_lib.data.pixels import tile, to_uint8, to_unit_range
from began_lib.equilibrium import Controller
from began_lib.latent import invert
from began_lib.models import Architecture, Discriminator, Generator, require_unit_range
from began_lib.scores import closest_pair, distance_to_data, find_faces, ms_ssim, quality_of
from began_lib.scores.factor_classifier import FactorClassifier
from began_lib.scores.features import Extracted, face_rate
from began_lib.scores.nearest import nearest, nearest_images
from began_lib.scores.networks import NetworkCard
from began_lib.scores.precision_recall import overlap, squared_radii
from began_lib.step import Began
from began_lib.training.evaluation import diversity

PIXELS = torch.randint(256, (40, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
UNIT = to_unit_range(PIXELS)


def began() -> Began:
    """At its beginning: the first batch is looked at."""
    shape = Architecture(size=32, filters=2, hidden=4, latent=4, repeats=1)
    return Began(Discriminator(shape), Generator(shape), 4, Controller())


TAKE_UNIT: dict[str, Callable[[Tensor], object]] = {
    "closest_pair": closest_pair,
    "diversity": diversity,
    "to_uint8": to_uint8,
    "tile": tile,
    "Began.step": lambda images: began().step(images),
    "Began.losses": lambda images: began().losses(images),
    "Model.reconstruct": lambda images: shipped.load("faces-32").reconstruct(images),
    "invert": lambda images: invert(began().generator, images[:2], torch.zeros(2, 1, 4), steps=1),
    "distance_to_data": lambda images: distance_to_data(images, UNIT),
    "distance_to_data, real": lambda images: distance_to_data(UNIT, images),
    "quality_of": lambda images: quality_of(images[:2], UNIT),
    "find_faces": lambda images: find_faces(images[:1]),
    "nearest_images": lambda images: nearest_images(images, PIXELS),
    "FactorClassifier": lambda images: FactorClassifier().eval()(images),
}
TAKE_PIXELS: dict[str, Callable[[Tensor], object]] = {
    "ms_ssim": ms_ssim,
    "face_rate": lambda images: face_rate(images[:2]),
    "nearest_images, training": lambda images: nearest_images(UNIT, images),
}


@pytest.mark.parametrize("name", TAKE_UNIT)
def test_pixels_are_refused_where_the_unit_range_is_meant(name):
    TAKE_UNIT[name](UNIT)
    broken = UNIT.clone()
    broken[0, 0, 0, 0] = torch.nan
    for wrong in (PIXELS, PIXELS.float(), broken, broken.nan_to_num(torch.inf)):
        with pytest.raises((TypeError, ValueError), match=r"expected .*\[-1, 1\]"):
            TAKE_UNIT[name](wrong)


@pytest.mark.parametrize("name", TAKE_PIXELS)
def test_floats_are_refused_where_pixels_are_meant(name):
    TAKE_PIXELS[name](PIXELS)
    with pytest.raises(TypeError, match=r"expected uint8 pixels, found torch\.float32; see to_uint8"):
        TAKE_PIXELS[name](UNIT)


def test_a_network_may_leave_the_range_on_both_sides():
    images = torch.tensor([-3.0, 9.0])
    assert require_unit_range(images) is images
    for fine in (torch.tensor([0.0, 2.0]), torch.zeros(0), torch.tensor([-1e9, 1e9])):
        require_unit_range(fine)
    with pytest.raises(ValueError, match=r"found 0 to 255, as pixels 0 to 255 are"):
        require_unit_range(torch.tensor([0.0, 255.0]))


def test_the_first_batch_stands_for_the_others():
    """Looking at each would wait for the device at each step."""
    game = began()
    game.step(UNIT[:4])
    game.step(PIXELS[:4].float())  # not looked at


def test_features_that_are_no_numbers_score_nothing():
    whole = torch.rand(50, 4, generator=torch.Generator().manual_seed(1))
    broken = whole.clone()
    broken[7, 2] = torch.nan
    card = NetworkCard("none", 32, "", 4, 4, "", "")
    with pytest.raises(ValueError, match="finite features"):
        Extracted(broken, whole, card)
    with pytest.raises(ValueError, match="logarithms of probabilities, found NaN"):
        Extracted(whole, broken, card)
    with pytest.raises(ValueError, match="finite features"):
        squared_radii(broken, (3,))
    for pair in ((broken, whole), (whole, broken)):
        with pytest.raises(ValueError, match="finite features"):
            overlap(*pair, squared_radii(whole, (3, 5)))
        with pytest.raises(ValueError, match="finite numbers"):
            nearest(*pair)
