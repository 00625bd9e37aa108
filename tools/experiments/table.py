"""The answers as text: a table for each question, one row per arm with the mean and the spread of its seeds."""

from __future__ import annotations

from typing import Any

from tools.experiments import arms
from tools.rivals.table import cells, line

SCORES = ("fid", "kid", "precision", "recall", "coverage", "face_rate", "diversity")
BALANCE = ("held_out_loss", "ratio", "k")


def table(found: dict[str, Any]) -> str:
    """Tables in Markdown of what has been measured where the runs end, with the control in each."""
    parts = []
    floors = [_floor(data, *floor) for data, rows in found["floors"].items() for floor in rows.items()]
    for question in arms.questions():
        rows = [text for name in arms.compared(question) for text in _rows(found["runs"].values(), name)]
        head = line("arm", "seeds", "steps", *SCORES, *BALANCE), line(*["---"] * (3 + len(SCORES + BALANCE)))
        if len(rows) > (question != "control"):
            parts.append("\n".join([f"## {question}", "", *head, *floors, *rows]))
    return "\n\n".join(parts)


def _floor(data: str, name: str, row: dict[str, Any]) -> str:
    return line(f"{data}, {name}", "", "", *cells([row], SCORES), *[""] * len(BALANCE))


def _rows(runs: Any, name: str) -> list[str]:
    """An arm's row, at the last mark of those of its seeds that did not diverge, with a row for each that did."""
    mine = [run for run in runs if run["name"] == name]
    empty = [""] * (len(SCORES + BALANCE))
    told = [line(name, f"seed {run['seed']}", run["diverged"], *empty) for run in mine if run["diverged"]]
    marks = [list(run["marks"].values()) for run in mine if run["marks"] and not run["diverged"]]
    if not marks:
        return told
    last = [max(rows, key=lambda row: row["steps"]) for rows in marks]
    steps = " to ".join(f"{step:,}" for step in sorted({row["steps"] for row in last}))
    return [line(name, str(len(last)), steps, *cells(last, SCORES + BALANCE)), *told]
