"""Sections 3.4.2 and 4.4 in long trainings: whether images go on with M_global, and rest where it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
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
from tools.results.material import lines, save
from tools.results.over_seeds import PATH, Row, Runs
from tools.results.progress import LITTLE, MUCH, STILL

QUESTION = ARM = "long"
LOOKED_AT = (50_000, 100_000, 200_000)  # steps
JUDGED = "averaged_fid"
SETTLED = 0.1  # the change of FID under which images are said to rest
DECIDED_BY_THE_END = (
    "The core is about the last rest, and which one is the last shows only when a run is over: there were others "
    "before, after which images went on. Where these runs were over was our choice, and is not known to be a final "
    "state."
)
ABOUT_IMAGES = (
    "FID is that of averaged G (a running mean of its weights over some 1,000 steps), since what G draws at one step "
    "swings. Measures and bounds were written down before any image or score was looked at; of seed 0 the rate, "
    "held-out L(x) and ratio of losses had been seen to step 126,000."
)


@dataclass(frozen=True)
class Long:
    """One run: its measurements in order, up to its end or to where it was stopped."""

    seed: int
    rows: list[Row]

    @classmethod
    def all(cls, runs: Runs) -> list[Long]:
        """Every seed's. Raises ValueError for one that did not come to its end, or to where it was stopped."""
        found = []
        for run in runs.by_arm[ARM]:
            rows, end = marks_of(run), run.get("stopped", {}).get("steps", run["config"]["steps"])
            steps = [row["steps"] for row in rows]
            if missing := [step for step in (*LOOKED_AT[:-1], end) if step not in steps]:
                why = run["diverged"] or "it is not done yet"
                raise ValueError(f"{ARM}, seed {run['seed']} has no measurement at step {missing[0]:,}: {why}.")
            found.append(cls(run["seed"], rows))
        return found

    @cached_property
    def steps(self) -> list[int]:
        """Of the marks."""
        return [row["steps"] for row in self.rows]

    def along(self, measure: str) -> NDArray[np.float64]:
        """A measure at all marks."""
        return np.array([value(row, measure) for row in self.rows])

    def ways(self) -> NDArray[np.float64]:
        """From each mark to the next the shares of all that FID falls, and M_global, (2, marks - 1)."""
        each = np.stack([self.along(JUDGED), self.along("m_global")])
        return (each[:, :-1] - each[:, 1:]) / (each[:, :1] - each[:, -1:])

    def looked_at(self) -> list[Row]:
        """The marks at all but the last of `LOOKED_AT`, and the end."""
        inner = [row for row in self.rows[:-1] if row["steps"] in LOOKED_AT[:-1]]
        return [*inner, self.rows[-1]]


def _each(found: Sequence[Long], words: Callable[[Long], str]) -> str:
    """What is said of each run, a line of a cell for each where there are several."""
    return lines({f"seed {run.seed}": words(run) for run in found}) if len(found) > 1 else words(found[0])


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


def _made_of(runs: Runs, found: Sequence[Long]) -> str:
    config = runs.by_arm[ARM][0]["config"]
    a = config["architecture"]
    stopped = {run["seed"]: run["stopped"] for run in runs.by_arm[ARM] if "stopped" in run}
    ended = "".join(
        f"; that of seed {seed} was stopped at step {it['steps']:,} ({it['why']}), its end in each check"
        for seed, it in stopped.items()
    )
    seeds = f"seed{'s' * (len(found) > 1)} {' and '.join(str(run.seed) for run in found)}"
    return (
        f"{config['data']}, {a['size']}x{a['size']}, {a['filters']} filters, rate {config['learning_rate']:g}, "
        f"{config['steps']:,} steps of {config['batch_size']}, from scratch; {seeds}{ended}. "
        f"Measured every {found[0].steps[0]:,} steps. {ABOUT_IMAGES}"
    )


def _how_many(runs: Runs, found: Sequence[Long]) -> str:
    stopped = any("stopped" in run for run in runs.by_arm[ARM])
    return "One run." if len(found) == 1 else f"{len(found)} runs{', one of them cut short' if stopped else ''}."


