"""Where the time of one of our steps goes, by kind of operation: `python -m tools.bench.profile`.

With `--cuda-graph` by kernel, of a step launched at once: how many there are, and how long the device is busy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import torch
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from began_lib.machine.precision import choose_device, describe_device
from began_lib.models import IMAGE_SIZES, Architecture
from began_lib.training.captured import require_capturable
from tools.bench.options import finish, parser, whole
from tools.bench.steps import Case
from tools.bench.variants import shape_of, usual

STEPS = 10
STEPS_TIMED = 500
LONGEST = 5  # kernels, told by name
# The first kind whose word is part of an operation's name; what is left is launches and small operations.
KINDS = {
    "convolutions": ("convolution",),
    "ELU": ("elu",),
    "up-sampling": ("upsample",),
    "copies and formats": ("copy", "convert"),
    "fully connected": ("mm",),
    "Adam": ("adam",),
}
# The same for kernels of a GPU, whose names say how something is computed rather than what.
KERNELS = {
    "convolutions": ("cudnn", "padding", "convolve"),
    "ELU": ("elu",),
    "up-sampling": ("upsample",),
    "copies and formats": ("copy", "memcpy", "catarray"),
    "Adam": ("adam",),
    "fully connected": ("gemm", "nvjet", "gemv", "splitk"),
    "sums over images and pixels": ("reduce",),  # the gradients of biases, and the losses
    "sums and products, pixel by pixel": ("functor",),
}


def kind_of(operation: str, kinds: Mapping[str, tuple[str, ...]] = KINDS) -> str:
    """The kind of an operation, or of a kernel, by its name in the profile."""
    name = operation.lower()
    return next((kind for kind, words in kinds.items() if any(word in name for word in words)), "other")


def run(device_name: str, case: Case) -> dict[str, Any]:
    """Profile what `train` runs, print the share of each kind, and return them.

    The time is that of the device: of the host's operations on a CPU; on CUDA of the kernels, each counted for the
    operation of PyTorch that launched it, since kernels have names of their own.
    """
    device = choose_device(device_name)
    name, variant = list(usual(device).items())[-1]
    x = (torch.rand(case.batch_size, 3, case.size, case.size) * 2 - 1).to(device)
    step = variant.build(shape_of(Architecture(size=case.size, filters=case.filters)), x)
    for _ in range(STEPS):
        step()
    cuda = device.type == "cuda"
    with profile(activities=[ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if cuda else [])]) as measured:
        for _ in range(STEPS):
            step()
    times = dict.fromkeys([*KINDS, "other"], 0.0)
    for event in measured.key_averages():
        if event.device_type == DeviceType.CPU:  # kernels have lines of their own as well
            times[kind_of(event.key)] += event.self_device_time_total if cuda else event.self_cpu_time_total
    whole = sum(times.values())
    shares = {kind: time / whole for kind, time in times.items()}
    title = f"{case.size}x{case.size}, {case.filters} filters, batch {case.batch_size}, {name}"
    print(f"{describe_device(device)}; torch {torch.__version__}\n{title}, {STEPS} steps")
    for kind, share in sorted(shares.items(), key=lambda item: -item[1]):
        print(f"{kind:20} {share:6.1%}")
    return {"device": describe_device(device), "torch": torch.__version__, "step": title, "shares": shares}


def run_graph(device_name: str, case: Case, tried: bool = False) -> dict[str, Any]:
    """Profile the kernels of our step as a CUDA graph, print the share of each kind, and return them.

    Raises ValueError without CUDA.

    Args:
        tried: cuDNN tries its algorithms for each convolution, in place of guessing which is fastest.
    """
    device = choose_device(device_name)
    require_capturable(device)
    variant = replace(list(usual(device).values())[-1], cuda_graph=True, try_algorithms=tried)
    x = (torch.rand(case.batch_size, 3, case.size, case.size) * 2 - 1).to(device)
    step = variant.build(shape_of(Architecture(size=case.size, filters=case.filters)), x)
    began = _after(STEPS, step)
    seconds = (_after(STEPS_TIMED, step) - began) / STEPS_TIMED
    with profile(activities=[ProfilerActivity.CUDA]) as measured:
        _after(STEPS, step)
    kernels = [
        {"name": event.key, "kernels": event.count / STEPS, "microseconds": event.self_device_time_total / STEPS}
        for event in measured.key_averages()
        if event.device_type == DeviceType.CUDA
    ]
    return {
        "device": describe_device(device),
        "torch": torch.__version__,
        "step": f"{case.size}x{case.size}, {case.filters} filters, batch {case.batch_size}, ours bf16, CUDA graph",
        "algorithms": "tried" if tried else "guessed",
        "milliseconds": 1000 * seconds,
        **_by_kind(kernels),
    }


def _by_kind(kernels: list[dict[str, Any]]) -> dict[str, Any]:
    """How many kernels of each kind there are in a step and how long they take, and the longest; printed as well."""
    kinds = {kind: {"kernels": 0.0, "microseconds": 0.0} for kind in (*KERNELS, "other")}
    for kernel in kernels:
        kind = kinds[kind_of(kernel["name"], KERNELS)]
        for column in kind:
            kind[column] += kernel[column]
    busy = sum(kind["microseconds"] for kind in kinds.values())
    for name, kind in sorted(kinds.items(), key=lambda item: -item[1]["microseconds"]):
        print(f"{name:35} {kind['kernels']:4.0f} kernels {kind['microseconds'] / busy:6.1%}")
    return {"kinds": kinds, "longest": sorted(kernels, key=lambda kernel: -kernel["microseconds"])[:LONGEST]}


def _after(steps: int, step: Callable[[], Any]) -> float:
    """The time when so many more steps are done."""
    for _ in range(steps):
        step()
    torch.cuda.synchronize()
    return perf_counter()


def main(words: list[str] | None = None) -> None:
    """The command line."""
    options = parser("profile", __doc__)
    options.add_argument("--size", type=int, default=32, choices=IMAGE_SIZES, help="(default 32)")
    options.add_argument("--filters", type=whole, default=32, metavar="N", help="(default 32)")
    options.add_argument("--batch-size", type=whole, default=16, metavar="N", help="(default 16)")
    options.add_argument("--cuda-graph", action="store_true", help="of the kernels of a step launched at once")
    options.add_argument("--tried", action="store_true", help="with --cuda-graph: cuDNN tries its algorithms")
    arguments = options.parse_args(words)
    case = Case(arguments.size, arguments.filters, arguments.batch_size)
    if arguments.tried and not arguments.cuda_graph:
        options.error("--tried: only with --cuda-graph.")
    finish(
        run_graph(arguments.device, case, arguments.tried) if arguments.cuda_graph else run(arguments.device, case),
        arguments,
    )


if __name__ == "__main__":
    main()
