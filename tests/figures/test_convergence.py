"""Figure 5 and its slider: where the pictures are tied, what the panel shows and says, what is refused."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib.figures.convergence import WIDTH, ConvergenceControls, ConvergencePanel, pinned_figure
from began_lib.training.history import STEP_COLUMNS, History

STEPS = 400


@pytest.fixture
def history() -> History:
    rows = np.zeros((STEPS, len(STEP_COLUMNS)), np.float32)
    course = np.linspace(1.0, 0.2, STEPS)
    for column, values in (("m_global", course), ("loss_real", course), ("loss_fake", course / 2), ("k", 0.25)):
        rows[:, STEP_COLUMNS.index(column)] = values
    history = History()
    history.append(rows)
    return history


@pytest.fixture
def pictures() -> dict[int, torch.Tensor]:
    """Flat pictures, darker at earlier steps."""
    return {step: torch.full((16, 3, 16, 16), step / 400 - 0.5) for step in (100, 200, 400)}


def pixels(jpeg: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(jpeg)), dtype=np.int16)


def test_each_grid_is_tied_to_its_step_on_the_curve(history, pictures):
    figure = pinned_figure(history, pictures)
    grids, (axes,) = (part.axes for part in figure.subfigs)
    assert [grid.get_title() for grid in grids] == ["100", "200", "400"]
    tied = [note.xy for note in axes.texts]
    assert [step for step, _ in tied] == [100, 200, 400]
    for step, height in tied:
        # The mean of the 10 steps that end there, on a line from 1 to 0.2: half a window above its end.
        assert height == pytest.approx(1.0 - 0.8 * (step - 1 - 4.5) / (STEPS - 1), abs=1e-5)
    figure.savefig(io.BytesIO(), format="png")  # constrained layout and the ties between two parts do draw


def test_the_panel_shows_the_faces_and_marks_the_step(history, pictures):
    panel = ConvergencePanel(history, pictures)
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


def test_the_panel_tells_means_of_the_steps_before(history, pictures):
    panel = ConvergencePanel(history, pictures)
    panel.set(200)
    assert panel.describe() == "step 200: M_global 0.6100, L(G(z)) / L(x) = 0.50, k 0.2500"


def test_the_slider_moves_through_first_middle_and_last(history, pictures):
    controls = ConvergenceControls(ConvergencePanel(history, pictures))
    shown = {}
    for step in (100, 200, 400):
        controls.slider.value = step
        assert controls.panel.step == step
        assert controls.headline.value == controls.panel.describe()
        shown[step] = controls.picture.value
    assert len(set(shown.values())) == 3


def test_refusals(history, pictures):
    with pytest.raises(ValueError, match="expected one of 100, 200, 400"):
        ConvergencePanel(history, pictures).set(150)
    for wrong in ({}, {401: pictures[100]}, {0: pictures[100]}):
        with pytest.raises(
            ValueError, match=r"expected (pictures of at least one step|steps of the history, 1 to 400)"
        ):
            pinned_figure(history, wrong)
        with pytest.raises(
            ValueError, match=r"expected (pictures of at least one step|steps of the history, 1 to 400)"
        ):
            ConvergencePanel(history, wrong)
