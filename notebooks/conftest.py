"""Makes `pytest --nbmake notebooks/` red where a failure hides: in a widget, thread, task, shell command or warning."""

import sys
from pathlib import Path

import nbmake.nb_run
import nbmake.pytest_items
from nbmake.nb_result import NotebookError, NotebookResult

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tools.notebooks.execution import WatchedClient, failures


class GuardedRun(nbmake.nb_run.NotebookRun):
    """nbmake's run of one notebook, which also fails on what `failures` finds."""

    def execute(self) -> NotebookResult:
        """Run the notebook; the result carries an error if a cell failed or if anything failed unseen."""
        result = super().execute()
        found = [] if result.error else failures(result.nb)
        if found:
            result.error = NotebookError(summary=found[0], trace="\n".join(found), failing_cell_index=-1)
        return result


nbmake.nb_run.NotebookClient = WatchedClient
nbmake.pytest_items.NotebookRun = GuardedRun
