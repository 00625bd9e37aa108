"""Notebook 04: the controller and the networks it steers, measured beside the linear model of `began_lib.control`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from IPython.display import Image
from matplotlib.figure import Figure
from numpy.typing import NDArray

from began_lib.control import LinearLoop, agreement, lag_response
from began_lib.figures.display import show_figure
from began_lib.figures.plots import BLACK, CONTROL, FAKE, TARGET, draw_k, running_mean
from began_lib.figures.tables import table
from began_lib.training.history import History

__all__ = [
    "after_a_jump",
    "closed_loop",
    "curves",
    "ends",
    "fits_table",
    "five_speeds",
    "open_loop",
    "start",
    "trailing",
]

Curve = NDArray[np.float64]
ERROR = "error γ L(x) − L(G(z))"
PREDICTED = {"linestyle": "--", "color": TARGET}
ZERO = {"color": "0.6", "linewidth": 1}


def after_a_jump(errors: Mapping[str, Curve]) -> Image:
    """The error over the steps under several controllers, by name; the first is the paper's."""
    figure = Figure(figsize=(8, 2.7), layout="constrained")
    axes = figure.subplots()
    for (name, error), style in zip(errors.items(), ("-", "--", ":", "-."), strict=False):
        axes.plot(error, style, color=CONTROL if style == "-" else FAKE, label=name)
    axes.axhline(0, **ZERO)
    axes.set(xlabel="step", ylabel="error", title="After a jump of the target")
    axes.legend()
    return show_figure(
        figure,
        "The error after a jump of the target: with the paper's rule it returns to zero, with proportional control it "
        "settles above zero, less so for a larger factor.",
    )