def convergence(folder: Path) -> Finding:
    """M_global goes with FID along trainings ten times as long as those of the other runs over seeds."""
    runs = Runs.read(QUESTION)
    found = Long.all(runs)
    photographs = value(read_object(PATH)["floors"]["lfw"]["photographs"], "diversity")
    whole = runs.by_arm[ARM][0]["config"]["steps"]

    def falls(run: Long) -> tuple[float, float, float]:
        return rank_correlation(run.along("m_global"), run.along(JUDGED))

    def by_step(run: Long, measure: str = JUDGED) -> float:
        return rank_correlation(-np.array(run.steps), run.along(measure))[0]

    def told(run: Long) -> str:
        at, fid, (rho, low, high) = run.along("m_global"), run.along(JUDGED), falls(run)
        return (
            f"M_global {at[0]:.3f} to {at[-1]:.3f}, FID {fid[0]:.0f} to {fid[-1]:.0f}, correlation {rho:+.2f} "
            f"({low:+.2f} to {high:+.2f})"
        )

    def fall_together(run: Long) -> bool:
        at, fid = run.along("m_global"), run.along(JUDGED)
        return bool(falls(run)[0] > 0.7 and at[-1] < at[0] and fid[-1] < fid[0])

    def widest(run: Long) -> str:
        fid, at = run.ways()
        n = int(np.argmax(fid - at))
        return f"steps {run.steps[n]:,} to {run.steps[n + 1]:,}: FID {fid[n]:.0%}, M_global {at[n]:.0%}"

    def is_even(run: Long) -> bool:
        fid, at = run.ways()
        return not bool(((fid > MUCH) & (at < LITTLE)).any())

    def half(run: Long) -> int:
        fid = run.along(JUDGED)
        return next(step for step, it in zip(run.steps, fid, strict=True) if it <= (fid[0] + fid[-1]) / 2)

    def agreement(run: Long) -> str:
        own = rank_correlation(run.along("m_global"), run.along("fid"))[0]
        return (
            f"{falls(run)[0]:+.2f}, of the steps {by_step(run):+.2f}; with FID of G's own weights {own:+.2f} and "
            f"{by_step(run, 'fid'):+.2f}"
        )

    def better(run: Long) -> str:
        rows = run.looked_at()
        at = ", ".join(f"{row['steps']:,}" for row in rows)
        both = f"{_intervals([row[JUDGED] for row in rows])}<br>G's own {_intervals([row['fid'] for row in rows])}"
        more = ("sharpness", "averaged_coverage", "face_rate")
        return f"at {at}: FID {both}" + "".join(f"<br>{_at_those(rows, it)}" for it in more)

    def goes_on(run: Long) -> bool:
        scores = [row[JUDGED] for row in run.looked_at()]
        return all(later[2] < earlier[1] for earlier, later in pairwise(scores))

    def varied(run: Long) -> NDArray[np.float64]:
        return run.along("diversity") / photographs

    return Finding(
        "4.4, figure 5 (lfw, long)",
        "M_global falls as images get better, and fast",
        "M_global falls over the training while the fidelity of samples grows, and convergence is fast at first.",
        _made_of(runs, found),
        (
            Check(
                "M_global falls, and FID with it: rank correlation over 0.7",
                _each(found, told),
                all(map(fall_together, found)),
                "the bound of the rows above; the interval supposes independent marks, which these are not",
            ),
            Check(
                f"no stretch between marks in which FID makes over {MUCH:.0%} of its way and M_global under "
                f"{LITTLE:.0%} of its own",
                _each(found, widest),
                all(map(is_even, found)),
                "as in the rows above",
            ),
            Check(
                "fast: half of the fall of FID before a quarter of the run",
                _each(
                    found,
                    lambda run: f"counted from the first mark, half of it by step {half(run):,} of {run.steps[-1]:,}",
                ),
                all(half(run) <= run.steps[-1] / 4 for run in found),
                f"what fell before step {found[0].steps[0]:,} is not counted, which makes it harder to hold",
            ),
        ),
        "more seeds.",
        (
            Check(
                "it tells more than the number of steps does: a higher rank correlation with FID",
                _each(found, agreement),
                all(falls(run)[0] > by_step(run) for run in found),
                "two numbers that both fall agree whatever they are",
            ),
            Check(
                "images get better from 50 to 100 and from 100 to 200 thousand steps: FID falls beyond both intervals",
                _each(found, better),
                all(map(goes_on, found)),
                "of averaged G, in the first line; intervals over samples of one network each",
            ),
            Check(
                "the rate is halved along the way",
                _each(found, lambda run: _halvings(run.rows) or "never"),
                all(bool(_halvings(run.rows)) for run in found),
                "the paper halves it where M_global stalls, and does not say how it tells: ours is "
                "`began_lib.training.schedule`'s",
            ),
            Check(
                f"no collapse at any mark: two samples differ by at least {ALIKE:g} of what two photographs do",
                _each(
                    found,
                    lambda run: f"diversity {varied(run).min():.0%} to {varied(run).max():.0%} of the photographs'",
                ),
                all(varied(run).min() >= ALIKE for run in found),
                "G's own weights; section 4.1's definition of a collapse",
            ),
        ),
        reservation=_how_many(runs, found),
        remark="M_global tells no more than the number of steps does (last table): both only fall."
        if all(falls(run)[0] <= by_step(run) for run in found)
        else "",
        picture=save(with_fid_figure(runs.by_arm[ARM], WINDOW), folder, "figure-5-long.jpg"),
        alt=f"M_global and FID along {whole:,} steps; dashed lines where the rate of seed 0 was lowered",
        notebook="08_convergence",
    )


