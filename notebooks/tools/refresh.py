"""Make the committed notebooks anew: percent script -> executed in the quick profile -> `.ipynb` beside it.

    python notebooks/tools/refresh.py        # all
    python notebooks/tools/refresh.py 00 05  # those whose names start so

A notebook that fails, or that `hygiene` refuses, is reported and its old `.ipynb` stays.
"""

import sys
from pathlib import Path

from execution import for_each, run
from hygiene import faults
from suite import REPOSITORY, address, chosen, percent_text, read_source, without_version, write_notebook, write_text


def refresh(source: Path) -> list[str]:
    """Write the `.ipynb` of one percent script, and the script itself as jupytext would; returns why not, if not."""
    notebook = read_source(source)
    problems = run(notebook, source.parent) or faults(notebook, REPOSITORY, address())
    if not problems:
        text = percent_text(notebook)
        if text != without_version(source.read_text(encoding="utf-8")):
            write_text(source, text)
        del notebook.metadata["language_info"]["version"]  # the Python that happened to run it
        write_notebook(source.with_suffix(".ipynb"), notebook)
    return problems


if __name__ == "__main__":
    sys.exit(for_each(chosen(__doc__), refresh))
