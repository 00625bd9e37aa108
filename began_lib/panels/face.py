"""Panels with sliders. What a panel computes is a plain class without widgets; a thin layer of ipywidgets drives it.

Works with ipywidgets 7.7.1, which Colab has, and with 8. A slider in the browser sends its next value only when the
kernel has answered the last one, so moves never pile up.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from threading import RLock
from typing import Any

import ipywidgets
import numpy as np

from began_lib.data.pixels import encode, tile
from began_lib.faces import FACTOR_NAMES, FACTORS, Factor, factor, neutral, render, sample_factors

__all__ = ["TOPICS", "FaceControls", "FacePanel", "topics"]

# A topic is a run of rows in the factor table; each is named with its first row.
TOPICS = {
    "Pose": "yaw",
    "Person": "presentation",
    "Skin": "skin_tone",
    "Head": "face_width",
    "Hair": "hair_style",
    "Eyes and brows": "eye_size",
    "Nose and mouth": "nose_length",
    "Beard, glasses, clothes": "facial_hair",
    "Light and background": "light_side",
    "Camera": "zoom",
}


def topics() -> dict[str, list[str]]:
    """Names of the factors under each topic, in the table's order; every factor has exactly one topic."""
    title_of = {factor(first).name: title for title, first in TOPICS.items()}
    grouped: dict[str, list[str]] = {}
    title = next(iter(TOPICS))
    for name in FACTOR_NAMES:
        title = title_of.get(name, title)
        grouped.setdefault(title, []).append(name)
    return grouped


class FacePanel:
    """One rendered face whose factors can be set; knows no widget.

    Args:
        size: side of the picture in pixels, 16 to 256.
        seed: names the sequence of faces from which `shuffle` takes the next one.
    """

    def __init__(self, size: int = 128, seed: int = 0) -> None:
        self.size, self.seed = size, seed
        self.shuffles = 0
        self.factors = neutral()

    def value(self, name: str) -> float | int:
        """The face's value of a factor (the index of its level, if discrete); KeyError for an unknown name."""
        return getattr(self.factors, factor(name).name).item()

    def set(self, name: str, value: float | int | str) -> None:
        """Change one factor. Raises KeyError for an unknown name, ValueError for a value outside the factor's range."""
        self.factors = self.factors.replace(**{name: value})

    def shuffle(self) -> None:
        """Take the next face of the sequence, drawn with the table's frequencies."""
        self.factors = sample_factors(1, self.seed, start=self.shuffles)
        self.shuffles += 1

    def reset(self) -> None:
        """Back to the neutral face."""
        self.factors = neutral()

    def render(self) -> bytes:
        """The face as a JPEG."""
        return encode(tile(render(self.factors, self.size)))

    def rarity(self, name: str) -> str:
        """How often the table draws what this face shows in one factor, in words."""
        row, value = factor(name), self.value(name)
        if not row.discrete:
            return f"{row.distribution.cdf(value):.1%} of faces have less"
        text = f"{row.distribution.shares()[value]:.1%} of faces"
        given = row.distribution.given
        if given:
            text += f", {row.distribution.shares(np.array([self.value(given)]))[0, value]:.1%} at this {label(given)}"
        return text


def label(name: str) -> str:
    """A factor's or level's name for the reader."""
    return name.replace("_", " ")


def _step(row: Factor) -> float:
    """A round step that divides a slider into 50 to 500 positions."""
    low, high = row.range
    return 10.0 ** math.floor(math.log10((high - low) / 50))


def _control(row: Factor, value: float | int) -> ipywidgets.Widget:
    """A dropdown for a discrete factor, a slider for a continuous one."""
    look: dict[str, Any] = {
        "description": label(row.name),
        "style": {"description_width": "120px"},
        "layout": ipywidgets.Layout(width="97%"),
    }
    if row.discrete:
        options = [(label(level), index) for index, level in enumerate(row.levels)]
        return ipywidgets.Dropdown(options=options, value=value, **look)
    low, high = row.range
    if row.unit == "integer":
        return ipywidgets.IntSlider(value=int(value), min=int(low), max=int(high), **look)
    return ipywidgets.FloatSlider(value=value, min=low, max=high, step=_step(row), **look)


class FaceControls(ipywidgets.HBox):
    """The widgets of a FacePanel: the picture, two buttons, and a slider or dropdown per factor, folded by topic.

    `controls` maps each factor's name to its widget, `picture` is the image, `note` tells how rare the last change is.
    """

    def __init__(self, panel: FacePanel | None = None) -> None:
        super().__init__()
        self.panel = panel or FacePanel()
        self._lock = RLock()  # JupyterLab may run two callbacks at a time
        self._following = False
        self.picture = ipywidgets.Image(format="jpeg", width=288, height=288, value=self.panel.render())
        self.picture.add_class("face")
        self.note = ipywidgets.HTML("The neutral face.", layout=ipywidgets.Layout(width="288px"))
        self.controls = {name: _control(row, self.panel.value(name)) for name, row in FACTORS.items()}
        for name, control in self.controls.items():
            control.observe(partial(self.on_move, name), "value")
            control.add_class(f"factor-{name}")
        buttons = [self._button("Another face", self.on_shuffle), self._button("Neutral face", self.on_neutral)]
        groups = topics()
        sliders = ipywidgets.Accordion(
            children=[ipywidgets.VBox([self.controls[name] for name in names]) for names in groups.values()],
            layout=ipywidgets.Layout(flex="1 1 auto", min_width="380px"),
        )
        for place, title in enumerate(groups):
            sliders.set_title(place, title)
        sliders.selected_index = 0
        self.children = [ipywidgets.VBox([self.picture, ipywidgets.HBox(buttons), self.note]), sliders]

    def _button(self, text: str, callback: Callable[[ipywidgets.Button], None]) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="142px"))
        button.on_click(callback)
        return button

    def on_move(self, name: str, change: dict[str, Any]) -> None:
        """One control moved: redraw, and say how rare the new value is."""
        with self._lock:
            if self._following:
                return
            self.panel.set(name, change["new"])
            self.picture.value = self.panel.render()
            self.note.value = f"<b>{label(name)}</b>: {FACTORS[name].description}.<br>{self.panel.rarity(name)}."

    def on_shuffle(self, button: ipywidgets.Button | None = None) -> None:
        """The next face of the sequence."""
        with self._lock:
            self.panel.shuffle()
            self._follow(f"Face {self.panel.shuffles - 1} of seed {self.panel.seed}.")

    def on_neutral(self, button: ipywidgets.Button | None = None) -> None:
        """The neutral face."""
        with self._lock:
            self.panel.reset()
            self._follow("The neutral face.")

    def _follow(self, note: str) -> None:
        """Redraw once and bring every control to the panel's value."""
        self.picture.value = self.panel.render()
        self.note.value = note
        self._following = True
        try:
            for name, control in self.controls.items():
                control.value = self.panel.value(name)
        finally:
            self._following = False
