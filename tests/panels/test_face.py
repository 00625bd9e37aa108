"""The face panel's logic, and the widgets on it through their real callbacks: a slider moves, the picture changes."""

import io

import ipywidgets
import pytest
from PIL import Image

from began_lib.data.pixels import encode, tile
from began_lib.faces import FACTOR_NAMES, FACTORS, neutral, render, sample_factors
from began_lib.figures.face_space import TOPICS, topics
from began_lib.panels.face import FaceControls, FacePanel

SIZE = 16  # pixels: what is tested does not depend on it


def jpeg(factors) -> bytes:
    return encode(tile(render(factors, SIZE)))


@pytest.fixture(scope="module")
def shared_controls() -> FaceControls:
    return FaceControls(FacePanel(SIZE))


@pytest.fixture
def controls(shared_controls) -> FaceControls:
    """The widgets at the neutral face."""
    shared_controls.buttons[1].click()
    shared_controls.panel.shuffles = 0
    return shared_controls


def test_topics_hold_every_factor_once_and_in_order():
    grouped = topics()
    assert list(grouped) == list(TOPICS)
    assert [name for names in grouped.values() for name in names] == list(FACTOR_NAMES)


def test_panel_starts_neutral_and_draws_what_it_says():
    panel = FacePanel(SIZE)
    assert panel.render() == jpeg(neutral())
    assert Image.open(io.BytesIO(panel.render())).size == (SIZE, SIZE)
    assert {name: panel.value(name) for name in FACTOR_NAMES} == pytest.approx(
        {name: row.neutral for name, row in FACTORS.items()}
    )


def test_panel_sets_shuffles_and_resets():
    panel = FacePanel(SIZE, seed=5)
    panel.set("glasses", "sunglasses")
    panel.set("yaw", 30.0)
    assert panel.render() == jpeg(neutral().replace(glasses="sunglasses", yaw=30.0))
    panel.shuffle()
    panel.shuffle()
    assert panel.render() == jpeg(sample_factors(2, seed=5)[1])
    panel.reset()
    assert panel.render() == jpeg(neutral())


def test_panel_refuses_what_is_not_in_the_table():
    panel = FacePanel(SIZE)
    with pytest.raises(KeyError, match="unknown factor 'hat'"):
        panel.set("hat", 1.0)
    with pytest.raises(KeyError, match="unknown factor 'hat'"):
        panel.value("hat")
    with pytest.raises(KeyError, match="unknown factor 'hat'"):
        panel.rarity("hat")
    with pytest.raises(ValueError, match="factor yaw: expected"):
        panel.set("yaw", 1000.0)
    assert panel.render() == jpeg(neutral())


def test_rarity_is_the_tables_frequency():
    panel = FacePanel(SIZE)
    shares = FACTORS["glasses"].distribution.shares()
    for level, share in enumerate(shares):
        panel.set("glasses", level)
        assert panel.rarity("glasses") == f"{share:.1%} of faces"
    panel.set("yaw", 0.0)
    assert panel.rarity("yaw") == "50.0% of faces have less"  # yaw is symmetric around 0
    leaning = FACTORS["facial_hair"].distribution
    panel.set("presentation", 1.0)
    panel.set("facial_hair", "beard")
    beard = FACTORS["facial_hair"].levels.index("beard")
    assert panel.rarity("facial_hair") == (
        f"{leaning.shares()[beard]:.1%} of faces, {leaning.at_one[beard]:.1%} at this presentation"
    )


@pytest.mark.parametrize("name", FACTOR_NAMES)
def test_every_control_redraws_at_its_ends(name, controls):
    """Through the widget's own event, as the browser causes it."""
    row, control = FACTORS[name], controls.controls[name]
    low, high = row.range
    assert control.value == pytest.approx(row.neutral)
    for value in (high, low, row.neutral):
        control.value = value if isinstance(control, ipywidgets.FloatSlider) else int(value)
        assert controls.panel.value(name) == pytest.approx(value)
        assert Image.open(io.BytesIO(controls.picture.value)).size == (SIZE, SIZE)
    assert name.replace("_", " ") in controls.note.value and "of faces" in controls.note.value
    if row.discrete:
        assert isinstance(control, ipywidgets.Dropdown) and len(control.options) == len(row.levels)
    else:
        assert (control.min, control.max) == pytest.approx((low, high))
        assert row.unit == "integer" or 50 <= round((high - low) / control.step) <= 500


def test_the_picture_is_the_face_of_the_sliders(controls):
    before = controls.picture.value
    controls.controls["yaw"].value = 40.0
    turned = controls.picture.value
    assert turned == jpeg(neutral().replace(yaw=40.0)) != before
    controls.controls["glasses"].value = 2
    assert controls.picture.value == jpeg(neutral().replace(yaw=40.0, glasses="sunglasses")) != turned


def test_another_face_moves_every_control_and_draws_once(controls, monkeypatch):
    drawn = []
    monkeypatch.setattr(controls.panel, "render", lambda: drawn.append(1) or jpeg(controls.panel.factors))
    controls.buttons[0].click()
    face = sample_factors(1, seed=0)
    assert drawn == [1]
    assert controls.picture.value == jpeg(face)
    for name, control in controls.controls.items():
        assert control.value == pytest.approx(getattr(face, name).item())
    controls.buttons[1].click()
    assert drawn == [1, 1]
    assert controls.picture.value == jpeg(neutral())
    assert controls.controls["yaw"].value == 0.0


def test_what_the_browser_rounds_is_no_move(controls, monkeypatch):
    """It sends the nearest position of each slider back: 0.3 for 0.30000001, 1.2 for 1.1874."""
    drawn = []
    for button in (1, 0):
        controls.buttons[button].click()
        note, factors = controls.note.value, controls.panel.factors
        monkeypatch.setattr(controls.panel, "render", lambda: drawn.append(1) or jpeg(controls.panel.factors))
        sliders = [control for control in controls.controls.values() if isinstance(control, ipywidgets.FloatSlider)]
        for slider in sliders:
            slider.value = slider.min + slider.step * round((slider.value - slider.min) / slider.step)
        assert controls.note.value == note and controls.panel.factors is factors and not drawn
        monkeypatch.undo()
    yaw = controls.controls["yaw"]
    yaw.value += yaw.step  # one position on
    assert controls.panel.value("yaw") == yaw.value and "yaw" in controls.note.value


def test_an_error_in_drawing_leaves_the_controls_alive(controls, monkeypatch):
    def fail(*arguments):
        raise RuntimeError("seeded fault")

    with monkeypatch.context() as patch:
        patch.setattr(ipywidgets.FloatSlider, "__setattr__", fail)
        with pytest.raises(RuntimeError, match="seeded fault"):
            controls.act(controls._shuffle)
    controls.controls["glasses"].value = 1
    controls.buttons[1].click()
    controls.controls["yaw"].value = 20.0
    assert controls.picture.value == jpeg(neutral().replace(yaw=20.0))


def test_the_layer_is_a_widget_with_titles(controls):
    assert isinstance(controls, ipywidgets.Widget)
    accordion = controls.sliders
    assert [accordion.get_title(place) for place in range(len(TOPICS))] == list(TOPICS)
    assert sum(len(box.children) for box in accordion.children) == len(FACTORS)
