"""Section 4.3, space continuity: the code z_r of a real image, paths between codes, and what tells them from memory.

    z_r = argmin_z |x_r - G(z)|,    e_r = |x_r - G(z_r)|,    found with Adam from several starts.

A generator here is any callable that takes codes (N, latent) to images (N, ...) and that autograd can follow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from began_lib.equilibrium import reconstruction_loss
from began_lib.models import require_unit_range

Map = Callable[[Tensor], Tensor]
Path = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Inversion:
    """What the search for z_r found, for N images and S starts each."""

    codes: Tensor  # (N, S, latent): from each start the best code that was met
    errors: Tensor  # (N, S): its e_r, the mean of |x_r - G(z)| over pixels and channels
    course: Tensor  # (steps + 1, N, S): e_r at the start and after each step

    @property
    def best(self) -> Tensor:
        """The code z_r: the best of all starts, (N, latent)."""
        return self.codes[torch.arange(len(self.codes)), self.errors.argmin(dim=1)]

    @property
    def error(self) -> Tensor:
        """The error e_r of the best start, (N,)."""
        return self.errors.min(dim=1).values

    @property
    def spread(self) -> Tensor:
        """The error e_r of the worst start minus that of the best, (N,)."""
        return self.errors.max(dim=1).values - self.error


def invert(
    generator: Map, images: Tensor, starts: Tensor, steps: int = 200, learning_rate: float = 0.1, limit: float = 1.0
) -> Inversion:
    """Search z_r for each image with Adam, from each of its starts (section 4.3).

    The rate falls to 0 along half a cosine: with a constant rate the error of an absolute value never settles. All
    searches run side by side; none feels another, since Adam treats every number on its own.

    Args:
        generator: G.
        images: x_r, (N, ...) in [-1, 1], on the generator's device.
        starts: codes to start from, (N, S, latent).
        steps: of Adam.
        learning_rate: of Adam at the start, in units of z.
        limit: after each step every component of z is brought back to [-limit, limit]. G was trained in the cube with
            limit 1; math.inf lets z go anywhere.

    Raises:
        ValueError: shapes that do not fit, starts outside the limit, or images outside their range.
    """
    if starts.dim() != 3 or len(starts) != len(images):
        raise ValueError(f"expected starts of shape ({len(images)}, S, latent), found {tuple(starts.shape)}.")
    if steps < 1 or not learning_rate > 0:
        raise ValueError(f"expected at least 1 step and a positive rate, found {steps} and {learning_rate!r}.")
    if starts.abs().max() > limit:
        raise ValueError(f"a start lies outside [-{limit:g}, {limit:g}]: draw starts with sample_z or widen the limit.")
    z = starts.detach().flatten(0, 1).clone().requires_grad_()
    if images.dim() == 4:
        require_unit_range(images)
    target = images.repeat_interleave(starts.shape[1], dim=0)
    adam = torch.optim.Adam([z], lr=learning_rate)
    codes, errors, course = z.detach().clone(), torch.full((len(z),), math.inf, device=z.device), []
    for step in range(steps + 1):
        error = reconstruction_loss(target, generator(z))
        course.append(error.detach())
        better = course[-1] < errors
        errors = torch.where(better, course[-1], errors)
        codes = torch.where(better[:, None], z.detach(), codes)
        if step < steps:
            # Only z has a gradient: G's weights are not asked for theirs.
            (z.grad,) = torch.autograd.grad(error.sum(), z)
            adam.param_groups[0]["lr"] = learning_rate * (1 + math.cos(math.pi * step / steps)) / 2
            adam.step()
            with torch.no_grad():
                z.clamp_(-limit, limit)
    shape = starts.shape[:2]
    return Inversion(codes.view(starts.shape), errors.view(shape), torch.stack(course).view(-1, *shape))


def straight(first: Tensor, last: Tensor, t: Tensor) -> Tensor:
    """The straight line of the paper, (1 - t) first + t last. Codes (latent,), t (n,) in [0, 1]; (n, latent).

    A cube is convex: between two codes inside it the line stays inside. Raises ValueError for other shapes or t.
    """
    t = _checked(first, last, t)
    return (1 - t) * first + t * last


def spherical(first: Tensor, last: Tensor, t: Tensor) -> Tensor:
    """Spherical interpolation (Shoemake 1985; White 2016), made for normal codes: it keeps |z| up, and leaves the cube.

    Shapes and errors as for :func:`straight`. Codes in (nearly) one direction are joined by a straight line.
    """
    t = _checked(first, last, t)
    cosine = torch.dot(first, last) / (first.norm() * last.norm()).clamp_min(1e-12)
    angle = cosine.clamp(-1, 1).acos()
    if angle.sin() < 1e-4:
        return (1 - t) * first + t * last
    return (((1 - t) * angle).sin() * first + (t * angle).sin() * last) / angle.sin()


def matched(first: Tensor, last: Tensor, t: Tensor) -> Tensor:
    """An arc in each component that stays in the cube and keeps the law of z (after Agustsson et al. 2019).

    If both ends are uniform in the cube, the point at t of the straight line is not: each component has a trapezoid's
    density. Here each component goes through that trapezoid's distribution function, which makes it uniform again at
    every t. Shapes and errors as for :func:`straight`; ValueError too for codes outside the cube.
    """
    t = _checked(first, last, t)
    if max(first.abs().max(), last.abs().max()) > 1:
        raise ValueError("a code lies outside the cube [-1, 1]: matched paths are defined inside.")
    x = (1 - t) * first + t * last
    wide, narrow = torch.maximum(t, 1 - t), torch.minimum(t, 1 - t)
    # The trapezoid is flat, with height 1 / (2 wide), up to wide - narrow, and falls to 0 at wide + narrow = 1.
    slope = 1 - (1 - x.abs()).square() / (4 * wide * narrow).clamp_min(1e-12)
    inside = torch.where(x.abs() <= wide - narrow, x.abs() / wide, slope)
    return x.sign() * inside


PATHS: dict[str, Path] = {"straight": straight, "spherical": spherical, "matched": matched}


def _checked(first: Tensor, last: Tensor, t: Tensor) -> Tensor:
    if first.dim() != 1 or first.shape != last.shape or t.dim() != 1:
        shapes = ", ".join(str(tuple(v.shape)) for v in (first, last, t))
        raise ValueError(f"expected two codes of shape (latent,) and positions of shape (n,), found {shapes}.")
    if not bool(((t >= 0) & (t <= 1)).all()):
        raise ValueError("a position t lies outside [0, 1].")
    return t.to(first)[:, None]


def step_sizes(images: Tensor) -> Tensor:
    """Mean |difference| of each image from the one before, (n - 1,), for a row of images (n, ...)."""
    return reconstruction_loss(images[1:], images[:-1])


def smoothness(images: Tensor) -> float:
    """The largest step of a row of images over its mean step: 1 when even, n - 1 when all of it is one jump.

    Raises ValueError for fewer than three images, which have no step to compare, and for images that are all equal.
    """
    if len(images) < 3:
        raise ValueError(f"found {len(images)} images: expected at least 3, so that there are steps to compare.")
    steps = step_sizes(images)
    if not steps.sum() > 0:
        raise ValueError("the images of the row are all equal, or hold values that are no numbers: no steps.")
    return float(steps.max() / steps.mean())


def departure(images: Tensor) -> float:
    """How far the middle of a row is from the cross-fade of its ends, over the distance of the ends.

    0 for a cross-fade, and so for a row that a linear generator makes along a straight line. Raises ValueError
    unless there is an odd number of at least 3 images without NaN, whose ends differ.
    """
    if len(images) % 2 == 0 or len(images) < 3:
        raise ValueError(
            f"found {len(images)} images: expected an odd number of at least 3, so that one is the middle."
        )
    first, middle, last = images[0], images[len(images) // 2], images[-1]
    away, direct = (middle - (first + last) / 2).abs().mean(), (first - last).abs().mean()
    if not (direct > 0 and away >= 0):
        raise ValueError("the first and the last image are equal, or an image holds values that are no numbers.")
    return float(away / direct)
