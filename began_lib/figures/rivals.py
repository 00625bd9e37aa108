"""Notebook 13: what each discriminator says in the plane, samples side by side, scores, paths, and progress."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pandas as pd
import torch
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image as Picture
from scipy import stats
from torch import Tensor

from began_lib.data.pixels import tile, to_unit_range
from began_lib.figures.display import show_figure
from began_lib.figures.over_seeds import MEASURES, range_table, value
from began_lib.figures.plane import draw_points
from began_lib.figures.plots import BLACK, FAKE, MEASURE, REAL
from began_lib.figures.tables import table
from began_lib.plane import EXTENT
from began_lib.rivals.plane import View

__all__ = [
    "COLUMNS",
    "OWN",
    "agreement",
    "at_images",
    "budget_table",
    "cost_table",
    "entrant",
    "grids",
    "landscapes",
    "over_images",
    "path_of",
    "paths",
    "progress",
    "scatter",
    "standing",
]

Rows = Mapping[str, Sequence[Mapping[str, Any]]]  # by system, one for each seed
# What a run has as its own measure of progress, in words.
OWN = {
    "m_global": "M_global",
    "wasserstein": "distance",
    "energy_real": "energy of the data",
    "bits": "bits",
    "loss_g": "loss of G",
}
QUANTILES = (2, 98)  # percents of what D says, between which the greys lie
NEARLY = 0.99  # of a number of images seen: one run was stopped 500 of 150,000 steps before its end
COLUMNS = ("fid", "precision", "coverage", "face_rate", "diversity", "sharpness", "nearest_training_image")


def landscapes(views: Sequence[View], real: Tensor, columns: int = 4) -> Image:
    """What each system's D says of every point, dark where it takes it for generated, with the points on it.

    Each has greys of its own, between quantiles of what it says on the map: the numbers are no one quantity.
    """
    rows = -(-len(views) // columns)
    figure = Figure(figsize=(2.75 * columns, 2.6 * rows + 0.3), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, view in zip(places, views, strict=False):
        _draw_view(figure, axes, view)
        draw_points(axes, real, view.generated)
    for axes in places[len(views) :]:
        axes.set_axis_off()
    figure.legend(*places[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, markerscale=1.5)
    names = ", ".join(f"{view.system} ({view.says})" for view in views)
    return show_figure(
        figure,
        f"{len(views)} landscapes of the plane with real and generated points, dark where D takes a point for a "
        f"generated one: {names}.",
    )


def _draw_view(figure: Figure, axes: Axes, view: View) -> None:
    low, high = np.nanpercentile(view.heights, QUANTILES)
    line = np.linspace(-EXTENT, EXTENT, len(view.heights))
    levels = np.linspace(low, max(high, low + 1e-9), 12)
    greys = "Greys_r" if view.real_is_high else "Greys"
    contours = axes.contourf(line, line, np.ma.masked_invalid(view.heights), levels=levels, cmap=greys, extend="both")
    bar = figure.colorbar(contours, ax=axes, shrink=0.75, ticks=[low, high], format="{x:.3g}")
    bar.ax.tick_params(labelsize="x-small")
    axes.set(xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), aspect="equal", xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    axes.set_title(f"{view.system}\n{view.says}", fontsize="small")


def at_images(found: Mapping[str, Any], images: int) -> dict[str, list[Mapping[str, Any]]]:
    """By system, of docs/table-1.json, the row of each seed after so many images seen, or up to 1 % fewer.

    A run that was not measured there has none; a system of which no run was has no entry.
    """
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for run in found["runs"].values():
        at = [row for row in run["marks"].values() if NEARLY * images <= row["images_seen"] <= images]
        if at:
            rows.setdefault(run["name"], []).append(max(at, key=lambda row: row["images_seen"]))
    return rows


def over_images(found: Mapping[str, Any], measure: str, form: str, marks: Sequence[int]) -> pd.DataFrame:
    """A measure of docs/table-1.json after so many images seen, a row for each system, the numbers of its seeds."""
    columns = {f"{images:,} images": at_images(found, images) for images in marks}
    rows: dict[str, dict[str, str]] = {}
    for title, systems in columns.items():
        for name, its in systems.items():
            for whose, which in ((name, measure), (f"{name}, averaged G", f"averaged_{measure}")):
                values = [value(row, which) for row in its if which in row]
                if values:
                    rows.setdefault(whose, {})[title] = " and ".join(format(it, form) for it in values)
    floor = format(value(found["floor"], measure), form)
    return table({**rows, "other photographs": dict.fromkeys(columns, floor)})


def grids(pictures: Mapping[str, bytes], budget: str, columns: int = 5) -> Image:
    """Samples of all systems side by side, as figure 2 of the paper has two.

    Args:
        pictures: of each system, the bytes of a picture.
        budget: what all have spent, in words.
        columns: systems in a row.
    """
    rows = -(-len(pictures) // columns)
    opened = {name: Picture.open(io.BytesIO(content)) for name, content in pictures.items()}
    tallest = max(picture.height / picture.width for picture in opened.values())
    figure = Figure(figsize=(2.2 * columns, (2.2 * tallest + 0.3) * rows), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes in places:
        axes.set_axis_off()
    for axes, (name, picture) in zip(places, opened.items(), strict=False):
        axes.imshow(picture)
        axes.set_title(name, fontsize="small")
    alt = f"Generated images of {', '.join(pictures)}, a grid for each, after {budget}."
    return show_figure(figure, alt, kind="jpeg")


def entrant(folder: str) -> str:
    """The name that tables and figures have for a system that ships in this folder: "began, n = 16" for "began-16"."""
    return re.sub(r"^began-(\d+)$", r"began, n = \1", folder)


def by_name(found: Mapping[str, Any], mark: str) -> dict[str, list[dict[str, Any]]]:
    """The rows of a budget that docs/rivals.json has, by system, one for each seed."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for run in found["runs"].values():
        rows.setdefault(run["name"], []).append(run["marks"][mark])
    return rows


