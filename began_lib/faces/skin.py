"""Skin: its colour over the human range, the relief the ellipsoids leave out, and what age does to both."""

from __future__ import annotations

import torch
from torch import Tensor

from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.falloff import bump, ridge, smoothstep
from began_lib.faces.geometry import band
from began_lib.faces.surface import Surface
from began_lib.faces.texture import draws, mottle

__all__ = ["base_colour", "relief", "skin"]

# Display colours along the range of human skin, lightest to darkest.
TONES = ((0.96, 0.82, 0.74), (0.92, 0.75, 0.64), (0.86, 0.66, 0.52), (0.76, 0.55, 0.40), (0.62, 0.42, 0.29),
         (0.48, 0.32, 0.225), (0.37, 0.24, 0.175))  # fmt: skip


def base_colour(f: Numbers) -> Tensor:
    """Linear colour of the skin, (n, 3, 1, 1)."""
    tones = torch.tensor(TONES, device=f.skin_tone.device)
    place = f.skin_tone[:, 0, 0] * (len(TONES) - 1)
    low = place.floor().clamp(max=len(TONES) - 2)
    t = (place - low)[:, None]
    rgb = tones[low.long()] * (1 - t) + tones[low.long() + 1] * t
    warm = f.undertone[:, 0]
    shift = torch.cat([0.0 * warm + 1.0, 1.0 + 0.008 * warm, 1.0 - 0.03 * warm], 1)
    return (rgb * shift).square()[:, :, None, None]


def relief(f: Numbers, body: Anatomy, s: Surface) -> Tensor:
    """Height (n, H, W) over the traced surface: sockets, lids, brow ridge, cheeks, lips, folds and wrinkles."""
    height = torch.zeros_like(s.depth)
    upper, lower = band(s.view, -0.12, 0.85, 0.9, 0.2, 1.2), band(s.view, -1.1, 0.22, 0.9, 0.2, 1.2)
    _upper_relief(f, body, s.rows(upper), height[:, upper])
    _lower_relief(f, body, s.rows(lower), height[:, lower])
    return height.mul_(s.front)


def _upper_relief(f: Numbers, body: Anatomy, s: Surface, height: Tensor) -> None:
    """Add eyes, brow ridge and the lines of the forehead, all between y = -0.12 and 0.85."""
    x, y, m, old = s.mirrored, s.y, body.masculine, body.old
    smile = body.smile.clamp(min=0.0)
    ex, ey = body.eye_x, body.eye_y
    height -= bump(x - ex + 0.03, y - ey - 0.03, 0.26, 0.19).mul_(0.062 + 0.012 * m + 0.012 * old)
    height += bump(x - ex, y - ey, 0.17, 0.10).mul_(0.05)
    height += bump(x - ex + 0.02, y - body.brow_y - 0.01, 0.34, 0.10).mul_(0.028 + 0.022 * m)
    height -= bump(x - ex + 0.03, y - ey + 0.145, 0.16, 0.05).mul_(0.010 + 0.020 * old)  # tear trough
    height += bump(x - ex, y - ey + 0.105, 0.15, 0.055).mul_(0.014 + 0.022 * old + 0.012 * smile)  # under the eye
    # Wrinkles come in through middle age.
    lines = smoothstep(34.0, 74.0, f.age)
    wave = (y - 0.55 + 0.05 * x * x) * 11.0
    wave = (wave - torch.floor(wave) - 0.5) * 2.0
    brow = bump(x, y - 0.60, 0.50, 0.20).mul_(0.009 * lines + 0.008 * f.brow_height.clamp(min=0.0) * (0.3 + lines))
    height -= ridge(wave, 0.5).mul_(brow)
    glabella = ridge(x - 0.065, 0.03).mul_(ridge(y - body.brow_y + 0.01, 0.11))
    height -= glabella.mul_(0.009 * lines + 0.008 * (-f.brow_height - 0.8).clamp(min=0.0))
    beside = x - ex - body.eye_half
    fan = (y - ey + 0.01) / (beside.clamp(min=0.0).mul_(0.35).add_(0.03)) * 1.3
    fan = (fan - torch.floor(fan) - 0.5) * 2.0
    crow = bump(beside - 0.09, y - ey, 0.11, 0.13).mul_(0.012 * lines + 0.008 * smile * (0.2 + lines))
    height -= ridge(fan, 0.6).mul_(crow)


