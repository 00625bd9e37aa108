"""Face rate: the share of pictures in which a detector trained on photographs finds a face, an outside judge of faces.

The detector is the cascade of local binary patterns whose weights come with scikit-image. It knows nothing of this
project's networks or renderer; shuffled blocks of a face hold the same pixels and it finds no face there.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from skimage.data import lbp_frontal_face_cascade_filename
from skimage.feature import Cascade
from torch import Tensor

__all__ = ["face_rate", "find_faces", "shuffle_blocks"]

JUDGED_SIZE = 128  # smaller pictures are enlarged to it: the cascade's own window is 24 pixels


@lru_cache(maxsize=1)
def _cascade() -> Cascade:
    return Cascade(lbp_frontal_face_cascade_filename())


def find_faces(images: Tensor) -> Tensor:
    """Whether the detector finds a face in each picture.

    Pictures below 128 pixels are enlarged to it, bilinearly; each is padded by a quarter of its side, because a face
    that fills its frame fills the detector's window, and searched with windows from half its side up.

    Args:
        images: (N, C, S, S) in [-1, 1], grey or colour, S of at least 16.

    Returns:
        Booleans (N,), on the processor.

    Raises:
        ValueError: another shape, or values outside [-1, 1].
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3) or images.shape[2] != images.shape[3] or images.shape[2] < 16:
        raise ValueError(f"expected pictures (N, 1 or 3, S, S) with S of at least 16, found {tuple(images.shape)}")
    if len(images) and not (images.amin() >= -1.0 and images.amax() <= 1.0):
        raise ValueError(f"expected values in [-1, 1], found {images.min().item():.3g} to {images.max().item():.3g}")
    images = images.detach().float().cpu().expand(-1, 3, -1, -1)
    if images.shape[-1] < JUDGED_SIZE:
        images = torch.nn.functional.interpolate(images, size=JUDGED_SIZE, mode="bilinear", align_corners=False)
    side = images.shape[-1]
    quarter = side // 4
    pixels = ((images + 1.0) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1).numpy()
    found = []
    for picture in pixels:
        padded = np.pad(picture, ((quarter, quarter), (quarter, quarter), (0, 0)), mode="edge")
        windows = _cascade().detect_multi_scale(
            padded, scale_factor=1.1, step_ratio=1, min_size=(side // 2, side // 2), max_size=padded.shape[:2]
        )
        found.append(len(windows) > 0)
    return torch.tensor(found, dtype=torch.bool)


def face_rate(images: Tensor) -> float:
    """Share of `images` (N, C, S, S) in [-1, 1] in which `find_faces` finds a face, in [0, 1]; ValueError where N is 0.

    Photographs set the floor to compare with: no set of real faces reaches 1.
    """
    if len(images) == 0:
        raise ValueError("expected at least one picture, found none")
    return find_faces(images).float().mean().item()


def shuffle_blocks(images: Tensor, generator: torch.Generator, block: int = 16) -> Tensor:
    """Each picture cut into squares that are laid out again in random order: the same pixels, and no face.

    Args:
        images: (N, C, H, W); H and W are multiples of `block`; ValueError for others.
    """
    n, channels, height, width = images.shape
    if height % block or width % block:
        raise ValueError(f"pictures are {height}x{width}: expected sides that are multiples of {block}.")
    rows, columns = height // block, width // block
    blocks = images.view(n, channels, rows, block, columns, block).permute(0, 2, 4, 1, 3, 5).flatten(1, 2)
    order = torch.rand(n, rows * columns, generator=generator).argsort(dim=1)
    mixed = torch.stack([picture[places] for picture, places in zip(blocks, order, strict=True)])
    return mixed.view(n, rows, columns, channels, block, block).permute(0, 3, 1, 4, 2, 5).reshape(images.shape)
