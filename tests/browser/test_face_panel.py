"""The face panel in a real browser: a slider moves and the picture follows, without an error anywhere."""

import nbformat
import pytest

from began_lib.faces import sample_factors

PANEL = """
from began_lib.panels.face import FaceControls

controls = FaceControls()
display(controls)
"""
NEW_PICTURE = "before => document.querySelector('img.face-picture').src != before"


def test_a_slider_a_dropdown_and_a_button_redraw_the_face(open_notebook):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(PANEL.strip())])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    lab = open_notebook(notebook)
    lab.run_all()
    picture = lab.page.locator("img.face-picture")

    def redrawn(before: str) -> str:
        lab.page.wait_for_function(NEW_PICTURE, arg=before)
        lab.page.wait_for_timeout(1000)  # a slider sends its last position, also a rounded one, after an answer
        lab.wait_idle()
        return picture.get_attribute("src")

    shown = picture.get_attribute("src")
    yaw = lab.page.locator(".face-yaw")
    yaw.scroll_into_view_if_needed()
    lab.move_slider(yaw, steps=35)
    shown = redrawn(shown)
    assert lab.ask_kernel("controls.panel.value('yaw')") == pytest.approx(35.0)

    lab.page.get_by_text("Beard, glasses, clothes", exact=True).click()
    lab.page.locator(".face-glasses select").select_option("sunglasses")
    shown = redrawn(shown)
    assert lab.ask_kernel("controls.panel.value('glasses')") == 2
    assert "of faces" in lab.page.locator(".widget-html-content").first.inner_text()
    assert lab.screenshot("face_panel").stat().st_size > 0

    lab.page.get_by_role("button", name="Another face").click()
    redrawn(shown)
    assert lab.ask_kernel("controls.note.value") == "Face 0 of seed 0."
    assert lab.ask_kernel("controls.panel.factors.as_array().tolist()") == sample_factors(1, 0).as_array().tolist()
    assert lab.ask_kernel("abs(controls.controls['yaw'].value - controls.panel.value('yaw'))") <= 0.5
    lab.screenshot("face_panel_another")
    assert lab.cell_errors() == []
    assert lab.console_errors == []
