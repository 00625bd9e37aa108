"""What surrounds the head: the background, the neck and the clothes."""

from __future__ import annotations

import torch
from torch import Tensor

from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.falloff import between, bump, cover, smoothstep
from began_lib.faces.geometry import View
from began_lib.faces.light import Light
from began_lib.faces.surface import colour, hue_colour, mix, paint, pick
from began_lib.faces.texture import draws, mottle

__all__ = ["background", "clothes", "neck"]


def background(f: Numbers, view: View, size: int) -> Tensor:
    """The picture (n, 3, H, W) before anyone stands in it: out of focus, so every second pixel is drawn."""
    draw = draws(f.column("noise_seed"), 10, 31)
    coarse = view.every_second()
    x, y = coarse.x, coarse.y
    lightness = 0.16 + 0.74 * f.background_light
    base = hue_colour(f.background_hue, 0.55 * f.background_colour, lightness)
    other = hue_colour(f.background_hue + 0.08 * (draw[0] - 0.5), 0.6 * f.background_colour, lightness * 0.45)
    gradient = f.level("background", "gradient")
    slope = (0.5 + 0.32 * (draw[1] - 0.5) * x - 0.36 * y).clamp(0.0, 1.0)
    spot = bump(x - 0.5 * (draw[2] - 0.5), y - 0.3, 2.2, 2.0)
    share = gradient * slope + 0.25 * (1.0 - spot) * (1.0 - gradient)
    picture = mix(base, other, share[:, None])
    for level, draw_level in (("bokeh", _bokeh), ("wall", _wall)):
        faces = f.level("background", level)[:, 0, 0].nonzero()[:, 0]
        if len(faces):
            part = picture[faces]
            draw_level(f.pick(faces), pick(coarse, faces), draw[:, faces], part)
            picture[faces] = part
    return between(between(picture, 2, size), 3, size)


def _bokeh(f: Numbers, view: View, draw: Tensor, picture: Tensor) -> None:
    """Paint seven lights out of focus."""
    for i in range(7):
        cx, cy, r = 2.4 * draw[3 + i] - 1.2, 2.2 * draw[10 + i] - 0.9, 0.12 + 0.24 * draw[17 + i]
        distance = ((view.x - cx).square() + (view.y - cy).square()).sqrt_()
        hue = f.background_hue + 0.5 * (draw[24 + i] - 0.5)
        tint = hue_colour(hue, 0.3 + 0.5 * f.background_colour, 0.45 + 0.5 * draw[17 + i])
        paint(picture, tint, smoothstep(r + 0.06, r - 0.06, distance) * (0.25 + 0.35 * draw[24 + i]))


def _wall(f: Numbers, view: View, draw: Tensor, picture: Tensor) -> None:
    """Paint a corner of a room: a panel, and mostly a shelf."""
    edge = view.x - (2.0 * draw[3] - 1.0) - 0.1 * (draw[4] - 0.5) * view.y
    panel = hue_colour(f.background_hue + draw[5], 0.5 * f.background_colour, 0.15 + 0.7 * draw[6])
    paint(picture, panel, smoothstep(-0.05, 0.05, edge) * 0.9)
    shelf = smoothstep(-0.04, 0.04, view.y - (1.6 * draw[7] - 0.6)) * 0.5 * (draw[8] > 0.4).float()
    paint(picture, panel * 0.6, shelf)


