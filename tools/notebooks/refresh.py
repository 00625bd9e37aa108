"""Make the committed notebooks anew: percent script -> executed in the quick profile -> `.ipynb` beside it.

    python -m tools.notebooks.refresh        # all
    python -m tools.notebooks.refresh 00 05  # those whose names start so

A notebook that fails, or that `hygiene` refuses, is reported and its old `.ipynb` stays.
"""

import re
import sys
from pathlib import Path

from nbformat import NotebookNode

from tools.notebooks.execution import for_each, run
from tools.notebooks.hygiene import faults
from tools.notebooks.suite import (
    REPOSITORY,
    address,
    chosen,
    percent_text,
    read_source,
    without_version,
    write_notebook,
    write_text,
)


def drop_progress_bars(notebook: NotebookNode) -> None:
    """Remove the outputs of tqdm's bars, drawn where data is first packed: they need their kernel."""
    for cell in notebook.cells:
        kept = [output for output in cell.get("outputs", []) if not _is_progress_bar(output)]
        if cell.cell_type == "code":
            cell.outputs = kept


def _is_progress_bar(output: NotebookNode) -> bool:
    data = output.get("data", {})
    is_widget = "application/vnd.jupyter.widget-view+json" in data
    return is_widget and re.search(r"\d+%\|.*\[.*<.*\]", data.get("text/plain", "")) is not None


def refresh(source: Path) -> list[str]:
    """Write the `.ipynb` of one percent script, and the script itself as jupytext would; returns why not, if not."""
    notebook = read_source(source)
    problems = run(notebook, source.parent)
    drop_progress_bars(notebook)
    problems = problems or faults(notebook, REPOSITORY, address())
    if not problems:
        text = percent_text(notebook)
        if text != without_version(source.read_text(encoding="utf-8")):
            write_text(source, text)
        del notebook.metadata["language_info"]["version"]  # the Python that happened to run it
        write_notebook(source.with_suffix(".ipynb"), notebook)
    return problems


if __name__ == "__main__":
    sys.exit(for_each(chosen(__doc__), refresh))
