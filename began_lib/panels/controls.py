"""What the widgets of all panels share: one picture, and how a move of a control or a button becomes a redraw.

Works with ipywidgets 7.7.1, which Colab has, and with 8. A slider in the browser sends its next value only when the
kernel has answered the last one, so moves never pile up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any, Protocol

import ipywidgets

from began_lib.figures.picture_box import PictureBox
from began_lib.figures.slider_rounding import only_rounded

__all__ = ["PanelControls", "SliderControls"]


class Panel(Protocol):
    """What is drawn and moved; knows no widget."""

    def render(self) -> bytes:
        """The picture as a JPEG."""


class SliderPanel(Panel, Protocol):
    """A panel that one slider moves."""

    def set(self, value: Any) -> None:
        """Move to one of the slider's values."""

    def describe(self) -> str:
        """What is shown, in words."""


class PanelControls(PictureBox):
    """The `picture` of a panel, and the `controls` that move it, by name.

    Args:
        panel: what is drawn.
        name: in the page, the picture carries the class NAME-picture and each control NAME-CONTROL.
        width: of the picture, pixels.
    """

    def __init__(self, panel: Panel, name: str, width: int) -> None:
        super().__init__()
        self.panel = panel
        self.controls: dict[str, ipywidgets.Widget] = {}
        self._name, self._following = name, False
        self._lock = RLock()  # JupyterLab may run two callbacks at a time
        self.picture = ipywidgets.Image(format="jpeg", width=width, value=panel.render())
        self.picture.add_class(f"{name}-picture")

    def connect(self, name: str, control: ipywidgets.Widget, move: Callable[[Any], None]) -> None:
        """Let a control move the panel: `move` gets its new value, but not one that the browser only rounded."""

        def on_change(change: dict[str, Any]) -> None:
            old, new = change["old"], change["new"]
            if not (isinstance(control, ipywidgets.FloatSlider) and only_rounded(control, old, new)):
                self.act(move, new)

        self.controls[name] = control
        control.add_class(f"{self._name}-{name}")
        control.observe(on_change, "value")

    def button(self, text: str, action: Callable[[], None]) -> ipywidgets.Button:
        """A button that does something to the panel."""
        button = ipywidgets.Button(description=text)
        button.on_click(lambda pressed: self.act(action))
        return button

    def act(self, action: Callable[..., None], *arguments: Any) -> None:
        """What a control or a button causes: the action, then one redraw."""
        with self._lock:
            if not self._following:
                action(*arguments)
                self.show()

    @contextmanager
    def following(self) -> Iterator[None]:
        """Within it the controls follow the panel: they are moved and cause nothing."""
        self._following = True
        try:
            yield
        finally:
            self._following = False

    def show(self) -> None:
        """The panel as it is now."""
        self.picture.value = self.panel.render()


class SliderControls(PanelControls):
    """One `slider` with the panel's words as `headline` beside it, and the `picture` below."""

    def __init__(self, panel: SliderPanel, slider: ipywidgets.Widget, name: str, width: int) -> None:
        super().__init__(panel, name, width)
        self.slider = slider
        self.connect("slider", slider, panel.set)
        self.headline = ipywidgets.Label(panel.describe())
        self.children = [ipywidgets.HBox([slider, self.headline]), self.picture]

    def still_alt(self) -> str:
        """The panel's own words for what it shows."""
        return f"{super().still_alt()} {self.headline.value}"

    def show(self) -> None:
        """The panel as it is now, in words as well."""
        super().show()
        self.headline.value = self.panel.describe()