def neck(
    f: Numbers, body: Anatomy, view: View, light: Light, base: Tensor, distance: Tensor, picture: Tensor
) -> tuple[Tensor, Tensor]:
    """Paint the neck, shadowed by `distance` from the head's outline; return its middle and half-width, (n, 1, 1)."""
    yaw, roll = (torch.deg2rad(c) for c in (f.yaw, f.roll))
    middle = -0.36 * yaw.sin() + 0.55 * roll.sin()
    half = 0.375 + 0.055 * body.masculine + 0.025 * f.fullness
    x = view.x - middle
    flare = half + 0.9 * (-0.92 - view.y).clamp(min=0.0)
    nx = (x / flare).clamp(-1.0, 1.0)
    nz = (1.0 - nx * nx).sqrt()
    lit = light.diffuse(nx, 0.0 * nx, nz, 0.25)
    up = light.direction[:, 1, None, None].clamp(min=0.0)
    shadow = 1.0 - smoothstep(0.50, 0.0, distance) * (0.45 + 0.40 * up)
    cord = bump(x.abs() - 0.17 + 0.10 * (view.y + 1.0), 0.0 * view.y, 0.05, 1.0) * 0.10
    tone = light.ambient * (0.45 + 0.55 * shadow)[:, None] + light.key * (lit * shadow * (1.0 - cord))[:, None]
    paint(picture, base * 0.92 * tone, cover(x.abs() - flare, view.pixel) * cover(view.y + 0.3, view.pixel))
    return middle, half


def clothes(f: Numbers, view: View, light: Light, middle: Tensor, half: Tensor, picture: Tensor, size: int) -> None:
    """Paint shoulders, collar and whatever is worn at the neck."""
    x, y = view.x - middle, view.y
    ax = x.abs()
    px = view.pixel
    light_level = 0.10 + 0.80 * f.clothes_light
    main = hue_colour(f.clothes_hue, 0.55 * (1.0 - 0.5 * f.clothes_light), light_level)
    crew, vee, shirt, suit, turtle = (
        f.level("clothes", name) for name in ("crew_neck", "v_neck", "shirt", "suit", "turtleneck")
    )
    # Below this line is cloth: the slope of the shoulders outside the neck, the neckline inside it.
    shoulder = -0.66 - 0.30 * (ax - 0.40)
    opening = crew * (-1.05 + 0.55 * (ax / 0.46).square()) + vee * (-1.35 + 1.35 * ax) + turtle * (-0.84 - 0.10 * ax)
    opening = opening + (shirt + suit) * (-1.13 + 1.25 * ax)
    line = torch.minimum(opening + 9.0 * (ax > half - 0.01).float(), shoulder + 0.10 * turtle)
    share = cover(y - line, px)
    slope = ((ax - 0.2) * 0.8).clamp(0.0, 0.8) * torch.sign(x)
    lit = light.diffuse(slope, 0.45 + 0.0 * slope, 0.8 - 0.5 * slope * slope, 0.3)
    fold = mottle(x * 0.35 + 3.0 * f.clothes_hue + 0.0 * y, y * 0.25 + ax * 0.2, size)
    tone = light.ambient + light.key * (lit * (1.0 + 0.35 * fold))[:, None]
    cloth = mix(main, colour(0.86, 0.88, 0.91, like=picture), suit[:, None])
    paint(picture, cloth * tone, share)
    # A collar folds over, with its shadow below; a suit has lapels over the shirt, and often a tie.
    under = y - (line - 0.16 + 0.35 * (0.46 - ax).clamp(min=0.0))
    crease = cover((under + 0.02).abs() - 0.012, px + 0.02) * cover(ax - 0.46, px) * (shirt + suit)
    paint(picture, cloth * tone * 0.35, crease * share * 0.7)
    lapel = cover(0.13 + 0.62 * (y + 1.10) - ax, px) * suit
    dark = hue_colour(0.6 + 0.0 * f.clothes_hue, 0.2 + 0.0 * f.clothes_hue, 0.09 + 0.28 * f.clothes_light)
    paint(picture, dark * tone, lapel * share)
    tie = (
        cover(ax - 0.055 - 0.10 * (-1.02 - y).clamp(min=0.0), px)
        * cover(y + 0.985, px)
        * suit
        * (f.presentation > 0.5).float()
    )
    paint(
        picture, hue_colour(f.clothes_hue, 0.9 + 0.0 * f.clothes_hue, 0.22 + 0.3 * f.clothes_light) * tone, tie * share
    )
