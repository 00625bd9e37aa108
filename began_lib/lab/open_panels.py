"""The lab's panels that are open in this kernel: a new one pauses the others, an interrupted kernel pauses all."""

from __future__ import annotations

import signal
import weakref
from asyncio import AbstractEventLoop
from functools import partial
from typing import Any, Protocol

from IPython import get_ipython

from began_lib.lab.lab import Lab


class LabPanel(Protocol):
    """What drives a lab from a page."""

    lab: Lab

    def on_pause(self) -> None:
        """Stop training."""

    def on_interrupt(self) -> None:
        """Show that the kernel was interrupted, which has paused the lab."""


panels: weakref.WeakSet[LabPanel] = weakref.WeakSet()


def add(panel: LabPanel) -> None:
    """Pause the panels that are there, and let an interruption of the idle kernel pause this one as well.

    While no cell runs, the kernel ignores SIGINT; but a panel trains between cells. The handler can be set only from
    the kernel's own loop: around each cell the kernel puts its own in place.
    """
    for other in list(panels):
        other.on_pause()
    panels.add(panel)
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is not None and getattr(kernel, "io_loop", None) is not None:
        loop = kernel.io_loop
        loop.add_callback(signal.signal, signal.SIGINT, partial(_interrupted, loop.asyncio_loop))


def _interrupted(loop: AbstractEventLoop, number: int, frame: Any) -> None:
    """Pause every lab at once; the panels follow when the loop has nothing else in hand."""
    for panel in [panel for panel in panels if panel.lab.running]:
        panel.lab.pause()  # no lock: a tick may hold it, and ends after the step in hand
        loop.call_soon_threadsafe(panel.on_interrupt)
