"""A day of a reader's use leaves the suite whole: its tests stay green, and git sees only the notebook that was run."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from tools.notebooks import suite

NOTEBOOK = "notebooks/03_objective.ipynb"
TRAIN = "--size 16 --filters 4 --hidden 8 --batch-size 4 --steps 3 --precision fp32 --out runs/mine"
TESTS = ["tests/tools/test_notebook_files.py", "tests/shipped/test_model.py"]
OF_THE_COMMITTED = "say_the_same or fit_to_be_read or changes_nothing or its_notebook or stay_small or card_says"


@pytest.fixture
def clone(tmp_path, repository) -> Path:
    """What a reader has after `git clone`."""
    if shutil.which("git") is None or not (repository / ".git").exists():
        pytest.skip("needs git and a checkout")
    root = tmp_path / "began"
    subprocess.run(["git", "clone", "-q", repository, root], check=True)
    return root


def run_and_save(path: Path, cells: int) -> None:
    """Run the first code cells of a notebook out of order, the first of them twice, and save it."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, kernel_name="python3", extra_arguments=["--log-level=ERROR"])
    places = [number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code"][:cells]
    with client.setup_kernel(cwd=str(path.parent)):
        for number in [places[0], *places]:
            client.execute_cell(notebook.cells[number], number)
    suite.write_notebook(path, notebook)


def test_a_days_use_leaves_the_suite_whole(clone, tmp_path, monkeypatch):
    monkeypatch.delenv("BEGAN_MODELS", raising=False)
    variables = {"BEGAN_DATA": str(tmp_path / "data"), "PYTHONPATH": str(clone), "OMP_NUM_THREADS": "1"}
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def python(*words: str) -> str:
        run = subprocess.run([sys.executable, *words], cwd=clone, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    run_and_save(clone / NOTEBOOK, cells=5)
    shutil.copy(clone / NOTEBOOK, clone / "notebooks" / "my_own.ipynb")
    for number in range(20):
        path = tmp_path / "pets" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.new("RGB", (20, 20), (10 * number, 0, 0)).save(path)
    python("-m", "began_lib", "train", "--data", str(tmp_path / "pets"), *TRAIN.split())
    assert python("-m", "began_lib", "ship", "runs/mine", "my-pets").strip() == str(clone / "models" / "my-pets")

    report = python("-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, "-k", OF_THE_COMMITTED)
    assert " passed" in report and "skipped" not in report
    status = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
    assert status.stdout.splitlines() == [f" M {NOTEBOOK}", "?? notebooks/my_own.ipynb"]
    listing = python("-m", "pytest", "--nbmake", "notebooks", "--collect-only", "-p", "no:cacheprovider")
    assert "02_wasserstein_1d.ipynb" in listing.partition("collected")[2]
    for changed in (NOTEBOOK, "notebooks/my_own.ipynb"):
        assert f"{changed} differs from what git has" in listing
        assert Path(changed).name not in listing.partition("collected")[2]
