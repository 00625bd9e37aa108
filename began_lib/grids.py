"""Grids of images: one array from a batch, and its PNG or JPEG."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from began_lib.data import to_uint8
from began_lib.storage import atomic_write


def tile(images: Tensor, columns: int | None = None, gap: int = 2) -> NDArray[np.uint8]:
    """A batch (N, C, H, W) in [-1, 1] as one picture, (rows, columns, 3) uint8, on white; values outside are clipped.

    Raises ValueError for another shape and for NaN.

    Args:
        columns: images per row; as square as possible if not given.
        gap: white pixels between images.
    """
    if images.dim() != 4 or images.shape[1] not in (1, 3) or not len(images):
        raise ValueError(f"expected images of shape (N, 1 or 3, H, W), found {tuple(images.shape)}.")
    pixels = to_uint8(images).cpu()
    n, _, height, width = pixels.shape
    columns = columns or math.ceil(math.sqrt(n))
    rows = math.ceil(n / columns)
    canvas = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.uint8)
    for i, image in enumerate(pixels.permute(0, 2, 3, 1).numpy()):
        top, left = (i // columns) * (height + gap), (i % columns) * (width + gap)
        canvas[top : top + height, left : left + width] = image
    return canvas


def encode(picture: NDArray[np.uint8], kind: str = "JPEG", scale: int = 1, quality: int = 90) -> bytes:
    """A picture (H, W, 3) as the bytes of a PNG or JPEG file, enlarged `scale` times without smoothing."""
    image = Image.fromarray(picture)
    if scale != 1:
        image = image.resize((image.width * scale, image.height * scale), Image.Resampling.NEAREST)
    buffer = io.BytesIO()
    image.save(buffer, kind, **({"quality": quality} if kind == "JPEG" else {"optimize": True}))
    return buffer.getvalue()


def save_picture(path: str | Path, picture: NDArray[np.uint8], scale: int = 1) -> None:
    """Write a picture as PNG or JPEG, by the ending of `path`, atomically."""
    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(Path(path).suffix.lower())
    if kind is None:
        raise ValueError(f"{path} ends in {Path(path).suffix!r}: expected .png or .jpg.")
    data = encode(picture, kind, scale)
    with atomic_write(path) as file:
        file.write(data)
