"""Light: one warm or cool key light over an even sky, soft at the terminator, with a sheen."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from began_lib.faces.anatomy import Numbers
from began_lib.faces.geometry import View

__all__ = ["Light"]


@dataclass
class Light:
    """The light on n faces; directions are unit vectors towards the light, (n, 3)."""

    direction: Tensor  # in camera axes
    in_head: Tensor  # in head axes
    half: Tensor  # halfway between light and viewer, camera axes
    key: Tensor  # linear colour of the key light, (n, 3, 1, 1)
    ambient: Tensor  # linear colour of what comes from everywhere, (n, 3, 1, 1)

    @classmethod
    def of(cls, f: Numbers, view: View) -> Light:
        """Light from the factors; both lights together give a surface that faces them about 1 at any strength."""
        side, up = torch.deg2rad(f.column("light_side").double()), torch.deg2rad(f.column("light_height").double())
        direction = torch.stack([side.sin() * up.cos(), up.sin(), side.cos() * up.cos()], 1).float()
        half = direction + torch.tensor([0.0, 0.0, 1.0], device=direction.device)
        half = half / half.square().sum(1, keepdim=True).sqrt()
        warm = f.light_warmth[:, None]
        one = torch.ones_like(warm)
        tint = torch.cat([one + 0.035 * warm, one, one - 0.06 * warm], 1)
        # Cameras expose for the skin: the darker, the longer.
        level = (1.0 + 0.09 * f.exposure + 0.40 * f.skin_tone)[:, None]
        ambient = (0.62 - 0.38 * f.light_strength)[:, None] * level
        key = (0.52 + 0.62 * f.light_strength)[:, None] * level
        sky = torch.cat([one * 0.97 - 0.02 * warm, one, one * 1.04 + 0.03 * warm], 1)
        return cls(direction, view.to_head(direction), half, key * tint, ambient * sky)

    def diffuse(self, nx: Tensor, ny: Tensor, nz: Tensor, wrap: float) -> Tensor:
        """Share of the key light on a surface of unit normal (camera axes); `wrap` softens the terminator."""
        lx, ly, lz = (self.direction / (1.0 + wrap))[:, :, None, None].unbind(1)
        return (nx * lx).addcmul_(ny, ly).addcmul_(nz, lz).add_(wrap / (1.0 + wrap)).clamp_(0.0, 1.0)

    def sheen(self, nx: Tensor, ny: Tensor, nz: Tensor) -> Tensor:
        """Blinn's highlight with exponent 16."""
        hx, hy, hz = self.half[:, :, None, None].unbind(1)
        s = (nx * hx).addcmul_(ny, hy).addcmul_(nz, hz).clamp_(min=0.0)
        for _ in range(4):
            s.square_()
        return s
