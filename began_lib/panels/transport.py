"""Section 3.1 under four sliders: two normal distributions of losses, and the map that carries one into the other.

`TransportPanel` draws and knows no widget; `TransportControls` is the thin layer of ipywidgets on it, for 7.7.1 and 8.
"""

from __future__ import annotations

from functools import partial

import ipywidgets
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Polygon
from numpy.typing import NDArray
from scipy.special import ndtri

from began_lib.figures.kept import KeptFigure
from began_lib.figures.plots import BLACK, FAKE, REAL, TARGET
from began_lib.panels.controls import PanelControls
from began_lib.wasserstein import condition_ratio, squared_distance_1d, variance_term

__all__ = ["RANGES", "START", "TransportControls", "TransportPanel"]

# Losses of BEGAN on images in [-1, 1]: means of some tenths, deviations (roots of c1, c2) of some hundredths.
RANGES = {"m1": (0.0, 0.3), "m2": (0.0, 0.3), "c1": (1e-5, 2.5e-3), "c2": (1e-5, 2.5e-3)}
START = {"m1": 0.16, "m2": 0.08, "c1": 8e-4, "c2": 4e-5}  # near what a small run with gamma = 0.5 measures
STEPS = {"m1": 0.005, "m2": 0.005, "c1": 1e-5, "c2": 1e-5}
MEANING = {"m1": "mean of L(x)", "m2": "mean of L(G(z))", "c1": "variance of L(x)", "c2": "variance of L(G(z))"}

_LEVELS = np.linspace(0.05, 0.95, 13)  # quantiles that are joined by lines
_BELL = np.linspace(-3.5, 3.5, 121)  # where the densities are drawn, in deviations from the mean
_WINDOW = (-0.05, 0.35)  # losses shown: fixed, so that what moves is the distributions and not the axes


class TransportPanel(KeptFigure):
    """N(m1, c1) and N(m2, c2), and the optimal transport between them; knows no widget."""

    def __init__(self) -> None:
        super().__init__((10, 3.7))
        self.values = dict(START)
        joined = self.figure.add_axes((0.03, 0.135, 0.57, 0.69))
        mapped = self.figure.add_axes((0.69, 0.135, 0.295, 0.69))
        self._headline = self.figure.text(0.03, 0.93, "", fontsize=11, animated=True)

        joined.set(xlim=_WINDOW, ylim=(-1.1, 2.1), yticks=[], xlabel="loss")
        joined.set_title("density over its own peak; lines join equal quantiles", fontsize=10)
        joined.grid(False)
        outline = {"closed": True, "alpha": 0.45, "linewidth": 1.4, "animated": True}
        self._bells = [Polygon(np.zeros((3, 2)), color=colour, **outline) for colour in (REAL, FAKE)]
        for bell in self._bells:
            joined.add_patch(bell)
        self._lines = LineCollection([], colors="0.35", linewidths=0.8, animated=True)
        joined.add_collection(self._lines)
        joined.text(0.99, 0.93, "N(m1, c1), real", color=REAL, transform=joined.transAxes, ha="right")
        joined.text(0.99, 0.03, "N(m2, c2), generated", color=FAKE, transform=joined.transAxes, ha="right")

        mapped.set(xlim=_WINDOW, ylim=_WINDOW, xlabel="loss of a real image", ylabel="loss of a generated image")
        mapped.set_title("the transport map T, loss to loss", fontsize=10)
        mapped.plot(_WINDOW, _WINDOW, color=TARGET, linestyle="--", linewidth=1, label=r"$T(\ell) = \ell$")
        moving = {"color": BLACK, "marker": "o", "markersize": 3}
        (self._map,) = mapped.plot([], [], **moving, animated=True)
        mapped.plot([], [], **moving, label=r"$T(\ell)$")  # for the legend, which is drawn once
        mapped.legend(loc="upper left")

    def set(self, name: str, value: float) -> None:
        """Move m1, m2, c1 or c2. Raises KeyError for another name, ValueError for a value outside `RANGES`."""
        if name not in RANGES:
            raise KeyError(f"no slider {name!r}: expected one of {', '.join(RANGES)}.")
        low, high = RANGES[name]
        if not low <= value <= high:  # also refuses NaN
            raise ValueError(f"{name} is {value!r}: expected a number in [{low:g}, {high:g}].")
        self.values[name] = float(value)

    def reset(self) -> None:
        """Back to where the panel started."""
        self.values = dict(START)

    def transport(self, loss: NDArray[np.float64]) -> NDArray[np.float64]:
        """T(l) = m2 + sqrt(c2 / c1) (l - m1), which carries N(m1, c1) into N(m2, c2)."""
        v = self.values
        return v["m2"] + np.sqrt(v["c2"] / v["c1"]) * (loss - v["m1"])

    def describe(self) -> str:
        """The numbers of the picture, in words."""
        v = self.values
        means = (v["m1"] - v["m2"]) ** 2
        spread = float(variance_term(v["c1"], v["c2"]))
        w2 = float(squared_distance_1d(**v))
        if means:
            ratio = f"ratio (1) {float(condition_ratio(**v)):.3g}, means carry {means / w2:.0%} of W²"
        else:
            ratio = "no ratio (1): m1 = m2"
        return f"W² = {means:.6f} (means) + {spread:.6f} (spreads) = {w2:.6f};   W = {w2**0.5:.4f};   {ratio}"

    def render(self) -> bytes:
        """The picture as a JPEG."""
        v = self.values
        height = np.exp(-(_BELL**2) / 2)
        real, generated = self._bells
        real.set_xy(np.column_stack([v["m1"] + np.sqrt(v["c1"]) * _BELL, 1 + height]))
        generated.set_xy(np.column_stack([v["m2"] + np.sqrt(v["c2"]) * _BELL, -height]))
        at = v["m1"] + np.sqrt(v["c1"]) * ndtri(_LEVELS)
        to = self.transport(at)
        upper, lower = (np.column_stack([x, np.full_like(x, y)]) for x, y in ((at, 1.0), (to, 0.0)))
        self._lines.set_segments(np.stack([upper, lower], axis=1))
        self._map.set_data(at, to)
        self._headline.set_text(self.describe())
        return self.draw((*self._bells, self._lines, self._map, self._headline), quality=95)


class TransportControls(PanelControls):
    """The panel's widgets: `controls` by name, the `picture` above them, and a button that puts all `back`."""

    def __init__(self, panel: TransportPanel | None = None) -> None:
        super().__init__(panel or TransportPanel(), "transport", width=960)
        for name in RANGES:
            self.connect(name, self._slider(name), partial(self.panel.set, name))
        self.back = self.button("Back to the start", self._reset)
        rows = [ipywidgets.HBox([self.controls[name] for name in pair]) for pair in (("m1", "m2"), ("c1", "c2"))]
        self.children = [self.picture, *rows, self.back]

    def _slider(self, name: str) -> ipywidgets.FloatSlider:
        low, high = RANGES[name]
        return ipywidgets.FloatSlider(
            value=self.panel.values[name],
            min=low,
            max=high,
            step=STEPS[name],
            readout_format=".3f" if name.startswith("m") else ".5f",
            description=f"{name}, {MEANING[name]}",
            style={"description_width": "170px"},
            layout=ipywidgets.Layout(width="470px"),
        )

    def _reset(self) -> None:
        self.panel.reset()
        with self.following():
            for name, slider in self.controls.items():
                slider.value = self.panel.values[name]
