"""Interruption that waits: Ctrl-C and the notebook's stop button let the training step in hand finish."""

from __future__ import annotations

import errno
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

TWICE = 1.0  # seconds within which two signals are one
PIPE_CLOSED = 13  # SIGPIPE, for which Windows has no name


def ending_signals() -> list[int]:
    """Those that end a training: Ctrl-C, a scheduler's, and a closed terminal's, unless `nohup` has it ignored."""
    hang_up = getattr(signal, "SIGHUP", None)  # Windows has none
    heeded = hang_up is not None and signal.getsignal(hang_up) is not signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([hang_up] if heeded else [])]


@contextmanager
def output_may_close(caught: list[int]) -> Iterator[None]:
    """End the block, and add `PIPE_CLOSED` to `caught`, where a write fails since its pipe or terminal is closed.

    Whoever read the bar has gone then, as `2>&1 | tee` does at Ctrl-C.
    """
    try:
        yield
    except OSError as error:
        if not isinstance(error, BrokenPipeError) and error.errno != errno.EIO:
            raise
        caught.append(PIPE_CLOSED)


@contextmanager
def deferred_interruption(
    stop: Callable[[], None], numbers: Sequence[int] = (signal.SIGINT,), insisting: bool = True
) -> Iterator[list[int]]:
    """Call `stop` in place of raising KeyboardInterrupt, which could strike between two halves of an update.

    Gives a list that grows by the number of each signal that came. Outside the main thread, where Python delivers no
    signals, this does nothing.

    Args:
        stop: asks the work in the block to end soon.
        numbers: the signals that are kept back.
        insisting: a second signal inside the block, a second or more later, raises KeyboardInterrupt; otherwise it is
            as the first. Earlier it is the same wish: shells and programs that pass signals on may send one twice.
    """
    if threading.current_thread() is not threading.main_thread():
        yield []
        return
    caught: list[int] = []
    first = 0.0

    def handle(number: int, frame: Any) -> None:
        nonlocal first
        if caught and insisting and time.monotonic() - first > TWICE:
            raise KeyboardInterrupt
        first = first or time.monotonic()
        caught.append(number)
        stop()

    previous = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield caught
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
