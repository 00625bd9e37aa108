"""Between trained generators: on the line from one to the next, which are left alone."""

from copy import deepcopy

import pytest
import torch

from began_lib.models import Architecture, Generator
from began_lib.shipped import blend

SMALL = Architecture(size=32, filters=4, hidden=6, latent=5)
TRAINED = (0.3, 0.5, 0.7)


@pytest.fixture
def generators() -> dict[float, Generator]:
    torch.manual_seed(0)
    return {gamma: Generator(SMALL) for gamma in TRAINED}


def test_blend_lies_on_the_line_between_its_neighbours(generators):
    before = deepcopy(generators)
    quarter = dict(blend(generators, 0.45).named_parameters())
    for name, low in generators[0.3].named_parameters():
        high = dict(generators[0.5].named_parameters())[name]
        # A quarter of the way back from 0.5; 0.45 is no exact binary number, and weights are float32.
        torch.testing.assert_close(quarter[name], 0.25 * low + 0.75 * high, rtol=1e-5, atol=1e-6)
    for gamma in TRAINED:
        assert blend(generators, gamma) is generators[gamma]
        for old, new in zip(before[gamma].parameters(), generators[gamma].parameters(), strict=True):
            assert torch.equal(old, new)  # the trained ones are left alone


def test_blend_refuses(generators):
    for gamma in (0.29, 0.71, float("nan")):
        with pytest.raises(ValueError, match=r"gamma is .*: expected a number from 0.3 to 0.7"):
            blend(generators, gamma)
    with pytest.raises(ValueError, match="found none"):
        blend({}, 0.5)
    other = Generator(SMALL.at(filters=5))
    with pytest.raises(ValueError, match="one architecture"):
        blend({0.3: generators[0.3], 0.7: other}, 0.5)
