"""Every figure and table of the paper beside what the shipped models give: `python -m tools.results`.

Writes `docs/results.json` (the findings, each with the hashes of the models it was measured on), the pictures in
`docs/results/` and `RESULTS.md`. The models and the functions are those that the notebooks use; only the samples are
larger here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from began_lib import shipped
from began_lib.machine.storage import atomic_write, read_json, write_json
from tools.results import figures, numbers
from tools.results.findings import Finding, page
from tools.results.material import PICTURES

__all__ = ["MEASURES", "Measure", "hashes", "measure", "read", "text", "write"]

JSON, PAGE, README = "docs/results.json", "RESULTS.md", "README.md"  # from the repository's root
# Between these lines of the README stands what `verdicts` writes.
BEGIN, END = "<!-- verdicts: written by python -m tools.results -->\n", "<!-- end of verdicts -->\n"
INTRODUCTION = """\
What the paper shows, what we got, and a plain verdict: *reproduced* where every check holds, *partly* where some do,
*not reproduced* where none does. A check is a number held against a bound that is written beside it; the bounds are
ours, since the paper gives almost none. Every number here comes from `python -m tools.results` and the models in
[data/shipped](data/shipped), whose cards have the commands that trained them.

The differences that matter throughout: the paper trained on 360,000 photographs of celebrities that were never
published, at 64x64 and 128x128, with 64 and 128 filters; these models were trained on two CPU cores, at 32x32 and one
at 64x64, on drawn faces (`faces`), Labeled Faces in the Wild (`lfw`) and CIFAR-10. Every run has one seed. Which
settings give faces that differ soonest is in [docs/performance.md](docs/performance.md)."""


@dataclass(frozen=True)
class Measure:
    """How one finding is measured, and on which shipped models."""

    models: tuple[str, ...]
    find: Callable[[Path, str], Finding]  # given the folder for its picture and the place of CIFAR-10


def _of_one(name: str, find: Callable[[str, Path], Finding]) -> Measure:
    return Measure((name,), lambda folder, cifar10: find(name, folder))


def _of_gammas(data: str) -> Measure:
    return Measure(tuple(figures.GAMMAS[data].values()), lambda folder, cifar10: figures.gamma_sweep(data, folder))


# By part of the paper, in its order.
MEASURES: dict[str, Measure] = {
    "section-3.1": Measure(("faces-32",), lambda folder, cifar10: numbers.normal_losses(folder)),
    "figure-2-lfw-64": _of_one("lfw-64", figures.best_samples),
    "figure-2-lfw": _of_one("lfw-32", figures.best_samples),
    "figure-2-faces": _of_one("faces-32", figures.best_samples),
    "figure-3-lfw": _of_gammas("lfw"),
    "figure-3-faces": _of_gammas("faces"),
    "figure-4-lfw-64": _of_one("lfw-64", figures.interpolation),
    "figure-4-lfw": _of_one("lfw-32", figures.interpolation),
    "figure-4-faces": _of_one("faces-32", figures.interpolation),
    "figure-5-lfw": _of_one("lfw-32", figures.convergence),
    "figure-5-faces": Measure(figures.COLLAPSE[:2], lambda folder, cifar10: figures.convergence("faces-32", folder)),
    "figure-6": Measure(tuple(figures.UNBALANCED.values()), lambda folder, cifar10: figures.unbalanced(folder)),
    "table-1": Measure(("cifar10-32",), lambda folder, cifar10: numbers.inception(cifar10, folder)),
}


def hashes(part: str) -> dict[str, str]:
    """Hashes of the models of a finding, snapshots included, by name: measured on others it is out of date."""
    found: dict[str, str] = {}
    for name in MEASURES[part].models:
        card = shipped.read_card(name)
        found[name] = card["sha256"]
        found |= {f"{name}@{step}": sha256 for step, sha256 in card["snapshots"].items()}
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
        print(f"{finding.part}: {finding.verdict}")
    return found


def read(root: Path) -> list[Finding]:
    """The findings that were measured last."""
    return [Finding.from_json(values["finding"]) for values in read_json(root / JSON).values()]


def text(root: Path) -> str:
    """`RESULTS.md`, from the measured findings."""
    return page(read(root), INTRODUCTION)


def readme(root: Path) -> str:
    """`README.md` with the verdicts as they were measured last, a line each."""
    lines = ["| Paper | Claim | Here |", "|---|---|---|"]
    lines += [f"| {finding.part} | {finding.about} | {finding.verdict} |" for finding in read(root)]
    before, _, rest = (root / README).read_text(encoding="utf-8").partition(BEGIN)
    return before + BEGIN + "\n".join(lines) + "\n" + END + rest.partition(END)[2]


def write(root: Path) -> Path:
    """Write `RESULTS.md`, and the verdicts in the README."""
    for path, content in ((root / PAGE, text(root)), (root / README, readme(root))):
        with atomic_write(path) as file:
            file.write(content.encode())
    return root / PAGE
