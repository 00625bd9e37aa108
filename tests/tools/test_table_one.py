"""Table 1 on CIFAR-10: runs measured at the same numbers of images, and the rank that the Inception score gives."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from began_lib.data import open_dataset
from began_lib.data.pixels import save_picture, tile
from began_lib.machine.storage import read_npz, write_json
from began_lib.models import Architecture
from began_lib.rivals import SYSTEMS, configured
from began_lib.scores import networks
from tools.results import page, table_one
from tools.results.rank import BETTER, WORSE
from tools.rivals import contest as loop
from tools.rivals import table_one as contest

SCORES = {"began": 3.0, "dfm": 4.0, "ali": 2.0, "improved-minibatch": 2.5, "improved-features": 2.5, "dcgan": 5.0}


def test_each_has_the_settings_of_the_other_contest_and_began_a_wide_h() -> None:
    found = contest.entrants("folder")
    assert list(found) == ["began", *contest.RIVALS] and set(contest.RIVALS) < set(SYSTEMS)
    assert set(contest.RIVALS) == {*BETTER, *WORSE, contest.LEFT_OUT}
    for name in contest.RIVALS:
        assert found[name] == configured(name, data="folder")
    began = found["began"]
    assert began.architecture.hidden == began.architecture.latent == 128 and began.learning_rate == 1e-4
    assert contest.marks_of(began) == {"images-160000": 10_000, "images-800000": 50_000, "images-2400000": 150_000}
    assert contest.marks_of(found["dcgan"])["images-2400000"] == 37_500


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """BEGAN and one rival on drawn faces, measured after 16 and 32 images, 40 samples each."""
    usual = contest.entrants
    shape = Architecture(size=32, filters=4, hidden=8, latent=8)
    changes = {
        "began": {"architecture": shape, "batch_size": 8, "limit": 240},
        "dcgan": {"filters": 4, "latent": 8, "batch_size": 8, "limit": 240},
    }
    found = {name: replace(config, **changes[name]) for name, config in usual("faces").items() if name in changes}
    monkeypatch.setattr(contest, "entrants", lambda data: found)
    monkeypatch.setattr(contest, "RIVALS", ("dcgan",))
    monkeypatch.setattr(contest, "IMAGES", (16, 32))
    monkeypatch.setattr(contest.marks_of, "__defaults__", ((16, 32),))
    monkeypatch.setattr(contest, "SAMPLES", 40)
    monkeypatch.setattr(networks, "load", lambda name, load=networks.load: load("factors"))
    monkeypatch.setattr(loop, "side_by_side", _here)


def _here(tasks, jobs):
    """`side_by_side` in this process, whose entrants are the small ones."""
    for key, arguments in tasks.items():
        loop.train(*arguments)
        yield key, ""


def test_it_is_trained_and_measured_once_and_the_average_of_began_beside_it(small, tmp_path: Path, capsys) -> None:
    path, runs = tmp_path / "table-1.json", tmp_path / "runs"
    words = ["--data", "faces", "--seeds", "0", "--images", "16", "32", "--runs", str(runs), "--out", str(path)]
    contest.main(words)
    found = json.loads(path.read_text())
    assert found["floor"]["is"][0] > 1 and found["protocol"]["samples"] == 40
    for name, has in (("began, seed 0", True), ("dcgan, seed 0", False)):
        marks = found["runs"][name]["marks"]
        assert [row["steps"] for row in marks.values()] == [2, 4], name
        assert [row["images_seen"] for row in marks.values()] == [16, 32]
        assert all(len(row[it]) == 3 for row in marks.values() for it in ("is", "fid", "kid", "recall", "coverage"))
        assert all(("averaged_is" in row) is has for row in marks.values())
        assert all(row["images"] == 40 for row in marks.values())
        assert all(np.isfinite(row["m_global" if has else "loss_d"]) for row in marks.values())
        short = name.split(",")[0]
        assert contest.picture_of(path, short, 0, "images-32").is_file()
        assert not contest.picture_of(path, short, 0, "images-16").exists(), "of the end alone"
    capsys.readouterr()
    contest.main(words)
    assert "IS" not in capsys.readouterr().out and json.loads(path.read_text()) == found
    contest.main([*words, "--table"])
    text = capsys.readouterr().out
    assert text.count("| began, seed 0, averaged G |") == 2 and "| other photographs |" in text


def test_a_run_s_scores_are_those_of_its_kept_images(small, tmp_path: Path) -> None:
    path, runs = tmp_path / "table-1.json", tmp_path / "runs"
    contest.main(
        [
            "--data",
            "faces",
            "--only",
            "dcgan",
            "--seeds",
            "1",
            "--images",
            "16",
            "--runs",
            str(runs),
            "--out",
            str(path),
        ]
    )
    row = json.loads(path.read_text())["runs"]["dcgan, seed 1"]["marks"]["images-16"]
    images = torch.from_numpy(read_npz(loop.sample_path(contest.folder_of(runs, "dcgan", 1), "images-16"))["images"])
    judge = contest.Judge(open_dataset("faces", size=32), networks.load("any"), 40)
    assert judge.row(images)["fid"] == pytest.approx(row["fid"], rel=1e-4)


def test_nothing_is_put_beside_numbers_of_other_pictures_or_over_those_of_other_settings(small, tmp_path: Path) -> None:
    path, runs = tmp_path / "table-1.json", tmp_path / "runs"
    words = ["--data", "faces", "--only", "dcgan", "--seeds", "0", "--images", "16"]
    words += ["--runs", str(runs), "--out", str(path)]
    contest.main(words)
    found = json.loads(path.read_text())
    write_json(path, {**found, "protocol": {**found["protocol"], "samples": 41}})
    with pytest.raises(ValueError, match=r"another protocol \(samples\).*41.* there, .*40.* here. Give another --out"):
        contest.main(words)
    found["runs"]["dcgan, seed 0"]["config"]["filters"] = 5
    write_json(path, found)
    with pytest.raises(ValueError, match=r"dcgan, seed 0 has been measured with other settings \(filters\)"):
        contest.main(words)
    assert "other photographs" not in contest.table({"floor": {}, "runs": {}})


@pytest.fixture
def verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The finding for some scores at both marks, give or take 0.1; FID is 100 over the score."""
    path = tmp_path / "table-1.json"
    monkeypatch.setattr(table_one, "PATH", path)
    for name in SCORES:
        picture = tile(torch.zeros(32, 3, 32, 32), columns=8)
        save_picture(contest.picture_of(path, name, 0, f"images-{contest.IMAGES[-1]}"), picture)

    def judge(at_last: dict | None = None, **scores: float):
        def row(score: float, images: int) -> dict:
            return {"is": [score, score - 0.1, score + 0.1], "fid": [100 / score] * 3, "images_seen": images}

        runs = {}
        for name, usual in SCORES.items():
            score = scores.get(name.replace("-", "_"), usual)
            marks = {f"images-{images}": row(score, images) for images in contest.IMAGES}
            marks[f"images-{contest.IMAGES[-1]}"] = row((at_last or {}).get(name, score), contest.IMAGES[-1])
            runs[f"{name}, seed 0"] = {"name": name, "marks": marks}
        again = row(SCORES["began"], 2_392_000)  # 500 steps short
        runs["began, seed 1"] = {"name": "began", "marks": {"images-2392000": again}}
        floor = {"is": [6.0, 5.9, 6.1]}
        protocol = {"samples": 40, "network": "some", "data": {"train": 45}}
        path.write_text(json.dumps({"protocol": protocol, "floor": floor, "runs": runs}))
        return table_one.inception(tmp_path, "faces")

    return judge


