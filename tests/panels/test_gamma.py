"""The slider of gamma: weights between trained ones, the panel's pictures, and its widgets."""

import io
from copy import deepcopy

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib.models import Architecture, Generator
from began_lib.panels import gamma as gamma_panel
from began_lib.panels.gamma import GammaControls, GammaPanel, blend, goes_one_way

SMALL = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
TRAINED = (0.3, 0.5, 0.7)


@pytest.fixture
def generators() -> dict[float, Generator]:
    torch.manual_seed(0)
    return {gamma: Generator(SMALL) for gamma in TRAINED}


def pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)), dtype=np.int16)


def test_blend_lies_on_the_line_between_its_neighbours(generators):
    before = deepcopy(generators)
    quarter = dict(blend(generators, 0.45).named_parameters())
    for name, low in generators[0.3].named_parameters():
        high = dict(generators[0.5].named_parameters())[name]
        # A quarter of the way back from 0.5; 0.45 is no exact binary number, and weights are float32.
        torch.testing.assert_close(quarter[name], 0.25 * low + 0.75 * high, rtol=1e-5, atol=1e-6)
    for gamma in TRAINED:
        assert blend(generators, gamma) is generators[gamma]
        for old, new in zip(before[gamma].parameters(), generators[gamma].parameters(), strict=True):
            assert torch.equal(old, new)  # the trained ones are left alone


def test_blend_refuses(generators):
    for gamma in (0.29, 0.71, float("nan")):
        with pytest.raises(ValueError, match=r"gamma is .*: expected a number from 0.3 to 0.7"):
            blend(generators, gamma)
    with pytest.raises(ValueError, match="found none"):
        blend({}, 0.5)
    other = Generator(Architecture(size=16, filters=5, hidden=8, latent=8, repeats=1))
    with pytest.raises(ValueError, match="one architecture"):
        blend({0.3: generators[0.3], 0.7: other}, 0.5)
    with pytest.raises(ValueError, match="found none"):
        GammaPanel({})


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


def sweep(*means: float, scatter: float = 0.01) -> np.ndarray:
    """Eight groups around each mean: apart by a large part that all stops share, and a small part that they do not."""
    rng = np.random.default_rng(0)
    shared = rng.normal(0, 1, 8)
    own = rng.normal(0, 1, (len(means), 8))
    own = (own - own.mean(1, keepdims=True)) / own.std(1, keepdims=True)  # means are what was asked for
    return np.array(means)[:, None] + shared + scatter * own


@pytest.mark.parametrize("sign", [1, -1])
def test_a_reversal_counts_where_it_is_larger_than_its_interval(sign):
    # The interval of a step: t(7, 97.5 %) = 2.36 times about 0.01 * sqrt(2 / 7), that is about 0.013.
    assert goes_one_way(sign * sweep(0.1, 0.2, 0.3))
    assert goes_one_way(sign * sweep(0.1, 0.2, 0.199, 0.3))
    assert not goes_one_way(sign * sweep(0.1, 0.2, 0.15, 0.3))
    assert not goes_one_way(sign * sweep(0.1, 0.102, 0.101))  # nowhere, as far as can be told


def test_a_sweep_needs_stops_and_groups():
    for course in ([[1.0, 2.0]], [[1.0], [2.0]], [1.0, 2.0], [[1.0, 2.0], [float("nan"), 3.0]]):
        with pytest.raises(ValueError, match="at least 2 stops x 2 groups"):
            goes_one_way(course)


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
