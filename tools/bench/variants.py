"""The tricks that make a step fast, each to be had alone: what the benchmark compares.

Without any, it is the textbook's step. "One backward" is the simultaneous update of `began_lib.step`; it also ends the
waiting for the device in every step, which a CUDA graph needs.

Nothing of the library is imported before it is needed: `began_lib.models` makes the ELU of its process fast, and the
textbook's step has to be timed without that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from began_lib.machine.precision import fast_bf16, keep_freed_memory

if TYPE_CHECKING:
    from began_lib.models import Architecture

RATE = 1e-4
DERIVED = ("scales", "cube_filters")  # what the textbook reads of an architecture beside its fields


def shape_of(a: Architecture) -> dict[str, Any]:
    """An architecture as plain values, for another process."""
    return {**asdict(a), **{name: getattr(a, name) for name in DERIVED}}


def architecture(shape: Mapping[str, Any]) -> Architecture:
    """The architecture that `shape_of` described."""
    from began_lib.models import Architecture

    return Architecture(**{name: value for name, value in shape.items() if name not in DERIVED})


@dataclass(frozen=True)
class Variant:
    """What a step does otherwise than the textbook's, in fp32, does."""

    one_backward: bool = False  # one simultaneous update, nothing computed twice or dropped, nothing read by the host
    single_pass: bool = False  # and x and G(z) through D at once, see `single_pass`
    fast_elu: bool = False  # the constant that PyTorch's ELU reads is in memory, as `began_lib.models` sees to
    kept_memory: bool = False  # freed memory stays with the process, as `Trainer` sees to
    channels_last: bool = False  # images with the channels innermost
    bf16: bool = False  # matrix products in bf16
    fused_adam: bool = False  # one kernel for all weights
    compiled: bool = False  # torch.compile of both networks
    cuda_graph: bool = False  # the whole step, the controller included, launched at once
    try_algorithms: bool = True  # in the graph, for each convolution, in place of cuDNN's guess
    recompute: bool = False  # activation checkpointing: slower, for memory
    relu: bool = False  # ReLU in place of every ELU of the process: not the paper's, but what a free ELU would give

    def __post_init__(self) -> None:
        if (self.cuda_graph or self.recompute or self.single_pass) and not self.one_backward:
            raise ValueError("a CUDA graph, a single pass or activation checkpointing: only with one_backward.")

    @property
    def precision(self) -> str:
        """fp32 or bf16."""
        return "bf16" if self.bf16 else "fp32"

    def build(self, shape: Mapping[str, Any], x: Tensor) -> Callable[[], Any]:
        """A step on the images x, (N, C, size, size) on their device, ready to be repeated.

        Args:
            shape: what `shape_of` gave.
        """
        if self.fast_elu:
            torch.expm1(torch.full((64,), -0.0))  # see began_lib.models
        if self.kept_memory and x.device.type == "cpu":
            keep_freed_memory()
        if self.relu:
            torch.nn.functional.elu = lambda x, inplace=False: torch.relu_(x)
        torch.manual_seed(0)
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        x = x.contiguous(memory_format=layout)
        return (self._ours if self.one_backward else self._textbook)(shape, x, layout)

    def _textbook(self, shape: Mapping[str, Any], x: Tensor, layout: torch.memory_format) -> Callable[[], Any]:
        from tools.bench.textbook import TextbookStep, textbook_networks

        d, g = (n.to(x.device, memory_format=layout) for n in textbook_networks(SimpleNamespace(**shape)))
        textbook = TextbookStep(d, g, shape["latent"], gamma=0.5, rate=RATE)
        if self.fused_adam:
            textbook.optimizer_d = torch.optim.Adam(d.parameters(), lr=RATE, fused=True)
            textbook.optimizer_g = torch.optim.Adam(g.parameters(), lr=RATE, fused=True)
        self._compile(d, g)

        def step() -> None:
            with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
                textbook.step(x)

        return step

    def _ours(self, shape: Mapping[str, Any], x: Tensor, layout: torch.memory_format) -> Callable[[], Any]:
        from began_lib.equilibrium import Controller
        from began_lib.models import Discriminator, Generator, set_recompute
        from began_lib.step import Began
        from began_lib.training.captured import WARM_UP, CapturedStep
        from tools.bench.single_pass import SinglePass

        a = architecture(shape)
        d, g = (network(a).to(x.device, memory_format=layout) for network in (Discriminator, Generator))
        for network in (d, g):
            set_recompute(network, self.recompute)
        kind = SinglePass if self.single_pass else Began
        began = kind(d, g, a.latent, Controller(device=x.device), RATE, precision=self.precision)
        if not self.fused_adam:
            began.optimizer = torch.optim.Adam(began.parameters, lr=RATE, capturable=self.cuda_graph)
        self._compile(d, g)
        step = partial(CapturedStep(began, self.try_algorithms) if self.cuda_graph else began.step, x)
        if self.cuda_graph:
            for _ in range(WARM_UP + 1):  # the last of them is recorded
                step()
        return step

    def _compile(self, *networks: torch.nn.Module) -> None:
        if self.compiled:
            for network in networks:
                network.compile()  # in place: names and weights stay


_OURS = Variant(one_backward=True, fast_elu=True, kept_memory=True, channels_last=True, fused_adam=True)


def usual(device: torch.device) -> dict[str, Variant]:
    """The textbook's step, with a fast ELU too, and what `train` runs, in both number formats where bf16 is fast."""
    textbook = {"textbook": Variant()}
    if device.type == "cpu":
        textbook["textbook, fast ELU"] = Variant(fast_elu=True)
    ours = {"ours fp32": _OURS}
    if fast_bf16(device):
        ours["ours bf16"] = replace(_OURS, bf16=True)
    if device.type == "cuda":
        ours["ours bf16, CUDA graph"] = replace(_OURS, bf16=fast_bf16(device), cuda_graph=True)
    return textbook | ours


def each(device: torch.device) -> dict[str, Variant]:
    """The usual ones, each trick added alone to the textbook's step, single pass to ours, and all together."""
    cuda = device.type == "cuda"
    single = {
        "one backward": Variant(one_backward=True, fast_elu=True),
        "channels_last": Variant(channels_last=True),
        "bf16": Variant(bf16=True),
        "fused Adam": Variant(fused_adam=True),
        "compiled": Variant(compiled=True),
    }
    if cuda:
        single["one backward, CUDA graph"] = Variant(one_backward=True, fast_elu=True, cuda_graph=True)
    else:
        single["freed memory kept"] = Variant(kept_memory=True)
    last = list(usual(device).items())[-1]
    single[f"{last[0]}, D in a single pass"] = replace(last[1], single_pass=True)
    single[f"{last[0]}, ReLU: a bound"] = replace(last[1], relu=True)
    return usual(device) | single | together(device)


def together(device: torch.device) -> dict[str, Variant]:
    """All tricks that the library takes or its user may, at once."""
    cuda = device.type == "cuda"
    return {"all together": replace(_OURS, bf16=fast_bf16(device), compiled=True, cuda_graph=cuda)}


def saving(device: torch.device) -> dict[str, Variant]:
    """What `train` runs, with and without activation checkpointing."""
    plain = replace(_OURS, bf16=fast_bf16(device))
    return {f"ours {plain.precision}": plain, "checkpointing": replace(plain, recompute=True)}
