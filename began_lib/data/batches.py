"""Batches as a function of the step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from began_lib.data.pixels import as_tensor, to_unit_range


class Batches:
    """Random batches of a data set, a pure function of (images, batch_size, seed, step).

    Epoch e is a permutation of all N images drawn from (seed, e), and the flips of that epoch come from the same
    generator. Step s takes positions s * batch_size to (s + 1) * batch_size of the endless row of epochs: every image
    appears once per epoch, and the last, incomplete batch is filled up from the next epoch. A resumed run calls
    `at(step)` and gets what the uninterrupted one got; there is no state to save.

    The images stay uint8 (a quarter of the memory of float32) in (N, C, H, W): one transposition at packing instead of
    one per batch, and either memory layout of the float batch then comes from the same single conversion pass. They
    are copied to the device once if they fill at most half of its free memory, so that a step moves no pixels from
    the host; otherwise they stay on the host and each batch travels through pinned memory. On CUDA neither case makes
    the host wait.
    """

    def __init__(
        self,
        images: np.ndarray | Tensor,
        batch_size: int,
        seed: int = 0,
        device: str | torch.device = "cpu",
        flip: bool = True,
        channels_last: bool = False,
        on_device: bool | None = None,
        part: tuple[int, int] = (0, 1),
    ) -> None:
        """`images` uint8 (N, C, H, W); `on_device` overrides the rule above; `part` (i, n) gives only the i-th of n
        equal parts of every batch. Raises TypeError or ValueError.
        """
        self._images = _checked(images)
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, found {batch_size}")
        self._part, parts = part
        if not 0 <= self._part < parts or batch_size % parts:
            raise ValueError(
                f"part must be (i, n), i below n, with batch_size {batch_size} divisible by n, found {part}"
            )
        self._length = batch_size // parts
        if seed < 0:
            raise ValueError(f"seed must be 0 or more, found {seed}")
        self.batch_size, self.seed, self.flip, self.channels_last = batch_size, seed, flip, channels_last
        self.device = torch.device(device)
        self.on_device = _fits(self._images, self.device) if on_device is None else on_device
        if self.on_device:
            self._images = self._images.to(self.device)
        self._epochs: dict[int, tuple[Tensor, Tensor]] = {}

    def __len__(self) -> int:
        """Images per epoch, N."""
        return len(self._images)

    def at(self, step: int) -> Tensor:
        """The batch of `step` (0, 1, 2 ...), or the part of it: float32 (N, C, H, W) in [-1, 1] on the device.

        Raises ValueError for a step below 0.
        """
        if step < 0:
            raise ValueError(f"step must be 0 or more, found {step}")
        indices, flips = self._positions(step * self.batch_size + self._part * self._length)
        pixels = self._images.index_select(0, indices)
        if pixels.device != self.device:
            pixels = _to_device(pixels, self.device)
        if self.flip:
            pixels = torch.where(flips.view(-1, 1, 1, 1), pixels.flip(3), pixels)
        return to_unit_range(pixels, self.channels_last)

    def _positions(self, start: int) -> tuple[Tensor, Tensor]:
        # Indices (N,) where the images are, flips (N,) on the device, N the length of the part; more than one piece
        # where the batch straddles epochs.
        pieces: list[tuple[Tensor, Tensor]] = []
        stop = start + self._length
        while start < stop:
            epoch, offset = divmod(start, len(self))
            count = min(stop - start, len(self) - offset)
            order, flips = self._epoch(epoch)
            pieces.append((order[offset : offset + count], flips[offset : offset + count]))
            start += count
        if len(pieces) == 1:
            return pieces[0]
        orders, flips = zip(*pieces, strict=True)
        return torch.cat(orders), torch.cat(flips)

    def _epoch(self, epoch: int) -> tuple[Tensor, Tensor]:
        if epoch not in self._epochs:
            order, flips = epoch_order(len(self), self.seed, epoch)
            if self.on_device:
                order = _to_device(order, self.device)
            # Only a cache: the current epoch and the one before it, which a straddling batch needs.
            self._epochs = {old: kept for old, kept in self._epochs.items() if old == epoch - 1}
            self._epochs[epoch] = (order, _to_device(flips, self.device))
        return self._epochs[epoch]


def epoch_order(count: int, seed: int, epoch: int) -> tuple[Tensor, Tensor]:
    """Order of one epoch: a permutation of 0..count-1 (int64) and, for each position, whether it is flipped (bool)."""
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, epoch])))
    order = generator.permutation(count)
    flips = generator.integers(0, 2, count, dtype=np.uint8).astype(bool)
    return torch.from_numpy(order), torch.from_numpy(flips)


def held_out_batches(
    images: np.ndarray | Tensor, batch_size: int, device: str | torch.device = "cpu", channels_last: bool = False
) -> Iterator[Tensor]:
    """All images in order, none flipped: float32 (B, C, H, W) in [-1, 1]; the last batch may be smaller.

    Raises TypeError for pixels that are not uint8, ValueError for another shape, no image and a batch size below 1.
    """
    pixels = _checked(images)
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, found {batch_size}")
    device = torch.device(device)
    for start in range(0, len(pixels), batch_size):
        yield to_unit_range(_to_device(pixels[start : start + batch_size], device), channels_last)


def _checked(images: np.ndarray | Tensor) -> Tensor:
    # A packed file is mapped copy-on-write, so torch shares its pages without a copy; see packing.
    if isinstance(images, np.ndarray) and images.flags.writeable and images.flags.c_contiguous:
        pixels = torch.from_numpy(images)
    else:
        pixels = as_tensor(images)
    if pixels.dtype != torch.uint8:
        raise TypeError(f"images must be uint8 pixels, found {pixels.dtype}; see to_uint8")
    if pixels.ndim != 4 or pixels.shape[1] not in (1, 3):
        raise ValueError(f"images must be (N, C, H, W) with C 1 or 3, found shape {tuple(pixels.shape)}")
    if len(pixels) == 0:
        raise ValueError("there are no images to draw batches from")
    return pixels


def _fits(images: Tensor, device: torch.device) -> bool:
    if device.type == "cpu" or images.device == device:
        return True
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
    elif device.type == "mps":
        free = torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    else:
        return False  # an unknown device: how much is free cannot be asked
    return images.nbytes <= free // 2


def _to_device(tensor: Tensor, device: torch.device) -> Tensor:
    # Pageable memory would make the host wait for the copy; pinned memory does not.
    if device.type == "cuda" and tensor.device.type == "cpu":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)
