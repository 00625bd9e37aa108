"""The page for a class: what is saved on it stays when the page goes."""

import os

from began_lib.lab.panel import LabControls
from tools.notebooks import page


def test_recordings_are_saved_outside_the_pages_own_folder(tmp_path, monkeypatch):
    """The page's kernel starts in build/, which `make clean` removes."""
    (tmp_path / "build" / "page").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "build" / "page")
    monkeypatch.setattr("began_lib.machine.storage.REPOSITORY", tmp_path)
    monkeypatch.setattr("began_lib.lab.recording.names", list)  # the panel alone
    shown = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    exec(page.CODE, {})
    panel = next(widget for widget in shown if isinstance(widget, LabControls))
    panel.buttons["Save"].click()
    assert os.listdir(tmp_path / "build" / "page") == []
    assert [path.suffix for path in (tmp_path / "runs" / "lab").iterdir()] == [".npz"]
