"""What a reader waits for: imports, sliders, threads, notebooks, the first faces; and one experiment, up-sampling.

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

from began_lib.data import open_dataset
from began_lib.machine.precision import choose_device, describe_device
from began_lib.models import Architecture, Discriminator, Generator, sample_z
from began_lib.scores.face_detector import face_rate
from began_lib.training.configuration import TrainingConfig
from began_lib.training.trainer import Trainer
from tools.bench.steps import ROUNDS, steps_per_second
from tools.bench.upsampling import upsampled, without_waste
from tools.bench.variants import usual

IMPORTED = (
    "torch",
    "began_lib",
    "began_lib.training.trainer",
    "began_lib.lab.panel",
)  # the first is what cannot be spared
MOVES = 21  # of each slider; the first one warms up
SHAPE = Architecture(size=64, filters=32)  # of the generators under the sliders: 16 faces at 64x64
JUDGED = 128  # samples in which faces are looked for
EXPERIMENTS = ((32, 8), (32, 16), (64, 16), (64, 32), (128, 64))  # filters, side of the small image


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
        "06, γ, 16 faces at 64x64": (lambda i: gamma.set(0.3 + 0.4 * places[i]), gamma.render),
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
    step = list(usual(device).values())[-1].build(a, x)
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
        subprocess.run([sys.executable, root / "notebooks" / "tools" / "execute.py", source.stem[:2]], check=True)
        found[source.stem] = time.perf_counter() - start
    return found


def run_reader(seconds: float = 6.0, notebooks: Path | None = None) -> dict[str, Any]:
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


def run_until_faces(data: str = "lfw", share: float = 0.9, minutes: float = 10.0, every: int = 50) -> dict[str, Any]:
    """Train at 32x32 with 32 filters from nothing until a detector finds a face in `share` of 128 samples.

    The time is that of training alone, without packing and judging; `reached` is None where `minutes` did not suffice.
    """
    config = TrainingConfig(data=data, architecture=Architecture(size=32, filters=32), steps=100_000)
    trainer = Trainer(config, open_dataset(data, size=32))
    z = sample_z(JUDGED, config.architecture.latent, torch.Generator().manual_seed(5)).to(trainer.device)
    trained, since, rates = 0.0, time.perf_counter(), []

    def judge(trainer: Trainer, losses: object) -> None:
        nonlocal trained, since
        if trainer.steps_done % every:
            return
        images = trainer.began.generate(z).clamp(-1, 1)  # waits for the device
        trained += time.perf_counter() - since
        rates.append({"step": trainer.steps_done, "seconds": trained, "face_rate": face_rate(images)})
        if rates[-1]["face_rate"] >= share or trained > 60 * minutes:
            trainer.stop()
        since = time.perf_counter()

    trainer.train(callbacks=[judge])
    reached = next((rate for rate in rates if rate["face_rate"] >= share), None)
    if reached:
        print(f"{reached['face_rate']:.0%} faces after {reached['step']} steps, {reached['seconds']:.0f} s of training")
    else:
        print(f"{rates[-1]['face_rate']:.0%} faces after {rates[-1]['seconds']:.0f} s of training: stopped")
    return {"device": describe_device(trainer.device), "torch": torch.__version__, "course": rates, "reached": reached}


def run_upsampling(device_name: str = "auto", seconds: float = 6.0) -> dict[str, Any]:
    """Forward and backward of one convolution behind an up-sampling, both ways by turns, fp32, batch 16."""
    device = choose_device(device_name)
    print(f"{describe_device(device)}; torch {torch.__version__}; {torch.get_num_threads()} threads")
    print(f"{'filters':>7} {'small image':>11} {'usual/s':>9} {'without waste/s':>15}  ratio")
    rows = [_time_both_ways(filters, side, device, seconds) for filters, side in EXPERIMENTS]
    return {
        "device": describe_device(device),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "cases": rows,
    }


def _time_both_ways(filters: int, side: int, device: torch.device, seconds: float) -> dict[str, float]:
    torch.manual_seed(0)
    shapes = ((16, filters, side, side), (filters, filters, 3, 3))
    x, w = (torch.randn(s, device=device).contiguous(memory_format=torch.channels_last) for s in shapes)
    inputs = [t.requires_grad_() for t in (x, w, torch.zeros(filters, device=device))]
    gradient = torch.randn_like(upsampled(*inputs))
    rates: dict[Callable[..., torch.Tensor], list[float]] = {upsampled: [], without_waste: []}
    for way in rates:
        torch.autograd.grad(way(*inputs), inputs, gradient)
    for _ in range(ROUNDS):
        for way, measured in rates.items():

            def step(way: Callable[..., torch.Tensor] = way) -> None:
                torch.autograd.grad(way(*inputs), inputs, gradient)

            measured.append(steps_per_second(step, seconds / ROUNDS, device))
    usual_rate, other_rate = (statistics.median(measured) for measured in rates.values())
    ratio = statistics.median(b / a for a, b in zip(*rates.values(), strict=True))
    print(f"{filters:7d} {side:11d} {usual_rate:9.1f} {other_rate:15.1f}  {ratio:.2f}")
    return {"filters": filters, "side": side, "usual": usual_rate, "without_waste": other_rate, "ratio": ratio}
