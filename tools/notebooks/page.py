"""Write build/page/live_lab.ipynb: the live lab alone, for a class, to be served by Voila (`make page`)."""

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from tools.notebooks import suite

# The panel comes first: on a projector it has the whole screen.
CODE = """import ipywidgets
from IPython.display import display

from began_lib.lab import recording
from began_lib.lab.lab import SAVED
from began_lib.lab.panel import LabControls
from began_lib.lab.replay import ReplayControls
from began_lib.machine.storage import REPOSITORY

display(LabControls(save_to=REPOSITORY / SAVED))  # not beside the page: `make clean` removes its folder
names = recording.names()
tabs = ipywidgets.Tab([ReplayControls(recording.load(name)) for name in names])
for place, name in enumerate(names):
    tabs.set_title(place, name)
display(tabs)"""

TEXT = """**The live lab.** Press **Start**, then move a slider: it acts from the next step on. Above are three
recordings to look at without training. The notebook `10_live_lab` says what to try, and what theory predicts."""


def main() -> None:
    """Write the notebook that `make page` serves."""
    notebook = new_notebook(cells=[new_code_cell(CODE), new_markdown_cell(TEXT)])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = suite.REPOSITORY / "build" / "page" / "live_lab.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    suite.write_notebook(path, notebook)
    print(path)


if __name__ == "__main__":
    main()
