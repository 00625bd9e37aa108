"""The panel of section 3.1: its map against quantiles, its numbers against closed forms, its pictures and sliders."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from began_lib.panels import transport
from began_lib.panels.transport import RANGES, START, TransportControls, TransportPanel
from began_lib.wasserstein import squared_distance_1d
from tests.panels.jpeg import pixels

settings = st.fixed_dictionaries({name: st.floats(low, high) for name, (low, high) in RANGES.items()})


@given(values=settings)
def test_map_joins_equal_quantiles(values):
    panel = panel_at(values)
    first = scipy.stats.norm(values["m1"], np.sqrt(values["c1"]))
    second = scipy.stats.norm(values["m2"], np.sqrt(values["c2"]))
    levels = np.linspace(0.01, 0.99, 9)
    # Values below 1; the quantile function itself is good to about 1e-15.
    np.testing.assert_allclose(panel.transport(first.ppf(levels)), second.ppf(levels), atol=1e-12)


def test_displacement_of_the_map_is_the_distance():
    panel = TransportPanel()
    x = scipy.stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000) * np.sqrt(START["c1"]) + START["m1"]
    # The midpoints leave out tails beyond 1 in 200,000, whose share of a variance is below 1e-4.
    assert np.mean((panel.transport(x) - x) ** 2) == pytest.approx(float(squared_distance_1d(**START)), rel=1e-4)


def test_the_map_is_of_losses():
    (legend,) = (axes.get_legend() for axes in TransportPanel().figure.axes if axes.get_legend())
    assert [text.get_text() for text in legend.get_texts()] == [r"$T(\ell) = \ell$", r"$T(\ell)$"]


def panel_at(values: dict[str, float]) -> TransportPanel:
    panel = TransportPanel()
    for name, value in values.items():
        panel.set(name, value)
    return panel


def test_headline_tells_the_terms_of_the_distance():
    text = panel_at({"m1": 0.2, "m2": 0.1, "c1": 0.0009, "c2": 0.0001}).describe()
    assert "0.010000 (means) + 0.000400 (spreads) = 0.010400" in text
    assert "ratio (1) 0.04" in text and "96% of W²" in text
    assert "m1 = m2" in panel_at({"m1": 0.1, "m2": 0.1}).describe()


@pytest.mark.parametrize("name", RANGES)
def test_every_slider_changes_the_picture_and_reset_brings_it_back(name):
    panel = TransportPanel()
    start = panel.render()
    for value in RANGES[name]:
        panel.set(name, value)
        assert np.abs(pixels(panel.render()) - pixels(start)).max() > 100  # a line moved, not JPEG noise
    panel.reset()
    assert panel.render() == start  # nothing of earlier pictures stays on the figure


def test_refusals():
    panel = TransportPanel()
    with pytest.raises(KeyError, match="expected one of m1, m2, c1, c2"):
        panel.set("sigma", 0.1)
    for value in (-0.1, 0.31, float("nan")):
        with pytest.raises(ValueError, match=r"m1 is .*: expected a number in \[0, 0.3\]"):
            panel.set("m1", value)


@pytest.mark.parametrize("name", RANGES)
def test_sliders_drive_the_panel_to_both_ends_and_back(name):
    controls = TransportControls()
    start = controls.picture.value
    for value in RANGES[name]:
        controls.controls[name].value = value
        assert controls.panel.values[name] == value
        assert controls.picture.value == controls.panel.render() != start
    controls.back.click()
    assert {name: slider.value for name, slider in controls.controls.items()} == START
    assert controls.picture.value == start


def test_one_press_of_the_button_draws_once(monkeypatch):
    controls = TransportControls()
    controls.controls["m1"].value, controls.controls["c1"].value = 0.25, 0.001
    drawn = []
    render = transport.TransportPanel.render
    monkeypatch.setattr(transport.TransportPanel, "render", lambda panel: drawn.append(1) or render(panel))
    controls.back.click()
    assert len(drawn) == 1
