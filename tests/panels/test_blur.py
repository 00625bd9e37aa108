"""The blur panel: its pictures at the slider's minimum, middle and maximum, and its refusals."""

import numpy as np
import pytest
import torch

from began_lib.panels.blur import BlurControls, BlurPanel
from tests.panels.jpeg import pixels

SIGMAS = (0.0, 0.5, 2.0)


@pytest.fixture
def panel() -> BlurPanel:
    pixels = torch.randint(256, (16, 3, 32, 32), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)
    return BlurPanel(pixels, SIGMAS, {"fid": [0.0, 3.0, 90.0], "recall": [0.0, -1.0, -8.0]})


def roughness(picture: np.ndarray) -> float:
    """Mean difference of neighbours within the left third, where the images are."""
    return np.abs(np.diff(picture[60:-20, 20 : picture.shape[1] // 3], axis=1)).mean()


def test_stronger_blur_is_smoother_and_the_way_back_is_exact(panel):
    start = panel.render()
    seen = []
    for sigma in SIGMAS:
        panel.set(sigma)
        seen.append(roughness(pixels(panel.render())))
    assert seen[0] > 1.2 * seen[1] > 1.44 * seen[2]
    panel.set(SIGMAS[0])
    assert panel.render() == start


def test_no_two_scores_share_a_colour():
    changes = {str(place): [0.0, place, place] for place in range(8)}  # as many as notebook 11 has
    drawn = BlurPanel(torch.zeros(4, 3, 32, 32, dtype=torch.uint8), SIGMAS, changes).figure.axes[1].lines
    assert len({str(line.get_color()) for line in drawn if line.get_label() in changes}) == len(changes)


def test_the_slider_moves_the_picture(panel):
    controls = BlurControls(panel)
    start = controls.picture.value
    for sigma in (SIGMAS[2], SIGMAS[1]):
        controls.slider.value = sigma
        assert panel.sigma == sigma and controls.picture.value == panel.render() != start
    controls.slider.value = SIGMAS[0]
    assert controls.picture.value == start


def test_refusals(panel):
    with pytest.raises(ValueError, match=r"expected one of 0\.0, 0\.5, 2\.0"):
        panel.set(1.0)
    pixels = torch.zeros(4, 3, 32, 32, dtype=torch.uint8)
    with pytest.raises(ValueError, match="a change for each"):
        BlurPanel(pixels, SIGMAS, {"fid": [0.0, 1.0]})
    with pytest.raises(ValueError, match="rising strengths"):
        BlurPanel(pixels, (1.0, 0.0), {"fid": [0.0, 1.0]})
