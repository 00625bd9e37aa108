"""Figure 5: where the pictures are tied, and what is refused."""

import io

import pytest

from began_lib.figures.convergence import pinned_figure
from tests.figures.falling import HISTORY, PICTURES, STEPS


def test_each_grid_is_tied_to_its_step_on_the_curve():
    figure = pinned_figure(HISTORY, PICTURES)
    grids, (axes,) = (part.axes for part in figure.subfigs)
    assert [grid.get_title() for grid in grids] == ["100", "200", "400"]
    tied = [note.xy for note in axes.texts]
    assert [step for step, _ in tied] == [100, 200, 400]
    for step, height in tied:
        # The mean of the 10 steps that end there, on a line from 1 to 0.2: half a window above its end.
        assert height == pytest.approx(1.0 - 0.8 * (step - 1 - 4.5) / (STEPS - 1), abs=1e-5)
    figure.savefig(io.BytesIO(), format="png")  # constrained layout and the ties between two parts do draw


def test_refusals():
    for wrong in ({}, {401: PICTURES[100]}, {0: PICTURES[100]}):
        with pytest.raises(ValueError, match=r"expected (pictures of at least one|steps of the history, 1 to 400)"):
            pinned_figure(HISTORY, wrong)
