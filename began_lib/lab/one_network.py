"""A step in which one network learns and the other stands still, as in the textbook's alternating updates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from began_lib.step import Began

NETWORKS = ("D", "G")


@contextmanager
def only(began: Began, network: str) -> Iterator[None]:
    """Within it a step is the same step but for what it moves: the weights of one network, and nothing else.

    L(x) and L(G(z)) are measured with the next batch and the next z, both gradients are computed, and that of the
    other network is dropped before Adam sees it; k stays. Raises ValueError for a network other than D and G.
    """
    if network not in NETWORKS:
        raise ValueError(f"no network {network!r}: expected D or G.")
    other = began.generator if network == "D" else began.discriminator

    def drop(*_: Any) -> None:
        for parameter in other.parameters():
            parameter.grad = None  # Adam passes over a parameter without a gradient: its moments stay too

    held = began.controller.held
    hook = began.optimizer.register_step_pre_hook(drop)
    began.controller.held = True
    try:
        yield
    finally:
        hook.remove()
        began.controller.held = held
