"""Measurements over seeds, as docs/experiments.json has them: a dot for each training, and the range of an arm's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from IPython.display import Image
from matplotlib import colormaps
from matplotlib.figure import Figure

from began_lib.figures.display import show_figure
from began_lib.figures.plots import BLACK, TARGET
from began_lib.figures.tables import table

__all__ = [
    "MEASURES",
    "courses",
    "dots",
    "ends_of",
    "file_name",
    "in_second_half",
    "marks_of",
    "picture_name",
    "range_table",
    "second_half",
    "second_halves",
    "span",
    "spreads",
    "value",
]

Arms = Mapping[str, Sequence[Mapping[str, Any]]]  # by name, a row for each seed
MEASURES = {  # of a row, each with its title and format
    "fid": ("FID", ".0f"),
    "kid": ("KID", ",.0f"),
    "precision": ("precision", ".2f"),
    "recall": ("recall", ".3f"),
    "coverage": ("coverage", ".2f"),
    "face_rate": ("face rate", ".0%"),
    "diversity": ("diversity", ".2f"),
    "closest_pair": ("closest pair", ".3f"),
    "sharpness": ("sharpness", ".2f"),
    "nearest_training_image": ("nearest training image", ".2f"),
    "held_out_loss": ("held-out L(x)", ".3f"),
    "ratio": ("L(G(z)) / L(x)", ".2f"),
    "k": ("k", ".3f"),
    "m_global": ("M_global", ".3f"),
    "grain_beyond": ("grain beyond D", ".4f"),
    # Of images of G's averaged weights, where a run keeps them.
    "averaged_fid": ("FID, averaged G", ".0f"),
    "averaged_precision": ("precision, averaged G", ".2f"),
    "averaged_recall": ("recall, averaged G", ".3f"),
    "averaged_coverage": ("coverage, averaged G", ".2f"),
    "averaged_diversity": ("diversity, averaged G", ".3f"),
    "averaged_closest_pair": ("closest pair, averaged G", ".3f"),
}


def file_name(name: str, seed: int) -> str:
    """An arm's name and seed as the name of a folder or, with an ending, of a file."""
    plain = name.replace("γ", "gamma").replace("λ_k", "lambda k")
    words = "".join(letter if letter.isalnum() or letter == "." else " " for letter in plain)
    return f"{'-'.join(words.lower().split())}-s{seed}"


def picture_name(name: str, seed: int, averaged: bool = False, step: int | None = None) -> str:
    """File name of an arm's samples, or of its averaged weights', at its end or at a step."""
    at = f"-at-{step}" if step else ""
    return f"{file_name(name, seed)}{at}{'-averaged' if averaged else ''}.jpg"


def value(row: Mapping[str, Any], measure: str) -> float:
    """A measure of a row, without its interval."""
    it = row[measure]
    return it[0] if isinstance(it, list) else it


def span(values: Sequence[float], form: str) -> str:
    """The lowest and the highest of some values in words; one number where they look alike."""
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"


def ends_of(found: Mapping[str, Any], question: str) -> dict[str, list[Mapping[str, Any]]]:
    """By arm of a question the row of each of its seeds where its run ended; none of a run that did not come there."""
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for run in found["runs"].values():
        ends = [row for row in run["marks"].values() if row["steps"] == run["config"]["steps"]]
        if run["question"] == question and ends:
            rows.setdefault(run["name"], []).append(ends[0])
    return rows


