"""Features of real images, kept: they are the same for every model that is scored against one data set.

What is kept is found by its content: the pixels, the network's weights, and what decides how it computes. It lies in
the cache, which can be deleted at any time.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor

from began_lib.machine.storage import cache_dir
from began_lib.scores.features import Extracted, extract
from began_lib.scores.networks import FeatureNetwork
from began_lib.training import checkpoints

FORMAT = "began-features-1"


def place(network: FeatureNetwork, pixels: Tensor) -> Path:
    """Where the features of uint8 images (N, C, S, S) are kept."""
    device = next(network.parameters()).device.type
    digest = hashlib.sha256(repr((asdict(network.card), device, torch.__version__, tuple(pixels.shape))).encode())
    digest.update(pixels.contiguous().numpy())
    return cache_dir() / f"features-{network.card.name}-{len(pixels)}-{digest.hexdigest()[:16]}.safetensors"


def extract_once(network: FeatureNetwork, pixels: Tensor, progress: str | None = None) -> Extracted:
    """As `extract`, from the cache where these images were looked at before; a damaged file is made anew."""
    path = place(network, pixels)
    if path.is_file():
        try:
            kept, _ = checkpoints.load_tensors(path, FORMAT)
            return Extracted(kept["features"], kept["log_probabilities"], network.card)
        except (checkpoints.CheckpointError, KeyError) as error:
            print(f"features are computed anew: {error}", file=sys.stderr)
    found = extract(network, pixels, progress=progress)
    tensors = {"features": found.features, "log_probabilities": found.log_probabilities}
    try:
        checkpoints.save_tensors(path, tensors, {}, FORMAT)
    except OSError as error:  # a full disk costs the next score some time, not this one its table
        print(f"features could not be kept: {error}", file=sys.stderr)
    return found
