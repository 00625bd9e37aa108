"""What a reader waits for: imports, sliders, threads, notebooks: `python -m tools.bench.reader`.

Seconds here are of one machine; the ratios within a table are what carries over.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from began_lib.machine.precision import describe_device
from began_lib.machine.storage import REPOSITORY
from began_lib.models import Architecture, Discriminator, Generator, sample_z
from tools.bench.options import finish, parser
from tools.bench.timing import ROUNDS, steps_per_second
from tools.bench.variants import shape_of, usual

IMPORTED = (
    "torch",
    "began_lib",
    "began_lib.training.trainer",
    "began_lib.lab.panel",
)  # the first is what cannot be spared
MOVES = 21  # of each slider; the first one warms up
SHAPE = Architecture(size=64, filters=32)  # of the generators under the sliders: 16 faces at 64x64


def import_seconds(module: str, times: int = 3) -> float:
    """Wall time of a fresh interpreter that imports a module, less that of one that imports none; least of `times`."""

    def run(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    return min(run(f"import {module}") for _ in range(times)) - min(run("pass") for _ in range(times))


def _panels() -> dict[str, tuple[Callable[[int], object], Callable[[], bytes]]]:
    """For each panel: how to move its slider to the i-th of MOVES places, and how to draw it."""
    from began_lib.panels.gamma import GammaPanel
    from began_lib.panels.interpolation import Face, InterpolationPanel
    from began_lib.panels.pixels import PixelsPanel
    from began_lib.panels.transport import TransportPanel

    torch.manual_seed(0)
    generators = {gamma: Generator(SHAPE) for gamma in (0.3, 0.5, 0.7)}
    z = sample_z(2, SHAPE.latent, torch.Generator().manual_seed(0))
    with torch.no_grad():
        faces = {str(i): Face(x, code, 0.0) for i, (x, code) in enumerate(zip(generators[0.5](z), z, strict=True))}
    places = np.linspace(0, 1, MOVES)
    transport, gamma = TransportPanel(), GammaPanel(generators)
    path = InterpolationPanel(generators[0.5], Discriminator(SHAPE), faces)
    losses = PixelsPanel({"real": np.random.default_rng(0).gamma(2, size=(500, 32, 32))})
    return {
        "02, mean of a normal": (lambda i: transport.set("m1", 0.05 + 0.1 * places[i]), transport.render),
        "01, pixels averaged": (lambda i: losses.set(losses.counts()[i % len(losses.counts())]), losses.render),
        "06, γ, 16 faces at 64x64": (lambda i: gamma.set((0.3, 0.5, 0.7)[i % 3]), gamma.render),
        "07, place on a path": (lambda i: path.set("position", places[i]), path.render),
        "07, another path": (lambda i: path.set("path", ("straight", "spherical")[i % 2]), path.render),
    }


def slider_milliseconds() -> dict[str, dict[str, float]]:
    """From a move to the new picture's bytes, by panel: median and worst of MOVES - 1; the browser adds its own."""
    found = {}
    for name, (move, draw) in _panels().items():
        waits = []
        for i in range(MOVES):
            start = time.perf_counter()
            move(i)
            draw()
            waits.append(1e3 * (time.perf_counter() - start))
        found[name] = {"median": statistics.median(waits[1:]), "worst": max(waits[1:])}
    return found


def thread_rates(seconds: float) -> dict[int, float]:
    """Steps per second of our step at 32x32 with 32 filters and batch 16 on the CPU, by number of threads."""
    a, before = Architecture(size=32, filters=32), torch.get_num_threads()
    x = torch.rand(16, 3, 32, 32) * 2 - 1
    device = torch.device("cpu")
    step = list(usual(device).values())[-1].build(shape_of(a), x)
    rates: dict[int, list[float]] = {threads: [] for threads in range(1, before + 1)}
    try:
        for _ in range(ROUNDS):
            for threads, measured in rates.items():
                torch.set_num_threads(threads)
                step()  # kernels are chosen anew for another number of threads
                measured.append(steps_per_second(step, seconds / ROUNDS, device))
    finally:
        torch.set_num_threads(before)
    return {threads: statistics.median(measured) for threads, measured in rates.items()}


def notebook_seconds(root: Path) -> dict[str, float]:
    """Wall time of each notebook in the quick profile, executed one after the other as `make notebooks` does."""
    found = {}
    for source in sorted((root / "notebooks").glob("[0-9][0-9]_*.py")):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-m", "tools.notebooks.execute", source.stem[:2]], check=True, cwd=root)
        found[source.stem] = time.perf_counter() - start
    return found


def run(seconds: float = 6.0, notebooks: Path | None = None) -> dict[str, Any]:
    """Measure it all, print it, and return the figures.

    Args:
        seconds: spent on each number of threads.
        notebooks: root of a clone whose notebooks are to be timed as well, which takes minutes.
    """
    result: dict[str, Any] = {"device": describe_device(torch.device("cpu")), "torch": torch.__version__}
    result["threads"] = torch.get_num_threads()
    result["import_seconds"] = {module: import_seconds(module) for module in IMPORTED}
    for module, value in result["import_seconds"].items():
        print(f"import {module:24} {value:8.2f} s")
    result["slider_milliseconds"] = slider_milliseconds()
    for name, waits in result["slider_milliseconds"].items():
        print(f"slider {name:28} {waits['median']:8.0f} ms, worst {waits['worst']:.0f} ms")
    result["steps_per_second_by_threads"] = {str(n): rate for n, rate in thread_rates(seconds).items()}
    for threads, rate in result["steps_per_second_by_threads"].items():
        print(f"{threads} threads {rate:8.2f} steps/s")
    if notebooks:
        result["notebook_seconds"] = notebook_seconds(notebooks)
        for stem, value in result["notebook_seconds"].items():
            print(f"notebook {stem:28} {value:8.1f} s")
    return result


def main(words: list[str] | None = None) -> None:
    """The command line."""
    options = parser("reader", __doc__)
    options.add_argument("--notebooks", action="store_true", help="each notebook as well, in minutes")
    arguments = options.parse_args(words)
    finish(run(arguments.seconds, REPOSITORY if arguments.notebooks else None), arguments)


if __name__ == "__main__":
    main()
