"""Short runs that differ in one thing, and the table of what they gave."""

from dataclasses import replace

import pytest

from began_lib.machine.storage import read_json
from began_lib.models import Architecture
from began_lib.training.configuration import TrainingConfig
from tools.results import recipe

TINY = TrainingConfig(
    data="faces", architecture=Architecture(size=16, filters=4, hidden=4, latent=4), steps=3, learning_rate=1e-3
)


@pytest.fixture
def trials(monkeypatch):
    opened = recipe.open_dataset
    monkeypatch.setattr(recipe, "open_dataset", lambda name, size: opened(name, size=size, limit=64))
    monkeypatch.setattr(recipe, "JUDGED", 6)
    return {"base": TINY, "slower": replace(TINY, learning_rate=1e-4)}


def test_every_trial_differs_from_the_base_in_one_thing_or_two():
    (_, base), *others = recipe.TRIALS.items()
    for name, trial in others:
        ours, theirs = base.as_json(), trial.as_json()
        changed = {key for key in ours if ours[key] != theirs[key]}
        assert changed and changed <= {"learning_rate", "architecture", "halving_window", "halving_patience"} | (
            {"learning_rate_floor"} if "floor" in name else set()
        )
        assert trial.steps == base.steps and trial.seed == base.seed


def test_done_trials_are_kept_and_changed_ones_trained_again(trials, tmp_path, monkeypatch):
    trained = []
    train = recipe.Trainer.train
    monkeypatch.setattr(
        recipe.Trainer, "train", lambda self: (trained.append(self.config), train(self, progress=False))
    )
    path = tmp_path / "recipe.json"
    first = dict(recipe.run(path, trials))
    assert trained == list(trials.values())
    assert first["base"] != first["slower"]
    assert dict(recipe.run(path, trials)) == first
    assert len(trained) == 2  # nothing was trained a second time
    trials["slower"] = replace(TINY, learning_rate=2e-4)
    list(recipe.run(path, trials))
    assert trained[2:] == [trials["slower"]]
    assert list(read_json(path)) == ["base", "slower"]


def test_the_table_has_a_line_per_trial(trials, tmp_path):
    found = dict(recipe.run(tmp_path / "recipe.json", trials))
    lines = recipe.table(tmp_path / "recipe.json").split("\n")
    assert len(lines) == 4 and lines[2].startswith("| base |")
    assert f"{found['slower']['held_out_loss']:.4f}" in lines[3]
    assert {line.count("|") for line in lines} == {len(recipe.columns()) + 2}
