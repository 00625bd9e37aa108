"""Speed as ratios within one run: our training step against the textbook one, `python -m began_lib bench`.

With `--faces`, how many faces a second the renderer draws.

The variants take turns in short rounds, so that a machine whose speed drifts slows all of them alike; the ratio is
taken round by round and its median reported.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch.nn.functional import conv2d

from began_lib.faces import render, sample_factors
from began_lib.machine.precision import choose_device, describe_device
from began_lib.machine.storage import atomic_write
from began_lib.models import Architecture
from tools.bench import variants
from tools.bench.cost import storage_peak
from tools.bench.variants import Measures

ROUNDS = 7
FACE_SIZES = (32, 64)
FACES = 512  # rendered at once, two batches of which make a case at least


class Case(NamedTuple):
    """One size of everything; `compared` names what is timed: usual, each, together or saving of `measures`."""

    size: int
    filters: int
    batch_size: int = 16
    compared: tuple[str, ...] = ("usual",)


CASES = (Case(32, 32), Case(32, 64))
# All that a GPU is asked, the most wanted first; `run` stops at its time limit and says what was left out.
PROGRAMME = (
    Case(64, 64, 16, ("each",)),
    Case(128, 128, 64, ("usual", "together")),
    Case(32, 32, 16, ("usual", "together")),
    Case(128, 128, 16, ("usual", "together")),
    Case(64, 128, 64, ("usual", "together")),
    Case(256, 128, 16, ("saving",)),
    Case(64, 64, 64, ("usual",)),
    Case(64, 128, 16, ("usual",)),
    Case(32, 64, 16, ("usual",)),
    Case(32, 128, 16, ("usual",)),
    Case(32, 128, 64, ("usual",)),
    Case(256, 64, 16, ("usual",)),
)


def steps_per_second(step: Callable[[], Any], seconds: float, device: torch.device) -> float:
    """How often a second `step` runs, measured over about `seconds` and at least two calls.

    CUDA takes orders far ahead of its work: there the number of calls is set from the time that two of them took.
    """

    def wait() -> float:
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return time.perf_counter()

    start, steps = wait(), 0
    while steps < 2 or (device.type != "cuda" and time.perf_counter() - start < seconds):
        step()
        steps += 1
    now = wait()
    more = round(steps * (seconds / (now - start) - 1)) if device.type == "cuda" else 0
    if more < 2:
        return steps / (now - start)
    for _ in range(more):
        step()
    return more / (wait() - now)


def matmul_ceiling(precision: str, device: torch.device, seconds: float = 0.5) -> float:
    """Measured FLOP/s of a matrix product on the device, the ceiling of what a step could reach.

    The product is taken both ways, by the library for matrices and, as a 1x1 convolution, by the one for convolutions;
    the faster counts. On a processor for which one of them has no good kernel they differ by more than two.
    """
    size = 8192 if device.type == "cuda" else 2048  # large enough to fill the device
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    a = torch.randn(size, size, device=device).to(dtype)
    pixels = a.view(1, size // 32, 32, size).permute(0, 3, 1, 2)  # channels_last
    kernel = a[:, :, None, None]
    products: tuple[Callable[[], Any], ...] = (lambda: a @ a, lambda: conv2d(pixels, kernel))
    rates = []
    for product in products:
        steps_per_second(product, 0.0, device)
        rates.append(steps_per_second(product, seconds, device))
    return 2 * size**3 * max(rates)


def _ready(variant: Measures, a: Architecture, x: torch.Tensor) -> tuple[Callable[[], Any], int | None]:
    """A step, and the bytes at the peak of one: weights, moments, gradients, activations and, on CUDA, workspaces."""
    if x.device.type == "cuda":
        before = torch.cuda.memory_allocated(x.device)
        torch.cuda.reset_peak_memory_stats(x.device)
    step = variant.build(a, x)
    steps_per_second(step, 0.5, x.device)
    if x.device.type == "cuda":
        return step, torch.cuda.max_memory_allocated(x.device) - before
    return step, None if variant.compiled else storage_peak(step, a)


def _compared(case: Case, device: torch.device) -> dict[str, Measures]:
    return {name: variant for group in case.compared for name, variant in getattr(variants, group)(device).items()}


def run(
    device_name: str = "auto",
    seconds: float = 6.0,
    cases: Sequence[Case] = CASES,
    minutes: float = float("inf"),
    keep: Callable[[dict[str, Any]], Any] = lambda result: None,
) -> dict[str, Any]:
    """Time all cases, print a table, and return the figures.

    Args:
        device_name: auto, cpu, cuda or cuda:N.
        seconds: spent on each variant of each case, in all rounds together.
        cases: what to time; one that does not fit into the device's memory is left out.
        minutes: no case begins later than this.
        keep: given the figures so far after each case, so that an interruption does not lose them.
    """
    device, began = choose_device(device_name), time.perf_counter()
    print(f"{describe_device(device)}; torch {torch.__version__}")
    formats = sorted({v.precision for case in cases for v in _compared(case, device).values()})
    ceilings = {precision: matmul_ceiling(precision, device) for precision in formats}
    for precision, flops in ceilings.items():
        print(f"matmul ceiling {precision}: {flops / 1e9:,.0f} GFLOP/s")
    print(
        f"{'size':>4} {'filters':>7} {'batch':>5}  {'step':24} {'steps/s':>8} {'images/s':>8} {'GFLOP/s':>8} "
        f"{'of ceiling':>10} {'peak GB':>8}  ratio",
        flush=True,
    )
    result: dict[str, Any] = {
        "device": describe_device(device),
        "torch": torch.__version__,
        "matmul_ceiling": ceilings,
        "cases": [],
        "left_out": [],
    }
    for case in cases:
        why = f"{minutes:g} minutes are over" if time.perf_counter() - began > 60 * minutes else ""
        if not why:
            try:
                result["cases"] += _time(case, device, seconds, ceilings)
            except torch.OutOfMemoryError:
                why = "the device's memory is too small"
        if why:
            result["left_out"].append({**case._asdict(), "why": why})
            print(f"left out, {why}: {case.size}x{case.size}, {case.filters} filters, batch {case.batch_size}")
        keep(result)
    return result


def _time(case: Case, device: torch.device, seconds: float, ceilings: dict[str, float]) -> list[dict[str, Any]]:
    a = Architecture(size=case.size, filters=case.filters)
    x = (torch.rand(case.batch_size, a.channels, a.size, a.size) * 2 - 1).to(device)
    variants = _compared(case, device)
    steps, peaks, rates, rows = {}, {}, {name: [] for name in variants}, []
    for name, variant in variants.items():
        steps[name], peaks[name] = _ready(variant, a, x)
    for _ in range(ROUNDS):
        for name, step in steps.items():
            rates[name].append(steps_per_second(step, seconds / ROUNDS, device))
    baseline = rates[next(iter(variants))]
    for name, variant in variants.items():
        rate = statistics.median(rates[name])
        ratio = statistics.median(ours / theirs for ours, theirs in zip(rates[name], baseline, strict=True))
        flops = rate * variant.flops(a, case.batch_size)
        row = {
            "size": case.size,
            "filters": case.filters,
            "batch_size": case.batch_size,
            "step": name,
            "steps_per_second": rate,
            "images_per_second": rate * case.batch_size,
            "flops_per_second": flops,
            "of_ceiling": flops / ceilings[variant.precision],
            "peak_bytes": peaks[name],
            "ratio": ratio,
        }
        peak = "" if peaks[name] is None else f"{peaks[name] / 1e9:.2f}"
        print(
            f"{case.size:4d} {case.filters:7d} {case.batch_size:5d}  {name:24} {rate:8.2f} "
            f"{row['images_per_second']:8.0f} {flops / 1e9:8,.0f} {row['of_ceiling']:10.0%} {peak:>8}  {ratio:.2f}",
            flush=True,
        )
        rows.append(row)
    return rows


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
        rate = steps_per_second(lambda size=size: render(factors, size), seconds, device) * FACES
        print(f"{size:4d} {rate:8.0f}")
        rows.append({"size": size, "faces_per_second": rate})
    return {"device": describe_device(device), "torch": torch.__version__, "threads": threads, "cases": rows}


def draw(result: dict[str, Any], path: Path) -> None:
    """A picture of the ratios, one row of bars per case, written at `path` as a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from began_lib.figures.plots import BLACK, BLUE, ORANGE

    cases: dict[str, list[dict[str, Any]]] = {}
    for row in result["cases"]:
        title = f"{row['size']}x{row['size']}, {row['filters']} filters, batch {row['batch_size']}"
        cases.setdefault(title, []).append(row)
    bars = sum(len(rows) for rows in cases.values())
    figure = Figure(figsize=(8.0, 1.0 + 0.3 * bars + 0.7 * len(cases)), layout="constrained")
    FigureCanvasAgg(figure)
    heights = [1 + len(rows) for rows in cases.values()]
    panels = figure.subplots(len(cases), 1, squeeze=False, height_ratios=heights, sharex=True)[:, 0]
    for axes, (title, rows) in zip(panels, cases.items(), strict=True):
        colours = [ORANGE if row is rows[0] else BLUE for row in rows]
        drawn = axes.barh([row["step"] for row in rows], [row["ratio"] for row in rows], color=colours)
        axes.bar_label(drawn, [f"{row['ratio']:.2f}, {row['of_ceiling']:.0%} of ceiling" for row in rows], padding=3)
        axes.axvline(1.0, color=BLACK, linewidth=0.8)
        axes.invert_yaxis()
        axes.margins(x=0.35)
        axes.set_title(title)
    panels[-1].set_xlabel("steps per second, as a multiple of the first one's")
    figure.suptitle(result["device"])
    with atomic_write(path) as file:
        figure.savefig(file, format="png", dpi=100)
