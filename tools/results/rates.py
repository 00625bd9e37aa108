"""Section 4.1: collapse and artifacts at high learning rates, over seeds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from began_lib.figures.over_seeds import MEASURES, value
from began_lib.machine.storage import read_object
from began_lib.training.report import ALIKE
from tools.results.findings import Check, Finding
from tools.results.material import GREY_LEVEL, lines, save
from tools.results.over_seeds import NEAR, PATH, PICTURES, Runs, all_above

QUESTION = "rates"
PAPERS = "rate 1e-4, λ_k 1e-3"  # the highest of the paper's, 5e-5 to 1e-4
LOWERED = (PAPERS, "rate 2e-4")
HIGH = ("rate 5e-4", "rate 1e-3", "rate 2e-3")
RATES = (*LOWERED, *HIGH)
GAINS = (PAPERS, "λ_k 1e-4", "λ_k 1e-2")


def _trouble(row: dict[str, Any], photographs: float, grain: float) -> str:
    """What is wrong with a run at its end; "none" where nothing is.

    Args:
        photographs: their diversity.
        grain: the most that samples of the paper's rate have beyond what D makes of them.
    """
    if value(row, "diversity") < ALIKE * photographs:
        return "collapse"
    return "artifacts" if row["grain_beyond"] > grain + GREY_LEVEL else "none"


def rates(folder: Path) -> Finding:
    """What is wrong with runs at rates from the paper's to twenty times as much."""
    runs = Runs.read(QUESTION)
    photographs = value(read_object(PATH)["floors"]["lfw"]["photographs"], "diversity")
    grain = max(runs.values(PAPERS, "grain_beyond"))
    wrong = {arm: [_trouble(row, photographs, grain) for row in runs.ends(arm)] for arm in RATES}
    none_wrong = all(it == "none" for arm in HIGH for it in wrong[arm])

    def told(arms: tuple[str, ...]) -> str:
        return lines({arm: ", ".join(wrong[arm]) for arm in arms})

    def worse(measure: str, arm: str) -> bool:
        at_it, at_papers = runs.values(arm, measure), runs.values(PAPERS, measure)
        return all_above(at_it, at_papers) if measure == "fid" else all_above(at_papers, at_it)

    return Finding(
        "4.1",
        "high learning rates bring collapse or artifacts now and then; lower ones avoid them",
        "modal collapses or visual artifacts were observed sporadically with high initial learning rates; simply "
        "reducing the rate was sufficient to avoid them.",
        f"{runs.made_of()} The other arms change the rate, or λ_k, alone. G's own images. *Collapse*: two samples "
        f"differ by less than {ALIKE:g} of what two photographs do, as the report of a training has it. *Artifacts*: "
        "samples have more grain beyond what D makes of them, by a grey level of 255, than any of the paper's rate, as "
        "for figure 3. Both were written down when no more than FID "
        "and coverage of the first six runs, of seed 0, had been seen.",
        (
            Check(
                "lower rates avoid them: no collapse and no artifacts at 2e-4, in any seed",
                told(LOWERED),
                all(it == "none" for it in wrong[LOWERED[-1]]),
                "twice the highest of the paper's rates, which is what the others are compared with",
            ),
            Check(
                "high rates, five times the paper's highest and more, bring them in some run",
                told(HIGH),
                not none_wrong,
                "sporadically: one run is enough",
            ),
        ),
        "ten seeds of each rate, and runs as long as the paper's.",
        (
            Check(
                f"the controller holds at every rate: the ratio of losses within {NEAR} of γ, in every seed",
                runs.words("ratio", ".2f", RATES),
                all(runs.near(arm) for arm in RATES),
                "as for figure 6",
            ),
            Check(
                f"and at λ_k ten times lower and higher: the ratio within {NEAR} of γ, in every seed",
                runs.words("ratio", ".2f", GAINS) + "<br>" + runs.words("k", MEASURES["k"][1], GAINS),
                all(runs.near(arm) for arm in GAINS),
                "the ratio, then k",
            ),
            *(
                Check(
                    f"{MEASURES[measure][0]} is worse at each rate from 5e-4 on, every seed beyond every seed at 1e-4",
                    runs.words(measure, MEASURES[measure][1], RATES),
                    all(worse(measure, arm) for arm in HIGH),
                    "after the same steps",
                )
                for measure in ("fid", "coverage", "face_rate", "diversity")
            ),
        ),
        untestable="No run at a high rate shows either: what does not come up cannot be cured." if none_wrong else "",
        reservation=f"{runs.seeds} seeds of each rate.",
        picture=save(runs.figure(PICTURES), folder, "section-4.1.jpg"),
        alt=f"Sixteen samples of each run, a row for each seed: {', '.join(runs.names)}",
        notebook="08_convergence",
    )
