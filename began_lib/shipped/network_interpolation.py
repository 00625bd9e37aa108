"""Between trained generators: networks whose weights lie on the line from one to the next (Wang et al. 2019)."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

import torch

from began_lib.models import Generator


def blend(generators: Mapping[float, Generator], gamma: float) -> Generator:
    """The generator at `gamma`: trained, or with weights on the straight line between its two trained neighbours.

    Args:
        generators: trained ones of one architecture by their gamma.
        gamma: between the smallest and the largest of them.

    Raises:
        ValueError: gamma outside, no generator, or architectures that differ.
    """
    if not generators:
        raise ValueError("expected at least one trained generator, found none")
    trained = sorted(generators)
    if not trained[0] <= gamma <= trained[-1]:  # also refuses NaN
        raise ValueError(f"gamma is {gamma!r}: expected a number from {trained[0]:g} to {trained[-1]:g}")
    if len({generator.architecture for generator in generators.values()}) > 1:
        raise ValueError("expected generators of one architecture: weights of different shape have nothing in between")
    if gamma in generators:
        return generators[gamma]
    low, high = max(g for g in trained if g < gamma), min(g for g in trained if g > gamma)
    t = (gamma - low) / (high - low)
    result = deepcopy(generators[low])
    with torch.no_grad():
        for own, other in zip(result.parameters(), generators[high].parameters(), strict=True):
            own.lerp_(other, t)
    return result
