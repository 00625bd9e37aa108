"""The slider of gamma: weights between trained ones, the panel's pictures, and its widgets."""

import pytest
import torch

from began_lib.models import Architecture, Generator, blend
from began_lib.panels import gamma as gamma_panel
from began_lib.panels.gamma import GammaControls, GammaPanel
from tests.panels.jpeg import pixels

SMALL = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
TRAINED = (0.3, 0.5, 0.7)


@pytest.fixture
def generators() -> dict[float, Generator]:
    torch.manual_seed(0)
    return {gamma: Generator(SMALL) for gamma in TRAINED}


@pytest.mark.parametrize(("gamma", "drawn"), [(0.3, 0.3), (0.39, 0.3), (0.41, 0.5), (0.7, 0.7)])
def test_a_panel_that_snaps_draws_a_trained_generator(generators, gamma, drawn):
    panel = GammaPanel(generators, continuous=False)
    panel.set(gamma)
    assert panel.drawn_gamma == drawn
    with torch.no_grad():
        assert torch.equal(panel.images(), generators[drawn](panel.z))
    assert "trained at it" in panel.describe()


def test_a_continuous_panel_draws_what_lies_between(generators):
    panel = GammaPanel(generators)
    assert panel.gamma == 0.5 and "trained at it" in panel.describe()
    panel.set(0.3 + 0.1 + 0.1)  # not quite 0.5 in floating point
    assert panel.drawn_gamma in panel.generators
    panel.set(0.6)
    assert "between trained ones" in panel.describe()
    with torch.no_grad():
        assert torch.equal(panel.images(), blend(generators, 0.6)(panel.z))
    assert pixels(panel.render()).shape == (2 * (16 + 2) * 6 - 12, 8 * (16 + 2) * 6 - 12, 3)
    with pytest.raises(ValueError, match=r"expected a number from 0\.3 to 0\.7"):
        panel.set(0.2)
    with pytest.raises(ValueError, match="found none"):
        GammaPanel({})


def test_one_generator_is_a_panel_that_stands_still(generators):
    panel = GammaPanel({0.5: generators[0.5]}, gamma=0.3)
    assert panel.gamma == 0.5
    assert GammaControls(panel).picture.value == panel.render()


def test_the_slider_draws_at_its_ends_and_middle_and_the_button_other_codes(generators):
    controls = GammaControls(GammaPanel(generators))
    start = controls.picture.value
    shown = {0.5: start}
    for gamma in (0.3, 0.4, 0.7):
        controls.slider.value = gamma
        assert controls.panel.gamma == gamma
        assert controls.headline.value == controls.panel.describe()
        shown[gamma] = controls.picture.value
    assert len(set(shown.values())) == 4
    controls.slider.value = 0.5
    assert controls.picture.value == start
    controls.others.click()
    assert controls.picture.value == controls.panel.render() != start


def test_a_move_draws_once(generators, monkeypatch):
    controls = GammaControls(GammaPanel(generators))
    drawn = []
    render = GammaPanel.render
    monkeypatch.setattr(gamma_panel.GammaPanel, "render", lambda panel: drawn.append(1) or render(panel))
    controls.slider.value = 0.44
    assert len(drawn) == 1
