"""The panel of the central limit argument: its samples, numbers, pictures and widgets."""

import numpy as np
import pytest

from began_lib.panels.pixels import PixelsControls, PixelsPanel
from tests.panels.jpeg import pixels


@pytest.fixture
def panel() -> PixelsPanel:
    rng = np.random.default_rng(0)
    hard = rng.gamma(4.0, size=(200, 1, 1))  # images of very different difficulty
    return PixelsPanel({"real": hard * rng.gamma(2.0, size=(200, 8, 8)), "generated": rng.gamma(2.0, size=(200, 4, 4))})


def test_average_of_all_pixels_is_the_loss_whatever_their_order(panel):
    panel.set(64)
    loss = panel.losses["real"].mean((1, 2))
    np.testing.assert_allclose(panel.sample("own"), loss, rtol=1e-5)  # float32
    panel.other_pixels()
    np.testing.assert_allclose(panel.sample("own"), loss, rtol=1e-5)


def test_only_mixed_pixels_lose_their_deviation(panel):
    panel.set(64)
    assert panel.sample("mixed").std() < 0.5 * panel.sample("own").std()
    assert panel.sample("mixed").mean() == pytest.approx(panel.sample("own").mean(), rel=1e-5)  # the same pixels


def test_every_k_draws_its_own_picture_and_nothing_of_another_stays(panel):
    pictures = {}
    for k in (1, 8, 64):
        panel.set(k)
        pictures[k] = panel.render()
        assert f"J = {k} of 64 pixels" in panel.describe()
    assert min(np.abs(pixels(pictures[k]) - pixels(pictures[1])).max() for k in (8, 64)) > 100  # more than JPEG noise
    panel.set(1)
    assert panel.render() == pictures[1]


def test_other_pixels_and_other_images(panel):
    panel.set(5)
    before = panel.sample("own").copy()
    panel.other_pixels()
    assert not np.array_equal(panel.sample("own"), before)
    panel.set(64)
    panel.choose("generated")
    assert panel.count == panel.pixels == 16 and "J = 16 of 16" in panel.describe()


def test_refusals(panel):
    for k in (0, 65):
        with pytest.raises(ValueError, match=f"the count is {k}: expected a number of pixels from 1 to 64"):
            panel.set(k)
    with pytest.raises(KeyError, match="expected one of real, generated"):
        panel.choose("photographs")
    with pytest.raises(ValueError, match="found none"):
        PixelsPanel({})


def test_slider_runs_from_one_pixel_to_all_and_its_picture_follows(panel):
    controls = PixelsControls(panel)
    counts = list(controls.slider.options)
    assert counts[0] == controls.slider.value == 1 and counts[-1] == 64 and counts == sorted(set(counts))
    start = controls.picture.value
    for k in (counts[len(counts) // 2], 64, 1):
        controls.slider.value = k
        assert panel.count == k and controls.picture.value == panel.render()
    assert controls.picture.value == start


def test_chooser_offers_only_counts_that_the_images_have(panel):
    controls = PixelsControls(panel)
    controls.slider.value = 64
    controls.chooser.value = "generated"
    assert controls.slider.options[-1] == controls.slider.value == panel.count == 16
    assert controls.picture.value == panel.render()
    controls.chooser.value = "real"
    assert controls.slider.options[-1] == 64 and 8 < controls.slider.value == panel.count <= 16  # the nearest on offer
    assert controls.picture.value == panel.render()


def test_button_draws_other_pixels(panel):
    controls = PixelsControls(panel)
    controls.slider.value = 3
    before = controls.picture.value
    controls.again.click()
    assert controls.picture.value == panel.render() != before
