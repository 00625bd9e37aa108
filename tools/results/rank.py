"""Table 1 as a rank, where we can pay for it: photographs of faces, the same price for all, from docs/rivals.json."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from began_lib.machine.storage import REPOSITORY, read_object
from tools.results.findings import Check, Finding
from tools.results.material import lines

PATH = REPOSITORY / "docs" / "rivals.json"
BEGAN, BETTER, WORSE = "began", ("dfm",), ("ali", "improved-minibatch", "improved-features")
SMALL = "began, n = 16"
LEFT_OUT = "dcgan"  # of the table, though its paper has a score without labels
BUDGETS = {"images": "{images_seen:,} images", "seconds": "{seconds:,.0f} seconds"}

Rows = Mapping[str, list[dict[str, Any]]]  # of systems, a row for each seed


def rows_of(found: Mapping[str, Any], mark: str) -> Rows:
    """The systems of the table, BEGAN among them, and the one that it leaves out; seed by seed, at a budget.

    Raises ValueError where one has not been measured.
    """
    names = (BEGAN, *BETTER, *WORSE, LEFT_OUT)
    rows = {name: [run["marks"][mark] for run in found["runs"].values() if run["name"] == name] for name in names}
    if missing := [name for name in names if not rows[name]]:
        raise ValueError(
            f"{PATH.name} has no run of {', '.join(missing)}: expected at least one seed of each of "
            f"{', '.join(names)}. Measure them: python -m tools.rivals --only {' '.join(missing)}"
        )
    return rows


def ahead(rows: Rows, first: str, second: str, measure: str = "fid") -> bool:
    """Whether each seed of one system is better than each seed of another, intervals apart, by FID or `is`."""
    one, other = ([row[measure] for row in rows[name]] for name in (first, second))
    if measure == "is":  # more is better
        return min(low for _, low, _ in one) > max(high for *_, high in other)
    return max(high for *_, high in one) < min(low for _, low, _ in other)


def before_all(rows: Rows, measure: str = "fid", behind: Sequence[str] = WORSE) -> str:
    """Whether BEGAN is before all that the table has behind it: yes, no where one is before BEGAN, or undecided."""
    if all(ahead(rows, BEGAN, name, measure) for name in behind):
        return "yes"
    return "no" if any(ahead(rows, name, BEGAN, measure) for name in behind) else "undecided, intervals overlap"


def told(at: Mapping[str, Rows], names: Sequence[str], measure: str = "fid") -> str:
    """The numbers of systems, seed by seed, a line of a cell for each budget, by what is spent."""
    form = ".2f" if measure == "is" else ".0f"
    return lines(
        {
            f"after {spent}": ", ".join(
                f"{name} {' and '.join(format(row[measure][0], form) for row in rows[name])}" for name in names
            )
            for spent, rows in at.items()
        }
    )


def undecided(said: Mapping[str, str], what: str) -> str:
    """Why no rank came out, of answers by the budget that they are after; empty where all say yes or all say no."""
    if set(said.values()) in ({"yes"}, {"no"}):
        return ""
    disagree = f"The two {what} disagree" if set(said.values()) == {"yes", "no"} else "No clear rank"
    return f"{disagree}: {'; '.join(f'after {after} {answer}' for after, answer in said.items())}."


def rank(folder: Path) -> Finding:
    """Who is before BEGAN and who behind, by FID, under both budgets."""
    found = read_object(PATH)
    budgets = {mark: rows_of(found, mark) for mark in BUDGETS}
    spent = {mark: words.format(**budgets[mark][BEGAN][0]) for mark, words in BUDGETS.items()}

    by_cost = {spent[mark]: rows for mark, rows in budgets.items()}

    def always(first: str, second: str) -> bool:
        return all(ahead(rows, first, second) for rows in budgets.values())

    said = {spent[mark]: before_all(rows) for mark, rows in budgets.items()}
    small = [run["marks"]["seconds"] for run in found["runs"].values() if run["name"] == SMALL]
    quick = {**budgets["seconds"], SMALL: small}
    seeds = sorted({len(rows) for rows in budgets["images"].values()})
    of_each = f"{' to '.join(map(str, dict.fromkeys((seeds[0], seeds[-1]))))} seed{'s' * (seeds[-1] > 1)}"
    return Finding(
        "4.6, table 1 (the rank, on faces)",
        "better than ALI and Improved GANs, and worse than DFM",
        "with the exception of DFM its score is better than other GAN techniques that directly aim to match the data "
        "distribution; the table has ALI and Improved GANs.",
        f"lfw, 32x32; {' and '.join(spent.values())} of one core, for each system; {of_each}; "
        f"{found['protocol']['samples']:,} samples each, {found['protocol']['network']}. `python -m tools.rivals`",
        (
            Check(
                "better than ALI and both forms of Improved GAN: a lower FID, intervals apart, under both budgets",
                told(by_cost, (BEGAN, *WORSE)),
                all(answer == "yes" for answer in said.values()),
                "intervals are over samples and reference pictures, which all share, and not over trainings",
            ),
            Check(
                "DFM is better",
                told(by_cost, (BEGAN, *BETTER)),
                all(always(name, BEGAN) for name in BETTER),
                "a lower FID under both budgets, intervals apart",
            ),
        ),
        "CIFAR-10, the Inception score, networks of the authors' size, and more seeds.",
        (
            Check(
                "a system that the table leaves out, DCGAN, is not better",
                told(by_cost, (BEGAN, LEFT_OUT)),
                not always(LEFT_OUT, BEGAN),
                "its score without labels on CIFAR-10 was known (6.16, of 2016), and above BEGAN's 5.62",
            ),
            Check(
                "with half the filters, and so more images in as many seconds, BEGAN is before those three after them",
                told({spent["seconds"]: quick}, (SMALL, *WORSE)),
                all(ahead(quick, SMALL, name) for name in WORSE),
                "a choice of ours that the rivals were not given",
            ),
        ),
        untestable=undecided(said, "budgets"),
        reservation="Other data and another score than the table's, each system by its own paper's rates in networks "
        "cut down to one core ([13](notebooks/13_rivals.ipynb) says how), and few trainings.",
        notebook="13_rivals",
    )
