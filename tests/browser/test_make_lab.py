"""`make lab` on a fresh clone: a panel is a picture until it runs, and opening a notebook changes no file."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from nbclient import NotebookClient

from tests.browser.conftest import TOKEN, served
from tests.browser.jupyterlab_page import PANEL, JupyterLabPage
from tools.notebooks import stored_panels, suite

CELLS = ("from began_lib.panels.transport import TransportControls", "display(TransportControls())")


@pytest.fixture(scope="module")
def clone(tmp_path_factory, repository) -> Path:
    """A checkout with one short notebook, executed, as first of the suite."""
    root = tmp_path_factory.mktemp("clone")
    shutil.copytree(repository / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "README.md").write_text("# A suite")
    (root / ".gitignore").write_text(".ipynb_checkpoints\n__pycache__\n")
    script = root / "notebooks" / "00_start_here.py"
    script.parent.mkdir()
    script.write_text("".join(f"# %%\n{cell}\n" for cell in CELLS))
    notebook = suite.read_source(script)
    NotebookClient(notebook, extra_arguments=["--log-level=ERROR"]).execute()
    stored_panels.as_pictures(notebook)
    suite.write_notebook(script.with_suffix(".ipynb"), notebook)
    git(root, "init", "-q")
    git(root, "add", "-A")
    return root


def git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def page(chromium, clone, repository, tmp_path, request) -> Iterator[JupyterLabPage]:
    """The page that a server opens for its reader: of `make lab`, or where a test says so of JupyterLab alone."""
    from playwright.sync_api import sync_playwright

    module = getattr(request, "param", "tools.notebooks.lab")
    with served(module, tmp_path, "--allow-root", cwd=clone) as url, sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        path = "/lab/tree/notebooks/00_start_here.ipynb" if module == "jupyterlab" else "/"
        opened = browser.new_page(viewport={"width": 1366, "height": 768})
        yield JupyterLabPage(opened, f"{url}{path}?token={TOKEN}", repository / "build" / "screenshots")
        browser.close()


def test_the_first_page(page, clone):
    """A panel's picture, no dead sliders; README in reach, scripts out of sight, no question; saved as it was."""
    page.page.wait_for_selector(".jp-RenderedImage img")
    shown_as_a_picture(page)
    listed = page.page.locator(".jp-DirListing-itemText")
    assert listed.all_inner_texts() == ["00_start_here.ipynb"]
    page.page.locator(".jp-BreadCrumbs-home").click()
    page.page.get_by_text("README.md", exact=True).wait_for()
    assert page.page.locator(".Toastify__toast").count() == 0
    page.screenshot("make_lab")
    page.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.page.wait_for_function(f"() => !{PANEL}.context.model.dirty")
    assert git(clone, "status", "--porcelain").splitlines() == [
        f"A  {name}" for name in git(clone, "ls-files").splitlines()
    ]


def shown_as_a_picture(page: JupyterLabPage) -> None:
    assert page.page.locator(".jp-RenderedImage").count() == 1
    assert page.page.get_by_text("A picture of a live panel").is_visible()
    assert page.page.locator("img.transport-picture, .jupyter-widgets").count() == 0
    assert "Image(value=" not in page.page.locator(".jp-Notebook").inner_text()


def test_a_panel_that_runs_is_shown_once(page):
    page.run_all()
    page.page.wait_for_selector("img.transport-picture")
    assert page.page.locator("img.transport-picture").count() == 1
    assert page.page.locator(".jp-RenderedImage").count() == 0 and not page.page.get_by_text("A picture of").count()
    assert page.cell_errors() == [] and page.console_errors == []


@pytest.mark.parametrize("page", ["jupyterlab"], indirect=True)
def test_where_nothing_is_trusted_a_picture_is_shown(page):
    """JupyterLab without `make lab`: nobody has signed the notebook."""
    page.page.wait_for_selector(".jp-RenderedImage img")
    shown_as_a_picture(page)
    page.screenshot("untrusted_panel")
