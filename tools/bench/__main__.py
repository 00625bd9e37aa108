"""Time the training step against the textbook's, in steps per second and as ratios within one run.

Beside it: `tools.bench.profile` (where a step's time goes), `tools.bench.processes` (several processes),
`tools.bench.reader` (what a reader waits for), `tools.bench.renderer` (faces a second), `tools.bench.time_to_quality`
(how soon there are faces that differ). Each has a --help.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from began_lib.machine.storage import write_json
from began_lib.models import IMAGE_SIZES
from tools.bench import steps
from tools.bench.options import finish, parser, positive, whole
from tools.bench.steps import Case


def main(words: list[str] | None = None) -> None:
    """The command line."""
    options = parser("", __doc__)
    add = options.add_argument
    add("--sizes", type=int, nargs="+", default=[32], choices=IMAGE_SIZES, help="(default 32)")
    add("--filters", type=whole, nargs="+", default=[32, 64], metavar="N", help="(default 32 64)")
    add("--batch-size", type=whole, nargs="+", default=[16], metavar="N", help="(default 16)")
    add("--each", action="store_true", help="also each trick alone, and all together")
    add("--saving", action="store_true", help="also activation checkpointing")
    add("--programme", action="store_true", help="all that a GPU is asked, the most wanted first")
    add("--minutes", type=positive, default=float("inf"), help="begin no case later than this")
    add("--plot", type=Path, metavar="FILE", help="also draw the ratios, as a PNG")
    arguments = options.parse_args(words)
    compared = ("each" if arguments.each else "usual", *(("saving",) if arguments.saving else ()))
    cases = [
        Case(size, filters, batch_size, compared)
        for size in arguments.sizes
        for filters in arguments.filters
        for batch_size in arguments.batch_size
    ]
    keep = partial(write_json, arguments.json) if arguments.json else lambda result: None
    chosen = steps.PROGRAMME if arguments.programme else cases
    result = steps.run(arguments.device, arguments.seconds, chosen, arguments.minutes, keep)
    finish(result, arguments)
    if arguments.plot:
        steps.draw(result, arguments.plot)


if __name__ == "__main__":
    main()
