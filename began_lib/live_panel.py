"""A real training under sliders: gamma, lambda_k and k act on the next step of a running BEGAN.

`LivePanel` trains and keeps the course; a panel that draws derives from it (`plane_panel`, `loop_panel`). It knows no
widget. `LiveControls` is the thin layer of ipywidgets on such a panel, for 7.7.1 and 8: training goes on by a button or
by a `Play` widget that the browser drives, since a thread cannot update widgets everywhere.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from functools import partial
from threading import RLock
from typing import Any

import ipywidgets
import numpy as np
import torch
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

from began_lib.grids import encode
from began_lib.step import Began

__all__ = ["RANGES", "LiveControls", "LivePanel", "Stage"]

RANGES = {"gamma": (0.0, 1.0), "lambda_k": (1e-3, 1.0), "k": (0.0, 1.0)}


class LivePanel:
    """A BEGAN that trains a few steps per tick; knows no widget.

    Args:
        began: where the training starts; it is copied, so that what was given stays as it is.
        batches: the batch of a step, counted from 0.
        past: losses and k before the panel's first step, (steps, 3): L(x), L(G(z)), k; all at the gamma of `began`.
        per_tick: steps per tick; as many as take about a tenth of a second.
    """

    def __init__(
        self,
        began: Began,
        batches: Callable[[int], Tensor],
        past: NDArray[np.float64] | None = None,
        per_tick: int = 10,
    ) -> None:
        if per_tick < 1:
            raise ValueError(f"per_tick is {per_tick}: expected at least 1 step.")
        self._first = copy.deepcopy(began)
        self._past = np.zeros((0, 3)) if past is None else np.asarray(past, np.float64)
        if self._past.ndim != 2 or self._past.shape[1] != 3:
            raise ValueError(f"past has shape {self._past.shape}: expected (steps, 3) of L(x), L(G(z)) and k.")
        self.batches, self.per_tick = batches, per_tick
        self.reset()

    def reset(self) -> None:
        """Back to the first weights, k, gamma and lambda_k."""
        self.began = copy.deepcopy(self._first)
        self.course = self._past  # (past + trained steps, 3): L(x), L(G(z)), k after the step
        self.gammas = np.full(len(self._past), self.began.controller.gamma)  # the gamma each step was taken with
        self.steps = 0

    @property
    def values(self) -> dict[str, float]:
        """gamma, lambda_k and k as the next step will use them."""
        controller = self.began.controller
        return {"gamma": controller.gamma, "lambda_k": controller.lambda_k, "k": float(controller.k)}

    @property
    def held(self) -> bool:
        """True while k stays where it is."""
        return self.began.controller.held

    def hold(self, held: bool) -> None:
        """Switch the controller off (True) or on."""
        self.began.controller.held = held

    def set(self, name: str, value: float) -> None:
        """Move gamma, lambda_k or k. Raises KeyError for another name, ValueError for a value outside `RANGES`."""
        if name not in RANGES:
            raise KeyError(f"no slider {name!r}: expected one of {', '.join(RANGES)}.")
        low, high = RANGES[name]
        if not low <= value <= high:  # also refuses NaN
            raise ValueError(f"{name} is {value!r}: expected a number in [{low:g}, {high:g}].")
        controller = self.began.controller
        if name == "k":
            controller.set_k(value)
        else:
            setattr(controller, name, value)

    def tick(self) -> None:
        """Train `per_tick` steps."""
        rows = []
        for _ in range(self.per_tick):
            losses = self.began.step(self.batches(self.steps))
            rows.append(torch.stack([losses.loss_real, losses.loss_fake, losses.k]))
            self.steps += 1
        self.course = np.concatenate([self.course, torch.stack(rows).double().cpu().numpy()])
        self.gammas = np.append(self.gammas, np.full(len(rows), self.began.controller.gamma))

    def recent(self, window: int = 20) -> tuple[float, float]:
        """Means of L(x) and L(G(z)) over the last steps; NaN before the first."""
        if not len(self.course):
            return math.nan, math.nan
        real, fake = self.course[-window:, :2].mean(axis=0)
        return float(real), float(fake)

    def render(self) -> bytes:
        """The picture as a JPEG."""
        raise NotImplementedError("a panel that draws derives from LivePanel and renders itself.")


class Stage:
    """A figure of which only some artists change from picture to picture, over axes that are drawn when they change.

    Args:
        figure: with all its axes; its layout is its own.
        moving: the artists that change, in the order in which they are drawn.
    """

    def __init__(self, figure: Figure, moving: Sequence[Artist]) -> None:
        self.figure, self.moving = figure, moving
        self._canvas = FigureCanvasAgg(figure)
        self._limits: list[tuple[float, ...]] = []
        for artist in moving:
            artist.set_animated(True)

    def picture(self) -> bytes:
        """The figure as a JPEG."""
        limits = [(*axes.get_xlim(), *axes.get_ylim()) for axes in self.figure.axes]
        if limits != self._limits:
            self._canvas.draw()
            self._background = self._canvas.copy_from_bbox(self.figure.bbox)
            self._limits = limits
        self._canvas.restore_region(self._background)
        for artist in self.moving:
            (artist.axes or self.figure).draw_artist(artist)
        return encode(np.asarray(self._canvas.buffer_rgba())[..., :3].copy(), quality=92)


class LiveControls(ipywidgets.VBox):
    """The widgets of a LivePanel: `picture`, `sliders` by name, `hold`, `play`, `train` and `back`."""

    def __init__(self, panel: LivePanel, milliseconds: int = 300) -> None:
        super().__init__()
        self.panel = panel
        self._lock = RLock()  # JupyterLab may run two callbacks at a time
        self._following = False
        self.picture = ipywidgets.Image(format="jpeg", width=960, value=panel.render())
        self.picture.add_class("live")
        self.sliders = {name: self._slider(name) for name in RANGES}
        self.hold = ipywidgets.Checkbox(value=panel.held, description="hold k (controller off)", indent=False)
        self.hold.observe(self.on_hold, "value")
        self.play = ipywidgets.Play(value=0, min=0, max=100_000, interval=milliseconds, description="train on")
        self.play.observe(self.on_tick, "value")
        self.train = ipywidgets.Button(description=f"Train {panel.per_tick} steps")
        self.train.on_click(self.on_tick)
        self.back = ipywidgets.Button(description="Back to the start")
        self.back.on_click(self.on_back)
        self.children = [
            self.picture,
            ipywidgets.HBox([self.sliders["gamma"], self.sliders["lambda_k"]]),
            ipywidgets.HBox([self.sliders["k"], self.hold]),
            ipywidgets.HBox([self.play, self.train, self.back]),
        ]

    def _slider(self, name: str) -> ipywidgets.Widget:
        low, high = RANGES[name]
        look: dict[str, Any] = {
            "description": {"gamma": "γ", "lambda_k": "λ_k", "k": "k"}[name],
            "layout": ipywidgets.Layout(width="460px"),
            "value": self.panel.values[name],
        }
        if name == "lambda_k":
            exponents = {"min": math.log10(low), "max": math.log10(high), "step": 0.1}
            slider = ipywidgets.FloatLogSlider(base=10, readout_format=".3g", **exponents, **look)
        else:
            slider = ipywidgets.FloatSlider(min=low, max=high, step=0.01, readout_format=".2f", **look)
        slider.add_class(f"live-{name}")
        slider.observe(partial(self.on_move, name), "value")
        return slider

    def on_move(self, name: str, change: dict[str, Any]) -> None:
        """One slider moved: the next step uses it, and the picture says so now."""
        with self._lock:
            if self._following:
                return
            low, high = RANGES[name]
            self.panel.set(name, min(max(change["new"], low), high))  # 10^0 may come as 1.0000000000000002
            self.picture.value = self.panel.render()

    def on_hold(self, change: dict[str, Any]) -> None:
        """The controller was switched off or on."""
        with self._lock:
            if not self._following:
                self.panel.hold(change["new"])
                self.picture.value = self.panel.render()

    def on_tick(self, _: Any = None) -> None:
        """Train some steps and redraw; the browser's Play widget or the button asks for it."""
        with self._lock:
            if not self._following:
                self.panel.tick()
                self._follow()

    def on_back(self, _: Any = None) -> None:
        """The first weights and settings again, with one redraw."""
        with self._lock:
            self.panel.reset()
            self._follow()

    def _follow(self) -> None:
        """Redraw, and bring the widgets to the panel's values."""
        self.picture.value = self.panel.render()
        self._following = True
        try:
            for name, slider in self.sliders.items():
                slider.value = self.panel.values[name]
            self.hold.value = self.panel.held
        finally:
            self._following = False
