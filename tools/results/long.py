"""Sections 3.4.2 and 4.4 in one long training: whether images go on with M_global, and rest where it does."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from began_lib.figures.convergence import with_fid_figure
from began_lib.figures.over_seeds import MEASURES, marks_of, value
from began_lib.machine.storage import read_object
from began_lib.scores.statistics import rank_correlation
from began_lib.training.report import ALIKE
from tools.experiments.marks import WINDOW
from tools.results.findings import Check, Finding
from tools.results.material import save
from tools.results.over_seeds import PATH, Row, Runs
from tools.results.progress import LITTLE, MUCH, STILL

QUESTION = ARM = "long"
LOOKED_AT = (50_000, 100_000, 200_000)  # steps
JUDGED = "averaged_fid"
SETTLED = 0.1  # the change of FID under which images are said to rest
ABOUT_IMAGES = (
    "FID is that of averaged G (a running mean of its weights over some 1,000 steps), since what G draws at one step "
    "swings. Measures and bounds were written down before any image or score of the run was looked at; its rate, "
    "held-out L(x) and ratio of losses had been seen to step 126,000."
)


def _rows(runs: Runs) -> list[Row]:
    """The measurements along the run, in order; it has come to its end."""
    runs.ends(ARM)
    return marks_of(runs.by_arm[ARM][0])


def _along(rows: Sequence[Row], measure: str) -> NDArray[np.float64]:
    return np.array([value(row, measure) for row in rows])


def _halvings(rows: Sequence[Row]) -> str:
    """By which marks the rate was halved, and to what, in words; empty where it never was."""
    rates = [row["learning_rate"] for row in rows]
    first = {rate: row["steps"] for row, rate in zip(reversed(rows), reversed(rates), strict=True)}
    lower = [(rate, step) for rate, step in reversed(first.items()) if rate < rates[0]]
    return ", ".join(f"{rate:.1e} by step {step:,}" for rate, step in lower)


def _intervals(scores: Sequence[Sequence[float]]) -> str:
    return ", ".join(f"{mean:.0f} ({low:.0f} to {high:.0f})" for mean, low, high in scores)


def _spans(steps: Sequence[int], every: int) -> str:
    """Steps in words, neighbours together: "20,000; 75,000 to 90,000"."""
    groups: list[list[int]] = []
    for step in steps:
        if groups and step == groups[-1][-1] + every:
            groups[-1].append(step)
        else:
            groups.append([step])
    ends = [sorted({group[0], group[-1]}) for group in groups]
    return "; ".join(" to ".join(f"{step:,}" for step in pair) for pair in ends)


def convergence(folder: Path) -> Finding:
    """M_global goes with FID along a training ten times as long as those of the other runs over seeds."""
    runs = Runs.read(QUESTION)
    rows = _rows(runs)
    steps, at = [row["steps"] for row in rows], _along(rows, "m_global")
    fid, own = _along(rows, JUDGED), _along(rows, "fid")
    rho, low, high = rank_correlation(at, fid)
    ways = [(each[:-1] - each[1:]) / (each[0] - each[-1]) for each in (fid, at)]  # shares of all that each falls
    n = int(np.argmax(ways[0] - ways[1]))
    half = next(step for step, it in zip(steps, fid, strict=True) if it <= (fid[0] + fid[-1]) / 2)
    by_step = rank_correlation(-np.array(steps), fid)[0]
    looked_at = [next(row for row in rows if row["steps"] == step) for step in LOOKED_AT]
    scores = [row[JUDGED] for row in looked_at]
    photographs = value(read_object(PATH)["floors"]["lfw"]["photographs"], "diversity")
    varied = _along(rows, "diversity") / photographs

    def at_those(measure: str) -> str:
        title, form = MEASURES[measure]
        whose = "" if "averaged" in measure else ", G's own"
        return f"{title}{whose} " + ", ".join(format(value(row, measure), form) for row in looked_at)

    return Finding(
        "4.4, figure 5 (lfw, long)",
        "M_global falls as images get better, and fast",
        "M_global falls over the training while the fidelity of samples grows, and convergence is fast at first.",
        f"{runs.made_of()} {len(rows)} marks, every {steps[0]:,} steps. {ABOUT_IMAGES}",
        (
            Check(
                "M_global falls, and FID with it: rank correlation over 0.7",
                f"M_global {at[0]:.3f} to {at[-1]:.3f}, FID {fid[0]:.0f} to {fid[-1]:.0f}, correlation {rho:+.2f} "
                f"({low:+.2f} to {high:+.2f})",
                bool(rho > 0.7 and at[-1] < at[0] and fid[-1] < fid[0]),
                "the bound of the rows above; the interval supposes independent marks, which these are not",
            ),
            Check(
                f"no stretch between marks in which FID makes over {MUCH:.0%} of its way and M_global under "
                f"{LITTLE:.0%} of its own",
                f"steps {steps[n]:,} to {steps[n + 1]:,}: FID {ways[0][n]:.0%}, M_global {ways[1][n]:.0%}",
                not bool(((ways[0] > MUCH) & (ways[1] < LITTLE)).any()),
                "as in the rows above",
            ),
            Check(
                "fast: half of the fall of FID before a quarter of the run",
                f"counted from the first mark, half of it by step {half:,} of {steps[-1]:,}",
                half <= steps[-1] / 4,
                f"what fell before step {steps[0]:,} is not counted, which makes it harder to hold",
            ),
        ),
        "more seeds.",
        (
            Check(
                "it tells more than the number of steps does: a higher rank correlation with FID",
                f"{rho:+.2f}, of the steps {by_step:+.2f}; with FID of G's own weights "
                f"{rank_correlation(at, own)[0]:+.2f} and {rank_correlation(-np.array(steps), own)[0]:+.2f}",
                bool(rho > by_step),
                "two numbers that both fall agree whatever they are",
            ),
            Check(
                "images get better from 50 to 100 and from 100 to 200 thousand steps: FID falls beyond both intervals",
                f"{_intervals(scores)}<br>FID, G's own {_intervals([row['fid'] for row in looked_at])}"
                + "".join(f"<br>{at_those(it)}" for it in ("sharpness", "averaged_coverage", "face_rate")),
                all(later[2] < earlier[1] for earlier, later in pairwise(scores)),
                "of averaged G, in the first line; intervals over samples of one network each",
            ),
            Check(
                "the rate is halved along the way",
                _halvings(rows) or "never",
                bool(_halvings(rows)),
                "the paper halves it where M_global stalls, and does not say how it tells: ours is "
                "`began_lib.training.schedule`'s",
            ),
            Check(
                f"no collapse at any mark: two samples differ by at least {ALIKE:g} of what two photographs do",
                f"diversity {varied.min():.0%} to {varied.max():.0%} of the photographs'",
                bool(varied.min() >= ALIKE),
                "G's own weights; section 4.1's definition of a collapse",
            ),
        ),
        reservation="One run.",
        picture=save(with_fid_figure(runs.by_arm[ARM][0], WINDOW), folder, "figure-5-long.jpg"),
        alt="M_global and FID along 200,000 steps; dashed lines where the rate was lowered",
        notebook="08_convergence",
    )


def _rest(at: NDArray[np.float64], end: int) -> int | None:
    """The first mark after which M_global stands still up to mark `end`; None where none before that does."""
    return next((n for n in range(end) if (abs(at[n : end + 1] / at[n] - 1) < STILL).all()), None)


def final_state(folder: Path) -> Finding:
    """Whether images rest where M_global does, in a run whose rests were answered as the paper says, to a floor."""
    runs = Runs.read(QUESTION)
    rows = _rows(runs)
    at, fid = _along(rows, "m_global"), _along(rows, JUDGED)
    rests = {n: begun for n in range(1, len(rows)) if (begun := _rest(at, n)) is not None}
    changes = {n: float(fid[n] / fid[begun] - 1) for n, begun in rests.items()}
    going_on = [n for n, change in changes.items() if abs(change) >= SETTLED]
    when = _spans([rows[n]["steps"] for n in going_on], rows[0]["steps"])
    last = len(rows) - 1
    begin, change = rests.get(last, last), changes.get(last, 0.0)
    return Finding(
        "3.4.2 (final state, long)",
        "M_global tells whether a model has reached its final state",
        "M_global can be used to determine when the network has reached its final state.",
        f"{runs.made_of()} {ABOUT_IMAGES}",
        (
            Check(
                f"from the first mark on after which M_global changes by under {STILL:.0%} in all, FID changes by "
                "under a tenth",
                f"from step {rows[begin]['steps']:,} on M_global {at[begin]:.4f} to {at[-1]:.4f}, FID "
                f"{fid[begin]:.0f} to {fid[-1]:.0f} ({change:+.0%})",
                abs(change) < SETTLED,
                "the bound of the row above: M_global should not come to rest before the images do",
            ),
        ),
        "more seeds, and a rate that is held higher.",
        (
            Check(
                "it would have told it wherever the run might have been stopped",
                f"of {len(rests)} marks before which M_global had stood still, FID had changed by a tenth and more at "
                f"{len(going_on)}" + (f": {when}" if going_on else ""),
                not going_on,
                "written when the run had been measured: the first check sees the last rest alone, which nobody can "
                "tell from those before until the run is over",
            ),
        ),
        untestable=""
        if last in rests and _halvings(rows)
        else "M_global did not come to rest, or its rest was not answered.",
        reservation="One run, judged by its last rest.",
        notebook="08_convergence",
    )
