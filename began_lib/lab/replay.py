"""The widgets of a recording: a time slider, the picture of its moment and the course up to it.

For ipywidgets 7.7.1 and 8.
"""

from __future__ import annotations

import html
from threading import RLock
from typing import Any

import ipywidgets

from began_lib.figures.picture_box import PictureBox
from began_lib.lab.course import CoursePicture
from began_lib.lab.pictures import PICTURE_SIZE
from began_lib.lab.recording import Recording

__all__ = ["ReplayControls"]


class ReplayControls(PictureBox):
    """A recording with a time slider: the picture of the moment, and the course up to it. Trains nothing."""

    alt = "What the generator of a recorded training made, beside the data."

    def __init__(self, recording: Recording) -> None:
        super().__init__()
        self.recording = recording
        recording.nearest(0)  # refuses an empty one
        self._lock = RLock()
        self._drawn = CoursePicture()
        last = len(recording.frames) - 1
        self.picture = ipywidgets.Image(
            format="jpeg", width=PICTURE_SIZE, layout=ipywidgets.Layout(width="min(45%, 480px)", min_width="300px")
        )
        self.course = ipywidgets.Image(format="jpeg", layout=ipywidgets.Layout(width="100%", max_width="950px"))
        self.text = ipywidgets.HTML(layout=ipywidgets.Layout(flex="1 1 300px", width="auto", margin="0 0 0 10px"))
        self.play = ipywidgets.Play(min=0, max=last, value=last, interval=300)
        self.slider = ipywidgets.IntSlider(
            min=0, max=last, value=last, description="moment", layout=ipywidgets.Layout(width="600px")
        )
        ipywidgets.link((self.play, "value"), (self.slider, "value"))
        self.slider.observe(self.on_move, "value")
        for name, widget in (("slider", self.slider), ("picture", self.picture), ("course", self.course)):
            widget.add_class(f"replay-{name}")
        self.children = [
            ipywidgets.HBox([self.play, self.slider]),
            ipywidgets.HBox([self.picture, self.text], layout=ipywidgets.Layout(flex_flow="row wrap")),
            self.course,
        ]
        self.show(last)

    def on_move(self, change: dict[str, Any]) -> None:
        """The time slider moved."""
        with self._lock:
            self.show(change["new"])

    def show(self, index: int) -> None:
        """The recording as it was at one of its frames; at the last, all of the course.

        The end of a run may have no frame of its own: of a network that gives NaN there is none.
        """
        frame, last = self.recording.frames[index], index == len(self.recording.frames) - 1
        steps, marks = self.recording.until(len(self.recording.steps) if last else frame.step)
        self.picture.value = frame.picture
        self.course.value = self._drawn.render(steps, marks, frame.losses_real, frame.losses_fake)
        moved = "".join(f"<li>after {mark.step} steps: {html.escape(mark.text)}</li>" for mark in marks)
        about = html.escape(self.recording.about.get("title") or self.recording.about.get("data", ""))
        beyond = f", curves to step {len(steps)}" if len(steps) > frame.step else ""
        self.text.value = f"<b>{about}</b><br>step {frame.step}{beyond}<ul>{moved}</ul>"
