"""The comparison: budgets in steps, runs that are stopped and go on, rows that one face drawn often cannot fool."""

import json
from dataclasses import replace
from pathlib import Path
from threading import Event, Timer
from types import SimpleNamespace

import pytest
import torch

from began_lib.data import open_dataset, to_uint8, to_unit_range
from began_lib.machine.storage import read_npz, write_json
from began_lib.models import Architecture
from began_lib.rivals import SYSTEMS, configured
from began_lib.rivals.trained import FOLDER
from began_lib.scores import networks
from began_lib.training import checkpoints
from began_lib.training.configuration import TrainingConfig
from tools.rivals import __main__ as command
from tools.rivals import again, contest, entrants, memory
from tools.rivals.entrants import Budgets, Pace
from tools.rivals.judge import Judge, sharpness
from tools.rivals.table import table

SHAPE = Architecture(size=32, filters=4, hidden=8, latent=8)
BEGAN = TrainingConfig(data="faces", limit=240, architecture=SHAPE, batch_size=4)
DCGAN = configured("dcgan", data="faces", limit=240, filters=4, latent=8, batch_size=8)
BUDGETS = Budgets(images=40, seconds=0.5)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two entrants, few images, and paces that need no stopwatch."""
    monkeypatch.setattr(command, "ENTRANTS", {"began": BEGAN, "dcgan": DCGAN})
    monkeypatch.setattr(contest, "SAMPLES", 40)


def test_began_and_every_rival_take_part_with_settings_of_their_own() -> None:
    assert list(entrants.ENTRANTS) == ["began", "began, n = 16", *SYSTEMS]
    assert {config.data for config in entrants.ENTRANTS.values()} == {"lfw"}
    for system in SYSTEMS:
        assert entrants.ENTRANTS[system] == configured(system, data="lfw")


def test_budgets_are_the_same_images_and_the_same_seconds() -> None:
    assert BUDGETS.marks(BEGAN, Pace(12.0)) == {"images": 10, "seconds": 6}
    assert BUDGETS.marks(DCGAN, Pace(14.0)) == {"images": 5, "seconds": 7}


def test_paces_are_measured_in_turns_of_all_and_in_the_game() -> None:
    magan = replace(DCGAN, system="magan")
    dataset = open_dataset("faces", size=32, limit=240)
    found = entrants.paces({"began": BEGAN, "dcgan": DCGAN, "magan": magan}, dataset)
    assert set(found) == {"began", "dcgan", "magan"} and all(pace.game > 0 for pace in found.values())
    assert found["dcgan"].steps_alone == 0 and found["magan"].steps_alone == 2 * (len(dataset.train) // 8)
    assert found["magan"].alone > found["magan"].game  # its D alone passes the data through; the game adds G(z), twice


def test_a_time_is_enough_for_the_steps_that_take_it() -> None:
    pace = Pace(game=2.0, alone=10.0, steps_alone=40)
    assert pace.seconds(20) == 2 and pace.seconds(40) == 4 and pace.seconds(60) == 14
    assert [pace.steps(seconds) for seconds in (2, 4, 14)] == [20, 40, 60]
    assert Pace(5.0).steps(3) == 15 and Pace(5.0).seconds(15) == 3


@pytest.mark.parametrize("config", [BEGAN, DCGAN], ids=["began", "dcgan"])
def test_a_run_that_was_stopped_goes_on_with_the_same_images(config, small, tmp_path: Path) -> None:
    marks = {"images": 3, "seconds": 5}
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert contest.train(config, whole, marks)
    assert contest.train(config, parts, {"images": 3}) and contest.spent(parts, "seconds", 5) is None
    assert contest.train(config, parts, marks)
    for mark, step in marks.items():
        assert contest.spent(parts, mark, step)["images_seen"] == step * config.batch_size
        assert contest.spent(parts, mark, step + 1) is None  # another budget
        one, other = (read_npz(contest.sample_path(folder, mark))["images"] for folder in (whole, parts))
        assert one.shape == (40, 3, 32, 32) and (one == other).all()
    with pytest.raises(ValueError, match="gone past images"):
        contest.train(config, parts, {"images": 4, "seconds": 6})
    with pytest.raises(ValueError, match="end at the same step"):
        contest.train(config, tmp_path / "same", {"images": 3, "seconds": 3})


def test_a_run_goes_on_from_behind_a_damaged_checkpoint_and_says_so(small, tmp_path: Path, capsys) -> None:
    marks = {"images": 3, "seconds": 5}
    assert contest.train(DCGAN, tmp_path, {"images": 3}) and contest.train(DCGAN, tmp_path, marks)
    newest = checkpoints.checkpoint_path(tmp_path / "checkpoints", 5)
    newest.write_bytes(newest.read_bytes()[:-1])
    contest.sample_path(tmp_path, "seconds").unlink()
    capsys.readouterr()
    assert contest.train(DCGAN, tmp_path, marks) and contest.spent(tmp_path, "seconds", 5)
    assert f"{tmp_path}: passed over: " in capsys.readouterr().out


@pytest.mark.parametrize("config", [BEGAN, DCGAN], ids=["began", "dcgan"])
def test_a_run_does_not_go_on_in_another_number_format(config, small, tmp_path: Path) -> None:
    contest.train(config, tmp_path, {"images": 3})
    path = checkpoints.checkpoint_path(tmp_path / "checkpoints", 3)
    tensors, metadata = checkpoints.load_tensors(path)
    checkpoints.save_tensors(path, tensors, {**metadata, "precision": "fp16"})
    with pytest.raises(ValueError, match=r"was trained in fp16 and would go on in .* move it away"):
        contest.train(config, tmp_path, {"images": 3, "seconds": 5})


def test_images_of_other_settings_are_not_taken_for_these(small, tmp_path: Path, monkeypatch) -> None:
    folder = command.folder_of(tmp_path, "dcgan", 0)
    contest.train(DCGAN, folder, BUDGETS.marks(DCGAN, Pace(14.0)))
    words = (["dcgan"], [0], tmp_path, {"dcgan": Pace(14.0)}, 1, BUDGETS)
    monkeypatch.setattr(command, "ENTRANTS", {"dcgan": replace(DCGAN, steps=7)})
    assert list(command.train_all(*words)) == [("dcgan", 0)]  # its length may differ
    monkeypatch.setattr(command, "ENTRANTS", {"dcgan": replace(DCGAN, learning_rate=1e-3)})
    with pytest.raises(ValueError, match=r"dcgan-s0 has other settings .learning_rate: .* 0\.001 here.: move it"):
        list(command.train_all(*words))


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(open_dataset("faces", size=32, limit=240), networks.load("factors"), 40)


def test_one_face_drawn_often_is_caught_where_its_face_rate_is_perfect(judge: Judge) -> None:
    photographs = judge.row(judge.real[1])
    pictures = to_unit_range(judge.real[1][:1]).expand(40, -1, -1, -1)
    noise = 0.01 * torch.randn(pictures.shape, generator=torch.Generator().manual_seed(0))
    one = judge.row(to_uint8((pictures + noise).clamp(-1, 1)))
    assert one["diversity"] < 0.1 * photographs["diversity"]
    assert one["closest_pair"] < 0.1 * photographs["closest_pair"]
    assert one["coverage"][0] < 0.3 * photographs["coverage"][0] and one["fid"][0] > photographs["fid"][0]
    assert one["nearest_training_image"] < 0.02  # it is one of them


def test_sharpness_falls_with_blur_and_is_that_of_a_checkerboard() -> None:
    board = (torch.arange(8)[:, None] + torch.arange(8)) % 2 * 2.0 - 1.0
    images = board.expand(2, 3, 8, 8)
    assert sharpness(images) == pytest.approx(8.0)  # 4 x 1 and four neighbours of -1
    assert sharpness(torch.nn.functional.avg_pool2d(images, 3, 1)) < 2.0
    assert sharpness(torch.zeros(2, 3, 8, 8)) == 0.0


def test_the_whole_is_trained_once_and_measured_once(small, judge: Judge, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(command.entrants, "paces", lambda *_: {"began": Pace(12.0), "dcgan": Pace(14.0)})
    monkeypatch.setattr(command.networks, "load", lambda name: judge.network)
    monkeypatch.setattr(command, "train_all", _here)
    monkeypatch.setattr(memory, "STATUS", Path(__file__))  # which is there
    monkeypatch.setattr(memory, "peaks", lambda configs: ((name, {"before": 1, "peak": 2}) for name in configs))
    words = ["--out", str(tmp_path / "found.json"), "--runs", str(tmp_path / "runs"), "--seeds", "0"]
    words += ["--images", str(BUDGETS.images), "--seconds", str(BUDGETS.seconds)]
    command.main(words)
    found = json.loads((tmp_path / "found.json").read_text())
    assert list(found["runs"]) == ["began, seed 0", "dcgan, seed 0"] and set(found["floors"]) == {
        "photographs",
        "held out",
    }
    assert set(found["memory"]) == {"began", "dcgan"} and "progress" not in found, "too few checkpoints"
    assert "began, seed 0: too few checkpoints (" in capsys.readouterr().out
    row = found["runs"]["dcgan, seed 0"]["marks"]["seconds"]
    assert row["steps"] == 7 and row["seconds"] == 0.5 and row["images_seen"] == 56
    monkeypatch.setattr(command, "train_all", lambda names, *_: (pytest.fail("trained again") for _ in names))
    command.main(words)
    assert json.loads((tmp_path / "found.json").read_text()) == found
    capsys.readouterr()
    command.main([*words, "--table"])
    text = capsys.readouterr().out
    assert text.count("| dcgan | 1 |") == 2 and "As many seconds of one core" in text and "| photographs |" in text


def _here(names, seeds, runs, paces, jobs, budgets):
    """`train_all` in this process, whose entrants are the small ones."""
    for name in names:
        config = entrants.with_seed(command.ENTRANTS[name], seeds[0])
        contest.train(config, command.folder_of(runs, name, seeds[0]), budgets.marks(config, paces[name]))
        yield name, seeds[0]


def test_each_run_has_a_process_of_its_own(small, tmp_path: Path, monkeypatch) -> None:
    done = command.train_all(["dcgan"], [3], tmp_path, {"dcgan": Pace(14.0)}, 1, BUDGETS)
    assert list(done) == [("dcgan", 3)]
    assert contest.spent(tmp_path / "dcgan-s3", "seconds", 7)["parameters"] > 1000
    monkeypatch.setattr(contest, "train", lambda *_: pytest.fail("trained again"))
    assert list(command.train_all(["dcgan"], [3], tmp_path, {"dcgan": Pace(14.0)}, 1, BUDGETS)) == [("dcgan", 3)]


def test_what_goes_wrong_in_one_run_is_told_when_the_others_have_ended(small, tmp_path: Path) -> None:
    tasks = {name: (DCGAN, tmp_path / name, {"images": 2, "seconds": last}) for name, last in (("good", 3), ("bad", 2))}
    ended = []
    with pytest.raises(ValueError, match="end at the same step") as raised:
        ended.extend(key for key, _ in contest.side_by_side(tasks, 1))
    assert raised.value.__notes__ == ["in the run bad"] and contest.spent(tmp_path / "good", "seconds", 3)


def test_what_others_write_while_something_is_measured_stays(small, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "found.json"
    write_json(path, command.found(path))

    def measuring(result: dict, run: str) -> dict:
        now = command.found(path)
        now["runs"][run] = {"marks": {}}
        write_json(path, now)
        return result

    monkeypatch.setattr(entrants, "paces", lambda *_: measuring({"began": Pace(12.0), "dcgan": Pace(14.0)}, "one"))
    judge = SimpleNamespace(floors=lambda: measuring({"held out": {}}, "two"))
    monkeypatch.setattr(command, "judge_of", lambda: judge)
    monkeypatch.setattr(command, "train_all", lambda *_: (nothing for nothing in ()))
    command.main(["--out", str(path), "--runs", str(tmp_path / "runs")])
    found = command.found(path)
    assert set(found["paces"]) == {"began", "dcgan"} and set(found["floors"]) == {"held out"}
    assert list(found["runs"]) == ["one", "two"]


def test_paces_that_are_known_stay_where_another_is_missing(small, tmp_path: Path, monkeypatch) -> None:
    path, measured = tmp_path / "found.json", []

    def paces(names, dataset):
        measured.append(list(names))
        return {name: Pace(14.0) for name in names}

    monkeypatch.setattr(entrants, "paces", paces)
    monkeypatch.setattr(command, "compete", lambda arguments, paces: measured.append(paces["began"].game))
    write_json(path, {**command.found(path), "paces": {"began": {"game": 12.0, "alone": 1.0, "steps_alone": 0}}})
    command.main(["--out", str(path)])
    assert measured == [["dcgan"], 12.0]
    command.main(["--out", str(path), "--paces"])
    assert measured[2:] == [["began", "dcgan"]]


def test_runs_side_by_side_are_one_per_core_and_one_on_a_gpu(monkeypatch) -> None:
    monkeypatch.setattr(contest.os, "cpu_count", lambda: 7)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert [contest.jobs_of(asked, "cpu") for asked in (None, 3)] == [7, 3]
    assert contest.jobs_of(None, "auto") == 7, "where there is no GPU"
    monkeypatch.setattr(contest, "choose_device", lambda device: torch.device("cuda"))
    assert [contest.jobs_of(asked, "auto") for asked in (None, 3)] == [1, 3]


def test_where_nobody_asks_for_more_none_of_the_runs_that_wait_is_begun(monkeypatch) -> None:
    begun, end = [], Event()

    def train(arguments: tuple[int]) -> bool:
        begun.append(arguments[0])
        return arguments[0] == 0 or end.wait(9)

    monkeypatch.setattr(contest, "_in_a_process", train)
    runs = contest.side_by_side({number: (number,) for number in range(4)}, 1)
    assert next(runs) == (0, "")
    Timer(0.5, end.set).start()  # the second may run by now, and is waited for
    runs.close()
    assert begun in ([0], [0, 1])


def test_an_interruption_while_a_run_is_judged_ends_the_others(small, tmp_path: Path, monkeypatch) -> None:
    closed = []

    def train_all(*words):
        try:
            yield "began", 0
        finally:
            closed.append(words)

    def judge_of() -> None:
        raise KeyboardInterrupt

    (tmp_path / "found.json").write_text(json.dumps({"paces": {}, "floors": {"held out": {}}, "runs": {}}))
    monkeypatch.setattr(command, "train_all", train_all)
    monkeypatch.setattr(command, "judge_of", judge_of)
    arguments = command.parser().parse_args(["--out", str(tmp_path / "found.json"), "--seeds", "0"])
    with pytest.raises(KeyboardInterrupt) as interrupted:
        command.compete(arguments, {"began": Pace(12.0), "dcgan": Pace(14.0)})
    assert interrupted.traceback and len(closed) == 1  # though the traceback still holds what was under way


@pytest.mark.skipif(not memory.STATUS.is_file(), reason="memory is measured on Linux")
def test_memory_is_that_of_the_training_and_not_of_whoever_started_it(small, tmp_path: Path, capsys) -> None:
    held = torch.zeros(400 << 18)  # 400 MB
    ours = memory.resident()
    path = tmp_path / "found.json"
    command.measure_memory(path, ["dcgan"])
    found = json.loads(path.read_text())["memory"]["dcgan"]
    assert 100 < found["before"] < found["peak"] < ours and len(held)
    assert "of them without networks" in capsys.readouterr().out


@pytest.mark.skipif(not memory.STATUS.is_file(), reason="memory is measured on Linux")
def test_memory_is_that_of_the_game_where_d_is_alone_at_first(small, monkeypatch) -> None:
    trainers = []
    usual = entrants.trainer_of
    monkeypatch.setattr(entrants, "trainer_of", lambda *words: trainers.append(usual(*words)) or trainers[0])
    threads = torch.get_num_threads()
    memory.peak(replace(DCGAN, system="magan"))
    torch.set_num_threads(threads)
    assert trainers[0].rival.optimizers["generator"].state, "G's moments are part of what a training takes"


def test_runs_lie_apart() -> None:
    folders = {command.folder_of(Path("runs"), name, seed) for name in entrants.ENTRANTS for seed in (0, 1)}
    assert len(folders) == 2 * len(entrants.ENTRANTS)
    assert command.folder_of(Path("runs"), "began, n = 16", 1) == Path("runs/began-16-s1")


def test_a_table_has_the_mean_and_the_spread_of_seeds() -> None:
    row = {column: 1.0 for column in ("steps", "images_seen", "seconds")}
    row |= {c: 0.5 for c in ("face_rate", "diversity", "sharpness", "nearest_training_image")}
    row |= {c: [0.5, 0.4, 0.6] for c in ("precision", "recall", "coverage")}
    marks = [{"images": {**row, "fid": [f, f, f]}, "seconds": {**row, "fid": [f, f, f]}} for f in (40.0, 50.0)]
    runs = {f"dcgan, seed {i}": {"name": "dcgan", "marks": mark} for i, mark in enumerate(marks)}
    text = table({"floors": {"photographs": {**row, "fid": [4.0, 3.0, 5.0]}}, "runs": runs})
    assert "| dcgan | 2 |" in text and "45 (40 to 50)" in text


def test_other_settings_are_measured_anew() -> None:
    done = {"runs": {"dcgan, seed 0": {"config": DCGAN.as_json(), "marks": {"images": {"steps": 1}}}}}
    assert not command.is_done(done, "dcgan", 0, {"images": 1})
    assert replace(DCGAN, seed=1) == entrants.with_seed(DCGAN, 1)


def test_what_ships_was_judged_anew_and_draws_as_its_run_does(repository: Path) -> None:
    """In half precision FID differs by less than its interval is wide by a long way: half a point at most."""
    found = json.loads((repository / "docs" / "rivals.json").read_text())
    whole = {command.folder_of(Path(), run["name"], run["seed"]).name: run["marks"] for run in found["runs"].values()}
    assert set(found["again"]) == set(again.shipped(FOLDER))
    for folder, row in found["again"].items():
        its = whole[f"{folder}-s0"][row["budget"]]
        assert row["steps"] == its["steps"] and abs(row["fid"][0] - its["fid"][0]) < 0.6, folder
