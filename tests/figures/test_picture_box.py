"""What a panel leaves in a notebook's file for readers without a kernel, while a live page still gets the widgets."""

import base64
import io

import ipywidgets
import nbformat
import pytest
from IPython.core.formatters import DisplayFormatter
from nbclient import NotebookClient
from PIL import Image

from began_lib.figures.picture_box import VIEW, PictureBox
from began_lib.lab.panel import LabControls
from began_lib.lab.replay import ReplayControls
from began_lib.panels.controls import PanelControls

CELLS = (
    "from began_lib.panels.transport import TransportControls\npanel = TransportControls()",
    "display(panel)",
    "panel",
)


@pytest.fixture
def box() -> PictureBox:
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "grey").save(buffer, "JPEG")
    made = PictureBox()
    made.picture = ipywidgets.Image(format="jpeg", width=64, value=buffer.getvalue())
    made.children = [made.picture]
    return made


def test_every_panel_leaves_a_picture():
    assert all(issubclass(panel, PictureBox) for panel in (PanelControls, LabControls, ReplayControls))


def test_a_box_is_shown_once_in_every_form(box):
    data, metadata = DisplayFormatter().format(box)
    assert data.keys() == {VIEW, "image/jpeg", "text/plain"}
    assert data[VIEW]["model_id"] == box.model_id
    assert base64.b64decode(data["image/jpeg"]) == box.picture.value
    assert metadata == {"image/jpeg": {"alt": box.alt, "width": 64}}


def test_what_an_executed_notebook_keeps():
    """Displayed, and as the value of a cell: one output each, with all three forms and no bytes in the text."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, kernel_name="python3", extra_arguments=["--log-level=ERROR"]).execute()
    models = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"].state
    for cell in notebook.cells[1:]:
        (output,) = cell.outputs
        assert output.data.keys() == {VIEW, "image/jpeg", "text/plain"}
        assert Image.open(io.BytesIO(base64.b64decode(output.data["image/jpeg"]))).width > 100
        assert output.data["text/plain"] == "A live panel: run this cell, or `make lab`, to move its sliders."
        assert output.metadata["image/jpeg"]["alt"]
        assert models[output.data[VIEW]["model_id"]].model_name == "VBoxModel"
