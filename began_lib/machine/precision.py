"""Where and in which number format the networks run: chosen by the device, never changed silently."""

from __future__ import annotations

import ctypes
import os
import platform

import torch

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h

# How many devices of a kind PyTorch finds here.
COUNTS = {"cpu": lambda: 1, "cuda": torch.cuda.device_count, "mps": lambda: int(torch.backends.mps.is_available())}
PRECISIONS = ("auto", "fp32", "bf16")
PRECISION_VARIABLE = "BEGAN_PRECISION"  # what "auto" is, whatever the hardware: the notebooks must hold in both formats


def choose_device(name: str = "auto") -> torch.device:
    """`auto` is the first CUDA device if there is one, else the CPU; any other name is taken as it is.

    `mps`, Apple's, trains in fp32. It was written without such a machine at hand and is untested: hence not `auto`.

    Raises:
        ValueError: the name is no device, or one that PyTorch does not find here.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise ValueError(f"device is {name!r}: expected auto, cpu, cuda, cuda:N or mps.") from error
    if device.type not in COUNTS:
        raise ValueError(f"device is {name!r}: expected auto, cpu, cuda, cuda:N or mps; others are untried.")
    count, (_, _, index) = COUNTS[device.type](), name.partition(":")  # device.index wraps at 128
    if int(index or 0) >= count:
        raise ValueError(
            f"device is {name!r}, but PyTorch {torch.__version__} finds {count or 'no'} {device.type.upper()} device"
            f"{'s' if count > 1 else ''}: use cpu or auto."
        )
    return device


def fast_bf16(device: torch.device) -> bool:
    """Whether bf16 multiplies run in hardware: CUDA from Ampere on, CPUs with AMX or AVX512-BF16.

    Without it, bf16 is emulated and slower than fp32 by a factor of several.
    """
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "mps":
        return False
    abilities = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    if abilities:
        return bool(abilities.get("amx_bf16") or abilities.get("avx512_bf16"))
    # PyTorch before get_capabilities answers for AMX through this call alone.
    return bool(torch.cpu._is_amx_tile_supported())


def choose_precision(name: str, device: torch.device) -> str:
    """`fp32` or `bf16`; `auto` is what `BEGAN_PRECISION` says, or else bf16 exactly where :func:`fast_bf16` holds.

    Raises:
        ValueError: the name, or the variable's value, is none of `PRECISIONS`, or bf16 on mps.
    """
    origin = "precision"
    if name == "auto" and PRECISION_VARIABLE in os.environ:
        origin, name = PRECISION_VARIABLE, os.environ[PRECISION_VARIABLE]
    if name not in PRECISIONS:
        raise ValueError(f"{origin} is {name!r}: expected one of {', '.join(PRECISIONS)}.")
    if name == "auto":
        return "bf16" if fast_bf16(device) else "fp32"
    if name == "bf16" and device.type == "mps":
        raise ValueError(f"{origin} is 'bf16': expected fp32 or auto on mps, where bf16 is untried.")
    return name


def keep_freed_memory() -> bool:
    """Keep the memory that a step frees for the next one: with glibc, up to 32 MB a tensor and 2 GB in all.

    Otherwise the C library hands large blocks back to the system and gets them again as new pages, each of which costs
    a page fault at its first use. Returns whether the C library took the settings; others have no such call.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if os.name == "posix" else None
    return (
        mallopt is not None and bool(mallopt(M_MMAP_THRESHOLD, 32 << 20)) and bool(mallopt(M_TRIM_THRESHOLD, 2**31 - 1))
    )


def describe_device(device: torch.device) -> str:
    """One line for histories and notebooks: the processor, its cores or memory, and what bf16 costs there."""
    bf16 = "bf16 in hardware" if fast_bf16(device) else "no bf16 hardware"
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        return f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB, {bf16}"
    if device.type == "mps":
        return f"Apple GPU {platform.machine()} (mps, untested), {bf16}"
    capability = torch.backends.cpu.get_cpu_capability()
    return f"CPU {platform.machine()} {capability}, {torch.get_num_threads()} threads, {bf16}"