def _at_those(rows: Sequence[Row], measure: str) -> str:
    title, form = MEASURES[measure]
    whose = "" if "averaged" in measure else ", G's own"
    return f"{title}{whose} " + ", ".join(format(value(row, measure), form) for row in rows)


def _rest(at: NDArray[np.float64], end: int) -> int | None:
    """The first mark after which M_global stands still up to mark `end`; None where none before that does."""
    return next((n for n in range(end) if (abs(at[n : end + 1] / at[n] - 1) < STILL).all()), None)


def final_state(folder: Path) -> Finding:
    """Whether images rest where M_global does, in runs whose rests were answered as the paper says, to a floor."""
    runs = Runs.read(QUESTION)
    found = Long.all(runs)

    def rests(run: Long) -> dict[int, int]:
        at = run.along("m_global")
        return {n: begun for n in range(1, len(at)) if (begun := _rest(at, n)) is not None}

    def changes(run: Long) -> dict[int, float]:
        fid = run.along(JUDGED)
        return {n: float(fid[n] / fid[begun] - 1) for n, begun in rests(run).items()}

    def last(run: Long) -> tuple[int, float]:
        end = len(run.rows) - 1
        return rests(run).get(end, end), changes(run).get(end, 0.0)

    def told(run: Long) -> str:
        (begin, change), at, fid = last(run), run.along("m_global"), run.along(JUDGED)
        return (
            f"from step {run.steps[begin]:,} on M_global {at[begin]:.4f} to {at[-1]:.4f}, FID {fid[begin]:.0f} to "
            f"{fid[-1]:.0f} ({change:+.0%})"
        )

    def going_on(run: Long) -> list[int]:
        return [n for n, change in changes(run).items() if abs(change) >= SETTLED]

    def wherever(run: Long) -> str:
        late = going_on(run)
        when = f": {_spans([run.steps[n] for n in late], run.steps[0])}" if late else ""
        return (
            f"at {len(rests(run))} marks M_global had been at rest; at {len(late)} of them FID had changed by a tenth "
            f"and more since that rest began{when}"
        )

    def answered(run: Long) -> bool:
        return len(run.rows) - 1 in rests(run) and bool(_halvings(run.rows))

    rest_at_the_end = all(abs(last(run)[1]) < SETTLED for run in found)

    return Finding(
        "3.4.2 (final state, long)",
        "M_global tells whether a model has reached its final state",
        "M_global can be used to determine when the network has reached its final state.",
        _made_of(runs, found),
        (
            Check(
                f"from the first mark on after which M_global changes by under {STILL:.0%} in all, FID changes by "
                "under a tenth",
                _each(found, told),
                rest_at_the_end,
                "the bound of the row above: M_global should not come to rest before the images do",
            ),
            Check(
                "and it would have told it wherever the run might have been stopped",
                _each(found, wherever),
                not any(map(going_on, found)),
                "written when seed 0 had been measured: it can only take away",
            ),
        ),
        "runs that go on until their images rest, more seeds, and a rate that is held higher.",
        untestable=" ".join(
            [
                *(
                    f"M_global of seed {run.seed} did not come to rest, or its rest was not answered."
                    for run in found
                    if not answered(run)
                ),
                *([DECIDED_BY_THE_END] if rest_at_the_end and any(map(going_on, found)) else []),
            ]
        ),
        reservation=_how_many(runs, found),
        notebook="08_convergence",
    )
