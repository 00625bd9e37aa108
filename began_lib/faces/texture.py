"""Noise that is the same on every machine: integer hashes, and two periodic tables smoothed to the size of a pixel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

__all__ = ["GRAIN", "draws", "grain", "mottle", "strand"]

ENTRIES = 1024  # of the table of strands
STRANDS_PER_UNIT = 160.0  # table entries in a length of 1
TILE = 512  # rows and columns of the mottled tile
TILE_PER_UNIT = 160.0
GRAIN = 13.058  # deviation of the sum of two numbers in 0 to 31: sqrt(2 (32^2 - 1) / 12)


def _octaves(shape: tuple[int, ...], cells: tuple[int, ...], seed: int) -> np.ndarray:
    """Periodic value noise with zero mean: an octave of smooth interpolation for each number of `cells`."""
    rng = np.random.Generator(np.random.Philox(seed))
    total = np.zeros(shape)
    for weight, count in zip(0.8 ** np.arange(len(cells)), cells, strict=True):
        field = rng.random((count,) * len(shape)) - 0.5
        for axis, length in enumerate(shape):
            position = np.arange(length) * count / length
            low = np.floor(position).astype(int)
            t = position - low
            t = (t * t * (3 - 2 * t)).reshape([-1 if i == axis else 1 for i in range(len(shape))])
            field = np.take(field, low, axis) * (1 - t) + np.take(field, (low + 1) % count, axis) * t
        total += weight * field
    return total / np.abs(total).max()


def _smooth(table: np.ndarray, width: int) -> np.ndarray:
    """`table` averaged over `width` entries along every axis, so that it holds no detail finer than a pixel."""
    for axis in range(table.ndim):
        table = sum(np.roll(table, shift - width // 2, axis) for shift in range(width)) / width
    return table


@lru_cache(maxsize=32)
def _strand_table(size: int, device: torch.device) -> Tensor:
    table = _octaves((ENTRIES,), (16, 32, 64, 128, 256, 512), seed=1)
    return torch.from_numpy(_smooth(table, max(1, round(STRANDS_PER_UNIT * 2 / size)))).float().to(device)


@lru_cache(maxsize=32)
def _mottled_tile(size: int, device: torch.device) -> Tensor:
    tile = _octaves((TILE, TILE), (8, 16, 32, 64, 128, 256), seed=2)
    return torch.from_numpy(_smooth(tile, max(1, round(TILE_PER_UNIT * 2 / size)))).float().to(device).reshape(-1)


def strand(across: Tensor, size: int) -> Tensor:
    """Noise in [-1, 1] along the coordinate `across` the strands of hair, for pictures of `size` pixels."""
    index = (across * STRANDS_PER_UNIT).to(torch.int32).bitwise_and_(ENTRIES - 1)
    return torch.index_select(_strand_table(size, across.device), 0, index.view(-1)).view(across.shape)


def mottle(x: Tensor, y: Tensor, size: int) -> Tensor:
    """Noise in [-1, 1] on the plane (x, y), for pictures of `size` pixels."""
    row = (y * TILE_PER_UNIT).to(torch.int32).bitwise_and_(TILE - 1)
    column = (x * TILE_PER_UNIT).to(torch.int32).bitwise_and_(TILE - 1)
    index = column.add_(row, alpha=TILE)
    return torch.index_select(_mottled_tile(size, index.device), 0, index.view(-1)).view(index.shape)


def _mix(state: Tensor) -> Tensor:
    """A 32-bit finaliser (the constants of murmur3), kept in int64 so that no machine overflows it differently."""
    state = ((state ^ (state >> 16)) * 0x85EBCA6B) & 0xFFFFFFFF
    state = ((state ^ (state >> 13)) * 0xC2B2AE35) & 0xFFFFFFFF
    return state ^ (state >> 16)


def draws(seed: Tensor, first: int, count: int) -> Tensor:
    """Numbers in [0, 1), draws `first` to `first + count - 1` of each face's seed (n,); float32 (count, n, 1, 1)."""
    which = torch.arange(first + 1, first + count + 1, device=seed.device, dtype=torch.int64)[:, None]
    state = _mix((_mix(seed.to(torch.int64) + 1) + 0x9E3779B9 * which) & 0xFFFFFFFF)
    return ((state >> 8).float() * 2.0**-24)[:, :, None, None]


def grain(seed: Tensor, size: int) -> Tensor:
    """Noise of a sensor: (n, 3, size, size), mean 0 and deviation `GRAIN`, a function of seed and pixel alone.

    One hash of 30 bits a pixel, small enough that int32 never overflows: ten bits, the sum of two fives, for each
    colour, all three summed at once.
    """
    start = (_mix(seed.to(torch.int64) + 0x51ED27) & 0x3FFFFFFF).to(torch.int32)[:, None, None]
    cell = torch.arange(size * size, device=seed.device, dtype=torch.int64)
    cell = (_mix(cell + 0x2545F4) & 0x3FFFFFFF).to(torch.int32).view(1, size, size)
    state = start ^ cell
    for _ in range(2):
        state = (state & 0x7FFF).mul_(0x6A6D).add_(state >> 15).bitwise_and_(0x3FFFFFFF)
        state = (state >> 13).bitwise_xor_(state)
    fives = 31 | 31 << 10 | 31 << 20
    sums = (state & fives).add_((state >> 5).bitwise_and_(fives))
    colours = torch.empty((len(seed), 3, size, size), device=seed.device)
    for channel in range(3):
        colours[:, channel] = (sums >> (10 * channel)).bitwise_and_(63)
    return colours.sub_(31.0)
