"""Speed as ratios within one run: our training step against the textbook's, `python -m tools.bench`.

Each variant runs in a process of its own, and they take turns in short rounds, so that a machine whose speed drifts
slows all of them alike; the ratio is taken round by round and its median reported.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import torch

from began_lib.machine.precision import choose_device, describe_device
from began_lib.machine.storage import REPOSITORY, atomic_write
from began_lib.models import Architecture
from tools.bench import variants
from tools.bench.cost import step_flops, textbook_flops
from tools.bench.timing import ROUNDS, matmul_ceiling
from tools.bench.variants import Variant


class Case(NamedTuple):
    """One size of everything; `compared` names what is timed: usual, each, together or saving of `variants`."""

    size: int
    filters: int
    batch_size: int = 16
    compared: tuple[str, ...] = ("usual",)


CASES = (Case(32, 32), Case(32, 64))
# All that a GPU is asked, the most wanted first; `run` stops at its time limit and says what was left out.
PROGRAMME = (
    Case(64, 64, 16, ("each",)),
    Case(128, 128, 64),
    Case(128, 128, 16),
    Case(32, 32, 16),
    Case(128, 64, 16),
    Case(256, 128, 16, ("saving",)),
    Case(128, 128, 64, ("usual", "together")),
    Case(64, 128, 64, ("usual", "together")),
    Case(64, 64, 64, ("usual",)),
    Case(64, 128, 16, ("usual",)),
    Case(32, 64, 16, ("usual",)),
    Case(32, 128, 16, ("usual",)),
    Case(32, 128, 64, ("usual",)),
    Case(256, 64, 16, ("usual",)),
)


def _compared(case: Case, device: torch.device) -> dict[str, Variant]:
    return {name: variant for group in case.compared for name, variant in getattr(variants, group)(device).items()}


class WorkerEnded(RuntimeError):
    """A process that was to time a step has ended; what it said is on stderr."""


class Worker:
    """A process that holds one step ready; see `tools.bench.worker`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, **question: Any) -> dict[str, Any]:
        """Its answer to a question. Raises as :meth:`answer` does."""
        self.tell(**question)
        return self.answer()

    def tell(self, **question: Any) -> None:
        """Put a question, whose answer :meth:`answer` waits for."""
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has ended: the answer says so
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        """The answer to a question. Raises OutOfMemoryError where the step did not fit, WorkerEnded where it failed."""
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise WorkerEnded(f"its process ended with status {self._process.wait()}")
        found = json.loads(line)
        if "error" in found:
            raise torch.OutOfMemoryError(found["error"])
        return found


@contextmanager
def _worker(variant: Variant, a: Architecture, batch_size: int, device: torch.device) -> Iterator[Worker]:
    command = [sys.executable, "-m", "tools.bench.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) as process:
        try:
            worker = Worker(process)
            worker.tell(
                variant=asdict(variant),
                shape=variants.shape_of(a),
                batch_size=batch_size,
                device=str(device),
                threads=torch.get_num_threads(),
            )
            yield worker
        finally:
            process.kill()


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
        f"{'size':>4} {'filters':>7} {'batch':>5}  {'step':30} {'steps/s':>8} {'images/s':>8} {'GFLOP/s':>8} "
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
                result["cases"] += _time(case, device, seconds, ceilings, result["left_out"])
            except torch.OutOfMemoryError:
                why = "the device's memory is too small"
            except WorkerEnded as error:
                why = str(error)
        if why:
            result["left_out"].append({**case._asdict(), "why": why})
            print(f"left out, {why}: {case.size}x{case.size}, {case.filters} filters, batch {case.batch_size}")
        keep(result)
    return result


def _time(
    case: Case,
    device: torch.device,
    seconds: float,
    ceilings: dict[str, float],
    left_out: list[dict[str, Any]],
) -> list[dict[str, Any]]:
    """The rows of one case; a step that cannot be built, other than the first, is added to `left_out`."""
    a = Architecture(size=case.size, filters=case.filters)
    compared = _compared(case, device)
    rates: dict[str, list[float]] = {name: [] for name in compared}
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(_worker(variant, a, case.batch_size, device))
            for name, variant in compared.items()
        }
        first, *others = workers
        workers[first].answer()
        for name in others:
            try:
                workers[name].answer()
            except WorkerEnded as error:
                left_out.append({**case._asdict(), "step": name, "why": str(error)})
                print(f"left out, {error}: {name}", flush=True)
                del workers[name]
        for _ in range(ROUNDS):
            for name, worker in workers.items():
                rates[name].append(worker.ask(seconds=seconds / ROUNDS)["rate"])
        ends = {name: worker.ask() for name, worker in workers.items()}
    rows = []
    for name in workers:
        variant, rate = compared[name], statistics.median(rates[name])
        flops = rate * (step_flops if variant.one_backward else textbook_flops)(a, case.batch_size)
        row = {
            "size": case.size,
            "filters": case.filters,
            "batch_size": case.batch_size,
            "step": name,
            "steps_per_second": rate,
            "images_per_second": rate * case.batch_size,
            "flops_per_second": flops,
            "of_ceiling": flops / ceilings[variant.precision],
            "ratio": statistics.median(ours / theirs for ours, theirs in zip(rates[name], rates[first], strict=True)),
            **ends[name],
        }
        _print(row)
        rows.append(row)
    if device.type == "cpu":
        states = ", ".join(f"{name} {end['elu_milliseconds']:.2f}" for name, end in ends.items())
        print(f"     an ELU on 2 MB in each one's process, ms: {states}", flush=True)
    return rows


def _print(row: dict[str, Any]) -> None:
    peak = "" if row["peak_bytes"] is None else f"{row['peak_bytes'] / 1e9:.2f}"
    print(
        f"{row['size']:4d} {row['filters']:7d} {row['batch_size']:5d}  {row['step']:30} "
        f"{row['steps_per_second']:8.2f} {row['images_per_second']:8.0f} {row['flops_per_second'] / 1e9:8,.0f} "
        f"{row['of_ceiling']:10.0%} {peak:>8}  {row['ratio']:.2f}",
        flush=True,
    )


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
