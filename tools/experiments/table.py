"""The answers as text: a table for each question, one row per arm with the mean and the spread of its seeds."""

from __future__ import annotations

from typing import Any

from tools.experiments import arms
from tools.rivals.table import cells, line

SCORES = ("fid", "kid", "precision", "recall", "coverage", "face_rate", "diversity")
BALANCE = ("held_out_loss", "ratio", "k")


def table(found: dict[str, Any]) -> str:
    """Tables in Markdown of what has been measured of each question, open ones with the control.

    An arm's seeds are compared at the last mark that all of them have.
    """
    parts = []
    floors = [_floor(data, *floor) for data, rows in found["floors"].items() for floor in rows.items()]
    for question in arms.questions():
        measured = {name: _rows(found["runs"].values(), name) for name in arms.compared(question)}
        rows = [text for texts in measured.values() for text in texts]
        head = line("arm", "seeds", "steps", *SCORES, *BALANCE), line(*["---"] * (3 + len(SCORES + BALANCE)))
        if any(measured[name] for name in measured if arms.ARMS[name].question == question):
            parts.append("\n".join([f"## {question}", "", *head, *floors, *rows]))
    return "\n\n".join(parts)


def _floor(data: str, name: str, row: dict[str, Any]) -> str:
    return line(f"{data}, {name}", "", "", *cells([row], SCORES), *[""] * len(BALANCE))


def _rows(runs: Any, name: str) -> list[str]:
    """An arm's row, at the last mark that its seeds have which did not diverge, with a row for each that did."""
    mine = [run for run in runs if run["name"] == name]
    empty = [""] * (len(SCORES + BALANCE))
    told = [line(name, f"seed {run['seed']}", run["diverged"], *empty) for run in mine if run["diverged"]]
    ended = [run["marks"].values() for run in mine if run["marks"] and not run["diverged"]]
    if not ended:
        return told
    seeds = [{row["steps"]: row for row in rows} for rows in ended]
    shared = set.intersection(*map(set, seeds))
    if not shared:
        return [line(name, str(len(seeds)), "no mark that all have", *empty), *told]
    last = [rows[max(shared)] for rows in seeds]
    return [line(name, str(len(last)), f"{max(shared):,}", *cells(last, SCORES + BALANCE)), *told]
