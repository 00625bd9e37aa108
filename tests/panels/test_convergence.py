"""Figure 5 under a slider: what the panel shows and says, and what it refuses."""

import numpy as np
import pytest

from began_lib.panels.convergence import WIDTH, ConvergenceControls, ConvergencePanel
from tests.figures.falling import HISTORY, PICTURES
from tests.panels.jpeg import pixels


def test_the_panel_shows_the_faces_and_marks_the_step():
    panel = ConvergencePanel(HISTORY, PICTURES)
    assert panel.step == 400
    last = pixels(panel.render())
    assert last.shape[1] == WIDTH
    panel.set(100)
    first = pixels(panel.render())
    assert last[60, 60].mean() - first[60, 60].mean() == pytest.approx(0.75 * 127.5, abs=6)  # of JPEG's rounding
    moved = (np.abs(first - last)[-120] > 100).any(axis=1).nonzero()[0]  # a row through the curve: only the line moved
    column = panel.figure.axes[0].transData.transform((100, 0))[0]
    assert len(moved) and abs(moved - column).min() < 2
    panel.set(400)
    np.testing.assert_array_equal(pixels(panel.render()), last)  # nothing of the other picture stays


def test_the_panel_tells_means_of_the_steps_before():
    panel = ConvergencePanel(HISTORY, PICTURES)
    panel.set(200)
    assert panel.describe() == "step 200: M_global 0.6100, L(G(z)) / L(x) = 0.50, k 0.2500"


def test_the_slider_moves_through_first_middle_and_last():
    controls = ConvergenceControls(ConvergencePanel(HISTORY, PICTURES))
    shown = {}
    for step in (100, 200, 400):
        controls.slider.value = step
        assert controls.panel.step == step
        assert controls.headline.value == controls.panel.describe()
        shown[step] = controls.picture.value
    assert len(set(shown.values())) == 3


def test_refusals():
    with pytest.raises(ValueError, match="expected one of 100, 200, 400"):
        ConvergencePanel(HISTORY, PICTURES).set(150)
    with pytest.raises(ValueError, match="expected pictures of at least one step"):
        ConvergencePanel(HISTORY, {})
