"""What docs/performance.md says of the runs on a GPU."""

from dataclasses import replace
from pathlib import Path

import pytest

from began_lib import shipped
from began_lib.machine.storage import REPOSITORY, read_object
from began_lib.models import Architecture
from began_lib.training.configuration import TrainingConfig
from began_lib.training.options import command_of

LARGE = "lfw-128-20000"
FOLDER = REPOSITORY / "docs" / "gpu"


def test_the_runs_are_those_of_the_page(repository: Path) -> None:
    page = " ".join((repository / "docs" / "performance.md").read_text(encoding="utf-8").split())
    runs = read_object(FOLDER / "scores.json")["runs"]
    large = TrainingConfig(data="lfw", architecture=Architecture(size=128))
    configs = {"lfw-64": shipped.load("lfw-64").config, LARGE: large}
    for name, run in runs.items():
        config = replace(configs[name], steps=run["steps"])  # it was to go on for longer, and the time was over
        assert f"`{command_of(config)} --cuda-graph`" in page
        assert run["learning_rate"] == config.learning_rate, "not halved"
        assert run["seconds"] / 60 == pytest.approx(8, abs=0.2), "eight minutes"


def test_no_other_lies_there() -> None:
    names = {path.stem for path in FOLDER.iterdir()}
    assert names == {LARGE, "scores", "side-by-side"}


def test_the_scores_are_those_of_the_page(repository: Path) -> None:
    found = read_object(FOLDER / "scores.json")["fid"]
    page = " ".join((repository / "docs" / "performance.md").read_text(encoding="utf-8").split())
    *some, last = (f"{value[0]:.0f}" for value in found["lfw-64"].values())
    *steps, end = (f"{int(step):,}" for step in found["lfw-64"])
    assert f"scores.json): {', '.join(some)} and {last} at {', '.join(steps)} and {end} steps" in page
    before = found["32 filters"]["20000"][0]
    assert f"at twice the rate on one core, {before:.0f}. One seed each" in page
    assert f"it is {found['lfw-64']['20000'][0]:.0f} beside {before:.0f}." in page
