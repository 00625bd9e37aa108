"""What a reader waits for is measured where it happens; no number is held against a clock."""

import pytest
import torch

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


def test_processes_are_compared_by_turns(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(
        processes, "_rate", lambda case, count, device, steps: asked.append((count, steps)) or 3.0 * count
    )
    processes.main(["1", "2", "--device", "cpu", "--seconds", "1"])
    assert asked[0] == (1, processes.TRIAL)  # how many steps take a second, by the first number of processes
    assert asked[1:] == [(1, 4), (2, 4)] * processes.TURNS  # 3 steps a second, but 4 at least
    assert "2     6.00       96  2.00" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        processes.main(["3", "--device", "cpu"])
    assert "must divide the batch, 16" in capsys.readouterr().err


def test_a_process_is_a_run_of_train():
    assert processes._rate(steps.Case(16, 4, 4), 1, "cpu", 2) > 0
    with pytest.raises(ValueError, match="ended with"):
        processes._rate(steps.Case(17, 4, 4), 1, "cpu", 2)
