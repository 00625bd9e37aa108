"""What the rivals' tests share: images of discs, and each system as small as it gets."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from began_lib.data import Dataset, to_unit_range
from began_lib.rivals import Rival, build, configured

TINY = {"size": 16, "filters": 6, "latent": 8, "batch_size": 8, "precision": "fp32"}


def blobs(count: int) -> np.ndarray:
    """Soft coloured discs at random places, uint8 (count, 3, 16, 16)."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:16, :16]
    centres, colours = rng.uniform(4, 12, (count, 2, 1, 1)), rng.uniform(60, 255, (count, 3, 1, 1))
    return (np.exp(-((x - centres[:, :1]) ** 2 + (y - centres[:, 1:]) ** 2) / 12) * colours).astype(np.uint8)


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    pictures = blobs(72)
    return Dataset(name="blobs", train=pictures[:64], held_out=pictures[64:], card={"name": "blobs", "train": 64})


@pytest.fixture(scope="session")
def images(dataset: Dataset) -> Tensor:
    """Eight of them, (8, 3, 16, 16) in [-1, 1]."""
    return to_unit_range(torch.from_numpy(dataset.train[:8]))


@pytest.fixture
def tiny() -> Callable[..., Rival]:
    """`tiny("dcgan")`: a system at its beginning; other settings than the smallest by name."""

    def make(system: str, epoch: int = 4, **settings: object) -> Rival:
        return build(configured(system, **{**TINY, **settings}), epoch)

    return make
