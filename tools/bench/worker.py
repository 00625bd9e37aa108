"""One step in a process of its own, timed when asked: `tools.bench.steps` starts one such process for each variant.

What one variant does to its process (load a constant, keep memory, compile) must not reach another. Questions and
answers are lines of JSON on the standard streams.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

from tools.bench.timing import elu_milliseconds, steps_per_second
from tools.bench.variants import Variant


def serve(lines: Iterator[str], answer: Callable[[dict[str, Any]], None]) -> None:
    """Build the step that the first line names, then answer each line: `{"seconds": s}` or, at the end, `{}`."""
    asked = json.loads(next(lines))
    torch.set_num_threads(asked["threads"])
    device, shape, variant = torch.device(asked["device"]), asked["shape"], Variant(**asked["variant"])
    cuda = device.type == "cuda"
    try:
        x = (torch.rand(asked["batch_size"], shape["channels"], shape["size"], shape["size"]) * 2 - 1).to(device)
        step = variant.build(shape, x)
        steps_per_second(step, 0.5, device)
    except torch.OutOfMemoryError:
        answer({"error": "the device's memory is too small"})
        return
    peak = torch.cuda.max_memory_allocated(device) if cuda else None
    answer({})
    for line in lines:
        if seconds := json.loads(line).get("seconds"):
            answer({"rate": steps_per_second(step, seconds, device)})
            continue
        state = None if cuda else elu_milliseconds()
        if not cuda and not variant.compiled:
            # Only now: both import began_lib.models.
            from tools.bench.cost import storage_peak
            from tools.bench.variants import architecture

            peak = storage_peak(step, architecture(shape))
        answer({"peak_bytes": peak, "elu_milliseconds": state})


def main() -> None:
    """Serve on the standard streams."""

    def answer(found: dict[str, Any]) -> None:
        print(json.dumps(found), flush=True)

    serve(iter(sys.stdin), answer)


if __name__ == "__main__":
    main()
