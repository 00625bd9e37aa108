"""Section 4.5, figure 6: unequal networks."""

from __future__ import annotations

from pathlib import Path

from began_lib import shipped
from began_lib.figures import plots
from tools.results.findings import Check, Finding
from tools.results.material import CODES, SCORED, Judge, above, made_of, numbers, save, told

UNBALANCED = {
    "balanced": "faces-32-balanced",
    "starved G": "faces-32-starved-generator",
    "starved D": "faces-32-starved-discriminator",
    "starved G, no controller": "faces-32-starved-generator-uncontrolled",
    "starved D, no controller": "faces-32-starved-discriminator-uncontrolled",
}
NEAR, LAST = 0.15, 1000


def unbalanced(folder: Path) -> Finding:
    """The equilibrium, and the quality, of starved pairs."""
    models = {label: shipped.load(name) for label, name in UNBALANCED.items()}
    config = models["balanced"].config
    judge = Judge(config.data, config.architecture.size)
    drawn = {label: model.generate(SCORED, CODES) for label, model in models.items()}
    scores = {label: judge(images) for label, images in drawn.items()}
    fid, kid = ({label: found[name] for label, found in scores.items()} for name in ("fid", "kid"))
    histories = {label: model.history for label, model in models.items()}
    ratio = {label: h.tail_mean("loss_fake", LAST) / h.tail_mean("loss_real", LAST) for label, h in histories.items()}
    k = {label: h["k"][-LAST:] for label, h in histories.items()}
    controlled = [label for label in models if "no controller" not in label]
    inside = all((k[label] > 0).all() and (k[label] < 1).all() for label in controlled)
    near = all(abs(ratio[label] - config.gamma) < NEAR for label in controlled)
    figure = plots.grids_figure([images[:16] for images in drawn.values()], list(drawn), columns=4, width=12)
    return Finding(
        "4.5, figure 6",
        "the equilibrium holds for unequal networks; starving D costs quality, starving G little",
        "a starved generator (z of 16 numbers, h of 128) and a starved discriminator (128 and 16) both keep their "
        "equilibrium; starving D costs image quality, starving G has relatively little effect.",
        made_of(models["balanced"]) + "; the others likewise. One seed each.",
        (
            Check(
                f"with the controller k stays inside (0, 1) and the ratio of losses within {NEAR} of γ",
                numbers(ratio, ".2f"),
                inside and near,
                f"over the last {LAST:,} steps; batches of 16 alone make it vary by less",
            ),
            Check(
                "starving D costs quality: FID above the balanced pair's",
                told(fid),
                above(fid["starved D"], fid["balanced"]),
                f"by more than both intervals together, of {SCORED:,} samples",
            ),
            Check(
                "starving G costs less than starving D",
                f"FID {fid['starved G'].value - fid['balanced'].value:+.0f} and "
                f"{fid['starved D'].value - fid['balanced'].value:+.0f}",
                fid["starved G"].value < fid["starved D"].value,
                "the paper shows grids at 64x64 and no numbers",
            ),
        ),
        "five arms (with k held where the controller ends as the fifth) of three seeds each, by FID and KID.",
        (
            Check(
                "by KID too, starving D costs quality",
                told(kid),
                above(kid["starved D"], kid["balanced"]),
                "the field's two scores need not agree",
            ),
            Check(
                "without the controller (k = 0) samples are worse",
                numbers({label: fid[label].value for label in models if label not in controlled}, ".0f"),
                min(fid[label].value for label in models if label not in controlled) > fid["balanced"].value,
                "k = 0 takes the adversarial term away altogether: not the same as a k that stands still",
            ),
        ),
        picture=save(figure, folder, "figure-6.jpg"),
        alt=f"Grids of sixteen: {', '.join(drawn)}",
        notebook="09_unbalanced",
    )
