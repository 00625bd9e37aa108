"""Sets of images to be scored: drawn from the data, and damaged on purpose to see which score moves.

A score that was not seen to move is not to be trusted. Each damage takes uint8 images (N, C, S, S) and gives as many of
the same shape, so that no score moves for the number of images. `reactions` measures damaged sets against undamaged
ones.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torchvision.transforms.functional import gaussian_blur

from began_lib.scores.features import Score, extract, ms_ssim, score_all
from began_lib.scores.networks import FeatureNetwork

__all__ = ["blur", "collapse", "draw", "drop", "mean_image", "noise", "reactions"]


def draw(pixels: np.ndarray, counts: tuple[int, ...], seed: int = 0) -> tuple[Tensor, ...]:
    """Disjoint sets of so many images each, drawn in random order from uint8 (N, C, S, S).

    Raises ValueError where there are too few.
    """
    if sum(counts) > len(pixels):
        raise ValueError(f"asked for {' and '.join(map(str, counts))} different images, there are only {len(pixels)}.")
    order = np.random.default_rng(seed).permutation(len(pixels))
    parts = np.split(order[: sum(counts)], np.cumsum(counts)[:-1])
    return tuple(torch.from_numpy(np.asarray(pixels[np.sort(part)]))[np.argsort(np.argsort(part))] for part in parts)


def blur(pixels: Tensor, sigma: float) -> Tensor:
    """Each image smoothed by a Gaussian of `sigma` pixels, above 0 and below a sixth of the side; else ValueError."""
    if not 0.0 < sigma < pixels.shape[-1] / 6:
        raise ValueError(f"sigma is {sigma}: expected above 0 and below {pixels.shape[-1] / 6:g}, a sixth of the side.")
    kernel = 2 * int(3 * sigma + 0.5) + 1
    return torch.cat([gaussian_blur(part, [kernel, kernel], [sigma, sigma]) for part in pixels.split(1024)])


def collapse(pixels: Tensor, modes: int, seed: int = 0) -> Tensor:
    """Only `modes` of the images, each as often as chance has it: sharp, real, and few.

    Raises ValueError unless `modes` is from 1 to the number of images.
    """
    if not 1 <= modes <= len(pixels):
        raise ValueError(f"modes is {modes}: expected 1 to {len(pixels)}, the number of images.")
    random = torch.Generator().manual_seed(seed)
    kept = torch.randperm(len(pixels), generator=random)[:modes]
    return pixels[kept[torch.randint(modes, (len(pixels),), generator=random)]]


def drop(pixels: Tensor, has: Tensor, seed: int = 0) -> Tensor:
    """The images in which `has` (N,) is true replaced by others in which it is not: what a lost factor looks like.

    Raises ValueError for `has` of another shape, and where it is true of all.
    """
    others = torch.nonzero(~has.bool()).flatten()
    if has.shape != pixels.shape[:1] or not len(others):
        raise ValueError(f"expected {len(pixels)} booleans of which one at least is false, found {tuple(has.shape)}.")
    random = torch.Generator().manual_seed(seed)
    index = torch.arange(len(pixels))
    lost = int(has.sum())
    index[has.bool()] = others[torch.randint(len(others), (lost,), generator=random)]
    return pixels[index]


def noise(pixels: Tensor, share: float, seed: int = 0) -> Tensor:
    """Each image mixed with uniform noise: 0 leaves it, 1 is noise alone; ValueError for another share."""
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share is {share}: expected 0 to 1.")
    random = torch.Generator().manual_seed(seed)
    drawn = torch.randint(256, pixels.shape, generator=random, dtype=torch.uint8)
    return torch.cat(
        [
            part.float().lerp(grain.float(), share).round_().to(torch.uint8)
            for part, grain in zip(pixels.split(1024), drawn.split(1024), strict=True)
        ]
    )


def mean_image(pixels: Tensor) -> Tensor:
    """The mean of all images, once, (1, C, S, S)."""
    total = sum(part.double().sum(0, keepdim=True) for part in pixels.split(1024))
    return (total / len(pixels)).round().to(torch.uint8)


def reactions(
    network: FeatureNetwork, reference: Tensor, sets: Mapping[str, Tensor], progress: bool = True
) -> dict[str, tuple[Score, ...]]:
    """All scores of each of `sets` against `reference`, uint8 images; give the undamaged images among them."""
    real = extract(network, reference, progress="reference" if progress else None)
    found = {}
    for name, pixels in sets.items():
        found[name] = (*score_all(extract(network, pixels, progress=name if progress else None), real), ms_ssim(pixels))
    return found
