"""The live lab in a real browser: notebook 10 from its first cell to a restarted kernel, random actions, two panels."""

import random
import re
import time

import nbformat
import pytest

PANEL_CELL = "panel = LabControls(Lab(data))\ndisplay(panel)"
ALONE = """
from IPython.display import display
from began_lib.lab import Lab
from began_lib.lab.panel import LabControls
from began_lib.lab.replay import ReplayControls
data = "horseshoe (points in the plane)"
""".strip()
RUNNING = "[panel.lab.running for panel in __import__('began_lib.lab.open_panels', fromlist=['panels']).panels]"
RUN_CELL = """async index => {
  const app = window.jupyterapp;
  app.shell.currentWidget.content.activeCellIndex = index;
  await app.commands.execute("notebook:run-cell");
}"""
START_CELL = f"index => {{ ({RUN_CELL})(index); }}"  # and do not wait until it has run


def notebook(*cells: str) -> nbformat.NotebookNode:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return made


class LabPage:
    """The panel of one page, as a reader uses it; with two panels on the page, the one with this number."""

    def __init__(self, lab, number: int = 0) -> None:
        self.lab, self.page, self.number = lab, lab.page, number

    def part(self, name: str):
        return self.page.locator(f".lab-{name}").nth(self.number)

    def click(self, name: str) -> None:
        self.part(name).click()

    def steps(self) -> int:
        found = re.search(r"step (\d+)", self.part("status").inner_text())
        return int(found[1]) if found else 0

    def shown(self) -> tuple[str, str, str]:
        sources = [self.part(name).get_attribute("src") for name in ("picture", "course")]
        return (*sources, self.part("status").inner_text())

    def train(self, steps: int) -> None:
        """Start, and pause when at least so many steps more are done."""
        target = self.steps() + steps
        self.click("start")
        self.wait(lambda: self.steps() >= target)
        self.click("pause")
        self.wait(lambda: self.part("pause").is_disabled())
        self.settle()

    def settle(self) -> None:
        """Wait until the kernel has answered all that was sent and the page shows the last of it."""
        self.lab.ask_kernel("0")
        seen = [None, self.shown()]

        def steady() -> bool:
            self.page.wait_for_timeout(500)
            seen[:] = [seen[1], self.shown()]
            return seen[0] == seen[1]

        self.wait(steady)

    def wait(self, done, seconds: float = 240) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, self.lab.cell_errors() + self.lab.console_errors
            self.page.wait_for_timeout(50)

    def set(self, slider: str, value: str) -> None:
        """Type a value into a slider's readout."""
        readout = self.part(slider).locator(".widget-readout")
        readout.fill(value)
        readout.press("Enter")


def run_cell(lab, text: str) -> None:
    sources = lab.page.evaluate(
        "() => [...window.jupyterapp.shell.currentWidget.content.model.cells].map(cell => cell.sharedModel.getSource())"
    )
    lab.page.evaluate(RUN_CELL, next(index for index, source in enumerate(sources) if source.startswith(text)))
    lab.wait_idle()


