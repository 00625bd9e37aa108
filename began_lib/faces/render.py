"""Factors to pictures: the head is traced, painted, lit, and laid over hair, neck, clothes and background."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import torch
from torch import Tensor

from began_lib.faces import features, worn
from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.factors import Factors, sample_factors
from began_lib.faces.falloff import bump, cover, smoothstep
from began_lib.faces.geometry import Ellipsoids, Patch, View, band, solids, span
from began_lib.faces.hair import Cut, Hair, Sheet, crown, hair_colour
from began_lib.faces.light import Light
from began_lib.faces.scene import background, clothes, neck
from began_lib.faces.skin import base_colour, relief, skin
from began_lib.faces.surface import Surface, paint, pick
from began_lib.faces.texture import GRAIN, grain

__all__ = ["render", "sample"]

SIZES = (16, 256)  # smallest and largest side of a picture


def _slope(depth: Tensor, axis: int) -> Tensor:
    """Slope of `depth`, in pixels, along rows (2) or columns (1), by differences, one-sided at the border.

    The central difference, held near the smaller of the two one-sided ones: where a nose hides a cheek the depth
    jumps, and the jump is no slope.
    """
    steps = depth.diff(dim=axis)
    first, last = steps.narrow(axis, 0, 1), steps.narrow(axis, steps.shape[axis] - 1, 1)
    before, after = torch.cat([first, steps], axis), torch.cat([steps, last], axis)
    limit = torch.minimum(before.abs(), after.abs()).mul_(2.0).add_(0.4).clamp_(max=3.0)
    central = before.add_(after).mul_(0.5)
    return torch.clamp(central, -limit, limit)


def _normal(depth: Tensor, step: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Unit normal in camera axes of the surface at `depth`."""
    depth = depth * (1.0 / step)
    across, down = _slope(depth, 2), _slope(depth, 1)
    nz = across.square().addcmul_(down, down).add_(1.0).rsqrt_()
    return across.neg_().mul_(nz), down.mul_(nz), nz


def _lay_hair(picture: Tensor, pigment: Tensor, light: Light, sheet: Sheet) -> None:
    lit = pigment * sheet.shade[:, None]
    if sheet.gloss is not None:
        lit.addcmul_(light.key, sheet.gloss[:, None])
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
    grow = 1.0 + 0.08 * f.ears + 0.10 * body.old
    flesh = base * torch.tensor([0.97, 0.84, 0.83], device=base.device).view(1, 3, 1, 1)
    ambient, key = flesh * light.ambient, flesh * light.key * 0.72
    for side in (-1.0, 1.0):
        middle = side * 0.715 * body.width
        ear = solids([([middle, 0.01, -0.02], [0.085 * grow, 0.235 * grow, 0.13 * grow])], grow)
        patch = Patch.around(s.view, ear)
        view, part = patch.view, patch.cut(picture)
        front, outline = Ellipsoids(view).form(ear).front()
        x, y, z = view.head_point(front)
        before = (front - patch.cut(s.depth)).add_(patch.cut(s.share), alpha=-9.0)
        seen = cover(outline, view.pixel).mul_(smoothstep(-9.0, -8.96, before))
        nx = (x - middle).mul_(10.0).clamp_(-1.0, 1.0).mul_(view.across[:, 0, None, None])
        lit = light.diffuse(nx, torch.full_like(nx, 0.2), torch.addcmul(nx.new_ones(()), nx, nx, value=-0.7), 0.3)
        bowl = bump(y - 0.03, z + 0.01, 0.16 * grow, 0.085 * grow)
        tone = smoothstep(0.68, 0.79, x.abs().mul_(1.0 / body.width)).mul_(0.38).add_(0.62)
        tone.mul_(bowl.mul_(-0.5).add_(1.0))
        paint(part, (key * lit[:, None]).add_(ambient).mul_(tone[:, None]), seen)
        patch.put(part, picture)


