"""The committed notebooks: paired with their scripts, executed, clean, small; and the tools that make them so."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from tools.notebooks import address, hygiene, stored_panels, suite
from tools.notebooks.execution import WIDGET_VIEW
from tools.notebooks.first_cell import first_cell


def git(*command: str) -> str | None:
    """What git says in the checkout; nothing where there is neither git nor a checkout, as in an unpacked archive."""
    if shutil.which("git") is None or not (suite.REPOSITORY / ".git").exists():
        return None
    run = subprocess.run(["git", *command], cwd=suite.REPOSITORY, capture_output=True, check=True)
    return run.stdout.decode()


def committed(file: str) -> str:
    """A file as the next commit has it: a reader runs notebooks and saves them, and that is no fault of the suite."""
    staged = git("show", f":{file}")
    return (suite.REPOSITORY / file).read_text(encoding="utf-8") if staged is None else staged


def suites_own(kind: str) -> list[str]:
    """Names of the suite's scripts or notebooks, without those that a reader laid beside them."""
    tracked = git("ls-files", f"notebooks/[0-9]*.{kind}")
    paths = suite.NOTEBOOKS.glob(f"[0-9]*.{kind}") if tracked is None else map(Path, tracked.splitlines())
    return sorted(path.stem for path in paths)


NAMES = suites_own("py")


def test_every_script_has_its_notebook_and_every_notebook_its_script():
    assert "00_start_here" in NAMES  # without a notebook the tests below would not exist, and not fail either
    assert suites_own("ipynb") == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_notebook_and_script_say_the_same(name):
    notebook = nbformat.reads(committed(f"notebooks/{name}.ipynb"), as_version=4)
    script = suite.without_version(committed(f"notebooks/{name}.py"))
    assert suite.percent_text(notebook) == script, f"run: make refresh ONLY={name}, then git add notebooks"


@pytest.mark.parametrize("name", NAMES)
def test_notebook_is_fit_to_be_read_without_a_kernel(name, repository):
    notebook = nbformat.reads(committed(f"notebooks/{name}.ipynb"), as_version=4)
    assert hygiene.faults(notebook, repository, suite.address()) == []


# The words of a page for the minutes that README's table has of it; they overlap, since machines differ.
MINUTES = {"under half a minute": (0, 0.6), "about a minute": (0.5, 1.4), "a minute and a half": (1.1, 1.9)}


def readme(repository: Path) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_begins_with_its_frame(name, repository):
    """Goals, needs, a picture and the symbols before any code; what to remember and where to read on at the end."""
    cells = suite.read_source(repository / "notebooks" / f"{name}.py").cells
    first = next(number for number, cell in enumerate(cells) if cell.cell_type == "code")
    frame = "\n".join(cell.source for cell in cells[:first])
    assert f"](key/{name}.jpg)" in frame and (repository / "notebooks" / "key" / f"{name}.jpg").exists()
    assert all(words in frame for words in ("**You will be able to**", "**You need**", "**Time:**", "#Symbols)"))
    said = re.search(r"the cells run for ([\w ]+)", " ".join(frame.split()))[1]
    shortest, longest = MINUTES[said]
    told = re.search(rf"\(notebooks/{name}\.ipynb\).*\| ([\d.]+) \|$", readme(repository), re.MULTILINE)
    assert shortest <= float(told[1]) <= longest, f"README has {told[1]} minutes"
    text = "\n".join(cell.source for cell in cells[first:] if cell.cell_type == "markdown")
    assert "To remember" in text and re.search(r"[Rr]ead on", text)


@pytest.mark.parametrize("name", NAMES)
def test_opening_a_notebook_changes_nothing(name):
    """The file is in the form in which JupyterLab saves it."""
    text = committed(f"notebooks/{name}.ipynb")
    notebook = nbformat.reads(text, as_version=4)
    suite.as_jupyterlab_saves(notebook)
    assert nbformat.writes(notebook) + "\n" == text, f"run: make refresh ONLY={name}, then git add notebooks"


def test_the_form_in_which_jupyterlab_saves():
    saved = nbformat.v4.new_notebook()
    saved.metadata.update(
        language_info={"name": "python", "version": "3.11.7"},
        jupytext={"main_language": "python", "text_representation": {"extension": ".py"}},
        widgets={"max": 1.0, "step": 0.05, "options": [-0.0, True, "1.0", None]},
    )
    suite.as_jupyterlab_saves(saved)
    assert json.dumps(saved.metadata) == json.dumps(
        {
            "language_info": {"name": "python"},
            "jupytext": {"main_language": "python"},
            "widgets": {"max": 1, "step": 0.05, "options": [0, True, "1.0", None]},
        }
    )


