"""What one training step costs, counted without running it: arithmetic, memory traffic, peak memory.

Networks are laid out on tensors without data, so that 256x256 with 128 filters takes a second on any machine. These
are the predictions that the benchmark is held against.
"""

from __future__ import annotations

import weakref
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from began_lib.equilibrium import Controller
from began_lib.models import Architecture, Discriminator, Generator, set_recompute
from began_lib.step import Began
from tools.bench.textbook import TextbookStep, textbook_networks


def step_flops(a: Architecture, batch_size: int) -> int:
    """FLOPs of one simultaneous update: each forward once, each backward once, nothing dropped."""

    def step(x: Tensor) -> None:
        Began(Discriminator(a), Generator(a), a.latent, Controller()).losses_with_gradients(x)

    return _counted(step, a, batch_size)


def textbook_flops(a: Architecture, batch_size: int) -> int:
    """FLOPs of the update as public implementations write it: three discriminator passes and two generator forwards.

    The weights of D get a gradient in all three passes; the one from L_G is thrown away.
    """

    def step(x: Tensor) -> None:
        TextbookStep(*textbook_networks(a), a.latent, gamma=0.5, rate=1e-4).updates(x)

    return _counted(step, a, batch_size)


def _counted(step: Callable[[Tensor], None], a: Architecture, batch_size: int) -> int:
    with torch.random.fork_rng(devices=[]), FakeTensorMode(), FlopCounterMode(display=False) as counter:
        step(torch.rand(batch_size, a.channels, a.size, a.size))
    return counter.get_total_flops()


@dataclass(frozen=True)
class Footprint:
    """What the forward and backward passes of one step hold and move, bytes. Workspaces of kernels are not counted."""

    peak: int  # weights, Adam's moments, gradients and activations at the fullest moment
    traffic: dict[str, int]  # read and written in eager mode, by kind of operation
    operations: int  # that read or write data: at least one kernel each in eager mode, Adam's not among them


class _Watch(TorchDispatchMode):
    """Follows the storages that operations make, from their first appearance to their end."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.peak = 0
        self.traffic: Counter[str] = Counter()
        self.operations = 0
        self._live: set[int] = set()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        outputs = [t for t in tree_leaves(result) if isinstance(t, Tensor)]
        if not (function.is_view or function.namespace == "prim" or "view" in str(function)):
            inputs = [t for t in tree_leaves((args, kwargs)) if isinstance(t, Tensor)]
            self.operations += 1
            self.traffic[_kind(str(function))] += sum(t.numel() * t.element_size() for t in (*inputs, *outputs))
        for tensor in outputs:
            self._note(tensor.untyped_storage())
        return result

    def _note(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key not in self._live:
            self._live.add(key)
            self.now += size
            self.peak = max(self.peak, self.now)
            weakref.finalize(storage, self._end, key, size)

    def _end(self, key: int, size: int) -> None:
        self._live.discard(key)
        self.now -= size


def _kind(name: str) -> str:
    for part, kind in (("conv", "convolution"), ("elu", "elu"), ("upsample", "up-sampling"), ("mm", "matrix product")):
        if part in name:
            return kind
    return "other"


def footprint(
    a: Architecture, batch_size: int, precision: str = "fp32", recompute: bool = False, real: bool = False
) -> Footprint:
    """Memory and traffic of one step.

    Args:
        a: shape of both networks.
        batch_size: images.
        precision: fp32 or bf16.
        recompute: with activation checkpointing, see :func:`began_lib.models.set_recompute`.
        real: run it on the CPU with data, to hold the count against.
    """
    fake = FakeTensorMode()
    watch = _Watch()
    with torch.random.fork_rng(devices=[]), fake if not real else torch.enable_grad(), watch:
        d, g = Discriminator(a), Generator(a)
        for network in (d, g):
            set_recompute(network, recompute)
        began = Began(d, g, a.latent, Controller(), precision=precision)
        x = torch.rand(batch_size, a.channels, a.size, a.size).contiguous(memory_format=torch.channels_last)
        watch.traffic.clear()
        watch.operations, watch.peak = 0, watch.now
        began.losses_with_gradients(x)
        parameters = sum(p.numel() for p in (*d.parameters(), *g.parameters()))
    return Footprint(watch.peak + 8 * parameters, dict(watch.traffic), watch.operations)


def storage_peak(step: Callable[[], Any], a: Architecture) -> int:
    """Bytes at the fullest moment of one call of a training step that has run before, on the CPU."""
    watch = _Watch()
    with watch:
        step()
    with torch.device("meta"):
        parameters = sum(p.numel() for network in (Discriminator(a), Generator(a)) for p in network.parameters())
    return watch.peak + 12 * parameters  # weights and Adam's two moments, in float32, were there before


def largest_batch(a: Architecture, memory: float, precision: str = "bf16", recompute: bool = False) -> int:
    """The largest batch whose step fits into `memory` bytes; 0 if none does. Memory is linear in the batch."""
    one, two = (footprint(a, n, precision, recompute).peak for n in (8, 16))
    per_image = (two - one) / 8
    return max(0, int((memory - (one - 8 * per_image)) / per_image))
