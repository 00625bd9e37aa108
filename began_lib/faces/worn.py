"""What is worn on the head: glasses and earrings."""

from __future__ import annotations

import torch
from torch import Tensor

from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.falloff import cover, smoothstep
from began_lib.faces.light import Light
from began_lib.faces.surface import Surface, colour, mix, paint

__all__ = ["earrings", "glasses"]


def glasses(f: Numbers, body: Anatomy, light: Light, s: Surface, picture: Tensor) -> None:
    """Paint glasses or sunglasses on a plane before the eyes, with arms along the temples."""
    view = s.view
    any_worn, dark = f.level("glasses", "glasses", "sunglasses"), f.level("glasses", "sunglasses")
    plane_z = 0.985 + 0.012 * f.nose_bridge
    facing = view.toward[:, 2, None, None].clamp(min=0.15)
    base = view.origin[:, 2, None, None] + view.x * view.across[:, 2, None, None] + view.y * view.up[:, 2, None, None]
    depth = (plane_z - base) / facing
    x, y, _ = view.head_point(depth)
    ax = x.abs()
    # The frame curves back towards the temples.
    seen = smoothstep(-0.10, -0.02, depth - s.depth) * any_worn * (view.toward[:, 2, None, None] > 0.2).float()
    rect, round_, aviator, browline = (
        f.level("glasses_shape", n) for n in ("rectangular", "round", "aviator", "browline")
    )
    half_x = 0.235 * rect + 0.205 * round_ + 0.245 * aviator + 0.235 * browline + 0.02 * dark
    half_y = 0.145 * rect + 0.190 * round_ + 0.205 * aviator + 0.165 * browline + 0.02 * dark
    cx, cy = body.eye_x + 0.012, body.eye_y - 0.025 * (1.0 + aviator)
    u = (ax - cx) / half_x
    v = (y - cy) / half_y
    v = v * (1.0 + 0.10 * aviator * u) * 1.0
    u = u * (1.0 - 0.16 * aviator * v - 0.07 * (rect + browline) * v)
    u2, v2 = u * u, v * v
    circle = (u2 + v2).sqrt()
    boxy = (u2 * u2 + v2 * v2).sqrt_().sqrt_()
    distance = (circle + (boxy - circle) * (1.0 - round_) * (0.9 - 0.35 * aviator) - 1.0) * (0.5 * (half_x + half_y))
    px = view.pixel
    thick = (
        0.017
        + 0.010 * (1.0 - f.frame_shade) * (rect + browline + round_ * 0.5)
        + 0.012 * browline * smoothstep(0.0, 0.5, v)
    )
    rim = cover(distance.abs() - thick, px)
    bridge = cover((y - cy - 0.05 - 0.5 * half_y * aviator * 0.3).abs() - thick * 0.9, px) * cover(
        ax - cx + half_x * 0.9, px
    )
    lens = cover(distance, px)
    gold = colour(0.72, 0.58, 0.34, like=picture)
    frame = mix(
        colour(0.06, 0.06, 0.07, like=picture),
        colour(0.34, 0.20, 0.11, like=picture),
        smoothstep(0.3, 0.5, f.frame_shade)[:, None],
    )
    frame = mix(frame, gold, smoothstep(0.6, 0.8, f.frame_shade)[:, None])
    tint = colour(0.10, 0.09, 0.09, like=picture)
    paint(picture, tint, lens * seen * dark * (0.86 + 0.10 * v).clamp(0.0, 0.95))
    # A soft reflection of the sky slides over the lenses with the light.
    streak = cover((u * 0.7 + v + 0.3 - 0.6 * light.direction[:, 0, None, None] * s.side).abs() - 0.28, 0.25)
    paint(picture, light.key * 0.9, streak * lens * seen * (0.07 + 0.12 * dark))
    edge = torch.maximum(rim, bridge) * seen
    paint(picture, frame * (light.ambient + 0.5 * light.key), edge * 0.95)
    # Arms: on the surface of the head, from the hinge to the ear.
    arm = cover((s.y - cy - 0.07).abs() - 0.022, px) * smoothstep(0.80, 0.70, s.z) * smoothstep(-0.05, 0.05, s.z)
    arm = arm * cover(-(s.mirrored - cx - half_x * 0.55), px) * any_worn * s.share
    paint(picture, frame * (light.ambient + 0.4 * light.key), arm * 0.95)


def earrings(f: Numbers, body: Anatomy, light: Light, s: Surface, picture: Tensor) -> None:
    """Paint studs or hoops below the ears that the head does not hide."""
    view, px = s.view, s.view.pixel
    studs, hoops = f.level("earrings", "studs"), f.level("earrings", "hoops")
    radius = 0.032 * studs + 0.085 * hoops
    metal = mix(colour(0.80, 0.66, 0.36, like=picture), colour(0.82, 0.83, 0.86, like=picture), f.frame_shade[:, None])
    for side in (-1.0, 1.0):
        lobe = torch.stack(
            [
                (side * 0.735 * body.width)[:, 0, 0],
                *torch.tensor([[-0.21], [0.02]], device=px.device).expand(2, len(px)),
            ],
            1,
        )
        lobe = lobe - view.origin
        x, y, z = ((lobe * axis).sum(1)[:, None, None] for axis in (view.across, view.up, view.toward))
        far = ((view.x - x).square() + (view.y - y + radius * hoops).square()).sqrt() - radius
        disc, ring = cover(far, px), cover(far.abs() - 0.010, px)
        share = (disc * studs + ring * hoops) * smoothstep(-0.06, 0.02, z - s.depth + (1.0 - s.share) * 9.0)
        paint(picture, metal * (light.ambient + light.key * 0.8), share)