def picture_notebook() -> nbformat.NotebookNode:
    """An executed notebook that hygiene accepts."""
    cells = [
        nbformat.v4.new_markdown_cell("# A title\n\nA question."),
        nbformat.v4.new_code_cell(first_cell(""), execution_count=1),
        nbformat.v4.new_code_cell("draw()", execution_count=2),
    ]
    cells[2].outputs = [nbformat.v4.new_output("display_data", data={"image/png": "/tmp/", "text/plain": "a picture"})]
    return nbformat.v4.new_notebook(cells=cells)


def test_hygiene_accepts_a_clean_notebook(repository):
    assert hygiene.faults(picture_notebook(), repository, "") == []


def _stream(name: str, text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("stream", name=name, text=text)


@pytest.mark.parametrize(
    ("break_it", "complaint"),
    [
        (lambda nb: nb.cells[2].update(execution_count=5), "execution counts are [1, 5]"),
        (lambda nb: nb.cells[2].update(execution_count=None), "execution counts are [1, None]"),
        (lambda nb: nb.cells[1].update(source="import os"), "first code cell"),
        (lambda nb: nb.cells[2].update(outputs=[]), "no picture"),
        (lambda nb: nb.cells[2].outputs.append(_stream("stderr", "50%|###")), "stderr in the outputs"),
        (lambda nb: nb.cells[2].outputs.append(_stream("stderr", "a.py:1: UserWarning: b")), "UserWarning: b"),
        (lambda nb: nb.cells[2].outputs.append(_stream("stdout", "saved /tmp/run/a.png")), "/tmp/run/a.png"),
        (lambda nb: nb.cells[2].outputs.append(_stream("stdout", "in '/home/me/began'")), "/home/me/began"),
        (lambda nb: nb.cells[2].outputs.append(_stream("stdout", f"in {suite.REPOSITORY}")), str(suite.REPOSITORY)),
        (lambda nb: nb.cells[2].outputs.append(nbformat.v4.new_output("error", ename="E", evalue="v")), "E: v"),
        (lambda nb: nb.cells[2].update(source="\n".join(["a"] * 21)), "has 21 lines"),
        (lambda nb: nb.cells[2].update(source="a = " + "b" * 85), "is 89 columns wide"),
        (lambda nb: nb.cells[2].update(source="a = 1  # fmt: skip"), "turns the formatter off"),
        (lambda nb: nb.cells[2].update(source="if a:\n    assert b"), "asserts"),
        (lambda nb: nb.cells[2].update(source="\n".join(["import a"] * 13)), "the set-up has 13 lines"),
        (lambda nb: nb.cells[2].outputs.append(_stream("stdout", "7" * 101)), "prints 101 columns"),
        (lambda nb: nb.cells[2].outputs.append(_html_table(9)), "table that is too wide"),
        (lambda nb: nb.cells[2].outputs[0].data.update({"image/png": "A" * 2_000_000}), "2.0 MB"),
        (lambda nb: nb.metadata.update(widgets=_output_widget_with_error()), "Output widget: E: v"),
        (
            lambda nb: nb.cells[2].outputs.append(_view("VBox(children=(Image(value=b'", "1")),
            "a panel without a picture",
        ),
    ],
)
def test_hygiene_finds(break_it, complaint, repository):
    notebook = picture_notebook()
    break_it(notebook)
    found = hygiene.faults(notebook, repository, "")
    assert any(complaint in fault for fault in found), found


def _html_table(columns: int) -> nbformat.NotebookNode:
    header = "<table><thead><tr>" + "<th>a</th>" * columns + "</tr></thead></table>"
    return nbformat.v4.new_output("display_data", data={"text/html": header, "text/plain": "a table"})


def _view(text: str, model_id: str, **more: str) -> nbformat.NotebookNode:
    data = {WIDGET_VIEW: {"model_id": model_id}, "text/plain": text, **more}
    return nbformat.v4.new_output("display_data", data=data)


def _output_widget_with_error() -> dict:
    error = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": []}
    return nbformat.from_dict({hygiene.WIDGET_STATE: {"state": {"1": {"state": {"outputs": [error]}}}}})


@pytest.fixture
def small_suite(tmp_path, repository) -> Path:
    """A copy of the project's shell with one tiny notebook, for the tools to work on."""
    root = tmp_path / "began"
    shutil.copytree(repository / "tools" / "notebooks", root / "tools" / "notebooks")
    (root / "notebooks").mkdir()
    shutil.copy(repository / "CITATION.cff", root)
    (root / "pyproject.toml").write_text('[tool.began]\nrepository = ""\n')
    (root / "README.md").write_text(
        "| Notebook | Minutes |\n|---|---|\n| [Start](notebooks/00_tiny.ipynb) | 0.1 |\n| other row | keep |\n"
    )
    (root / "notebooks" / "00_tiny.py").write_text(
        "# %% [markdown]\n# # Tiny\n#\n# A question.\n\n# %%\nimport matplotlib.pyplot as plt\n\nplt.plot([0, 1])\n"
    )
    return root


def _tool(root: Path, name: str, *arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", f"tools.notebooks.{name}", *arguments]
    here = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}  # or it finds the real suite
    return subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=root, env=here)


