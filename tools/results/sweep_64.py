"""Section 4.2, figure 3 at the paper's size: trainings at 64x64 with 64 filters, over seeds."""

from __future__ import annotations

from math import factorial
from pathlib import Path

from began_lib.figures.over_seeds import MEASURES, value
from began_lib.machine.storage import read_object
from tools.results.findings import Check, Finding
from tools.results.material import save
from tools.results.over_seeds import PATH, PICTURES, Runs, all_above, by_chance
from tools.results.sweep import ABOUT, PAPER, behaved, kept

QUESTION = "figure 3, 64x64"
ARMS = LOW, MIDDLE, HIGH = "γ = 0.3, 64x64", "γ = 0.5, 64x64", "γ = 0.7, 64x64"


def over_seeds(folder: Path) -> Finding:
    """Diversity, the balance and grain at each γ, of trainings with the size and filters of the paper's figure 3."""
    runs = Runs.read(QUESTION)
    varied = {arm: runs.later(arm, "diversity") for arm in ARMS}
    ordered, at_once = runs.in_order(ARMS, "diversity", later=True), runs.in_order(ARMS, "diversity")
    swing = max(runs.swing(arm, "diversity") for arm in ARMS)
    real = value(read_object(PATH)["floors"]["lfw, 64x64"]["held out"], "diversity")

    def rises(measure: str, low: str, high: str) -> bool:
        return all_above(runs.later(high, measure), runs.later(low, measure))

    def words(measure: str) -> str:
        return runs.words(measure, MEASURES[measure][1], ARMS, later=True)

    return Finding(
        "4.2, figure 3 (lfw, 64x64, over seeds)",
        ABOUT,
        PAPER,
        f"{runs.made_of()} Trained on a GPU, in bf16, each step as one CUDA graph, six runs side by side; judged on a "
        "CPU. Runs of one seed begin with the same weights and see the same photographs in the same order; images are "
        "drawn from the same codes at each γ, by generators kept in half precision; the training photographs were "
        "carried as WebP of quality 94. What G draws at one step swings along its run: measures are means over "
        "the marks of a run's second half, every 5,000 steps, unless another is named. Bounds are those of the row "
        "at 32x32, and were written down for these runs before any image or score of them was looked at; their losses, "
        "k and grain had been seen, so that the checks of these three were taken over with "
        "their numbers known. Diversity is of 500 images, the scores of 2,000.",
        (
            Check(
                "diversity is higher at the highest γ than at the lowest, every seed above every seed",
                runs.words("diversity", ".3f", ARMS, later=True),
                all_above(varied[HIGH], varied[LOW]),
                f"the core of the rows above; {by_chance(runs.seeds)}. The nearest two are "
                f"{min(varied[HIGH]) - max(varied[LOW]):.3f} apart, and marks of one run differ by up to {swing:.2f}",
            ),
            Check(
                "and it rises at each step, in every seed",
                f"in order in {sum(ordered)} of {runs.seeds} seeds",
                all(ordered),
                "if γ made no difference, every seed would come out in this order once in "
                f"{factorial(len(ARMS)) ** runs.seeds} times",
            ),
            *behaved(runs, ARMS),
            kept(varied[LOW], real),
        ),
        "more seeds, longer runs, and as many photographs as the paper's.",
        (
            Check(
                "diversity at the last step alone is in order as well",
                f"{runs.words('diversity', '.3f', ARMS)}<br>in order in {sum(at_once)} of {runs.seeds} seeds",
                all(at_once),
                "one moment of each run",
            ),
            *(
                Check(
                    f"{MEASURES[measure][0]} is higher at the highest γ than at the lowest",
                    words(measure),
                    rises(measure, LOW, HIGH),
                    "every seed above every seed: variety as a feature network sees it",
                )
                for measure in ("coverage", "recall")
            ),
            Check(
                "precision is lower at the highest γ than at the middle one",
                words("precision"),
                rises("precision", HIGH, MIDDLE),
                "every seed below every seed: artifacts as a feature network sees them",
            ),
            Check(
                "by FID the lowest γ is farthest from the data",
                words("fid"),
                all(rises("fid", arm, LOW) for arm in (MIDDLE, HIGH)),
                "every seed above every seed of both others; the paper names no best γ. At one mark of one run at the "
                "highest γ stripes lie over every face ([06](notebooks/06_gamma_sweep.ipynb))",
            ),
        ),
        picture=save(runs.figure(PICTURES, width=3.6), folder, "figure-3-64.jpg"),
        alt=f"Sixteen samples of each run, a row for each seed, at {', '.join(ARMS)}",
        notebook="06_gamma_sweep",
    )
