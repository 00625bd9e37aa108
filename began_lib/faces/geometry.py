"""Where a pixel meets the head: an orthographic camera, ellipsoids, and the sphere tracing of their smooth union.

Lengths are in units of half a picture at zoom 1, about 96 mm of a real head. Camera axes: X to the right of the
picture, Y up, Z towards the viewer. Head axes: x to the picture's right in a frontal face, y up, z out of the face;
the origin lies between the ears. A field is a tensor (n, H, W), a number per face is (n, 1, 1).

Along the ray of a pixel every ellipsoid's form is a quadratic a0 + a1 Z + a2 Z^2, so that the head's distance at a
depth costs a handful of multiplications and no rotation.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from began_lib.faces.factors import Factors
from began_lib.faces.falloff import between, per_face

__all__ = ["Ellipsoids", "Form", "Patch", "View", "band", "solids", "span", "trace"]

PIVOT = 0.35  # depth of the axis the head turns about, which keeps a turned face in the picture as an aligned crop does
RELAXATION = 1.25  # of a step of sphere tracing
FAR = 4.0  # depth that stands for "nothing here"
ROUNDING = 2e-5  # added to an ellipsoid's form, also at its surface, so that rounding leaves it positive


@dataclass
class View:
    """The camera of `n` faces: pixel centres X (n, 1, W) and Y (n, H, 1), pixel width (n, 1, 1), head axes (n, 3)."""

    x: Tensor
    y: Tensor
    pixel: Tensor
    across: Tensor  # head coordinates of the camera's X, Y and Z axes: the rows of the rotation
    up: Tensor
    toward: Tensor
    origin: Tensor  # head coordinates of the camera's origin

    @classmethod
    def of(cls, factors: Factors, size: int) -> View:
        """Camera and pose of `factors` for pictures of `size` pixels."""
        yaw, pitch, roll = (torch.deg2rad(c.double()) for c in (factors.yaw, factors.pitch, factors.roll))
        (sy, cy), (sp, cp), (sr, cr) = ((a.sin(), a.cos()) for a in (yaw, pitch, roll))
        zero = torch.zeros_like(sy)
        # Rows of Rz(roll) Rx(pitch) Ry(yaw).
        first = torch.stack([cy, zero, sy], 1)
        second = torch.stack([-sp * sy, cp, sp * cy], 1)
        third = torch.stack([-cp * sy, -sp, cp * cy], 1)
        across, up = cr[:, None] * first - sr[:, None] * second, sr[:, None] * first + cr[:, None] * second
        pivot = torch.tensor([0.0, 0.0, PIVOT], dtype=torch.float64, device=yaw.device)
        origin = pivot - third * PIVOT
        scale = 1.05 / (1.0 + 0.045 * per_face(factors.zoom))
        centres = (torch.arange(size, device=yaw.device, dtype=torch.float32) + 0.5) * (2.0 / size) - 1.0
        x = (centres - 0.035 * per_face(factors.shift_x)) * scale
        y = (-centres[:, None] - 0.035 * per_face(factors.shift_y)) * scale
        return cls(x, y, (2.0 / size) * scale, across.float(), up.float(), third.float(), origin.float())

    def rows(self, shown: slice) -> View:
        """The same camera, some rows of the picture only."""
        return replace(self, y=self.y[:, shown])

    def every_second(self) -> View:
        """The same camera, every second pixel of every second row."""
        return replace(self, x=self.x[:, :, ::2], y=self.y[:, ::2], pixel=2.0 * self.pixel)

    def head_point(self, depth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Head coordinates x, y, z of the points at `depth` (camera Z, (n, H, W)) behind every pixel."""
        point = []
        for i in range(3):
            row = self.x * self.across[:, i, None, None] + self.origin[:, i, None, None]
            plane = row + self.y * self.up[:, i, None, None]
            point.append(plane.addcmul_(depth, self.toward[:, i, None, None]))
        return point[0], point[1], point[2]

    def to_head(self, direction: Tensor) -> Tensor:
        """Head coordinates (n, 3) of a camera direction (n, 3)."""
        return direction[:, :1] * self.across + direction[:, 1:2] * self.up + direction[:, 2:] * self.toward