def _contents(root: Path) -> dict[str, str]:
    return {
        str(p.relative_to(root)): p.read_text() for p in root.rglob("*") if p.suffix in {".py", ".md", ".cff", ".ipynb"}
    }


def _set_address(root: Path, repository_address: str) -> None:
    (root / "pyproject.toml").write_text(f'[tool.began]\nrepository = "{repository_address}"\n')
    address.write_address(root)


def test_refresh_and_address(small_suite):
    notebook_path = small_suite / "notebooks" / "00_tiny.ipynb"
    address.write_address(small_suite)
    bad = small_suite / "notebooks" / "01_bad.py"
    bad.write_text("# %%\n1 / 0\n")
    bad.with_suffix(".ipynb").write_text("the old notebook")
    refreshed = _tool(small_suite, "refresh")
    assert refreshed.returncode == 1 and "1 of 2 notebooks are good" in refreshed.stdout, (
        refreshed.stdout + refreshed.stderr
    )
    assert "ZeroDivisionError" in refreshed.stdout
    assert bad.with_suffix(".ipynb").read_text() == "the old notebook"
    bad.unlink()
    bad.with_suffix(".ipynb").unlink()

    without_address = _contents(small_suite)
    assert "colab-badge" not in without_address["README.md"] + without_address["notebooks/00_tiny.ipynb"]
    assert hygiene.faults(nbformat.read(notebook_path, as_version=4), small_suite, "") == []
    assert address.write_address(small_suite) == []

    _set_address(small_suite, "someone/began-2")
    with_address = _contents(small_suite)
    link = "https://colab.research.google.com/github/someone/began-2/blob/main/notebooks/00_tiny.ipynb"
    for name in ("README.md", "notebooks/00_tiny.ipynb", "notebooks/00_tiny.py"):
        assert with_address[name].count(link) == 1
    assert "| other row | keep |" in with_address["README.md"] and " | 0.1 |" in with_address["README.md"]
    assert 'repository-code: "https://github.com/someone/began-2"' in with_address["CITATION.cff"]
    notebook = nbformat.read(notebook_path, as_version=4)
    assert suite.percent_text(notebook) == with_address["notebooks/00_tiny.py"]
    assert hygiene.faults(notebook, small_suite, "someone/began-2") == []  # the outputs are still there
    assert address.write_address(small_suite) == []

    _set_address(small_suite, "")
    assert _contents(small_suite) == without_address


def test_execute_writes_copies_and_pages_and_reports_failures(small_suite):
    (small_suite / "notebooks" / "01_bad.py").write_text("# %%\n1 / 0\n")
    before = _contents(small_suite)
    run = _tool(small_suite, "execute")
    assert run.returncode == 1
    assert "ZeroDivisionError" in run.stdout and "1 of 2 notebooks are good" in run.stdout
    made = {path.name for path in (small_suite / "build" / "notebooks").iterdir()}
    assert made == {"00_tiny.ipynb", "00_tiny.html", "01_bad.ipynb", "01_bad.html", "index.html"}
    assert {name: text for name, text in _contents(small_suite).items() if not name.startswith("build")} == before


def test_a_name_that_matches_no_notebook_is_an_error(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["execute.py", "77"])
    with pytest.raises(SystemExit, match="no notebook 77 in"):
        suite.chosen("a description")


def test_a_notebook_without_a_title_is_an_error(small_suite):
    (small_suite / "notebooks" / "01_bad.py").write_text("# %%\n1 / 0\n")
    with pytest.raises(SystemExit, match="01_bad: the first cell must be markdown"):
        address.write_address(small_suite)


