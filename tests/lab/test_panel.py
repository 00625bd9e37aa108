"""The lab's widgets through their own events, as the browser causes them, without a browser."""

import io
import math
import random
import signal
from dataclasses import replace
from pathlib import Path

import ipywidgets
import pytest
import torch
from PIL import Image

from began_lib import plane
from began_lib.lab.course import CoursePicture
from began_lib.lab.knobs import SLIDERS
from began_lib.lab.lab import GOOD, RANGES, Lab
from began_lib.lab.panel import BY_HAND, CONTROLS, LabControls
from began_lib.lab.replay import ReplayControls
from began_lib.lab.subjects import OWN_CURVE, Points
from began_lib.lab.widgets import PLAYING
from began_lib.training.trainer import Diverged

FACES = "faces 16x16"


@pytest.fixture
def controls(tmp_path, monkeypatch) -> LabControls:
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "data"))
    monkeypatch.setattr("began_lib.lab.subjects.LIMIT", 64)
    monkeypatch.setattr("began_lib.lab.panel.TICK", (0.0, 0.0))  # one step per tick
    return LabControls(save_to=tmp_path / "saved")


def tick(controls: LabControls, times: int = 1) -> None:
    for _ in range(times):
        controls.play.value += 1


def playing(controls: LabControls) -> bool:
    return controls.play.playing if controls.play.has_trait("playing") else controls.play._playing


def test_start_and_pause(controls):
    tick(controls)
    assert controls.lab.steps_done == 0  # not started
    controls.buttons["Start"].click()
    assert playing(controls) and controls.buttons["Start"].disabled and not controls.buttons["Pause"].disabled
    before = controls.picture.value
    tick(controls, 3)
    assert controls.lab.steps_done == 3
    controls.buttons["Pause"].click()
    assert not playing(controls) and not controls.buttons["Start"].disabled
    shown = controls.picture.value, controls.course.value, controls.status.value
    assert shown[0] != before and "step 3" in shown[2]
    tick(controls, 2)  # already on their way when pause was pressed
    assert controls.lab.steps_done == 3
    assert (controls.picture.value, controls.course.value, controls.status.value) == shown


