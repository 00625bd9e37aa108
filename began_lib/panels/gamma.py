"""The diversity ratio under a slider: faces of generators trained at several gamma, and of weights in between.

Generators that were trained from a common ancestor can be blended weight by weight (network interpolation: Wang et al.
2019, arXiv 1811.10515). Whether what lies between is worth showing has to be measured, `goes_one_way` is half of the
question; where it is not, the panel snaps to the trained values.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import ipywidgets
import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy import stats
from torch import Tensor

from began_lib.data.pixels import encode, tile
from began_lib.models import Generator, sample_z
from began_lib.panels.controls import SliderControls

__all__ = ["GammaControls", "GammaPanel", "blend", "goes_one_way"]

FACES = 16
COLUMNS = 8
SHOWN = 96  # pixels of one face on the screen, at least


def blend(generators: Mapping[float, Generator], gamma: float) -> Generator:
    """The generator at `gamma`: trained, or with weights on the straight line between its two trained neighbours.

    Args:
        generators: trained ones of one architecture by their gamma.
        gamma: between the smallest and the largest of them.

    Raises:
        ValueError: gamma outside, no generator, or architectures that differ.
    """
    if not generators:
        raise ValueError("expected at least one trained generator, found none")
    trained = sorted(generators)
    if not trained[0] <= gamma <= trained[-1]:  # also refuses NaN
        raise ValueError(f"gamma is {gamma!r}: expected a number from {trained[0]:g} to {trained[-1]:g}")
    if len({generator.architecture for generator in generators.values()}) > 1:
        raise ValueError("expected generators of one architecture: weights of different shape have nothing in between")
    if gamma in generators:
        return generators[gamma]
    low, high = max(g for g in trained if g < gamma), min(g for g in trained if g > gamma)
    t = (gamma - low) / (high - low)
    result = deepcopy(generators[low])
    with torch.no_grad():
        for own, other in zip(result.parameters(), generators[high].parameters(), strict=True):
            own.lerp_(other, t)
    return result


def goes_one_way(course: ArrayLike, level: float = 0.95) -> bool:
    """Whether a measure rises all along a sweep, or falls all along it, as far as its own scatter can tell.

    The groups are the same codes at each stop, so a change from stop to stop is a mean of paired differences, with
    Student's interval. The whole way has to be longer than its interval, and no step's interval may lie on the other
    side of 0.

    Args:
        course: (stops, groups), at least 2 of each: the measure of each group of codes at each stop.
        level: of the intervals.
    """
    values = np.asarray(course, dtype=np.float64)
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():
        raise ValueError(f"expected finite values, at least 2 stops x 2 groups, found shape {values.shape}")
    factor = stats.t.ppf((1 + level) / 2, values.shape[1] - 1)
    whole, steps = values[-1] - values[0], np.diff(values, axis=0)
    if abs(whole.mean()) <= factor * stats.sem(whole):
        return False
    forward = np.sign(whole.mean()) * steps.mean(1)
    return bool((forward >= -factor * stats.sem(steps, axis=1)).all())


class GammaPanel:
    """Sixteen codes z, and what the generators make of them at one gamma; knows no widget.

    `generators` by their gamma; with `continuous` weights are blended between them, else gamma snaps to the nearest.
    """

    def __init__(self, generators: Mapping[float, Generator], continuous: bool = True, gamma: float = 0.5) -> None:
        self.generators = dict(generators)
        self.continuous = continuous
        blend(self.generators, min(self.generators, default=0.0))  # refuses what cannot be blended
        self.low, self.high = min(self.generators), max(self.generators)
        self.gamma = min(max(gamma, self.low), self.high)
        self.seed = 0
        self._draw_codes()

    def set(self, gamma: float) -> None:
        """Move to gamma; ValueError outside of what was trained."""
        if not self.low <= gamma <= self.high:
            raise ValueError(f"gamma is {gamma!r}: expected a number from {self.low:g} to {self.high:g}")
        self.gamma = round(float(gamma), 6)  # sliders count in floating point: 0.5 has to be the trained 0.5

    def draw_others(self) -> None:
        """Take sixteen other codes."""
        self.seed += 1
        self._draw_codes()

    def _draw_codes(self) -> None:
        latent = self.generators[self.low].architecture.latent
        self.z = sample_z(FACES, latent, torch.Generator().manual_seed(self.seed))

    @property
    def drawn_gamma(self) -> float:
        """The gamma whose weights are drawn: `gamma`, or the trained one nearest to it."""
        return self.gamma if self.continuous else min(self.generators, key=lambda g: abs(g - self.gamma))

    @torch.no_grad()
    def images(self) -> Tensor:
        """G(z) of the sixteen codes, (16, C, S, S)."""
        generator = blend(self.generators, self.drawn_gamma)
        return generator(self.z.to(next(generator.parameters()).device)).float()

    def describe(self) -> str:
        """Which weights the picture comes from, in words."""
        if self.drawn_gamma in self.generators:
            return f"γ = {self.drawn_gamma:.3g}: trained at it"
        return f"γ = {self.drawn_gamma:.3g}: weights between trained ones"

    def render(self) -> bytes:
        """The faces as a JPEG, two rows of eight."""
        images = self.images()
        return encode(tile(images, COLUMNS), scale=max(1, -(-SHOWN // images.shape[-1])))


class GammaControls(SliderControls):
    """The panel's widgets: `slider`, `headline`, `picture`, and the button `others` for other codes."""

    def __init__(self, panel: GammaPanel) -> None:
        slider = ipywidgets.FloatSlider(
            value=panel.gamma, min=panel.low, max=panel.high, step=0.02, description="γ", readout_format=".2f"
        )
        super().__init__(panel, slider, "gamma", width=800)
        self.others = ipywidgets.Button(description="Other codes z")
        self.others.on_click(self.on_others)
        self.children = [ipywidgets.HBox([self.slider, self.headline, self.others]), self.picture]

    def on_others(self, button: ipywidgets.Button | None = None) -> None:
        """Other codes, the same gamma: redraw."""
        with self._lock:
            self.panel.draw_others()
            self.show()
