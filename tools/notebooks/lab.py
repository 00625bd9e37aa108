"""Open the suite in JupyterLab, at its first notebook (`make lab`).

    python -m tools.notebooks.lab [options of JupyterLab]

JupyterLab shows tables with their styles only in notebooks that it trusts, and those of a fresh clone are nobody's:
they are trusted here. The file browser has README, results and runs in reach, and leaves out the scripts that the
notebooks are made of. JupyterLab's question about news, which covers the page, is answered for those who have not
been asked yet: no.
"""

import os
import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyterlab.labapp import LabApp
from nbformat.sign import NotebookNotary
from traitlets.config import Config

from tools.notebooks.suite import REPOSITORY, as_jupyterlab_saves, sources

FIRST = "notebooks/00_start_here.ipynb"
DEFAULTS = Path(__file__).with_name("jupyter")  # of JupyterLab's settings; it reads them from a folder only
HIDDEN = ["__pycache__", "*.egg-info", "[0-9][0-9]_*.py", "conftest.py", "ruff.toml"]


def trust() -> None:
    """Sign the suite's own notebooks for this user."""
    notary = NotebookNotary()
    for source in sources():
        notary.sign(nbformat.read(source.with_suffix(".ipynb"), as_version=4))


def save_as_committed(model: dict[str, Any], **rest: Any) -> None:
    """What is done before each save: without it every notebook that is opened would name the reader's Python."""
    if model["type"] == "notebook":
        as_jupyterlab_saves(model["content"])


def config() -> Config:
    """JupyterLab's settings for the suite; the reader's own settings and the command line go before."""
    return Config(
        ServerApp={"root_dir": str(REPOSITORY), "allow_root": hasattr(os, "getuid") and os.getuid() == 0},
        LabApp={"default_url": f"/lab/tree/{FIRST}"},
        ContentsManager={"hide_globs": HIDDEN, "pre_save_hook": save_as_committed},
    )


if __name__ == "__main__":
    trust()
    folders = [str(DEFAULTS), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(folders)
    LabApp.initialize_server(argv=sys.argv[1:], config=config()).start()
