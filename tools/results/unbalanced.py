"""Section 4.5, figure 6: unequal networks, over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean

from began_lib.figures.over_seeds import MEASURES, value
from began_lib.machine.storage import read_object
from tools.experiments.marks import WINDOW
from tools.results import over_seeds
from tools.results.findings import Check, Finding
from tools.results.material import lines, save
from tools.results.over_seeds import NEAR, PICTURES, Runs, all_above, by_chance

QUESTION = "figure 6"
CONTROLLED, UNCONTROLLED, HELD = ("balanced", "starved G", "starved D"), "k = 0", "k held"
LITTLE = 0.1  # of the balanced pair's diversity
ENOUGH = 3  # seeds, to decide by FID
PAIR = {"starved D": "starved D", "balanced": "balanced pair"}
HIGH_IS_GOOD = ("precision", "recall", "coverage", "face_rate")
WIDTHS = "Numbers in h and in z: balanced 128 and 128, starved G 128 and 16, starved D 16 and 128."


def _strays(runs: Runs, arm: str) -> list[float]:
    """By how much the ratio was off at the worst mark of each run."""
    of_arm = runs.by_arm[arm]
    return [max(abs(row["ratio"] - run["config"]["gamma"]) for row in run["marks"].values()) for run in of_arm]


def least_varied(runs: Runs, arms: Sequence[str], floor: str = "faces", column: str = "diversity") -> dict[str, float]:
    """By arm the diversity of its least varied seed at its end, as a share of held-out pictures'."""
    real = value(read_object(over_seeds.PATH)["floors"][floor]["held out"], "diversity")
    return {arm: min(runs.values(arm, column)) / real for arm in arms}


def equilibrium(folder: Path) -> Finding:
    """The ratio of losses and k of starved pairs."""
    runs = Runs.read(QUESTION)
    strays = {arm: _strays(runs, arm) for arm in CONTROLLED}
    first = min(row["steps"] for row in runs.by_arm["balanced"][0]["marks"].values())
    varied = least_varied(runs, CONTROLLED)
    faces = value(read_object(over_seeds.PATH)["floors"]["faces"]["held out"], "face_rate")
    return Finding(
        "4.5, figure 6 (equilibrium)",
        "the equilibrium holds for networks of unequal strength",
        "a starved generator (z of 16 numbers, h of 128) and a starved discriminator (128 and 16) both keep their "
        "equilibrium, and converge to meaningful results.",
        f"{runs.made_of()} {WIDTHS}",
        (
            Check(
                f"the ratio of losses within {NEAR} of γ, for every pair and seed",
                runs.words("ratio", ".2f", CONTROLLED),
                all(runs.near(arm) for arm in CONTROLLED),
                f"over the last {WINDOW} steps. Where k rests inside (0, 1) its update leaves no other ratio "
                "([09](notebooks/09_unbalanced.ipynb))",
            ),
            Check(
                "and k inside (0, 1) as the run ends",
                runs.words("k", ".3f", CONTROLLED),
                all(0 < k < 1 for arm in CONTROLLED for k in runs.values(arm, "k")),
                "at a bound the controller could not answer",
            ),
            Check(
                f"and as near wherever a run was measured along the way, from step {first:,} on: off by under {NEAR}",
                lines({arm: ", ".join(f"{it:.2f}" for it in found) for arm, found in strays.items()})
                + "<br>at the worst mark",
                all(it < NEAR for found in strays.values() for it in found),
                "as 3.4 asks. Added after the runs were seen: it can only take away",
            ),
            Check(
                "with meaningful results: samples at least half as varied as held-out pictures",
                lines({arm: f"{it:.0%}" for arm, it in varied.items()}) + "<br>at least",
                min(varied.values()) > 0.5,
                "as for 3.4.1, and added as late",
            ),
            Check(
                "and a face found in them as often as in held-out pictures, less 10 points",
                runs.words("face_rate", ".0%", CONTROLLED) + f"<br>held out: {faces:.0%}",
                all(it > faces - 0.1 for arm in CONTROLLED for it in runs.values(arm, "face_rate")),
                "as for figure 2, and added as late",
            ),
        ),
        "64x64 with 64 filters, trained until FID rests.",
        (
            Check(
                "k held from the first step where the controller ended keeps the balance without feedback",
                runs.words("ratio", ".2f", (HELD,)) + "<br>" + runs.words("k", ".3f", (HELD,)),
                runs.near(HELD),
                "the control for a controller: if so, its only job is to find k",
            ),
            Check(
                "with k = 0 the ratio is elsewhere",
                runs.words("ratio", ".2f", (UNCONTROLLED,)),
                not runs.near(UNCONTROLLED),
                "k = 0 takes the adversarial term away altogether",
            ),
        ),
        notebook="09_unbalanced",
    )


