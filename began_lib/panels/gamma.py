"""The diversity ratio under a slider: faces of generators trained at several gamma, and of weights in between.

Generators that were trained from a common ancestor can be blended weight by weight (network interpolation: Wang et al.
2019, arXiv 1811.10515). Whether what lies between is worth showing has to be measured (`goes_one_way` is half of the
question); where it is not, the panel snaps to the trained values.
"""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import torch
from torch import Tensor

from began_lib.data.pixels import encode, tile
from began_lib.models import Generator, blend, sample_z
from began_lib.panels.controls import SliderControls

__all__ = ["GammaControls", "GammaPanel"]

FACES = 16
COLUMNS = 8
SHOWN = 96  # pixels of one face on the screen, at least


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
        self.others = self.button("Other codes z", panel.draw_others)
        self.children = [ipywidgets.HBox([self.slider, self.headline, self.others]), self.picture]
