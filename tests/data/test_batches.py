"""Batches as a function of the step, and the conversions between pixels and [-1, 1]."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from began_lib.data import Batches, epoch_order, held_out_batches, to_uint8, to_unit_range


def numbered(count: int, size: int = 4, channels: int = 3) -> np.ndarray:
    """Images whose pixel (0, 0, 0) is 0 and last column is the image's number, so that flips and identity show."""
    images = np.zeros((count, channels, size, size), dtype=np.uint8)
    images[:, :, :, -1] = np.arange(count, dtype=np.uint8)[:, None, None] + 1
    return images


def numbers_and_flips(batch: torch.Tensor) -> list[tuple[int, bool]]:
    pixels = to_uint8(batch)
    left, right = pixels[:, 0, 0, 0].tolist(), pixels[:, 0, 0, -1].tolist()
    return [(max(a, b) - 1, a > b) for a, b in zip(left, right, strict=True)]


# --- conversions


def test_every_pixel_value_comes_back():
    pixels = torch.arange(256, dtype=torch.uint8)
    values = to_unit_range(pixels)
    assert values.dtype == torch.float32
    assert (values[0].item(), values[-1].item()) == (-1.0, 1.0)
    # Centred on zero: pixels v and 255 - v are opposite, up to the rounding of one float32 division.
    assert (values + values.flip(0)).abs().max() <= torch.finfo(torch.float32).eps
    assert torch.equal(to_uint8(values), pixels)
    assert torch.equal(to_uint8(values.double()), pixels)


def test_pixels_survive_half_precision():
    # bf16 keeps 8 bits of mantissa: near 1 its steps are 1/256, half a pixel step of 2/255, so the nearest is right.
    pixels = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(to_uint8(to_unit_range(pixels).to(torch.bfloat16)), pixels)


def test_to_uint8_clips_but_refuses_nan():
    assert to_uint8(torch.tensor([-1.5, 1.5])).tolist() == [0, 255]
    for bad in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="NaN or infinity"):
            to_uint8(torch.tensor([0.0, bad]))


def test_conversions_refuse_the_wrong_type():
    with pytest.raises(TypeError, match=r"expected uint8 pixels, found torch\.float32"):
        to_unit_range(torch.zeros(2))
    with pytest.raises(TypeError, match=r"expected floating-point images in \[-1, 1\], found torch\.uint8"):
        to_uint8(torch.zeros(2, dtype=torch.uint8))


def test_conversions_take_numpy_even_read_only():
    images = numbered(3)
    images.flags.writeable = False
    assert torch.equal(to_uint8(to_unit_range(images)), torch.tensor(images))


# --- batches


@given(count=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 2**63), steps=st.integers(1, 12))
def test_every_image_once_per_epoch(count, batch_size, seed, steps):
    batches = Batches(numbered(count), batch_size, seed)
    row = list(itertools.chain.from_iterable(numbers_and_flips(batches.at(step)) for step in range(steps)))
    assert len(row) == steps * batch_size
    for epoch, start in enumerate(range(0, len(row), count)):
        order, flips = epoch_order(count, seed, epoch)
        part = row[start : start + count]
        assert part == list(zip(order.tolist(), flips.tolist(), strict=True))[: len(part)]
        if len(part) == count:
            assert sorted(number for number, _ in part) == list(range(count))


def test_a_batch_depends_on_the_step_alone():
    images = numbered(10)
    forwards = [Batches(images, 4, seed=3).at(step) for step in range(9)]  # a new object for every step
    batches = Batches(images, 4, seed=3)
    for step in (8, 2, 5, 2, 0, 7, 1, 8, 3, 4, 6):  # out of order, some twice
        assert torch.equal(batches.at(step), forwards[step])


def test_epochs_and_seeds_differ():
    orders = [epoch_order(100, seed, epoch) for seed in (0, 1) for epoch in (0, 1)]
    for (order, flips), (other_order, other_flips) in itertools.combinations(orders, 2):
        assert not torch.equal(order, other_order)
        assert not torch.equal(flips, other_flips)


