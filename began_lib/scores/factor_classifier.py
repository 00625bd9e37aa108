"""Which factors a face shows: a small classifier of rendered faces, the instrument that reads generated ones.

It is trained on `began_lib.faces`, where every factor is known (`began_lib.factor_training` makes it). Each factor it
reads is a distribution over classes: the levels of a discrete factor, intervals of a continuous one. The mean of such
a probability over many faces estimates the share of faces in that class; its own accuracy stands on its card. The
layer below the classes serves as features of a face for distances between sets of images.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from began_lib.faces import FACTORS
from began_lib.machine.storage import file_hash, read_json
from began_lib.models import require_unit_range
from began_lib.shipped.model import FOLDER
from began_lib.training.checkpoints import CheckpointError, load_tensors

__all__ = ["HEADS", "FactorClassifier", "Head", "load", "share"]

FORMAT = "began-factors-1"
NAME = "factors-32"  # of the classifier that ships
SIZE = 32  # side of the pictures it looks at; larger ones are averaged down to it
FEATURES = 128
_FILTERS = 32


@dataclass(frozen=True)
class Head:
    """One factor that the classifier reads, as classes; ValueError for levels with edges, or edges that do not rise."""

    name: str  # of the factor, a key of FACTORS
    edges: tuple[float, ...] = ()  # inner edges of the intervals of a continuous factor, rising

    def __post_init__(self) -> None:
        row = FACTORS[self.name]
        if row.discrete == bool(self.edges) or list(self.edges) != sorted(set(self.edges)):
            raise ValueError(f"head {self.name}: expected rising edges for a continuous factor and none for levels")

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes: levels, or intervals as 'below 30', '30 to 40', 'from 40'."""
        if not self.edges:
            return FACTORS[self.name].levels
        inner = [f"{low:g} to {high:g}" for low, high in zip(self.edges, self.edges[1:], strict=False)]
        return (f"below {self.edges[0]:g}", *inner, f"from {self.edges[-1]:g}")

    def labels(self, values: Tensor) -> Tensor:
        """Class of each value of the factor, int64 of the same shape."""
        return torch.bucketize(values, torch.tensor(self.edges), right=True) if self.edges else values

    def centres(self) -> Tensor:
        """Mean value of the factor in each class of a continuous factor by the table's frequencies, (classes,).

        Raises ValueError for a factor with levels.
        """
        if not self.edges:
            raise ValueError(f"factor {self.name} has levels, which have no mean")
        distribution = FACTORS[self.name].distribution
        values = torch.from_numpy(distribution.quantile((torch.arange(20_000).numpy() + 0.5) / 20_000))
        labels = self.labels(values.float())
        return torch.stack([values[labels == c].mean() for c in range(len(self.classes))]).float()


# Edges where a question is asked of a factor (older than 60, turned by more than 35 degrees), about as wide elsewhere.
HEADS: tuple[Head, ...] = (
    Head("hair_style"),
    Head("hair_colour"),
    Head("headwear"),
    Head("glasses"),
    Head("facial_hair"),
    Head("mouth"),
    Head("clothes"),
    Head("background"),
    Head("yaw", (-50.0, -35.0, -20.0, -10.0, 0.0, 10.0, 20.0, 35.0, 50.0)),
    Head("pitch", (-9.0, -4.0, 1.0, 6.0, 11.0)),
    Head("roll", (-8.0, -4.0, 0.0, 4.0, 8.0)),
    Head("presentation", (0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875)),
    Head("age", (20.0, 25.0, 30.0, 40.0, 50.0, 60.0, 70.0)),
    Head("skin_tone", (0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875)),
    Head("smile", (-0.4, -0.1, 0.1, 0.3, 0.5, 0.7)),
    Head("light_side", (-50.0, -30.0, -10.0, 10.0, 30.0, 50.0)),
    Head("background_light", (0.2, 0.4, 0.6, 0.8)),
    Head("exposure", (-1.2, -0.4, 0.4, 1.2)),
)


def _block(inputs: int, outputs: int, stride: int, kernel: int = 3) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, 1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU())