def test_notebook_10(open_notebook, repository):
    lab = open_notebook(repository / "notebooks" / "10_live_lab.ipynb", width=1280, height=800)
    lab.run_all(timeout=900)
    panel = LabPage(lab)
    panel.part("picture").scroll_into_view_if_needed()
    before = panel.shown()

    panel.train(80)
    after = panel.shown()
    assert all(old != new for old, new in zip(before, after, strict=True))
    lab.screenshot("live_lab")

    # Pause: nothing changes any more, here or in the kernel.
    steps = lab.ask_kernel("panel.lab.steps_done")
    lab.page.wait_for_timeout(1500)
    assert panel.shown() == after and lab.ask_kernel("panel.lab.steps_done") == steps

    # Section 3.4: with gamma up, k ends higher than the same losses would have brought it at 0.7; down, lower.
    for gamma, direction in (("0.98", 1), ("0.02", -1)):
        k, done = lab.ask_kernel("(panel.lab.k, panel.lab.steps_done)")
        course = panel.shown()[1]
        panel.set("gamma", gamma)
        panel.wait(lambda course=course: panel.shown()[1] != course)  # the mark shows while all is paused
        panel.train(15)
        pushes = f"(lambda s: 0.7 * s[:, 0] - s[:, 1])(panel.lab.recording.steps[{done}:])"
        beyond = f"float(panel.lab.k - {k} - panel.lab.settings.lambda_k * {pushes}.sum())"
        assert direction * lab.ask_kernel(beyond) > 0
    lab.screenshot("live_lab_gamma")

    # The cell again, while it trains: the old panel stops.
    panel.click("start")
    panel.wait(lambda: panel.part("start").is_disabled())
    run_cell(lab, "panel = ")
    assert not any(lab.ask_kernel(RUNNING))
    again = LabPage(lab)
    again.train(5)
    again.click("start")
    again.wait(lambda: again.part("start").is_disabled())

    lab.restart_kernel()
    lab.page.wait_for_timeout(1500)
    with pytest.raises(RuntimeError, match="NameError"):
        lab.ask_kernel("panel.lab.running")
    assert lab.cell_errors() == []
    assert lab.console_errors == []


def test_a_hundred_random_actions_end_with_a_live_panel(open_notebook):
    lab = open_notebook(notebook(ALONE, PANEL_CELL))
    lab.run_all(timeout=300)
    panel, chance = LabPage(lab), random.Random(1)
    for _ in range(100):
        kind = chance.randrange(4)
        if kind == 0:
            # As a hand would: on a button that the answer to an earlier action has just disabled, nothing happens.
            panel.part(chance.choice(("start", "pause", "step", "reset"))).click(force=True)
        elif kind == 1:
            slider = panel.part(chance.choice(("gamma", "lambda_k", "learning_rate")))
            lab.move_slider(slider, steps=chance.randint(-3, 3))
        elif kind == 2:
            names = panel.part("preset").locator("option").all_inner_texts()
            panel.part("preset").locator("select").select_option(chance.choice(names))
        else:
            panel.part("control").locator("button").nth(chance.randrange(2)).click()
    panel.part("preset").locator("select").select_option("balanced")
    panel.part("pause").click(force=True)
    panel.settle()  # a change of a widget may wait in the page for the answer to the one before; a click does not
    panel.click("reset")
    panel.wait(lambda: "Not trained" in panel.part("status").inner_text())
    before = panel.shown()
    panel.train(10)
    assert panel.shown()[0] != before[0]
    lab.screenshot("live_lab_random")
    assert lab.ask_kernel("repr(panel.error)") == "None"
    assert lab.cell_errors() == []
    assert lab.console_errors == []


def test_two_panels_and_a_recording_on_a_laptop(open_notebook):
    lab = open_notebook(
        notebook(ALONE, PANEL_CELL, f"first = panel\n{PANEL_CELL}", "ReplayControls(first.lab.recording)"), width=1024
    )
    lab.run_all(timeout=300)
    first, second = LabPage(lab, 0), LabPage(lab, 1)
    for panel in (first, second):
        panel.click("start")
    for panel in (first, second):
        panel.wait(lambda panel=panel: panel.steps() >= 20)
    lab.screenshot("live_lab_two")
    for panel in (first, second):
        panel.click("pause")
    panel.wait(lambda: not any(lab.ask_kernel(RUNNING)))
    run_cell(lab, "ReplayControls")
    picture = lab.page.locator("img.replay-picture")
    shown = picture.get_attribute("src")
    lab.move_slider(lab.page.locator(".replay-slider"), steps=-1)
    lab.page.wait_for_function("before => document.querySelector('img.replay-picture').src != before", arg=shown)
    lab.screenshot("live_lab_replay")
    assert lab.cell_errors() == []
    assert lab.console_errors == []


