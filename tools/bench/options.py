"""Options that the benchmarks share, and where their figures go."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import Any

from began_lib.machine.storage import write_json


def positive(text: str) -> float:
    """A number above 0, finite: of seconds or minutes."""
    value = float(text)
    if not 0.0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"expected a number above 0, found {text}")
    return value


def whole(text: str) -> int:
    """A whole number from 1 to 65,536: of images, filters or processes."""
    value = int(text)
    if not 1 <= value <= 65_536:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to 65,536, found {text}")
    return value


def parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """The parser of `python -m tools.bench.MODULE` with the options of all."""
    made = argparse.ArgumentParser(prog=f"python -m tools.bench.{module}".removesuffix("."), description=description)
    made.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:N")
    made.add_argument("--seconds", type=positive, default=6.0, help="spent on each thing measured (default 6)")
    made.add_argument("--json", type=Path, metavar="FILE", help="also write the figures here")
    return made


def finish(result: dict[str, Any], arguments: argparse.Namespace) -> None:
    """Write the figures where the options say."""
    if arguments.json:
        write_json(arguments.json, result)
