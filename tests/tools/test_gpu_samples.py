"""The pictures of the runs on a GPU are what the generators beside them draw."""

import numpy as np
import pytest
from PIL import Image

from began_lib.data.pixels import tile
from tools.bench import gpu_samples


@pytest.mark.parametrize("name", ["lfw-64-42000", "lfw-128-20000"])
def test_the_pictures_are_of_these_generators(name: str) -> None:
    stored = np.asarray(Image.open(gpu_samples.FOLDER / f"{name}.jpg").convert("RGB")).astype(float)
    drawn = tile(gpu_samples.samples(gpu_samples.FOLDER / f"{name}.safetensors"), columns=8).astype(float)
    assert stored.shape == drawn.shape
    assert np.abs(stored - drawn).mean() < 3  # of 255: what JPEG takes
    assert drawn.std() > 30


def test_no_other_lies_there() -> None:
    names = {path.stem for path in gpu_samples.FOLDER.iterdir()}
    assert names == {"lfw-64-42000", "lfw-128-20000"}
