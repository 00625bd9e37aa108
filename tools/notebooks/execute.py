"""Execute the suite without a browser; the executed copies and an HTML page of each go to build/notebooks.

    python -m tools.notebooks.execute        # all
    python -m tools.notebooks.execute 00 05  # those whose names start so

BEGAN_PROFILE chooses the profile, quick by default. The committed notebooks are not touched.
"""

import sys
from pathlib import Path

from nbconvert import HTMLExporter

from tools.notebooks.execution import for_each, run
from tools.notebooks.suite import REPOSITORY, chosen, read_source, write_notebook, write_text

BUILD = REPOSITORY / "build" / "notebooks"


def execute(source: Path) -> list[str]:
    """Execute one notebook and write what came of it, complete or not, to build/notebooks; returns what failed."""
    notebook = read_source(source)
    problems = run(notebook, source)
    BUILD.mkdir(parents=True, exist_ok=True)
    write_notebook(BUILD / f"{source.stem}.ipynb", notebook)
    page, _ = HTMLExporter().from_notebook_node(notebook, {"metadata": {"name": source.stem}})
    write_text(BUILD / f"{source.stem}.html", page)
    return problems


if __name__ == "__main__":
    sys.exit(for_each(chosen(__doc__), execute))
