"""What a reader waits for is measured where it happens; no number is held against a clock."""

import json

import pytest
import torch

from began_lib.__main__ import main
from began_lib.models import Architecture
from tools.bench import processes, reader, steps


def test_every_slider_moves_and_draws_at_every_place():
    waits = reader.slider_milliseconds()
    assert set(waits) == set(reader._panels())
    assert all(0 < wait["median"] <= wait["worst"] for wait in waits.values())


def test_threads_are_as_before_afterwards():
    before = torch.get_num_threads()
    rates = reader.thread_rates(0.0)
    assert list(rates) == list(range(1, before + 1)) and min(rates.values()) > 0
    assert torch.get_num_threads() == before


def test_an_import_costs_what_it_adds_to_an_empty_interpreter(monkeypatch):
    clock, costs = [0.0], {"pass": iter([2.0, 1.0, 3.0]), "import torch": iter([9.0, 6.0, 7.0])}

    def interpret(command, check):
        clock[0] += next(costs[command[-1]])

    monkeypatch.setattr(reader.subprocess, "run", interpret)
    monkeypatch.setattr(reader.time, "perf_counter", lambda: clock[0])
    assert reader.import_seconds("torch") == 5.0  # the least of three, less the least of three


def test_a_missing_module_is_an_error():
    with pytest.raises(reader.subprocess.CalledProcessError):
        reader.import_seconds("no_such_module_of_anyone", 1)


def test_the_experiment_writes_its_figures(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(reader, "EXPERIMENTS", ((2, 4),))
    path = tmp_path / "upsampling.json"
    assert main(["bench", "--upsampling", "--seconds", "0.01", "--device", "cpu", "--json", str(path)]) == 0
    (row,) = json.loads(path.read_text())["cases"]
    assert row["filters"] == 2 and row["side"] == 4 and row["ratio"] > 0
    assert "without waste" in capsys.readouterr().out


def test_training_stops_when_faces_are_found(monkeypatch, capsys):
    found = iter([0.2, 0.95])
    monkeypatch.setattr(reader, "face_rate", lambda images: next(found))
    opened = reader.open_dataset
    monkeypatch.setattr(reader, "open_dataset", lambda data, size: opened(data, size=16, limit=64))
    monkeypatch.setattr(reader, "Architecture", lambda size, filters: Architecture(16, filters=4, hidden=4, latent=4))
    result = reader.run_until_faces("faces", every=2)
    assert [row["face_rate"] for row in result["course"]] == [0.2, 0.95]
    assert result["reached"] == result["course"][1] and result["reached"]["step"] == 4
    assert "95% faces after 4 steps" in capsys.readouterr().out


def test_a_run_without_faces_ends_too(monkeypatch):
    monkeypatch.setattr(reader, "face_rate", lambda images: 0.0)
    opened = reader.open_dataset
    monkeypatch.setattr(reader, "open_dataset", lambda data, size: opened(data, size=16, limit=64))
    monkeypatch.setattr(reader, "Architecture", lambda size, filters: Architecture(16, filters=4, hidden=4, latent=4))
    assert reader.run_until_faces("faces", minutes=0.0, every=2)["reached"] is None


def test_processes_are_compared_by_turns(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(
        processes, "_rate", lambda case, count, device, steps: asked.append((count, steps)) or 3.0 * count
    )
    assert main(["bench", "--processes", "1", "2", "--filters", "32", "--device", "cpu", "--seconds", "1"]) == 0
    assert asked[0] == (1, processes.TRIAL)  # how many steps take a second, by the first number of processes
    assert asked[1:] == [(1, 4), (2, 4)] * processes.TURNS  # 3 steps a second, but 4 at least
    assert "2     6.00       96  2.00" in capsys.readouterr().out
    assert main(["bench", "--processes", "3", "--device", "cpu"]) == 2
    assert "must divide the batch, 16" in capsys.readouterr().err


def test_a_process_is_a_run_of_train():
    assert processes._rate(steps.Case(16, 4, 4), 1, "cpu", 2) > 0
    with pytest.raises(ValueError, match="ended with"):
        processes._rate(steps.Case(17, 4, 4), 1, "cpu", 2)
