"""The first line of every page: its look, its threads, and the scale of what it trains."""

from __future__ import annotations

import os

import torch

from began_lib.figures.plots import use_style
from began_lib.training.configuration import PROFILES

__all__ = ["start"]


def start(scale: str = "quick", threads: int | None = None) -> str:
    """Set a page up, and say at which scale it trains.

    Args:
        scale: "quick", what a reader can wait for on a CPU, or "paper", the paper's sizes and steps. BEGAN_PROFILE in
            the environment goes before it, so that the whole suite can be run at another scale.
        threads: for PyTorch. Tiny networks are faster with 1; default: one for each core.

    Returns:
        "quick" or "paper".

    Raises:
        ValueError: for another scale.
    """
    chosen = os.environ.get("BEGAN_PROFILE") or scale
    if chosen not in PROFILES:
        raise ValueError(f"the scale is {chosen!r}: expected one of {', '.join(PROFILES)}.")
    use_style()
    if threads is not None:
        torch.set_num_threads(threads)
    return chosen
