"""Figures under a slider: what stands is drawn once and kept as pixels, what moves is drawn over it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from began_lib.data.pixels import encode

__all__ = ["KeptFigure"]


class KeptFigure:
    """An Agg figure whose standing part is kept as pixels until `redraw_background`.

    Args:
        size: width and height in inches of 96 pixels.
        layout: engine that places the axes whenever the background is drawn.
    """

    def __init__(self, size: tuple[float, float], layout: str = "none") -> None:
        self.figure = Figure(figsize=size, dpi=96, layout=layout)
        self._canvas = FigureCanvasAgg(self.figure)
        self._background: object = None

    def redraw_background(self, changed: Sequence[Axes] = ()) -> None:
        """Draw all that is not animated; after axes have changed, only these in the columns where they stand."""
        if self._background is None or not changed:
            self._canvas.draw()
        else:
            self._canvas.restore_region(self._background)
            pixels = np.asarray(self._canvas.buffer_rgba())
            for axes in changed:
                # A column ends right of its axes, beyond the half of a tick's label that stands out.
                left = max((a.bbox.x1 + 16 for a in self.figure.axes if a.bbox.x1 <= axes.bbox.x0), default=0)
                pixels[:, round(left) : round(axes.bbox.x1 + 16)] = 255
                axes.draw(self._canvas.get_renderer())
        self._background = self._canvas.copy_from_bbox(self.figure.bbox)

    def paint(self, moving: Sequence[Artist]) -> NDArray[np.uint8]:
        """The background with the moving artists on it, (height, width, 3)."""
        if self._background is None:
            self.redraw_background()
        self._canvas.restore_region(self._background)
        pixels = np.asarray(self._canvas.buffer_rgba())
        self._paint_ground(pixels)
        for artist in moving:
            artist.draw(self._canvas.get_renderer())
        # Pillow drops the fourth byte faster than NumPy copies the other three.
        return np.asarray(Image.fromarray(pixels).convert("RGB"))

    def draw(self, moving: Sequence[Artist], quality: int) -> bytes:
        """The same as a JPEG."""
        return encode(self.paint(moving), quality=quality)

    def _paint_ground(self, pixels: NDArray[np.uint8]) -> None:
        """Paint what lies below the moving artists into the pixels (height, width, 4); nothing here."""
