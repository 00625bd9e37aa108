"""What surrounds the head: the background, the neck and the clothes."""

from __future__ import annotations

import torch
from torch import Tensor

from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.geometry import View, bump, cover, smoothstep
from began_lib.faces.light import Light
from began_lib.faces.surface import colour, mix, paint
from began_lib.faces.texture import hash_unit, mottle

__all__ = ["background", "clothes", "hue_colour", "neck"]


def hue_colour(hue: Tensor, saturation: Tensor, lightness: Tensor) -> Tensor:
    """Display colour of a hue in turns, all (n, 1, 1), as linear light (n, 3, 1, 1)."""
    channels = []
    for offset in (0.0, 1.0 / 3.0, 2.0 / 3.0):
        t = hue - offset
        t = (t - torch.floor(t + 0.5)).abs() * 2.0  # distance on the circle, 0 to 1
        channels.append(1.0 - smoothstep(0.25, 0.75, t))
    rgb = torch.stack(channels, 1)
    value = lightness[:, None] * (1.0 + saturation[:, None] * (rgb - 0.6))
    return value.clamp(0.0, 1.0).square()


def background(f: Numbers, view: View, size: int) -> Tensor:
    """The picture (n, 3, H, W) before anyone stands in it."""
    seed = f.factors.noise_seed
    draws = [hash_unit(seed, 10 + i)[:, None, None] for i in range(40)]
    x, y = view.x, view.y
    lightness = 0.16 + 0.74 * f.background_light
    base = hue_colour(f.background_hue, 0.75 * f.background_colour, lightness)
    other = hue_colour(f.background_hue + 0.08 * (draws[0] - 0.5), 0.6 * f.background_colour, lightness * 0.45)
    gradient, bokeh, wall = (f.level("background", name) for name in ("gradient", "bokeh", "wall"))
    slope = (0.5 + 0.32 * (draws[1] - 0.5) * x - 0.36 * y).clamp(0.0, 1.0)
    spot = bump(x - 0.5 * (draws[2] - 0.5), y - 0.3, 2.2, 2.0)
    share = gradient * slope + 0.25 * (1.0 - spot) * (1.0 - gradient)
    picture = mix(base, other, share[:, None])
    # Lights and shapes out of focus.
    for i in range(7):
        cx, cy, r = 2.4 * draws[3 + i] - 1.2, 2.2 * draws[10 + i] - 0.9, 0.12 + 0.24 * draws[17 + i]
        d = ((x - cx).square() + (y - cy).square()).sqrt()
        tint = hue_colour(f.background_hue + 0.5 * (draws[24 + i] - 0.5), 0.3 + 0.5 * f.background_colour, 0.45 + 0.5 * draws[17 + i])
        paint(picture, tint, smoothstep(r + 0.06, r - 0.06, d) * bokeh * (0.25 + 0.35 * draws[24 + i]))
    edge = x - (2.0 * draws[3] - 1.0) - 0.1 * (draws[4] - 0.5) * y
    panel = hue_colour(f.background_hue + draws[5], 0.5 * f.background_colour, 0.15 + 0.7 * draws[6])
    paint(picture, panel, smoothstep(-0.05, 0.05, edge) * wall * 0.9 + 0.0 * y)
    shelf = smoothstep(-0.04, 0.04, y - (1.6 * draws[7] - 0.6))
    paint(picture, panel * 0.6, shelf * wall * 0.5 * (draws[8] > 0.4).float() + 0.0 * x)
    return picture


def neck(f: Numbers, body: Anatomy, view: View, light: Light, base: Tensor, distance: Tensor, picture: Tensor) -> Tensor:
    """Paint the neck; return its middle (n, 1, 1). `distance` from the head's outline gives the shadow under the chin."""
    yaw, roll = (torch.deg2rad(c) for c in (f.yaw, f.roll))
    middle = -0.36 * yaw.sin() + 0.55 * roll.sin()
    half = 0.375 + 0.045 * body.masculine + 0.025 * f.fullness
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
    return middle


def clothes(f: Numbers, body: Anatomy, view: View, light: Light, middle: Tensor, picture: Tensor, size: int) -> None:
    """Paint shoulders, collar and whatever is worn at the neck."""
    x, y = view.x - middle * 1.1, view.y
    ax = x.abs()
    px = view.pixel
    light_level = 0.10 + 0.80 * f.clothes_light
    main = hue_colour(f.clothes_hue, 0.55 * (1.0 - 0.5 * f.clothes_light), light_level)
    crew, vee, shirt, suit, turtle = (f.level("clothes", n) for n in ("crew_neck", "v_neck", "shirt", "suit", "turtleneck"))
    shoulder = -0.66 - 0.30 * (ax - 0.40) - 0.10 * body.masculine * 0.0
    opening_crew = -1.00 + 0.55 * (ax / 0.46).square().clamp(max=1.2) - 0.05
    opening_vee = -1.35 + 1.35 * ax
    opening_shirt = -1.16 + 1.05 * ax
    opening = crew * opening_crew + vee * opening_vee + (shirt + suit) * opening_shirt + turtle * (-0.86 + 0.0 * ax)
    inside = torch.maximum(y - torch.where(ax > 0.42, shoulder, opening.expand_as(ax)), 0.0 * y)
    share = cover(y - torch.minimum(torch.maximum(opening, shoulder - 9.0), shoulder + 9.0 * (ax < 0.40).float()), px)
    slope = ((ax - 0.2) * 0.8).clamp(0.0, 0.8) * torch.sign(x)
    lit = light.diffuse(slope, 0.45 + 0.0 * slope, (0.8 - 0.5 * slope * slope), 0.3)
    fold = mottle(x * 0.35 + 3.0 * f.clothes_hue, y * 0.25 + ax * 0.2, size)
    tone = light.ambient + light.key * (lit * (1.0 + 0.35 * fold))[:, None]
    jacket = mix(main, hue_colour(0.6 + 0.0 * f.clothes_hue, 0.25 + 0.0 * f.clothes_hue, 0.07 + 0.25 * f.clothes_light), suit[:, None])
    paint(picture, jacket * tone, share + 0.0 * inside)
    collar = cover((ax - 0.36 + 0.25 * (y + 0.8)).abs() - 0.11, px) * cover(y - (-0.62 - 0.55 * (ax - 0.3)), px) * (shirt + suit)
    linen = mix(main * 1.15, colour(0.90, 0.91, 0.93, like=picture), suit[:, None])
    paint(picture, linen * tone, collar * cover(-1.25 - y, px))
