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
from tools.results import long, over_seeds, sweep, sweep_64, unbalanced
from tools.results.findings import Check, Finding
from tools.results.material import CIFAR10_MODEL, CODES, held_out, lines, numbers, save
from tools.results.over_seeds import Runs
from tools.results.unbalanced import least_varied

NEAR, FOUND, WINDOW = 0.1, 0.05, 1000  # of γ, at the end and when it is reached; steps of a mean
IMAGES = 256


def ratios(history: History, window: int = WINDOW) -> np.ndarray:
    """L(G(z)) / L(x) of each whole window of so many steps, each loss averaged over it."""
    count = len(history["loss_real"]) // window
    real, fake = (history[name][: count * window].reshape(count, -1).mean(1) for name in ("loss_real", "loss_fake"))
    return fake / real


def _of_whole_sets() -> Check:
    """The same of runs of which none was left out."""
    of_6, of_3, of_3_at_64 = (Runs.read(it.QUESTION) for it in (unbalanced, sweep, sweep_64))
    long_ones = long.Long.all(Runs.read(long.QUESTION))
    floor = read_object(over_seeds.PATH)["floors"]["lfw"]["held out"]
    least = {
        "figure 6, with a controller": least_varied(of_6, unbalanced.CONTROLLED),
        "figure 3 over seeds": least_varied(of_3, sweep.ARMS, "lfw"),
        "figure 3 at 64x64": least_varied(of_3_at_64, sweep_64.ARMS, "lfw, 64x64"),
        "long, at every mark": {
            str(run.seed): float(run.along("diversity").min() / value(floor, "diversity")) for run in long_ones
        },
    }
    counts = [len(unbalanced.CONTROLLED) * of_6.seeds, len(sweep.ARMS) * of_3.seeds]
    counts += [len(sweep_64.ARMS) * of_3_at_64.seeds, len(long_ones)]
    return Check(
        f"nor is any of the {sum(counts)} runs with a controller of figures 3 and 6 and of the long trainings",
        lines(
            {
                f"{name} ({count})": f"{min(it.values()):.0%}"
                for (name, it), count in zip(least.items(), counts, strict=True)
            }
        )
        + "<br>at least",
        all(share > 0.5 for it in least.values() for share in it.values()),
        "as the first check; none is left out. Figure 3 and the long runs were added when they had been seen: they can "
        "only take away",
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
                "in shares of their diversity; twice what 4.1 calls a collapse",
            ),
            Check(
                f"and in balance: over its last {WINDOW:,} steps the ratio of losses is within {NEAR} of γ",
                lines({name: f"{course[-1]:.2f}" for name, course in courses.items()}),
                all(abs(courses[name][-1] - model.config.gamma) < NEAR for name, model in models.items()),
                "as for 3.4",
            ),
            _of_whole_sets(),
        ),
        "the paper's size and data.",
        reservation="Only runs that came out ship; and at twenty times the paper's highest rate both runs collapsed "
        "(4.1), which are not among these.",
        picture=save(figure, folder, "section-3.4.1.jpg"),
        alt="The ratio of losses of every run, in windows of 1,000 steps: each rises towards γ, most fall back before "
        "step 6,000, and all end near it",
        notebook="05_training",
    )
