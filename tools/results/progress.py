"""Section 4.4, figure 5: M_global tells how far training has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from began_lib import shipped
from began_lib.data import open_dataset
from began_lib.figures import plots
from began_lib.figures.convergence import pinned_figure
from began_lib.scores.quality import diversity
from began_lib.scores.statistics import rank_correlation
from began_lib.shipped.model import Model
from began_lib.training.history import History
from began_lib.training.trainer import Trainer
from tools.results.findings import Check, Finding
from tools.results.material import CODES, SCORED, Judge, lines, made_of, save

WINDOW = 500  # steps before a snapshot over which M_global is averaged
MUCH, LITTLE = 1 / 3, 0.1  # of the way that a measure makes along a run
STILL = 0.02  # the change over all the rest of a run under which M_global stands still
BREAK, SMOOTHED = 100, 20  # steps after a break in which it should show; of a mean
LOOKED_BACK = 1000  # steps whose range it leaves
RARE = 0.05  # of the steps at which nothing is wrong
BEGUN = 1000  # steps, before which the networks know nothing yet
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


def _untrained(model: Model) -> Tensor:
    """Samples of G as the model's run began with it, (SCORED, C, S, S) in [-1, 1]; the trainer seeds its weights."""
    dataset = open_dataset(model.config.data, size=model.config.architecture.size)
    trainer = Trainer(model.config, dataset, device="cpu")
    return replace(model, generator=trainer.began.generator, step=0).generate(SCORED, CODES)


def convergence(name: str, other: str, folder: Path) -> Finding:
    """M_global goes with FID along a run, and more so than that of another run, which has not seen its images."""
    last, steps = shipped.load(name), shipped.snapshots(name)
    data, size = last.config.data, last.config.architecture.size
    judge = Judge(data, size)
    along = {step: shipped.load(name, step).generate(SCORED, CODES) for step in steps}
    fid = np.array([judge(images)["fid"].value for images in along.values()])
    at = _at(last.history, steps)
    from_start = (0, *steps)
    fall = np.array([judge(_untrained(last))["fid"].value, *fid])
    m_fall = np.array([last.history["m_global"][0], *at])  # the losses of the first batch come before its update
    rho, low, high = rank_correlation(at, fid)
    strange = rank_correlation(_at(shipped.load(other).history, steps), fid)[0]
    ways = [(each[:-1] - each[1:]) / (each[0] - each[-1]) for each in (fid, at)]  # shares of all that each falls
    n = int(np.argmax(ways[0] - ways[1]))
    worst = f"steps {steps[n]:,} to {steps[n + 1]:,}: FID {ways[0][n]:.0%}, M_global {ways[1][n]:.0%}"
    blind = bool(((ways[0] > MUCH) & (ways[1] < LITTLE)).any())
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
                "half of the variance of the ranks. The interval supposes independent snapshots, which these are "
                "not, and "
                "two numbers that both fall agree whatever they are: see the last table",
            ),
            Check(
                f"no stretch between snapshots in which FID makes over {MUCH:.0%} of its way and M_global under "
                f"{LITTLE:.0%} of its own",
                worst,
                not blind,
                "a measure of convergence has to move where the images do",
            ),
            Check(
                "fast: half of the fall of FID before a quarter of the run",
                f"FID of the untrained G {fall[0]:.0f}, of the first snapshot {fid[0]:.0f}; half of its fall by step "
                f"{_half(from_start, fall):,} of {steps[-1]:,}; of M_global's by {_half(from_start, m_fall):,}<br>"
                f"counted from the first snapshot, half of FID's by {_half(steps, fid):,}",
                _half(from_start, fall) <= steps[-1] / 4,
                "a fall in proportion to the steps has it at half of the run, and a longer run passes more easily; "
                "snapshots are a thousand steps apart and more",
            ),
        ),
        "hundreds of snapshots of several seeds.",
        (
            Check(
                "it tells more than the number of steps does, and than the M_global of another run at the same "
                "steps: a "
                "higher rank correlation with FID",
                f"{rho:+.2f}<br>of the steps: {by_step:+.2f}<br>of `{other}`: {strange:+.2f}",
                bool(rho > max(by_step, strange)),
                "two neighbours that change places among eight cost 0.02; snapshots are in eight bits, the last in "
                "sixteen",
            ),
        ),
        reservation=f"One run, and its {len(steps)} snapshots depend on one another.",
        moved="The check of *fast* was changed twice when the runs had been seen: from the fall of M_global to that of "
        f"FID, and from the first snapshot to the untrained G as its beginning; without the last change it would "
        f"{'hold' if _half(steps, fid) <= steps[-1] / 4 else 'fail'}, and the verdict be the same.",
        picture=save(pinned_figure(last.history, chosen), folder, f"figure-5-{name}.jpg"),
        alt="M_global over the steps with grids of sixteen faces pinned to its curve",
        notebook="08_convergence",
    )


