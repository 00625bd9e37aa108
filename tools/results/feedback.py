"""Section 5: pixel-level feedback helps convergence."""

from __future__ import annotations

from pathlib import Path
from statistics import mean

from began_lib.figures.over_seeds import MEASURES, value
from began_lib.machine.storage import read_object
from began_lib.training.report import ALIKE
from tools.experiments.open_questions import CONTROL
from tools.results import over_seeds, rank
from tools.results.findings import Check, Finding
from tools.results.material import save
from tools.results.over_seeds import PICTURES, Runs, all_above, by_chance

QUESTION, WITHOUT = "energy", "no decoder, h to be a projection"
GREATLY = 2.0  # times the FID without pixel-level feedback


def feedback(folder: Path) -> Finding:
    """BEGAN beside a D that has no decoder, its loss and controller of the same kind."""
    runs = Runs.read(QUESTION)
    arms = (CONTROL, WITHOUT)
    fid = {arm: runs.values(arm, "averaged_fid") for arm in arms}
    times = mean(fid[WITHOUT]) / mean(fid[CONTROL])
    photographs = value(read_object(over_seeds.PATH)["floors"]["lfw"]["photographs"], "diversity")
    varied = [it / photographs for it in runs.values(WITHOUT, "averaged_diversity")]
    rivals = rank.rows_of(read_object(rank.PATH), "images")
    seen = f"{rivals[rank.BEGAN][0]['images_seen']:,} images"
    return Finding(
        "5 (pixel-level feedback)",
        "a D that rebuilds every pixel helps convergence greatly",
        "does the discriminator have to be an auto-encoder? Pixel-level feedback seems to help convergence greatly.",
        f"{runs.made_of()} Without a decoder L(v) = |T v - E(v)|: E is asked for 64 fixed random directions of the "
        "image; the controller, γ and G are the same. The picture has T = 0 as well, where E = 0 is right for every "
        "image and both losses go to 0: no check rests on it. Images are of averaged weights of G; a control's "
        "seed that the other arm lacks is left out. Bounds were written down "
        "before the runs without a decoder had begun.",
        (
            Check(
                "with the decoder FID is lower after the same steps, in every seed",
                runs.words("averaged_fid", ".0f", arms),
                all_above(fid[WITHOUT], fid[CONTROL]),
                by_chance(runs.seeds),
            ),
            Check(
                f"greatly: the mean FID without it at least {GREATLY:g} times as high",
                f"{times:.1f} times",
                times >= GREATLY,
                "the paper has no number; a factor of two is our choice, and FID after equal steps is not how fast a "
                "run converges",
            ),
            Check(
                "nor is a GAN without pixel-level feedback, DCGAN, nearer to the data after as many images",
                rank.told({seen: rivals}, (rank.BEGAN, rank.LEFT_OUT)),
                not rank.ahead(rivals, rank.LEFT_OUT, rank.BEGAN),
                "another architecture and batch ([13](notebooks/13_rivals.ipynb)). Added when its numbers were known: "
                "it can only take away",
            ),
        ),
        "more seeds and steps, and other losses of a code to put in the decoder's place.",
        tuple(
            Check(
                f"{MEASURES[measure][0]} is higher with the decoder",
                runs.words(f"averaged_{measure}", MEASURES[measure][1], arms),
                all_above(*(runs.values(arm, f"averaged_{measure}") for arm in arms)),
                "every seed above every seed",
            )
            for measure in ("precision", "coverage", "face_rate", "diversity")
        ),
        untestable=""
        if min(varied) >= ALIKE
        else "One loss without a decoder was compared, of the many that there could be, and its samples are nearly one "
        f"picture (diversity {', '.join(f'{it:.0%}' for it in varied)} of the photographs'): that shows that this "
        "loss fails, and not what feedback to pixels gives.",
        reservation=f"{runs.seeds} seeds.",
        picture=save(runs.figure(PICTURES, ("-averaged",)), folder, "section-5.jpg"),
        alt=f"Sixteen samples of each run, a row for each seed: {', '.join(runs.names)}",
        notebook="14_open_questions",
    )