def start(history: History, error: Curve, window: int = 20) -> Image:
    """k and the error of a training from its first step."""
    figure = Figure(figsize=(10, 2.7), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_k(left, history)
    steps = np.arange(1, len(error) + 1)
    right.plot(steps, error, color="0.75", linewidth=0.7, label="each step")
    right.plot(*running_mean(error, window), color=BLACK, label=f"mean of {window} steps")
    right.axhline(0, **ZERO)
    late = error[len(error) // 4 :]
    reach = 1.5 * np.abs(late).max()  # the first swing is far larger and would flatten the rest
    right.set(xlabel="step", ylabel=ERROR, title="The error (its first swing leaves the axes)", ylim=(-reach, reach))
    right.legend()
    return show_figure(figure, "k and the error of a training from its start: one large swing, then slowly to zero.")


def open_loop(falls: Mapping[int, NDArray[np.float64]], models: Mapping[int, LinearLoop], raised: float) -> Image:
    """For each seed the fall of the error per unit of k while k is held, and the first-order lag fitted to it.

    Args:
        falls: by seed, (pairs of runs, steps).
        models: the fit of their mean, by seed.
        raised: by how much k was raised.
    """
    figure = Figure(figsize=(11, 2.6), layout="constrained")
    places = figure.subplots(1, len(falls), sharey=True, squeeze=False)[0]
    for axes, (seed, pairs) in zip(places, falls.items(), strict=True):
        for one in pairs:
            axes.plot(one / raised, color="0.75", linewidth=0.8)
        axes.plot(pairs.mean(axis=0) / raised, color=BLACK, label="mean of the pairs")
        t = np.arange(float(pairs.shape[1]))
        axes.plot(t, lag_response(t, models[seed].gain, models[seed].lag), label="first-order lag", **PREDICTED)
        axes.set(title=f"seed {seed}", xlabel="steps after k was raised")
    places[0].set_ylabel("fall of the error\nper unit of k")
    places[-1].legend(fontsize="x-small")
    return show_figure(
        figure,
        f"How the networks of {len(falls)} trainings respond to k: the error falls over some tens of steps, and a "
        "first-order lag runs through the middle of most noisy curves.",
    )


def fits_table(
    models: Mapping[int, LinearLoop], moved: Mapping[float, Mapping[int, Curve]], jumps: Mapping[int, float]
) -> pd.DataFrame:
    """What was fitted for each seed, and for how many steps it then predicted k in the closed loop.

    A ≥ stands where the run ended before the prediction did. In brackets stands the same for networks that do not
    respond to k at all: k then moves by lambda_k times the jump at each step.

    Args:
        models: by seed.
        moved: change of k by lambda_k and seed, measured, (steps,).
        jumps: by how much the target jumped, by seed.
    """
    rows = {}
    for seed, model in models.items():
        rows[seed] = {"gain": model.gain, "lag": model.lag, "f g": model.gain * model.follow}
        rows[seed]["critical λ_k"] = model.critical
        for lambda_k, curves in moved.items():
            measured = curves[seed]
            predicted = model.at(lambda_k).step_response(len(measured), jumps[seed])[1]
            deaf = lambda_k * jumps[seed] * np.arange(len(measured))
            name = f"good for, λ_k = {lambda_k:g}"
            rows[seed][name], rows[seed][f"{name}, deaf"] = (agreement(measured, one) for one in (predicted, deaf))
    found = pd.DataFrame(rows).T
    formats = {"gain": ".2f", "lag": ".1f", "f g": ".3f", "critical λ_k": ".3f"}
    cells = table(found, {column: formats.get(column, ".0f") for column in found})
    for lambda_k, curves in moved.items():
        name = f"good for, λ_k = {lambda_k:g}"
        to_the_end = [found[name][seed] >= len(curves[seed]) for seed in rows]
        cells.loc[to_the_end, name] = "≥ " + cells.loc[to_the_end, name]
    cells.index = [f"seed {seed}" for seed in rows]
    by_size = {column: cells[column].iloc[found[column].to_numpy().argsort()] for column in found}
    cells.loc["range"] = [f"{values.iloc[0]} to {values.iloc[-1]}" for values in by_size.values()]
    for column in [column for column in cells if column.endswith(", deaf")]:
        cells[column.removesuffix(", deaf")] += " (" + cells.pop(column) + ")"
    return cells


def closed_loop(
    moved: Mapping[float, Mapping[int, Curve]], models: Mapping[int, LinearLoop], jumps: Mapping[int, float]
) -> Image:
    """The change of k after gamma jumped, measured and predicted: a row for each lambda_k, a column for each seed."""
    figure = Figure(figsize=(11, 2.15 * len(moved)), layout="constrained")
    rows = figure.subplots(len(moved), len(models), sharex=True, sharey="row", squeeze=False)
    for row, (lambda_k, curves) in zip(rows, moved.items(), strict=True):
        for axes, (seed, model) in zip(row, models.items(), strict=True):
            predicted = model.at(lambda_k).step_response(len(curves[seed]), jumps[seed])[1]
            axes.plot(curves[seed], color=CONTROL, label="training")
            axes.plot(predicted, label="predicted", **PREDICTED)
            axes.axvline(agreement(curves[seed], predicted), color="0.6", linewidth=0.8, linestyle=":")
        row[0].set_ylabel(f"change of k\nλ_k = {lambda_k:g}")
    for axes, seed in zip(rows[0], models, strict=True):
        axes.set_title(f"seed {seed}")
    rows[0, -1].legend(fontsize="x-small")
    figure.supxlabel("steps after γ jumped (dotted: up to there the prediction is good)", fontsize="medium")
    return show_figure(
        figure,
        f"The change of k in {len(models)} trainings under {len(moved)} values of lambda_k, and what a model fitted "
        "with the controller off predicts: the smaller the gain, the longer k follows it; then it moves by itself.",
    )


def five_speeds(networks: LinearLoop, speeds: Sequence[float], jump: float, steps: int = 300) -> Image:
    """The model's error after a jump of the target, for several lambda_k."""
    figure = Figure(figsize=(11, 2.7), layout="constrained")
    places = figure.subplots(1, len(speeds), sharey=True, squeeze=False)[0]
    for axes, lambda_k in zip(places, speeds, strict=True):
        model = networks.at(lambda_k)
        axes.plot(model.step_response(steps, jump)[0], color=TARGET)
        kind = f"period {model.period:.0f}" if model.oscillates else f"time {model.time_constant:,.0f}"
        axes.set_title(f"λ_k = {lambda_k:g}\n{kind}\ndamping {model.damping:.2f}", fontsize="small")
        axes.set_xlabel("step")
        axes.axhline(0, **ZERO)
    places[0].set_ylabel("error, linear model")
    return show_figure(
        figure,
        f"The model's error after a jump for {len(speeds)} values of lambda_k: the smallest hardly moves it, "
        "the middle ones bring it back smoothly, the largest make it oscillate.",
    )


def trailing(history: History, error: Curve, window: int = 1000) -> Image:
    """k of a long run, and its error in means of so many steps."""
    figure = Figure(figsize=(9, 2.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    draw_k(left, history)
    right.axhline(0, **ZERO)
    right.plot(*running_mean(error, window), color=BLACK)
    right.set(xlabel="step", ylabel=ERROR, title=f"The error, mean of {window:,} steps")
    alt = "k of a long run rises, and falls late; its error, high at first and once more, sinks below zero."
    return show_figure(figure, alt)


def ends(curves: Mapping[str, Curve]) -> Image:
    """k of several runs, by name, with the share of the steps in which it is clamped."""
    figure = Figure(figsize=(10, 2.5), layout="constrained")
    places = figure.subplots(1, len(curves), sharey=True, squeeze=False)[0]
    for axes, (name, k) in zip(places, curves.items(), strict=True):
        axes.plot(k, color=CONTROL)
        axes.set(xlabel="step", title=f"{name}\nat 0: {np.mean(k <= 0):.0%}, at 1: {np.mean(k >= 1):.0%} of the steps")
    places[0].set_ylabel("k")
    told = [
        f"{name}: at 0 in {np.mean(k <= 0):.0%} and at 1 in {np.mean(k >= 1):.0%} of the steps, {k[-1]:.2f} at the end"
        for name, k in curves.items()
    ]
    return show_figure(figure, f"k in {len(curves)} runs. {'; '.join(told)}.")


def curves(picture: bytes) -> Image:
    """What the panel of a training draws over the steps, as `Lab.render` gives it, a JPEG."""
    return Image(
        picture,
        format="jpeg",
        metadata={
            "alt": "Losses, k and other curves of the training over the steps, with the linear model's prediction "
            "dotted beside k and L(G(z)) after the move of gamma."
        },
    )
