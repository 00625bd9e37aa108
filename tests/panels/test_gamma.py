"""The buttons of gamma: the panel's pictures, what it refuses, and its widgets."""

import pytest
import torch

from began_lib.models import Architecture, Generator
from began_lib.panels import gamma as gamma_panel
from began_lib.panels.gamma import GammaControls, GammaPanel
from tests.panels.jpeg import pixels

SMALL = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
TRAINED = (0.7, 0.3, 0.5)


@pytest.fixture
def generators() -> dict[float, Generator]:
    torch.manual_seed(0)
    return {gamma: Generator(SMALL) for gamma in TRAINED}


@pytest.mark.parametrize("gamma", TRAINED)
def test_a_panel_draws_the_generator_of_its_gamma(generators, gamma):
    panel = GammaPanel(generators)
    assert panel.gamma == 0.5
    panel.set(gamma)
    with torch.no_grad():
        assert torch.equal(panel.images(), generators[gamma](panel.z))
    assert f"γ = {gamma}" in panel.describe()
    assert pixels(panel.render()).shape == (2 * (16 + 2) * 6 - 12, 8 * (16 + 2) * 6 - 12, 3)


def test_refusals(generators):
    with pytest.raises(ValueError, match=r"expected one of 0\.3, 0\.5, 0\.7"):
        GammaPanel(generators).set(0.6)
    with pytest.raises(ValueError, match="no generator"):
        GammaPanel({})
    other = Generator(Architecture(size=16, filters=4, hidden=8, latent=9, repeats=1))
    with pytest.raises(ValueError, match=r"found \[8, 9\]"):
        GammaPanel(generators | {0.9: other})


def test_one_generator_is_a_panel_of_one_button(generators):
    panel = GammaPanel({0.7: generators[0.7]})
    controls = GammaControls(panel)
    assert [gamma for _, gamma in controls.slider.options] == [0.7]
    assert controls.picture.value == panel.render()


def test_each_button_draws_its_faces_and_the_last_one_other_codes(generators):
    controls = GammaControls(GammaPanel(generators))
    start = controls.picture.value
    assert [gamma for _, gamma in controls.slider.options] == sorted(TRAINED)
    shown = {0.5: start}
    for gamma in (0.3, 0.7):
        controls.slider.value = gamma
        assert controls.panel.gamma == gamma
        assert controls.headline.value == controls.panel.describe()
        shown[gamma] = controls.picture.value
    assert len(set(shown.values())) == 3
    controls.slider.value = 0.5
    assert controls.picture.value == start
    controls.others.click()
    assert controls.picture.value == controls.panel.render() != start


def test_a_move_draws_once(generators, monkeypatch):
    controls = GammaControls(GammaPanel(generators))
    drawn = []
    render = GammaPanel.render
    monkeypatch.setattr(gamma_panel.GammaPanel, "render", lambda panel: drawn.append(1) or render(panel))
    controls.slider.value = 0.3
    assert len(drawn) == 1
