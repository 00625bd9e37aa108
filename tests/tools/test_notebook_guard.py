"""The guard of `pytest --nbmake notebooks/`: each way in which a broken notebook passes nbmake is run, and is red."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

# Each notebook's cells; every one of the broken ones passes nbmake on its own.
GOOD = {
    "good": [
        "import ipywidgets, threading\nfrom IPython.display import display",
        "output = ipywidgets.Output()\nwith output:\n    print('a picture')\ndisplay(output)",
        "ipywidgets.interact(lambda gamma: print(gamma), gamma=(0.0, 1.0))",
        "thread = threading.Thread(target=print, args=('trained',))\nthread.start()",
        "!true",
    ],
    "checks_raise": ["import os\nassert os.environ['BEGAN_CHECKS'] == 'raise'"],
    "guarded": ["ratio = 0.5"],
    "failure_that_is_shown": ["try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    print(error)"],
}
ASYNC_FAULT = "import asyncio\nasync def fail():\n    raise ValueError('seeded fault')"
BROKEN = {
    "output": ["import ipywidgets", "with ipywidgets.Output():\n    raise ValueError('seeded fault')"],
    "interact": ["import ipywidgets", "ipywidgets.interact(lambda gamma: 1 / 0, gamma=(0.0, 1.0))"],
    "interactive_output": [
        "import ipywidgets",
        "slider = ipywidgets.IntSlider(1)\nipywidgets.interactive_output(lambda k: [][k], {'k': slider})",
    ],
    "later_move": [
        "import ipywidgets",
        "slider = ipywidgets.IntSlider(0, max=9)\nipywidgets.interactive_output(lambda k: [5][k], {'k': slider})",
        "slider.value = 3",
    ],
    "thread": ["import threading", "threading.Thread(target=lambda: [][0]).start()"],
    "slow_thread": ["import threading, time", "threading.Thread(target=lambda: time.sleep(0.7) or [][0]).start()", "1"],
    "task": [ASYNC_FAULT, "task = asyncio.ensure_future(fail())"],
    "forgotten_task": [ASYNC_FAULT, "asyncio.ensure_future(fail())\nNone", "1"],
    "shell": ["!false", "1"],
    "shell_then_success": ["!false\n!true"],
    "pip": ["%pip install --no-index a-package-that-is-nowhere"],
    "warning": ["import warnings", "warnings.warn('seeded fault')"],
    "logged_traceback": [
        "import logging",
        "try:\n    1 / 0\nexcept ZeroDivisionError:\n    logging.exception('fault')",
    ],
    "cell": ["raise ValueError('seeded fault')"],
    "guard": ["ratio = 0.5"],
    "guard_of_what_is_gone": ["another = 0.5"],
}
# What looks at the numbers of a notebook after its last cell: files of tests/notebooks.
GUARD = "def test_the_ratio(page):\n    assert page.ratio {}, 'seeded fault'\n"
GUARDS = {"guarded": "== 0.5", "guard": "> 0.5", "guard_of_what_is_gone": "== 0.5"}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory, repository) -> dict[str, str]:
    """PASSED or FAILED for each notebook, from one pytest run over all of them with the real notebooks/conftest.py."""
    folder = tmp_path_factory.mktemp("guarded") / "notebooks"
    folder.mkdir()
    shutil.copytree(repository / "tools", folder.parent / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(repository / "notebooks" / "conftest.py", folder)
    for name, cells in (GOOD | BROKEN).items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, folder / f"{name}.ipynb")
    guards = folder.parent / "tests" / "notebooks"
    guards.mkdir(parents=True)
    for name, what in GUARDS.items():
        (guards / f"{name}.py").write_text(GUARD.format(what))
    before = _contents(folder)
    command = [sys.executable, "-m", "pytest", "--nbmake", "-v", "-p", "no:cacheprovider", f"--rootdir={folder}", "."]
    run = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=900)
    found = dict(re.findall(r"(\w+)\.ipynb(?:::\S*)? (PASSED|FAILED|ERROR)", run.stdout))
    assert found.keys() == (GOOD | BROKEN).keys(), run.stdout + run.stderr
    assert _contents(folder) == before, "the run changed a notebook"
    return {**found, "report": run.stdout}


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.ipynb"))}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_notebook_passes(name, outcomes):
    assert outcomes[name] == "PASSED", outcomes["report"]


@pytest.mark.parametrize("name", BROKEN)
def test_a_hidden_failure_is_red(name, outcomes):
    assert outcomes[name] == "FAILED", outcomes["report"]


def test_the_report_says_what_failed(outcomes):
    assert "IndexError in thread" in outcomes["report"]
    assert "ZeroDivisionError under a widget" in outcomes["report"]
    assert "test_the_ratio, line 2: AssertionError seeded fault at: assert page.ratio > 0.5" in outcomes["report"]
    assert "INTERNAL ERROR" not in outcomes["report"]
