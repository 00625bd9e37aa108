"""The widgets of the live lab, a thin layer on `Lab`. For ipywidgets 7.7.1 and 8.

The browser drives the training: an `ipywidgets.Play`, out of sight, asks for the next tick as soon as the last one is
answered. So a page that is closed trains nothing, no thread is left behind, and sliders are read between two ticks.
"""

from __future__ import annotations

import html
import math
import time
import traceback
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial, wraps
from pathlib import Path
from threading import RLock
from typing import Any

import ipywidgets

from began_lib.figures.picture_box import PictureBox
from began_lib.lab import open_panels
from began_lib.lab.lab import RANGES, SAVED, Lab
from began_lib.lab.pictures import PICTURE_SIZE

__all__ = ["LabControls"]

TICK = (0.16, 0.4)  # seconds of training per tick: short, so that sliders are read; longer where the way is long
COURSE_EVERY = 0.3  # seconds between two drawings of the curves in a training that goes on; the samples come sooner
BY_HAND = "moved by hand"  # what the list of presets shows when the sliders stand elsewhere
SLIDERS = {
    "gamma": ("γ, diversity ratio", False),
    "lambda_k": ("λ_k, gain", True),
    "learning_rate": ("learning rate", True),
    "k": ("k", False),
}
CONTROLS = ("data", "preset", "control", *SLIDERS)


