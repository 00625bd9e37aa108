"""Weights in fewer bits come back within the rounding that the bits allow."""

import pytest
import torch

from began_lib.models import Architecture, Generator
from began_lib.shipped.compact import picture_error, restore, shrink

SIZES = torch.logspace(-6, 2, 6)[:, None, None, None]  # rows of very different size
WEIGHTS = {
    "conv.weight": SIZES * torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(0)),
    "linear.weight": torch.tensor([[0.0, 0.0], [1.0, -1.0], [0.5, 0.001]]),
    "linear.bias": torch.tensor([0.1, -2.0, 300.0]),
}


def test_eight_bits_round_by_half_a_step_of_each_row() -> None:
    restored = restore(shrink(WEIGHTS, 8))
    assert restored.keys() == WEIGHTS.keys()
    for name in ("conv.weight", "linear.weight"):
        rows, back = WEIGHTS[name].flatten(1), restored[name].flatten(1)
        # Half of one of 127 steps, and float32's own rounding of the product.
        half_a_step = rows.abs().amax(1, keepdim=True) / 254 * (1 + 1e-5)
        assert ((rows - back).abs() <= half_a_step).all()
        assert back.dtype == torch.float32 and restored[name].shape == WEIGHTS[name].shape
    # Vectors are few and stay in half precision, 11 bits of mantissa.
    torch.testing.assert_close(restored["linear.bias"], WEIGHTS["linear.bias"], rtol=5e-4, atol=0)


def test_half_precision_keeps_eleven_bits() -> None:
    restored = restore(shrink(WEIGHTS, 16))
    assert restored.keys() == WEIGHTS.keys()
    for name, weight in WEIGHTS.items():
        # Below 6e-5 half precision has fewer bits: an absolute step of 6e-8.
        torch.testing.assert_close(restored[name], weight, rtol=5e-4, atol=3e-8)


@pytest.mark.parametrize(("bits", "part_of_float32"), [(16, 1 / 2), (8, 1 / 4)])
def test_fewer_bits_are_fewer_bytes(bits: int, part_of_float32: float) -> None:
    weights = Generator(Architecture(size=32, filters=32)).state_dict()
    size = {
        kind: sum(t.numel() * t.element_size() for t in tensors.values())
        for kind, tensors in (("all", weights), ("few", shrink(weights, bits)))
    }
    # The factors of the rows are at most 6 per cent of the integers: 4 bytes to a row of 64 in the linear layer.
    assert size["few"] / size["all"] == pytest.approx(part_of_float32, rel=0.07)


def test_the_error_in_pictures_is_measured() -> None:
    torch.manual_seed(0)
    architecture = Architecture(size=16, filters=8, hidden=8, latent=8, repeats=1)
    weights = Generator(architecture).state_dict()
    half, eight = (picture_error(weights, architecture, bits) for bits in (16, 8))
    assert 0 < half < eight
    exact = {name: torch.zeros_like(weight) for name, weight in weights.items()}
    assert picture_error(exact, architecture, 8) == 0