def _camera(f: Numbers, picture: Tensor, size: int) -> Tensor:
    """Linear light to a display picture in [-1, 1], through a slightly soft lens and a slightly noisy sensor."""
    share = (f.blur * 0.30)[:, None]
    reach = max(1, size // 96)
    padded = torch.nn.functional.pad(picture, (reach,) * 4, mode="replicate")
    rows = (padded[:, :, 2 * reach :] + padded[:, :, : -2 * reach]).mul_(0.5 * share)
    rows.addcmul_(padded[:, :, reach:-reach], 1.0 - share)
    shown = (rows[:, :, :, 2 * reach :] + rows[:, :, :, : -2 * reach]).mul_(0.5 * share)
    shown.addcmul_(rows[:, :, :, reach:-reach], 1.0 - share).clamp_(0.0, 4.0)
    # A shoulder in place of clipping, then the display's gamma of 2; black is -1 and white is 1.
    shoulder = (shown * (0.25 * 0.22)).add_(0.25)
    shown = shown.addcmul_(shown, shown, value=0.10).div_(shoulder).sqrt_().sub_(1.0)
    amount = (0.004 + 0.040 * f.noise)[:, None] / GRAIN
    return shown.addcmul_(grain(f.column("noise_seed"), size), amount).clamp_(-1.0, 1.0)


def _shaded(cut: Cut, s: Surface, top: slice, root: Tensor) -> Tensor:
    """Share of the light (n, H, W) that the hair at distance `root`, in the rows `top`, leaves to the skin below it."""
    rooted = torch.ones_like(s.depth)
    shadow = smoothstep(-0.16, 0.02, root).mul_(cut.density).mul_(smoothstep(0.0, 0.25, s.y[:, top]))
    rooted[:, top].sub_(shadow, alpha=0.35)
    return rooted


def _lit(f: Numbers, body: Anatomy, s: Surface, albedo: Tensor, light: Light, rooted: Tensor, spark: Tensor) -> Tensor:
    """The head's own light, (n, 3, H, W): skin of colour `albedo`, and the catch light `spark`."""
    height = relief(f, body, s)
    nx, ny, nz = _normal(height.mul_(s.view.toward[:, 2, None, None].clamp(min=0.3)).add_(s.depth), s.view.pixel)
    diffuse = light.diffuse(nx, ny, nz, 0.22)
    sheen = light.sheen(nx, ny, nz).mul_(0.05 + 0.05 * f.skin_tone).mul_(rooted).add_(spark)
    through = torch.addcmul(diffuse, diffuse, diffuse, value=-1.0)  # light that has travelled through skin is redder
    ambient = ny.mul_(0.28).add_(0.72).mul_(nz.mul_(0.65).add_(0.35)).mul_(rooted)
    face = light.key * diffuse.mul_(rooted)[:, None]
    face.addcmul_(light.ambient, ambient[:, None]).mul_(albedo)
    face[:, 0] *= through.mul_(0.35).add_(1.0)
    return face.addcmul_(light.key, sheen[:, None])


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


@dataclass
class Batch:
    """What holds for every pixel of a face, for n faces: made once, and cut into chunks."""

    numbers: Numbers
    view: View
    body: Anatomy
    light: Light
    head: Tensor  # ellipsoids, (n, 9, 6)
    cut: Cut  # of the hair
    skin: Tensor  # colours, (n, 3, 1, 1)
    hair: Tensor
    pigment: Tensor  # of the hair, or of what covers it

    @classmethod
    def of(cls, factors: Factors, size: int) -> Batch:
        """Measure the faces of `factors` for pictures of `size` pixels."""
        f, view = Numbers(factors), View.of(factors, size)
        body = Anatomy.of(f)
        return cls(f, view, body, Light.of(f, view), body.head(f), Cut.of(f, body), base_colour(f), *hair_colour(f))


def _draw(batch: Batch, size: int) -> Tensor:
    f, view, body, light, base = batch.numbers, batch.view, batch.body, batch.light, batch.skin
    s, distance = Surface.of(batch.head, view, Ellipsoids(view), size)
    picture = background(f, view, size)
    flowing = (batch.cut.length > 0.0)[:, 0, 0].nonzero()[:, 0]
    if len(flowing):
        some = pick(batch, flowing)
        curtain = Hair(some.cut, some.numbers, some.body, some.view, some.light, size)
        _lay_some(picture, batch.pigment, light, curtain.curtain_back(), flowing)
    top = crown(batch.cut, view)
    hair = Hair(batch.cut, f, body, view.rows(top), light, size)
    _lay_hair(picture[:, :, top], batch.pigment, light, hair.cap_back())
    below = span(view.y[:, :, 0] < -0.3 + view.pixel[:, 0])
    middle, half = neck(f, body, view.rows(below), light, base, distance[:, below], picture[:, :, below])
    below = span(view.y[:, :, 0] < -0.45 + view.pixel[:, 0])
    clothes(f, view.rows(below), light, middle, half, picture[:, :, below], size)

    albedo = skin(f, body, s, base)
    spark = _draw_features(f, body, s, albedo, base, batch.hair, light)
    cap, root = hair.cap_front(s.depth[:, top], s.share[:, top])
    paint(picture, _lit(f, body, s, albedo, light, _shaded(batch.cut, s, top, root), spark), s.share)
    _lay_hair(picture[:, :, top], batch.pigment, light, cap)
    _ears(f, body, s, light, base, picture)
    _wear(worn.earrings, f.worn("earrings"), f, body, light, s, picture)
    if len(flowing):
        _lay_some(picture, batch.pigment, light, curtain.curtain_front(), flowing)
    _wear(worn.glasses, f.worn("glasses"), f, body, light, s, picture)
    return _camera(f, picture, size)


def _by_height(batch: Batch) -> Tensor:
    """Indices of the faces in the order of the height, in the picture, of a point between nose and lips.

    A chunk draws a feature in every row that shows it in any of its faces: the fewer, the more alike their heights.
    """
    view = batch.view
    height = ((torch.tensor([0.0, 0.0, 0.9], device=view.up.device) - view.origin) * view.up).sum(1, keepdim=True)
    return ((height - view.y[:, 0]) / view.pixel[:, 0])[:, 0].argsort()


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
    with torch.inference_mode():
        batch = Batch.of(factors, size)
        order = _by_height(batch)
    pictures = torch.empty((len(factors), 3, size, size), device=factors.device)

    def draw(first: int) -> None:
        faces = order[first : first + chunk]
        with torch.inference_mode():  # a setting of each thread
            pictures[faces] = _draw(pick(batch, faces), size)

    _side_by_side(draw, range(0, len(factors), chunk), workers)
    return pictures


def sample(n: int, seed: int, size: int = 64, start: int = 0, chunk: int | None = None) -> tuple[Factors, Tensor]:
    """Factors and pictures (n, 3, size, size) in [-1, 1] of faces `start` to `start + n - 1` of the sequence `seed`."""
    factors = sample_factors(n, seed, start)
    return factors, render(factors, size, chunk)