def final_state(folder: Path) -> Finding:
    """Whether images rest where M_global does."""
    rests = {name: _rest(name) for name in LONG}
    return Finding(
        "3.4.2 (final state)",
        "M_global tells whether a model has reached its final state",
        "M_global can be used to determine when the network has reached its final state.",
        "the snapshots of " + " and ".join(f"`{name}`" for name in LONG) + ".",
        (
            Check(
                f"from the first snapshot on after which M_global changes by under {STILL:.0%} in all, FID changes "
                "by under "
                "a tenth",
                lines({name: words for name, (words, _) in rests.items()}),
                all(holds for _, holds in rests.values() if holds is not None),
                "M_global should not come to rest before the images do; where it does not rest nothing is tested",
            ),
        ),
        "runs that are trained until their images rest as well; both of these end by step 20,000.",
        untestable=_why_not(rests),
        notebook="08_convergence",
    )


def _why_not(rests: Mapping[str, tuple[str, bool | None]]) -> str:
    """Why resting runs cannot say what a final state is, if so."""
    resting = [shipped.load(name) for name, (_, holds) in rests.items() if holds is not None]
    if not resting:
        return "M_global came to rest in no run."
    if all(run.history["learning_rate"].min() > 0.99 * run.config.learning_rate for run in resting):
        return (
            "The paper answers a rest of M_global by halving the rate (4.1), and none of these runs had come to that. "
            "Where M_global rested, FID went on as shown."
        )
    return ""


def _rest(name: str) -> tuple[str, bool | None]:
    """From which snapshot on M_global stands still, how FID goes on from there, and whether that stands still too.

    None where M_global does not stand still.
    """
    steps, last = shipped.snapshots(name), shipped.load(name)
    at = _at(last.history, steps)
    still = [n for n in range(len(steps) - 1) if (abs(at[n:] / at[n] - 1) < STILL).all()]
    if not still:
        return "M_global never stands still", None
    judge, begin = Judge(last.config.data, last.config.architecture.size), steps[still[0]]
    fid = [judge(shipped.load(name, step).generate(SCORED, CODES))["fid"].value for step in (begin, steps[-1])]
    words = f"from step {begin:,} on M_global {at[still[0]]:.4f} to {at[-1]:.4f}, FID {fid[0]:.0f} to {fid[1]:.0f}"
    return words, abs(fid[1] / fid[0] - 1) < 0.1


def _alarms(m_global: NDArray) -> float:
    """Of all steps from which somebody looks on, the share after which a healthy curve leaves its range upwards."""
    starts = range(BEGUN + LOOKED_BACK, len(m_global) - BREAK)
    return float(np.mean([m_global[at : at + BREAK].max() > m_global[at - LOOKED_BACK : at].max() for at in starts]))


