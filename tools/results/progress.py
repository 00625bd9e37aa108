"""Section 4.4, figure 5: M_global tells how far training has come."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from began_lib import shipped
from began_lib.figures import plots
from began_lib.figures.convergence import pinned_figure
from began_lib.scores.quality import diversity
from began_lib.scores.statistics import rank_correlation
from began_lib.training.history import History
from tools.results.findings import Check, Finding
from tools.results.material import CODES, SCORED, Judge, lines, made_of, save

WINDOW = 500  # steps before a snapshot over which M_global is averaged
BEYOND = 0.05  # of a rank correlation
STILL = 0.01  # the change of a thousand steps under which M_global stands still
VARIED = 64  # samples whose diversity is taken
COLLAPSE = ("faces-32-collapse", "faces-32", 6000)  # the run, the one it was branched from, and where
TWINS = {
    pair: (f"faces-32-{pair}-uncontrolled", f"faces-32-{pair}")
    for pair in ("starved-generator", "starved-discriminator")
}  # one whose samples are all alike, and one that differs in its controller alone
LONG = ("lfw-32", "faces-32")  # runs whose snapshots say when images stop getting better


def _at(history: History, steps: Sequence[int]) -> NDArray:
    """M_global at some steps, averaged over those before each."""
    return np.array([history["m_global"][step - WINDOW : step].mean() for step in steps])


def _half(steps: Sequence[int], values: NDArray) -> int:
    """The first of some steps at which half of all that a measure falls is done."""
    return next(step for step, value in zip(steps, values, strict=True) if value <= (values[0] + values[-1]) / 2)


def convergence(name: str, other: str, folder: Path) -> Finding:
    """M_global goes with FID along a run, and more so than that of another run, which has not seen its images."""
    last, steps = shipped.load(name), shipped.snapshots(name)
    data, size = last.config.data, last.config.architecture.size
    judge = Judge(data, size)
    along = {step: shipped.load(name, step).generate(SCORED, CODES) for step in steps}
    fid = np.array([judge(images)["fid"].value for images in along.values()])
    at = _at(last.history, steps)
    rho, low, high = rank_correlation(at, fid)
    strange = rank_correlation(_at(shipped.load(other).history, steps), fid)[0]
    by_step = rank_correlation(-np.array(steps), fid)[0]
    chosen = {step: along[step][:16] for step in steps[:: -(-len(steps) // 8)]}
    return Finding(
        f"4.4, figure 5 ({data})",
        "M_global falls as images get better, and fast",
        "M_global falls over the training while the fidelity of samples grows, and convergence is fast at first.",
        made_of(last) + f"; {len(steps)} snapshots of one run.",
        (
            Check(
                "M_global falls, and FID with it: rank correlation over 0.7",
                f"M_global {at[0]:.3f} to {at[-1]:.3f}, FID {fid[0]:.0f} to {fid[-1]:.0f}, correlation {rho:+.2f} "
                f"({low:+.2f} to {high:+.2f}, {len(steps)} snapshots)",
                bool(rho > 0.7 and at[-1] < at[0] and fid[-1] < fid[0]),
                "half of the variance of the ranks; the interval supposes independent snapshots, which these are not",
            ),
            Check(
                f"and more so, by {BEYOND}, than the M_global of another run, `{other}`, at the same steps",
                f"{rho:+.2f}, the other's {strange:+.2f}",
                bool(rho > strange + BEYOND),
                "the other has not seen these images: what it tells of them is that time goes by. Two neighbours that "
                f"change places among {len(steps)} cost {6 * 2 / (len(steps) * (len(steps) ** 2 - 1)):.2f}",
            ),
            Check(
                "fast: half of the fall of FID before a quarter of the run",
                f"half of FID's by step {_half(steps, fid):,} of {steps[-1]:,}; of M_global's by {_half(steps, at):,}",
                _half(steps, fid) <= steps[-1] / 4,
                "a fall in proportion to the steps has it at half of the run; snapshots are a thousand steps apart and "
                "more",
            ),
        ),
        "hundreds of snapshots of several seeds.",
        (
            Check(
                "it tells more than the number of steps does: a higher rank correlation with FID",
                f"{rho:+.2f}, of the steps {by_step:+.2f}",
                bool(rho > by_step),
                "any curve that only falls goes with any other; snapshots are in eight bits, the last in sixteen",
            ),
        ),
        picture=save(pinned_figure(last.history, chosen), folder, f"figure-5-{name}.jpg"),
        alt="M_global over the steps with grids of sixteen faces pinned to its curve",
        notebook="08_convergence",
    )


def collapse(folder: Path) -> Finding:
    """What M_global shows of samples that are all alike, and whether it rests before images do."""
    twins = {pair: [shipped.load(name) for name in names] for pair, names in TWINS.items()}
    varied = {pair: [diversity(model.generate(VARIED, CODES)) for model in models] for pair, models in twins.items()}
    ends = {pair: [model.history.tail_mean("m_global", 1000) for model in models] for pair, models in twins.items()}
    falls = {pair: (models[0].history["m_global"][:1000].mean(), ends[pair][0]) for pair, models in twins.items()}
    rests = {name: _rest(name) for name in LONG}
    step, history = COLLAPSE[2], shipped.load(COLLAPSE[0]).history
    before, after = history["m_global"][step - 100 : step].mean(), history.tail_mean("m_global", 100)
    ratio = [
        history["loss_fake"][part].mean() / history["loss_real"][part].mean()
        for part in (slice(step - 100, step), slice(-100, None))
    ]
    pictures = {
        f"{pair}, {kind}": model.generate(16, CODES)
        for pair, models in twins.items()
        for kind, model in zip(("k = 0", "controller"), models, strict=True)
    }
    figure = plots.grids_figure(list(pictures.values()), list(pictures), columns=4, width=12)
    return Finding(
        "3.4.2 (final state and collapse)",
        "M_global tells whether a model has reached its final state or collapsed",
        "M_global can be used to determine when the network has reached its final state or if the model has collapsed.",
        ", ".join(f"`{name}`" for names in TWINS.values() for name in names)
        + ": two runs without a controller, whose samples are all one picture, and the same two with it; the snapshots "
        f"of {' and '.join(f'`{name}`' for name in LONG)}. The collapses are made on purpose (k = 0).",
        (
            Check(
                "of two runs that differ in the controller alone the collapsed one has the higher M_global",
                lines(
                    {
                        pair: f"{bad:.3f} against {good:.3f}, diversity {varied[pair][0]:.3f} and {varied[pair][1]:.3f}"
                        for pair, (bad, good) in ends.items()
                    }
                ),
                all(bad > good for bad, good in ends.values()),
                "what a measure of collapse has to say where its healthy twin is known",
            ),
            Check(
                "without a twin: M_global does not fall while all samples are one picture",
                lines({pair: f"{first:.3f} to {last:.3f}" for pair, (first, last) in falls.items()}),
                all(last >= first for first, last in falls.values()),
                "who trains one model sees one curve",
            ),
            Check(
                "where it stands still (under 1 % a thousand steps), FID does: from there on it falls by under a tenth",
                lines({name: words for name, (words, _) in rests.items()}),
                all(holds for _, holds in rests.values()),
                "a final state should not come before the images' own",
            ),
        ),
        "collapses that come by themselves, at high rates or late, with M_global logged beside diversity.",
        (
            Check(
                f"in `{COLLAPSE[0]}`, where k is set to 0 in a healthy run, the ratio of losses changes by more than "
                "M_global does, as a share",
                f"ratio {ratio[0]:.2f} to {ratio[1]:.2f} ({ratio[1] / ratio[0] - 1:+.0%}), M_global "
                f"{after / before - 1:+.0%}",
                bool(abs(ratio[1] / ratio[0] - 1) > abs(after / before - 1)),
                "it is logged as well, and γ says where it should be",
            ),
        ),
        picture=save(figure, folder, "collapse.jpg"),
        alt=f"Sixteen samples of each: {', '.join(pictures)}",
        notebook="08_convergence",
    )


def _rest(name: str) -> tuple[str, bool]:
    """From which snapshot on M_global stands still, how FID goes on from there, and whether that stands still too."""
    steps, last = shipped.snapshots(name), shipped.load(name)
    at = _at(last.history, steps)
    still = [
        n
        for n in range(len(steps) - 1)
        if all(
            abs(b / a - 1) < STILL * (t - s) / 1000
            for (s, t), (a, b) in zip(pairwise(steps[n:]), pairwise(at[n:]), strict=True)
        )
    ]
    if not still:
        return "it never stands still", True
    judge = Judge(last.config.data, last.config.architecture.size)
    begin, end = (
        judge(shipped.load(name, step).generate(SCORED, CODES))["fid"].value for step in (steps[still[0]], steps[-1])
    )
    words = (
        f"from step {steps[still[0]]:,} on M_global {at[still[0]]:.4f} to {at[-1]:.4f}, FID {begin:.0f} to {end:.0f}"
    )
    return words, end > 0.9 * begin
