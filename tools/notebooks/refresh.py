"""Make the committed notebooks anew: percent script -> executed in the quick profile -> `.ipynb` beside it.

    python -m tools.notebooks.refresh        # all
    python -m tools.notebooks.refresh 00 05  # those whose names start so

A notebook that fails, or that `hygiene` refuses, is reported and its old `.ipynb` stays. The tests look at what git
has, so `git add` the result before `make test`.
"""

import base64
import io
import sys
from pathlib import Path

from nbformat import NotebookNode
from PIL import Image

from tools.notebooks import stored_panels
from tools.notebooks.execution import for_each, run
from tools.notebooks.hygiene import faults
from tools.notebooks.suite import (
    REPOSITORY,
    address,
    chosen,
    percent_text,
    read_source,
    without_version,
    write_bytes,
    write_notebook,
    write_text,
)

KEY_FIGURE = (1000, 420)  # pixels, at most: with the title it fits the first screen of a laptop


def write_key_figure(notebook: NotebookNode, source: Path) -> None:
    """Write the picture that stands under a page's title, key/NAME.jpg: the last of the cell tagged "key-figure"."""
    tagged = [cell for cell in notebook.cells if "key-figure" in cell.metadata.get("tags", [])]
    data = [output["data"] for cell in tagged for output in cell.outputs if "data" in output]
    pictures = [found[kind] for found in data for kind in ("image/png", "image/jpeg") if kind in found]
    if pictures:
        picture = Image.open(io.BytesIO(base64.b64decode(pictures[-1]))).convert("RGB")
        picture.thumbnail(KEY_FIGURE)
        buffer = io.BytesIO()
        picture.save(buffer, "JPEG", quality=85)
        (source.parent / "key").mkdir(exist_ok=True)
        write_bytes(source.parent / "key" / f"{source.stem}.jpg", buffer.getvalue())


def refresh(source: Path) -> list[str]:
    """Write the `.ipynb` of one percent script, and the script itself as jupytext would; returns why not, if not."""
    notebook = read_source(source)
    if problems := run(notebook, source):
        return problems
    stored_panels.drop_progress_bars(notebook)
    stored_panels.show_last_pictures(notebook)
    stored_panels.as_pictures(notebook)
    problems = faults(notebook, REPOSITORY, address())
    if not problems:
        text = percent_text(notebook)
        if text != without_version(source.read_text(encoding="utf-8")):
            write_text(source, text)
        write_notebook(source.with_suffix(".ipynb"), notebook)
        write_key_figure(notebook, source)
    return problems


if __name__ == "__main__":
    sys.exit(for_each(chosen(__doc__), refresh))
