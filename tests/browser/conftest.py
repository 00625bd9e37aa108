"""A real JupyterLab in a real Chromium: `open_notebook(path)` opens a copy of a notebook in a kernel of its own.

Needs Debian's chromium, Chrome, or the browser that the environment variable CHROMIUM names; skips with the reason if
there is none. Screenshots stay under build/screenshots.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest

from tests.browser.jupyterlab_page import JupyterLabPage

TOKEN = "began"
SETTINGS = {
    # No request for news, and every cell in the page: by default those out of sight are not there to be found.
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's executable."""
    named = os.environ.get("CHROMIUM")
    candidates = [named] if named else ["chromium", "google-chrome", "chromium-browser"]
    found = next(filter(None, map(shutil.which, candidates)), None)
    if not found:
        pytest.skip(f"needs a browser: none of {', '.join(candidates)} found; install chromium or set CHROMIUM")
    return found


@pytest.fixture(scope="session")
def jupyterlab(chromium, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A JupyterLab on a free port, without anything of the user's own settings: its URL and its root folder."""
    home = tmp_path_factory.mktemp("jupyterlab")
    root = home / "notebooks"
    root.mkdir()
    for name, values in SETTINGS.items():
        file = home / "config" / "lab" / "user-settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    options = [f"--ServerApp.root_dir={root}"] + ["--allow-root"] * (os.getuid() == 0)
    with served("jupyterlab", home, *options) as url:
        yield url, root


@contextmanager
def served(module: str, home: Path, *options: str, cwd: Path | None = None) -> Iterator[str]:
    """A JupyterLab that `python -m MODULE` starts on a free port, with its settings under `home`; its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", module, "--no-browser", "--ip=127.0.0.1", f"--port={port}", *options]
    command += ["--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    command += ["--LabApp.expose_app_in_browser=True"]
    private = {f"JUPYTER_{name.upper()}_DIR": str(home / name) for name in ("config", "runtime", "data")}
    environment = {**os.environ, **private, "IPYTHONDIR": str(home / "ipython"), "BEGAN_PROFILE": "quick"}
    log = home / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, cwd=cwd, stdout=output, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for_server(url, server, log)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait_for_server(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(f"{url}/api?token={TOKEN}", timeout=5).close()
            return
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.2)  # not listening yet
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture
def open_notebook(chromium, jupyterlab, repository) -> Iterator[Callable[..., JupyterLabPage]]:
    """Call it with a path or a NotebookNode; it returns the page with the copy open, and its fresh kernel ready."""
    # Imported and started per test: while it runs, no other event loop (nbmake's, for one) can run in this thread.
    from playwright.sync_api import sync_playwright

    url, root = jupyterlab
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)

        def open_copy(notebook: Path | nbformat.NotebookNode, width: int = 1280, height: int = 900) -> JupyterLabPage:
            if isinstance(notebook, Path):
                if (pictures := notebook.parent / "key").is_dir():  # those that pages show under their titles
                    shutil.copytree(pictures, root / "key", dirs_exist_ok=True)
                notebook = nbformat.read(notebook, as_version=4)
            copy = root / f"copy_{len(list(root.glob('*.ipynb')))}.ipynb"
            nbformat.write(notebook, copy)
            page = browser.new_page(viewport={"width": width, "height": height})
            return JupyterLabPage(
                page, f"{url}/lab/tree/{copy.name}?reset&token={TOKEN}", repository / "build" / "screenshots"
            )

        yield open_copy
        browser.close()
    _shut_kernels_down(url)


def _shut_kernels_down(url: str) -> None:
    headers = {"Authorization": f"token {TOKEN}"}
    with urllib.request.urlopen(urllib.request.Request(f"{url}/api/sessions", headers=headers)) as answer:
        sessions = json.load(answer)
    for session in sessions:
        address = f"{url}/api/sessions/{session['id']}"
        urllib.request.urlopen(urllib.request.Request(address, headers=headers, method="DELETE")).close()
