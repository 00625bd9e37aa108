"""Features of real photographs that ship: with them a model is scored where the photographs themselves are not.

    shipped = load("lfw", 32, network)     of 1,000 training photographs, and of as many others, the floor
    fid(extract(network, images), shipped.reference)

They are in eight bits, with a factor for each photograph; a card says what that changes. `python -m tools.references`
makes them where the photographs are.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from began_lib.data import Dataset
from began_lib.scores.features import Extracted, extract, fid
from began_lib.scores.networks import FeatureNetwork, NetworkCard
from began_lib.scores.sets import draw
from began_lib.shipped.compact import restore, shrink
from began_lib.shipped.model import FOLDER as MODELS
from began_lib.training import checkpoints

FORMAT = "began-references-1"
FOLDER = MODELS / "references"
COUNT = 1000  # photographs of each of the two sets


@dataclass(frozen=True, eq=False)
class References:
    """What a network saw of two sets of training photographs; without probabilities of classes."""

    reference: Extracted  # (COUNT, D)
    real: Extracted  # other photographs, likewise: the floor of every distance
    card: dict[str, Any]  # of the data, and how they were drawn


def make(dataset: Dataset, network: FeatureNetwork, seed: int = 0, folder: Path = FOLDER, count: int = COUNT) -> Path:
    """Look at photographs of a data set's training part that the seed draws, and write what was seen; returns the file.

    Raises ValueError where there are not twice `count` of them.
    """
    drawn = draw(dataset.train, (count, count), seed)
    exact = [extract(network, pixels) for pixels in drawn]
    small = shrink({"reference": exact[0].features, "real": exact[1].features}, 8)
    rounded = [_extracted(features, network.card) for features in restore(small).values()]
    size = int(dataset.train.shape[-1])
    card = {
        "data": dataset.card,
        "size": size,
        "seed": seed,
        "network": asdict(network.card),
        # of one set against the other: what eight bits change
        "fid": {"exact": fid(*exact).value, "kept": fid(*rounded).value},
    }
    path = folder / f"{dataset.name}-{size}.safetensors"
    checkpoints.save_tensors(path, small, card, FORMAT)
    return path


def names(folder: Path = FOLDER) -> list[str]:
    """What is there, as "lfw-32"."""
    return sorted(path.stem for path in folder.glob("*.safetensors"))


def load(data: str, size: int, network: FeatureNetwork, folder: Path = FOLDER) -> References:
    """The features that ship of a data set at a size.

    Raises:
        ValueError: there are none of it, or they are of another network.
        CheckpointError: the file is damaged.
    """
    name = f"{data}-{size}"
    if name not in names(folder):
        raise ValueError(
            f"no features of {data} at {size}x{size} ship: expected one of {', '.join(names(folder)) or 'none'}. Score "
            "against the pictures themselves."
        )
    small, card = checkpoints.load_tensors(folder / f"{name}.safetensors", FORMAT)
    if card["network"] != asdict(network.card):
        raise ValueError(
            f"the features of {name} that ship are {card['network']['name']}'s: expected {network.card.name}'s. Score "
            "against the pictures themselves, or by that network."
        )
    kept = restore(small)
    return References(*(_extracted(kept[part], network.card) for part in ("reference", "real")), card)


def _extracted(features: Tensor, card: NetworkCard) -> Extracted:
    return Extracted(features, torch.empty(len(features), 0), card)
