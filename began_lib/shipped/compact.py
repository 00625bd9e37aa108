"""Trained weights in fewer bits, and what that costs in pictures.

The end of a run is kept in half precision, a large D and snapshots along the run in eight bits: every row of a weight
(what leads to one output) as integers from -127 to 127 and one factor, so that eight of them fit where four would.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from began_lib.models import Architecture, Generator, sample_z

Bits = Literal[8, 16]
_SCALE = ".scale"


def shrink(weights: dict[str, Tensor], bits: Bits) -> dict[str, Tensor]:
    """Float tensors as float16 (`bits` = 16), or those of two and more dimensions as int8 with a factor per row."""
    small: dict[str, Tensor] = {}
    for name, weight in weights.items():
        if bits == 16 or weight.dim() < 2:
            small[name] = weight.to(torch.float16)
            continue
        rows = weight.float().flatten(1)
        scale = (rows.abs().amax(1, keepdim=True) / 127).clamp(min=1e-12)  # a row of zeros stays one
        small[name], small[name + _SCALE] = (rows / scale).round().to(torch.int8).reshape(weight.shape), scale
    return small


def restore(small: dict[str, Tensor]) -> dict[str, Tensor]:
    """What :func:`shrink` was given, in float32, rounded."""
    return {
        name: (tensor.flatten(1) * small[name + _SCALE]).reshape(tensor.shape)
        if tensor.dtype == torch.int8
        else tensor.float()
        for name, tensor in small.items()
        if not name.endswith(_SCALE)
    }


@torch.no_grad()
def picture_error(generator: dict[str, Tensor], architecture: Architecture, bits: Bits, seed: int = 0) -> float:
    """Largest change of a pixel, in [-1, 1], over 64 samples when G's weights are kept in so many bits."""
    network = Generator(architecture).eval()
    z = sample_z(64, architecture.latent, torch.Generator().manual_seed(seed))
    pictures = []
    for weights in (generator, restore(shrink(generator, bits))):
        network.load_state_dict(weights)
        pictures.append(network(z))
    return float((pictures[0] - pictures[1]).abs().max())