def test_a_malformed_address_is_an_error(small_suite):
    with pytest.raises(SystemExit, match='expected "owner/name"'):
        _set_address(small_suite, "https://github.com/someone/began")


def test_committed_files_carry_the_address(tmp_path, repository):
    """The script's output is what is committed: on a copy of the real files it changes nothing."""
    for name in ("pyproject.toml", "README.md", "CITATION.cff"):
        shutil.copy(repository / name, tmp_path)
    pattern = shutil.ignore_patterns("runs", ".*", "__pycache__")
    shutil.copytree(repository / "notebooks", tmp_path / "notebooks", ignore=pattern)
    assert address.write_address(tmp_path) == [], "run: python -m tools.notebooks.address"


@pytest.mark.parametrize("repository_address", ["", "someone/began"])
def test_first_cell_on_colab(repository_address, tmp_path, monkeypatch):
    """Executed with Colab's marker, it fetches once, installs without dependencies and makes the library importable."""
    cell = first_cell(repository_address).replace("/content", str(tmp_path))
    assert len(cell.splitlines()) <= 16  # folded, and short enough to be read by those who unfold it
    calls = []

    def check_call(command):
        calls.append(command)
        if command[0] == "git":
            (tmp_path / "began" / "notebooks").mkdir(parents=True)
            (tmp_path / "began" / "pyproject.toml").touch()

    with zipfile.ZipFile(tmp_path / "began.zip", "w") as archive:
        archive.writestr("pyproject.toml", "")
        archive.writestr("notebooks/00_tiny.ipynb", "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(subprocess, "check_call", check_call)
    exec(cell, {})
    assert calls == [] and Path.cwd() == tmp_path  # not on Colab: nothing happens

    monkeypatch.setitem(sys.modules, "google.colab", object())
    exec(cell, {})
    exec(cell, {})
    clones = [command for command in calls if command[0] == "git"]
    assert len(clones) == (1 if repository_address else 0)
    assert Path.cwd() == tmp_path / "began" / "notebooks" and sys.path[0] == str(tmp_path / "began")
    installs = [command for command in calls if command[0] == "pip"]
    assert len(installs) == 2 and all("--no-deps" in command for command in installs)
    assert not {"torch", "torchvision", "numpy", "ipywidgets"} & {word for command in installs for word in command}


def test_first_cell_without_an_upload_names_the_archive(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", object())
    with pytest.raises(FileNotFoundError, match=r"began\.zip"):
        exec(first_cell("").replace("/content", str(tmp_path)), {})


def test_refreshed_notebooks_hold_no_progress_bars():
    notebook = picture_notebook()
    bar = _view("packing:   0%|          | 0/10 [00:00<?, ?it/s]", "1")
    notebook.cells[2].outputs += [bar, _view("IntSlider(value=7)", "2")]
    stored_panels.drop_progress_bars(notebook)
    assert [output.data["text/plain"] for output in notebook.cells[2].outputs] == ["a picture", "IntSlider(value=7)"]


def test_a_panel_is_left_with_the_picture_that_it_showed_in_the_end():
    """Three levels deep, and the first of two pictures."""
    notebook = picture_notebook()
    notebook.cells[2].outputs.append(_view("A live panel", "1", **{"image/jpeg": "first"}))
    boxes = {"1": ["2", "5"], "2": ["3", "4"]}
    pictures = {"4": "last", "5": "course"}
    models = {name: {"state": {"children": [f"IPY_MODEL_{child}" for child in boxes[name]]}} for name in boxes}
    models |= {"3": {"state": {"value": 1}}}
    models |= {
        name: {"state": {}, "buffers": [{"path": ["value"], "encoding": "base64", "data": data}]}
        for name, data in pictures.items()
    }
    notebook.metadata.widgets = nbformat.from_dict({hygiene.WIDGET_STATE: {"state": models}})
    stored_panels.show_last_pictures(notebook)
    assert [output.data.get("image/jpeg") for output in notebook.cells[2].outputs] == [None, "last"]
    stored_panels.as_pictures(notebook)
    shown = [dict(output.data) for output in notebook.cells[2].outputs[1:]]
    assert shown == [
        {"text/plain": "A live panel", "image/jpeg": "last"},
        {"text/html": stored_panels.SENTENCE},
    ]
    assert "widgets" not in notebook.metadata
