"""The gamma buttons of notebook 06 and the path slider of 07 in a real browser, at a laptop's width."""

import nbformat
import pytest

from tests.browser.notebook_slice import names, needed_cells

LAPTOP = {"width": 1366, "height": 768}
PATIENCE = 900  # seconds for the cells above a slider, on a machine that is busy


def opened(open_notebook, path, start: str):
    """The page with the cells that a slider needs, executed."""
    lab = open_notebook(needed_cells(nbformat.read(path, as_version=4), start), **LAPTOP)
    lab.run_all(timeout=PATIENCE)
    assert lab.cell_errors() == []
    return lab


class Picture:
    """The picture that a slider moves."""

    def __init__(self, lab, name: str) -> None:
        self.lab, self.name = lab, name
        self.image = lab.page.locator(f"img.{name}")
        self.image.scroll_into_view_if_needed()
        self.shown = self.image.get_attribute("src")

    def wait_until_redrawn(self) -> None:
        """Wait until another picture is there than the last that was seen."""
        redrawn = "([name, before]) => document.querySelector(`img.${name}`).src != before"
        self.lab.page.wait_for_function(redrawn, arg=[self.name, self.shown])
        self.lab.wait_idle()
        self.shown = self.image.get_attribute("src")


def type_into(lab, slider: str, value: str) -> None:
    readout = lab.page.locator(f".{slider} .widget-readout")
    readout.fill(value)
    readout.press("Enter")


def test_gamma_buttons_of_06(open_notebook, repository):
    lab = opened(open_notebook, repository / "notebooks" / "06_gamma_sweep.ipynb", "from began_lib.panels import Gamma")
    picture = Picture(lab, "gamma-picture")
    assert lab.ask_kernel("controls.panel.gamma") == 0.5
    for gamma in (0.3, 0.7):
        lab.page.get_by_role("button", name=f"γ = {gamma}").click()
        picture.wait_until_redrawn()
        assert lab.ask_kernel("controls.panel.gamma") == gamma
        assert lab.page.get_by_text(f"trained at γ = {gamma}; codes of seed 0", exact=True).is_visible()
        lab.screenshot(f"gamma_buttons_{gamma}")
    lab.page.get_by_role("button", name="Other codes z").click()
    picture.wait_until_redrawn()
    assert lab.ask_kernel("controls.picture.value == controls.panel.render()")
    assert lab.cell_errors() == [] and lab.console_errors == []


def test_path_slider_of_07(open_notebook, repository):
    lab = opened(open_notebook, repository / "notebooks" / "07_interpolation.ipynb", "InterpolationControls(panel)")
    picture = Picture(lab, "interpolation-picture")
    assert lab.ask_kernel("panel.position") == 0  # a face beside its G(z_r) first
    for value in ("0.50", "1.00"):
        type_into(lab, "interpolation-position", value)
        picture.wait_until_redrawn()
        assert lab.ask_kernel("panel.position") == float(value)
        lab.screenshot(f"path_slider_{value}")
    lab.move_slider(lab.page.locator(".interpolation-position"), steps=-5)
    picture.wait_until_redrawn()
    for choice, value in (("path", "spherical"), ("last", "sample 1")):
        picture.shown = picture.image.get_attribute("src")
        lab.page.locator(f".interpolation-{choice} select").select_option(value)
        picture.wait_until_redrawn()
        assert lab.ask_kernel(f"panel.{choice}") == value
    assert lab.ask_kernel("panel.position") == pytest.approx(0.95)
    lab.screenshot("path_slider_spherical")
    assert lab.cell_errors() == [] and lab.console_errors == []


def test_needed_cells():
    assert names("a = b\nc = [a * d for d in e]\ndef f(x):\n    return x + g + a") == ({"b", "e", "g"}, {"a", "c", "f"})
    sources = ["import os", "u = 1", "v = u\nw = 2", "u = 3", "figure = os\nfigure.path", "show(v, figure)", "w = 1"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    kept = [cell.source for cell in needed_cells(notebook, "show(").cells]
    assert kept == [sources[i] for i in (0, 1, 2, 4, 5)]
    with pytest.raises(ValueError, match="0 cells begin with 'absent'"):
        needed_cells(notebook, "absent")
