"""Panels on a real training: sliders act on the next step, pictures follow, and going back is exact."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib import plane
from began_lib.control import LinearLoop
from began_lib.equilibrium import Controller
from began_lib.live_panel import RANGES, LiveControls, LivePanel
from began_lib.loop_panel import AHEAD, SHOWN, LoopPanel
from began_lib.plane_panel import PlanePanel
from began_lib.step import Began

LOOP = LinearLoop(gain=0.6, lag=6.0, lambda_k=0.05)


def began(k: float = 0.1) -> Began:
    torch.manual_seed(0)
    return Began(plane.PlaneAutoEncoder(width=16), plane.PlaneGenerator(width=16), 2, Controller(0.5, 0.05, k), 1e-3)


def batches(step: int) -> torch.Tensor:
    return plane.horseshoe(32, torch.Generator().manual_seed(step))


def loop_panel() -> LoopPanel:
    past = np.column_stack([np.full(40, 0.14), np.full(40, 0.07), np.full(40, 0.1)])  # at gamma = 0.5: in balance
    return LoopPanel(LOOP, began(), batches, past, per_tick=3)


def plane_panel() -> PlanePanel:
    return PlanePanel(began(), plane.horseshoe, per_tick=3)


PANELS = {"loop": loop_panel, "plane": plane_panel}


def pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)), dtype=np.int16)


@pytest.fixture(params=PANELS)
def panel(request) -> LivePanel:
    return PANELS[request.param]()


def test_a_tick_trains_by_the_controller_rule(panel):
    before = len(panel.course)
    panel.set("gamma", 0.8)
    panel.set("lambda_k", 0.3)
    panel.set("k", 0.2)
    panel.tick()
    real, fake, k = panel.course[before:].T
    assert len(k) == panel.steps == 3
    expected = 0.2
    for x, y, found in zip(real, fake, k, strict=True):
        expected = min(max(expected + 0.3 * (0.8 * x - y), 0.0), 1.0)
        assert found == pytest.approx(expected, abs=1e-6)  # the controller counts in float32
    panel.hold(True)
    panel.set("gamma", 0.4)
    panel.tick()
    assert panel.values["k"] == pytest.approx(expected, abs=1e-6)
    assert panel.gammas[before:].tolist() == [0.8] * 3 + [0.4] * 3


def test_training_changes_the_networks_and_reset_brings_everything_back(panel):
    start, weights = panel.render(), [p.clone() for p in panel.began.generator.parameters()]
    panel.tick()
    first = panel.course
    assert np.abs(pixels(panel.render()) - pixels(start)).max() > 50
    assert not all(map(torch.equal, weights, panel.began.generator.parameters()))
    panel.set("gamma", 0.9)
    panel.hold(True)
    panel.reset()
    assert panel.render() == start and not panel.held
    panel.tick()
    np.testing.assert_array_equal(panel.course, first)  # the same random numbers again


def test_what_was_given_stays_as_it_is():
    given = began()
    before = [p.clone() for p in given.discriminator.parameters()]
    panel = LoopPanel(LOOP, given, batches)
    panel.tick()
    assert all(map(torch.equal, before, given.discriminator.parameters()))
    assert float(given.controller.k) == pytest.approx(0.1)


def test_forecast_is_the_model_from_the_present_k():
    panel = loop_panel()
    assert panel.forecast is None
    panel.set("lambda_k", 0.2)
    panel.set("gamma", 0.7)
    start, balance, k = panel.forecast
    expected_balance, moved = LOOP.at(0.2).step_response(AHEAD, 0.7 * 0.14 - 0.07, start=0.1)
    assert start == 40 and k[0] == pytest.approx(0.1)
    np.testing.assert_allclose(balance, expected_balance, atol=1e-8)  # k is a float32
    np.testing.assert_allclose(k, 0.1 + moved, atol=1e-7)
    panel.hold(True)
    assert panel.forecast is None


def test_a_panel_without_a_past_foretells_nothing():
    panel = LoopPanel(LOOP, began(), batches)
    panel.set("gamma", 0.9)
    assert panel.forecast is None and panel.render()


@pytest.mark.parametrize(
    ("lambda_k", "text"),
    [(0.01, "no swings, time constant"), (0.5, "swings of"), (1.0, "swings grow from λ_k = 0.5 on")],
)
def test_the_loop_is_described(lambda_k, text):
    panel = LoopPanel(LinearLoop(2.0 if lambda_k == 1.0 else 0.6, 6.0, 0.05), began(), batches)
    panel.set("lambda_k", lambda_k)
    assert text in panel.describe()
    panel.hold(True)
    assert "the controller is off" in panel.describe()


def test_the_plane_is_described():
    panel = plane_panel()
    assert "last 50" not in panel.describe()
    panel.tick()
    panel.hold(True)
    assert "held" in panel.describe() and "L(G(z)) / L(x) of the last 50 steps" in panel.describe()


def test_refusals(panel):
    with pytest.raises(KeyError, match="expected one of gamma, lambda_k, k"):
        panel.set("sigma", 0.1)
    for name, value in (("gamma", 1.1), ("lambda_k", 0.0), ("k", float("nan"))):
        with pytest.raises(ValueError, match=f"{name} is .*: expected a number in"):
            panel.set(name, value)
    with pytest.raises(ValueError, match="per_tick is 0"):
        LivePanel(began(), batches, per_tick=0)
    with pytest.raises(ValueError, match=r"past has shape \(4, 2\)"):
        LivePanel(began(), batches, np.zeros((4, 2)))
    with pytest.raises(NotImplementedError, match="derives from LivePanel"):
        LivePanel(began(), batches).render()


@pytest.mark.parametrize("name", RANGES)
def test_sliders_at_both_ends_and_back(name, panel):
    controls = LiveControls(panel)
    start = {slider: widget.value for slider, widget in controls.sliders.items()}
    picture = controls.picture.value
    for value in RANGES[name]:
        controls.sliders[name].value = value
        assert panel.values[name] == pytest.approx(value, abs=1e-6)
        assert controls.picture.value == panel.render() != picture
    controls.back.click()
    assert {slider: widget.value for slider, widget in controls.sliders.items()} == start
    assert controls.picture.value == picture


def test_button_play_and_hold_act_on_the_training(panel):
    controls = LiveControls(panel)
    controls.train.click()
    controls.play.value += 1
    assert panel.steps == 6
    assert controls.sliders["k"].value == pytest.approx(panel.values["k"], abs=0.01)
    controls.hold.value = True
    k = panel.values["k"]
    controls.train.click()
    assert panel.held and panel.values["k"] == k
    controls.back.click()
    assert panel.steps == 0 and not controls.hold.value and not panel.held


def test_following_k_does_not_write_back_what_the_slider_rounds():
    panel = loop_panel()
    controls = LiveControls(panel)
    controls.train.click()
    assert panel.values["k"] == pytest.approx(panel.course[-1, 2], abs=1e-7)
    assert panel.forecast is None  # no slider was moved by a reader


def test_the_plane_curves_move_on_by_half_a_window():
    panel = plane_panel()
    for steps, window in ((600, (0, 600)), (601, (300, 900)), (900, (300, 900)), (901, (600, 1200))):
        panel.course, panel.gammas, panel.steps = np.full((steps, 3), 0.1), np.full(steps, 0.5), steps
        panel.render()
        assert panel.figure.axes[1].get_xlim() == panel.figure.axes[2].get_xlim() == window


def test_the_loop_shows_the_steps_around_now():
    panel = loop_panel()
    panel.course, panel.gammas = np.full((1000, 3), 0.1), np.full(1000, 0.5)
    panel.render()
    assert panel.figure.axes[0].get_xlim() == (1000 - SHOWN, 1000 + AHEAD)
