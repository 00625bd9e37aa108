"""The notebooks of the suite: where they are, and the pairing of each percent script with its `.ipynb`."""

import argparse
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

REPOSITORY = Path(__file__).resolve().parents[2]
NOTEBOOKS = REPOSITORY / "notebooks"
# The kernel of whichever environment opens the notebook; without an entry JupyterLab asks the reader for one.
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
KEPT_IN_SCRIPTS = "cellView,jupyter,tags,-all"  # what folds a cell, on Colab and elsewhere, and what marks one


def sources(folder: Path = NOTEBOOKS) -> list[Path]:
    """The percent scripts in a folder, in reading order."""
    return sorted(folder.glob("[0-9][0-9]_*.py"))


def chosen(description: str) -> list[Path]:
    """The percent scripts whose beginnings ("00 05") are on the command line, by default all; SystemExit if none."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prefix", nargs="*", help="how the notebook's name starts, for example 05; default: all")
    prefixes = parser.parse_args().prefix
    found = [path for path in sources() if not prefixes or path.stem.startswith(tuple(prefixes))]
    if not found:
        wanted = " or ".join(prefixes)
        raise SystemExit(f"no notebook {wanted} in {NOTEBOOKS}: expected scripts such as 00_start_here.py")
    return found


def read_source(source: Path) -> NotebookNode:
    """A percent script as a notebook without outputs; cell ids are the cells' positions, so that they never churn."""
    notebook = jupytext.read(source, fmt="py:percent")
    notebook.metadata["kernelspec"] = dict(KERNEL)
    notebook.metadata["jupytext"]["cell_metadata_filter"] = KEPT_IN_SCRIPTS
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def percent_text(notebook: NotebookNode) -> str:
    """The percent script of a notebook, without the line that names the version of jupytext."""
    return without_version(jupytext.writes(notebook, fmt="py:percent"))


def without_version(text: str) -> str:
    """A percent script less the line that names the version of jupytext, which says nothing about the notebook."""
    return re.sub(r"^#\s+jupytext_version: .*\n", "", text, count=1, flags=re.MULTILINE)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old content or the new one, never a part."""
    unfinished = path.with_name(path.name + ".partial")
    unfinished.write_bytes(content)
    os.replace(unfinished, path)


def write_text(path: Path, text: str) -> None:
    """The same for a text file."""
    write_bytes(path, text.encode("utf-8"))


def as_jupyterlab_saves(notebook: dict[str, Any]) -> None:
    """Bring a notebook, in place, to the form in which JupyterLab saves it, so that to open it changes nothing.

    Browsers write 1.0 as 1, and jupytext's part of the server drops what it knows anyway. The version of the Python
    that happened to run it is left out: the saving of `tools.notebooks.lab` leaves it out as well.
    """
    metadata = notebook["metadata"]
    metadata.get("language_info", {}).pop("version", None)
    metadata.get("jupytext", {}).pop("text_representation", None)
    _write_whole_numbers(notebook)


def _write_whole_numbers(thing: dict | list) -> None:
    for key, value in thing.items() if isinstance(thing, dict) else enumerate(thing):
        if isinstance(value, dict | list):
            _write_whole_numbers(value)
        elif isinstance(value, float) and value.is_integer():
            thing[key] = int(value)


def write_notebook(path: Path, notebook: NotebookNode) -> None:
    """Write a notebook in one piece after checking it against the notebook format."""
    as_jupyterlab_saves(notebook)
    nbformat.validate(notebook)
    write_text(path, nbformat.writes(notebook) + "\n")


def address(repository: Path = REPOSITORY) -> str:
    """The suite's place on GitHub as "owner/name" from `[tool.began]` in pyproject.toml, empty while it has none."""
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    found = project["tool"]["began"]["repository"]
    if found and not re.fullmatch(r"[\w.-]+/[\w.-]+", found):
        raise SystemExit(f'pyproject.toml, [tool.began] repository: expected "owner/name" or "", found "{found}"')
    return found
