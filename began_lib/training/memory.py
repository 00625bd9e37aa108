"""The memory of a training step, estimated before it is taken, and refused where the machine has not so much.

Both networks are laid out on tensors without data, so that this takes no memory and a fraction of a second.
"""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import Tensor

from began_lib.machine.storage import format_bytes
from began_lib.models import Architecture, Discriminator, Generator, set_recompute

COPIES = 4  # of each weight: itself, its gradient, Adam's two moments
CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may take, on Linux
UNKNOWN = 1 << 62  # bytes, where the system does not say


def step_memory(a: Architecture, batch_size: int, precision: str = "fp32", recompute: bool = False) -> int:
    """Bytes that one training step holds at its fullest, to a third or so.

    Args:
        a: shape of both networks.
        batch_size: images on this device.
        precision: fp32 or bf16, in which activations take half.
        recompute: with activation checkpointing, see :func:`began_lib.models.set_recompute`.
    """
    with torch.random.fork_rng(devices=[]), torch.device("meta"):
        d, g = Discriminator(a), Generator(a)
        set_recompute(d, recompute)
        set_recompute(g, recompute)
        kept: dict[int, Tensor] = {}  # by storage: what the backward pass needs

        def keep(tensor: Tensor) -> Tensor:
            kept[tensor.untyped_storage()._cdata] = tensor
            return tensor

        x = torch.empty(batch_size, a.channels, a.size, a.size)
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            outputs = d(x), d(g(torch.empty(batch_size, a.latent)))
    weights = {p.untyped_storage()._cdata: p for network in (d, g) for p in network.parameters()}
    activations = sum(t.untyped_storage().nbytes() for key, t in kept.items() if key not in weights)
    # On the way back, gradients of the largest scale; with recomputing, its activations as well.
    largest = outputs[0].new_empty(batch_size, a.filters, a.size, a.size).untyped_storage().nbytes()
    activations += largest * (2 + recompute * (a.repeats + 1))
    held = COPIES * sum(p.untyped_storage().nbytes() for p in weights.values())
    return held + activations // (2 if precision == "bf16" else 1)


def memory_of(device: torch.device) -> int:
    """Bytes that a process can hope for on a device: all of the machine's or container's, or what is free on a GPU."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory()
    limits = [UNKNOWN]
    if hasattr(os, "sysconf"):  # not on Windows
        limits.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    if CGROUP.is_file() and (text := CGROUP.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits)


def require_memory(device: torch.device, batch_size: int, needed: int, remedy: str = "") -> None:
    """Raise ValueError, with the numbers, where a step of `batch_size` images needs more bytes than the device has."""
    if needed > (there := memory_of(device)):
        raise ValueError(
            f"a training step of {batch_size} images would take about {format_bytes(needed)}, and {device} has "
            f"{format_bytes(there)}: lower --batch-size, --filters or --size{remedy}."
        )
