"""The diversity ratio under three buttons: faces of generators trained at several gamma, from the same codes."""

from __future__ import annotations

from collections.abc import Mapping

import ipywidgets
import torch
from torch import Tensor

from began_lib.data.pixels import encode, tile
from began_lib.models import Generator, sample_z
from began_lib.panels.controls import SliderControls

__all__ = ["GammaControls", "GammaPanel"]

FACES = 16
COLUMNS = 8
SHOWN = 96  # pixels of one face on the screen, at least


class GammaPanel:
    """Sixteen codes z, and what the generator trained at one gamma makes of them; knows no widget.

    Args:
        generators: of one size of z, by their gamma.

    Raises:
        ValueError: no generator, or codes of different sizes.
    """

    def __init__(self, generators: Mapping[float, Generator]) -> None:
        sizes = sorted({generator.architecture.latent for generator in generators.values()})
        if len(sizes) != 1:
            raise ValueError(f"expected generators of codes of one size, found {sizes or 'no generator'}.")
        self.generators = dict(sorted(generators.items()))
        self.gamma = min(self.generators, key=lambda gamma: abs(gamma - 0.5))
        self.latent, self.seed = sizes[0], 0
        self._draw_codes()

    def set(self, gamma: float) -> None:
        """Take another generator; ValueError for a gamma that none was trained at."""
        if gamma not in self.generators:
            raise ValueError(f"gamma is {gamma!r}: expected one of {', '.join(map(str, self.generators))}.")
        self.gamma = gamma

    def draw_others(self) -> None:
        """Take sixteen other codes."""
        self.seed += 1
        self._draw_codes()

    def _draw_codes(self) -> None:
        self.z = sample_z(FACES, self.latent, torch.Generator().manual_seed(self.seed))

    @torch.no_grad()
    def images(self) -> Tensor:
        """G(z) of the sixteen codes, (16, C, S, S)."""
        generator = self.generators[self.gamma]
        return generator(self.z.to(next(generator.parameters()).device)).float()

    def describe(self) -> str:
        """Which codes are shown, in words."""
        return f"trained at γ = {self.gamma:g}; codes of seed {self.seed}"

    def render(self) -> bytes:
        """The faces as a JPEG, two rows of eight."""
        images = self.images()
        return encode(tile(images, COLUMNS), scale=max(1, -(-SHOWN // images.shape[-1])))


class GammaControls(SliderControls):
    """The panel's widgets: `slider`, a button for each gamma, `headline`, `picture`, and `others` for other codes."""

    def __init__(self, panel: GammaPanel) -> None:
        slider = ipywidgets.ToggleButtons(
            options=[(f"γ = {gamma:g}", gamma) for gamma in panel.generators],
            value=panel.gamma,
            style={"button_width": "80px"},
        )
        super().__init__(panel, slider, "gamma", width=800)
        self.others = self.button("Other codes z", panel.draw_others)
        self.children = [ipywidgets.HBox([self.slider, self.others, self.headline]), self.picture]