def collapse(folder: Path) -> Finding:
    """What M_global shows of a collapse that is made on purpose."""
    name, parent, step = COLLAPSE
    broken, history = shipped.load(name), shipped.load(name).history
    drawn = {
        "before": shipped.load(parent, step).generate(VARIED, CODES),
        "after": broken.generate(VARIED, CODES),
    }
    varied = {label: diversity(images) for label, images in drawn.items()}
    m_global = np.convolve(history["m_global"], np.ones(SMOOTHED) / SMOOTHED, mode="valid")
    at = step - SMOOTHED + 1  # of the mean over the last steps before the break
    before, after = m_global[at - LOOKED_BACK : at], m_global[at : at + BREAK]
    end = history.tail_mean("m_global", 100)
    healthy, alarms = m_global[BEGUN:at].max(), _alarms(m_global[:at])
    losses = {
        part: [history[name][where].mean() for name in ("loss_real", "loss_fake")]
        for part, where in (("before", slice(step - 100, step)), ("after", slice(-100, None)))
    }
    ratio = {part: fake / real for part, (real, fake) in losses.items()}
    rise = end / history["m_global"][step - 100 : step].mean() - 1
    # M_global / L(x) is 1 + |γ - ratio|, which says what the ratio alone would do.
    gamma = broken.config.gamma
    by_ratio = (1 + abs(gamma - ratio["after"])) / (1 + abs(gamma - ratio["before"])) - 1
    twins = {
        pair: [shipped.load(name).history.tail_mean("m_global", 1000) for name in names]
        for pair, names in TWINS.items()
    }
    figure = plots.grids_figure([images[:16] for images in drawn.values()], list(drawn), columns=4, width=6)
    return Finding(
        "3.4.2 (collapse)",
        "M_global tells whether a model has collapsed",
        "M_global can be used to determine if the model has collapsed.",
        f"{made_of(broken)}, with k held at 0 from there: diversity {varied['before']:.3f} before, "
        f"{varied['after']:.3f} "
        "after. Made on purpose.",
        (
            Check(
                f"within {BREAK} steps of the break M_global rises above all of the {LOOKED_BACK:,} before it",
                f"{after.max():.3f}, before {before.min():.3f} to {before.max():.3f}",
                bool(after.max() > before.max()),
                f"means of {SMOOTHED} steps: what somebody would see who watches the curve",
            ),
            Check(
                f"and comes to a level that no healthy step of the run has had from step {BEGUN:,} on",
                f"at the end {end:.3f}, at most {healthy:.3f} before the break",
                bool(end > healthy),
                "otherwise a collapsed run looks like one that has not got far yet",
            ),
            Check(
                f"such a rise is rare where nothing is wrong: after under {RARE:.0%} of the healthy steps",
                f"after {alarms:.1%} of those from step {BEGUN + LOOKED_BACK:,} to the break",
                alarms < RARE,
                f"the false alarms of the core: within the next {BREAK} steps M_global rises above the "
                f"{LOOKED_BACK:,} before, and the run goes on as ever. Added after the runs were seen: it can only "
                "take away",
            ),
        ),
        "collapses that come by themselves late in a run, with M_global logged beside diversity.",
        (
            Check(
                "the ratio of losses changes by more than M_global does, as a share",
                f"ratio {ratio['before']:.2f} to {ratio['after']:.2f} ({ratio['after'] / ratio['before'] - 1:+.0%})<br>"
                f"M_global {rise:+.0%}",
                bool(abs(ratio["after"] / ratio["before"] - 1) > abs(rise)),
                "it is logged as well, and γ says where it should be",
            ),
            Check(
                "of two runs that differ in the controller alone the one with a single picture ends with the higher "
                "M_global",
                lines({pair: f"{one:.3f} against {other:.3f}" for pair, (one, other) in twins.items()}),
                all(one > other for one, other in twins.values()),
                "nearly arithmetic: with L(x) alike its second term says that the ratio has left γ",
            ),
        ),
        untestable="Made by holding k at 0, which takes the ratio of losses from γ, and M_global counts that "
        f"distance: with L(x) unchanged it would alone raise M_global by {by_ratio:.0%}; it rose by {rise:.0%}. So the "
        "core could hardly fail, and no run of ours is known to have varied and then collapsed by itself.",
        picture=save(figure, folder, "collapse.jpg"),
        alt=f"Sixteen samples before the break and after it; diversity {varied['before']:.3f} and "
        f"{varied['after']:.3f}",
        notebook="08_convergence",
    )
