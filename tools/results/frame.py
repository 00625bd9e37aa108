"""What stands around the findings: the first screen, how our runs differ from the paper's, and what others got."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from textwrap import fill

from began_lib import shipped
from began_lib.figures.over_seeds import value
from began_lib.machine.storage import read_object
from began_lib.shipped.model import Model
from tools.experiments.arms import ARMS
from tools.results import long, rates, sweep, sweep_64
from tools.results.findings import VERDICTS, Finding
from tools.results.over_seeds import PATH, Runs

PAPER_RATE = 1e-4  # the highest that section 4.1 names

OPENING = """\
![Left: faces that the suite draws, no result. Right: samples of `lfw-64`, trained on photographs.](data/front.jpg)

*Left: faces that the suite draws for some runs to learn from, no result. Right: samples of `lfw-64`, trained on
photographs.*

The paper's figure 2 shows faces of 128x128 pixels, of different people, with hair, pose and light that belong
together. Ours, on the right, have 64x64 pixels, from networks with 64 filters, where the paper's largest have 128:
faces, most of people who differ, with grain in most and broken eyes in a few; of real ones under a third have a sample
near them (coverage, below).

{tally}

Each verdict follows from checks, a number against a bound, with the reason for the bound:

- *contradicted* where the claim's **core**, its first check, fails;
- *supported in direction* where the core holds and another check does not, or where something is missing that the row
  names, such as seeds;
- *supported at smaller scale* where all hold;
- *not testable* where our runs cannot decide: the claim is about other data, a measure differs less from setting to
  setting than along one run, seeds or budgets disagree, what was compared failed or was bound to come out as it did, or
  nothing was written down before. The row says which.

The bounds are ours, since the paper gives almost none. Where *a check set afterwards*, one was changed, or first
written, when the runs had been seen, and the row says how; what was added as late and can only take away says so in
its place. `python -m tools.results` measures everything anew from the
models in [data/shipped](data/shipped), whose cards have the commands that trained them (a branch needs the run that
it began from, `cifar10-32` a folder of pictures); figure 3 over seeds, figure 6, sections 4.1 and 5, the long
trainings, the collapse at a high rate and both ranks of table 1 are read from
[docs/experiments.json](docs/experiments.json), [docs/rivals.json](docs/rivals.json) and
[docs/table-1.json](docs/table-1.json), whose runs do not ship.
`--check` says at once whether this page is what was measured on the models and files that are here."""

MEASURES = """\
### What is measured

*Diversity*: the mean absolute difference of two images, pixel by pixel, in [-1, 1]. *FID* and *KID*: distances from
training images in a network's features, low is near (a copy would score best); *precision*: the share of samples that
lie near real pictures; *coverage*: the share of real pictures that have a sample near them. The network is
EfficientNet-Lite0 for photographs and CIFAR-10 and the suite's classifier of factors for drawn faces, so no number
here can be set beside a published one. *Grain*: the mean distance of a pixel from the mean of its four neighbours.
*e_r*: the mean |x − G(z_r)|. Diversity grows with contrast and differences of brightness: two runs of 4.1 whose
samples are nearly one face have {fooled} of the photographs'. The *closest pair*, the mean difference of the two most
alike, sees that they are one (it grows with contrast and grain as well).
± is half of a 95 % interval, for one model; none is over trainings: where several seeds were trained, as for figures 3
and 6 and sections 4.1 and 5, the numbers of all stand side by side. Those of FID and KID
are over samples and reference pictures; those of coverage are over real pictures, samples fixed, and up to a third too
narrow for both drawn anew (a jackknife that keeps the balls of the whole set); all others are over samples. Two models
are compared on one reference by both intervals together; an interval of their difference would be the sharper test."""

UNTESTED = """\
### Claims without a row

Not tested: that more repetitions of the layers give better pictures (3.5); that faces at 256x256 keep together and lose
sharpness (4.2); that convergence is fast *because* losses are per pixel (4.4); that matching losses is an effective
indirect method of matching data (4.6); what later versions add (skip connections and vanishing residuals, which are
options of [models.py](began_lib/models.py), and a mirror interpolation). Condition (1) of section 3.1, under which the
difference of the means is what W minimises, is measured in [02](notebooks/02_wasserstein_1d.ipynb); that profiles are
captured less well (4.3) was found for one of two networks in [07](notebooks/07_interpolation.ipynb); that DFM could be
joined to it (4.6) is tried in [14](notebooks/14_open_questions.ipynb). That it trains without batch normalisation,
dropout or transposed convolutions (3.5) is so of every run here.