def marks_of(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The rows of a run in the order of their steps."""
    return sorted(run["marks"].values(), key=lambda row: row["steps"])


def in_second_half(run: Mapping[str, Any], measure: str) -> list[float]:
    """A measure at the marks of a run's second half, its middle and its end included, where they have it."""
    rows = [row for row in run["marks"].values() if row["steps"] >= run["config"]["steps"] / 2]
    return [value(row, measure) for row in rows if measure in row]


def second_half(run: Mapping[str, Any]) -> dict[str, float]:
    """The mean of each measure over the marks of a run's second half."""
    found = {measure: in_second_half(run, measure) for measure in MEASURES}
    return {measure: sum(values) / len(values) for measure, values in found.items() if values}


def second_halves(found: Mapping[str, Any], question: str) -> dict[str, list[dict[str, float]]]:
    """By arm of a question :func:`second_half` of each of its seeds; none of a run that did not come to its end."""
    rows: dict[str, list[dict[str, float]]] = {}
    for run in found["runs"].values():
        ended = any(row["steps"] == run["config"]["steps"] for row in run["marks"].values())
        if run["question"] == question and ended:
            rows.setdefault(run["name"], []).append(second_half(run))
    return rows


def range_table(arms: Arms, measures: Sequence[str]) -> pd.DataFrame:
    """Lowest and highest value of each measure over the seeds of each arm."""
    return table(
        {
            name: {MEASURES[it][0]: span([value(row, it) for row in rows], MEASURES[it][1]) for it in measures}
            for name, rows in arms.items()
        }
    )


def spreads(found: Mapping[str, Any], question: str, measure: str) -> pd.DataFrame:
    """How far a measure is uncertain for each arm: over samples, over steps of one training, over trainings.

    Args:
        measure: one that has an interval.
    """
    form, rows = MEASURES[measure][1], {}
    for name, ends in ends_of(found, question).items():
        runs = [run["marks"].values() for run in found["runs"].values() if run["name"] == name]
        courses = [[value(row, measure) for row in sorted(marks, key=lambda row: row["steps"])] for marks in runs]
        values = [value(row, measure) for row in ends]
        rows[name] = {
            "half an interval, at most": max((row[measure][2] - row[measure][1]) / 2 for row in ends),
            "change since the mark before, at most": max(
                (abs(course[-1] - course[-2]) for course in courses if len(course) > 1), default=None
            ),
            "from seed to seed, at most": max(values) - min(values),
        }
    return table(rows, form)


def dots(arms: Arms, measures: Sequence[str], beside: str, targets: Mapping[str, float] | None = None) -> Image:
    """Every seed of every arm as a dot, a column for each measure.

    Args:
        beside: the arm whose spread is drawn as a band through the others.
        targets: by measure, a value to be drawn as a line.
    """
    figure = Figure(figsize=(1.3 + 9.7 * len(measures) / 6, 0.34 * len(arms) + 0.8), layout="constrained")
    columns = figure.subplots(1, len(measures), sharey=True, squeeze=False)[0]
    for axes, measure in zip(columns, measures, strict=True):
        spread = [value(row, measure) for row in arms[beside]]
        axes.axvspan(min(spread), max(spread), color=TARGET, alpha=0.3)
        if measure in (targets or {}):
            axes.axvline(targets[measure], color=BLACK, linewidth=1, linestyle="--", zorder=0)
        for place, rows in enumerate(arms.values()):
            values = [value(row, measure) for row in rows]
            axes.plot(values, [place] * len(values), "o", color=BLACK, markersize=5)
        axes.set(xlabel=MEASURES[measure][0], yticks=range(len(arms)), yticklabels=list(arms))
        axes.margins(x=0.12)
    columns[0].set_ylim(len(arms) - 0.5, -0.5)
    titles = ", ".join(MEASURES[measure][0] for measure in measures)
    return show_figure(figure, f"{titles} of each seed of {', '.join(arms)}, with a band for the spread of {beside}.")


def courses(found: Mapping[str, Any], names: Sequence[str], measure: str, marked: Sequence[str] = ()) -> Image:
    """A measure along every seed of some arms, as means of the windows of the protocol.

    Args:
        names: of the arms, from the lightest to the darkest colour.
        measure: `loss_real`, `loss_fake`, `k` or `m_global`.
        marked: those that are drawn with dots.

    Raises ValueError for a run whose course was not kept.
    """
    if bare := [run["name"] for run in found["runs"].values() if run["name"] in names and "course" not in run]:
        raise ValueError(
            f"the course of {bare[0]} was not kept, only what was measured at its marks: take another arm."
        )
    figure = Figure(figsize=(8, 3.2), layout="constrained")
    axes = figure.subplots()
    window, colours = found["protocol"]["window"], colormaps["viridis_r"]
    for place, name in enumerate(names):
        colour = colours(0.15 + 0.85 * place / max(1, len(names) - 1))
        runs = [run["course"][measure] for run in found["runs"].values() if run["name"] == name]
        for seed, values in enumerate(runs):
            steps = [window * (i + 1) for i in range(len(values))]
            label = name if seed == 0 else None
            axes.plot(steps, values, "o-" if name in marked else "-", color=colour, markersize=3, label=label)
    title = MEASURES.get(measure, (measure, ""))[0]
    axes.set(xlabel="step", ylabel=f"{title}, mean of {window} steps")
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    return show_figure(figure, f"{title} along each seed of {', '.join(names)}.")
