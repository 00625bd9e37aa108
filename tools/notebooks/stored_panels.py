"""What stays of widgets in a notebook's file: the picture that each panel showed last, and a sentence.

JupyterLab would draw stored widgets in a notebook that it trusts, each marked as broken, with sliders that move nothing
until their cell has run; elsewhere they are a line of text.
"""

import re
from collections.abc import Iterator

from nbformat import NotebookNode
from nbformat.v4 import new_output

from tools.notebooks.execution import WIDGET_STATE, WIDGET_VIEW

SENTENCE = (
    '<p class="panel">A picture of a live panel: in JupyterLab (<code>make lab</code>) run this cell, '
    "and it answers.</p>"
)


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


def as_pictures(notebook: NotebookNode) -> None:
    """Leave of each panel its picture, and a sentence below it; a widget without a picture stays as it is."""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [kept for output in cell.outputs for kept in _as_picture(output)]
    if not any(WIDGET_VIEW in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])):
        notebook.metadata.pop("widgets", None)


def _as_picture(output: NotebookNode) -> list[NotebookNode]:
    data = output.get("data", {})
    if WIDGET_VIEW not in data or not {"image/jpeg", "image/png"} & {*data}:
        return [output]
    data.pop(WIDGET_VIEW)
    return [output, new_output("display_data", data={"text/html": SENTENCE})]
