"""A moment of BEGAN in the plane is drawn as it was recorded."""

import numpy as np
import torch
from matplotlib.figure import Figure

from began_lib import plane
from began_lib.figures.plane import LOG_LEVELS, draw_moment
from began_lib.figures.plots import FAKE, REAL


def test_a_moment_is_drawn_with_both_kinds_of_points():
    axes = Figure().subplots()
    real = plane.ring(50, torch.Generator().manual_seed(0))
    contours = draw_moment(axes, plane.Moment(1, np.full((9, 9), 0.1, np.float32), torch.zeros(30, 2), 0.5), real)
    np.testing.assert_array_equal(contours.levels, LOG_LEVELS)
    assert {line.get_color(): len(line.get_xdata()) for line in axes.lines} == {REAL: 50, FAKE: 30}
    assert axes.get_aspect() == 1.0
    assert "step 1, k = 0.50" in (axes.get_title(), axes.get_title(loc="left"))
