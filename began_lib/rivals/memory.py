"""The memory of a rival's training step, estimated before it is taken: the step itself, on tensors without data."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.optim import Optimizer

from began_lib.machine.precision import choose_precision
from began_lib.rivals.magan import PRETRAINING
from began_lib.rivals.rival import Rival, RivalConfig
from began_lib.rivals.systems import SYSTEMS

EPOCH = 2  # batches: more than one, for what is decided at an epoch's end needs data
FULLEST = PRETRAINING * EPOCH  # steps before one with all in it: MAGAN's game is on, and WGAN's G moves at the fifth


def step_memory(config: RivalConfig, device: torch.device) -> int:
    """Bytes that one training step of a system holds at its fullest, to a quarter or so."""
    config = replace(config, precision=choose_precision(config.precision, device))
    kept = _Kept()
    with torch.random.fork_rng(devices=[]), FakeTensorMode():
        rival = _laid_out(config)
        x = torch.empty(config.batch_size, config.channels, config.size, config.size)
        with torch.autograd.graph.saved_tensors_hooks(kept.note, lambda tensor: tensor):
            rival.steps_done = FULLEST
            rival.step(x)
        weights = list(rival.parameters())
        moments = [tensor for optimizer in rival.optimizers.values() for tensor in _tensors(optimizer)]
        held = sum(tensor.untyped_storage().nbytes() for tensor in (*weights, *weights, *moments))  # and gradients
    # An output that no way back needs, and its gradient.
    return held + kept.most + 2 * kept.largest


def _tensors(optimizer: Optimizer) -> list[Tensor]:
    return [value for state in optimizer.state.values() for value in state.values() if isinstance(value, Tensor)]


def _laid_out(config: RivalConfig, epoch: int = EPOCH) -> Rival:
    """A system on tensors without data, which can be neither moved nor laid out otherwise."""
    kind = SYSTEMS[config.system]
    return type(kind.__name__, (kind,), {"to": lambda self, *places, **layout: self})(config, epoch)


class _Kept:
    """Bytes that passes keep for their ways back: the most at a time, and in one tensor."""

    def __init__(self) -> None:
        self.now = self.most = self.largest = 0
        self._live: set[int] = set()

    def note(self, tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key not in self._live:
            self._live.add(key)
            self.now += size
            self.most, self.largest = max(self.most, self.now), max(self.largest, size)
            weakref.finalize(storage, self._end, key, size)
        return tensor

    def _end(self, key: Any, size: int) -> None:
        self._live.discard(key)
        self.now -= size