def band(view: View, low: Tensor | float, high: Tensor | float, half: float, back: float, front: float) -> slice:
    """Rows that may show any point of the box |x| <= half, low <= y <= high, back <= z <= front of any head.

    Work that has no effect outside the box may be left out of the other rows; the picture does not change.
    """
    ux, uy, uz = view.up[:, :, None, None].unbind(1)
    level = (view.origin * view.up).sum(1)[:, None, None]
    middle = (0.5 * (front + back)) * uz - level
    margin = half * ux.abs() + (0.5 * (front - back)) * uz.abs() + 1.5 * view.pixel
    above = view.y - middle
    # uy is positive: no head is upside down.
    return span(((above >= low * uy - margin) & (above <= high * uy + margin))[:, :, 0])


@dataclass
class Patch:
    """A rectangle (h, w) of each of n pictures (H, W), each at a place of its own, for what shows in it alone."""

    view: View  # of the rectangle
    pixels: Tensor  # of each picture, row by row, (n, h * w)

    @classmethod
    def around(cls, view: View, solid: Tensor) -> Patch:
        """The rectangles that show every point of the boxes around ellipsoids `solid` (n, 1, 6)."""
        centre, reach = solid[:, 0].split(3, dim=1)
        places = []
        for axis, pixels in ((view.across, view.x[:, 0]), (view.up, view.y[:, :, 0])):
            middle, half = (
                ((centre - view.origin) * axis).sum(1, keepdim=True),
                (reach * axis.abs()).sum(1, keepdim=True),
            )
            shown = (pixels - middle).abs() <= half + 1.5 * view.pixel[:, 0]
            size = max(1, int(shown.sum(1).max()))
            first = shown.to(torch.uint8).argmax(1, keepdim=True).clamp(max=pixels.shape[1] - size)
            places.append(first + torch.arange(size, device=pixels.device))
        columns, rows = places
        x, y = view.x.gather(2, columns[:, None]), view.y.gather(1, rows[:, :, None])
        pixels = (rows[:, :, None] * view.x.shape[2] + columns[:, None]).flatten(1)
        return cls(replace(view, x=x, y=y), pixels)

    def cut(self, field: Tensor) -> Tensor:
        """The rectangles of fields (n, H, W) or pictures (n, 3, H, W)."""
        pixels = self.pixels if field.ndim == 3 else self.pixels[:, None].expand(-1, 3, -1)
        shape = (*field.shape[:-2], self.view.y.shape[1], self.view.x.shape[2])
        return field.flatten(-2).gather(-1, pixels).view(shape)

    def put(self, part: Tensor, picture: Tensor) -> None:
        """Lay the rectangles `part` (n, 3, h, w) back into contiguous pictures (n, 3, H, W)."""
        picture.view(*picture.shape[:2], -1).scatter_(-1, self.pixels[:, None].expand(-1, 3, -1), part.flatten(-2))


def span(shown: Tensor) -> slice:
    """Rows from the first to the last where `shown` (n, H) holds for any face."""
    rows = shown.any(0).nonzero()[:, 0]
    return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)


def solids(parts: list[tuple[list, list]], like: Tensor) -> Tensor:
    """Ellipsoids (n, K, 6) of the n faces of `like`: centre and half-axes, each three of (n, 1, 1) or numbers."""
    numbers = [value for centre, radii in parts for value in (*centre, *radii)]
    columns = [v if isinstance(v, Tensor) else torch.full_like(like, v) for v in numbers]
    return torch.cat(columns, 1).view(len(like), len(parts), 6)


