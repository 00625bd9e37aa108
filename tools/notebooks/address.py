"""Write the suite's address, `[tool.began] repository` in pyproject.toml, wherever the project shows it.

    python -m tools.notebooks.address

That is: the first code cell of every notebook, a Colab badge under its title and behind its link in the README's table,
and CITATION.cff. While the address is empty there are no badges, and Colab takes an uploaded
archive. Running it again changes nothing; outputs stay as they are.
"""

import re
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.notebooks.first_cell import FOLDED, TEXT, first_cell
from tools.notebooks.suite import (
    KEPT_IN_SCRIPTS,
    REPOSITORY,
    address,
    percent_text,
    read_source,
    sources,
    without_version,
    write_notebook,
    write_text,
)

BADGE = "[![Open In Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
COLAB = "https://colab.research.google.com/github/{repository}/blob/main/notebooks/{name}.ipynb"


def badge(repository: str, name: str) -> str:
    """The Colab badge of the notebook `name` in markdown, or "" while there is no address."""
    return f"{BADGE}({COLAB.format(repository=repository, name=name)})" if repository else ""


def put_address(notebook: NotebookNode, repository: str, name: str) -> None:
    """Set the badge under the title, which is the first line of the first cell, and the first code cell."""
    if not notebook.cells or not notebook.cells[0].source.startswith("# "):
        raise SystemExit(f"{name}: the first cell must be markdown that starts with the title, '# ...'")
    title, *rest = [line for line in notebook.cells[0].source.splitlines() if not line.startswith(BADGE)]
    while rest and not rest[0].strip():
        del rest[0]
    parts = [title, badge(repository, name), "\n".join(rest)]
    notebook.cells[0].source = "\n\n".join(part for part in parts if part)
    place = next(number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code")
    if not notebook.cells[place].source.startswith(TEXT.splitlines()[0]):
        notebook.cells.insert(place, nbformat.v4.new_code_cell(id="first-cell"))
    notebook.cells[place].source = first_cell(repository)
    notebook.cells[place].metadata.update(FOLDED)
    notebook.metadata.setdefault("jupytext", {})["cell_metadata_filter"] = KEPT_IN_SCRIPTS


def readme_with_address(text: str, repository: str) -> str:
    """The README with a badge, or nothing, behind each notebook's link at the start of a table's row."""

    def row(match: re.Match[str]) -> str:
        return f"{match['link']} {badge(repository, match['name'])}".rstrip() + " |"

    pattern = r"^(?P<link>\| \[[^\]]*\]\(notebooks/(?P<name>\w+)\.ipynb\))[^|]*\|"
    return re.sub(pattern, row, text, flags=re.MULTILINE)


def citation_with_address(text: str, repository: str) -> str:
    """CITATION.cff with the line `repository-code`, or without it while there is no address."""
    text = re.sub(r"^repository-code: .*\n", "", text, flags=re.MULTILINE)
    if not repository:
        return text
    return re.sub(r"^license: .*\n", rf'\g<0>repository-code: "https://github.com/{repository}"\n', text, flags=re.M)


def write_address(root: Path) -> list[Path]:
    """Bring everything under `root` into line with its pyproject.toml; returns the files that changed."""
    repository = address(root)
    wanted = {}
    for source in sources(root / "notebooks"):
        notebook = read_source(source)
        put_address(notebook, repository, source.stem)
        wanted[source] = percent_text(notebook)
    for name, rewrite in (("README.md", readme_with_address), ("CITATION.cff", citation_with_address)):
        wanted[root / name] = rewrite((root / name).read_text(encoding="utf-8"), repository)
    changed = [path for path, text in wanted.items() if text != without_version(path.read_text(encoding="utf-8"))]
    for path in changed:
        write_text(path, wanted[path])
    for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        before = nbformat.writes(notebook)
        put_address(notebook, repository, path.stem)
        if nbformat.writes(notebook) != before:
            write_notebook(path, notebook)
            changed.append(path)
    return changed


if __name__ == "__main__":
    for changed_file in write_address(REPOSITORY):
        print(f"rewrote {changed_file.relative_to(REPOSITORY)}")
