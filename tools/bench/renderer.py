"""How many faces a second `began_lib.faces` renders: `python -m tools.bench.renderer`."""

from __future__ import annotations

from typing import Any

import torch

from began_lib.faces import render, sample_factors
from began_lib.machine.precision import choose_device, describe_device
from tools.bench.options import finish, parser
from tools.bench.timing import steps_per_second

FACE_SIZES = (32, 64)
FACES = 512  # rendered at once, two batches of which make a case at least


def run(device_name: str = "auto", seconds: float = 6.0) -> dict[str, Any]:
    """Time the renderer of faces at each of `FACE_SIZES`, print a table, and return the figures.

    Args:
        seconds: spent on each size; a batch that has begun is finished.
    """
    device = choose_device(device_name)
    threads = torch.get_num_threads()
    print(f"{describe_device(device)}; torch {torch.__version__}; {threads} threads")
    print(f"{'size':>4} {'faces/s':>8}")
    factors = sample_factors(FACES, seed=0).to(device)
    rows = []
    for size in FACE_SIZES:
        render(factors[:16], size)
        rate = steps_per_second(lambda size=size: render(factors, size), seconds, device) * FACES
        print(f"{size:4d} {rate:8.0f}")
        rows.append({"size": size, "faces_per_second": rate})
    return {"device": describe_device(device), "torch": torch.__version__, "threads": threads, "cases": rows}


def main(words: list[str] | None = None) -> None:
    """The command line."""
    arguments = parser("renderer", __doc__).parse_args(words)
    finish(run(arguments.device, arguments.seconds), arguments)


if __name__ == "__main__":
    main()
