"""Time to faces that differ: one face drawn many times does not count, and what was found is kept trial by trial."""

import json
import signal
from dataclasses import replace

import pytest
import torch

from began_lib.data import open_dataset, to_unit_range
from began_lib.machine.storage import read_json
from began_lib.models import Architecture
from tools.bench import time_to_quality
from tools.bench.time_to_quality import Judgement

PHOTOGRAPHS = Judgement(face_rate=0.95, diversity=0.44, closest=0.2)
TINY = Architecture(size=16, filters=4, hidden=4, latent=4)


@pytest.mark.parametrize(
    ("found", "reached"),
    [
        (Judgement(0.9, 0.31, 0.1), True),
        (Judgement(0.89, 0.31, 0.1), False),
        (Judgement(0.9, 0.30, 0.1), False),  # 70 % of 0.44 are 0.308
        (Judgement(1.0, 0.31, 0.09), False),
    ],
)
def test_all_three_are_asked(found: Judgement, reached: bool) -> None:
    assert found.reaches(PHOTOGRAPHS) is reached


def test_one_face_drawn_many_times_is_not_enough() -> None:
    faces = open_dataset("faces", size=32, limit=64)
    pictures = to_unit_range(torch.as_tensor(faces.train))
    real = Judgement.of(pictures)
    one = pictures[:1].expand(64, -1, -1, -1)
    found = Judgement.of(one + 0.01 * torch.randn(one.shape, generator=torch.Generator().manual_seed(0)))
    assert found.diversity < 0.1 * real.diversity and not found.reaches(real)


def test_trials_are_kept_and_not_trained_again(tmp_path, monkeypatch) -> None:
    opened = time_to_quality.open_dataset
    monkeypatch.setattr(time_to_quality, "open_dataset", lambda name, size: opened(name, size=size, limit=64))
    monkeypatch.setattr(time_to_quality, "MINUTES", 0.001)
    monkeypatch.setattr(time_to_quality, "EVERY", 0.02)
    monkeypatch.setattr(time_to_quality, "JUDGED", 4)
    base = replace(next(iter(time_to_quality.TRIALS.values())), data="faces", architecture=TINY)
    trials = {"first": base, "second": replace(base, learning_rate=1e-3)}
    path = tmp_path / "found.json"
    first = dict(time_to_quality.run(path, trials))
    assert list(read_json(path)) == ["first", "second"]
    for found in first.values():
        assert found["steps_per_second"] > 0
        assert [row["seconds"] for row in found["course"]] == sorted(row["seconds"] for row in found["course"])
    assert dict(time_to_quality.run(path, trials)) == first  # read, not trained
    changed = {**trials, "second": replace(base, learning_rate=2e-3)}
    assert dict(time_to_quality.run(path, changed))["second"] != first["second"]


def test_a_trial_that_a_signal_ends_is_not_kept(tmp_path, monkeypatch) -> None:
    opened = time_to_quality.open_dataset
    monkeypatch.setattr(time_to_quality, "open_dataset", lambda name, size: opened(name, size=size, limit=64))
    monkeypatch.setattr(time_to_quality, "EVERY", 0.02)
    monkeypatch.setattr(time_to_quality, "JUDGED", 4)
    judged = time_to_quality.Judgement.of

    def interrupted(images: torch.Tensor) -> Judgement:
        if interrupted.calls:
            signal.raise_signal(signal.SIGTERM)
        interrupted.calls += 1
        return judged(images)

    interrupted.calls = 0  # the first judgement is of the photographs, before there is a training to interrupt
    monkeypatch.setattr(time_to_quality.Judgement, "of", interrupted)
    base = replace(next(iter(time_to_quality.TRIALS.values())), data="faces", architecture=TINY)
    with pytest.raises(SystemExit) as ended:
        list(time_to_quality.run(tmp_path / "found.json", {"first": base}))
    assert ended.value.code == 128 + signal.SIGTERM and not (tmp_path / "found.json").exists()


def test_every_trial_differs_from_the_first_in_what_it_names() -> None:
    (_, base), *others = time_to_quality.TRIALS.items()
    configurations = [config.as_json() for config in time_to_quality.TRIALS.values()]
    assert all(config != base for _, config in others)
    assert len({json.dumps(config, sort_keys=True) for config in configurations}) == len(configurations)