def budget_table(found: Mapping[str, Any], mark: str, only: Sequence[str] = ()) -> pd.DataFrame:
    """Scores at a budget of all systems or of some, the photographs' own first; the range of seeds if several are."""
    floors = {name: [row] for name, row in found["floors"].items()}
    systems = {name: seeds for name, seeds in by_name(found, mark).items() if not only or name in only}
    return range_table({**floors, **systems}, COLUMNS)


def cost_table(found: Mapping[str, Any], mark: str) -> pd.DataFrame:
    """What each system spent, means over its seeds."""
    rows = {}
    for name, seeds in by_name(found, mark).items():
        rows[name] = {
            "parameters": seeds[0]["parameters"],
            "steps": seeds[0]["steps"],
            "images": seeds[0]["images_seen"],
            "seconds": mean(row["seconds"] for row in seeds),
            "steps a second": seeds[0]["steps"] / mean(row["seconds"] for row in seeds),
            "images a second": seeds[0]["images_seen"] / mean(row["seconds"] for row in seeds),
            "peak MB": found["memory"][name]["peak"],
        }
    columns = next(iter(rows.values()), {})
    return table(rows, {column: ".1f" if column == "steps a second" else ",.0f" for column in columns})


def agreement(found: Mapping[str, Any], mark: str, order: Sequence[str], column: str) -> float:
    """Rank correlation of an order, highest first, with a measure of those systems; names as on the grids.

    Raises ValueError for a name that is none of theirs.
    """
    means = {name: mean(value(row, column) for row in seeds) for name, seeds in by_name(found, mark).items()}
    if unknown := [name for name in order if name not in means]:
        raise ValueError(f"no system {unknown[0]!r}: expected some of {', '.join(means)}.")
    return float(stats.spearmanr(range(len(order), 0, -1), [means[name] for name in order]).statistic)


def standing(found: Mapping[str, Any], mark: str, name: str = "began") -> pd.DataFrame:
    """Where one system stands among all, measure by measure: by how near each is to photographs.

    To as many training photographs as there are images of each system, since FID and coverage depend on their number;
    only the nearest training image is that of held-out ones. A place is that of the means over seeds, says nothing of
    how sure it is, and has all that are as near before it. Its own other settings ("began, n = 16") are no rivals.
    """
    groups = {it: rows for it, rows in by_name(found, mark).items() if not it.startswith(f"{name},")}
    rows = {}
    for column in COLUMNS:
        title, form = MEASURES[column]
        floor = found["floors"]["held out" if column == "nearest_training_image" else "photographs"]
        means = {system: mean(value(row, column) for row in seeds) for system, seeds in groups.items()}
        away = {system: abs(it - value(floor, column)) for system, it in means.items()}
        first = [system for system, distance in away.items() if distance == min(away.values())]
        rows[title] = {
            "photographs": format(value(floor, column), form),
            name: format(means[name], form),
            "place": f"{sum(distance <= away[name] for distance in away.values())} of {len(away)}",
            "nearest": first[0] if len(first) == 1 else f"{len(first)} alike",
            "its value": format(means[first[0]], form),
        }
    return table(rows)


