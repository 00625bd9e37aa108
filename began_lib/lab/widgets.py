"""The live lab's widgets and their places: all that its panel shows, and nothing of what it does.

The browser drives the training: an `ipywidgets.Play` asks for one tick after the other. With ipywidgets 8 the kernel
can start it, and it stays out of sight behind the buttons Start and Pause. The front end of ipywidgets 7, which Colab
has, starts it by a click on it alone: there it stands in place of the two buttons.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial

import ipywidgets

from began_lib.figures.picture_box import PictureBox
from began_lib.lab.knobs import CONTROLLED, HELD, SLIDERS, CurveLine, button, dropdown, row, slider
from began_lib.lab.lab import Lab
from began_lib.lab.pictures import PICTURE_SIZE
from began_lib.lab.slow_motion_controls import SlowMotionControls

__all__ = ["LabWidgets"]

PLAYING = "playing" if "playing" in ipywidgets.Play.class_trait_names() else "_playing"  # ipywidgets 7 calls it so
KERNEL_STARTS = PLAYING == "playing"  # whether the front end starts a Play that the kernel sets playing
BY_HAND = "moved by hand"  # what the list of presets shows when the sliders stand elsewhere
CONTROLS = ("data", "preset", "control", *SLIDERS, "steps", "forces")
PLAIN = ("Start", "Pause", "Step", "Reset", "Save")  # buttons of every panel
ABOVE = 190  # pixels of a window that JupyterLab takes, and a line of code above the panel
ROW = 34  # pixels of one row of controls
COURSE_SHAPE = 1.66  # width of the course over its height


class LabWidgets(PictureBox):
    """The picture of a lab, and beside it (in a narrow window below it) controls and curves, as the window has room.

    A subclass gives the callbacks. Args as those of `LabControls`. Raises ValueError for an unknown control.
    """

    on_tick: Callable[..., None]
    on_play: Callable[..., None]
    on_start: Callable[..., None]
    on_pause: Callable[..., None]
    on_step: Callable[..., None]
    on_one_network: Callable[..., None]
    on_slow_motion: Callable[..., None]
    on_told: Callable[..., None]
    on_reset: Callable[..., None]
    on_back: Callable[..., None]
    on_save: Callable[..., None]
    on_data: Callable[..., None]
    on_preset: Callable[..., None]
    on_control: Callable[..., None]
    on_forces: Callable[..., None]
    on_curve: Callable[..., None]
    on_move: Callable[..., None]

    def __init__(self, lab: Lab, shown: Collection[str]) -> None:
        super().__init__()
        if unknown := sorted(set(shown) - set(CONTROLS)):
            raise ValueError(f"no control {unknown[0]!r}: expected some of {', '.join(CONTROLS)}.")
        self.lab = lab
        self._shown = set(shown) - ({"data"} if len(lab.data_names) == 1 else set())
        self._make()
        self._place()

    def _make(self) -> None:
        self.play = ipywidgets.Play(min=0, max=2**31 - 1, interval=40, show_repeat=False)
        self.play.observe(self.on_tick, "value")
        self.play.observe(self.on_play, PLAYING)
        self.picture = ipywidgets.Image(format="jpeg", width=PICTURE_SIZE)
        self.course = ipywidgets.Image(format="jpeg")
        self.status, self.note = ipywidgets.HTML(), ipywidgets.HTML()
        causes = {
            "Start": self.on_start,
            "Pause": self.on_pause,
            "Step": self.on_step,
            "D-step": partial(self.on_one_network, "D"),
            "G-step": partial(self.on_one_network, "G"),
            "Slow motion": self.on_slow_motion,
            "Reset": self.on_reset,
            "Back to start": self.on_back,
            "Save": self.on_save,
        }
        self.buttons = {name: button(name, callback) for name, callback in causes.items()}
        self.data = dropdown("data", self.lab.data_names, self.lab.data, self.on_data)
        self.preset = dropdown("preset", [*self.lab.presets, BY_HAND], self._preset(), self.on_preset)
        self.control = ipywidgets.ToggleButtons(options=[CONTROLLED, HELD], style={"button_width": "118px"})
        self.control.observe(self.on_control, "value")
        self.forces = ipywidgets.ToggleButton(
            description="Forces −∇L",
            tooltip="Where each generated point would go, if it could: down the landscape of L",
            layout=ipywidgets.Layout(width="auto"),
        )
        self.forces.observe(self.on_forces, "value")
        self.curve = CurveLine(self.lab.curve, self.on_curve)
        self.sliders = {
            name: slider(name, getattr(self.lab.settings, name), partial(self.on_move, name)) for name in SLIDERS
        }
        self.slow_motion = SlowMotionControls(self.on_told)
        for name, widget in self.named().items():
            widget.add_class(f"lab-{name}")

    def _place(self) -> None:
        start = [self.play] if not KERNEL_STARTS else [self.buttons["Start"], self.buttons["Pause"]]
        more = [self.buttons[name] for name in self.buttons if name not in PLAIN and "steps" in self._shown]
        plain = [self.buttons[name] for name in PLAIN[2:]]
        lists = [widget for name, widget in (("data", self.data), ("preset", self.preset)) if name in self._shown]
        moved = [self.sliders[name] for name in SLIDERS if name in self._shown]
        forces = [self.forces] if "forces" in self._shown else []
        control = [self.control] if "control" in self._shown else []
        rows = [row([*start, plain[0], *more[:3], plain[1], *more[3:], plain[2]]), row(lists), row([*control, *forces])]
        rows += [self.curve, row(moved)]
        lines = 1 + bool(more) + bool(lists) + bool(control or forces) + (len(moved) + 1) // 2
        below = f"min(100%, calc((100vh - {ABOVE + ROW * lines + 60}px) * {COURSE_SHAPE}))"
        for widget in (self.course, self.slow_motion):
            widget.layout.width, widget.layout.min_width = below, "min(100%, 320px)"
        hidden = ipywidgets.HBox([self.play] if KERNEL_STARTS else [], layout=ipywidgets.Layout(display="none"))
        side = [*(box for box in rows if box.children), self.status, self.note, self.course, self.slow_motion, hidden]
        column = ipywidgets.VBox(
            side, layout=ipywidgets.Layout(flex="1 1 440px", width="auto", min_width="0", margin="0 0 0 10px")
        )
        self.picture.layout.width = f"min(44%, calc(100vh - {ABOVE}px))"
        self.picture.layout.min_width = "300px"
        self.children = [
            ipywidgets.HBox(
                [self.picture, column], layout=ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start")
            )
        ]

    def named(self) -> dict[str, ipywidgets.DOMWidget]:
        """Every widget that a reader touches or looks at, by name; each carries the class lab-NAME in the page."""
        buttons = {name.lower().replace(" ", "-"): button for name, button in self.buttons.items()}
        shown = {"picture": self.picture, "course": self.course, "status": self.status, "note": self.note}
        choices = {"data": self.data, "preset": self.preset, "control": self.control}
        more = {"forces": self.forces, "curve": self.curve, "slow": self.slow_motion, "play": self.play}
        return {**buttons, **choices, **self.sliders, **shown, **more}

    def _preset(self) -> str:
        return self.lab.preset_name or BY_HAND
