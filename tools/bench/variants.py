"""The measures that make a step fast, each to be had alone: what `bench` compares.

Without any, it is the textbook's step. "One backward" is the simultaneous update of `step`; it also ends the waiting
for the device in every step, which a CUDA graph needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from began_lib.equilibrium import Controller
from began_lib.machine.precision import fast_bf16
from began_lib.models import Architecture, Discriminator, Generator, set_recompute
from began_lib.step import Began
from tools.bench.cost import step_flops, textbook_flops
from tools.bench.textbook import TextbookStep, textbook_networks

RATE = 1e-4


@dataclass(frozen=True)
class Measures:
    """Which measures a step takes; none is the textbook's step, in fp32."""

    one_backward: bool = False  # one simultaneous update, nothing computed twice or dropped, nothing read by the host
    channels_last: bool = False  # images with the channels innermost
    bf16: bool = False  # matrix products in bf16
    fused_adam: bool = False  # one kernel for all weights
    compiled: bool = False  # torch.compile of both networks
    cuda_graph: bool = False  # the whole step, the controller included, launched at once
    recompute: bool = False  # activation checkpointing: slower, for memory

    def __post_init__(self) -> None:
        if (self.cuda_graph or self.recompute) and not self.one_backward:
            raise ValueError("a CUDA graph or activation checkpointing: only with one_backward.")

    @property
    def precision(self) -> str:
        """fp32 or bf16."""
        return "bf16" if self.bf16 else "fp32"

    def flops(self, a: Architecture, batch_size: int) -> int:
        """What such a step computes; what is computed again for memory's sake does not count."""
        return (step_flops if self.one_backward else textbook_flops)(a, batch_size)

    def build(self, a: Architecture, x: Tensor) -> Callable[[], Any]:
        """A step on the images x, (N, C, size, size) on their device, ready to be repeated."""
        torch.manual_seed(0)
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        x = x.contiguous(memory_format=layout)
        return (self._ours if self.one_backward else self._textbook)(a, x, layout)

    def _textbook(self, a: Architecture, x: Tensor, layout: torch.memory_format) -> Callable[[], Any]:
        d, g = (network.to(x.device, memory_format=layout) for network in textbook_networks(a))
        textbook = TextbookStep(d, g, a.latent, gamma=0.5, rate=RATE)
        if self.fused_adam:
            textbook.optimizer_d = torch.optim.Adam(d.parameters(), lr=RATE, fused=True)
            textbook.optimizer_g = torch.optim.Adam(g.parameters(), lr=RATE, fused=True)
        self._compile(d, g)

        def step() -> None:
            with torch.autocast(x.device.type, torch.bfloat16, enabled=self.bf16):
                textbook.step(x)

        return step

    def _ours(self, a: Architecture, x: Tensor, layout: torch.memory_format) -> Callable[[], Any]:
        d, g = (network(a).to(x.device, memory_format=layout) for network in (Discriminator, Generator))
        for network in (d, g):
            set_recompute(network, self.recompute)
        began = Began(d, g, a.latent, Controller(device=x.device), RATE, precision=self.precision)
        if self.cuda_graph or not self.fused_adam:
            parameters = [*d.parameters(), *g.parameters()]
            began.optimizer = torch.optim.Adam(
                parameters, lr=RATE, fused=self.fused_adam or None, capturable=self.cuda_graph
            )
        self._compile(d, g)
        return _captured(began, x) if self.cuda_graph else lambda: began.step(x)

    def _compile(self, *networks: torch.nn.Module) -> None:
        if self.compiled:
            for network in networks:
                network.compile()  # in place: names and weights stay


def _captured(began: Began, x: Tensor) -> Callable[[], Any]:
    graph = torch.cuda.CUDAGraph()
    graph.register_generator_state(began.random)
    with torch.cuda.device(x.device):
        # Steps on a side stream first: what they allocate and choose once must not become part of the graph.
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(3):
                began.step(x)
        torch.cuda.current_stream().wait_stream(aside)
        with torch.cuda.graph(graph):
            began.step(x)
    return Replay(graph, (began, x))


@dataclass(frozen=True)
class Replay:
    """A captured step. A graph knows addresses only: what lies there has to live as long as it does."""

    graph: Any  # torch.cuda.CUDAGraph
    kept: tuple[Began, Tensor]  # weights, moments, k; images

    def __call__(self) -> None:
        self.graph.replay()


def usual(device: torch.device) -> dict[str, Measures]:
    """The textbook's step and what `train` runs, in both number formats where bf16 is fast."""
    ours = {"ours fp32": Measures(one_backward=True, channels_last=True, fused_adam=True)}
    if fast_bf16(device):
        ours["ours bf16"] = Measures(one_backward=True, channels_last=True, bf16=True, fused_adam=True)
    return {"textbook": Measures(), **ours}


def each(device: torch.device) -> dict[str, Measures]:
    """The usual ones, each measure added alone to the textbook's step, and all together."""
    cuda = device.type == "cuda"
    single = {
        "one backward": Measures(one_backward=True),
        "channels_last": Measures(channels_last=True),
        "bf16": Measures(bf16=True),
        "fused Adam": Measures(fused_adam=True),
        "compiled": Measures(compiled=True),
    }
    if cuda:
        single["one backward, CUDA graph"] = Measures(one_backward=True, cuda_graph=True)
    return usual(device) | single | together(device)


def together(device: torch.device) -> dict[str, Measures]:
    """All measures that the device knows, at once."""
    return {
        "all together": Measures(
            one_backward=True,
            channels_last=True,
            bf16=fast_bf16(device),
            fused_adam=True,
            compiled=True,
            cuda_graph=device.type == "cuda",
        )
    }


def saving(device: torch.device) -> dict[str, Measures]:
    """What `train` runs, with and without activation checkpointing."""
    plain = Measures(one_backward=True, channels_last=True, bf16=fast_bf16(device), fused_adam=True)
    return {
        f"ours {plain.precision}": plain,
        "checkpointing": Measures(**{**vars(plain), "recompute": True}),
    }