def _disagree(runs: Runs) -> str:
    """In words, which measures put all seeds of the starved D, or of the balanced pair, before all of the other."""

    def is_first(arm: str, other: str, measure: str) -> bool:
        pair = (arm, other) if measure in HIGH_IS_GOOD else (other, arm)
        return all_above(*(runs.values(it, measure) for it in pair))

    better = {
        arm: ", ".join(MEASURES[it][0] for it in ("kid", *HIGH_IS_GOOD) if is_first(arm, other, it))
        for arm, other in (("starved D", "balanced"), ("balanced", "starved D"))
    }
    told = [f"{names} put every seed of the {PAIR[arm]} first" for arm, names in better.items() if names]
    return f"Other measures: {'; '.join(told)}." if told else ""


def quality(folder: Path) -> Finding:
    """What starving either network costs."""
    runs = Runs.read(QUESTION)
    fid, kid, varied = ({arm: runs.values(arm, it) for arm in runs.names} for it in ("fid", "kid", "diversity"))
    pair = fid["starved D"], fid["balanced"]
    open_still = ""
    if runs.seeds < ENOUGH:
        open_still = f"With {runs.seeds} seeds a difference in FID is no answer: {by_chance(runs.seeds)}."
    elif not (all_above(*pair) or all_above(*reversed(pair))):
        open_still = (
            "Undecided: by FID the seeds of the starved D and of the balanced pair overlap, in networks of a quarter "
            "of the paper's filters and at half of its figure's size. "
        )
        open_still += _disagree(runs)
    cost = {arm: mean(fid[arm]) - mean(fid["balanced"]) for arm in CONTROLLED[1:]}
    return Finding(
        "4.5, figure 6 (quality)",
        "starving D costs quality, starving G little",
        "a starved discriminator lowers image quality; a starved generator has relatively little effect on image "
        "diversity or quality.",
        f"{runs.made_of()} {WIDTHS}",
        (
            Check(
                "starving D costs quality: FID above the balanced pair's",
                runs.words("fid", ".0f", CONTROLLED),
                all_above(fid["starved D"], fid["balanced"]),
                by_chance(runs.seeds),
            ),
            Check(
                "starving G costs less than starving D",
                lines({arm: f"{it:+.0f} in mean FID" for arm, it in cost.items()}),
                cost["starved G"] < cost["starved D"],
                "the paper shows grids at 64x64 and no numbers",
            ),
            Check(
                f"starving G costs little diversity: its mean within {LITTLE:.0%} of the balanced pair's",
                runs.words("diversity", ".3f", CONTROLLED),
                abs(mean(varied["starved G"]) / mean(varied["balanced"]) - 1) < LITTLE,
                "the mean difference of two samples; a tenth is our choice",
            ),
        ),
        f"{'' if runs.seeds >= ENOUGH else 'a third seed; '}64x64 with 64 filters, trained until FID rests.",
        (
            Check(
                "starving D costs quality by KID",
                runs.words("kid", ".0f", CONTROLLED),
                all_above(kid["starved D"], kid["balanced"]),
                "the field's two scores need not agree; of features that are not scaled, so that only this column's "
                "numbers compare",
            ),
            *(
                Check(
                    f"and by {MEASURES[measure][0]}",
                    runs.words(measure, MEASURES[measure][1], CONTROLLED),
                    all_above(runs.values("balanced", measure), runs.values("starved D", measure)),
                    "every seed of the balanced pair above every seed of the starved D; high is good",
                )
                for measure in HIGH_IS_GOOD
            ),
            Check(
                "with k = 0 samples are less varied than the balanced pair's",
                runs.words("diversity", ".3f", (UNCONTROLLED,)),
                all_above(varied["balanced"], varied[UNCONTROLLED]),
                "every seed against every seed",
            ),
            Check(
                "with k held where the controller ended samples are as near to the data: their mean FID within the "
                "range of the balanced seeds, or below",
                runs.words("fid", ".0f", (HELD,)),
                mean(fid[HELD]) <= max(fid["balanced"]),
                "what feedback adds to the right k",
            ),
        ),
        untestable=open_still,
        picture=save(runs.figure(PICTURES), folder, "figure-6.jpg"),
        alt=f"Sixteen samples of each run: {', '.join(runs.names)}",
        notebook="09_unbalanced",
    )
