"""Notebook 09, figure 6: networks of unequal strength, with the controller and without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from torch import Tensor

from began_lib.figures.display import show_figure
from began_lib.figures.layers import layer_table
from began_lib.figures.plots import BLACK, FAKE, REAL, TARGET, grids_figure, running_mean
from began_lib.figures.tables import table
from began_lib.models import Architecture, Discriminator, Generator
from began_lib.training.history import History

__all__ = ["arms", "balance", "courses", "grids", "sizes"]

COLOURS = {"balanced": BLACK, "starved G": FAKE, "starved D": REAL}
LINES = {"controller": "-", "k = 0": "--", "k held": ":"}


def sizes(pairs: Mapping[str, tuple[int, int]], size: int = 64, filters: int = 64) -> pd.DataFrame:
    """Weights of D and G for pairs (N_h, N_z), the first of which is the measure of the others."""
    rows, whole = {}, None
    for name, (hidden, latent) in pairs.items():
        a = Architecture(size=size, filters=filters, hidden=hidden, latent=latent)
        d, g = (int(layer_table(network(a)).parameters["total"]) for network in (Discriminator, Generator))
        whole = whole or (d, g)
        counts = {"D, M weights": d / 1e6, "G, M weights": g / 1e6}
        rows[name] = {"N_h": hidden, "N_z": latent, **counts, "D, share": d / whole[0], "G, share": g / whole[1]}
    return table(rows, {"D, M weights": ".2f", "G, M weights": ".2f", "D, share": ".0%", "G, share": ".0%"})


def courses(histories: Mapping[str, History], window: int, gamma: float) -> Image:
    """Ratio, k and M_global of runs named "starved G", "starved G, k = 0": dashed where k is held at 0.

    With a point for every half window: with one for every step the gaps between dashes would fill.
    """
    figure = Figure(figsize=(11, 3))
    ratio, control, m_global = figure.subplots(1, 3)
    for name, history in histories.items():
        pair, _, arm = name.partition(", ")
        look = {"color": COLOURS.get(pair), "linestyle": LINES.get(arm, "-")}
        means = {
            column: running_mean(history[column], window)[1][:: max(1, window // 2)]
            for column in ("loss_fake", "loss_real", "k", "m_global")
        }
        at = running_mean(history["k"], window)[0][:: max(1, window // 2)]
        ratio.plot(at, means["loss_fake"] / means["loss_real"], label=name, **look)
        control.plot(at, means["k"], **look)
        m_global.plot(at, means["m_global"], **look)
    ratio.axhline(gamma, color=TARGET, linewidth=3, alpha=0.6, zorder=0, label="γ")
    for axes, label in ((ratio, "L(G(z)) / L(x)"), (control, "k"), (m_global, "M_global")):
        axes.set(xlabel=f"step (means of {window:,})", ylabel=label)
    ratio.set_ylim(0, 1)
    m_global.set_yscale("log")
    m_global.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
    m_global.yaxis.set_major_formatter("{x:g}")
    m_global.yaxis.set_minor_formatter(NullFormatter())
    figure.legend(*ratio.get_legend_handles_labels(), loc="outside right center", fontsize="small")
    return show_figure(figure, f"Ratio of losses, k and M_global of {len(histories)} runs: {', '.join(histories)}")


def arms(results: pd.DataFrame, gamma: float) -> Image:
    """Ratio and diversity at the end of small runs: one dot a seed, for each pair and arm.

    Args:
        results: a row for each run, with columns pair, arm, ratio and diversity.
        gamma: the target, drawn as a line.
    """
    figure = Figure(figsize=(10, 2.8))
    ratio, diversity = figure.subplots(1, 2)
    places = [(pair, arm) for pair in COLOURS for arm in LINES]
    for axes, column in ((ratio, "ratio"), (diversity, "diversity")):
        for place, (pair, arm) in enumerate(places):
            found = results[(results.pair == pair) & (results.arm == arm)][column]
            axes.plot([place] * len(found), found, "o", color=COLOURS[pair], markersize=4)
        _name(axes, places)
        axes.set(ylabel={"ratio": "L(G(z)) / L(x)"}.get(column, column), ylim=(0, None))
    ratio.axhline(gamma, color=TARGET, linewidth=3, alpha=0.6, zorder=0)
    ratio.annotate("γ", (1, gamma), (3, 0), ("axes fraction", "data"), "offset points", va="center")
    return show_figure(
        figure, "Ratio and diversity of small runs for each pair, with the controller, k = 0, and k held"
    )


def _name(axes: Axes, places: Sequence[tuple[str, str]]) -> None:
    axes.set_xticks(range(len(places)), [arm for _, arm in places], rotation=35, ha="right")
    for place in range(0, len(places), len(LINES)):
        pair = places[place][0]
        axes.text(place + 1, 1.02, pair, transform=axes.get_xaxis_transform(), color=COLOURS[pair], ha="center")


def grids(images: Mapping[str, Tensor]) -> Image:
    """Sixteen pictures of each kind under its name."""
    figure = grids_figure([part[:16] for part in images.values()], list(images), columns=4, width=11)
    return show_figure(figure, f"Sixteen pictures each: {', '.join(images)}", kind="jpeg")


def balance(histories: Mapping[str, History], last: int, lambda_k: float) -> pd.DataFrame:
    """The ratio over the last steps: as measured, and as the moves of k give it where k never left (0, 1).

    Raises ValueError for a run that has no step before the last ones.
    """
    if short := [name for name, history in histories.items() if not 1 <= last < len(history)]:
        steps = len(histories[short[0]])
        raise ValueError(f"{short[0]}: last is {last} of {steps} steps: expected at least 1, and one step before them.")
    rows = {}
    for name, history in histories.items():
        k, real = history["k"], history.tail_mean("loss_real", last)
        inside = float(np.mean((k[-last:] > 0) & (k[-last:] < 1)))
        moved = float(k[-1] - k[-1 - last])
        predicted = history["gamma"][-1] - moved / (lambda_k * last * real) if inside == 1.0 else None
        ratio = history.tail_mean("loss_fake", last) / real
        rows[name] = {"k inside (0, 1)": inside, "k": float(k[-1]), "k moved by": moved}
        rows[name] |= {"ratio": ratio, "ratio by the moves of k": predicted}
        rows[name] |= {"M_global": history.tail_mean("m_global", last)}
    formats = {"k inside (0, 1)": ".0%", "k": ".3f", "k moved by": "+.4f"}
    return table(rows, formats | dict.fromkeys(("ratio", "ratio by the moves of k", "M_global"), ".3f"))
