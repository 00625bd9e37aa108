"""Runs inside a notebook's kernel and notes what fails there without failing a cell.

An exception in an `interact` callback or under an `Output` widget, in a thread or in an asyncio task, and a shell
command that returns non-zero, all leave the cell that caused them green. `start` hooks in there; `findings` reports.
"""

import asyncio
import gc
import linecache
import logging
import os
import runpy
import subprocess
import sys
import threading
import traceback
from types import SimpleNamespace

_findings: list[str] = []


def start(shell, strict: bool) -> None:
    """Begin watching the kernel of `shell`, the object that `get_ipython()` returns.

    Strict: what a page checks raises where it does not hold, instead of saying so.
    """
    if strict:
        os.environ["BEGAN_CHECKS"] = "raise"
    show_traceback = shell.showtraceback
    system = shell.system

    def watched_show_traceback(exc_tuple=None, *args, **kwargs):
        kind, value, _ = exc_tuple or sys.exc_info()
        show_traceback(exc_tuple, *args, **kwargs)
        _findings.append(f"{kind.__name__} under a widget: {value}")

    def watched_system(command):
        system(command)
        status = shell.user_ns["_exit_code"]
        if status:
            raise subprocess.CalledProcessError(status, command)

    shell.showtraceback = watched_show_traceback
    shell.system = watched_system  # `!command`, `%pip` and `%conda` all come through here
    threading.excepthook = _note_thread
    logging.getLogger("asyncio").addHandler(_NoteTask(level=logging.ERROR))


def hold(guard: str, names: dict) -> None:
    """Call the functions `test_*` of the file `guard`, each with what the notebook computed as attributes."""
    page = SimpleNamespace(**names)
    for name, test in runpy.run_path(guard).items():
        if name.startswith("test_"):
            try:
                test(page)
            except Exception as error:
                frame = traceback.extract_tb(error.__traceback__)[-1]
                line = linecache.getline(frame.filename, frame.lineno).strip()
                _findings.append(f"{name}, line {frame.lineno}: {type(error).__name__} {error} at: {line}")


def _note_thread(args) -> None:
    threading.__excepthook__(args)
    _findings.append(f"{args.exc_type.__name__} in thread {args.thread.name}: {args.exc_value}")


class _NoteTask(logging.Handler):
    """asyncio logs the exception of a task that nobody awaited when the task is collected."""

    def emit(self, record) -> None:
        _findings.append(f"{record.getMessage().splitlines()[0]}: {record.exc_info and record.exc_info[1]!r}")


def findings() -> list[str]:
    """Everything that failed unseen so far; waits up to two seconds for threads that are still at work."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join(timeout=2)
    gc.collect()
    for task in [thing for thing in gc.get_objects() if type(thing) is asyncio.Task]:
        # _log_traceback: asyncio's own mark for "failed, and nobody has asked for the exception"
        if task.done() and task._log_traceback:
            _findings.append("".join(traceback.format_exception_only(task.exception())).strip() + " in an asyncio task")
    return list(_findings)