@dataclass
class Form:
    """One ellipsoid as seen through every pixel: q(Z) = a0 + a1 Z + a2 Z^2 is below scale^2 inside it."""

    a0: Tensor  # (n, H, W)
    a1: Tensor  # (n, H, W)
    a2: Tensor  # (n, 1, 1)
    scale: Tensor  # (n, 1, 1), sqrt(q) at the surface: makes sqrt(q) - scale a length
    rows: slice  # of the picture, which it is kept for

    def distance(self, depth: Tensor) -> Tensor:
        """Signed distance at `depth`, right to first order near the surface."""
        q = torch.addcmul(self.a1, depth, self.a2)
        return torch.addcmul(self.a0, q, depth, out=q).sqrt_().sub_(self.scale)

    def front(self) -> tuple[Tensor, Tensor]:
        """Depth of the front, or of the nearest approach of a ray that misses; and the outline's signed distance."""
        middle = self.a1 * (-0.5 / self.a2)
        least = self.a0 - (middle * middle).mul_(self.a2)  # of q along the ray
        outline = least.clamp(min=0.0).sqrt_().sub_(self.scale)
        return least.neg_().add_(self.scale.square()).clamp_(min=0.0).mul_(1.0 / self.a2).sqrt_().add_(middle), outline

    def back(self, front: Tensor) -> Tensor:
        """Depth of the far side of what `front` is the depth of."""
        return (self.a1 * (-1.0 / self.a2)).sub_(front)

    def within(self, rows: slice) -> Form:
        """The same form, kept for some rows of the picture only."""
        return replace(self, a0=self.a0[:, rows], a1=self.a1[:, rows], rows=rows)

    def near(self, rows: slice) -> Form:
        """As `within`, but for a picture that begins and ends with those rows."""
        first, last, _ = self.rows.indices(rows.stop)
        kept = slice(max(first, rows.start), max(first, rows.start, last))
        a0, a1 = (a[:, kept.start - first : kept.stop - first] for a in (self.a0, self.a1))
        return replace(self, a0=a0, a1=a1, rows=slice(kept.start - rows.start, kept.stop - rows.start))

    def every_second(self) -> Form:
        """The same form through every second pixel of every second row."""
        a0, a1 = self.a0[:, ::2, ::2].contiguous(), self.a1[:, ::2, ::2].contiguous()
        return replace(self, a0=a0, a1=a1)


class Ellipsoids:
    """Makes the forms of ellipsoids fixed to the n heads of a view."""

    def __init__(self, view: View) -> None:
        self.view = view

    def form(self, solid: Tensor) -> Form:
        """The form of one ellipsoid, `solid` (n or 1, 1, 6), for every pixel."""
        return self.forms(solid, [0.0])[0]

    def forms(self, solids: Tensor, tilts: list[float]) -> list[Form]:
        """One form for each of `solids` (n or 1, K, 6); its tilt turns it about the head's x axis, in radians."""
        view = self.view
        n, device = len(view.x), view.x.device
        c, r = solids.split(3, dim=2)  # (n, K, 3)
        # Seen from in front, distances matter in the picture's plane: the mean of the two cross half-axes.
        scale = ((r[..., :1] + r[..., 1:2]) / 2)[..., None]  # (n, K, 1, 1)
        stretch = scale[..., 0] / r
        surface = (scale.square() + ROUNDING).sqrt()
        tilt = torch.tensor(tilts, dtype=torch.float64)
        cos, sin = tilt.cos().float().to(device), tilt.sin().float().to(device)

        def turned(v: Tensor) -> Tensor:
            y, z = v[..., 1], v[..., 2]
            return torch.stack([v[..., 0].expand(n, len(tilts)), cos * y + sin * z, cos * z - sin * y], 2) * stretch

        gx, gy, gz = (turned(axis[:, None]) for axis in (view.across, view.up, view.toward))
        b = turned(view.origin[:, None] - c)

        def dot(p: Tensor, q: Tensor) -> Tensor:
            return (p * q).sum(2)[:, :, None, None]  # (n, K, 1, 1)

        x, y = view.x[:, None], view.y[:, None]
        columns0 = x * x * dot(gx, gx) + 2.0 * x * dot(b, gx) + (dot(b, b) + ROUNDING)
        rows0 = y * y * dot(gy, gy) + 2.0 * y * dot(b, gy)
        columns1, rows1 = 2.0 * x * dot(gx, gz) + 2.0 * dot(b, gz), 2.0 * y * dot(gy, gz)
        crossed = 2.0 * x * dot(gx, gy)
        a2 = dot(gz, gz)
        return [
            Form(
                torch.addcmul(columns0[:, k], crossed[:, k], y[:, 0]).add_(rows0[:, k]),
                columns1[:, k] + rows1[:, k],
                a2[:, k],
                surface[:, k],
                slice(None),
            )
            for k in range(len(tilts))
        ]


