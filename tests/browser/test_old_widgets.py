"""The live lab with the widgets that Colab has: ipywidgets 7 in JupyterLab 3 (`make test-colab`)."""

import re

import ipywidgets
import nbformat
import pytest

from tests.browser.test_live_lab import ALONE, PANEL_CELL, RUNNING

OLD = ipywidgets.__version__.startswith("7.")
pytestmark = pytest.mark.skipif(not OLD, reason="needs ipywidgets 7: make test-colab")


def test_start_and_pause_without_a_kernel_that_starts_a_play(open_notebook):
    """That front end starts a Play by a click on it alone, so the Play stands where Start does; a preset acts."""
    cells = [nbformat.v4.new_code_cell(source) for source in (ALONE, PANEL_CELL)]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    lab = open_notebook(made, width=1366, height=768)
    lab.run_all(timeout=300)
    status, play = lab.page.locator(".lab-status"), lab.page.locator(".widget-play button")  # play, pause, stop

    def steps() -> int:
        return int((re.search(r"step (\d+)", status.inner_text()) or ["", "0"])[1])

    def wait(done) -> None:
        for _ in range(1200):
            if done():
                return
            lab.page.wait_for_timeout(100)
        raise AssertionError(lab.cell_errors() + lab.console_errors)

    play.first.click()
    wait(lambda: steps() >= 20)
    play.nth(1).click()
    wait(lambda: not any(lab.ask_kernel(RUNNING)))
    paused = steps()
    lab.page.wait_for_timeout(1500)
    assert steps() == paused
    lab.page.locator(".lab-preset select").select_option("k held at 1")
    wait(lambda: lab.ask_kernel("panel.lab.settings.hold_k"))
    play.first.click()
    wait(lambda: steps() >= paused + 20)
    lab.screenshot("old_widgets")
    assert lab.ask_kernel("panel.lab.k") == 1 and lab.cell_errors() == []
