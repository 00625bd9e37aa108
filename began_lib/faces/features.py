"""What is drawn on the skin, in the head's coordinates, so that it turns: eyes, brows, nostrils, mouth, beards."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import hardsigmoid

from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.factors import FACTORS
from began_lib.faces.falloff import bump, cover, ridge, smoothstep
from began_lib.faces.surface import Surface, colour, mix, paint
from began_lib.faces.texture import strand

__all__ = ["brows", "eyes", "facial_hair", "may_be_bearded", "mouth", "nostrils"]

IRIS = {"brown": (0.36, 0.21, 0.12), "hazel": (0.50, 0.38, 0.20), "green": (0.42, 0.50, 0.32), 
        "blue": (0.36, 0.52, 0.68), "grey": (0.50, 0.55, 0.58)}  # fmt: skip


def _line(distance: Tensor, half: Tensor | float, width: Tensor) -> Tensor:
    """Share of a pixel that a line of half-thickness `half` covers, at `distance` from its middle; thin lines too."""
    scale = 6.0 / width
    distance, reach = distance * scale, half * scale
    return hardsigmoid(reach - distance, inplace=True).sub_(hardsigmoid(-reach - distance, inplace=True))


def eyes(f: Numbers, body: Anatomy, s: Surface, albedo: Tensor, light: Tensor) -> Tensor:
    """Paint eyes, lashes and lids into `albedo`; return the catch light, a field to add to the lit picture.

    Args:
        light: direction of the key light in head axes, (n, 3).
    """
    half = body.eye_half
    a = (s.mirrored - body.eye_x) / half
    b = (s.y - body.eye_y) / half - a * (0.07 + 0.045 * f.eye_tilt)
    wide = s.view.pixel / half
    makeup = f.makeup * (1.0 - 0.85 * f.presentation)
    smile = body.smile.clamp(min=0.0)
    lids = 1.0 + 0.11 * f.lid_opening + 0.05 * f.brow_height - 0.10 * body.old
    upper = (0.42 + 0.03 * makeup) * lids
    lower = 0.25 * (lids - 0.30 * smile)
    a2 = a * a
    arch = 1.0 - a2
    # The upper lid is highest a little inward, the lower lid lowest a little outward.
    top = arch * (1.0 - 0.16 * a) * upper
    bottom = arch * (1.0 + 0.16 * a) * (-lower)
    ends = 1.0 + 0.8 * a2
    open_eye = cover(torch.maximum(b - top, bottom - b) / ends, wide).mul_(s.front)
    near = (1.0 - a2 * 0.62).clamp_(min=0.0)
    # Lid skin between lashes and crease.
    lid = cover(bottom - b, wide * 6) * cover(b - top - 0.30 * near, wide * 3) * s.front
    shadow = 0.10 + 0.45 * makeup * (1.0 - 0.5 * f.skin_tone)
    paint(albedo, colour(0.36, 0.22, 0.19, like=albedo), lid * shadow)
    crease = _line((b - top - (0.16 + 0.10 * near)), 0.035, wide) * cover(a.abs() - 1.1, 0.35)
    crease = crease * s.front * (0.55 - 0.40 * f.lid_fold)
    paint(albedo, colour(0.22, 0.12, 0.10, like=albedo), crease)
    # Eyeball: white, iris, pupil, and the shadow the lid throws on them.
    gaze = f.gaze_x * s.side * 0.30
    u, v = a - gaze, b - 0.06 - 0.10 * f.gaze_y
    r = (u * u + v * v).sqrt_()
    radius = 0.44
    iris = torch.tensor([IRIS[name] for name in FACTORS["eye_colour"].levels], device=albedo.device).square()
    iris = iris[f.column("eye_colour")][:, :, None, None]
    white = colour(0.82, 0.79, 0.77, like=albedo) * (1.0 - 0.18 * body.old - 0.40 * f.skin_tone)[:, None]
    ball = white * (1.0 - 0.30 * a2.clamp(max=1.0))[:, None]
    glow = (1.0 - 0.9 * v - 0.5 * (r / radius)).clamp_(0.35, 1.6)
    paint(ball, iris * glow[:, None], cover(r - radius, wide))
    paint(ball, iris * 0.22, _line(r - radius, 0.045, wide))
    paint(ball, colour(0.03, 0.03, 0.03, like=albedo), cover(r - 0.19, wide))
    ball *= (1.0 - 0.55 * smoothstep(0.24, 0.0, top - b))[:, None]
    paint(albedo, ball, open_eye)
    # Tear duct, lashes.
    paint(albedo, colour(0.62, 0.36, 0.32, like=albedo), bump(a + 0.93, b + 0.02, 0.16, 0.12) * open_eye * 0.8)
    inside = cover(a2 - 1.12, 0.25)
    lash = 0.055 + 0.055 * makeup + 0.012 * (1.0 - f.presentation)
    dark = _line((b - top - 0.02) / ends, lash * (0.75 + 0.35 * a), wide) * inside
    wing = _line(b - 0.42 * (a - 0.92), 0.05, wide) * smoothstep(0.9, 1.0, a) * cover(a - 1.22, 0.1) * makeup
    paint(albedo, colour(0.10, 0.06, 0.05, like=albedo), torch.maximum(dark, wing) * s.front * 0.9)
    rim = _line((b - bottom + 0.02) / ends, 0.028, wide) * inside
    paint(albedo, colour(0.22, 0.12, 0.10, like=albedo), rim * s.front * (0.40 + 0.3 * makeup))
    # Catch light: where the key light's mirror image sits on the cornea, the same side in both eyes.
    lx = (light[:, 0].clamp(-0.8, 0.8) * 0.26)[:, None, None] * s.side
    ly = (light[:, 1].clamp(0.1, 0.8) * 0.36)[:, None, None]
    spark = cover(((u - lx) * (u - lx) + (v - ly) * (v - ly)).sqrt_() - 0.10, wide)
    return spark * open_eye * 0.75


def brows(f: Numbers, body: Anatomy, s: Surface, albedo: Tensor, hair: Tensor, base: Tensor) -> None:
    """Paint brows of colour `hair`, but darker than the skin `base` (both (n, 3, 1, 1)), into `albedo`."""
    inner, outer = body.eye_x - 0.205, body.eye_x + 0.235 * body.width
    t = (s.mirrored - inner) / (outer - inner)
    frown = (-f.brow_height - 0.5).clamp(min=0.0) * 0.03
    rise = 0.055 + 0.022 * f.brow_arch - 0.012 * body.masculine
    middle = body.brow_y - 0.02 + rise * (1.0 - (t - 0.62).square() * 2.6) + frown * (t - 0.4)
    half = (0.030 + 0.010 * f.presentation) * (1.0 + 0.24 * f.brow_thickness) * (1.15 - 0.85 * t * t).clamp_(0.12, 1.1)
    hairs = 0.85 + 0.35 * strand(s.mirrored * 2.0 - s.y * 1.2, s.size)
    soft = s.view.pixel + 0.022
    share = cover((s.y - middle).abs_() - half, soft) * cover(-t, 0.16) * cover(t - 1.0, 0.12) * hairs
    light_hair = 0.66 + 0.14 * f.presentation
    pigment = torch.minimum(hair * (0.80 - 0.35 * hair.sqrt()), base * (0.42 - 0.17 * f.skin_tone[:, None]))
    paint(albedo, pigment, (share * light_hair).clamp_(max=1.0).mul_(s.front))


def nostrils(f: Numbers, body: Anatomy, s: Surface, albedo: Tensor) -> None:
    """Paint nostrils and the crease around the wings of the nose."""
    x = s.mirrored
    up = 0.010 * f.nose_tip
    hole = bump(x - body.nose_half * 0.47, s.y - body.nose_y - 0.018 - up, 0.062, 0.030 + 0.6 * s.view.pixel)
    paint(albedo, colour(0.16, 0.07, 0.06, like=albedo), (hole * 1.5).clamp_(max=0.85).mul_(s.front))
    under = bump(x, s.y - body.nose_y + 0.015, body.nose_half * 1.25, 0.05)
    wing = bump(x - body.nose_half - 0.005, s.y - body.nose_y - 0.06, 0.032 + 0.3 * s.view.pixel, 0.085)
    albedo *= 1.0 - ((under * 0.24 + wing * 0.30) * s.front)[:, None]


def mouth(f: Numbers, body: Anatomy, s: Surface, albedo: Tensor, base: Tensor) -> None:
    """Paint lips, the line between them, and, where they part, teeth and the dark behind."""
    px = s.view.pixel
    a = s.mirrored / body.mouth_half
    a2 = a * a
    b = s.y - body.mouth_y - 0.080 * body.smile * (a2 - 0.35).clamp(max=1.0)
    arch = 1.0 - a2
    teeth, opened = f.level("mouth", "teeth"), f.level("mouth", "open")
    gap_up = (0.016 * teeth + 0.045 * opened) * arch
    gap_low = ((0.034 + 0.032 * body.smile.clamp(min=0.0)) * teeth + 0.11 * opened) * arch
    full = 1.0 + 0.20 * f.lip_fullness + 0.10 * f.skin_tone - 0.20 * body.old - 0.16 * body.masculine
    stretch = 1.0 - 0.22 * body.smile.clamp(min=0.0)
    bow = 1.0 + 0.30 * ridge(a - 0.22, 0.30) - 0.10 * ridge(a, 0.16)
    top = gap_up + 0.056 * full * stretch * arch * bow
    bottom = -gap_low - 0.080 * full * stretch * arch * (1.0 - 0.18 * a2)
    ends = 1.0 + 0.5 * a2
    lips = cover(torch.maximum(b - top, bottom - b) / ends, px + 0.012).mul_(s.front)
    paint_share = f.makeup * (1.0 - 0.9 * f.presentation)
    natural = base * torch.tensor([0.86, 0.56, 0.58], device=base.device).view(1, 3, 1, 1)
    natural = mix(natural, base * 0.62, 0.55 * f.skin_tone[:, None])
    stick = mix(colour(0.72, 0.22, 0.25, like=base), colour(0.50, 0.12, 0.20, like=base), f.skin_tone[:, None])
    pigment = mix(natural, stick, 0.75 * paint_share[:, None])
    upper = cover(-b, 0.03)
    paint(albedo, pigment * (1.0 - 0.20 * upper)[:, None], lips * 0.88)
    # Between the lips.
    inside = cover(torch.maximum(b - gap_up, -gap_low - b) / ends, px).mul_(s.front) * (teeth + opened)
    paint(albedo, colour(0.20, 0.07, 0.07, like=albedo), inside)
    shade = (1.02 - 0.95 * a2).clamp_(min=0.0)
    row = cover(-gap_low * (0.93 * teeth + 0.10 * opened) - b, px + 0.01) * inside * shade
    ivory = mix(colour(0.90, 0.88, 0.84, like=albedo), colour(0.84, 0.78, 0.66, like=albedo), body.old[:, None])
    paint(albedo, ivory, row * 0.92)
    line = _line(b, 0.010 + 0.004 * opened, px) * cover(a - 1.02, 0.12) * (1.0 - teeth - opened).clamp(min=0.0)
    corner = bump(a - 1.02, b, 0.14, 0.035 + px)
    seam = (line * 0.85 + corner * 0.55).clamp_(max=0.9)
    paint(albedo, colour(0.22, 0.09, 0.08, like=albedo), seam.mul_(s.front))
    albedo *= 1.0 - (bump(s.x, s.y - body.mouth_y + 0.145 + gap_low, 0.20, 0.05) * 0.16 * s.front)[:, None]


def may_be_bearded(f: Numbers) -> Tensor:
    """Indices of the faces that `facial_hair` changes: a beard of any kind, or the shadow of a shaven masculine one."""
    return ((f.column("facial_hair") > 0) | (f.column("presentation") > 0.5)).nonzero()[:, 0]


def facial_hair(f: Numbers, body: Anatomy, s: Surface, albedo: Tensor, hair: Tensor) -> None:
    """Paint stubble, moustache, goatee or beard of colour `hair` (n, 3, 1, 1) into `albedo`."""
    x, y, my = s.mirrored, s.y, body.mouth_y
    moustache, goatee = f.level("facial_hair", "moustache", "goatee"), f.level("facial_hair", "goatee")
    beard, stubble = f.level("facial_hair", "beard"), f.level("facial_hair", "stubble")
    # Upper edge of a beard: from the sideburns down the cheek to the corner of the mouth.
    edge = my - 0.02 + 0.34 * ((x - 0.25) * 2.6).clamp_(0.0, 1.4).square()
    jaw = smoothstep(0.05, -0.07, y - edge)
    below_lip = 1.0 - bump(x, y - my - 0.01, body.mouth_half * 1.02, 0.135).mul_(2.2).clamp_(max=1.0)
    lip = bump(x - 0.02, y - (body.nose_y * 0.40 + my * 0.60) - 0.015 + 0.16 * x * x, body.mouth_half * 1.25, 0.085)
    lip = (lip * 2.4).clamp_(max=1.0) * smoothstep(body.nose_y - 0.005, body.nose_y - 0.06, y)
    chin = smoothstep(0.30, 0.20, x) * smoothstep(my + 0.05, my - 0.08, y)
    texture = strand(s.x * 1.6 + 0.35 * s.x * s.y, s.size) * 0.30 + 0.92
    full = torch.maximum(jaw * below_lip, lip)
    share = full * (0.90 * beard + 0.34 * stubble)
    share = torch.maximum(share, lip * 0.92 * moustache)
    share = torch.maximum(share, chin * below_lip * 0.90 * goatee)
    # Shaven skin of a masculine face keeps a shadow.
    shaven = full * 0.16 * ((f.presentation - 0.5) * 2.0).clamp(min=0.0) * (1.0 - 0.6 * f.skin_tone)
    share = torch.maximum(share, shaven * f.level("facial_hair", "none", "moustache", "goatee"))
    fade = smoothstep(-0.1, 0.35, s.z)
    paint(albedo, hair, (share * texture * fade).clamp_(0.0, 1.0))
