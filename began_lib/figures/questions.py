"""Notebook 14: arms that differ from a control in one thing, beside the control's seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import Image
from matplotlib.figure import Figure
from PIL import Image as Picture

from began_lib.figures.display import show_figure
from began_lib.figures.over_seeds import MEASURES, Arms, picture_name, span, value
from began_lib.figures.tables import table

__all__ = ["CONTROL", "apart", "compared", "faces", "faces_along", "of_averages", "rows_of"]

CONTROL = "control"
PREFIX = "averaged_"  # of the measures of the averaged weights
FINER = {"coverage": ".3f", "diversity": ".3f"}  # what changes do here is often in the third decimal
UP, DOWN = "↑", "↓"


def of_averages(arms: Arms) -> dict[str, list[dict[str, Any]]]:
    """The same rows with the measures of the averaged weights in place of those of G's own."""
    return {
        name: [
            row | {it.removeprefix(PREFIX): row[it] for it in row if it.startswith(PREFIX)} for row in map(dict, rows)
        ]
        for name, rows in arms.items()
    }


def apart(values: Sequence[float], control: Sequence[float]) -> int:
    """Whether all values lie beyond the control's, on one side, by more than the control's own range: 1, -1, or 0."""
    low, high = min(control), max(control)
    reach = high - low
    return int(min(values) > high + reach) - int(max(values) < low - reach)


def compared(arms: Arms, measures: Sequence[str], control: str | None = CONTROL) -> pd.DataFrame:
    """The range of each measure over the seeds of each arm, with an arrow where it is :func:`apart` from the control's.

    An arm of one seed gets no arrow, nor does any without a control.
    """
    rows = {}
    for name, seeds in arms.items():
        rows[name] = {"seeds": str(len(seeds))}
        for measure in measures:
            title, form = MEASURES[measure][0], FINER.get(measure, MEASURES[measure][1])
            values, usual = ([value(row, measure) for row in of] for of in (seeds, arms.get(control, [])))
            side = apart(values, usual) if usual and len(values) > 1 else 0
            rows[name][title] = span(values, form) + {1: f" {UP}", -1: f" {DOWN}", 0: ""}[side]
    return table(rows)


def faces(pictures: Path, arms: Mapping[str, Sequence[int]], averaged: bool = True, step: int | None = None) -> Image:
    """Eight samples of each seed of each arm as its run ended, or at a step, the same codes in one column.

    Args:
        pictures: folder in which `tools.experiments` has put them.
        arms: the seeds of each.
        averaged: of the averaged weights.
        step: one at which samples were kept along the way.
    """
    rows = [(name, seed) for name, seeds in arms.items() for seed in seeds]
    names = "; ".join(f"{name}, seed {seed}" for name, seed in rows)
    return _strips(
        {f"{name},\nseed {seed}": pictures / picture_name(name, seed, averaged, step) for name, seed in rows},
        f"Rows of faces, one code z to a column: {names}.",
    )


def faces_along(pictures: Path, name: str, steps: Sequence[int], end: int, seed: int = 0) -> Image:
    """Eight samples of one run's averaged weights, a row for each step and its end, the same codes in one column.

    Args:
        pictures: folder in which `tools.experiments` has put them.
        steps: at which samples were kept along the way.
        end: the step of the last.
    """
    kept = {**{step: picture_name(name, seed, True, step) for step in steps}, end: picture_name(name, seed, True)}
    listed = ", ".join(f"{step:,}" for step in kept)
    return _strips(
        {f"{step:,} steps": pictures / file for step, file in kept.items()},
        f"Rows of faces of {name}, seed {seed}, one code z to a column, after {listed} steps.",
    )


def rows_of(picture: Path, names: Sequence[str]) -> Image:
    """A stored picture of rows of faces, one image to a column, with a name beside each row."""
    opened = Picture.open(picture)
    figure = Figure(figsize=(8.6, 0.74 * len(names) + 0.1))
    axes = figure.subplots()
    axes.imshow(opened)
    middles = [opened.height * (place + 0.5) / len(names) for place in range(len(names))]
    axes.set(xticks=[], yticks=middles, yticklabels=list(names), anchor="E")
    axes.tick_params(length=0)
    axes.grid(False)
    axes.spines[:].set_visible(False)
    return show_figure(figure, f"Rows of faces, one image to a column: {'; '.join(names)}.", kind="jpeg")


def _strips(rows: Mapping[str, Path], alt: str) -> Image:
    """The upper half of each stored picture of two rows, under one another, each with its name beside it."""
    figure = Figure(figsize=(8.6, 0.74 * len(rows) + 0.1))
    for axes, (name, path) in zip(figure.subplots(len(rows), 1, squeeze=False)[:, 0], rows.items(), strict=True):
        picture = Picture.open(path)  # two rows, two pixels apart
        axes.imshow(picture.crop((0, 0, picture.width, picture.height // 2 - 1)))
        axes.set(xticks=[], yticks=[], anchor="E")
        axes.grid(False)
        axes.spines[:].set_visible(False)
        axes.set_ylabel(name, rotation=0, ha="right", va="center")
    return show_figure(figure, alt, kind="jpeg")
