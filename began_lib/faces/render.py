"""Factors to pictures: the head is traced, painted, lit, and laid over hair, neck, clothes and background."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from began_lib.faces import features, worn
from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.factors import Factors, sample_factors
from began_lib.faces.geometry import Ellipsoids, Form, View, band, bump, cover, smoothstep, span
from began_lib.faces.hair import Hair, Sheet, hair_colour
from began_lib.faces.light import Light
from began_lib.faces.scene import background, clothes, neck
from began_lib.faces.skin import base_colour, relief, skin
from began_lib.faces.surface import Surface, paint, pick
from began_lib.faces.texture import grain

__all__ = ["render", "sample"]

SIZES = (16, 256)  # smallest and largest side of a picture


def _slope(depth: Tensor, axis: int, step: Tensor) -> Tensor:
    """Slope of `depth` along rows (2) or columns (1), by differences of pixels `step` wide, one-sided at the border.

    The central difference, held near the smaller of the two one-sided ones: where a nose hides a cheek the depth
    jumps, and the jump is no slope.
    """
    steps = depth.diff(dim=axis)
    first, last = steps.narrow(axis, 0, 1), steps.narrow(axis, steps.shape[axis] - 1, 1)
    before, after = torch.cat([first, steps], axis), torch.cat([steps, last], axis)
    limit = torch.minimum(before.abs(), after.abs()).mul_(2.0).add_(0.4 * step)
    central = before.add_(after).mul_(0.5)
    return torch.maximum(torch.minimum(central, limit), limit.neg()).mul_(1.0 / step).clamp_(-3.0, 3.0)


def _normal(depth: Tensor, step: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Unit normal in camera axes of the surface at `depth`."""
    across, up = _slope(depth, 2, step), -_slope(depth, 1, step)
    nz = (across * across + up * up).add_(1.0).rsqrt_()
    return across.neg_().mul_(nz), up.neg_().mul_(nz), nz


def _lay_hair(picture: Tensor, pigment: Tensor, light: Light, sheet: Sheet) -> None:
    lit = pigment * sheet.shade[:, None]
    if sheet.gloss is not None:
        lit += light.key * sheet.gloss[:, None]
    paint(picture, lit, sheet.share)


def _lay_some(picture: Tensor, pigment: Tensor, light: Light, sheet: Sheet, faces: Tensor) -> None:
    part = picture[faces]
    _lay_hair(part, pigment[faces], pick(light, faces), sheet)
    picture[faces] = part


def _wear(draw, faces: Tensor, f: Numbers, body: Anatomy, light: Light, s: Surface, picture: Tensor) -> None:
    """Call `draw` for the `faces` that wear the thing."""
    if len(faces):
        part = picture[faces]
        draw(f.pick(faces), pick(body, faces), pick(light, faces), pick(s, faces), part)
        picture[faces] = part


def _ears(f: Numbers, body: Anatomy, s: Surface, light: Light, base: Tensor, picture: Tensor) -> None:
    """Paint both ears where the head does not hide them."""
    view, ellipsoids = s.view, Ellipsoids(s.view)
    grow = 1.0 + 0.08 * f.ears + 0.10 * body.old
    for side in (-1.0, 1.0):
        form: Form = ellipsoids.form(
            [side * 0.715 * body.width, 0.01, -0.02], [0.085 * grow, 0.235 * grow, 0.13 * grow]
        )
        front, outline = form.front()
        x, y, z = view.head_point(front)
        seen = cover(outline, view.pixel) * smoothstep(0.0, 0.04, front - s.depth + (1.0 - s.share) * 9.0)
        nx = ((x - side * 0.715 * body.width) / 0.10).clamp_(-1.0, 1.0) * view.across[:, 0, None, None]
        lit = light.diffuse(nx, 0.2 + 0.0 * nx, (1.0 - 0.7 * nx * nx), 0.3)
        bowl = bump(y - 0.03, z + 0.01, 0.16 * grow, 0.085 * grow)
        tone = light.ambient + light.key * (lit * 0.72)[:, None]
        tone = tone * (0.62 + 0.38 * smoothstep(0.68, 0.79, x.abs() / body.width))[:, None]
        flesh = base * torch.tensor([0.97, 0.84, 0.83], device=base.device).view(1, 3, 1, 1)
        paint(picture, flesh * tone * (1.0 - 0.5 * bowl)[:, None], seen)


