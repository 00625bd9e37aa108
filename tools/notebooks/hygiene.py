"""What a committed notebook must be: executed in order, free of errors, warnings and traces of a machine, and small."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from tools.notebooks.execution import WIDGET_STATE, WIDGET_VIEW, failures
from tools.notebooks.first_cell import first_cell

LARGEST_FILE = 2_000_000  # bytes: GitHub renders larger notebooks slowly or not at all
LONGEST_CELL, LONGEST_SETUP = 20, 12  # lines: what a reader takes in at once
WIDEST_CODE, WIDEST_OUTPUT = 88, 100  # columns: what JupyterLab shows beside its file browser, and a page of 1,000 px
MOST_COLUMNS = 8  # of a table, with its index
PRIVATE_PATHS = re.compile(r"(?<![\w.])/(?:tmp|home|root|Users|private/var)/\S*|\b[A-Z]:\\Users\\\S*")


def faults(notebook: NotebookNode, repository: Path, address: str) -> list[str]:
    """Everything that keeps an executed notebook from being committed, one line each; empty if nothing does."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    outputs = [output for cell in code for output in cell.outputs]
    found = failures(notebook)
    if [cell.execution_count for cell in code] != list(range(1, len(code) + 1)):
        found.append(
            f"execution counts are {[cell.execution_count for cell in code]}, expected 1 to {len(code)} in order"
        )
    if not code or code[0].source != first_cell(address):
        found.append(
            "the first code cell is not that of tools/notebooks/first_cell.py: run python -m tools.notebooks.address"
        )
    if not any(kind.startswith("image/") for output in outputs for kind in output.get("data", {})):
        found.append("no picture in the outputs: a reader without a kernel sees none")
    found += [
        f"a panel without a picture, shown as {output.data['text/plain'][:60]!r}: its box must be a PictureBox"
        for output in outputs
        if WIDGET_VIEW in output.get("data", {})  # of the others only the picture stays
    ]
    found += [f"stderr in the outputs: {output.text[:200]!r}" for output in outputs if output.get("name") == "stderr"]
    found += [fault for number, cell in enumerate(notebook.cells) for fault in _layout_faults(number, cell)]
    found += _setup_faults(code)
    size = len(json.dumps(notebook, ensure_ascii=False).encode())
    if size >= LARGEST_FILE:
        found.append(
            f"{size / 1e6:.1f} MB, less than {LARGEST_FILE / 1e6:.0f} MB are allowed: smaller or fewer pictures"
        )
    widgets = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for text in _texts([outputs, [model["state"] for model in widgets.values()]]):
        private = PRIVATE_PATHS.findall(text) + [str(repository)] * (str(repository) in text)
        found += [f"a path of the machine in the outputs: {path}" for path in private]
    return found


def _layout_faults(number: int, cell: NotebookNode) -> list[str]:
    """What in a code cell is too long, too wide or not for its reader."""
    if cell.cell_type != "code":
        return []
    lines, found = cell.source.splitlines(), []
    if len(lines) > LONGEST_CELL:
        found.append(f"has {len(lines)} lines, at most {LONGEST_CELL} are allowed")
    found += [f"is {len(line)} columns wide: {line.strip()[:60]}" for line in lines if len(line) > WIDEST_CODE]
    if "# fmt:" in cell.source:
        found.append("turns the formatter off: shorten its lines")
    if any(line.lstrip().startswith("assert ") for line in lines):
        found.append("asserts: a reader's numbers may break it; use `check`, or a test in tests/notebooks")
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        drawn = {"text/html", "image/png", "image/jpeg"} & {*data}  # there the text is only a stand-in
        text = "" if drawn else output.get("text", "") + data.get("text/plain", "")
        wide = [line for line in text.splitlines() if len(line) > WIDEST_OUTPUT]
        found += [f"prints {len(line)} columns: {line.strip()[:60]}" for line in wide]
        header = "".join(re.findall(r"<thead.*?</thead>", data.get("text/html", ""), flags=re.DOTALL))
        if header.count("<th") - header.count("<thead") > MOST_COLUMNS:
            found.append("shows a table that is too wide: at most seven columns and an index")
    return [f"cell {number} {fault}" for fault in found]


def _setup_faults(code: list[NotebookNode]) -> list[str]:
    """The cell behind the folded first one is the whole set-up: imports and the line that chooses the scale."""
    lines = sum(bool(line.strip()) for line in code[1].source.splitlines()) if len(code) > 1 else 0
    return [f"the set-up has {lines} lines, at most {LONGEST_SETUP} are allowed"] if lines > LONGEST_SETUP else []


def _texts(thing: Any) -> Iterator[str]:
    """The strings in a nested structure, except pictures, whose base64 text may hold anything."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, dict):
        for key, value in thing.items():
            if not str(key).startswith("image/"):
                yield from _texts(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from _texts(value)
