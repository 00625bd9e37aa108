"""Speed as ratios within one run: our training step against the textbook one, `python -m began_lib bench`.

With `--faces`, how many faces a second the renderer draws.

The variants take turns in short rounds, so that a machine whose speed drifts slows all of them alike; the ratio is
taken round by round and its median reported.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch

from began_lib.equilibrium import Controller
from began_lib.faces import render, sample_factors
from began_lib.models import Architecture, Discriminator, Generator, layer_table
from began_lib.precision import choose_device, choose_precision, describe_device
from began_lib.step import Began
from began_lib.textbook import TextbookStep, textbook_networks

ROUNDS = 7
CASES = ((32, 32), (32, 64))  # size, filters
FACE_SIZES = (32, 64)
FACES = 512  # rendered at once, two batches of which make a case at least


def _ours(a: Architecture, precision: str, device: torch.device, x: torch.Tensor) -> Callable[[], Any]:
    torch.manual_seed(0)
    networks = (m.to(device, memory_format=torch.channels_last) for m in (Discriminator(a), Generator(a)))
    began = Began(*networks, a.latent, Controller(device=device), precision=precision)
    x = x.contiguous(memory_format=torch.channels_last)
    return lambda: began.step(x)


def _textbook(a: Architecture, device: torch.device, x: torch.Tensor) -> Callable[[], Any]:
    torch.manual_seed(0)
    discriminator, generator = (network.to(device) for network in textbook_networks(a))
    textbook = TextbookStep(discriminator, generator, a.latent, gamma=0.5, rate=1e-4)
    return lambda: textbook.step(x)


def _steps_per_second(step: Callable[[], Any], seconds: float, device: torch.device) -> float:
    def wait() -> float:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    start, steps = wait(), 0
    while steps < 2 or time.perf_counter() - start < seconds:
        step()
        steps += 1
    return steps / (wait() - start)


def matmul_ceiling(precision: str, device: torch.device, seconds: float = 0.5) -> float:
    """Measured FLOP/s of a 2048x2048 matrix product on the device, the ceiling of what a step could reach."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    a = torch.randn(2048, 2048, device=device).to(dtype)
    _steps_per_second(lambda: a @ a, 0.0, device)
    return 2 * 2048**3 * _steps_per_second(lambda: a @ a, seconds, device)


def step_flops(a: Architecture, batch_size: int) -> int:
    """FLOPs that one simultaneous update needs: each forward once, each backward (twice a forward) once.

    Neither the real images nor z need a gradient, so the first layers save a third each.
    """
    d, g = layer_table(Discriminator(a)), layer_table(Generator(a))
    multiply_adds = 3 * (2 * d.multiply_adds + g.multiply_adds) - d[0].multiply_adds - g[0].multiply_adds
    return 2 * batch_size * multiply_adds


def run(
    device_name: str = "auto",
    batch_size: int = 16,
    seconds: float = 6.0,
    cases: Sequence[tuple[int, int]] = CASES,
) -> dict[str, Any]:
    """Time all cases, print a table, and return the figures.

    Args:
        seconds: spent on each variant of each case, in all rounds together.
        cases: (size, filters) of the networks.
    """
    device = choose_device(device_name)
    fast = choose_precision("auto", device)
    print(f"{describe_device(device)}; torch {torch.__version__}; batch {batch_size}; ours in {fast}")
    ceilings = {precision: matmul_ceiling(precision, device) for precision in {"fp32", fast}}
    for precision, flops in ceilings.items():
        print(f"matmul ceiling {precision}: {flops / 1e9:,.0f} GFLOP/s")
    print(
        f"{'size':>4} {'filters':>7}  {'step':10} {'steps/s':>8} {'images/s':>8} {'GFLOP/s':>8} {'of ceiling':>10}"
        "  ratio"
    )
    rows = []
    for size, filters in cases:
        a = Architecture(size=size, filters=filters)
        x = (torch.rand(batch_size, a.channels, size, size) * 2 - 1).to(device)
        variants = {"textbook": _textbook(a, device, x), "ours fp32": _ours(a, "fp32", device, x)}
        if fast != "fp32":
            variants[f"ours {fast}"] = _ours(a, fast, device, x)
        for step in variants.values():
            _steps_per_second(step, 0.5, device)
        rates: dict[str, list[float]] = {name: [] for name in variants}
        for _ in range(ROUNDS):
            for name, step in variants.items():
                rates[name].append(_steps_per_second(step, seconds / ROUNDS, device))
        for name, measured in rates.items():
            rate = statistics.median(measured)
            pairs = zip(measured, rates["textbook"], strict=True)
            ratio = statistics.median(ours / theirs for ours, theirs in pairs)
            row = {"size": size, "filters": filters, "step": name, "steps_per_second": rate, "ratio": ratio}
            line = f"{size:4d} {filters:7d}  {name:10} {rate:8.2f} {rate * batch_size:8.0f}"
            if name == "textbook":
                line += f" {'':8} {'':10}"
            else:
                flops = rate * step_flops(a, batch_size)
                share = flops / ceilings[name.removeprefix("ours ")]
                row |= {"flops_per_second": flops, "of_ceiling": share}
                line += f" {flops / 1e9:8,.0f} {share:10.0%}"
            print(f"{line}  {ratio:.2f}")
            rows.append(row)
    return {"device": describe_device(device), "torch": torch.__version__, "batch_size": batch_size, "cases": rows}


def run_faces(device_name: str = "auto", seconds: float = 6.0) -> dict[str, Any]:
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
        rate = _steps_per_second(lambda size=size: render(factors, size), seconds, device) * FACES
        print(f"{size:4d} {rate:8.0f}")
        rows.append({"size": size, "faces_per_second": rate})
    return {"device": describe_device(device), "torch": torch.__version__, "threads": threads, "cases": rows}