def _lower_relief(f: Numbers, body: Anatomy, s: Surface, height: Tensor) -> None:
    """Add cheeks, the folds beside the mouth, lips and chin, all below y = 0.22."""
    x, y, m, old = s.mirrored, s.y, body.masculine, body.old
    smile, my = body.smile.clamp(min=0.0), body.mouth_y
    cheek = 0.055 + 0.016 * f.cheekbones + 0.035 * smile
    height += bump(x - 0.38 * body.width, y + 0.06 - 0.03 * smile, 0.24, 0.20).mul_(cheek)
    hollow = (0.008 - 0.018 * f.fullness - 0.006 * m).clamp(-0.03, 0.03)
    height -= bump(x - 0.40 * body.width, y - my - 0.05, 0.16, 0.24).mul_(hollow)
    # Fold from the wing of the nose to beside the corner of the mouth.
    t = (body.nose_y + 0.05 - y) * (1.0 / (body.nose_y - my + 0.10))
    along = ridge(t - 0.45, 0.62)
    t = t.clamp_(0.0, 1.0)
    fold = x - (body.nose_half + 0.015 + (body.mouth_half + 0.05 - body.nose_half) * t * (0.6 + 0.4 * t))
    height -= ridge(fold, 0.06) * along * (0.007 + 0.019 * old + 0.03 * smile)
    height += ridge(fold - 0.07, 0.09) * along * (0.004 + 0.014 * old + 0.02 * smile)
    # Lips, the groove above and the crease below them.
    height += bump(x, y - my - 0.045, body.mouth_half * 1.05, 0.075).mul_(0.036 + 0.008 * f.lip_fullness)
    height += bump(x, y - my + 0.065, body.mouth_half * 0.92, 0.08).mul_(0.046 + 0.010 * f.lip_fullness)
    height -= bump(x, y - my, body.mouth_half * 1.2, 0.03).mul_(0.024)
    height -= bump(x, y - (my + body.nose_y) * 0.5 - 0.015, 0.045, 0.10).mul_(0.012)
    height -= bump(x, y - my + 0.165, 0.20, 0.06).mul_(0.032)
    height += bump(x, y - body.chin_y - 0.12, 0.16, 0.13).mul_(0.012 + 0.010 * f.chin)


def skin(f: Numbers, body: Anatomy, s: Surface, base: Tensor) -> Tensor:
    """Colour of the bare skin, linear (n, 3, H, W): redder where blood is near, darker in the sockets, freckled."""
    x, y = s.mirrored, s.y
    red = bump(x - 0.36 * body.width, y + 0.10, 0.27, 0.22) * 0.8
    red += bump(x, y - body.nose_y - 0.09, 0.17, 0.15) * 0.8
    red += bump(x, y - body.chin_y - 0.13, 0.2, 0.14) * 0.35
    red += smoothstep(0.62, 0.74, x) * 0.3
    red = red.mul_(s.front) * (0.10 + 0.30 * f.ruddiness) * (1.0 - 0.55 * f.skin_tone)
    seed = f.column("noise_seed")
    shift_x, shift_y = draws(seed, 0, 2) * 4.0
    blotch = mottle(s.x + shift_x, s.y + shift_y, s.size)
    tone = 1.0 + blotch * (0.05 + 0.03 * body.old)
    # Thin, shadowed skin around the eyes.
    dark = bump(x - body.eye_x + 0.04, y - body.eye_y + 0.01, 0.25, 0.17) * (
        0.14 + 0.05 * body.old + 0.20 * f.skin_tone
    )
    dark += bump(x - body.eye_x + 0.02, y - body.eye_y + 0.10, 0.17, 0.07) * (0.06 + 0.10 * body.old)
    freckle = ((blotch - mottle(s.x * 2.7 + shift_y, s.y * 2.7 + shift_x, s.size) * 1.1) * 4.0 - 1.2).clamp_(0.0, 1.0)
    freckle *= bump(x - 0.2, y + 0.02, 0.42, 0.30) * f.freckles * (0.6 - 0.4 * f.skin_tone)
    tone = tone * (1.0 - dark.mul_(s.front)) * (1.0 - freckle.mul_(s.front))
    out = base * tone[:, None]
    out[:, 1] *= 1.0 - red * 0.62
    out[:, 2] *= 1.0 - red * 0.55
    return out
