"""What a run came to, in words: how often each picture was seen, what k did, where M_global stalled, whether to go on.

What it says rests on the history and on a few samples: it is a reading of one run, to be held against its pictures.
"""

from __future__ import annotations

import math

import numpy as np

from began_lib.training.configuration import TrainingConfig
from began_lib.training.history import History
from began_lib.training.schedule import PlateauHalving

TAIL = 1000  # steps that the end of a run is judged by
PINNED = 0.95  # share of them at which k counts as standing at 0 or at 1
FEWEST = 500  # steps before that is worth a word: k starts at 0, and takes its time
ALIKE = 0.25  # of the data's diversity: samples below differ too little


def report(
    history: History, config: TrainingConfig, pictures: int, sample_diversity: float, data_diversity: float
) -> str:
    """A few lines on a run, at its end.

    Args:
        history: of one step or more.
        config: of the run.
        pictures: in the training part.
        sample_diversity: of the run's samples now, [0, 2].
        data_diversity: of as many training pictures.
    """
    tail = min(TAIL, len(history))
    means = {name: history.tail_mean(name, tail) for name in ("loss_real", "loss_fake", "k", "m_global")}
    k = history["k"][-tail:]
    at_0, at_1 = (float(np.mean(pinned)) for pinned in (k <= 0, k >= 1))
    stalled = stalled_since(history, config)
    lines = [
        f"each of the {pictures:,} training pictures was shown {_times(len(history) * config.batch_size / pictures)}"
        + (f", in {_duration(hours)} of training" if (hours := history.hours()) else ""),
        f"means of the last {tail:,} steps:",
        *(f"  {name:10s} {mean:.4f}" for name, mean in means.items()),
        f"k: {k.min():.3f} to {k.max():.3f} over these steps, at 0 in {at_0:.0%}, at 1 in {at_1:.0%}",
        _progress(history, stalled),
        f"diversity: samples differ by {sample_diversity:.3f} a pixel, training pictures by {data_diversity:.3f}",
    ]
    lines.append(verdict(history, config, sample_diversity, data_diversity))
    return "\n".join(line for line in lines if line)


def verdict(history: History, config: TrainingConfig, sample_diversity: float, data_diversity: float) -> str:
    """What happened and what to try: a sentence on k if it stood still, one on the samples if they are alike.

    Where neither is so, whether to go on. Arguments are those of :func:`report`.
    """
    k = history["k"][-TAIL:]
    said = []
    if len(history) >= FEWEST and not config.hold_k:
        if np.mean(k <= 0) >= PINNED:
            said.append(
                "k stood at 0: L(G(z)) stays above gamma L(x), and D is never asked to tell G's pictures apart. "
                "Try a larger --gamma or a lower --learning-rate; early in a run, go on longer."
            )
        if np.mean(k >= 1) >= PINNED:
            said.append(
                "k stood at 1: L(G(z)) stays below gamma L(x), the control has no more to give. Try a smaller --gamma."
            )
    if sample_diversity < ALIKE * data_diversity:
        said.append(_alike(history, data_diversity))
    return " ".join(said) or _whether_to_go_on(history, config)


def _alike(history: History, data_diversity: float) -> str:
    then = history["evaluation_diversity"]
    best = int(np.nanargmax(then)) if np.isfinite(then).any() else None
    if best is None or then[best] < ALIKE * data_diversity:
        return (
            "The samples are alike. In the first thousands of steps that passes: go on longer. Later it is a collapse: "
            "begin anew, with half the --learning-rate or a larger --gamma."
        )
    step = int(history["evaluation_step"][best])
    return (
        f"The samples have become alike, a collapse: they differed by {then[best]:.3f} at step {step:,}. Branch from "
        "the last checkpoint before it (--branch RUN@STEP) with half the --learning-rate or a larger --gamma."
    )


def _whether_to_go_on(history: History, config: TrainingConfig) -> str:
    stalled = stalled_since(history, config)
    if stalled is None:
        return "Too short a run to say whether it has settled: go on with --resume and more --steps."
    if stalled > len(history) - config.halving_patience * config.halving_window:
        return "M_global was falling still: it is worth going on, with --resume and more --steps."
    if config.halving and history["learning_rate"][-1] > 1.001 * config.learning_rate_floor:
        return "M_global has stalled, and the learning rate can fall further: going on may sharpen the samples."
    return (
        "M_global has stalled, and the learning rate falls no further. Samples may get better all the same: look at "
        "them, or at their FID, before you stop."
    )


def stalled_since(history: History, config: TrainingConfig) -> int | None:
    """The step up to which M_global fell, by the rule that halves the rate; None in a run too short for it."""
    window, threshold = config.halving_window, PlateauHalving.threshold
    means = history["m_global"][: len(history) // window * window].reshape(-1, window).mean(axis=1)
    if len(means) < 2:
        return None
    best, last = math.inf, 0
    for number, mean in enumerate(means.tolist(), 1):
        if mean < best * (1 - threshold):
            best, last = mean, number
    return last * window


def _progress(history: History, stalled: int | None) -> str:
    halvings = np.flatnonzero(np.diff(history["learning_rate"]) < 0) + 2  # the first steps with the lower rate
    rate = f"; the rate fell at steps {', '.join(f'{step:,}' for step in halvings)}" if len(halvings) else ""
    return "" if stalled is None else f"M_global fell until step {stalled:,} of {len(history):,}{rate}"


def _times(count: float) -> str:
    if count < 0.95:
        return f"{count:.2g} times"
    return "once" if round(count) == 1 else f"{round(count):,} times"


def _duration(hours: float) -> str:
    if hours >= 1:
        return f"{hours:.1f} h"
    return f"{hours * 60:.0f} min" if hours * 60 >= 1 else f"{hours * 3600:.0f} s"
