"""Convolution behind nearest up-sampling without its waste, as an experiment of `bench --upsampling`.

A 3x3 kernel on an image whose pixels were doubled sees only four different pixels: for each of the four positions
inside a doubled pixel it is a 2x2 kernel, of summed weights, on the small image. 4 multiplications replace 9. The
networks do not use it: docs/performance.md has what it gains where.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

# Which taps of a row of three each of two taps sums, for the left (or upper) and the right (or lower) position.
_SUMS = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]], [[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]])


def upsampled(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The usual way: nearest up-sampling by 2, then a 3x3 convolution. (N, C, H, W) -> (N, O, 2H, 2W)."""
    return F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), weight, bias, padding=1)


def without_waste(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The same up to rounding, as four 2x2 convolutions whose results are interleaved."""
    n, _, height, width = x.shape
    sums = _SUMS.to(weight)
    kernels = torch.einsum("aik,bjl,ockl->abocij", sums, sums, weight)
    padded = F.pad(x, (1, 1, 1, 1))
    result = x.new_empty(n, 2 * height, 2 * width, len(weight)).permute(0, 3, 1, 2)  # channels_last
    for a in (0, 1):
        for b in (0, 1):
            part = padded[:, :, a : a + height + 1, b : b + width + 1]
            result[:, :, a::2, b::2] = F.conv2d(part, kernels[a, b], bias)
    return result
