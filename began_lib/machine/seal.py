"""One digest for every file that the library writes: a file that is not what was written is told, whatever its kind.

A sealed file holds `began-sha256:` and 64 hexadecimal digits somewhere: the SHA-256 of all its bytes, with zeros for
these digits. JSON has it as its last entry, an .npz as the comment of its archive, a safetensors file in its header.
Files of versions that wrote none hold no such mark; they are read as they are.
"""

from __future__ import annotations

import hashlib
import stat
from pathlib import Path

_MARK = b"began-sha256:"
_DIGITS = 64
UNSEALED = _MARK.decode() + "0" * _DIGITS  # what a file holds in the digest's place before it is sealed


class Damaged(ValueError):
    """A file that is not what was written there."""


def sealed(content: bytes) -> bytes:
    """The content of a file in which :data:`UNSEALED` stands, with the digest in its place.

    Raises:
        ValueError: it does not stand there once.
    """
    parts = content.split(UNSEALED.encode())
    if len(parts) != 2:
        raise ValueError(f"expected {UNSEALED} once in what is to be sealed, found it {len(parts) - 1} times.")
    return (_MARK + hashlib.sha256(content).hexdigest().encode()).join(parts)


def read(path: str | Path) -> bytes:
    """The content of a regular file, its digest checked if it has one.

    Raises:
        FileNotFoundError: there is none.
        Damaged: it is no regular file, or not what was written.
    """
    path = Path(path)
    if not stat.S_ISREG(path.stat().st_mode):  # a pipe would keep the reader waiting
        raise Damaged(f"{path} is no regular file: expected one that began_lib wrote.")
    content = path.read_bytes()
    place = content.rfind(_MARK)
    if place >= 0:
        start = place + len(_MARK)
        blank = content[:start] + b"0" * _DIGITS + content[start + _DIGITS :]
        if hashlib.sha256(blank).hexdigest().encode() != content[start : start + _DIGITS]:
            raise Damaged(
                f"{path} is damaged: its content is not what was written there, by its digest. Restore it from a copy, "
                "or remove it and make it again."
            )
    return content
