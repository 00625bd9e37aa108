"""A tiny run, in colour and in grey."""

from pathlib import Path

import pytest

from began_lib.data import Dataset
from began_lib.models import Architecture
from began_lib.training.configuration import TrainingConfig
from began_lib.training.trainer import Trainer
from tests.training.test_trainer import blobs


@pytest.fixture(scope="module", params=[3, 1], ids=["colour", "grey"])
def run(request, tmp_path_factory) -> Path:
    """The folder of a run of two steps at 16x16, with a checkpoint of each."""
    folder = tmp_path_factory.mktemp("runs") / "tiny"
    shape = Architecture(size=16, filters=4, hidden=8, latent=8, channels=request.param)
    pictures = blobs(24)[:, : request.param]
    dataset = Dataset("blobs", pictures[:16], pictures[16:], {"name": "blobs", "source": "drawn here"})
    config = TrainingConfig(architecture=shape, steps=2, batch_size=4)
    Trainer(config, dataset, folder, "cpu", checkpoint_every=1).train(progress=False)
    return folder
