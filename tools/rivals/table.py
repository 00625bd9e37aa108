"""The comparison as text: a table for each budget, one row per system with the mean over its seeds."""

from __future__ import annotations

from statistics import mean
from typing import Any

COLUMNS = ("fid", "precision", "recall", "coverage", "face_rate", "diversity", "sharpness", "nearest_training_image")
COST = ("steps", "images_seen", "seconds")


def table(found: dict[str, Any]) -> str:
    """Two tables in Markdown; a score has the spread of its seeds, lowest to highest, where there are several."""
    parts = []
    for mark, title in (("images", "As many images seen"), ("seconds", "As many seconds of one core")):
        lines = [
            f"## {title}",
            "",
            line("system", "seeds", *COST, *COLUMNS),
            line(*["---"] * (2 + len(COST + COLUMNS))),
        ]
        lines += [line(name, "", *[""] * len(COST), *cells([row])) for name, row in found["floors"].items()]
        by_name: dict[str, list[dict[str, Any]]] = {}
        for run in found["runs"].values():
            by_name.setdefault(run["name"], []).append(run["marks"][mark])
        for name, rows in by_name.items():
            cost = (f"{mean(row[column] for row in rows):,.0f}" for column in COST)
            lines.append(line(name, str(len(rows)), *cost, *cells(rows)))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def line(*texts: str) -> str:
    """A line of a table in Markdown."""
    return "| " + " | ".join(texts) + " |"


def cells(rows: list[dict[str, Any]], columns: tuple[str, ...] = COLUMNS) -> list[str]:
    """The mean over the seeds' rows and their spread, for each column."""
    found = []
    for column in columns:
        values = [row[column][0] if isinstance(row[column], list) else row[column] for row in rows]
        spread = f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else ""
        found.append(f"{mean(values):.3g}{spread}")
    return found
