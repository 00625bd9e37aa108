"""How often a second something runs, and the most that a device could do."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch.nn.functional import conv2d, elu

ROUNDS = 7  # in which what is compared takes turns


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


def elu_milliseconds() -> float:
    """The time of PyTorch's ELU on 2 MB of float32 on the CPU, least of five: it tells the state of the process."""
    x = torch.linspace(-3.0, 3.0, 2**19)
    return 1e3 / max(steps_per_second(lambda: elu(x), 0.0, x.device) for _ in range(5))