def test_about_half_are_flipped():
    # Binomial(40,000, 1/2) has standard deviation 100: five of them leave one chance in a million for a fair coin, and
    # the seed is fixed.
    flipped = sum(int(epoch_order(4000, 0, epoch)[1].sum()) for epoch in range(10))
    assert abs(flipped - 20_000) < 500


def test_a_flip_is_independent_of_the_image():
    # Over 64 epochs each image is flipped Binomial(64, 1/2) times, standard deviation 4; the largest and smallest of 50
    # images stay within five deviations, and no image is always or never flipped.
    counts = torch.zeros(50)
    for epoch in range(64):
        order, flips = epoch_order(50, 7, epoch)
        counts[order] += flips
    assert counts.min() > 12 and counts.max() < 52


def test_no_flips_when_switched_off():
    batches = Batches(numbered(10), 5, flip=False)
    assert not any(flip for step in range(20) for _, flip in numbers_and_flips(batches.at(step)))


@pytest.mark.parametrize("channels", [1, 3])
def test_shape_range_and_layout(channels):
    images = np.random.default_rng(0).integers(0, 256, (20, channels, 8, 8), dtype=np.uint8)
    plain = Batches(images, 6, seed=1).at(2)
    assert plain.shape == (6, channels, 8, 8) and plain.dtype == torch.float32
    assert plain.min() >= -1 and plain.max() <= 1
    assert plain.is_contiguous()
    channels_last = Batches(images, 6, seed=1, channels_last=True).at(2)
    assert channels_last.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(plain, channels_last)


def test_batches_from_the_host_are_the_same():
    images = numbered(10)
    on_device, from_host = (Batches(images, 4, seed=2, on_device=where) for where in (True, False))
    assert on_device.on_device and not from_host.on_device
    for step in range(6):
        assert torch.equal(on_device.at(step), from_host.at(step))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("on_device", [True, False])
def test_cuda_gives_the_same_batches_without_waiting(on_device):
    images = numbered(100)
    host = Batches(images, 16, seed=4)
    batches = Batches(images, 16, seed=4, device="cuda", on_device=on_device)
    torch.cuda.set_sync_debug_mode("error")
    try:
        drawn = [batches.at(step) for step in range(20)]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    for step, batch in enumerate(drawn):
        # Division may round differently on the device; the pixels behind the values may not.
        assert torch.equal(to_uint8(batch).cpu(), to_uint8(host.at(step)))


def test_batches_do_not_change_the_images():
    images = numbered(6)
    before = images.copy()
    batch = Batches(images, 6).at(0)
    batch.fill_(0.5)
    assert np.array_equal(images, before)


@pytest.mark.parametrize(
    ("images", "arguments", "error", "message"),
    [
        (np.zeros((4, 3, 8, 8), np.float32), {}, TypeError, "images must be uint8 pixels, found torch.float32"),
        (np.zeros((4, 8, 8, 3), np.uint8), {}, ValueError, r"\(N, C, H, W\) with C 1 or 3, found shape \(4, 8, 8, 3\)"),
        (np.zeros((0, 3, 8, 8), np.uint8), {}, ValueError, "no images"),
        (numbered(4), {"batch_size": 0}, ValueError, "batch_size must be at least 1, found 0"),
        (numbered(4), {"seed": -1}, ValueError, "seed must be 0 or more, found -1"),
    ],
)
def test_bad_arguments(images, arguments, error, message):
    with pytest.raises(error, match=message):
        Batches(images, **({"batch_size": 2} | arguments))


def test_a_negative_step_is_refused():
    with pytest.raises(ValueError, match="step must be 0 or more, found -1"):
        Batches(numbered(4), 2).at(-1)


def test_held_out_batches_go_through_in_order():
    images = numbered(10)
    batches = list(held_out_batches(images, 4))
    assert [len(batch) for batch in batches] == [4, 4, 2]
    assert [pair for batch in batches for pair in numbers_and_flips(batch)] == [(n, False) for n in range(10)]
    with pytest.raises(ValueError, match="batch_size must be at least 1"):
        next(held_out_batches(images, 0))
