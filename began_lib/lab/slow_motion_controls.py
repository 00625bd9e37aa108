"""The widgets of a step in slow motion: the diagram, a slider through its stages, and a sentence for each.

For ipywidgets 7.7.1 and 8.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import ipywidgets

from began_lib.lab.slow_motion import BOXES, DataFlowPicture, Stage

__all__ = ["SlowMotionControls"]

SECONDS = 3.0  # that a stage stays lit: time to read its sentence


class SlowMotionControls(ipywidgets.VBox):
    """Shows the stages of one step in turn; hidden until `begin`.

    Args:
        at_end: called when the last stage is reached.
        width: of the diagram, as CSS.
    """

    def __init__(self, at_end: Callable[[], None], width: str = "100%") -> None:
        super().__init__(layout=ipywidgets.Layout(display="none", width=width))
        self._at_end, self._drawn = at_end, DataFlowPicture()
        self._stages: list[Stage] = []
        last = len(BOXES) - 1
        self.play = ipywidgets.Play(min=0, max=last, interval=round(1000 * SECONDS))
        self.slider = ipywidgets.IntSlider(
            min=0, max=last, readout=False, description="stage", layout=ipywidgets.Layout(width="300px")
        )
        ipywidgets.link((self.play, "value"), (self.slider, "value"))
        self.diagram = ipywidgets.Image(format="jpeg", layout=ipywidgets.Layout(width="100%"))
        self.sentence = ipywidgets.HTML()
        for name, widget in (("slider", self.slider), ("diagram", self.diagram), ("sentence", self.sentence)):
            widget.add_class(f"slow-{name}")
        self.slider.observe(self.on_move, "value")
        self.children = [self.diagram, self.sentence, ipywidgets.HBox([self.play, self.slider])]

    @property
    def shown(self) -> bool:
        """Whether a step is being told."""
        return self.layout.display != "none"

    def begin(self, stages: list[Stage]) -> None:
        """Tell a step from its first stage on; with ipywidgets 8, where the kernel can start a Play, by itself."""
        self._stages = stages
        self.slider.value = 0
        self._show(0)
        self.layout.display = None
        if self.play.has_trait("playing"):
            self.play.playing = False
            self.play.playing = True

    def end(self) -> None:
        """Hide."""
        self.play.set_trait("playing" if self.play.has_trait("playing") else "_playing", False)
        self.layout.display = "none"

    def on_move(self, change: dict[str, Any]) -> None:
        """To another stage."""
        if self._stages:
            self._show(change["new"])

    def _show(self, place: int) -> None:
        stage = self._stages[place]
        self.diagram.value = self._drawn.render(stage.name)
        self.sentence.value = (
            f'<div style="line-height:1.4;min-height:4.2em"><b>{place + 1}. {html.escape(stage.name)}</b> '
            f"{html.escape(stage.sentence)}</div>"
        )
        if place == len(self._stages) - 1:
            self._at_end()
