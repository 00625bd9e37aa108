"""The traced head as fields over the picture, and how a layer of paint is laid on it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from began_lib.faces.anatomy import NOSE, SEAMS, TILTS, Numbers, reach
from began_lib.faces.falloff import cover, smoothstep
from began_lib.faces.geometry import Ellipsoids, View, trace

__all__ = ["Surface", "colour", "hue_colour", "mix", "paint", "pick"]


def colour(*rgb: float, like: Tensor) -> Tensor:
    """A colour given as display values in [0, 1], as linear light (1, 3, 1, 1); the display's gamma is taken as 2."""
    return torch.tensor(rgb, dtype=torch.float32, device=like.device).square().view(1, 3, 1, 1)


def mix(first: Tensor, second: Tensor, share: Tensor | float) -> Tensor:
    """`first` where `share` is 0, `second` where it is 1."""
    return first + (second - first) * share


def paint(picture: Tensor, pigment: Tensor, share: Tensor) -> None:
    """Cover `picture` (n, 3, H, W) in place by `pigment` (n or 1, 3, 1 or H, 1 or W) where `share` (n, H, W) is 1."""
    picture.lerp_(pigment, share[:, None])


def hue_colour(hue: Tensor, saturation: Tensor, lightness: Tensor) -> Tensor:
    """Display colour of a hue in turns, all (n, 1, 1), as linear light (n, 3, 1, 1)."""
    t = hue[:, None] - torch.tensor([0.0, 1.0 / 3.0, 2.0 / 3.0], device=hue.device).view(1, 3, 1, 1)
    t = (t - torch.floor(t + 0.5)).abs() * 2.0  # distance on the circle, 0 to 1
    rgb = 1.0 - smoothstep(0.25, 0.75, t)
    value = lightness[:, None] * (1.0 + saturation[:, None] * (rgb - 0.6))
    return value.clamp(0.0, 1.0).square()


def pick(fields, faces: Tensor | slice):
    """A dataclass of fields (View, Light, Anatomy and such) for some of its `faces` (indices) alone."""
    chosen = {}
    for field in dataclasses.fields(fields):
        value = getattr(fields, field.name)
        if isinstance(value, Tensor):
            chosen[field.name] = value[faces]
        elif dataclasses.is_dataclass(value):
            chosen[field.name] = pick(value, faces)
        elif isinstance(value, Numbers):
            chosen[field.name] = value.pick(faces)
    return dataclasses.replace(fields, **chosen)


@dataclass
class Surface:
    """The visible surface of n heads, fields (n, H, W)."""

    view: View
    size: int
    depth: Tensor  # camera Z
    x: Tensor  # head coordinates
    y: Tensor
    z: Tensor
    mirrored: Tensor  # |x|: both halves of the face at once
    side: Tensor  # sign of x
    share: Tensor  # of the pixel that the head covers
    front: Tensor  # 1 on the front of the head, where features may be painted

    @classmethod
    def of(cls, head: Tensor, view: View, ellipsoids: Ellipsoids, size: int, steps: int = 6) -> tuple[Surface, Tensor]:
        """Trace heads of ellipsoids (n, 9, 6); also the signed distance (n, H, W) of every pixel from the outline."""
        bound = torch.tensor([[[0.0, 0.08, 0.05, 0.86, 1.25, 1.16]]], device=head.device)
        start, _ = ellipsoids.form(bound).front()
        forms = ellipsoids.forms(head, TILTS)
        depth, distance = trace(forms, SEAMS, reach(head, view), NOSE, start, steps, view.pixel)
        x, y, z = view.head_point(depth)
        front = ((z - 0.25) * 4.0).clamp_(0.0, 1.0)
        share = cover(distance, view.pixel)
        return cls(view, size, depth, x, y, z, x.abs(), torch.sign(x), share, front), distance

    def rows(self, shown: slice) -> Surface:
        """The same surface, some rows of the picture only."""
        fields = {
            name: getattr(self, name)[:, shown]
            for name in ("depth", "x", "y", "z", "mirrored", "side", "share", "front")
        }
        return dataclasses.replace(self, view=self.view.rows(shown), **fields)