def test_a_cell_that_trains_is_seen_while_it_runs(open_notebook):
    """As in notebook 00: the panel in one cell, the training in the next; afterwards the panel goes on by hand."""
    few = "panel = LabControls(Lab(data), shown=('gamma',))\ndisplay(panel)"
    training = "try:\n    panel.train(10**6)\nexcept KeyboardInterrupt:\n    pass"
    lab = open_notebook(notebook(ALONE, few, training), width=1366, height=768)
    run_cell(lab, "from IPython")
    run_cell(lab, "panel = ")
    panel = LabPage(lab)
    # A page that asks the kernel for its widgets while it trains is answered afterwards: the panel must stand first.
    panel.part("picture").wait_for()
    lab.page.evaluate(START_CELL, 2)
    panel.wait(lambda: " steps/s" in panel.part("status").inner_text())  # only a panel that runs tells its speed
    seen = panel.steps()
    panel.wait(lambda: panel.steps() > seen)
    lab.screenshot("live_lab_cell")
    lab.interrupt_kernel()
    lab.wait_idle()
    panel.wait(lambda: panel.part("start").is_enabled())
    assert panel.part("preset").count() == 0 and panel.part("gamma").is_visible()
    panel.train(5)
    assert lab.cell_errors() == []
    assert lab.console_errors == []


def test_the_panel_fits_a_laptop_and_uses_a_projector(open_notebook):
    """With the file browser beside it and without; below the line of code that shows it."""
    lab = open_notebook(notebook(ALONE, "panel = LabControls(); panel"), width=1366, height=768)
    lab.run_all(timeout=300)
    panel, widths = LabPage(lab), {}
    for width, height in ((1366, 768), (1920, 1080)):
        lab.page.set_viewport_size({"width": width, "height": height})
        for side in ("expandLeft", "collapseLeft"):
            lab.page.evaluate(f"window.jupyterapp.shell.{side}()")
            lab.page.evaluate("document.querySelector('.lab-picture').closest('.jp-Cell').scrollIntoView()")
            lab.page.wait_for_timeout(500)  # the layout follows the window
            page = lab.page.locator(".jp-NotebookPanel").bounding_box()
            for name in ("picture", "course", "start", "save", "gamma", "k", "status"):
                box = panel.part(name).bounding_box()
                assert box["y"] + box["height"] <= page["y"] + page["height"] + 1, (name, width, side)
                assert box["x"] + box["width"] <= page["x"] + page["width"] + 1, (name, width, side)
            picture, course = (panel.part(name).bounding_box() for name in ("picture", "course"))
            assert course["x"] >= picture["x"] + picture["width"]  # beside it
            widths[width, side] = picture["width"]
            lab.screenshot(f"live_lab_{width}_{side}")
    assert widths[1366, "expandLeft"] > 350 and widths[1920, "collapseLeft"] > 700
    assert lab.console_errors == []


def test_a_step_in_slow_motion_and_the_forces(open_notebook):
    lab = open_notebook(notebook(ALONE, PANEL_CELL), width=1366, height=768)
    lab.run_all(timeout=300)
    panel = LabPage(lab)
    before = panel.shown()[0]
    panel.click("forces")
    panel.wait(lambda: panel.shown()[0] != before)
    panel.click("d-step")
    panel.wait(lambda: "D took a step alone" in panel.part("note").inner_text())
    panel.click("slow-motion")
    sentence = lab.page.locator(".slow-sentence")

    def stage() -> int:
        """The browser goes on by itself, and a busy machine may pass by the first ones between two looks."""
        found = re.match(r"(\d+)\.", sentence.inner_text())
        return int(found[1]) if found else 0

    panel.wait(lambda: stage() >= 1)
    assert not panel.part("course").is_visible()
    lab.screenshot("live_lab_slow_motion")
    panel.wait(lambda: stage() >= 3)
    panel.click("start")
    panel.wait(lambda: panel.part("course").is_visible())
    panel.wait(lambda: panel.steps() > 2)
    panel.click("pause")
    assert lab.cell_errors() == []
    assert lab.console_errors == []