def test_step_reset_and_save(controls, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    controls.save_to = Path("saved")  # the panel says where that is, whatever the folder of its kernel
    first = controls.picture.value
    controls.buttons["Step"].click()
    controls.buttons["Step"].click()
    assert controls.lab.steps_done == 2 and controls.picture.value != first
    controls.buttons["Save"].click()
    saved = list((tmp_path / "saved").iterdir())
    assert [path.name for path in saved] == ["horseshoe-000002-1.npz"] and str(saved[0]) in controls.note.value
    controls.buttons["Start"].click()
    controls.buttons["Reset"].click()
    assert controls.lab.steps_done == 0 and not controls.lab.running and not playing(controls)
    assert controls.picture.value == first


@pytest.mark.parametrize("name", SLIDERS)
def test_sliders_move_the_lab_at_both_ends_and_back(controls, name):
    if name == "k":
        assert controls.sliders["k"].disabled
        controls.control.value = "hold k fixed"
    slider, start = controls.sliders[name], getattr(controls.lab.settings, name)
    assert slider.value == pytest.approx(start) and not slider.disabled
    low, high = RANGES[name]
    ends = (slider.base**slider.min, slider.base**slider.max) if name != "gamma" and name != "k" else (low, high)
    assert ends == pytest.approx((low, high))
    for value in (high, low, start):
        slider.value = value
        assert getattr(controls.lab.settings, name) == pytest.approx(value)
        assert controls.preset.value == (controls.lab.preset_name or BY_HAND)
    assert controls.error is None
    assert controls.preset.value == (BY_HAND if name == "k" else GOOD)


def test_a_move_shows_at_once_and_acts_on_the_next_step(controls):
    controls.buttons["Start"].click()
    tick(controls, 2)
    course = controls.course.value
    controls.sliders["gamma"].value = 0.1
    assert controls.course.value != course
    tick(controls)
    assert controls.lab.recording.steps[-1, 4] == pytest.approx(0.1)


def test_k_follows_the_controller_or_the_hand(controls):
    controls.buttons["Start"].click()
    tick(controls, 8)
    controls.buttons["Pause"].click()
    assert controls.sliders["k"].value == pytest.approx(controls.lab.k, abs=0.01)  # the slider's own step
    assert controls.lab.preset_name == GOOD
    controls.control.value = "hold k fixed"
    controls.sliders["k"].value = 0.6
    controls.buttons["Step"].click()
    assert controls.lab.k == pytest.approx(0.6)
    controls.control.value = "controller on"
    assert controls.sliders["k"].disabled and controls.preset.value == GOOD


def test_what_the_browser_rounds_is_no_move(controls):
    """It sends back the nearest position of the slider: 10 ** -1.3 for 0.05, and hundredths for k."""
    controls.sliders["lambda_k"].value = 10**-1.3
    controls.lab.subject.run.began.controller.set_k(0.123)
    controls.on_move("k", {"new": 0.1})  # came late: the controller has moved k since
    controls.control.value = "hold k fixed"
    controls.on_move("k", {"new": 0.12})
    assert controls.lab.settings.lambda_k == 0.05 and controls.lab.k == pytest.approx(0.123)
    assert [mark.name for mark in controls.lab.recording.marks] == ["hold_k"]
    assert controls.error is None


def test_what_a_reader_types_between_two_positions_is_a_move(controls):
    controls.control.value = "hold k fixed"
    for name, value in (("gamma", 0.704), ("learning_rate", 1.02e-3), ("k", 0.304)):
        controls.sliders[name].value = value
        assert getattr(controls.lab.settings, name) == value
        assert controls.sliders[name].value == pytest.approx(value, rel=1e-6)  # k of the run is of float32


def test_a_setting_outside_its_range_leaves_its_slider_alive():
    """As in a subject of the reader's own whose controller begins with a gain of 0."""
    lab = Lab(subjects={"ring": lambda seed: Points(plane.ring, seed)})
    lab.settings = replace(lab.settings, lambda_k=0.0)
    panel = LabControls(lab)
    assert panel.sliders["lambda_k"].value == pytest.approx(RANGES["lambda_k"][0])
    panel.sliders["lambda_k"].value = 0.1
    assert panel.error is None and lab.settings.lambda_k == pytest.approx(0.1)


def test_controls_follow_what_a_cell_or_another_panel_does(controls, monkeypatch):
    monkeypatch.setattr(controls.lab, "due", lambda: True)
    second = LabControls(controls.lab)
    for panel in (controls, second):
        panel.buttons["Start"].click()
    second.sliders["gamma"].value = 0.2
    tick(controls)
    assert controls.sliders["gamma"].value == 0.2 and controls.preset.value == BY_HAND
    second.buttons["Pause"].click()
    assert playing(controls)
    tick(controls)
    assert not playing(controls) and not controls.buttons["Start"].disabled and controls.error is None


def test_presets_move_the_sliders(controls):
    for name in controls.lab.presets:
        controls.preset.value = name
        assert controls.preset.value == name
        for setting, slider in controls.sliders.items():
            expected = controls.lab.k if setting == "k" else getattr(controls.lab.settings, setting)
            assert slider.value == pytest.approx(expected, abs=0.01)
        assert (controls.control.value == "hold k fixed") == (name == "k held at 1")


def test_other_data(controls):
    controls.buttons["Start"].click()
    controls.data.value = FACES
    assert controls.lab.data == FACES and not controls.lab.running and not playing(controls)
    assert controls.sliders["learning_rate"].value == pytest.approx(controls.lab.settings.learning_rate)
    assert controls.note.value == ""


def test_errors_stand_in_the_panel_with_their_cause(controls, monkeypatch):
    controls.buttons["Start"].click()

    def fail():
        try:
            raise OSError("<no> space")
        except OSError as cause:
            raise RuntimeError("seeded fault") from cause

    with monkeypatch.context() as patch:
        patch.setattr(controls.lab.subject.run, "step", fail)
        tick(controls)
    assert isinstance(controls.error, RuntimeError) and not controls.lab.running and not playing(controls)
    assert "RuntimeError: seeded fault" in controls.note.value and "&lt;no&gt; space" in controls.note.value
    controls.buttons["Start"].click()
    tick(controls)
    assert controls.error is None and controls.note.value == "" and controls.lab.steps_done == 1


def test_data_that_cannot_be_opened(controls, monkeypatch):
    monkeypatch.setitem(controls.lab._choices, FACES, lambda seed: Path("absent/file").read_bytes())
    controls.data.value = FACES
    assert "FileNotFoundError" in controls.note.value
    assert controls.data.value == controls.lab.data == "horseshoe (points in the plane)"


def test_a_new_panel_pauses_the_old_one_and_two_can_run(controls):
    controls.buttons["Start"].click()
    second = LabControls()
    assert not controls.lab.running and not playing(controls)
    for panel in (controls, second):
        panel.buttons["Start"].click()
    for panel in (controls, second):
        tick(panel)
        assert panel.lab.running and panel.lab.steps_done == 1


def test_an_interrupted_tick_pauses_the_panel(controls, monkeypatch):
    def interrupted(seconds):
        controls.lab.pause()  # as the signal's handler does
        return 1

    controls.buttons["Start"].click()
    monkeypatch.setattr(controls.lab, "tick", interrupted)
    tick(controls)
    assert not playing(controls) and "interrupted" in controls.note.value


def test_a_hundred_random_actions_leave_a_live_panel(controls):
    chance = random.Random(0)

    def act() -> None:
        kind = chance.randrange(5)
        if kind == 0:
            chance.choice([button for button in controls.buttons.values() if not button.disabled]).click()
        elif kind == 1:
            name = chance.choice([name for name, slider in controls.sliders.items() if not slider.disabled])
            low, high = RANGES[name]
            controls.sliders[name].value = low * (high / low) ** chance.random() if low else high * chance.random()
        elif kind == 2:
            controls.preset.value = chance.choice(controls.preset.options)
        elif kind == 3:
            controls.control.value = chance.choice(controls.control.options)
        else:
            tick(controls)

    for _ in range(100):
        act()
    controls.preset.value = GOOD
    controls.buttons["Reset"].click()
    controls.buttons["Start"].click()
    before = controls.picture.value
    tick(controls, 3)
    controls.buttons["Pause"].click()
    assert controls.error is None and controls.lab.steps_done == 3 and controls.picture.value != before


def test_every_widget_has_its_class_in_the_page(controls):
    for name, widget in controls.named().items():
        assert f"lab-{name}" in widget._dom_classes
    assert isinstance(controls, ipywidgets.Widget)


def test_replay_shows_each_moment(controls):
    lab = controls.lab
    for gamma in (0.7, 0.2):
        lab.set("gamma", gamma)
        lab.step(30)
        lab.render()
    replay = ReplayControls(lab.recording)
    frames = lab.recording.frames
    assert replay.slider.value == len(frames) - 1 and replay.picture.value == frames[-1].picture
    for index in (0, len(frames) // 2, len(frames) - 1):
        replay.slider.value = index
        assert replay.picture.value == frames[index].picture
        assert f"step {frames[index].step}<" in replay.text.value
        assert Image.open(io.BytesIO(replay.course.value)).size[0] > 900
    assert "γ 0.2" in replay.text.value
    with pytest.raises(ValueError, match="holds no frame"):
        ReplayControls(type(lab.recording)({}))


def test_replay_ends_with_the_explosion(controls, monkeypatch):
    """A run that gave NaN has no frame of its end: the last moment still tells the move that led there."""
    lab = controls.lab
    lab.step(20)
    lab.render()
    lab.step(4)
    lab.set("learning_rate", 0.05)
    with torch.no_grad():
        next(lab.subject.run.began.generator.parameters()).fill_(float("nan"))
    with pytest.raises(Diverged):
        lab.step(1)
    drawn = []
    monkeypatch.setattr(CoursePicture, "render", lambda self, steps, marks, *losses: drawn.append(len(steps)) or b"")
    replay = ReplayControls(lab.recording)
    assert "step 20, curves to step 25<" in replay.text.value and "after 24 steps: rate 0.05" in replay.text.value
    replay.slider.value = 0
    assert "step 0<" in replay.text.value and "rate 0.05" not in replay.text.value
    assert drawn == [25, 0]


def test_interrupting_an_idle_kernel_pauses(tmp_path):
    """In a kernel of its own: between two cells it ignores SIGINT, and the panel must not."""
    client = pytest.importorskip("jupyter_client")
    manager = client.KernelManager(kernel_name="python3")  # the interpreter that runs the test
    manager.start_kernel()
    talk = manager.client()
    talk.start_channels()
    try:
        talk.wait_for_ready(timeout=120)
        start = "from began_lib.lab.panel import LabControls\npanel = LabControls()\npanel.on_start()"
        assert talk.execute_interactive(start, timeout=300, output_hook=print)["content"]["status"] == "ok"
        assert _value(talk, "panel.lab.running") == "True"
        manager.interrupt_kernel()
        assert _value(talk, "panel.lab.running") == "False"
        assert _value(talk, "panel.buttons['Start'].disabled, panel.buttons['Pause'].disabled") == "(False, True)"
        assert _value(talk, "panel.note.value") == "'Paused: the kernel was interrupted.'"
    finally:
        talk.stop_channels()
        manager.shutdown_kernel(now=True)


def _value(talk, expression: str) -> str:
    reply = talk.execute_interactive("", user_expressions={"value": expression}, timeout=120)
    return reply["content"]["user_expressions"]["value"]["data"]["text/plain"]


def test_a_lab_of_ones_own_can_be_shown():
    lab = Lab("ring (points in the plane)")
    lab.set("gamma", 0.3)
    shown = LabControls(lab)
    assert shown.data.value == lab.data and shown.sliders["gamma"].value == 0.3


def shown(widget: ipywidgets.Widget) -> set[ipywidgets.Widget]:
    """A widget and all that it holds."""
    return {widget}.union(*(shown(child) for child in getattr(widget, "children", ())))


def test_a_panel_with_few_controls():
    lab = Lab(subjects={"ring": lambda seed: Points(plane.ring, seed)})
    few = LabControls(lab, shown=("data", "gamma"))
    assert few.sliders["gamma"] in shown(few) and {few.buttons["Start"], few.play} & shown(few)
    hidden = {few.data, few.preset, few.control} | {few.sliders[name] for name in SLIDERS if name != "gamma"}
    assert not hidden & shown(few)  # data too: there is no choice
    few.sliders["gamma"].value = 0.2
    few.buttons["Step"].click()
    assert lab.recording.steps[-1, 4] == pytest.approx(0.2) and few.error is None
    assert set(CONTROLS) - {"steps"} <= set(few.named())
    assert not {few.buttons["D-step"], few.forces} & shown(few)
    with pytest.raises(ValueError, match="no control 'eta': expected some of data, preset, control, gamma"):
        LabControls(shown=("eta",))


def test_a_cell_can_train_the_panel(controls):
    redraws = []
    controls.picture.observe(lambda change: redraws.append(controls.lab.steps_done), "value")
    controls.lab.step(2)
    controls.train(5)
    assert controls.lab.steps_done == 7 == redraws[-1]
    assert not controls.lab.running and not playing(controls) and "step 7" in controls.status.value
    controls.buttons["Start"].click()
    tick(controls)
    assert controls.lab.steps_done == 8


@pytest.mark.parametrize("steps", [0, -3, 2.5])
def test_a_cell_trains_whole_steps(controls, steps):
    with pytest.raises(ValueError, match=f"steps is {steps}: expected a whole number of at least 1"):
        controls.train(steps)
    assert not controls.lab.running and controls.lab.steps_done == 0


def test_a_cell_that_trains_can_be_interrupted(controls, monkeypatch):
    step = controls.lab.subject.run.step
    monkeypatch.setattr(controls.lab.subject.run, "step", lambda: (signal.raise_signal(signal.SIGINT), step())[1])
    controls.train(100)
    assert controls.lab.steps_done == 1 and not controls.lab.running and "step 1" in controls.status.value


def test_a_single_step_that_is_interrupted_pauses_the_panel(controls, monkeypatch):
    step = controls.lab.subject.run.step
    monkeypatch.setattr(controls.lab.subject.run, "step", lambda: (signal.raise_signal(signal.SIGINT), step())[1])
    controls.buttons["Step"].click()  # no KeyboardInterrupt leaves the callback
    assert controls.lab.steps_done == 1 and "interrupted" in controls.note.value and "step 1" in controls.status.value


def test_a_cell_that_trains_into_nan_says_so(controls):
    controls.lab.step(1)
    with torch.no_grad():
        next(controls.lab.subject.run.began.generator.parameters()).fill_(float("nan"))
    with pytest.raises(Diverged, match="a loss is not finite"):
        controls.train(10)
    assert not controls.lab.running and not playing(controls)


def test_steps_of_one_network(controls):
    for name in ("D", "G"):
        controls.buttons[f"{name}-step"].click()
        assert f"{name} took a step alone" in controls.note.value
    assert controls.lab.steps_done == 2 and controls.lab.k == 0.0 and controls.error is None


def test_slow_motion_takes_the_place_of_the_curves_and_the_picture_follows_at_its_end(controls):
    before = controls.picture.value
    controls.buttons["Slow motion"].click()
    assert controls.slow_motion.shown and controls.course.layout.display == "none"
    assert controls.lab.steps_done == 1 and controls.picture.value == before
    controls.slow_motion.slider.value = controls.slow_motion.slider.max
    assert controls.picture.value != before and "step 1" in controls.status.value
    controls.buttons["Start"].click()
    assert not controls.slow_motion.shown and controls.course.layout.display != "none"
    tick(controls)
    assert controls.lab.steps_done == 2 and playing(controls)


def test_reset_and_back_to_the_start_say_what_they_do(controls):
    controls.sliders["gamma"].value = 0.3
    controls.buttons["Step"].click()
    controls.buttons["Reset"].click()
    assert controls.sliders["gamma"].value == 0.3 and "stayed as you set them" in controls.note.value
    controls.buttons["Step"].click()
    controls.buttons["Back to start"].click()
    assert controls.sliders["gamma"].value == 0.7 and controls.preset.value == GOOD and controls.lab.steps_done == 0


def test_forces_are_offered_where_there_are_any(controls):
    without = controls.picture.value
    controls.forces.value = True
    assert controls.picture.value != without
    controls.data.value = FACES
    assert controls.forces.layout.display == "none" and not controls.forces.value and controls.error is None


def test_a_curve_of_the_readers_own(controls):
    assert controls.curve.layout.display == "none"
    controls.data.value = OWN_CURVE
    assert controls.curve.layout.display is None and controls.curve.ready.value == "figure eight"
    before = controls.picture.value
    controls.curve.ready.value = "triangle"
    assert controls.lab.curve == controls.curve.points.value and controls.picture.value != before
    controls.curve.points.value = "-1,0; 0,0.8; 1,0"
    assert controls.curve.ready.value == "your own" and controls.lab.curve == "-1,0; 0,0.8; 1,0"
    controls.curve.points.value = "-1,0; 0"
    assert "point 2 is &#x27;0&#x27;" in controls.note.value and controls.lab.curve == "-1,0; 0,0.8; 1,0"


def test_where_only_a_click_starts_a_play_it_is_the_start_button(controls, monkeypatch):
    """As with ipywidgets 7: what the kernel sets starts nothing, a click tells the kernel and ticks."""
    monkeypatch.setattr("began_lib.lab.widgets.KERNEL_STARTS", False)
    monkeypatch.setattr("began_lib.lab.panel.KERNEL_STARTS", False)
    panel = LabControls()
    assert panel.play in shown(panel) and not {panel.buttons["Start"], panel.buttons["Pause"]} & shown(panel)
    panel.play.set_trait(PLAYING, True)
    assert panel.lab.running
    tick(panel, 2)
    assert panel.lab.steps_done == 2
    panel.play.set_trait(PLAYING, False)
    assert not panel.lab.running
    panel.play.set_trait(PLAYING, True)
    panel.buttons["Reset"].click()
    assert not panel.lab.running and not playing(panel) and panel.lab.steps_done == 0


def test_a_diverged_panel_can_be_started_after_a_reset(controls):
    controls.buttons["Start"].click()
    with torch.no_grad():
        next(controls.lab.subject.run.began.generator.parameters()).fill_(float("nan"))
    tick(controls)
    assert "Stopped." in controls.note.value and not playing(controls) and not controls.buttons["Start"].disabled
    controls.buttons["Start"].click()
    assert "Diverged" in controls.note.value and not playing(controls)
    controls.sliders["gamma"].value = 0.4
    assert controls.lab.settings.gamma == 0.4 and math.isfinite(controls.sliders["k"].value)
    controls.buttons["Reset"].click()
    assert controls.error is None and controls.sliders["k"].value == controls.lab.k == 0
    controls.buttons["Start"].click()
    tick(controls)
    assert controls.error is None and controls.lab.steps_done == 1
