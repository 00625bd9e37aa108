"""The central limit argument of section 3.1 under a slider: the loss over J pixels, its histogram and Q-Q plot.

`PixelsPanel` draws and knows no widget; `PixelsControls` is the thin layer of ipywidgets on it, for 7.7.1 and 8.
"""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from began_lib.central_limit import means_of_random_pixels, mix_pixels, pixel_variance
from began_lib.figures.kept import KeptFigure
from began_lib.figures.plots import BLACK, MEASURE, REAL, TARGET
from began_lib.normality import distance_to_normal, normal_quantiles, standardized
from began_lib.panels.controls import PanelControls

__all__ = ["PixelsControls", "PixelsPanel"]

_BINS = np.linspace(-4, 6, 41)  # deviations from the mean; single pixels have a long tail to the right
_DOTS = 120  # quantiles drawn, of however many images
_CURVES = (("own", REAL, "pixels of one image"), ("mixed", MEASURE, "each pixel from another image"))


class PixelsPanel(KeptFigure):
    """The loss over J random pixels of each image; beside it, the same with every pixel taken from another image.

    The second has the same pixels, made independent: what the central limit theorem speaks of. Knows no widget.

    Args:
        losses: pixel losses (N, H, W) by name; the first is shown first. See `central_limit.pixel_losses`.
            ValueError if there are none.
        seed: of the random order of the pixels.
    """

    def __init__(self, losses: Mapping[str, NDArray[np.float64]], seed: int = 0) -> None:
        if not losses:
            raise ValueError("expected the pixel losses of at least one set of images, found none.")
        super().__init__((10.5, 3.6))
        self.losses = dict(losses)
        self.name = next(iter(self.losses))
        self.seed, self.order, self.count = seed, 0, 1
        self._mixed = {name: mix_pixels(each, np.random.default_rng([seed, 1])) for name, each in losses.items()}
        self._means = {name: self._prepared(name) for name in self.losses}
        self._draw_frame()
        self._draw_law()

    @property
    def pixels(self) -> int:
        """P, the largest count."""
        return int(self.losses[self.name][0].size)

    def counts(self) -> list[int]:
        """The counts that the slider offers: 1 to P, about six per factor of ten."""
        steps = np.geomspace(1, self.pixels, 1 + int(6 * np.log10(self.pixels)))
        return sorted({round(float(step)) for step in steps})

    def set(self, count: int) -> None:
        """Average so many pixels. Raises ValueError outside 1 to P."""
        if not 1 <= count <= self.pixels:
            raise ValueError(f"the count is {count!r}: expected a number of pixels from 1 to {self.pixels}.")
        self.count = int(count)

    def choose(self, name: str) -> None:
        """Show other images. Raises KeyError for a name that is not there."""
        if name not in self.losses:
            raise KeyError(f"no losses {name!r}: expected one of {', '.join(self.losses)}.")
        self.name = name
        self.count = min(self.count, self.pixels)
        self._draw_law()

    def other_pixels(self) -> None:
        """Draw another random order of the pixels."""
        self.order += 1
        self._means = {name: self._prepared(name) for name in self.losses}

    def _prepared(self, name: str) -> dict[str, NDArray[np.float32]]:
        """The losses over J pixels for all J, so that a move of the slider only looks them up."""
        order = [self.seed, 2, self.order]  # of the pixels: the same for both
        both = (("own", self.losses[name]), ("mixed", self._mixed[name]))
        return {
            kind: means_of_random_pixels(each, np.random.default_rng(order)).astype(np.float32) for kind, each in both
        }

    def sample(self, kind: str) -> NDArray[np.float64]:
        """The losses over the chosen pixels, one per image, (N,): "own", or "mixed" from all images."""
        return self._means[self.name][kind][:, self.count - 1].astype(np.float64)

    def describe(self) -> str:
        """The numbers of the picture, in words."""
        own, mixed = (self.sample(kind) for kind, _, _ in _CURVES)
        return (
            f"J = {self.count} of {self.pixels} pixels;   deviation {own.std():.4f}, independent {mixed.std():.4f};   "
            f"skewness {stats.skew(own):.2f}, independent {stats.skew(mixed):.2f};   "
            f"W2 to normal {float(distance_to_normal(standardized(np.sort(own)))):.2f} deviations"
        )

    def _draw_frame(self) -> None:
        bars, line, self._law = (self.figure.add_axes((x, 0.15, 0.26, 0.66)) for x in (0.05, 0.385, 0.73))
        self._headline = self.figure.text(0.02, 0.93, "", fontsize=10, animated=True)

        grid = np.linspace(-4, 6, 201)
        bars.plot(grid, stats.norm.pdf(grid), color=BLACK, linewidth=1)
        bars.set(xlim=(-4, 6), ylim=(0, 0.75), xlabel="(loss − mean) / deviation", ylabel="density")
        bars.set_title("losses over J pixels; line: normal", fontsize=10)
        self._bars = {
            name: bars.stairs(np.zeros(len(_BINS) - 1), _BINS, color=colour, fill=name == "own", animated=True)
            for name, colour, _ in _CURVES
        }
        self._bars["own"].set_alpha(0.45)

        line.plot([-4, 6], [-4, 6], color=TARGET, linestyle="--", linewidth=1)
        line.set(xlim=(-3.3, 3.3), ylim=(-4, 6), xlabel="normal quantile", ylabel="quantile of the losses")
        line.set_title("Q-Q plot, in deviations", fontsize=10)
        self._dots = {
            name: line.plot([], [], ".", color=colour, markersize=4, animated=True)[0] for name, colour, _ in _CURVES
        }

    def _draw_law(self) -> None:
        """The deviation over J, of the images that are shown: the one part of the frame that is theirs."""
        law = self._law
        law.clear()
        counts, variance = np.geomspace(1, self.pixels, 60), pixel_variance(self.losses[self.name])
        law.plot(counts, np.sqrt(variance.over(counts)), color=REAL, label=_CURVES[0][2])
        law.plot(counts, np.sqrt(variance.if_independent(counts)), color=MEASURE, linestyle="--", label=_CURVES[1][2])
        law.set(xscale="log", yscale="log", xlabel="J, pixels averaged", ylabel="deviation of the loss")
        law.set_ylim(0.4 * np.sqrt(variance.if_independent(self.pixels)), 4 * np.sqrt(variance.single))
        law.set_title("√V(J) and √(s²/J)", fontsize=10)
        law.minorticks_off()  # dozens of ticks that cost most of the drawing
        law.legend(loc="lower left", fontsize=8)
        self._marks = {
            name: law.plot([], [], "o", color=colour, markersize=7, animated=True)[0] for name, colour, _ in _CURVES
        }
        self.redraw_background()

    def render(self) -> bytes:
        """The picture as a JPEG."""
        self._headline.set_text(f"{self.name}:   {self.describe()}")
        levels = normal_quantiles(_DOTS)
        for name, _, _ in _CURVES:
            sample = self.sample(name)
            values = standardized(sample)
            heights = np.histogram(values, _BINS)[0] / (len(values) * (_BINS[1] - _BINS[0]))
            self._bars[name].set_data(heights, _BINS)
            self._dots[name].set_data(levels, np.quantile(values, (np.arange(_DOTS) + 0.5) / _DOTS))
            self._marks[name].set_data([self.count], [sample.std()])
        moving = [part[name] for name, _, _ in _CURVES for part in (self._bars, self._dots, self._marks)]
        return self.draw((*moving, self._headline), quality=95)


class PixelsControls(PanelControls):
    """The panel's widgets: the `slider` of the count, `chooser` of images, a button for other pixels, the `picture`."""

    def __init__(self, panel: PixelsPanel) -> None:
        super().__init__(panel, "pixels", width=1008)
        wide = {"style": {"description_width": "130px"}, "layout": ipywidgets.Layout(width="560px")}
        self.slider = ipywidgets.SelectionSlider(
            options=panel.counts(), value=panel.count, description="J, pixels averaged", **wide
        )
        self.chooser = ipywidgets.Dropdown(
            options=list(panel.losses), value=panel.name, description="losses of", **wide
        )
        self.connect("count", self.slider, panel.set)
        self.connect("images", self.chooser, self._choose)
        self.again = self.button("Other pixels", panel.other_pixels)
        self.children = [self.picture, self.slider, ipywidgets.HBox([self.chooser, self.again])]

    def _choose(self, name: str) -> None:
        self.panel.choose(name)
        counts = self.panel.counts()
        # Images of another size offer other counts.
        self.panel.set(max(count for count in counts if count <= self.panel.count))
        with self.following():
            self.slider.options, self.slider.value = counts, self.panel.count
