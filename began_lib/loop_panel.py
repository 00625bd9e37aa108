"""Section 3.4 under sliders: a real training answers to gamma and lambda_k, beside what the linear model foretells."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from began_lib.control import LinearLoop
from began_lib.live_panel import LivePanel, Stage
from began_lib.plots import BLACK, CONTROL, TARGET, running_mean
from began_lib.step import Began

SHOWN = 150  # steps before now, and after it, in the picture
AHEAD = 150  # steps the model looks ahead of a move


class LoopPanel(LivePanel):
    """k and the balance of a running training, and the model's forecast from the last move of a slider on.

    The forecast starts at k as it is, with the balance that the new gamma makes of the last losses. It is redrawn at
    once; the training follows with the next ticks.

    Args:
        loop: gain and lag of the networks, as `control.identify` finds them.
        began, batches, past, per_tick: as for `LivePanel`.
    """

    def __init__(
        self,
        loop: LinearLoop,
        began: Began,
        batches: Callable[[int], Tensor],
        past: NDArray[np.float64] | None = None,
        per_tick: int = 5,
    ) -> None:
        self.loop = loop
        self.figure = Figure(figsize=(10, 3.4), dpi=96, layout="none")  # laid out below, once
        self._axes = self.figure.subplots(1, 2)
        self.figure.subplots_adjust(left=0.07, right=0.99, bottom=0.15, top=0.8, wspace=0.2)
        self._headline = self.figure.text(0.07, 0.91, "", fontsize=10.5)
        left, right = self._axes
        (self._k,) = left.plot([], [], color=CONTROL, label="k of the training")
        (self._balance,) = right.plot([], [], color=BLACK, linewidth=1, label="training, mean of 10 steps")
        model = {"color": TARGET, "linestyle": "--", "label": "linear model from the last move on"}
        self._model_k, self._model_balance = (axes.plot([], [], **model)[0] for axes in self._axes)
        self._now = [axes.axvline(0, color="0.7", linewidth=1) for axes in self._axes]
        right.axhline(0, color="0.7", linewidth=1)
        left.set(xlabel="step", ylabel="k", ylim=(-0.01, 0.3))
        right.set(xlabel="step", ylabel="γ L(x) − L(G(z))", ylim=(-0.05, 0.05))
        legends = [axes.legend(loc="upper left", fontsize=8) for axes in self._axes]
        lines = [self._k, self._balance, self._model_k, self._model_balance]
        self._stage = Stage(self.figure, [*self._now, *lines, *legends, self._headline])
        super().__init__(began, batches, past, per_tick)

    def reset(self) -> None:
        """Back to the first weights, k, gamma and lambda_k, and no forecast."""
        super().reset()
        self.forecast: tuple[int, NDArray[np.float64], NDArray[np.float64]] | None = None

    def set(self, name: str, value: float) -> None:
        """Move gamma, lambda_k or k, and forecast what follows."""
        super().set(name, value)
        self._foretell()

    def hold(self, held: bool) -> None:
        """Switch the controller off or on; there is nothing to foretell while it is off."""
        super().hold(held)
        self._foretell()

    def _foretell(self) -> None:
        real, fake = self.recent()
        if self.held or np.isnan(real):
            self.forecast = None
            return
        v = self.values
        balance, moved = self.loop.at(v["lambda_k"]).step_response(AHEAD, v["gamma"] * real - fake, start=v["k"])
        self.forecast = len(self.course), balance, v["k"] + moved

    def describe(self) -> str:
        """The settings, and the kind of motion the model expects, in words."""
        v, loop = self.values, self.loop.at(self.values["lambda_k"])
        if self.held:
            motion = "the controller is off"
        elif not loop.oscillates:
            motion = f"model: no swings, time constant {loop.time_constant:,.0f} steps"
        elif loop.stable:
            motion = f"model: swings of {loop.period:.0f} steps, damping {loop.damping:.2f}"
        else:
            motion = f"model: swings grow from λ_k = {loop.limit:.2g} on"
        return (
            f"step {len(self.course)}   γ = {v['gamma']:.2f}   λ_k = {v['lambda_k']:.3g}   k = {v['k']:.3f}   {motion}"
        )

    def render(self) -> bytes:
        """The picture as a JPEG."""
        steps = np.arange(1, len(self.course) + 1)
        now = len(self.course)
        shown = slice(max(0, now - SHOWN), now)
        real, fake, k = self.course.T
        self._k.set_data(steps[shown], k[shown])
        ends, means = running_mean((self.gammas * real - fake)[shown], 10)
        self._balance.set_data(ends + shown.start - 4.5, means)  # at the middle of its window
        start, balance, model_k = self.forecast or (now, np.zeros(0), np.zeros(0))
        ahead = np.arange(start, start + len(balance))
        self._model_balance.set_data(ahead, balance)
        self._model_k.set_data(ahead, model_k)
        for axes, line in zip(self._axes, self._now, strict=True):
            line.set_xdata([now, now])
            axes.set_xlim(now - SHOWN, now + AHEAD)
        # In coarse steps, so that most moves of a slider leave the axes as they are.
        highest = 0.1 * math.ceil(10 * max(0.2, *k[shown], *model_k, 0.0))
        self._axes[0].set_ylim(-0.1 * highest, 1.3 * highest)
        widest = 0.02 * math.ceil(50 * max(0.03, *np.abs(means), *np.abs(balance), 0.0))
        self._axes[1].set_ylim(-widest, 1.3 * widest)
        self._headline.set_text(self.describe())
        return self._stage.picture()
