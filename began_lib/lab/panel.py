"""The widgets of the live lab, a thin layer on `Lab`. For ipywidgets 7.7.1 and 8.

The browser drives the training: an `ipywidgets.Play` asks for the next tick as soon as the last one is answered. So a
page that is closed trains nothing, no thread is left behind, and sliders are read between two ticks.

The buttons, lists and sliders themselves and their places are `began_lib.lab.widgets`.
"""

from __future__ import annotations

import html
import math
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import wraps
from numbers import Integral
from pathlib import Path
from threading import RLock
from typing import Any

import ipywidgets

from began_lib.figures.slider_rounding import only_rounded
from began_lib.lab import open_panels
from began_lib.lab.knobs import HELD, explained
from began_lib.lab.lab import RANGES, SAVED, Lab
from began_lib.lab.slow_motion import step_in_stages
from began_lib.lab.subjects import OWN_CURVE
from began_lib.lab.widgets import BY_HAND, CONTROLS, KERNEL_STARTS, PLAYING, LabWidgets

__all__ = ["LabControls"]

TICK = (0.16, 0.4)  # seconds of training per tick: short, so that sliders are read; longer where the way is long
INTERRUPTED = "Paused: the kernel was interrupted."
COURSE_EVERY = 0.3  # seconds between two drawings of the curves in a training that goes on; the samples come sooner


def _reported(callback: Callable[..., None]) -> Callable[..., None]:
    """A callback of LabControls under its lock; an error pauses the lab and stands in the panel with its cause."""

    @wraps(callback)
    def guarded(self: LabControls, *arguments: Any) -> None:
        with self._lock:
            if self._following:
                return
            try:
                callback(self, *arguments)
            except KeyboardInterrupt:
                self.on_interrupt()
            except Exception as error:
                self._halt()
                self.error = error
                self.note.value = explained(error)

    return guarded


