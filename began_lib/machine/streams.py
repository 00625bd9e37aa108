"""What a command prints: paths of any bytes, and to readers that may have gone."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def printing() -> Iterator[None]:
    """For a block or a function that prints: bytes of a path that are no text come out as \\udcXX and end nothing.

    What waits at the end is written. Where its reader has gone, as `| tail` does at Ctrl-C, Python would change the
    exit status; here it does not.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a notebook's has no encoding of its own
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        for stream in filter(None, (sys.stdout, sys.stderr)):  # either may have been closed by who called
            try:
                stream.flush()
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
