"""The gated PixelCNN: causal to the last value, a likelihood that sums to one, drawing that is the network's own."""

import math

import pytest
import torch

from began_lib.data import to_uint8
from began_lib.rivals.gated import Stacks, colour_mask


@pytest.fixture(scope="module")
def stacks() -> Stacks:
    torch.manual_seed(0)
    return Stacks(channels=3, width=24, layers=3).double()  # wide enough that no ReLU cuts a colour off whole


@pytest.mark.parametrize(
    ("row", "column", "colour"), [(0, 0, 0), (2, 3, 0), (2, 3, 1), (2, 3, 2), (5, 5, 2), (4, 0, 1)]
)
def test_a_value_depends_on_no_later_one(stacks, row, column, colour):
    x = torch.rand(1, 3, 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1)).requires_grad_()
    logits = stacks(x)[0, row, column, colour]
    weights = torch.randn(len(logits), dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    (gradient,) = torch.autograd.grad((logits * weights).sum(), x)
    place = (row * 6 + column) * 3 + colour
    order = gradient[0].permute(1, 2, 0).flatten()  # as the values are drawn
    assert not order[place:].any()
    if place % 3:
        assert order[place - 1] != 0  # and it does see the colour before it
    if column:
        assert gradient[0, :, row, column - 1].abs().min() > 0  # and all of the pixel at its left
    if row:
        assert gradient[0, :, row - 1, column : min(column + 2, 6)].abs().min() > 0  # no blind spot at the upper right


def test_the_chances_of_a_value_sum_to_one_and_give_the_bits(tiny, images):
    rival = tiny("pixelcnn", filters=6)
    with torch.no_grad():
        log_chances = rival.generator(images[:2]).log_softmax(-1)
    assert torch.allclose(log_chances.exp().sum(-1), torch.tensor(1.0), atol=1e-5)
    values = to_uint8(images[:2]).permute(0, 2, 3, 1)[..., None].long()
    by_hand = -log_chances.gather(-1, values).flatten(1).mean(1) / math.log(2)
    assert torch.allclose(rival.bits(images[:2]), by_hand, rtol=1e-5)
    assert float(by_hand.mean()) == pytest.approx(8.0, abs=0.3)  # untrained: near 256 equal chances


def test_drawing_is_the_networks_own(stacks):
    """The levels drawn step by step are those that the whole network, asked once about the result, would draw."""
    uniform = torch.rand(2, 3, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        drawn = stacks.draw(uniform)
        chances = stacks(drawn.double() / 127.5 - 1.0).softmax(-1).cumsum(-1)
    level = (chances < uniform.permute(0, 2, 3, 1)[..., None]).sum(-1)
    assert torch.equal(level.permute(0, 3, 1, 2).to(torch.uint8), drawn)


def test_bits_fall_in_training(tiny, images):
    rival = tiny("pixelcnn", filters=12, learning_rate=1e-2)
    bits = [float(rival.step(images)["bits"]) for _ in range(40)]
    assert bits[0] > 7.5 and bits[-1] < 6.0


def test_the_first_mask_hides_a_colour_from_itself():
    assert colour_mask(3, 3, 3, own=False)[:, :, 0, 0].tolist() == [[0, 0, 0], [1, 0, 0], [1, 1, 0]]
    assert colour_mask(6, 3, 3, own=True, parts=2)[:, :, 0, 0].tolist() == [[1, 0, 0], [1, 1, 0], [1, 1, 1]] * 2


def test_filters_that_cannot_be_shared_are_refused(tiny):
    with pytest.raises(ValueError, match="7 filters among 3 colours"):
        tiny("pixelcnn", filters=7)
