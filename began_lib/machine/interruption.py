"""Interruption that waits: Ctrl-C and the notebook's stop button let the training step in hand finish."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

TWICE = 1.0  # seconds within which two signals are one
PIPE_CLOSED = 13  # SIGPIPE, for which Windows has no name


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