def scatter(found: Mapping[str, Any], mark: str, across: str = "precision", up: str = "diversity") -> Image:
    """Two measures of all systems, which no one face drawn often can have both: a dot for each seed."""
    figure = Figure(figsize=(7.5, 4.2), layout="constrained")
    axes = figure.subplots()
    groups = {**{name: [row] for name, row in found["floors"].items()}, **by_name(found, mark)}
    places = {name: [mean(value(row, c) for row in seeds) for c in (across, up)] for name, seeds in groups.items()}
    spread = np.maximum(np.ptp(list(places.values()), axis=0), 1e-9)
    for name, seeds in groups.items():
        colour = REAL if name in found["floors"] else MEASURE if name.startswith("began") else FAKE
        x, y = ([value(row, column) for row in seeds] for column in (across, up))
        axes.plot(x, y, "o", color=colour, markersize=5)
        # A name stands on the side that its nearest neighbour is not on.
        others = [place for other, place in places.items() if other != name]
        near = min(others, key=lambda place: float(np.hypot(*(np.subtract(place, places[name]) / spread))))
        aside = (4, 4) if places[name][1] >= near[1] else (4, -10)
        axes.annotate(name, places[name], aside, textcoords="offset points", fontsize="x-small")
    axes.set(xlabel=across.replace("_", " "), ylabel=up.replace("_", " "))
    axes.margins(0.12)
    return show_figure(figure, f"{up} over {across.replace('_', ' ')}, a dot for each seed of {', '.join(groups)}.")


def path_of(picture: Path, size: int = 32) -> Tensor:
    """The images of a kept path, of which one picture is a row without gaps, (1, columns, 3, size, size) in [-1, 1]."""
    with Picture.open(picture) as row:
        pixels = torch.as_tensor(np.array(row.convert("RGB")))
    return to_unit_range(pixels.unflatten(1, (-1, size)).permute(1, 3, 0, 2))[None]


def paths(rows: Mapping[str, Tensor], pairs: int = 1) -> Image:
    """Paths between the same held-out faces, a row of images for each system and pair.

    Args:
        rows: by system, (P, columns, C, S, S) in [-1, 1].
        pairs: drawn of each, of its P.
    """
    figure = Figure(figsize=(7.4, 0.62 * len(rows) * pairs), layout="constrained")
    places = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for axes, (name, images) in zip(places, rows.items(), strict=True):
        axes.imshow(tile(images[:pairs].flatten(0, 1), columns=images.shape[1]))
        axes.set(xticks=[], yticks=[])
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.set_ylabel(name.replace(", ", "\n"), rotation=0, ha="right", va="center")
    return show_figure(
        figure,
        f"Rows of faces from one held-out face to another along a straight line of codes, by {', '.join(rows)}.",
        kind="jpeg",
    )


def progress(measured: Mapping[str, Mapping[str, Any]], columns: int = 4) -> Image:
    """FID over the steps of each run, and its own measure scaled to the same height, with their rank correlation.

    The axis is of FID, marked at its lowest and highest. A measure that stays the same has no correlation.
    """
    agree = {name: run["rank_correlation"][run["own"]] for name, run in measured.items()}
    words = {name: "none" if rank is None else f"{rank:.2f}" for name, rank in agree.items()}
    rows = -(-len(measured) // columns)
    figure = Figure(figsize=(2.75 * columns, 1.9 * rows + 0.3), layout="constrained")
    places = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, (name, run) in zip(places, measured.items(), strict=False):
        own = run["own"]
        scaled = "the run's own measure, scaled; above, its rank correlation with FID"
        for label, values, colour, style in (
            ("FID", run["fid"], BLACK, "o-"),
            (scaled, run["measures"][own], MEASURE, "s--"),
        ):
            axes.plot(run["steps"], _scaled(values), style, color=colour, markersize=3, label=label)
        axes.set_title(f"{name}\n{OWN[own]}: {words[name]}", fontsize="small")
        axes.set(ylim=(-0.05, 1.05), xlabel="step", ylabel="FID")
        axes.set_yticks((0, 1), [f"{end:.0f}" for end in (min(run["fid"]), max(run["fid"]))])
    figure.legend(*places[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    for axes in places[len(measured) :]:
        axes.set_axis_off()
    said = "; ".join(f"{name} {word}" for name, word in words.items())
    return show_figure(figure, f"FID and each system's own measure over the steps; their rank correlation: {said}.")


def _scaled(values: Sequence[float]) -> np.ndarray:
    low, high = min(values), max(values)
    return (np.asarray(values) - low) / max(high - low, 1e-12)
