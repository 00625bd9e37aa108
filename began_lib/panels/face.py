"""One rendered face under a slider for each factor.

`FacePanel` draws and knows no widget; `FaceControls` is the thin layer of ipywidgets on it, for 7.7.1 and 8.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import ipywidgets
import numpy as np

from began_lib.data.pixels import encode, tile
from began_lib.faces import FACTORS, Factor, factor, neutral, render, sample_factors
from began_lib.figures.face_space import label, topics
from began_lib.panels.controls import PanelControls

__all__ = ["FaceControls", "FacePanel"]


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


class FaceControls(PanelControls):
    """The widgets of a FacePanel: the picture, two buttons, and a slider or dropdown per factor, folded by topic.

    `controls` maps each factor's name to its widget, `note` tells how rare the last change is, `sliders` folds them.
    """

    def __init__(self, panel: FacePanel | None = None) -> None:
        super().__init__(panel or FacePanel(), "face", width=288)
        self.note = ipywidgets.HTML("The neutral face.", layout=ipywidgets.Layout(width="288px"))
        for name, row in FACTORS.items():
            self.connect(name, _control(row, self.panel.value(name)), partial(self._move, name))
        self.buttons = [self.button("Another face", self._shuffle), self.button("Neutral face", self._reset)]
        for button in self.buttons:
            button.layout.width = "142px"
        groups = topics()
        self.sliders = ipywidgets.Accordion(
            children=[ipywidgets.VBox([self.controls[name] for name in names]) for names in groups.values()],
            layout=ipywidgets.Layout(flex="1 1 auto", min_width="380px"),
        )
        for place, title in enumerate(groups):
            self.sliders.set_title(place, title)
        self.sliders.selected_index = 0
        left = ipywidgets.VBox([self.picture, ipywidgets.HBox(self.buttons), self.note])
        self.children = [ipywidgets.HBox([left, self.sliders])]

    def _move(self, name: str, value: float | int) -> None:
        self.panel.set(name, value)
        self.note.value = f"<b>{label(name)}</b>: {FACTORS[name].description}.<br>{self.panel.rarity(name)}."

    def _shuffle(self) -> None:
        self.panel.shuffle()
        self._follow(f"Face {self.panel.shuffles - 1} of seed {self.panel.seed}.")

    def _reset(self) -> None:
        self.panel.reset()
        self._follow("The neutral face.")

    def _follow(self, note: str) -> None:
        self.note.value = note
        with self.following():
            for name, control in self.controls.items():
                control.value = self.panel.value(name)
