"""Measure what the shipped models give beside what the paper shows, and write RESULTS.md."""

from __future__ import annotations

import argparse

from began_lib.machine.storage import REPOSITORY
from tools.results import page


def main(words: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.results", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="PART", help="such as figure-6 (default: all)")
    parser.add_argument("--page", action="store_true", help="measure nothing, only write the page anew")
    parser.add_argument("--check", action="store_true", help="only say whether the page is what the models gave")
    parser.add_argument("--cifar10", default="cifar10", metavar="DATA", help="by name, or a folder of its pictures")
    arguments = parser.parse_args(words)
    if arguments.check:
        wrong = page.check(REPOSITORY)
        print("\n".join(wrong) or "RESULTS.md and the README say what was measured on the models that are here.")
        raise SystemExit(bool(wrong))
    if not arguments.page:
        page.measure(REPOSITORY, arguments.only, arguments.cifar10)
    print(page.write(REPOSITORY))


if __name__ == "__main__":
    main()
