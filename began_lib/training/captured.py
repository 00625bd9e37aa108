"""A step launched at once: on CUDA, the hundreds of kernels of a step as one graph.

At 64x64 and below a step's kernels take less time than the host needs to launch them one by one. A CUDA graph records
the launches once and repeats them. It repeats addresses, not values: weights, moments, k, gamma, lambda_k, `carry` and
the random stream lie on the device, and a repeated step reads what is there. The learning rate is a number of the host
that the recorded kernels hold, so that another rate is recorded anew, as is a state that was loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from began_lib.step import Began, StepLosses
from began_lib.training.parallel import SharedBegan

WARM_UP = 3  # steps launched one by one before the first recording: what they allocate and choose once stays out of it


def require_capturable(device: torch.device, processes: int = 1, recompute: bool = False) -> None:
    """Raise ValueError where a step cannot be a CUDA graph: on no CUDA device, of several processes, or recomputing."""
    if device.type != "cuda":
        raise ValueError(f"a CUDA graph was asked for, and the run is on {device.type}: expected --device cuda.")
    if processes > 1:  # their all-reduce in a graph
        raise ValueError("a CUDA graph of several processes is untried: expected one process, or no --cuda-graph.")
    if recompute:
        raise ValueError(
            "a CUDA graph with activation checkpointing is untried: leave out --cuda-graph or --recompute."
        )


class CapturedStep:
    """`began.step` as a CUDA graph: call it with one batch after the other, of one shape.

    Its steps are those of `began.step`, with the same z. What the host decides is recorded for good: eta, the number
    format, `separate_z`, whether k is clamped. Raises as :func:`require_capturable` does.

    Args:
        began: what is trained.
        try_algorithms: whether cuDNN tries its algorithms for each convolution, in place of guessing which is fastest.
            It may choose others in another process: a run that is resumed goes on to rounding then.
    """

    def __init__(self, began: Began, try_algorithms: bool = True) -> None:
        processes = began.ranks.size if isinstance(began, SharedBegan) else 1
        modules = [*began.discriminator.modules(), *began.generator.modules()]
        require_capturable(began.device, processes, any(getattr(module, "recompute", False) for module in modules))
        self.began, self.try_algorithms = began, try_algorithms
        self._warm_up = WARM_UP
        self._graph: torch.cuda.CUDAGraph | None = None
        self._recorded_for: tuple[float, Tensor, Tensor] | None = None  # rate, Adam's first moment, images
        self._row = torch.zeros(4, device=began.device)  # what the last step measured

    def __call__(self, x: Tensor) -> StepLosses:
        """One step on the images x, (N, C, size, size), on the device; its losses are on the device."""
        with torch.cuda.device(self.began.device), trying_algorithms(self.try_algorithms):
            # Adam's moments are made in the first step, and algorithms tried in the first of a shape.
            if self._warm_up or not self.began.optimizer.state or self._is_of_another_shape(x):
                self._warm_up, self._graph, self._recorded_for = max(0, self._warm_up - 1), None, None
                return self._aside(x)
            if self._graph is None or self._is_stale():
                self._record(x)
            assert self._graph is not None and self._recorded_for is not None
            self._recorded_for[2].copy_(x)
            self._graph.replay()
            return StepLosses(*self._row.clone().unbind())

    def _aside(self, x: Tensor) -> StepLosses:
        """A step on another stream, as a recording is made on another one."""
        here, aside = torch.cuda.current_stream(), torch.cuda.Stream()
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            losses = self.began.step(x)
        here.wait_stream(aside)
        return losses

    def _moment(self) -> Tensor:
        return self.began.optimizer.state[self.began.parameters[0]]["exp_avg"]

    def _is_of_another_shape(self, x: Tensor) -> bool:
        return self._recorded_for is not None and self._recorded_for[2].shape != x.shape

    def _is_stale(self) -> bool:
        assert self._recorded_for is not None
        rate, moment, _ = self._recorded_for
        return rate != self.began.learning_rate or moment is not self._moment()

    def _record(self, x: Tensor) -> None:
        images, graph = x.clone(), torch.cuda.CUDAGraph()
        self._graph = None  # its memory first
        graph.register_generator_state(self.began.random)
        with self._recordable_adam(), torch.cuda.graph(graph):
            losses = self.began.step(images)
            self._row.copy_(torch.stack([losses.loss_real, losses.loss_fake, losses.k, losses.m_global]))
        self._graph, self._recorded_for = graph, (self.began.learning_rate, self._moment(), images)

    @contextmanager
    def _recordable_adam(self) -> Iterator[None]:
        """Adam refuses to be recorded unless told, and warns of steps outside a graph if told for good."""
        group = self.began.optimizer.param_groups[0]
        told, group["capturable"] = group["capturable"], True
        try:
            yield
        finally:
            group["capturable"] = told


@contextmanager
def trying_algorithms(wanted: bool = True) -> Iterator[None]:
    """cuDNN tries which algorithm is fastest for each convolution, or guesses; afterwards it does as it was told."""
    cudnn = torch.backends.cudnn
    told, cudnn.benchmark = cudnn.benchmark, wanted
    try:
        yield
    finally:
        cudnn.benchmark = told
