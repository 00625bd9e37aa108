"""Makes `pytest --nbmake notebooks/` red where a failure hides: in a widget, thread, task, shell command or warning.

Of the folder it runs what git has. A notebook that was changed, or is none of the suite, runs when it is named.
"""

import functools
import subprocess
import sys
from pathlib import Path

import nbmake.nb_run
import nbmake.pytest_items
from nbmake.nb_result import NotebookError, NotebookResult

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from tools.notebooks.execution import WatchedClient, failures, guard_of

FOLDER = Path(__file__).resolve().parent


def changed() -> list[str]:
    """Notebooks here that git has otherwise or not at all; none where there is no git, as in an unpacked archive."""
    command = [
        "git",
        "ls-files",
        "--modified",
        "--others",
        "--exclude-standard",
        "--",
        "*.ipynb",
    ]
    try:
        return subprocess.run(
            command, cwd=FOLDER, capture_output=True, text=True, check=True
        ).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        return []


collect_ignore = changed()


def pytest_report_header() -> list[str]:
    """Say what is left out."""
    return [
        f"notebooks/{name} differs from what git has: it runs only when it is named"
        for name in collect_ignore
    ]


class GuardedRun(nbmake.nb_run.NotebookRun):
    """nbmake's run of one notebook, which also fails on what `failures` finds."""

    def execute(self) -> NotebookResult:
        """Run the notebook; the result carries an error if a cell failed or if anything failed unseen."""
        guard = guard_of(Path(self.filename))
        nbmake.nb_run.NotebookClient = functools.partial(WatchedClient, guard=guard)
        result = super().execute()
        found = [] if result.error else failures(result.nb)
        if found:
            result.error = NotebookError(
                summary=found[0], trace="\n".join(found), failing_cell_index=-1
            )
        return result


nbmake.pytest_items.NotebookRun = GuardedRun
