"""Runs a notebook in a fresh kernel and tells what failed in it, whatever hid the failure."""

import ast
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

SECONDS_PER_CELL = 3600  # a paper-sized run sits in one cell
TOOLS = Path(__file__).resolve().parent
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

_START = f"""
import sys
sys.path.insert(0, {str(TOOLS)!r})
__import__("kernel_watch").start(get_ipython(), strict=%r)
sys.path.remove({str(TOOLS)!r})
del sys
"""
_GUARD = '__import__("kernel_watch").hold(%r, get_ipython().user_ns)'
_FINDINGS = '__import__("kernel_watch").findings()'


class WatchedClient(NotebookClient):
    """NotebookClient with `kernel_watch` in the kernel; what it notes is left in `nb.metadata.hidden_failures`.

    In the quick profile, whose numbers the text was written for, `began_lib.notebook.check` raises, and `guard` is the
    file of tests/notebooks that looks at what the notebook computed, after its last cell.
    """

    def __init__(self, *args: Any, guard: Path | None = None, **kwargs: Any) -> None:
        # Without the level every kernel warns on the terminal that local sockets are not encrypted. How a cell's text
        # is cut into messages depends on the machine's load; in one piece, the stored output does not.
        super().__init__(*args, extra_arguments=["--log-level=ERROR"], coalesce_streams=True, **kwargs)
        self._quick = os.environ.get("BEGAN_PROFILE", "quick") == "quick"
        self._guard = guard if self._quick and guard and guard.exists() else None

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, *args: Any, **kwargs: Any) -> NotebookNode:
        """Execute one cell; before the first one the watch starts, after the last one its findings are collected."""
        if cell_index == 0:
            await self._run_unseen(_START % self._quick)
        executed = await super().async_execute_cell(cell, cell_index, *args, **kwargs)
        if cell_index == len(self.nb.cells) - 1:
            reply = await self._run_unseen(_GUARD % str(self._guard) if self._guard else "", findings=_FINDINGS)
            findings = reply["user_expressions"]["findings"]["data"]["text/plain"]
            self.nb.metadata["hidden_failures"] = ast.literal_eval(findings)
        return executed

    async def _run_unseen(self, code: str, **expressions: str) -> dict[str, Any]:
        """Run code in the kernel without an execution count or an output; returns the content of the kernel's reply."""
        assert self.kc is not None
        reply = await self.kc.execute_interactive(
            code, silent=True, user_expressions=expressions, output_hook=lambda message: None, timeout=60
        )
        if reply["content"]["status"] != "ok":
            raise RuntimeError(f"the kernel refused the watch on notebooks: {reply['content']}")
        return reply["content"]


def failures(notebook: NotebookNode) -> list[str]:
    """What is wrong in an executed notebook, one line each: errors, warnings, errors inside `Output` widgets."""
    found = list(notebook.metadata.get("hidden_failures", []))
    for number, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            found += [f"cell {number}: {problem}" for problem in _problems(output)]
    models = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    for model in models.values():
        for output in model["state"].get("outputs", []):
            found += [f"Output widget: {problem}" for problem in _problems(output)]
    return found


def _problems(output: dict[str, Any]) -> list[str]:
    if output["output_type"] == "error":
        return [f"{output['ename']}: {output['evalue']}"]
    if output["output_type"] != "stream" or output["name"] != "stderr":
        return []
    return [line for line in output["text"].splitlines() if re.search(r"^Traceback|Warning: ", line)]


def guard_of(source: Path) -> Path:
    """The file that looks at what a notebook computed: tests/notebooks/03_objective.py for notebooks/03_objective.*."""
    return source.resolve().parents[1] / "tests" / "notebooks" / f"{source.stem}.py"


def run(notebook: NotebookNode, source: Path) -> list[str]:
    """Execute the notebook of a script in place, quick profile unless BEGAN_PROFILE is set; returns what failed."""
    os.environ.setdefault("BEGAN_PROFILE", "quick")
    try:
        client = WatchedClient(notebook, guard=guard_of(source), timeout=SECONDS_PER_CELL, record_timing=False)
        client.execute(cwd=str(source.parent))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return [str(error)]
    found = failures(notebook)
    del notebook.metadata["hidden_failures"]
    return found


def for_each(sources: list[Path], work: Callable[[Path], list[str]]) -> int:
    """Call `work` on each notebook with a line of progress and its seconds; returns 1 if it reported any problem."""
    failed = 0
    for number, source in enumerate(sources, start=1):
        print(f"[{number}/{len(sources)}] {source.stem} ...", end="", flush=True)
        start = time.perf_counter()
        problems = work(source)
        print(f" {'FAILED' if problems else 'done'} in {time.perf_counter() - start:.1f} s", flush=True)
        for problem in problems:
            print("    " + problem.replace("\n", "\n    "), flush=True)
        failed += bool(problems)
    print(f"{len(sources) - failed} of {len(sources)} notebooks are good")
    return 1 if failed else 0