class LabControls(LabWidgets):
    """The panel of a `Lab`: buttons, sliders, the picture of now and the course beside it.

    Args:
        lab: what is shown and moved; a new one on points in the plane by default.
        folder: pictures of the reader's own, offered as a choice of data.
        save_to: folder of saved recordings.
        shown: which of data, preset, control, the sliders, steps (of one network, in slow motion, back to the start)
            and forces the reader sees; by default all, but data only where there is a choice, and forces only where
            there are any.

    A new panel pauses those that were there before: the cell may have been run again, and the old panel be out of
    sight. An interrupted kernel pauses all. The panel fits into its window: JupyterLab's or a page's.
    """

    alt = "What the generator of the live lab makes, beside the data."

    def __init__(
        self,
        lab: Lab | None = None,
        folder: str | Path | None = None,
        save_to: str | Path = SAVED,
        shown: Collection[str] = CONTROLS,
    ) -> None:
        super().__init__(lab or Lab(folder=folder), shown)
        self.save_to = Path(save_to)
        self.error: Exception | None = None
        self._lock = RLock()  # JupyterLab runs callbacks beside the cells
        self._following = False
        self._left_at = 0.0
        self._wait = 0.0
        open_panels.add(self)
        self._draw()

    # -- what the browser causes --------------------------------------------------------------------------------------

    def play_on(self, value: bool) -> None:
        """Let the browser ask for ticks, or not."""
        with self._quietly():
            if value and KERNEL_STARTS:
                # A page that was loaded anew starts only on a change, so there is always one.
                setattr(self.play, PLAYING, False)
            setattr(self.play, PLAYING, value)

    @_reported
    def on_tick(self, change: dict[str, Any] | None = None) -> None:
        """The browser asks for the next tick: train, and draw if it is time."""
        if not self.lab.running:
            if getattr(self.play, PLAYING):  # something else has paused the lab: another panel, or a cell
                self._halt()
                self._draw()
            return
        arrived = time.perf_counter()
        if self._left_at:
            self._wait += 0.2 * (arrived - self._left_at - self._wait)
        self.lab.tick(min(max(TICK[0], 8 * self._wait), TICK[1]))
        if not self.lab.running:
            self._halt(INTERRUPTED)
        if self.lab.due() or not self.lab.running:
            self._draw(course=not self.lab.running or time.perf_counter() >= self._next_course)
        self._left_at = time.perf_counter()

    @_reported
    def on_play(self, change: dict[str, Any]) -> None:
        """The Play itself was clicked, where it is the button that starts and pauses."""
        if change["new"] != self.lab.running:
            self.on_start() if change["new"] else self.on_pause()

    @_reported
    def on_start(self, button: ipywidgets.Button | None = None) -> None:
        """Train from now on."""
        self._hush()
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
    def on_interrupt(self) -> None:
        """The kernel was interrupted, perhaps between two ticks."""
        self._halt(INTERRUPTED)
        self._draw()

    @_reported
    def on_step(self, button: ipywidgets.Button | None = None) -> None:
        """One step, then pause."""
        self._halt()
        self._say()
        self.lab.step()
        self._draw()

    @_reported
    def on_one_network(self, network: str, button: ipywidgets.Button | None = None) -> None:
        """One step of D alone or of G alone, then pause."""
        self._halt()
        self._say(f"{network} took a step alone; {'G' if network == 'D' else 'D'} and k stayed as they were.")
        self.lab.step(network=network)
        self._draw()

    @_reported
    def on_slow_motion(self, button: ipywidgets.Button | None = None) -> None:
        """One step, told in its stages; the picture follows at the last of them."""
        self._halt()
        self._say()
        stages = step_in_stages(self.lab)
        self.course.layout.display = "none"
        self.slow_motion.begin(stages)

    @_reported
    def on_told(self) -> None:
        """A step in slow motion has come to its last stage."""
        self._draw()

    @_reported
    def on_reset(self, button: ipywidgets.Button | None = None) -> None:
        """Begin anew, paused, with the sliders as they are."""
        self._halt()
        self.lab.reset()
        self._say("Weights, k and the step went back; γ, λ_k and the rate stayed as you set them.")
        self._draw()

    @_reported
    def on_back(self, button: ipywidgets.Button | None = None) -> None:
        """Begin anew, paused, with the sliders as they were at the start."""
        self._halt()
        self.lab.open(self.lab.data)
        self._say("Everything is as at the start, the sliders too.")
        self._draw()

    @_reported
    def on_forces(self, change: dict[str, Any]) -> None:
        """Draw the forces on generated points, or not."""
        self.lab.show_forces(change["new"])
        self._draw()

    @_reported
    def on_curve(self, text: str) -> None:
        """Begin anew on a curve that the reader wrote down."""
        self._halt()
        self.lab.draw_curve(text)
        self._say("Begun anew on your curve.")
        self._draw()

    @_reported
    def on_save(self, button: ipywidgets.Button | None = None) -> None:
        """Save the run so far as a recording."""
        path = self.lab.save(self.save_to)
        self._say(
            f"Saved as <code>{html.escape(str(path.resolve()))}</code>: the course of {self.lab.steps_done} steps, "
            f"{len(self.lab.recording.frames)} pictures and your moves, without the networks. "
            f"<code>ReplayControls(Recording.load(...))</code> plays it again."
        )

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
        self._draw()

    @_reported
    def on_control(self, change: dict[str, Any]) -> None:
        """Hold k where it is, or give it back to the controller."""
        self.lab.set("hold_k", change["new"] == HELD)
        self._draw()

    @_reported
    def on_move(self, name: str, change: dict[str, Any]) -> None:
        """One slider moved: it holds from the next step on, and shows at once."""
        slider, new = self.sliders[name], change["new"]
        if slider.disabled:
            self._follow()  # the controller moves k
            return
        if only_rounded(slider, self._value(name), new):
            return  # the browser tells to which of its positions it rounded a value that came from here
        low, high = RANGES[name]
        self.lab.set(name, min(max(new, low), high))  # a power of ten may miss its end by a rounding
        self._draw()

    # -- what a cell causes -------------------------------------------------------------------------------------------

    def train(self, steps: int) -> None:
        """Train some steps within the running cell, redrawing as they go, as if Start and then Pause were pressed.

        A kernel does one thing at a time: buttons and sliders act when the cell has ended. An interruption ends the
        training after the step in hand. Raises Diverged where a loss is not finite, ValueError for less than one step.
        """
        if not isinstance(steps, Integral) or steps < 1:
            raise ValueError(f"steps is {steps!r}: expected a whole number of at least 1.")
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
        self._hush()
        self._enable()
        if why:
            self._say(why)

    def _hush(self) -> None:
        """The curves again, where a step was told in slow motion."""
        if self.slow_motion.shown:
            self.slow_motion.end()
            self.course.layout.display = None

    def _say(self, text: str = "") -> None:
        self.error = None
        self.note.value = text

    def _draw(self, course: bool = True) -> None:
        self.picture.value, self.course.value = self.lab.render(course)
        if course:
            self._next_course = time.perf_counter() + COURSE_EVERY
        self.status.value = f'<div style="line-height:1.4">{html.escape(self.lab.describe())}</div>'
        self._follow()

    def _enable(self) -> None:
        self.buttons["Start"].disabled = self.lab.running
        self.buttons["Pause"].disabled = not self.lab.running
        self.sliders["k"].disabled = not self.lab.settings.hold_k

    def _value(self, name: str) -> float:
        """A setting as its slider can show it: a subject may begin outside the range, and k of a broken run is NaN."""
        low, high = RANGES[name]
        value = self.lab.k if name == "k" else getattr(self.lab.settings, name)
        return min(max(value, low), high) if math.isfinite(value) else low

    def _follow(self) -> None:
        """Bring every control to the lab's values, which a cell or another panel may have moved too."""
        with self._quietly():
            for name, slider in self.sliders.items():
                value = self._value(name)
                if not only_rounded(slider, value, slider.value):
                    slider.value = round(value, 2) if slider.disabled else value  # the controller's k
            self.control.value = self.control.options[self.lab.settings.hold_k]
            self.data.value = self.lab.data
            self.preset.value = self._preset()
            self.forces.value = bool(self.lab.subject.forces)
        self.forces.layout.display = "none" if self.lab.subject.forces is None else None
        self.curve.layout.display = None if self.lab.data == OWN_CURVE else "none"
        self._enable()

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        before, self._following = self._following, True
        try:
            yield
        finally:
            self._following = before
