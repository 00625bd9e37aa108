"""Smooth edges, steps and hills: what a pixel has of something whose border runs through it."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import hardsigmoid

__all__ = ["between", "bump", "cover", "per_face", "ridge", "smoothstep"]


def cover(distance: Tensor, width: Tensor | float) -> Tensor:
    """Share of a pixel `width` wide inside an edge at signed `distance` (negative inside): the antialiasing.

    A negative width makes inside what is outside.
    """
    return hardsigmoid(distance * (-6.0 / width), inplace=True)


def smoothstep(low: Tensor | float, high: Tensor | float, x: Tensor) -> Tensor:
    """0 below `low`, 1 above `high`, a smooth cubic between."""
    t = (x - low).mul_(1.0 / (high - low)).clamp_(0.0, 1.0)
    cubic = t.square().mul_(3.0)
    return cubic.addcmul_(cubic, t, value=-2.0 / 3.0)


def bump(x: Tensor, y: Tensor, width: Tensor | float, height: Tensor | float) -> Tensor:
    """A smooth hill of height 1 at (0, 0) that ends on the ellipse with half-axes `width` and `height`."""
    hill = _less_square(_less_square(x.new_ones(()), x, width), y, height)
    return hill.clamp_(min=0.0).square_()


def ridge(distance: Tensor, width: Tensor | float) -> Tensor:
    """A smooth hill of height 1 along a line at `distance` from its middle, 0 beyond `width`."""
    return _less_square(distance.new_ones(()), distance, width).clamp_(min=0.0).square_()


def _less_square(field: Tensor, x: Tensor, width: Tensor | float) -> Tensor:
    if isinstance(width, Tensor):
        x, width = x * (1.0 / width), 1.0
    return torch.addcmul(field, x, x, value=-1.0 / (width * width))


def per_face(column: Tensor) -> Tensor:
    """A column (n,) of factors as float32 (n, 1, 1), to combine with fields."""
    return column.to(torch.float32)[:, None, None]


def between(half: Tensor, axis: int, size: int) -> Tensor:
    """`half`, known at every second place along `axis`, at all `size` places: the mean of its neighbours between."""
    after = torch.cat([half.narrow(axis, 1, half.shape[axis] - 1), half.narrow(axis, half.shape[axis] - 1, 1)], axis)
    both = torch.stack([half, (half + after).mul_(0.5)], axis + 1)
    return both.flatten(axis, axis + 1).narrow(axis, 0, size).contiguous()
