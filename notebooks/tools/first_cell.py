"""The text of the first code cell, the same in every notebook: fetches the suite on Google Colab, does nothing elsewhere.

Colab's torch, numpy and ipywidgets stay as they are: `--no-deps` installs the library itself and the two small packages
that Colab may lack. `sys.path` is needed beside the installation because a running kernel reads no new `.pth` files.
"""

TEXT = """\
# On Google Colab this fetches the suite; on your own machine it does nothing.
import os
{module}import subprocess
import sys

if "google.colab" in sys.modules:
    if not os.path.exists("/content/began/pyproject.toml"):
        {fetch}
    subprocess.check_call(["pip", "install", "-q", "--no-deps", "-e", "/content/began", "safetensors", "POT"])
    sys.path.insert(0, "/content/began")
    os.chdir("/content/began/notebooks")"""


def first_cell(repository: str) -> str:
    """The cell's source for a repository "owner/name" on GitHub, or for an uploaded archive while that is empty."""
    if repository:
        clone = f'subprocess.check_call(["git", "clone", "-q", "https://github.com/{repository}", "/content/began"])'
        return TEXT.format(module="", fetch=clone)
    unpack = 'shutil.unpack_archive("/content/began.zip", "/content/began")  # you upload it: see the README'
    return TEXT.format(module="import shutil\n", fetch=unpack)
