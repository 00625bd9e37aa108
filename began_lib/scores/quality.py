"""How good a set of generated pictures is, in three numbers that ask no network of this suite.

Each has its floor or ceiling beside it when the pictures are real ones: measure held-out images in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from began_lib.scores.face_detector import face_rate
from began_lib.training.evaluation import diversity, shown
from began_lib.wasserstein import squared_distance

__all__ = ["Quality", "closest_pair", "distance_to_data", "diversity", "quality_of", "sharpness"]

POOLED = 4  # pictures are averaged down to so many pixels a side before their statistics are compared


@dataclass(frozen=True)
class Quality:
    """What `quality_of` found."""

    face_rate: float  # share of pictures in which an outside detector finds a face, [0, 1]
    diversity: float  # mean |u - v| per pixel over pairs of pictures, [0, 2]; 0: all alike
    distance: float  # of means and covariances of coarse pixels from those of real images; 0: none


def closest_pair(images: Tensor) -> float:
    """Mean absolute difference per pixel of the two pictures that are most alike, (N, C, S, S); clipped to [-1, 1].

    0 where one is drawn twice. It falls with the number of pictures: compare sets of one size.
    """
    flat = shown(images).flatten(1)
    return float(torch.pdist(flat, p=1).min()) / flat.shape[1]


def sharpness(images: Tensor) -> float:
    """Mean |Laplacian| of grey, (N, C, S, S) in [-1, 1]: what blur takes away, and noise and grids add."""
    grey = images.mean(1)
    inner = grey[:, 1:-1, 1:-1]
    around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    return float((4 * inner - around).abs().mean())


def distance_to_data(images: Tensor, real: Tensor) -> float:
    """Wasserstein distance of order 2 between normals fitted to coarse pixels of two sets, per coarse pixel.

    Pictures are averaged down to 4x4; their means and covariances enter the formula of section 3.1. It sees colour,
    light and layout, and no detail. Two samples of one distribution are not at 0: half of a set against its other half
    gives the floor for that size.

    Args:
        images: (N, C, S, S) in [-1, 1], S a multiple of 4; values outside are clipped.
        real: (M, C, S, S), with as many colours.
    """
    moments = []
    for pictures in (images, real):
        coarse = torch.nn.functional.avg_pool2d(shown(pictures), pictures.shape[-1] // POOLED)
        numbers = coarse.flatten(1).double().numpy()
        moments += [numbers.mean(axis=0), np.cov(numbers.T)]
    # Where both sets agree, rounding may leave the square a little below 0.
    return float(np.sqrt(max(squared_distance(*moments), 0.0) / len(moments[0])))


def quality_of(images: Tensor, real: Tensor) -> Quality:
    """All three for pictures (N, C, S, S); values outside [-1, 1] are clipped, as on a screen."""
    pictures = shown(images)
    return Quality(face_rate(pictures), diversity(pictures), distance_to_data(pictures, real))
