"""The files that describe the project agree with each other: pyproject.toml is the one that the others follow."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import began_lib
from tools.notebooks.first_cell import first_cell


@pytest.fixture(scope="module")
def project(repository) -> dict:
    return tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def workflow(repository) -> dict:
    return yaml.safe_load((repository / ".github" / "workflows" / "tests.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pythons(project) -> list[str]:
    """The Python versions that requires-python allows, as "3.11"."""
    lowest, beyond = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", project["requires-python"]).groups()
    return [f"3.{minor}" for minor in range(int(lowest), int(beyond))]


def requirement_name(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement)[0].lower().replace("_", "-")


def test_conda_environment_has_the_same_requirements(project, repository):
    environment = yaml.safe_load((repository / "environment.yml").read_text(encoding="utf-8"))
    extras = project["optional-dependencies"]
    python, pip, from_pip = environment["dependencies"]
    assert from_pip == {"pip": project["dependencies"] + extras["lab"] + extras["test"]}
    assert python == f"python{project['requires-python']}"
    assert pip == "pip"
    assert environment["channels"] == ["conda-forge", "nodefaults"]


def test_workflow_runs_ci_on_every_python_that_is_allowed(workflow, pythons):
    tests = workflow["jobs"]["tests"]
    assert tests["strategy"]["matrix"]["python"] == pythons
    assert [step["run"] for step in tests["steps"] if "run" in step] == [".ci/run"]


def test_makefile_looks_for_every_python_that_is_allowed(repository, pythons):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    assert set(re.search(r"^PYTHON \?= (.*)$", makefile, re.MULTILINE)[1].split()) == {
        "python",
        "python3",
        *(f"python{version}" for version in pythons),
    }
    lowest, highest = (version.split(".")[1] for version in (pythons[0], pythons[-1]))
    assert f"(3, {lowest}) <= sys.version_info < (3, {int(highest) + 1})" in makefile


def test_readme_names_the_pythons_and_the_commands(repository, pythons):
    readme = (repository / "README.md").read_text(encoding="utf-8")
    assert pythons[0] in readme and pythons[-1] in readme
    for command in (
        "make lab",
        "make test",
        "make notebooks",
        "pip install -e .",
        "conda env create -f environment.yml",
    ):
        assert command in readme


def test_make_commands_that_files_mention_exist(repository):
    makefile = (repository / "Makefile").read_text(encoding="utf-8")
    targets = set(re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split())
    assert {"lab", "test", "notebooks", "help"} <= targets
    files = ["README.md", ".ci/run", ".github/workflows/tests.yml", *repository.glob("tools/notebooks/*.py")]
    for file in files:
        text = (repository / file).read_text(encoding="utf-8")
        # In code only: between back-quotes, after "run:", or alone on a line.
        mentioned = re.findall(r"(?:`|run: |^\s*|exec )make ([a-z-]+)(?=[`\s\"])", text, re.MULTILINE)
        assert set(mentioned) <= targets, file


def test_citation_and_licence_agree_with_the_project(project, repository):
    citation = yaml.safe_load((repository / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == project["version"] == began_lib.__version__
    assert citation["license"] == project["license"] == "MIT"
    assert (repository / "LICENSE").read_text(encoding="utf-8").startswith("MIT License")
    assert "1703.10717" in citation["preferred-citation"]["url"]


def test_colab_cell_installs_only_declared_requirements(project):
    declared = {requirement_name(r) for r in project["dependencies"] + project["optional-dependencies"]["lab"]}
    words = "".join(re.findall(r'install \+?= "(.*)"', first_cell(""))).split()
    named = words[words.index("/content/began") + 1 :]
    assert named and {requirement_name(name) for name in named} <= declared


def committed(repository: Path) -> list[str]:
    try:
        listing = subprocess.run(["git", "ls-files"], cwd=repository, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs a git checkout")
    return listing.stdout.splitlines()


@pytest.mark.parametrize("words", [["check"], ["format", "--check"]])
def test_ruff_has_nothing_to_say(words, repository):
    files = [name for name in committed(repository) if name.endswith(".py") and (repository / name).exists()]
    done = subprocess.run(
        [sys.executable, "-m", "ruff", *words, *files], cwd=repository, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr


def test_no_environment_cache_or_pickle_is_committed(repository):
    files = committed(repository)
    assert "pyproject.toml" in files
    unwanted = re.compile(
        r"(^|/)(\.venv|build|runs|__pycache__|\.ipynb_checkpoints)|\.(pkl|pickle|pt|pth|partial|tmp)$"
    )
    assert [file for file in files if unwanted.search(file)] == []


def test_text_files_carry_no_path_of_a_machine(repository):
    private = re.compile(r"(?<![\w.])/(?:home|root|Users|work)/\w+")
    allowed = {
        "tests/tools/test_notebook_files.py",
        "tools/notebooks/hygiene.py",
    }  # they hold such paths to look for them
    found = []
    for file in committed(repository):
        path = repository / file
        if (
            path.suffix in {".py", ".md", ".toml", ".yml", ".cff", ".ipynb", ""}
            and file not in allowed
            and path.is_file()
        ):
            found += [(file, match) for match in private.findall(path.read_text(encoding="utf-8"))]
    assert found == []


@pytest.fixture
def elsewhere(tmp_path, repository) -> Path:
    """A folder with the Makefile alone."""
    if not shutil.which("make"):
        pytest.skip("needs make")
    for file in ("Makefile", "pyproject.toml"):
        shutil.copy(repository / file, tmp_path)
    return tmp_path


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True)


def environment(folder: Path, python: str) -> None:
    """One that counts as installed; its Python is a script."""
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").write_text(f"#!/bin/sh\n{python}\n", encoding="utf-8")
    (folder / "bin" / "python").chmod(0o755)
    (folder / "installed").touch()


def test_make_without_a_fitting_python_says_what_to_do(elsewhere):
    run = make(elsewhere, "install", "PYTHON=/nowhere/python3.9")
    assert run.returncode != 0
    assert "needs Python 3.11, 3.12, 3.13 or 3.14" in run.stderr and "make PYTHON=" in run.stderr
    assert not (elsewhere / ".venv").exists()


@pytest.mark.parametrize(
    ("first", "browser", "good"),
    [(0, 0, True), (5, 0, True), (0, 5, True), (5, 5, False), (1, 0, False), (5, 1, False)],
)
def test_make_test_may_select_tests_of_one_half_but_not_of_none(elsewhere, first, browser, good):
    environment(elsewhere / ".venv", f'case " $* " in *" tests/browser "*) exit {browser};; esac; exit {first}')
    assert (make(elsewhere, "test").returncode == 0) == good


@pytest.mark.parametrize(("found", "good"), [("7.7.1", True), ("8.1.7", False)])
def test_make_test_colab_runs_on_colabs_widgets_only(elsewhere, found, good):
    """Where they are others, the browser's test would be skipped, and nothing fail."""
    environment(elsewhere / ".venv", "exit 1")
    python = f'PYTHONPATH={elsewhere} exec {sys.executable} "$@"'
    environment(elsewhere / ".venv-colab", f'case "$1" in -c) {python};; esac')
    (elsewhere / "ipywidgets.py").write_text(f"__version__ = {found!r}\n", encoding="utf-8")
    (elsewhere / "notebooks").mkdir()
    (elsewhere / "notebooks" / "00_start.py").write_text("import ipywidgets\n", encoding="utf-8")
    run = make(elsewhere, "test-colab")
    assert (run.returncode == 0) == good and ("found ipywidgets 8.1.7" in run.stderr) != good


def test_colabs_environment_is_made_anew_with_other_versions(elsewhere):
    for name in (".venv", ".venv-colab"):
        environment(elsewhere / name, "exit 1")
    assert make(elsewhere, "--question", ".venv-colab/installed").returncode == 0
    later = (elsewhere / ".venv-colab" / "installed").stat().st_mtime + 10
    os.utime(elsewhere / "Makefile", (later, later))
    assert make(elsewhere, "--question", ".venv-colab/installed").returncode == 1