That training is "stable, fast and robust to parameter changes" (6) names no parameter and no range. What the runs of
4.1 say of it, after 10,000 steps: FID is {usual} as the paper has it (rate 1e-4, λ_k 1e-3), {twice} at twice that
rate, {five} at five times, {ten} at ten times, where samples are nearly one face, and {twenty} at twenty, where they
are one.
It is {gain} at a λ_k ten times higher, and {slow} at one ten times lower, where the ratio of losses, {ratio}, has not
come to γ = 0.5 yet and samples are nearly one face as well.

Not run, for want of time on a GPU: figures 2, 4 and 5 at 128x128 with 128 filters; 64x64 beyond 42,000 steps, and at
other γ than 0.5 beyond {at_64}; drawn faces at 64x64, where glasses would have six pixels and not three; a second seed
of table 1's rivals to its end."""

OTHERS = """\
### What others got

The paper gives no number of steps. In a thread on a public implementation a user who speaks of "we" reports 400,000
to 450,000 steps, results that were "pretty good after 200k", and after that only a little more sharpness
([artcg/BEGAN, issue 1](https://github.com/artcg/BEGAN/issues/1)); two of ours have 200,000 and 165,000 (figure 5,
long), two 150,000 (table 1), the others end at 50,000 and less. Lucic et al. (2018, arXiv 1711.10337), who compared
GANs under one budget, a BEGAN with other networks among them, found that most reach similar scores with enough search
of their settings and restarts."""


def _filled(text: str) -> str:
    """Paragraphs, each in lines of even length; a heading is one of its own."""
    parts = text.split("\n\n")
    return "\n\n".join(fill(part, 120, break_long_words=False, break_on_hyphens=False) for part in parts)


def opening(findings: Sequence[Finding]) -> str:
    """The picture, a few sentences and the rule; the counts are taken from the findings."""
    counts = Counter(finding.verdict for finding in findings)
    words = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    rows_of: dict[str, list[bool]] = {}
    for finding in findings:
        rows_of.setdefault(finding.about, []).append(finding.verdict.startswith("supported"))
    alike, none = sum(map(all, rows_of.values())), sum(not any(rows) for rows in rows_of.values())
    leaning = sum(bool(it.untestable) and not it.checks[0].holds for it in findings)
    tally = (
        f"{len(findings)} rows test {len(rows_of)} claims of the paper's first version (arXiv 1703.10717v1), some on "
        f"two data sets or over seeds as well: {words}. Claim by claim, {alike} are supported in each of their rows, "
        f"{len(rows_of) - alike - none} in some of them, {none} in none. In {leaning} of the rows that are not "
        "testable the core fails too: each says why that decides nothing."
    )
    return OPENING.format(tally=_filled(tally))


def _trained() -> list[Model]:
    # Those that ship: one's own lie in other folders.
    models = (shipped.load(name, folder=shipped.FOLDER) for name in shipped.names(shipped.FOLDER))
    return [model for model in models if model.history is not None]


def _listed(names: Sequence[str]) -> str:
    *others, last = (f"`{name}`" for name in names)
    return f"{', '.join(others)} and {last}" if others else last


def _measured() -> str:
    """What is measured, and how far diversity can be fooled."""
    runs = Runs.read(rates.QUESTION)
    photographs = value(read_object(PATH)["floors"]["lfw"]["photographs"], "diversity")
    shares = (format(it / photographs, ".0%") for it in runs.values("rate 1e-3", "diversity"))
    return _filled(MEASURES.format(fooled=" and ".join(shares)))


