"""Blur under a slider: faces that lose their sharpness, and beside them how far each score has moved.

`BlurPanel` draws and knows no widget; `BlurControls` is the thin layer of ipywidgets on it, for 7.7.1 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import ipywidgets
import numpy as np
from torch import Tensor

from began_lib.data import to_unit_range
from began_lib.data.pixels import tile
from began_lib.figures.kept import KeptFigure
from began_lib.figures.plots import BLACK
from began_lib.panels.controls import SliderControls
from began_lib.scores.sets import blur

__all__ = ["LIMIT", "BlurControls", "BlurPanel"]

COLOURS = 7  # of the style file
LIMIT = 12.0  # half-widths of an interval that the axis shows


class BlurPanel(KeptFigure):
    """Images at one strength of blur, and the changes of scores over all strengths; knows no widget."""

    def __init__(self, pixels: Tensor, sigmas: Sequence[float], changes: Mapping[str, Sequence[float]]) -> None:
        """The panel at the first strength.

        Args:
            pixels: uint8 images (N, C, S, S), undamaged.
            sigmas: strengths of blur in pixels, rising; 0: none.
            changes: of each score at each strength, in half-widths of its undamaged interval.

        Raises ValueError where a score has not one change for each strength, or strengths do not rise.
        """
        wrong = [name for name, values in changes.items() if len(values) != len(sigmas)]
        if wrong or not len(sigmas) or list(sigmas) != sorted(set(sigmas)):
            raise ValueError(
                f"expected rising strengths and a change for each, found {list(sigmas)} and {wrong or 'none'}"
            )
        self.sigmas, self.sigma = tuple(float(sigma) for sigma in sigmas), float(sigmas[0])
        self._tiles = {s: tile(to_unit_range(blur(pixels, s) if s else pixels)) for s in self.sigmas}
        super().__init__((9, 3.4))
        left = self.figure.add_axes((0.01, 0.03, 0.36, 0.87))
        right = self.figure.add_axes((0.46, 0.16, 0.38, 0.74))
        left.set_axis_off()
        self._image = left.imshow(self._tiles[self.sigma], animated=True)
        self._title = left.set_title("")
        self._title.set_animated(True)
        for place, (name, values) in enumerate(changes.items()):
            look = {} if place < COLOURS else {"color": "0.5"}  # the style's colours would begin again
            right.plot(self.sigmas, np.clip(values, -LIMIT, LIMIT), marker="o", markersize=3, label=name, **look)
        right.axhspan(-1, 1, color="0.9", zorder=0)
        right.set(
            xlabel="σ, pixels", ylabel=f"change, half-widths (cut at ±{LIMIT:g})", ylim=(-1.05 * LIMIT, 1.05 * LIMIT)
        )
        right.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=8)
        self._mark = right.axvline(self.sigma, color=BLACK, linestyle="--", linewidth=1, animated=True)

    def set(self, sigma: float) -> None:
        """Choose a strength. Raises ValueError for one that was not measured."""
        if sigma not in self.sigmas:
            raise ValueError(f"sigma is {sigma!r}: expected one of {', '.join(map(str, self.sigmas))}.")
        self.sigma = float(sigma)

    def describe(self) -> str:
        """What was done to the images, in words."""
        return f"blurred, σ = {self.sigma:g}" if self.sigma else "undamaged"

    def render(self) -> bytes:
        """The picture as a JPEG."""
        self._image.set_data(self._tiles[self.sigma])
        self._title.set_text(self.describe())
        self._mark.set_xdata([self.sigma, self.sigma])
        return self.draw((self._image, self._title, self._mark), quality=92)


class BlurControls(SliderControls):
    """The panel's widgets: a `slider` over its strengths, what is shown as `headline`, the `picture`."""

    def __init__(self, panel: BlurPanel) -> None:
        slider = ipywidgets.SelectionSlider(
            options=[(f"{sigma:g}", sigma) for sigma in panel.sigmas],
            value=panel.sigma,
            description="σ, pixels",
            layout=ipywidgets.Layout(width="500px"),
        )
        super().__init__(panel, slider, "blur", width=860)
