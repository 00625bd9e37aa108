"""What notebook 07 draws: the search for a code, and two ways from point to point."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from began_lib import plane
from began_lib.equilibrium import reconstruction_loss
from began_lib.figures import plots
from began_lib.figures.display import show_figure
from began_lib.latent import Inversion, Map, straight

__all__ = ["plane_search", "searches"]

COLOURS = (plots.FAKE, plots.GREEN, plots.PINK, plots.BLACK)


def _valley(axes: Axes, generator: Map, target: Tensor, starts: Tensor, ends: Tensor) -> None:
    line = torch.linspace(-1, 1, 81)
    z2, z1 = torch.meshgrid(line, line, indexing="ij")
    codes = torch.stack([z1.flatten(), z2.flatten()], dim=1)
    heights = reconstruction_loss(generator(codes), target.expand(len(codes), 2)).view(81, 81)
    contours = axes.contourf(line, line, heights, levels=14, cmap="Greys")
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        axes.annotate("", end, start, arrowprops={"arrowstyle": "->", "color": plots.FAKE, "shrinkA": 0})
    axes.set(xlabel="$z_1$", ylabel="$z_2$", title=f"The error for one point, and searches from {len(starts)} starts")
    axes.figure.colorbar(contours, ax=axes, label="$|x - G(z)|$")


def _two_ways(axes: Axes, generator: Map, targets: Tensor, codes: Tensor) -> None:
    t = torch.linspace(0, 1, 12)
    on_line = generator(straight(codes[0], codes[1], t))
    blend = torch.lerp(targets[:1], targets[1:2], t[:, None])
    data = plane.horseshoe(300, torch.Generator().manual_seed(5)).T.numpy()
    axes.plot(*data, ".", color="0.75", markersize=3, label="data")
    axes.plot(*on_line.T.numpy(), "o-", color=plots.FAKE, label="G on the line between two codes")
    axes.plot(*blend.T.numpy(), "s--", color=plots.REAL, markersize=4, label="cross-fade of the two points")
    axes.set(xlabel="first coordinate", ylabel="second coordinate", title="Two ways from point to point")
    axes.set_aspect("equal")
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize="x-small")


def plane_search(generator: Map, targets: Tensor, starts: Tensor, found: Inversion, true: Tensor) -> Image:
    """The search for the code of the first of some points, and two ways from the first point to the second.

    Args:
        generator: of points (N, 2) from codes (N, 2) in the square.
        targets: the points, (N, 2).
        starts: of the search, (N, S, 2).
        found: what it found.
        true: the code of the first point, (2,).
    """
    figure = Figure(figsize=(9.5, 3.9))
    left, right = figure.subplots(1, 2)
    _valley(left, generator, targets[:1], starts[0], found.codes[0])
    left.plot(*true.tolist(), "*", color=plots.SKY, markersize=13, label="the true code")
    left.legend(loc="upper right", frameon=True)
    _two_ways(right, generator, targets, found.best)
    return show_figure(
        figure,
        f"Left, the error over the square of codes, with arrows from {len(starts[0])} starts to their ends: most reach "
        "the true code. Right, G on a line of codes follows the horseshoe; the cross-fade cuts through "
        "its empty middle.",
    )


def searches(found: Mapping[str, Inversion]) -> Image:
    """Left the errors of searches over their steps, right the components of the codes; one colour for each kind.

    Lines are medians over all images and starts, bands run from the smallest to the largest.
    """
    figure = Figure(figsize=(9.5, 3.2))
    left, right = figure.subplots(1, 2)
    farthest = max(search.best.abs().max().item() for search in found.values())
    bins = torch.linspace(-farthest, farthest, 66).tolist()
    for (name, search), colour in zip(found.items(), COLOURS, strict=False):
        course = search.course.flatten(1)
        steps = range(len(course))
        left.plot(steps, course.median(1).values, color=colour, label=name)
        left.fill_between(steps, course.amin(1), course.amax(1), color=colour, alpha=0.2, linewidth=0)
        components = search.best.flatten().numpy()
        right.hist(components, bins=bins, color=colour, histtype="step", linewidth=1.4, label=name)
    left.set(xlabel="step of Adam", ylabel="$e_r$", title="Median and range of all searches", ylim=(0, None))
    right.set(xlabel="component of $z_r$", ylabel="number of components", title="Where the codes end", yscale="log")
    left.legend()
    right.legend()
    return show_figure(
        figure,
        "Left, errors fall over the steps of Adam and flatten, a little lower outside the cube. Right, the components "
        "of the codes: in the cube many at its walls, without it far beyond them.",
    )
