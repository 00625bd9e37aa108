"""What the lab's panel is made of: buttons, lists, sliders, and the line in which a reader draws a curve.

For ipywidgets 7.7.1 and 8.
"""

from __future__ import annotations

import html
import math
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets

from began_lib.lab import curve
from began_lib.lab.lab import RANGES

SLIDERS = {
    "gamma": ("γ, diversity", False),
    "lambda_k": ("λ_k, gain", True),
    "learning_rate": ("rate", True),
    "k": ("k", False),
}
HALF = {"flex": "1 1 max(245px, 40%)", "width": "auto", "max_width": "440px"}  # two side by side where there is room
CONTROLLED, HELD = "controller on", "hold k fixed"
TIPS = {
    "Start": "Train from now on",
    "Pause": "Stop after the step in hand",
    "Step": "One step: D, G and k",
    "D-step": "One step of D alone; G and k stay",
    "G-step": "One step of G alone; D and k stay",
    "Slow motion": "One step, told in eight stages",
    "Reset": "Weights, k and the step go back; γ, λ_k and the rate stay as you set them",
    "Back to start": "Everything goes back, the sliders too",
    "Save": "Save the course, the pictures and your moves as a recording",
}


def button(text: str, callback: Callable[..., None]) -> ipywidgets.Button:
    """A button that is as wide as its text, with a tip."""
    made = ipywidgets.Button(description=text, tooltip=TIPS[text], layout=ipywidgets.Layout(width="auto"))
    made.on_click(callback)
    return made


def dropdown(text: str, options: Sequence[str], value: str, callback: Callable[..., None]) -> ipywidgets.Dropdown:
    """A list to choose from."""
    look = {"layout": ipywidgets.Layout(**HALF), "style": {"description_width": "50px"}}
    box = ipywidgets.Dropdown(description=text, options=options, value=value, **look)
    box.observe(callback, "value")
    return box


def slider(name: str, value: float, callback: Callable[[dict[str, Any]], None]) -> ipywidgets.Widget:
    """The slider of a setting over its range, logarithmic where the range spans decades."""
    (text, logarithmic), (low, high) = SLIDERS[name], RANGES[name]
    look = {"description": text, "style": {"description_width": "78px"}, "layout": ipywidgets.Layout(**HALF)}
    if logarithmic:
        ends = {"min": round(math.log10(low)), "max": round(math.log10(high)), "step": 0.05}
        made = ipywidgets.FloatLogSlider(value=value, base=10, readout_format=".2g", **ends, **look)
    else:
        made = ipywidgets.FloatSlider(value=value, min=low, max=high, step=0.01, **look)
    made.observe(callback, "value")
    return made


def row(children: Sequence[ipywidgets.Widget]) -> ipywidgets.HBox:
    """Widgets side by side, and below each other where the window is narrow."""
    return ipywidgets.HBox(list(children), layout=ipywidgets.Layout(flex_flow="row wrap", align_items="center"))


class CurveLine(ipywidgets.HBox):
    """A curve written down as "x,y; x,y; ...", and ready ones to begin with.

    Args:
        value: the curve to begin with.
        callback: gets each new curve, as text, when the reader has pressed Enter or chosen a ready one.
    """

    def __init__(self, value: str, callback: Callable[[str], None]) -> None:
        super().__init__(layout=ipywidgets.Layout(display="none"))
        names = {points: name for name, points in curve.READY.items()}
        self.ready = ipywidgets.Dropdown(
            options=[*curve.READY, "your own"], value=names.get(value, "your own"), layout={"width": "110px"}
        )
        self.points = ipywidgets.Text(
            value=value,
            continuous_update=False,
            placeholder="x,y; x,y; ...   ends where it began: closed",
            layout=ipywidgets.Layout(flex="1 1 300px", width="auto"),
        )
        self._callback, self._names = callback, names
        self.ready.observe(self._on_ready, "value")
        self.points.observe(self._on_points, "value")
        self.children = [self.ready, self.points]

    def _on_ready(self, change: dict[str, Any]) -> None:
        if change["new"] in curve.READY:
            self.points.value = curve.READY[change["new"]]

    def _on_points(self, change: dict[str, Any]) -> None:
        self.ready.value = self._names.get(change["new"], "your own")
        self._callback(change["new"])


def explained(error: Exception) -> str:
    """An error as HTML: one line, and where it came from to unfold."""
    text = html.escape(f"{type(error).__name__}: {error}")
    trace = html.escape("".join(traceback.format_exception(error)))
    return (
        f'<div style="color:#b00020;line-height:1.4"><b>Stopped.</b> {text}</div>'
        f"<details><summary>Where it came from</summary><pre>{trace}</pre></details>"
    )
