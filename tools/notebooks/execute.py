"""Execute the suite without a browser; the executed copies and an HTML page of each go to build/notebooks.

    python -m tools.notebooks.execute            # all
    python -m tools.notebooks.execute 00 05      # those whose names start so
    python -m tools.notebooks.execute --stored   # pages only, of the committed notebooks as they are

build/notebooks/index.html leads to the pages, which need no network. BEGAN_PROFILE chooses the profile, quick by
default. The committed notebooks are not touched.
"""

import shutil
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks import suite, web_page
from tools.notebooks.execution import for_each, run

BUILD = suite.REPOSITORY / "build" / "notebooks"


def write_page(notebook: NotebookNode, source: Path) -> None:
    """Write the HTML page of a notebook, and its key figure for the index."""
    BUILD.mkdir(parents=True, exist_ok=True)
    names = [path.stem for path in suite.sources()]
    suite.write_text(BUILD / f"{source.stem}.html", web_page.page(notebook, source.parent, source.stem, names))
    picture = source.parent / "key" / f"{source.stem}.jpg"
    if picture.exists():
        (BUILD / "key").mkdir(exist_ok=True)
        shutil.copy(picture, BUILD / "key")


def write_index() -> None:
    """Write the list of the pages that are there."""
    there = [path for path in suite.sources() if (BUILD / f"{path.stem}.html").exists()]
    titles = {path.stem: web_page.title(suite.read_source(path)) for path in there}
    pictures = {path.stem for path in (BUILD / "key").glob("*.jpg")}
    suite.write_text(BUILD / "index.html", web_page.index(titles, pictures))


def execute(source: Path) -> list[str]:
    """Execute one notebook and write what came of it, complete or not, to build/notebooks; returns what failed."""
    notebook = suite.read_source(source)
    problems = run(notebook, source)
    BUILD.mkdir(parents=True, exist_ok=True)
    suite.write_notebook(BUILD / f"{source.stem}.ipynb", notebook)
    write_page(notebook, source)
    return problems


def stored(source: Path) -> list[str]:
    """Write the page of one committed notebook as it is; returns what failed: nothing can."""
    write_page(nbformat.read(source.with_suffix(".ipynb"), as_version=4), source)
    return []


if __name__ == "__main__":
    work = stored if "--stored" in sys.argv else execute
    sys.argv = [word for word in sys.argv if word != "--stored"]
    status = for_each(suite.chosen(__doc__), work)
    write_index()
    sys.exit(status)
