"""What stands around the findings: the first screen, how our runs differ from the paper's, and what others got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from began_lib import shipped
from began_lib.shipped.model import Model
from tools.results.findings import VERDICTS, Finding

PAPER_RATE = 1e-4  # the highest that section 4.1 names

OPENING = """\
![Left: faces that the suite draws. Right: samples of `lfw-64`, trained on photographs.](data/front.png)

The paper's figure 2 shows faces of 128x128 pixels, sharp, of different people, with hair, pose and light that belong
together. Ours, at the right above, are of 64x64 pixels: faces, of different people, softer and more alike than
photographs are. {verdicts}.

A verdict follows by one rule from checks, numbers held against bounds that stand beside them with their reasons:
*contradicted* where the core of the claim, its first check, fails; *supported in direction* where only that and not
all of the rest holds; *supported at smaller scale* where all hold. The bounds are ours, since the paper gives almost
none. Further findings turn no verdict. `python -m tools.results` measures everything anew from the models in
[data/shipped](data/shipped), whose cards have the commands that trained them; `--check` says at once whether this page
is what was measured on the models that are here."""

OTHERS = """\
### What others got

The paper gives no number of steps. In a thread on a public implementation a user who speaks of "we" reports 400,000 to
450,000 steps, results that were "pretty good after 200k", and after that only a little more sharpness
([artcg/BEGAN, issue 1](https://github.com/artcg/BEGAN/issues/1)); our runs end at a tenth of that. Lucic et al. (2018,
arXiv 1711.10337), who compared GANs under one budget, found that most reach similar scores with enough search of their
settings and restarts."""


def opening(findings: Sequence[Finding]) -> str:
    """The picture, four sentences and the rule; the count of verdicts is taken from the findings."""
    counts = Counter(finding.verdict for finding in findings)
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    return OPENING.format(verdicts=f"Of {len(findings)} claims, {words}")


def _trained() -> list[Model]:
    models = (shipped.load(name) for name in shipped.names())
    return [model for model in models if model.history is not None]


def deviations() -> list[str]:
    """How our runs differ from the paper's, counted over the cards and histories of what ships; and the hours."""
    models = _trained()
    configs = [model.config for model in models]
    total = len(models)
    above = sum(config.learning_rate > PAPER_RATE for config in configs)
    halved = sum(float(m.history["learning_rate"].min()) < m.config.learning_rate * 0.99 for m in models)
    branched = sum(bool(config.branch) for config in configs)
    sizes = sorted({config.architecture.size for config in configs})
    filters = sorted({config.architecture.filters for config in configs})
    codes = sorted({config.architecture.hidden for config in configs})
    steps = sorted({model.step for model in models})
    bf16 = sum(model.card["precision"] == "bf16" for model in models)
    seeds = sorted({config.seed for config in configs})

    def span(values: Sequence[int]) -> str:
        return f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"

    rows = [
        ("data", "360,000 photographs of celebrities, never published", "LFW (11,363), drawn faces (20,000), CIFAR-10",
         "less variety of photographs"),
        ("size", "64x64 and 128x128", f"{span(sizes)} pixels a side", "glasses are three pixels wide at 32"),
        ("filters", "64 and 128", span(filters), "blur"),
        ("steps of 16 images", "not given", span(steps), "runs stop before they have converged"),
        ("learning rate", "5e-5 to 1e-4, halved when M_global stalls",
         f"above 1e-4 in {above} of {total} models; halved in {halved}", "faster at first; nearer to collapse"),
        ("from scratch", "yes", f"{branched} of {total} are branches of another run", "z and ancestry are shared"),
        ("h and z", "64 in most runs, 128 and 16 in figure 6", span(codes), "small ones limit variety"),
        ("z of D's and of G's loss", "two draws", "one draw for both", "none seen: an option draws two"),
        ("number format", "not given, so float32", f"bf16 in {bf16} of {total}", "within one rounding a step"),
        ("seeds", "not given", f"{len(seeds)} of each", "no interval over trainings"),
    ]  # fmt: skip
    hours = sum(model.card["hours"] for model in models)
    lines = ["### How our runs differ", "", "| | The paper | Here | Expected effect |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", f"All {total} models together took {hours:.1f} hours of one core. None was trained on a GPU.", ""]
    return [*lines, OTHERS]
