"""Section 3.1 of the paper, its argument: a loss is a mean over many pixels, so the central limit theorem applies.

The theorem wants many terms that are nearly independent. Over images, with pixel losses e_p of mean variance s2 and
mean covariance c between different pixels, the loss over J of P pixels chosen at random has on average the variance

    V(J) = c + (s2 - c) / J,    against    s2 / J    if pixels were independent,

so that L, the loss over all P, varies as if over s2 / V(P) independent pixels, and no J brings V below c.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor


def pixel_losses(v: Tensor, reconstruction: Tensor, eta: int = 1) -> NDArray[np.float64]:
    """|v - D(v)|^eta of each pixel, a mean over its channels; the mean over pixels is L(v).

    Raises ValueError for other shapes, and for another eta.

    Args:
        v, reconstruction: images (N, C, H, W) in [-1, 1] and D(v).
        eta: 1 or 2.

    Returns:
        (N, H, W) float64.
    """
    if v.shape != reconstruction.shape or v.dim() != 4:
        raise ValueError(
            f"expected images (N, C, H, W) and reconstructions of the same shape, found {tuple(v.shape)} and "
            f"{tuple(reconstruction.shape)}."
        )
    if eta not in (1, 2):
        raise ValueError(f"eta is {eta!r}: expected 1 or 2 (section 3.1).")
    return ((v - reconstruction).abs().double() ** eta).mean(1).cpu().numpy()


def _checked(losses: ArrayLike) -> NDArray[np.float64]:
    losses = np.asarray(losses, dtype=np.float64)
    if losses.ndim != 3 or len(losses) < 2 or losses[0].size < 2:
        raise ValueError(f"expected pixel losses (N, H, W) of at least 2 images of 2 pixels, found {losses.shape}.")
    if not np.isfinite(losses).all():
        raise ValueError("expected finite pixel losses, found NaN or an infinite one.")
    return losses


@dataclass(frozen=True)
class PixelVariance:
    """How the variance of a loss over images comes about from its pixels."""

    pixels: int  # P
    single: float  # s2: variance over images of one pixel's loss, mean over pixels
    shared: float  # c: covariance of two different pixels' losses, mean over pairs

    @property
    def correlation(self) -> float:
        """c / s2, the mean correlation of two pixels (a ratio of means)."""
        return self.shared / self.single

    @property
    def effective(self) -> float:
        """The number of independent pixels whose mean would vary as L does: P / (1 + (P - 1) correlation)."""
        return self.single / float(self.over(self.pixels))

    def over(self, count: ArrayLike) -> NDArray[np.float64]:
        """V(J) = c + (s2 - c) / J: variance of the loss over J random pixels, mean over the choices of pixels."""
        return self.shared + (self.single - self.shared) / np.asarray(count, dtype=np.float64)

    def if_independent(self, count: ArrayLike) -> NDArray[np.float64]:
        """s2 / J."""
        return self.single / np.asarray(count, dtype=np.float64)


def pixel_variance(losses: ArrayLike) -> PixelVariance:
    """The variance of pixel losses (N, H, W) over the N images, taken apart.

    All pairs of pixels at once: the variance of their mean is the mean of their P x P covariance matrix.
    Raises ValueError for losses of another shape, not finite, or the same in all images.
    """
    losses = _checked(losses)
    flat = losses.reshape(len(losses), -1)
    pixels, single = flat.shape[1], float(flat.var(0).mean())
    if single == 0:
        raise ValueError("expected pixel losses that differ between images, found the same in all: repeated images?")
    shared = (pixels * float(flat.mean(1).var()) - single) / (pixels - 1)
    return PixelVariance(pixels, single, shared)


def correlation_by_distance(
    losses: ArrayLike,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Correlation over images of two pixels' losses against their distance in the picture.

    Returns distances in pixels, rounded to whole numbers from 0; mean covariance at that distance over the mean
    variance; and the share of all ordered pairs at that distance, so that the mean of the second weighted by the third
    is 1 / `PixelVariance.effective`. Each is (distances,). ValueError for losses of another shape or not finite.
    """
    losses = _checked(losses)
    _, height, width = losses.shape
    padded = (2 * height, 2 * width)  # room for all displacements: no pair is counted around the edge
    spectrum = np.abs(np.fft.rfft2(losses - losses.mean(0), padded)) ** 2
    products = np.fft.irfft2(spectrum.mean(0), padded)  # summed over pairs, by displacement
    pairs = np.fft.irfft2(np.abs(np.fft.rfft2(np.ones((height, width)), padded)) ** 2, padded)
    down, across = (np.minimum(np.arange(2 * side), 2 * side - np.arange(2 * side)) for side in (height, width))
    distance = np.rint(np.hypot(down[:, None], across)).astype(int).ravel()
    possible = pairs.ravel() > 0.5
    summed = np.bincount(distance[possible], products.ravel()[possible])
    counted = np.bincount(distance[possible], pairs.ravel()[possible])
    return np.arange(len(counted)), summed / counted * (height * width) / products[0, 0], counted / counted.sum()


def mix_pixels(losses: ArrayLike, rng: np.random.Generator) -> NDArray[np.float64]:
    """Pictures of losses put together from pixels of other images, each place from an image at random, (N, H, W).

    Every pixel keeps its distribution; pixels become independent. ValueError for losses of another shape or not finite.
    """
    return rng.permuted(_checked(losses), axis=0)


def means_of_random_pixels(losses: ArrayLike, rng: np.random.Generator) -> NDArray[np.float64]:
    """Losses over the first J pixels of one random order, the same for all images: (N, P), column J - 1 for J.

    The last column is L. ValueError for losses of another shape or not finite.
    """
    losses = _checked(losses)
    flat = losses.reshape(len(losses), -1)
    order = rng.permutation(flat.shape[1])
    return np.cumsum(flat[:, order], axis=1) / np.arange(1, len(order) + 1)
