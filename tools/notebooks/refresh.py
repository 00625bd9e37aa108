"""Make the committed notebooks anew: percent script -> executed in the quick profile -> `.ipynb` beside it.

    python -m tools.notebooks.refresh        # all
    python -m tools.notebooks.refresh 00 05  # those whose names start so

A notebook that fails, or that `hygiene` refuses, is reported and its old `.ipynb` stays. The tests look at what git
has, so `git add` the result before `make test`.
"""

import base64
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode
from PIL import Image

from tools.notebooks.execution import WIDGET_STATE, WIDGET_VIEW, for_each, run
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


def drop_progress_bars(notebook: NotebookNode) -> None:
    """Remove the outputs of tqdm's bars, drawn where data is first packed: they need their kernel."""
    for cell in notebook.cells:
        kept = [output for output in cell.get("outputs", []) if not _is_progress_bar(output)]
        if cell.cell_type == "code":
            cell.outputs = kept


def _is_progress_bar(output: NotebookNode) -> bool:
    data = output.get("data", {})
    return WIDGET_VIEW in data and re.search(r"\d+%\|.*\[.*<.*\]", data.get("text/plain", "")) is not None


def show_last_pictures(notebook: NotebookNode) -> None:
    """Leave each panel with the picture that it showed in the end: a later cell may have trained what it shows."""
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for cell in notebook.cells:
        for data in (output.get("data", {}) for output in cell.get("outputs", [])):
            if WIDGET_VIEW in data and "image/jpeg" in data:
                data["image/jpeg"] = next(_pictures(models, data[WIDGET_VIEW]["model_id"]))


def _pictures(models: dict[str, NotebookNode], model_id: str) -> Iterator[str]:
    """The pictures in a widget, base64, in the order in which it shows them."""
    model = models[model_id]
    yield from (buffer["data"] for buffer in model.get("buffers", []) if buffer["path"] == ["value"])
    for child in model["state"].get("children", []):
        yield from _pictures(models, child.removeprefix("IPY_MODEL_"))


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
    drop_progress_bars(notebook)
    show_last_pictures(notebook)
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
