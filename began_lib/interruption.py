"""Interruption that waits: Ctrl-C and the notebook's stop button let the training step in hand finish."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def deferred_interruption(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` in place of raising KeyboardInterrupt, which could strike between two halves of an update.

    A second interruption inside the block raises. Outside the main thread, where Python delivers no signals, this
    does nothing.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def handle(number: int, frame: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        stop()

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
