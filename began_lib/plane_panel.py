"""Sections 3.2 to 3.4 in the plane under sliders: a real training whose landscape is redrawn as it goes."""

from __future__ import annotations

import numpy as np
import torch
from matplotlib.figure import Figure

from began_lib import plots
from began_lib.live_panel import LivePanel, Stage
from began_lib.models import sample_z
from began_lib.plane import EXTENT, LEVELS, Sampler, landscape
from began_lib.step import Began

RESOLUTION = 51  # of the landscape's grid: finer is not seen at this size, and costs
SHOWN = 600  # steps in the curves; beyond, they move on by half of it
BATCH = 256


class PlanePanel(LivePanel):
    """Landscape, real and generated points, losses and k of a BEGAN in the plane, while gamma, lambda_k and k move.

    Args:
        began: as for `LivePanel`, of the plane's networks.
        sampler: real points, as `plane.horseshoe`.
        per_tick: steps per tick.
    """

    def __init__(self, began: Began, sampler: Sampler, per_tick: int = 20) -> None:
        self._sampler = sampler
        fixed = torch.Generator().manual_seed(11)
        self._codes = sample_z(300, began.latent, fixed)
        self.figure = Figure(figsize=(10, 3.7), dpi=96, layout="none")  # laid out below, once
        place, losses, control = self.figure.subplots(1, 3, width_ratios=(1.1, 1, 1))
        self.figure.subplots_adjust(left=0.06, right=0.99, bottom=0.14, top=0.84, wspace=0.3)
        self._headline = self.figure.text(0.06, 0.93, "", fontsize=11)
        box = (-EXTENT, EXTENT, -EXTENT, EXTENT)
        nothing = np.zeros((RESOLUTION, RESOLUTION))
        self._ground = place.imshow(
            nothing, origin="lower", extent=box, cmap="Greys", vmin=LEVELS[0], vmax=LEVELS[-1], interpolation="bilinear"
        )
        real = sampler(300, fixed).T.numpy()
        (points,) = place.plot(*real, ".", color=plots.SKY, markersize=3, label="real x")
        (self._generated,) = place.plot([], [], "x", color=plots.FAKE, markersize=3.5, label="generated G(z)")
        place.set(xlim=box[:2], ylim=box[2:], xlabel="first coordinate", ylabel="second coordinate")
        place.set_title("L(v): white 0, black 0.6", fontsize=10)
        place.grid(False)
        legends = [place.legend(loc="upper right", fontsize=8, frameon=True)]
        self._lines = [
            losses.plot([], [], color=colour, linestyle=style, label=label)[0]
            for colour, style, label in (
                (plots.REAL, "-", "L(x)"),
                (plots.FAKE, "-", "L(G(z))"),
                (plots.TARGET, "--", "γ L(x)"),
            )
        ]
        losses.set(xlabel="step", ylabel="loss, mean of 10 steps", yscale="log", ylim=(3e-3, 3))
        legends.append(losses.legend(loc="upper right", fontsize=8))
        (self._k,) = control.plot([], [], color=plots.CONTROL)
        control.set(xlabel="step", ylabel="k", ylim=(-0.03, 1.03))
        self._scrolling = (losses, control)
        on_place = [self._ground, points, self._generated]
        self._stage = Stage(self.figure, [*on_place, *self._lines, self._k, *legends, self._headline])
        super().__init__(began, self._batch, None, per_tick)

    def _batch(self, step: int) -> torch.Tensor:
        return self._sampler(BATCH, torch.Generator().manual_seed(step))

    def describe(self) -> str:
        """The settings and where the balance stands, in words."""
        v, (real, fake) = self.values, self.recent(50)
        text = f"step {self.steps}   γ = {v['gamma']:.2f}   λ_k = {v['lambda_k']:.3g}   k = {v['k']:.3f}"
        text += " held" if self.held else ""
        return text + (f"   L(G(z)) / L(x) of the last 50 steps: {fake / real:.2f}" if self.steps else "")

    def render(self) -> bytes:
        """The picture as a JPEG."""
        self._ground.set_data(landscape(self.began.discriminator, RESOLUTION))
        self._generated.set_data(*self.began.generate(self._codes, len(self._codes)).T.numpy())
        first = max(0, -(-2 * (self.steps - SHOWN) // SHOWN)) * SHOWN // 2
        real, fake, k = self.course[first:].T
        for line, values in zip(self._lines, (real, fake, self.gammas[first:] * real), strict=True):
            ends, means = plots.running_mean(values, 10)
            line.set_data(first + ends, means)
        self._k.set_data(first + np.arange(1, len(k) + 1), k)
        for axes in self._scrolling:
            axes.set_xlim(first, first + SHOWN)
        self._headline.set_text(self.describe())
        return self._stage.picture()
