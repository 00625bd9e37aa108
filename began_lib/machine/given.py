"""What people type: whole numbers, numbers, paths and names, each with one rule for every command.

Each reads a text, raises `Unusable` with what was expected and what was found, and serves as the `type` of an option.
"""

from __future__ import annotations

import os
import re
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

LONGEST_NAME = 100
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Unusable(ArgumentTypeError, ValueError):
    """What was given is none of what was expected. argparse shows the message of an ArgumentTypeError."""


def whole(text: str) -> int:
    """A whole number in the digits 0 to 9."""
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise Unusable(f"expected a whole number, found {text!r}")
    return int(text)


def positive(text: str) -> int:
    """A whole number of at least 1."""
    if (number := whole(text)) < 1:
        raise Unusable(f"expected at least 1, found {number}")
    return number


def at_most(limit: int, least: int = 1) -> Callable[[str], int]:
    """What reads a whole number from `least` to the limit."""

    def read(text: str) -> int:
        if not least <= (number := whole(text)) <= limit:
            raise Unusable(f"expected {least} to {limit:,}, found {number}")
        return number

    return read


threads = at_most(1000)  # of the CPU: more than any machine has use for
seed = at_most(2**31, least=0)


def number(text: str) -> float:
    """A finite number, as 0.5 or 5e-5."""
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text) or abs(float(text)) == float("inf"):
        raise Unusable(f"expected a number, found {text!r}")
    return float(text)


def text(given: str) -> str:
    """Words, in one line and not blank."""
    if not given.strip() or _CONTROL.search(given):
        raise Unusable(f"expected words, found {given!r}")
    return given


def path(text: str) -> Path:
    """A path to a file or folder that a command reads or writes, `~` and `~user` expanded.

    A blank, a path with control characters, the root and names longer than a file system takes are refused.
    """
    if not text.strip() or _CONTROL.search(text):
        raise Unusable(f"expected a path, found {text!r}")
    try:
        given = Path(text).expanduser()
    except RuntimeError as error:
        raise Unusable(f"expected a path, found {text!r}, of which {Path(text).parts[0]} is nobody") from error
    try:
        whole_path = given.resolve()
    except (RuntimeError, OSError) as error:  # Python 3.11 and 3.12 raise a RuntimeError for links that go round
        raise Unusable(f"expected a path, found {text!r}, a link that leads to itself") from error
    if whole_path == Path(whole_path.anchor):
        raise Unusable(f"expected a path below the root, found {text!r}")
    if any(len(os.fsencode(part)) > 255 for part in given.parts):
        raise Unusable(f"expected names of at most 255 bytes in a path, found {text[:40] + '...'!r}")
    return given


def variable(name: str) -> Path | None:
    """The path that an environment variable holds, None where it is not set or empty. Raises Unusable with its name."""
    if not (text := os.environ.get(name)):
        return None
    try:
        return path(text)
    except Unusable as error:
        raise Unusable(f"{name}: {error}") from error


def source(text: str) -> str:
    """A data set by name, or a folder of pictures, as it was written; of one under `~` its whole path."""
    found = path(text)
    return str(found) if text.startswith("~") else text


def name(text: str) -> str:
    """A name that a folder can have on every system, and that leads nowhere else."""
    if len(text) > LONGEST_NAME or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*(?<!\.)", text):
        raise Unusable(
            f"nothing can be named {text!r}: expected letters, digits, dots, dashes and underscores, at most "
            f"{LONGEST_NAME} in all, the first no dot or dash, the last no dot."
        )
    return text
