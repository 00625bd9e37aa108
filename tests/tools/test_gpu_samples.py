"""The pictures of the runs on a GPU are what the generators beside them draw."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from began_lib.data.pixels import tile
from began_lib.machine.storage import read_object
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
    assert names == {"lfw-64-42000", "lfw-128-20000", "scores"}


def test_the_scores_are_those_of_the_page(repository: Path) -> None:
    found = read_object(gpu_samples.FOLDER / "scores.json")["fid"]
    page = " ".join((repository / "docs" / "performance.md").read_text(encoding="utf-8").split())
    *some, last = (f"{value[0]:.0f}" for value in found["lfw-64-42000"].values())
    *steps, end = (f"{int(step):,}" for step in found["lfw-64-42000"])
    assert f"scores.json): {', '.join(some)} and {last} at {', '.join(steps)} and {end} steps" in page
    assert f"at twice the rate, {found['lfw-64']['20000'][0]:.0f}. One seed each" in page
    assert f"it is {found['lfw-64-42000']['20000'][0]:.0f} beside {found['lfw-64']['20000'][0]:.0f}." in page
