"""One writer to a folder: a lock of the operating system, which goes with its process, whatever ends that."""

from __future__ import annotations

import errno
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"  # in the folder; it stays there, for whoever removed it could remove another's
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP)  # of some network file systems
_held: dict[Path, int] = {}  # folders and the threads of this process that write into them


@contextmanager
def sole_writer(folder: str | Path | None) -> Iterator[None]:
    """Keep all others out of a folder, which is made if missing, for the length of a block; None is no folder.

    Raises:
        ValueError: another process, or another thread of this one, writes there. Its own blocks may lie in each other.
    """
    place = None if folder is None else Path(folder).resolve()
    if place is None or _held.get(place) == threading.get_ident():
        yield
        return
    place.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(place / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        if not _taken(descriptor, place):
            raise ValueError(
                f"another training is at work in {folder}: expected one at a time. Wait until it has ended, stop it, "
                "or give another folder."
            )
        _held[place] = threading.get_ident()
        try:
            yield
        finally:
            del _held[place]
    finally:
        os.close(descriptor)


def _taken(descriptor: int, folder: Path) -> bool:
    """Lock an open file, until it is closed; whether nobody else had."""
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
                return False
            raise
        warnings.warn(f"no file can be locked in {folder}: train once at a time there", stacklevel=5)
    return True
