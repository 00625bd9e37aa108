"""How the cost of a run grows with size, batch and number of processes: `python -m tools.bench.processes 1 2`.

Each figure is that of `torchrun ... -m began_lib train` itself, reading, logging and all-reduce included. The cores of
the machine, or its CUDA devices, are shared among the processes.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from began_lib.machine.precision import choose_device, describe_device
from began_lib.models import IMAGE_SIZES
from began_lib.training.history import History
from began_lib.training.parallel import VARIABLES
from tools.bench.options import finish, parser, whole
from tools.bench.steps import Case

TURNS = 3  # runs of each number of processes, one after the other in turns
TRIAL = 10  # steps of the short run whose rate sets the number of steps


def _rate(case: Case, processes: int, device: str, steps: int) -> float:
    """Steps per second over the second half of a run of 2 * `steps` steps."""
    threads = max(1, torch.get_num_threads() // processes)
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        command += ["-m", "began_lib", "train", "--data=faces", "--limit=512", f"--size={case.size}"]
        command += [f"--filters={case.filters}", f"--batch-size={case.batch_size}", f"--device={device}"]
        command += [f"--steps={2 * steps}", f"--sample-every={steps}", f"--out={folder}/run", f"--threads={threads}"]
        done = subprocess.run(command, env=environment | {"OMP_NUM_THREADS": str(threads)}, capture_output=True)
        if done.returncode:
            raise ValueError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr.decode()[-2000:]}")
        history = History.load(Path(folder) / "run" / "history.npz")
    return float(history["evaluation_steps_per_second"][-1])


def run(device_name: str, seconds: float, cases: Sequence[Case], counts: Sequence[int]) -> dict[str, Any]:
    """Time each case with each number of processes, by turns, print a table, and return the figures.

    Args:
        device_name: auto, cpu or cuda.
        seconds: about as long is timed each time, TURNS times.
        counts: numbers of processes; the ratio is to the first one.

    Raises ValueError for a batch that a number of processes does not divide.
    """
    device = choose_device(device_name)
    for case in cases:
        if any(count < 1 or case.batch_size % count for count in counts):
            raise ValueError(f"{' '.join(map(str, counts))} processes: each must divide the batch, {case.batch_size}.")
    print(f"{describe_device(device)}; torch {torch.__version__}")
    print(f"{'size':>4} {'filters':>7} {'batch':>5} {'processes':>9} {'steps/s':>8} {'images/s':>8}  ratio")
    rows = []
    for case in cases:
        steps = max(4, round(seconds * _rate(case, counts[0], device.type, TRIAL)))
        rates: dict[int, list[float]] = {count: [] for count in counts}
        for _ in range(TURNS):
            for count, measured in rates.items():
                measured.append(_rate(case, count, device.type, steps))
        first = rates[counts[0]]
        for count, measured in rates.items():
            rate = statistics.median(measured)
            ratio = statistics.median(ours / theirs for ours, theirs in zip(measured, first, strict=True))
            print(
                f"{case.size:4d} {case.filters:7d} {case.batch_size:5d} {count:9d} {rate:8.2f} "
                f"{rate * case.batch_size:8.0f}  {ratio:.2f}"
            )
            rows.append({"size": case.size, "filters": case.filters, "batch_size": case.batch_size, "processes": count,
                         "steps_per_second": rate, "ratio": ratio})  # fmt: skip
    return {
        "device": describe_device(device),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "cases": rows,
    }


def main(words: list[str] | None = None) -> None:
    """The command line."""
    options = parser("processes", __doc__)
    options.add_argument("processes", type=whole, nargs="+", metavar="N", help="numbers of processes, such as 1 2")
    options.add_argument("--sizes", type=int, nargs="+", default=[32], choices=IMAGE_SIZES, help="(default 32)")
    options.add_argument("--filters", type=whole, nargs="+", default=[32], metavar="N", help="(default 32)")
    options.add_argument("--batch-size", type=whole, nargs="+", default=[16], metavar="N", help="(default 16)")
    arguments = options.parse_args(words)
    shapes = itertools.product(arguments.sizes, arguments.filters, arguments.batch_size)
    cases = [Case(*shape) for shape in shapes]
    try:
        result = run(arguments.device, arguments.seconds, cases, arguments.processes)
    except ValueError as error:
        options.error(str(error))
    finish(result, arguments)


if __name__ == "__main__":
    main()
