"""Pixels: 0..255 to [-1, 1] and back, a batch as one grid, a grid as a PNG or JPEG."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from began_lib.machine.storage import atomic_write
from began_lib.models import require_unit_range


def to_unit_range(images: Tensor | np.ndarray, channels_last: bool = False) -> Tensor:
    """uint8 pixels 0..255 to float32 in [-1, 1]: 0 -> -1, 255 -> 1, same shape. Raises TypeError unless uint8."""
    pixels = require_pixels(images)
    layout = torch.channels_last if channels_last else torch.contiguous_format
    return pixels.to(torch.float32, memory_format=layout).div_(127.5).sub_(1)


def require_pixels(images: Tensor | np.ndarray) -> Tensor:
    """The images as a tensor, if they are uint8 pixels 0..255. Raises TypeError for others."""
    pixels = as_tensor(images)
    if pixels.dtype != torch.uint8:
        raise TypeError(f"expected uint8 pixels, found {pixels.dtype}; see to_uint8 for images in [-1, 1]")
    return pixels


def to_uint8(images: Tensor | np.ndarray) -> Tensor:
    """Floats in [-1, 1] to uint8 pixels, same shape and device; values outside are clipped, as a screen would.

    Exact inverse of :func:`to_unit_range` on all 256 values. Raises as :func:`~began_lib.models.require_unit_range`.
    """
    values = require_unit_range(as_tensor(images)).detach().float()
    return values.add(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)


def as_tensor(images: Tensor | np.ndarray) -> Tensor:
    """A tensor of the same memory, copied only where NumPy's is read-only or not contiguous."""
    if isinstance(images, Tensor):
        return images
    array = np.ascontiguousarray(images)
    return torch.from_numpy(array if array.flags.writeable else array.copy())


def tile(images: Tensor, columns: int | None = None, gap: int = 2) -> NDArray[np.uint8]:
    """A batch (N, C, H, W) in [-1, 1] as one picture, (rows, columns, 3) uint8, on white; values outside are clipped.

    Raises ValueError for another shape or range, and for NaN.

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


def encode_film(pictures: Sequence[NDArray[np.uint8]], kind: str, scale: int = 1, milliseconds: int = 60) -> bytes:
    """Pictures (H, W, 3) of one shape as the bytes of an endless film, GIF or WEBP, each shown for so long."""
    size = (pictures[0].shape[1] * scale, pictures[0].shape[0] * scale)
    first, *others = (Image.fromarray(picture).resize(size, Image.Resampling.NEAREST) for picture in pictures)
    buffer = io.BytesIO()
    first.save(buffer, kind, save_all=True, append_images=others, duration=milliseconds, loop=0)
    return buffer.getvalue()


def kind_of(path: str | Path) -> str:
    """PNG or JPEG, by the ending of a picture's path. Raises ValueError for other endings."""
    kind = {".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG"}.get(Path(path).suffix.lower())
    if kind is None:
        raise ValueError(f"{path} ends in {Path(path).suffix!r}: expected .png or .jpg.")
    return kind


def save_picture(path: str | Path, picture: NDArray[np.uint8], scale: int = 1) -> None:
    """Write a picture as PNG or JPEG, by the ending of `path`, atomically. Raises ValueError for other endings."""
    data = encode(picture, kind_of(path), scale)
    with atomic_write(path) as file:
        file.write(data)
