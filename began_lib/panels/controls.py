"""What panels with one slider share: the slider, the panel's words, its picture, and how a move becomes a redraw.

For ipywidgets 7.7.1 and 8.
"""

from __future__ import annotations

from threading import RLock
from typing import Any, Protocol

import ipywidgets

__all__ = ["SliderControls"]


class Panel(Protocol):
    """What is drawn and moved; knows no widget."""

    def set(self, value: Any) -> None:
        """Move to one of the slider's values."""

    def describe(self) -> str:
        """What is shown, in words."""

    def render(self) -> bytes:
        """The picture as a JPEG."""


class SliderControls(ipywidgets.VBox):
    """A `slider` with the panel's words as `headline` beside it, and the `picture` below.

    Args:
        panel: what the slider moves.
        slider: a widget whose values `panel.set` takes.
        name: the slider and the picture carry the classes NAME-slider and NAME-picture in the page.
        width: of the picture, pixels.
    """

    def __init__(self, panel: Panel, slider: ipywidgets.Widget, name: str, width: int) -> None:
        super().__init__()
        self.panel, self.slider = panel, slider
        self._lock = RLock()  # JupyterLab may run two callbacks at a time
        self.picture = ipywidgets.Image(format="jpeg", width=width, value=panel.render())
        self.picture.add_class(f"{name}-picture")
        self.slider.add_class(f"{name}-slider")
        self.slider.observe(self.on_move, "value")
        self.headline = ipywidgets.Label(panel.describe())
        self.children = [ipywidgets.HBox([self.slider, self.headline]), self.picture]

    def on_move(self, change: dict[str, Any]) -> None:
        """The slider moved: redraw."""
        with self._lock:
            self.panel.set(change["new"])
            self.show()

    def show(self) -> None:
        """The panel as it is now."""
        self.headline.value = self.panel.describe()
        self.picture.value = self.panel.render()