def _untested() -> str:
    """Claims without a row, with what the runs of another one say of robustness."""
    runs = Runs.read(rates.QUESTION)

    def told(arm: str, column: str = "fid", form: str = ".0f") -> str:
        return " and ".join(format(it, form) for it in runs.values(arm, column))

    words = UNTESTED.format(
        usual=told(rates.PAPERS),
        twice=told("rate 2e-4"),
        five=told("rate 5e-4"),
        ten=told("rate 1e-3"),
        twenty=told("rate 2e-3"),
        gain=told("λ_k 1e-2"),
        slow=told("λ_k 1e-4"),
        at_64=f"{ARMS[sweep_64.LOW].config.steps:,}",
        ratio=told("λ_k 1e-4", "ratio", ".2f"),
    )
    return _filled(words)


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
    steps = sorted({model.step for model in models})
    small = [model.name for model in models if model.card.get("discriminator_bits") == 8]
    on_cpu = [model.card["hours"] for model in models if model.card["hardware"].startswith("CPU")]
    bf16 = sum(model.card["precision"] == "bf16" for model in models)

    def span(values: Sequence[int]) -> str:
        return f"{values[0]:,}" if len(values) == 1 else f"{values[0]:,} to {values[-1]:,}"

    rows = [
        ("loss of an image", "sum or mean not said", "mean over pixels",
         "with a sum λ_k acts thousands of times faster"),
        ("data", "360,000 photographs of celebrities, never published", "LFW (11,363), drawn faces (20,000), CIFAR-10",
         "less variety of photographs"),
        ("size", "32x32 to 256x256; its figures 64 and 128",
         f"{span(sizes)} pixels a side; one run at 128x128 stands in no row ([docs](docs/performance.md))",
         "less detail"),
        ("filters", "64 and 128", span(filters), "blur"),
        ("steps of 16 images", "not given",
         f"{span(steps)}; in figure 3 over seeds {ARMS[sweep.LOW].config.steps:,}, at 64x64 "
         f"{ARMS[sweep_64.LOW].config.steps:,}, in the long trainings {ARMS[long.ARM].config.steps:,} and "
         "165,000, for table 1 150,000",
         "runs stop before they have converged; of the long ones that is open"),
        ("time", "about 2.5 days on four GPUs at the largest, a few hours on one at 32x32",
         f"up to {max(on_cpu):.1f} hours of one core for what ships; minutes of a GPU", "fewer images seen"),
        ("numbers in h and z", "64 in most", "64; in figure 6 128 or 16, for table 1 128", "sharpness and variety"),
        ("learning rate", "5e-5 to 1e-4, halved when M_global stalls",
         f"above 1e-4 in {above} of {total} models; lowered in {halved} of them, in figure 3 over seeds at 32x32, the "
         "long trainings and for table 1 to a floor of "
         f"{ARMS[long.ARM].config.learning_rate_floor:g}",
         "faster at first; nearer to collapse"),
        ("from scratch", "yes", f"{branched} of {total} are branches of another run", "z and ancestry are shared"),
        ("z of D's and of G's loss", "two draws", "one draw for both", "none seen in one pair of short runs"),
        ("number format", "not given, so float32", f"bf16 in {bf16} of {total}, for what runs forward and back",
         "not measured over a whole run"),
        ("halving", "when M_global stalls", "window, patience and floor are ours",
         "none where nothing is halved; elsewhere not measured"),
        ("mirror images", "not said", "half of the training pictures, at random", "twice the data"),
        ("LFW at 64x64", "not used", "training pictures carried to the GPU as WebP of quality 94",
         "slightly softer pictures"),
        ("CIFAR-10", "50,000 pictures", "45,000, from JPEG files", "slightly softer pictures"),
        ("scores", "Inception score, number of images not given",
         "EfficientNet-Lite0 or a classifier of factors, 1,000 to 10,000", "another scale"),
        ("what ships", "-", f"the last weights in 16 bits, D of {_listed(small)} in 8, as all along the way",
         "scores along a run are of weights in 8 bits, at its end in 16"),
        ("whose images are judged", "G's, as we read it",
         "G's; averaged weights', where it says so, in figure 3 over seeds at 32x32, the long trainings and section 5",
         "swings and artifacts are smoothed"),
        ("seeds", "not given",
         "one of each model; three in figure 6 and figure 3 at 32x32, two in figure 3 at 64x64, 4.1, 5, the long "
         "trainings and table 1 (its rivals' one at the end)",
         "no interval over trainings"),
    ]  # fmt: skip
    lines = ["### How our runs differ", "", "| | The paper | Here | Expected effect |", "|---|---|---|---|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += [
        "",
        f"The histories of the {len(on_cpu)} models trained on a CPU add up to {sum(on_cpu):.1f} hours of one core; "
        "those of branches count the steps again that they share with the run they began from; runs over seeds, "
        "which do not ship, are not counted. `lfw-64`, the six runs of figure 3 at 64x64, the second long one and "
        "those of table 1 were trained on GPUs, in seven to thirteen minutes "
        "([docs/performance.md](docs/performance.md)).",
        "",
    ]
    return [*lines, *_measured().splitlines(), "", *_untested().splitlines(), "", OTHERS]