def test_the_rank_is_supported_in_direction_where_began_is_second(verdict) -> None:
    found = verdict()
    assert found.verdict == "supported in direction" and all(check.holds for check in found.checks)
    assert "after 2,400,000 images: began 3.00 and 3.00, ali 2.00" in found.checks[0].found
    assert "after 800,000 images: began 3.00, ali" in found.checks[0].found
    others = ", ".join(name for name in SCORES if name != "began")
    assert f"2,400,000 images: 2 seeds of began; 1 seed of {others}, one of began at 2,392,000" in found.made_of
    assert [check.holds for check in found.further] == [True, True, True, False, True, False]
    assert found.further[4].reason.endswith("seen; none") and "40% and 40%; the paper's 45%" in found.further[5].found
    fallen = verdict(at_last={"dfm": 2.0}).further[4]  # of 4: FID is twice as high
    assert not fallen.holds and fallen.reason.endswith("seen; dfm")


def test_a_better_rival_contradicts_and_marks_that_disagree_leave_it_open(verdict) -> None:
    assert verdict(ali=3.5).verdict == "contradicted"
    open_one = verdict(at_last={"ali": 3.5})
    assert open_one.verdict == "not testable at this scale"
    assert open_one.untestable == ("The two marks disagree: after 800,000 images yes; after 2,400,000 images no.")
    touching = verdict(improved_features=2.9)
    assert touching.further[0].holds, "of which the table has none"
    assert touching.untestable.startswith("No clear rank: after 800,000 images undecided, intervals overlap;")


def test_a_system_without_a_run_is_named_with_its_command(verdict) -> None:
    verdict()
    found = json.loads(table_one.PATH.read_text())
    del found["runs"]["ali, seed 0"]
    with pytest.raises(ValueError, match=r"nothing of ali after 800,000 images.*table_one --data FOLDER --only ali"):
        table_one.rows_of(found, 800_000)


def test_no_common_answer_is_no_rank_that_stays(verdict) -> None:
    found = verdict(ali=2.95)  # intervals touch at all marks
    assert not found.further[2].holds and found.further[2].needs.startswith("before those three, or not, after 160,000")


def test_a_picture_that_is_missing_is_named(verdict) -> None:
    picture = contest.picture_of(table_one.PATH, "dfm", 0, f"images-{contest.IMAGES[-1]}")
    picture.unlink()
    with pytest.raises(ValueError, match=r"dfm-s0-images-2400000\.jpg is missing"):
        verdict()


def test_the_page_holds_it_against_what_was_measured() -> None:
    assert list(page.hashes("table-1")) == ["table-1.json"]
