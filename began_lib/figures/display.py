"""Pictures in a notebook's output, each with a text for readers who do not see it.

A figure is drawn here to bytes: as a value of its own a matplotlib `Figure` shows only after `pyplot` was imported,
which no module of the suite needs.
"""

from __future__ import annotations

import io

from IPython.display import Image
from matplotlib.figure import Figure
from PIL import Image as Picture
from PIL import ImageChops, ImageStat
from torch import Tensor

from began_lib.data.pixels import encode, tile

__all__ = ["show_figure", "show_grid"]

# Pixels of a figure for one of the page's: what screens and projectors resolve; photographs need less than lines do.
SHARPNESS = {"png": 2.0, "jpeg": 1.5}
MOST_OFF = 1.0  # of 765 levels of the three colours, the mean over a picture that its palette may change


def show_figure(figure: Figure, alt: str, kind: str = "png") -> Image:
    """A figure as a picture: PNG for lines and text, "jpeg" for one made mostly of photographs."""
    buffer = io.BytesIO()
    more = {"pil_kwargs": {"quality": 80, "optimize": True, "progressive": True}} if kind == "jpeg" else {}
    figure.savefig(buffer, format=kind, dpi=SHARPNESS[kind] * figure.dpi, **more)
    width = round(figure.get_figwidth() * figure.dpi)
    content = with_palette(buffer.getvalue()) if kind == "png" else buffer.getvalue()
    return Image(content, format=kind, width=width, metadata={"alt": alt})


def with_palette(png: bytes) -> bytes:
    """A PNG of lines and text in 256 colours, a third of the bytes; as it is where that would change its colours."""
    picture = Picture.open(io.BytesIO(png)).convert("RGB")
    buffer = io.BytesIO()
    few = picture.quantize(256, method=Picture.Quantize.MAXCOVERAGE, kmeans=3, dither=Picture.Dither.NONE)
    if sum(ImageStat.Stat(ImageChops.difference(picture, few.convert("RGB"))).mean) > MOST_OFF:
        return png
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def show_grid(images: Tensor, alt: str, columns: int | None = None, scale: int = 1) -> Image:
    """A batch of images (N, C, H, W) in [-1, 1] as one JPEG, enlarged `scale` times without smoothing."""
    return Image(encode(tile(images, columns), scale=scale, quality=88), format="jpeg", metadata={"alt": alt})
