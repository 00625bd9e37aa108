"""Drawings of BEGAN in the plane: the landscape of D's loss, and the points on it."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.contour import QuadContourSet
from numpy.typing import NDArray
from torch import Tensor

from began_lib.figures.plots import FAKE, REAL
from began_lib.plane import EXTENT, Moment

__all__ = ["LEVELS", "LOG_LEVELS", "LOSS", "draw_landscape", "draw_moment", "draw_points"]

LEVELS = np.linspace(0.0, 0.6, 13)  # heights of the live lab's contours; what lies above has the last colour
LOG_LEVELS = np.geomspace(10**-2.5, 10.0, 15)  # those of a page: four to a factor of ten
LOSS = "L(v) = mean |v − D(v)|"  # what a colour bar beside a landscape says


def draw_landscape(axes: Axes, heights: NDArray[np.float32], title: str = "") -> QuadContourSet:
    """Filled contours of L(v) over the plane, on one logarithmic scale; returns them for a colour bar."""
    line = np.linspace(-EXTENT, EXTENT, len(heights))
    contours = axes.contourf(line, line, heights, levels=LOG_LEVELS, norm=LogNorm(), cmap="Greys", extend="both")
    axes.set(xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), aspect="equal", title=title)
    axes.set(xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    return contours


def draw_points(axes: Axes, real: Tensor, generated: Tensor) -> None:
    """Real points as dots and generated ones as crosses, on axes that are drawn already."""
    axes.plot(*real.T.numpy(), ".", color=REAL, markersize=3, label="real x")
    axes.plot(*generated.T.numpy(), "x", color=FAKE, markersize=3.5, label="generated G(z)")


def draw_moment(axes: Axes, moment: Moment, real: Tensor) -> QuadContourSet:
    """The landscape of one moment with real and generated points on it."""
    contours = draw_landscape(axes, moment.heights, f"step {moment.step}, k = {moment.k:.2f}")
    draw_points(axes, real, moment.generated)
    return contours
