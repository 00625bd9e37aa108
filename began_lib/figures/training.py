"""Notebook 05: the networks of figure 1, one whole step, the rule of the learning rate, and runs that were broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from torch import Tensor

from began_lib.figures.diagram import canvas, draw_arrow, draw_boxes
from began_lib.figures.display import show_figure
from began_lib.figures.layers import layer_table
from began_lib.figures.plots import BLACK, CONTROL, FAKE, MEASURE, REAL, draw_grid, running_mean
from began_lib.figures.tables import table
from began_lib.models import FINAL_SIZE, Architecture, Discriminator, Generator
from began_lib.training.history import History

__all__ = ["breaks", "breaks_table", "halving", "networks", "samples_of", "sizes", "step"]


def networks(architecture: Architecture) -> Image:
    """Figure 1: encoder and decoder of D, and G, as blocks as high as their images and as wide as their cubes."""
    a = architecture
    figure, axes = canvas(4.6)
    sizes = [a.size // 2**scale for scale in range(a.scales)]
    down = [(size, scale + 1) for scale, size in enumerate(sizes)]
    up = [(size, 1) for size in reversed(sizes)]
    pitch = 9.0 / (2 * a.scales + 2)
    axes.text(0.1, 4.3, f"D: an auto-encoder of images of {a.size}x{a.size}, N_h = {a.hidden}", fontsize=11)
    _chain(axes, 3.25, [("x", REAL), *down, ("h", BLACK), *up, ("D(x)", REAL)], 0.5, pitch)
    axes.text(0.1, 1.9, f"G: the decoder again, with weights of its own, N_z = {a.latent}", color=FAKE, fontsize=11)
    first = 0.5 + (a.scales + 1) * pitch
    _chain(axes, 1.0, [("z", FAKE), *up, ("G(z)", FAKE)], first, pitch, FAKE)
    alt = (
        f"D takes an image through {a.scales} scales of convolutions, from {a.size}x{a.size} with n filters down to "
        f"{FINAL_SIZE}x{FINAL_SIZE} with {a.scales} n, to h, and back with n filters; G is such a decoder, from z."
    )
    return show_figure(figure, alt)


def _chain(
    axes: Axes, y: float, blocks: Sequence[tuple[object, object]], x: float, pitch: float, colour: str = BLACK
) -> None:
    """Blocks from left to right, joined by arrows: (size, multiple of n), or a word and its colour."""
    end = 0.0  # of the block before
    for number, (what, more) in enumerate(blocks):
        at = x + number * pitch
        if isinstance(what, str):
            axes.text(at, y, what, ha="center", va="center", color=more, fontsize=11)
            half = 0.27 if len(what) > 2 else 0.12
        else:
            height, half = 0.35 + 0.17 * (what // FINAL_SIZE).bit_length(), 0.1 + 0.045 * more
            corner = (at - half, y - height / 2)
            axes.add_patch(Rectangle(corner, 2 * half, height, facecolor="#f2f2f2", edgecolor=colour, linewidth=1.4))
            filters = "n" if more == 1 else f"{more} n"
            axes.text(at, y - height / 2 - 0.05, f"{what}x{what}\n{filters}", ha="center", va="top", fontsize=8.5)
        if number:
            draw_arrow(axes, (end + 0.05, y), (at - half - 0.05, y))
        end = at + half


def sizes(architectures: Sequence[Architecture]) -> pd.DataFrame:
    """Parameters and arithmetic of both networks, and by how much D squeezes an image."""
    rows = {}
    for a in architectures:
        totals = [layer_table(network(a)).loc["total"] for network in (Discriminator, Generator)]
        d, g = (float(total.parameters) / 1e6 for total in totals)
        rows[f"{a.size}x{a.size}, n = {a.filters}"] = {
            "N_h": a.hidden,
            "D, M parameters": d,
            "G, M parameters": g,
            "both": d + g,
            "billion multiply-adds, D(v)": float(totals[0]["M multiply-adds"]) / 1e3,
            "numbers in v for one in h": a.channels * a.size**2 / a.hidden,
        }
    formats = dict.fromkeys(("D, M parameters", "G, M parameters", "both", "billion multiply-adds, D(v)"), ".2f")
    return table(rows, formats | {"numbers in v for one in h": ",.0f"})


def step() -> Image:
    """One step of BEGAN: what is computed forwards, and with which factors the gradients of both losses arrive."""
    figure, axes = canvas(3.9)
    axes.add_patch(FancyBboxPatch((4.0, 1.5), 1.0, 2.05, boxstyle="round,pad=0.1", facecolor="white", linewidth=1.6))
    axes.text(4.5, 2.55, "D, $\\theta_D$", ha="center", va="center", fontsize=12)
    boxes = (
        (0.3, 1.9, "z", BLACK),
        (1.45, 1.9, "G, $\\theta_G$", FAKE),
        (2.8, 1.9, "G(z)", FAKE),
        (2.8, 3.2, "x", REAL),
        (6.3, 3.2, "L(x)", REAL),
        (6.3, 1.9, "L(G(z))", FAKE),
        (8.6, 2.55, "$e = \\gamma$ L(x) − L(G(z))", BLACK),
        (8.6, 0.85, "$k \\leftarrow$ clamp$(k + \\lambda_k\\,e)$", CONTROL),
    )
    draw_boxes(axes, boxes, size=11)
    for start, end in (
        ((0.5, 1.95), (0.95, 1.95)), ((1.95, 1.95), (2.35, 1.95)), ((3.2, 1.95), (3.87, 1.95)),
        ((3.05, 3.25), (3.87, 3.25)), ((5.13, 3.25), (5.9, 3.25)), ((5.13, 1.95), (5.7, 1.95)),
        ((6.75, 3.1), (7.4, 2.75)), ((6.95, 2.0), (7.4, 2.35)), ((8.6, 2.25), (8.6, 1.2)),
    ):  # fmt: skip
        draw_arrow(axes, start, end)
    for start, end, colour in (
        ((5.9, 3.08), (5.13, 3.08), REAL),
        ((5.7, 1.78), (5.13, 1.78), FAKE),
        ((3.87, 1.78), (3.2, 1.78), FAKE),
        ((2.35, 1.78), (1.95, 1.78), FAKE),
        ((7.3, 0.85), (6.5, 1.1), CONTROL),
    ):
        draw_arrow(axes, start, end, colour, "--")
    for x, y, text, colour in (
        (6.0, 2.8, "times 1 for $\\theta_D$", REAL),
        (5.75, 1.2, "times $-k$ for $\\theta_D$", CONTROL),
        (2.3, 1.2, "times 1 for $\\theta_G$", FAKE),
    ):
        axes.text(x, y, text, ha="center", va="center", fontsize=10.5, color=colour)
    axes.text(
        0.2,
        0.25,
        "solid: forwards    dashed: gradients (green: their factor k)    all three updates use the old values",
        fontsize=9.5,
    )
    alt = (
        "x and G(z) pass through D to L(x) and L(G(z)); the gradient of L(x) reaches D's weights times 1, that of "
        "L(G(z)) times −k, and G's weights times 1; k moves by λ_k times the error γ L(x) − L(G(z))."
    )
    return show_figure(figure, alt)


def halving(measure: Sequence[float], rates: Sequence[float], floor: float) -> Image:
    """A measure of convergence that stalls, and the learning rate that is halved because of it."""
    figure = Figure(figsize=(9, 2.4))
    left, right = figure.subplots(1, 2)
    left.plot(measure, color=MEASURE)
    left.set(xlabel="step", ylabel="M_global", title="A measure that stalls", ylim=(0, None))
    right.plot(rates, color=BLACK)
    right.axhline(floor, color=BLACK, linestyle="--", linewidth=0.8, label="floor")
    right.set(xlabel="step", ylabel="learning rate", title="Halved, down to the floor", ylim=(0, None))
    right.legend()
    return show_figure(figure, "A measure that falls and stalls, and the learning rate halved down to its floor")


def breaks(histories: Mapping[str, History], window: int = 10) -> Image:
    """M_global of runs, and k twice: all of it, and near 0."""
    figure = Figure(figsize=(11, 3.2))
    m_global, k, near = figure.subplots(1, 3)
    for name, history in histories.items():
        m_global.plot(*running_mean(history["m_global"], window), label=name)
        for axes in (k, near):
            axes.plot(range(1, len(history) + 1), history["k"])
    m_global.set(yscale="log", ylabel="M_global", xlabel=f"step (means of {window})")
    k.set(ylabel="k", xlabel="step", title="all of k")
    near.set(ylabel="k", xlabel="step", title="k near 0", ylim=(-0.02, 0.2))
    figure.legend(*m_global.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return show_figure(figure, f"M_global, logarithmic, and k of {len(histories)} runs: {', '.join(histories)}")


def breaks_table(histories: Mapping[str, History], last: int = 50) -> pd.DataFrame:
    """Means of the last steps of runs."""
    columns = {"L(x)": "loss_real", "L(G(z))": "loss_fake", "k": "k", "M_global": "m_global"}
    rows = {
        name: {label: h.tail_mean(column, last) for label, column in columns.items()} for name, h in histories.items()
    }
    return table(rows, ".3g")


def samples_of(samples: Mapping[str, Tensor], columns: int = 4) -> Image:
    """Sixteen samples of each run under its name."""
    figure = Figure(figsize=(11, 11 / len(samples) * 1.2))
    for axes, (name, images) in zip(figure.subplots(1, len(samples), squeeze=False)[0], samples.items(), strict=True):
        draw_grid(axes, images[:16], name.replace(", ", ",\n"), columns)
    return show_figure(figure, f"Sixteen samples of each run: {', '.join(samples)}", kind="jpeg")