class FactorClassifier(nn.Module):
    """Five convolutions, one layer of features, and one linear layer whose outputs the `heads` share.

    `card` says how it was made and how well it reads each factor; empty before training.
    """

    def __init__(self, heads: Sequence[Head] = HEADS, card: dict[str, Any] | None = None) -> None:
        super().__init__()
        n = _FILTERS
        self.heads = {head.name: head for head in heads}
        self.card = card or {}
        self.trunk = nn.Sequential(
            _block(3, n, 2, kernel=4),  # 16x16
            _block(n, n, 1),
            _block(n, 2 * n, 2),  # 8x8
            _block(2 * n, 2 * n, 1),
            _block(2 * n, 4 * n, 2),  # 4x4
            nn.Flatten(),
            nn.Linear(4 * n * (SIZE // 8) ** 2, FEATURES),
            nn.ReLU(),
        )
        self.out = nn.Linear(FEATURES, sum(len(head.classes) for head in heads))
        self.to(memory_format=torch.channels_last)  # faster on the CPU

    def forward(self, images: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """Features (N, 128), and the logits (N, classes) of each factor.

        Args:
            images: (N, 3, S, S) in [-1, 1] with S of at least 32; values outside, which a generator makes, are clipped.

        Raises:
            TypeError: images that are not floating.
            ValueError: another shape, NaN, or what looks like pixels 0..255.
        """
        if images.dim() != 4 or images.shape[1] != 3 or images.shape[2] != images.shape[3] or images.shape[2] < SIZE:
            raise ValueError(f"expected pictures (N, 3, S, S) with S of at least {SIZE}, found {tuple(images.shape)}")
        require_unit_range(images)
        if images.shape[-1] != SIZE:
            images = nn.functional.adaptive_avg_pool2d(images, SIZE)
        features = self.trunk(images.clamp(-1.0, 1.0).contiguous(memory_format=torch.channels_last))
        sizes = [len(head.classes) for head in self.heads.values()]
        return features, dict(zip(self.heads, self.out(features).split(sizes, dim=1), strict=True))

    @torch.no_grad()
    def features(self, images: Tensor, batch_size: int = 256) -> Tensor:
        """The layer below the classes, (N, 128), not negative; for distances between images or sets of them."""
        return torch.cat([self(part)[0] for part in images.split(batch_size)])

    @torch.no_grad()
    def read(self, images: Tensor, batch_size: int = 256) -> dict[str, Tensor]:
        """Probability of each class of each factor, {factor: (N, classes)}, rows summing to 1."""
        parts = [self(part)[1] for part in images.split(batch_size)]
        return {name: torch.cat([part[name] for part in parts]).softmax(dim=1) for name in self.heads}

    def values(self, readings: dict[str, Tensor], name: str) -> Tensor:
        """Expected value of a continuous factor in each face, (N,), in the factor's unit."""
        return readings[name] @ self.heads[name].centres().to(readings[name].device)


def share(
    readings: dict[str, Tensor], name: str, classes: Sequence[str], heads: Iterable[Head] = HEADS
) -> tuple[float, float]:
    """Estimated share of faces whose factor `name` is in one of `classes`, and its standard error.

    The mean over faces of the classes' probability: unlike a count of the most probable class it does not lose what is
    rare and hard to see. The error is that of the mean over faces; the classifier's own bias is not in it.

    Args:
        heads: of the classifier that read them, where it has others than the one that ships.

    Raises:
        KeyError: no such factor. ValueError: no such class, the message lists them; or fewer than two faces.
    """
    known = {head.name: head for head in heads}
    if name not in known:
        raise KeyError(f"no factor {name!r} is read: expected one of {', '.join(known)}")
    head = known[name]
    unknown = [c for c in classes if c not in head.classes]
    if unknown or not classes:
        raise ValueError(f"factor {name}: expected classes among {', '.join(head.classes)}; found {list(classes)}")
    each = readings[name][:, [head.classes.index(c) for c in classes]].sum(dim=1)
    if len(each) < 2:
        raise ValueError(f"factor {name}: expected readings of at least two faces, for an error; found {len(each)}")
    return each.mean().item(), each.std().item() / len(each) ** 0.5


def load(folder: Path = FOLDER / NAME) -> FactorClassifier:
    """The classifier that ships, in evaluation mode, float32 on the CPU.

    Raises:
        CheckpointError: it is missing, or not the file that was shipped.
    """
    card_path, path = folder / "classifier.json", folder / "model.safetensors"
    if not card_path.is_file() or not path.is_file():
        raise CheckpointError(
            f"no classifier in {folder}: expected model.safetensors and classifier.json; restore them with "
            f"git checkout, or make them again with python -m tools.factor_training --out {folder}"
        )
    card = read_json(card_path)
    if file_hash(path) != card["sha256"]:
        raise CheckpointError(f"{path} is not the file that its card describes: restore both with git checkout.")
    tensors, metadata = load_tensors(path, FORMAT)
    heads = [Head(name, tuple(edges)) for name, edges in metadata["heads"]]
    model = FactorClassifier(heads, card)
    model.load_state_dict({n: t.float() if t.is_floating_point() else t for n, t in tensors.items()})
    return model.eval()