def _union(forms: list[Form], softness: list[float], depth: Tensor) -> Tensor:
    """Signed distance at `depth` of the smooth union of `forms`, each seam rounded over its softness.

    The first form is kept for every row; the others may be kept for the rows they reach.
    """
    union = forms[0].distance(depth)
    for form, k in zip(forms[1:], softness, strict=False):
        part = union[:, form.rows]
        other = form.distance(depth[:, form.rows])
        seam = (part - other).clamp_(-k, k).abs_().sub_(k)
        torch.minimum(part, other, out=part).addcmul_(seam, seam, value=-0.25 / k)
    return union


def trace(
    forms: list[Form],
    softness: list[float],
    reach: list[slice],
    protruding: int,
    start: Tensor,
    steps: int,
    pixel: Tensor,
) -> tuple[Tensor, Tensor]:
    """Meet the rays with a smooth union of `forms`, from depth `start` away from the viewer.

    The last `protruding` forms, a nose, stand out from the rest: sphere tracing of all together would come to rest
    beside them. The rest is smooth, and traced for every second pixel; the nose is met in closed form; a relaxed step
    and two of the secant method settle every pixel on the union of all. Each form may `reach` some rows only.

    Returns:
        The depth (n, H, W) of the surface, or of the ray's nearest approach where it misses; and the signed distance
        there, positive for a miss, whose coverage antialiases the outline.
    """
    size = start.shape[-1]
    trunk = [form.every_second() for form in forms[:-protruding]]
    depth = start[:, ::2, ::2].contiguous()
    best, nearest = depth, torch.full_like(depth, FAR)
    for _ in range(steps):
        union = _union(trunk, softness, depth)
        closer = (union < nearest).to(depth.dtype)
        best = best + closer * (depth - best)
        nearest = torch.minimum(nearest, union)
        # Longer than the distance, because most surfaces are met at a slant.
        depth = depth - union.mul_(RELAXATION)
    best = between(between(best, 1, size), 2, size)
    forms = [form.within(rows) for form, rows in zip(forms, reach, strict=True)]
    nearest = _union(forms[:-protruding], softness, best)
    value = nearest.clone()
    for form in forms[-protruding:]:
        front, outline = form.front()
        front.sub_((outline > -0.005).to(front.dtype).mul_(FAR))
        beside, before = nearest[:, form.rows], best[:, form.rows]
        torch.minimum(beside, outline, out=beside)
        torch.maximum(before, front, out=before)
    # A relaxed step from there, then two of the secant method: the slope along the ray is that of the last step.
    first = min(form.rows.start for form in forms[-protruding:])
    last = max(form.rows.stop for form in forms[-protruding:])
    nose = slice(first, last)
    value[:, nose] = _union([form.near(nose) for form in forms], softness, best[:, nose])
    step = value.clamp(-0.1, 0.1).mul_(-RELAXATION)
    for _ in range(2):
        best = best + step
        after = _union(forms, softness, best)
        nearest = torch.minimum(nearest, after)
        slope = (after - value).div_(step.add_((step == 0.0).to(step.dtype))).clamp_(0.2, 2.0)
        step = (after / slope).clamp_(-0.1, 0.1).neg_()
        value = after
    best = best + step
    # A ray that has converged is at distance 0, half a pixel's cover: its pixel is covered where the ray really enters.
    inside = _union(forms, softness, best - (0.05 + 0.8 * pixel))
    return best, torch.minimum(nearest, inside)
