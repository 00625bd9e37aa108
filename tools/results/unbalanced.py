"""Section 4.5, figure 6: unequal networks."""

from __future__ import annotations

from pathlib import Path

from began_lib import shipped
from began_lib.figures import plots
from began_lib.scores.quality import diversity
from began_lib.shipped.model import Model
from tools.results.findings import Check, Finding
from tools.results.material import CODES, SCORED, Judge, above, lines, made_of, numbers, save, told

UNBALANCED = {
    "balanced": "faces-32-balanced",
    "starved G": "faces-32-starved-generator",
    "starved D": "faces-32-starved-discriminator",
}
UNCONTROLLED = {
    "starved G, k = 0": "faces-32-starved-generator-uncontrolled",
    "starved D, k = 0": "faces-32-starved-discriminator-uncontrolled",
}
NEAR, LAST = 0.1, 1000
LITTLE = 0.1  # of the balanced pair's diversity
WIDTHS = "Numbers in h and in z: balanced 128 and 128, starved G 128 and 16, starved D 16 and 128."


def _ratio(model: Model) -> float:
    return model.history.tail_mean("loss_fake", LAST) / model.history.tail_mean("loss_real", LAST)


def equilibrium(folder: Path) -> Finding:
    """The ratio of losses and k of starved pairs."""
    models = {label: shipped.load(name) for label, name in UNBALANCED.items()}
    gamma = models["balanced"].config.gamma
    ratio = {label: _ratio(model) for label, model in models.items()}
    k = {label: model.history["k"][-LAST:] for label, model in models.items()}
    without = {label: _ratio(shipped.load(name)) for label, name in UNCONTROLLED.items()}
    return Finding(
        "4.5, figure 6 (equilibrium)",
        "the equilibrium holds for networks of unequal strength",
        "a starved generator (z of 16 numbers, h of 128) and a starved discriminator (128 and 16) both keep their "
        "equilibrium.",
        made_of(models["balanced"])
        + f"; the others likewise. {WIDTHS} One seed each. These runs are among those of 3.4.",
        (
            Check(
                f"the ratio of losses within {NEAR} of γ, for every pair",
                numbers(ratio, ".2f"),
                all(abs(value - gamma) < NEAR for value in ratio.values()),
                f"over the last {LAST:,} steps, as for 3.4. Bookkeeping asks no more than that k moved little in them "
                "([09](notebooks/09_unbalanced.ipynb))",
            ),
            Check(
                "and k inside (0, 1) at each of these steps",
                lines({label: f"{values.min():.3f} to {values.max():.3f}" for label, values in k.items()}),
                all((values > 0).all() and (values < 1).all() for values in k.values()),
                "at a bound the controller could not answer",
            ),
        ),
        "three seeds of each pair, and one with k held where the controller ends: is feedback needed?",
        (
            Check(
                "without the controller (k = 0) the ratio is elsewhere",
                numbers(without, ".2f"),
                all(abs(value - gamma) > NEAR for value in without.values()),
                "k = 0 takes the adversarial term away altogether: not the same as a k that stands still",
            ),
        ),
        notebook="09_unbalanced",
    )


def quality(folder: Path) -> Finding:
    """What starving either network costs."""
    models = {label: shipped.load(name) for label, name in {**UNBALANCED, **UNCONTROLLED}.items()}
    config = models["balanced"].config
    judge = Judge(config.data, config.architecture.size)
    drawn = {label: model.generate(SCORED, CODES) for label, model in models.items()}
    scores = {label: judge(images) for label, images in drawn.items()}
    fid, kid = ({label: found[name] for label, found in scores.items()} for name in ("fid", "kid"))
    varied = {label: diversity(drawn[label]) for label in UNBALANCED}
    kept = varied["starved G"] / varied["balanced"]
    pair = fid["starved D"], fid["balanced"]
    decided = above(*pair) or above(*reversed(pair))
    figure = plots.grids_figure([images[:16] for images in drawn.values()], list(drawn), columns=4, width=12)
    return Finding(
        "4.5, figure 6 (quality)",
        "starving D costs quality, starving G little",
        "a starved discriminator lowers image quality; a starved generator has relatively little effect on image "
        "diversity or quality.",
        made_of(models["balanced"]) + f"; the others likewise. {WIDTHS} One seed each.",
        (
            Check(
                "starving D costs quality: FID above the balanced pair's",
                told({label: fid[label] for label in UNBALANCED}),
                above(fid["starved D"], fid["balanced"]),
                f"by more than both intervals together, of {SCORED:,} samples; intervals are not over trainings",
            ),
            Check(
                "starving G costs less than starving D",
                f"FID {fid['starved G'].value - fid['balanced'].value:+.0f} and "
                f"{fid['starved D'].value - fid['balanced'].value:+.0f}",
                above(fid["starved D"], fid["starved G"]),
                "likewise by more than both intervals",
            ),
            Check(
                f"starving G costs little diversity: within {LITTLE:.0%} of the balanced pair's",
                numbers(varied, ".3f"),
                abs(kept - 1) < LITTLE,
                "the mean difference of two samples; a tenth is our choice",
            ),
        ),
        "three seeds of each pair, by FID and KID, at 64x64.",
        (
            Check(
                "starving D costs quality by KID",
                told({label: kid[label] for label in UNBALANCED}),
                above(kid["starved D"], kid["balanced"]),
                "the field's two scores need not agree; of features that are not scaled, so that only this column's "
                "numbers compare",
            ),
            Check(
                "without the controller (k = 0) samples are worse",
                told({label: fid[label] for label in UNCONTROLLED}),
                min(fid[label].value for label in UNCONTROLLED) > fid["balanced"].value,
                "all samples of such a run are one picture",
            ),
        ),
        untestable=""
        if decided
        else "With one seed neither that a starved D costs quality nor the opposite lies beyond the intervals.",
        picture=save(figure, folder, "figure-6.jpg"),
        alt=f"Sixteen samples of each: {', '.join(drawn)}",
        notebook="09_unbalanced",
    )
