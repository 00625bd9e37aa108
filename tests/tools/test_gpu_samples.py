"""The pictures of the runs on a GPU are what the generators beside them draw."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from began_lib.data.pixels import tile
from began_lib.machine.storage import read_object
from began_lib.training.checkpoints import load_tensors
from began_lib.training.configuration import TrainingConfig
from began_lib.training.options import command_of
from tools.bench import gpu_samples


@pytest.mark.parametrize("name", ["lfw-64-42000", "lfw-128-20000"])
def test_the_pictures_are_of_these_generators(name: str) -> None:
    stored = np.asarray(Image.open(gpu_samples.FOLDER / f"{name}.jpg").convert("RGB")).astype(float)
    drawn = tile(gpu_samples.samples(gpu_samples.FOLDER / f"{name}.safetensors"), columns=8).astype(float)
    assert stored.shape == drawn.shape
    assert np.abs(stored - drawn).mean() < 3  # of 255: what JPEG takes
    assert drawn.std() > 30


def test_the_runs_are_those_of_the_page(repository: Path) -> None:
    page = " ".join((repository / "docs" / "performance.md").read_text(encoding="utf-8").split())
    for name, run in read_object(gpu_samples.FOLDER / "scores.json")["runs"].items():
        _, metadata = load_tensors(gpu_samples.FOLDER / f"{name}.safetensors")
        config = TrainingConfig.from_json(json.loads(metadata["config"]))
        config = replace(config, steps=run["steps"])  # it was to go on for longer, and the time was over
        assert int(metadata["steps"]) == run["steps"] and f"`{command_of(config)} --cuda-graph`" in page
        assert run["learning_rate"] == config.learning_rate, "not halved"
        assert run["seconds"] / 60 == pytest.approx(8, abs=0.2), "eight minutes"


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
