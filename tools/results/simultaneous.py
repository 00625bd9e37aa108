"""Section 3.4.1: D and G learn at the same steps, from the first one on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from began_lib import shipped
from began_lib.figures.over_seeds import value
from began_lib.machine.storage import read_object
from began_lib.scores.quality import diversity
from began_lib.training.history import History
from tools.results import over_seeds, unbalanced
from tools.results.findings import Check, Finding
from tools.results.material import CIFAR10_MODEL, CODES, held_out, lines, numbers, save
from tools.results.over_seeds import Runs

NEAR, FOUND, WINDOW = 0.1, 0.05, 1000  # of γ, at the end and when it is reached; steps of a mean
IMAGES = 256


def ratios(history: History, window: int = WINDOW) -> np.ndarray:
    """L(G(z)) / L(x) of each whole window of so many steps, each loss averaged over it."""
    count = len(history["loss_real"]) // window
    real, fake = (history[name][: count * window].reshape(count, -1).mean(1) for name in ("loss_real", "loss_fake"))
    return fake / real


def _of_figure_6() -> Check:
    """The same of runs of which none was left out."""
    runs = Runs.read(unbalanced.QUESTION)
    real = value(read_object(over_seeds.PATH)["floors"]["faces"]["held out"], "diversity")
    varied = {arm: min(runs.values(arm, "diversity")) / real for arm in unbalanced.CONTROLLED}
    return Check(
        f"nor is any of the {len(varied) * runs.seeds} runs of figure 6 with a controller, of which none is left out",
        numbers(varied, ".0%") + "<br>at least",
        min(varied.values()) > 0.5,
        "every seed of each pair that was trained; otherwise as the first check",
    )


def simultaneous(names: Sequence[str], folder: Path, cifar10: str) -> Finding:
    """Variety and balance at the end of each run from scratch.

    Args:
        names: of models from scratch, with their controller.
        folder: for the picture.
        cifar10: that data set, by name or as a folder of its pictures.

    Raises:
        ValueError: a model is a branch of another run, or its k was held.
    """
    models = {name: shipped.load(name) for name in names}
    if held := [name for name, model in models.items() if model.config.branch or model.config.hold_k]:
        raise ValueError(f"{held[0]} is a branch or has no controller: expected runs from scratch.")
    courses = {name: ratios(model.history) for name, model in models.items()}
    varied = {}
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    axes = figure.subplots()
    for name, model in models.items():
        data = cifar10 if name == CIFAR10_MODEL else model.config.data
        real = held_out(data, model.config.architecture.size, IMAGES)
        varied[name] = diversity(model.generate(IMAGES, CODES)) / diversity(real)
        axes.plot(WINDOW * np.arange(1, len(courses[name]) + 1), courses[name], label=name)
    axes.axhline(0.5, color="black", linewidth=0.8, linestyle=":")
    axes.set(xlabel="step", ylabel="L(G(z)) / L(x)", ylim=(0, None))
    axes.legend(fontsize="x-small", ncols=2)
    longest = max(model.step for model in models.values())
    return Finding(
        "3.4.1",
        "D and G learn at once, without alternation and without pretraining",
        "typical GANs need D and G trained in turns, or D pretrained; BEGAN needs neither to train stably.",
        ", ".join(f"`{name}`" for name in names)
        + f": all that ship from scratch with their controller. Each step moves D and G once, from random weights on. "
        f"{IMAGES} samples and as many held-out pictures.",
        (
            Check(
                "at its end no run is collapsed: samples at least half as varied as held-out pictures",
                numbers(varied, ".0%"),
                min(varied.values()) > 0.5,
                "in shares of their diversity; collapsed on purpose a run has under a tenth (3.4.2)",
            ),
            Check(
                f"and in balance: over its last {WINDOW:,} steps the ratio of losses is within {NEAR} of γ",
                lines({name: f"{course[-1]:.2f}" for name, course in courses.items()}),
                all(abs(courses[name][-1] - model.config.gamma) < NEAR for name, model in models.items()),
                "as for 3.4",
            ),
            _of_figure_6(),
        ),
        f"longer runs: these end by step {longest:,}.",
        reservation="Only runs that came out ship, so the first check could hardly fail: those of figure 6 are all "
        "that were trained, of one kind.",
        picture=save(figure, folder, "section-3.4.1.jpg"),
        alt="The ratio of losses of every run, in windows of 1,000 steps: each rises towards γ, most fall back before "
        "step 6,000, and all end near it",
        notebook="05_training",
    )