def _camera(f: Numbers, picture: Tensor, size: int) -> Tensor:
    """Linear light to a display picture in [-1, 1], through a slightly soft lens and a slightly noisy sensor."""
    share = (f.blur * 0.30)[:, None]
    reach = max(1, size // 96)
    padded = torch.nn.functional.pad(picture, (reach,) * 4, mode="replicate")
    rows = padded[:, :, reach:-reach]
    rows = rows + share * (0.5 * (padded[:, :, 2 * reach :] + padded[:, :, : -2 * reach]) - rows)
    middle = rows[:, :, :, reach:-reach]
    soft = middle + share * (0.5 * (rows[:, :, :, 2 * reach :] + rows[:, :, :, : -2 * reach]) - middle)
    shown = soft.clamp_(0.0, 4.0)
    # A shoulder in place of clipping, then the display's gamma of 2.
    shown = (shown * (1.0 + 0.10 * shown) / (1.0 + 0.22 * shown)).sqrt_()
    noise = grain(f.factors.noise_seed, size) * (0.002 + 0.020 * f.noise)[:, None]
    return (shown + noise).clamp_(0.0, 1.0).mul_(2.0).sub_(1.0)


def _draw_features(
    f: Numbers, body: Anatomy, s: Surface, albedo: Tensor, base: Tensor, hair: Tensor, light: Light
) -> Tensor:
    """Draw the face's features into `albedo`, each in the rows it can reach; return the catch light (n, H, W)."""
    soft = 2.5 * s.view.pixel  # how far antialiasing carries a feature
    nose = band(s.view, body.nose_y - 0.12 - soft, body.nose_y + 0.18 + soft, 0.45, 0.25, 1.2)
    features.nostrils(f, body, s.rows(nose), albedo[:, :, nose])
    lips = band(s.view, body.mouth_y - 0.36 - soft, body.mouth_y + 0.24 + soft, 0.55, 0.25, 1.15)
    features.mouth(f, body, s.rows(lips), albedo[:, :, lips], base)
    bearded = features.may_be_bearded(f)
    if len(bearded):
        jaw = band(s.view, -1.2, 0.36, 0.9, -0.2, 1.2)
        some = pick(s.rows(jaw), bearded)
        patch = albedo[bearded, :, jaw]
        features.facial_hair(f.pick(bearded), pick(body, bearded), some, patch, hair[bearded])
        albedo[bearded, :, jaw] = patch
    over = band(s.view, body.brow_y - 0.18 - soft, body.brow_y + 0.18 + soft, 0.75, 0.25, 1.1)
    features.brows(f, body, s.rows(over), albedo[:, :, over], hair, base)
    look = band(s.view, body.eye_y - 0.15 - soft, body.eye_y + 0.24 + soft, 0.75, 0.25, 1.1)
    spark = torch.zeros_like(s.depth)
    spark[:, look] = features.eyes(f, body, s.rows(look), albedo[:, :, look], light.in_head)
    return spark


def _side_by_side(draw: Callable[[int], None], firsts: range, workers: int) -> None:
    """Call `draw` for each of `firsts`, in `workers` threads of which each computes alone.

    A chunk's kernels are short: side by side, whole chunks keep the threads busy, which wait for each other after
    every kernel where they share one.
    """
    # Freed once, a large block has the C library keep what is freed later, rather than give every field of the picture
    # back to the system and fault it in again.
    torch.empty(31 * 2**20, dtype=torch.uint8)
    workers = min(workers, len(firsts))
    if workers <= 1:
        for first in firsts:
            draw(first)
        return
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            list(pool.map(draw, firsts))
    finally:
        torch.set_num_threads(threads)  # the workers set it for threads to come as well as for themselves


def _render_chunk(factors: Factors, size: int) -> Tensor:
    f = Numbers(factors)
    view = View.of(factors, size)
    ellipsoids = Ellipsoids(view)
    body, light = Anatomy.of(f), Light.of(f, view)
    s, distance = Surface.of(f, body, view, ellipsoids, size)
    base = base_colour(f)
    hair_pigment, pigment = hair_colour(f)
    hair = Hair(f, body, view, ellipsoids, light, size)

    picture = background(f, view, size)
    flowing, curtain = hair.hanging()
    if curtain:
        _lay_some(picture, pigment, light, curtain.curtain_back(), flowing)
    _lay_hair(picture, pigment, light, hair.cap_back())
    below = span(view.y[:, :, 0] < -0.3 + view.pixel[:, 0])
    middle, half = neck(f, body, view.rows(below), light, base, distance[:, below], picture[:, :, below])
    below = span(view.y[:, :, 0] < -0.45 + view.pixel[:, 0])
    clothes(f, view.rows(below), light, middle, half, picture[:, :, below], size)

    albedo = skin(f, body, s, base)
    spark = _draw_features(f, body, s, albedo, base, hair_pigment, light)
    nx, ny, nz = _normal(s.depth + relief(f, body, s) * view.toward[:, 2, None, None].clamp(min=0.3), view.pixel)
    diffuse = light.diffuse(nx, ny, nz, 0.22)
    cap, edge = hair.cap_front(s.depth, s.share)
    rooted = 1.0 - 0.35 * smoothstep(-0.16, 0.02, edge) * hair.density * smoothstep(0.0, 0.25, s.y)
    ambient = (0.72 + 0.28 * ny) * (0.35 + 0.65 * nz) * rooted
    through = diffuse * (1.0 - diffuse)  # light that has travelled through skin is redder
    face = albedo * (light.ambient * ambient[:, None] + light.key * (diffuse * rooted)[:, None])
    face[:, 0] *= 1.0 + 0.35 * through
    face += light.key * (light.sheen(nx, ny, nz) * (0.05 + 0.05 * f.skin_tone) * rooted + spark)[:, None]
    paint(picture, face, s.share)
    _lay_hair(picture, pigment, light, cap)
    sides = band(view, -0.36, 0.38, 0.95, -0.3, 0.3)
    _ears(f, body, s.rows(sides), light, base, picture[:, :, sides])
    _wear(worn.earrings, f.worn("earrings"), f, body, light, s, picture)
    if curtain:
        _lay_some(picture, pigment, light, curtain.curtain_front(), flowing)
    _wear(worn.glasses, f.worn("glasses"), f, body, light, s, picture)
    return _camera(f, picture, size)


def render(factors: Factors, size: int, chunk: int | None = None) -> Tensor:
    """Pictures (N, 3, size, size) in [-1, 1] of the faces `factors` describe, on their device.

    A picture depends on its own factors alone. Chunks of faces are drawn at once; on a processor as many of them side
    by side as torch has threads (`torch.get_num_threads`). Memory beyond the result grows with `chunk`, the number of
    faces in one; by default as many as fit a processor's cache.

    Raises:
        ValueError: size outside 16 to 256, chunk below 1, or a factor outside its range.
    """
    if not SIZES[0] <= size <= SIZES[1]:
        raise ValueError(f"expected a size of {SIZES[0]} to {SIZES[1]} pixels, found {size}")
    on_processor = factors.device.type == "cpu"
    workers = torch.get_num_threads() if on_processor else 1
    if chunk is None:
        chunk = max(1, (2**18 if on_processor else 2**22) // size**2)
        if len(factors) < workers * chunk:  # some for every worker
            chunk = max(1, -(-len(factors) // workers))
    if chunk < 1:
        raise ValueError(f"expected a chunk of at least 1 face, found {chunk}")
    factors.validate()
    pictures = torch.empty((len(factors), 3, size, size), device=factors.device)

    def draw(first: int) -> None:
        with torch.no_grad():  # a setting of each thread
            pictures[first : first + chunk] = _render_chunk(factors[first : first + chunk], size)

    _side_by_side(draw, range(0, len(factors), chunk), workers)
    return pictures


def sample(n: int, seed: int, size: int = 64, start: int = 0, chunk: int | None = None) -> tuple[Factors, Tensor]:
    """Factors and pictures (n, 3, size, size) in [-1, 1] of faces `start` to `start + n - 1` of the sequence `seed`."""
    factors = sample_factors(n, seed, start)
    return factors, render(factors, size, chunk)