def _reported(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback of LabControls under its lock; an error pauses the lab and stands in the panel with its cause."""

    @wraps(callback)
    def guarded(self: LabControls, *arguments: Any) -> None:
        with self._lock:
            if self._following:
                return
            try:
                callback(self, *arguments)
            except Exception as error:
                self._halt()
                self.error = error
                self.note.value = _explained(error)

    return guarded


def _explained(error: Exception) -> str:
    text = html.escape(f"{type(error).__name__}: {error}")
    trace = html.escape("".join(traceback.format_exception(error)))
    return (
        f'<div style="color:#b00020;line-height:1.4"><b>{text}</b></div>'
        f"<details><summary>Where it came from</summary><pre>{trace}</pre></details>"
    )


class LabControls(PictureBox):
    """The panel of a `Lab`: buttons, sliders, the picture of now and the course.

    Args:
        lab: what is shown and moved; a new one on points in the plane by default.
        folder: pictures of the reader's own, offered as a choice of data.
        save_to: folder of saved recordings.
        shown: which of data, preset, control and the sliders the reader sees; by default all, but data only where
            there is a choice.

    A new panel pauses those that were there before: the cell may have been run again, and the old panel be out of
    sight. An interrupted kernel pauses all.
    """

    alt = "What the generator of the live lab makes, beside the data."

    def __init__(
        self,
        lab: Lab | None = None,
        folder: str | Path | None = None,
        save_to: str | Path = SAVED,
        shown: Collection[str] = CONTROLS,
    ) -> None:
        super().__init__()
        if unknown := sorted(set(shown) - set(CONTROLS)):
            raise ValueError(f"no control {unknown[0]!r}: expected some of {', '.join(CONTROLS)}.")
        self.lab = lab or Lab(folder=folder)
        self.save_to = Path(save_to)
        self.error: Exception | None = None
        self._lock = RLock()  # JupyterLab runs callbacks beside the cells
        self._following = False
        self._left_at = 0.0
        self._wait = 0.0
        open_panels.add(self)

        self.play = ipywidgets.Play(min=0, max=2**31 - 1, interval=40, layout=ipywidgets.Layout(display="none"))
        self.play.observe(self.on_tick, "value")
        self.picture = ipywidgets.Image(format="jpeg", width=PICTURE_SIZE, height=PICTURE_SIZE)
        self.course = ipywidgets.Image(format="jpeg", layout=ipywidgets.Layout(width="100%", max_width="950px"))
        self.status = ipywidgets.HTML()
        self.note = ipywidgets.HTML()
        self.buttons = {
            name: self._button(name, callback)
            for name, callback in (
                ("Start", self.on_start),
                ("Pause", self.on_pause),
                ("Step", self.on_step),
                ("Reset", self.on_reset),
                ("Save", self.on_save),
            )
        }
        self.data = self._dropdown("data", self.lab.data_names, self.lab.data, self.on_data)
        self.preset = self._dropdown("preset", [*self.lab.presets, BY_HAND], self._preset(), self.on_preset)
        self.control = ipywidgets.ToggleButtons(
            options=["controller on", "hold k fixed"], style={"button_width": "128px"}
        )
        self.control.observe(self.on_control, "value")
        self.sliders = {name: self._slider(name) for name in SLIDERS}
        for name, widget in self.named().items():
            widget.add_class(f"lab-{name}")
        hidden = set(CONTROLS) - set(shown) | ({"data"} if len(self.lab.data_names) == 1 else set())
        controls = [widget for name, widget in self.named().items() if name in CONTROLS and name not in hidden]
        buttons = ipywidgets.HBox(list(self.buttons.values()))
        side = [buttons, *controls, self.status, self.note, self.play]
        # Beside the picture on a laptop, below it in a narrower window.
        column = ipywidgets.VBox(side, layout=ipywidgets.Layout(width="400px", margin="0 0 0 10px"))
        top = ipywidgets.HBox([self.picture, column], layout=ipywidgets.Layout(flex_flow="row wrap"))
        self.children = [top, self.course]
        self._follow()
        self._draw()

    # -- the widgets --------------------------------------------------------------------------------------------------

    def named(self) -> dict[str, ipywidgets.DOMWidget]:
        """Every widget that a reader touches or looks at, by name; each carries the class lab-NAME in the page."""
        buttons = {name.lower(): button for name, button in self.buttons.items()}
        shown = {"picture": self.picture, "course": self.course, "status": self.status, "note": self.note}
        choices = {"data": self.data, "preset": self.preset, "control": self.control}
        return {**buttons, **choices, **self.sliders, **shown}

    def _button(self, text: str, callback: Callable[..., None]) -> ipywidgets.Button:
        button = ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="73px"))
        button.on_click(callback)
        return button

    def _dropdown(
        self, text: str, options: list[str], value: str, callback: Callable[..., None]
    ) -> ipywidgets.Dropdown:
        box = ipywidgets.Dropdown(description=text, options=options, value=value, layout={"width": "385px"})
        box.observe(callback, "value")
        return box

    def _slider(self, name: str) -> ipywidgets.Widget:
        (text, logarithmic), (low, high) = SLIDERS[name], RANGES[name]
        look = {"description": text, "style": {"description_width": "112px"}, "layout": {"width": "385px"}}
        value = getattr(self.lab.settings, name)
        if logarithmic:
            ends = {"min": round(math.log10(low)), "max": round(math.log10(high)), "step": 0.05}
            slider = ipywidgets.FloatLogSlider(value=value, base=10, readout_format=".2g", **ends, **look)
        else:
            slider = ipywidgets.FloatSlider(value=value, min=low, max=high, step=0.01, **look)
        slider.observe(partial(self.on_move, name), "value")
        return slider

    def play_on(self, value: bool) -> None:
        """Let the browser ask for ticks, or not."""
        # ipywidgets 7 calls it _playing. A page that was loaded anew starts only on a change, so there is always one.
        trait = "playing" if self.play.has_trait("playing") else "_playing"
        if value:
            setattr(self.play, trait, False)
        setattr(self.play, trait, value)

    # -- what the browser causes --------------------------------------------------------------------------------------

    @_reported
    def on_tick(self, change: dict[str, Any] | None = None) -> None:
        """The browser asks for the next tick: train, and draw if it is time."""
        if not self.lab.running:
            return
        arrived = time.perf_counter()
        if self._left_at:
            self._wait += 0.2 * (arrived - self._left_at - self._wait)
        self.lab.tick(min(max(TICK[0], 8 * self._wait), TICK[1]))
        if not self.lab.running:
            self._halt("Paused: the kernel was interrupted.")
        if self.lab.due() or not self.lab.running:
            self._draw(course=not self.lab.running or time.perf_counter() >= self._next_course)
        self._left_at = time.perf_counter()

    @_reported
    def on_start(self, button: ipywidgets.Button | None = None) -> None:
        """Train from now on."""
        self._say()
        self.lab.start()
        self._left_at = self._wait = 0.0
        self.play_on(True)
        self._enable()

    @_reported
    def on_pause(self, button: ipywidgets.Button | None = None) -> None:
        """Stop; everything stays as it is."""
        was_running = self.lab.running
        self._halt()
        if was_running:
            self._draw()

    @_reported
    def on_step(self, button: ipywidgets.Button | None = None) -> None:
        """One step, then pause."""
        self._halt()
        self._say()
        self.lab.step()
        self._draw()

    @_reported
    def on_reset(self, button: ipywidgets.Button | None = None) -> None:
        """Begin anew, paused, with the sliders as they are."""
        self._halt()
        self._say()
        self.lab.reset()
        self._follow()
        self._draw()

    @_reported
    def on_save(self, button: ipywidgets.Button | None = None) -> None:
        """Save the run so far as a recording."""
        path = self.lab.save(self.save_to)
        self._say(f"Saved as {path}. <code>ReplayControls(Recording.load(...))</code> plays it again.")

    @_reported
    def on_data(self, change: dict[str, Any]) -> None:
        """Begin anew on other data."""
        self._halt()
        self._say(f"Opening {change['new']}; the first time it is packed, which takes seconds to minutes.")
        try:
            self.lab.open(change["new"])
        finally:
            self._follow()
        self._say()
        self._draw()

    @_reported
    def on_preset(self, change: dict[str, Any]) -> None:
        """Move all sliders at once."""
        if change["new"] != BY_HAND:
            self.lab.preset(change["new"])
        self._follow()
        self._draw()

    @_reported
    def on_control(self, change: dict[str, Any]) -> None:
        """Hold k where it is, or give it back to the controller."""
        self.lab.set("hold_k", change["new"] == "hold k fixed")
        self._follow()
        self._draw()

    @_reported
    def on_move(self, name: str, change: dict[str, Any]) -> None:
        """One slider moved: it holds from the next step on, and shows at once."""
        slider, now, new = self.sliders[name], self._value(name), change["new"]
        moved = math.log10(new / now) if SLIDERS[name][1] else new - now
        if abs(moved) < 0.6 * slider.step:
            return  # the browser tells to which of its positions it rounded a value that came from here
        low, high = RANGES[name]
        self.lab.set(name, min(max(new, low), high))  # a power of ten may miss its end by a rounding
        with self._quietly():
            self.preset.value = self._preset()
        self._draw()

    # -- what a cell causes -------------------------------------------------------------------------------------------

    def train(self, steps: int) -> None:
        """Train some steps within the running cell, redrawing as they go, as if Start and then Pause were pressed.

        A kernel does one thing at a time: buttons and sliders act when the cell has ended. An interruption ends the
        training after the step in hand. Raises Diverged where a loss is not finite.
        """
        with self._lock:
            self._say()
            self.lab.start()
            until = self.lab.steps_done + steps
            try:
                while self.lab.running:
                    self.lab.tick(TICK[0], until)
                    if self.lab.due() or not self.lab.running:
                        self._draw()
            finally:
                self._halt()

    # -- what follows from it -----------------------------------------------------------------------------------------

    def _halt(self, why: str = "") -> None:
        self.lab.pause()
        self.play_on(False)
        self._enable()
        if why:
            self._say(why)

    def _say(self, text: str = "") -> None:
        self.error = None
        self.note.value = text

    def _draw(self, course: bool = True) -> None:
        self.picture.value, self.course.value = self.lab.render(course)
        if course:
            self._next_course = time.perf_counter() + COURSE_EVERY
        self.status.value = f'<div style="line-height:1.4">{html.escape(self.lab.describe())}</div>'
        if not self.lab.settings.hold_k:
            with self._quietly():
                self.sliders["k"].value = round(self.lab.k, 2)

    def _enable(self) -> None:
        self.buttons["Start"].disabled = self.lab.running
        self.buttons["Pause"].disabled = not self.lab.running
        self.sliders["k"].disabled = not self.lab.settings.hold_k

    def _preset(self) -> str:
        return self.lab.preset_name or BY_HAND

    def _value(self, name: str) -> float:
        return self.lab.k if name == "k" else getattr(self.lab.settings, name)

    def _follow(self) -> None:
        """Bring every control to the lab's values."""
        with self._quietly():
            for name, slider in self.sliders.items():
                slider.value = self._value(name)
            self.control.value = self.control.options[self.lab.settings.hold_k]
            self.data.value = self.lab.data
            self.preset.value = self._preset()
        self._enable()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        self._following = True
        try:
            yield
        finally:
            self._following = False
