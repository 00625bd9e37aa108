"""Every claim of the paper beside what the shipped models give: `python -m tools.results`.

Writes `docs/results.json` (the findings, each with the hashes of the models it was measured on), the pictures in
`docs/results/`, `RESULTS.md`, and the verdicts in the README. The models and the functions are those that the notebooks
use; only the samples are larger here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from began_lib import shipped
from began_lib.machine.storage import atomic_write, file_hash, read_json, write_json
from began_lib.scores import factor_classifier
from tools.results import (
    balance,
    feedback,
    frame,
    long,
    losses,
    missing,
    paths,
    progress,
    rank,
    rates,
    samples,
    simultaneous,
    sweep,
    sweep_64,
    table_one,
    unbalanced,
)
from tools.results.findings import Finding, overview, section
from tools.results.material import CIFAR10_MODEL, PICTURES
from tools.results.over_seeds import Runs

__all__ = ["MEASURES", "Measure", "check", "hashes", "measure", "read", "text", "write"]

JSON, PAGE, README = "docs/results.json", "RESULTS.md", "README.md"  # from the repository's root
# Between these lines of the README stands what `readme` writes.
BEGIN, END = "<!-- verdicts: written by python -m tools.results -->\n", "<!-- end of verdicts -->\n"
GAMMAS = {
    data: {0.3: f"{data}-32-gamma-0.3", 0.5: f"{data}-32", 0.7: f"{data}-32-gamma-0.7"} for data in ("lfw", "faces")
}
STARVED = ("faces-32-balanced", "faces-32-starved-generator", "faces-32-starved-discriminator")
UNCONTROLLED = ("faces-32-starved-generator-uncontrolled", "faces-32-starved-discriminator-uncontrolled")
FROM_SCRATCH = ("lfw-64", "lfw-32", "faces-32", *STARVED, CIFAR10_MODEL)
CONTROLLED = tuple(dict.fromkeys([*FROM_SCRATCH, *(name for names in GAMMAS.values() for name in names.values())]))


@dataclass(frozen=True)
class Measure:
    """How one finding is measured, and on which shipped models, stored measurements or experiment over seeds."""

    models: tuple[str, ...]
    find: Callable[[Path, str], Finding]  # given the folder for its picture and the place of CIFAR-10
    files: tuple[Path, ...] = ()
    questions: tuple[str, ...] = ()  # of docs/experiments.json


def _of_gammas(data: str) -> Measure:
    return Measure(tuple(GAMMAS[data].values()), lambda folder, cifar10: sweep.gamma_sweep(GAMMAS[data], folder))


def _of_some(find: Callable[[Sequence[str], Path], Finding], *names: str) -> Measure:
    return Measure(names, lambda folder, cifar10: find(names, folder))


def _of_seeds(find: Callable[[Path], Finding], question: str, *files: Path) -> Measure:
    return Measure((), lambda folder, cifar10: find(folder), files, (question,))


def _of_two(name: str, other: str) -> Measure:
    return Measure((name, other), lambda folder, cifar10: progress.convergence(name, other, folder))


# By part of the paper, in its order.
MEASURES: dict[str, Measure] = {
    "section-3.1-faces": _of_some(losses.normal_losses, "faces-32"),
    "section-3.1-lfw": _of_some(losses.normal_losses, "lfw-32", "lfw-64"),
    "section-3.4": Measure(
        (*CONTROLLED, *UNCONTROLLED),
        lambda folder, cifar10: balance.balance(CONTROLLED, UNCONTROLLED, folder),
        questions=(rates.QUESTION,),
    ),
    "section-3.4.1": Measure(
        FROM_SCRATCH,
        lambda folder, cifar10: simultaneous.simultaneous(FROM_SCRATCH, folder, cifar10),
        questions=(unbalanced.QUESTION, sweep.QUESTION, sweep_64.QUESTION, long.QUESTION),
    ),
    "section-4.1": _of_seeds(rates.rates, rates.QUESTION),
    "figure-2": _of_some(samples.best_samples, "lfw-64", "lfw-32", "faces-32"),
    "missing": _of_some(missing.missing, *GAMMAS["faces"].values()),
    "figure-3-lfw": _of_gammas("lfw"),
    "figure-3-faces": _of_gammas("faces"),
    "figure-3-seeds": _of_seeds(sweep.over_seeds, sweep.QUESTION),
    "figure-3-64": _of_seeds(sweep_64.variety, sweep_64.QUESTION),
    "figure-3-64-artifacts": _of_seeds(sweep_64.artifacts, sweep_64.QUESTION),
    "figure-4": _of_some(paths.interpolation, "lfw-64", "lfw-32", "faces-32"),
    "figure-5-lfw": _of_two("lfw-32", "faces-32"),
    "figure-5-faces": _of_two("faces-32", "lfw-32"),
    "figure-5-long": _of_seeds(long.convergence, long.QUESTION),
    "final-state": Measure(progress.LONG, lambda folder, cifar10: progress.final_state(folder)),
    "final-state-long": _of_seeds(long.final_state, long.QUESTION),
    "collapse": Measure(
        (*progress.COLLAPSE[:2], *(name for names in progress.TWINS.values() for name in names)),
        lambda folder, cifar10: progress.collapse(folder),
    ),
    "collapse-at-a-high-rate": _of_seeds(rates.collapse_at_a_high_rate, rates.QUESTION),
    "figure-6-equilibrium": _of_seeds(unbalanced.equilibrium, unbalanced.QUESTION),
    "figure-6-quality": _of_seeds(unbalanced.quality, unbalanced.QUESTION),
    "table-1": Measure((), table_one.inception, (table_one.PATH,)),
    "table-1-rank": Measure((), lambda folder, cifar10: rank.rank(folder), (rank.PATH,)),
    "section-5": _of_seeds(feedback.feedback, feedback.QUESTION, rank.PATH),
}


def hashes(part: str) -> dict[str, str]:
    """Hashes of what a finding rests on, models with snapshots, files, runs: measured on others it is out of date."""
    found = {path.name: file_hash(path) for path in MEASURES[part].files}
    for question in MEASURES[part].questions:
        found[f"docs/experiments.json: {question}"] = Runs.read(question).digest
    for name in MEASURES[part].models:
        card = shipped.read_card(name)
        found[name] = card["sha256"]
        found |= {f"{name}@{step}": sha256 for step, sha256 in card["snapshots"].items()}
        if name.startswith("faces"):  # it judges what is drawn of them
            found[factor_classifier.NAME] = file_hash(shipped.FOLDER / factor_classifier.NAME / "model.safetensors")
    return found


def measure(root: Path, parts: Sequence[str] = (), cifar10: str = "cifar10") -> dict[str, Any]:
    """Measure findings and write them to `docs/results.json` under `root`, the repository, one by one.

    Args:
        parts: keys of MEASURES to measure anew; all if empty.
        cifar10: the data set of table 1, by name or as a folder of its pictures.

    Raises:
        ValueError: an unknown part, or a model that is not there.
    """
    if unknown := sorted(set(parts) - set(MEASURES)):
        raise ValueError(f"unknown part {unknown[0]!r}: expected some of {', '.join(MEASURES)}.")
    path = root / JSON
    found: dict[str, Any] = read_json(path) if path.exists() else {}
    for part in parts or MEASURES:
        finding = MEASURES[part].find(root / PICTURES, cifar10)
        found[part] = {"models": hashes(part), "finding": finding.as_json()}
        write_json(path, {key: found[key] for key in MEASURES if key in found})
        print(f"{finding.part}: {finding.verdict}", flush=True)
    return found


def read(root: Path) -> list[Finding]:
    """The findings that were measured last."""
    return [Finding.from_json(values["finding"]) for values in read_json(root / JSON).values()]


def text(root: Path) -> str:
    """`RESULTS.md`, from the measured findings and the cards of what ships."""
    findings = read(root)
    lines = ["# Results", "", frame.opening(findings), "", *overview(findings), "", *frame.deviations(), ""]
    for finding in findings:
        lines += section(finding)
    return "\n".join(lines).rstrip() + "\n"


def readme(root: Path) -> str:
    """`README.md` with the verdicts as they were measured last, a line each."""
    lines = ["| Section | The paper's claim | Here |", "|---|---|---|"]
    lines += [f"| {finding.part} | {finding.about} | {finding.told} |" for finding in read(root)]
    before, _, rest = (root / README).read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + "\n".join(lines) + "\n" + END + rest.partition(END)[2]


def write(root: Path) -> Path:
    """Write `RESULTS.md`, and the verdicts in the README."""
    for path, content in ((root / PAGE, text(root)), (root / README, readme(root))):
        with atomic_write(path) as file:
            file.write(content.encode())
    return root / PAGE


def check(root: Path) -> list[str]:
    """What on the page is not what was measured last on the models that are here, a line each; measures nothing."""
    measured = read_json(root / JSON)
    wrong = [
        f"{part} was measured on other models: python -m tools.results --only {part}"
        for part in MEASURES
        if part not in measured or measured[part]["models"] != hashes(part)
    ]
    for path, content in ((PAGE, text(root)), (README, readme(root))):
        if (root / path).read_text(encoding="utf-8") != content:
            wrong.append(f"{path} says something else than {JSON}: python -m tools.results --page")
    return wrong
