"""What is made of the comparison's runs: models that ship, digest checked, and progress held against FID."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from began_lib.data import open_dataset, to_unit_range
from began_lib.figures.rivals import path_of
from began_lib.machine.storage import read_npz, write_json
from began_lib.models import Architecture, Generator
from began_lib.rivals import Cannot, Rival, build, configured
from began_lib.rivals.trained import checked, load, names, of_run, read_card
from began_lib.scores import networks
from began_lib.scores import paths as along
from began_lib.scores.sets import draw
from began_lib.training.checkpoints import CheckpointError
from began_lib.training.configuration import TrainingConfig
from began_lib.training.history import History
from tools.rivals import __main__ as command
from tools.rivals import contest, entrants, paths, progress, ship
from tools.rivals.entrants import Pace
from tools.rivals.judge import Judge

SMALL = {"data": "faces", "limit": 240, "size": 16, "filters": 6, "latent": 8, "batch_size": 8}
SHAPE = Architecture(size=16, repeats=1, filters=4, hidden=8, latent=8)
ENTRANTS = {
    "began": TrainingConfig(data="faces", limit=240, architecture=SHAPE, batch_size=8),
    **{system: configured(system, **SMALL) for system in ("ali", "pixelcnn", "wgan")},
}

BUDGETS = ["--images", "40", "--seconds", "2"]  # 5 steps and, at 4 a second, 8


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """A finished run of each, eight steps long, with four checkpoints."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contest, "SAMPLES", 41)
        usual = entrants.trainer_of
        patch.setattr(contest, "trainer_of", lambda *words: _often(usual(*words)))
        for name, config in ENTRANTS.items():
            assert contest.train(config, command.folder_of(folder, name, 0), {"images": 5, "seconds": 8})
    return folder


def _often(trainer):
    trainer.checkpoint_every = 2
    return trainer


@pytest.fixture(scope="module")
def shipped(runs: Path, tmp_path_factory) -> Path:
    """All of them as they ship, by the command."""
    folder, out = tmp_path_factory.mktemp("shipped"), tmp_path_factory.mktemp("out") / "rivals.json"
    paces = {name: {"game": 4.0} for name in ENTRANTS}
    out.write_text(json.dumps({"protocol": {}, "paces": paces, "floors": {}, "runs": {}}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(command, "ENTRANTS", ENTRANTS)
        command.main(["--ship", str(folder), "--runs", str(runs), "--out", str(out), *BUDGETS])
    return folder


def photographs() -> torch.Tensor:
    """The held-out faces whose codes ship."""
    held_out = contest.dataset_of(ENTRANTS["began"]).held_out
    return to_unit_range(draw(held_out, (2 * paths.PAIRS,), seed=0)[0])


@pytest.mark.parametrize("name", ["began", "ali", "pixelcnn"])
def test_what_ships_draws_what_was_trained_to_its_stated_error(name, runs: Path, shipped: Path) -> None:
    system, run = load(name, shipped), of_run(runs / f"{name}-s0")
    card = system.card
    assert card["steps"] == system.step == 8 and card["budget"] == "seconds" and card["seconds"] == 2.0
    assert card["marks"] == {"images": 5, "seconds": 8} and card["images_seen"] == 8 * run.config.batch_size
    if name == "pixelcnn":  # where one level that comes out otherwise changes all that follow: bits are compared
        bits = [each.system.bits(photographs()) for each in (system, run)]
        error, most = float((bits[0] - bits[1]).abs().max()), 0.01
    else:
        z = run.codes(64)
        error, most = float((system.generate(z) - run.generate(z)).abs().max()), 0.02
    assert error == pytest.approx(card["half_precision_error"], abs=2e-5) and error < most  # rounded to five digits
    assert system.config == run.config


def test_the_ends_of_paths_are_codes_of_held_out_photographs(shipped: Path) -> None:
    for name, how in (("began", "search"), ("ali", "encoder")):
        system = load(name, shipped)
        errors = (system.generate(system.ends) - photographs()).abs().flatten(1).mean(1)
        assert system.card["ends"] == how and errors.tolist() == pytest.approx(system.card["end_errors"], abs=1e-3)
    assert load("pixelcnn", shipped).ends.numel() == 0
    assert "no code" in read_card("pixelcnn", shipped)["ends"]
    ali = load("ali", shipped)
    assert torch.allclose(ali.encode(photographs()), ali.ends, atol=2e-3)  # kept in half precision


def test_the_command_of_a_card_trains_such_a_run(shipped: Path) -> None:
    from began_lib.__main__ import build_parser
    from began_lib.rivals.command import config_of
    from began_lib.training import options

    for name in ("ali", "began", "pixelcnn"):
        words = read_card(name, shipped)["command"].split()
        assert words[:3] == ["python", "-m", "began_lib"]
        given = build_parser().parse_args(words[3:])
        config = options.config_of(given) if name == "began" else config_of(given, given.system)
        assert config == ship.replace(ENTRANTS[name], steps=8)


def test_of_some_systems_only_pictures_ship(shipped: Path) -> None:
    assert names(shipped) == sorted(ENTRANTS)
    with pytest.raises(Cannot, match="of wgan only pictures ship; its weights come back by: python -m began_lib train"):
        load("wgan", shipped)
    assert checked("wgan", "images.jpg", shipped).stat().st_size > 1000
    with pytest.raises(ValueError, match=r"wgan has no samples\.png: expected one of images\.jpg"):
        checked("wgan", "samples.png", shipped)


def test_a_changed_file_is_refused(shipped: Path) -> None:
    for file in ("model.safetensors", "seconds.jpg"):
        path = shipped / "ali" / file
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        with pytest.raises(CheckpointError, match="is not the file that was shipped"):
            load("ali", shipped)
        path.unlink()
        with pytest.raises(CheckpointError, match="is missing"):
            load("ali", shipped)
        path.write_bytes(content)
    assert load("ali", shipped).step == 8


def test_nothing_is_shipped_over_or_between_budgets(runs: Path, shipped: Path, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="remove it to ship the run anew"):
        ship.ship(runs / "ali-s0", "ali", shipped, Pace(4.0), photographs())
    run, other = runs / "ali-s0", tmp_path / "run"
    (other / "checkpoints").mkdir(parents=True)
    for path in [*run.glob("*.json"), run / "checkpoints" / "checkpoint-00000006.safetensors"]:
        (other / path.relative_to(run)).write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="at step 6, where neither budget is spent"):
        ship.ship(other, "ali", tmp_path / "out", Pace(4.0), photographs())


def test_all_together_stay_below_the_limit(monkeypatch: pytest.MonkeyPatch, shipped: Path) -> None:
    """At the contest's sizes, with 30 kB for each picture; and the command looks."""
    total = 0
    for name, config in entrants.ENTRANTS.items():
        total += 60_000
        if name in ship.PICTURES_ONLY:
            continue
        if isinstance(config, TrainingConfig):
            tensors = {f"generator.{n}": t for n, t in Generator(config.architecture).state_dict().items()}
        else:
            system = build(config).state_dict().items()
            tensors = {f"rival.{n}": t for n, t in system if n.startswith(Rival.kept)}
        total += sum(t.nbytes for t in ship.weights_of(tensors).values())
    assert 10_000_000 < total < ship.LIMIT
    monkeypatch.setattr(ship, "LIMIT", 1000)
    with pytest.raises(ValueError, match="at most 0 MB ship"):
        ship.size_of(shipped)


def test_paths_of_what_does_not_ship_are_drawn_on_its_run_once(runs: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    out = tmp_path / "rivals.json"
    paces = {name: {"game": 4.0} for name in ENTRANTS}
    out.write_text(json.dumps({"protocol": {}, "paces": paces, "floors": {}, "runs": {}}))
    monkeypatch.setattr(command, "ENTRANTS", ENTRANTS)
    monkeypatch.setattr(along, "face_rate", lambda images: float(len(images)))  # the detector wants 32x32
    words = ["--paths", "--runs", str(runs), "--out", str(out), *BUDGETS]
    command.main(words)
    found = json.loads(out.read_text())["paths"]
    assert list(found) == ["wgan, seed 0"] and "wgan, seed 0: e_r at the ends" in capsys.readouterr().out
    row, system = found["wgan, seed 0"], of_run(runs / "wgan-s0")
    ends = system.search(photographs()).best
    assert row["ends"] == "search" and row["seconds"] == 2.0 and row["steps"] == 8
    errors = (system.generate(ends) - photographs()).abs().flatten(1).mean(1)
    assert row["end_errors"] == pytest.approx(errors.tolist(), abs=1e-4)
    assert row["face_rate_between"] == paths.PAIRS * 3 and row["largest_step"] >= 1
    kept = path_of(tmp_path / "rivals" / row["picture"], size=16)
    path = along.between(system.generate, ends)[0]
    assert kept.shape == (1, 9, 3, 16, 16) and float((kept[0] - path).abs().mean()) < 0.05  # a JPEG of it
    monkeypatch.setattr(contest, "dataset_of", lambda config: pytest.fail("opened for nothing"))
    command.main(words)
    assert "wgan" not in capsys.readouterr().out, "once"
    monkeypatch.undo()
    for changed in ({"steps": 5}, {"config": {}}):  # of a shorter run, and of other settings
        monkeypatch.setattr(command, "ENTRANTS", ENTRANTS)
        monkeypatch.setattr(along, "face_rate", lambda images: 1.0)
        found = json.loads(out.read_text())
        found["paths"]["wgan, seed 0"] |= changed
        write_json(out, found)
        command.main(words)
        assert "wgan, seed 0: e_r at the ends" in capsys.readouterr().out


def test_what_ships_is_judged_anew_beside_its_run(
    runs: Path, shipped: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    out = tmp_path / "rivals.json"
    rows = {
        f"{name}, seed 0": {"name": name, "seed": 0, "marks": {"seconds": {"fid": [9.0, 8, 10]}}} for name in ENTRANTS
    }
    out.write_text(json.dumps({"protocol": {}, "paces": {}, "floors": {}, "runs": rows}))
    seen = []

    def row(pixels: torch.Tensor) -> dict:
        seen.append(pixels)
        return {"fid": [9.5, 9, 10]}

    monkeypatch.setattr(contest, "SAMPLES", 41)
    monkeypatch.setattr(command, "judge_of", lambda: SimpleNamespace(row=row))
    command.main(["--again", str(shipped), "--out", str(out)])
    found = json.loads(out.read_text())["again"]
    assert set(found) == set(ENTRANTS) - {"wgan"}, "of which only pictures ship"
    assert found["ali"] == {"steps": 8, "budget": "seconds", "fid": [9.5, 9, 10]}
    assert "ali, seconds: FID 9.5, of the whole run 9.0" in capsys.readouterr().out
    kept = torch.from_numpy(read_npz(contest.sample_path(runs / "ali-s0", "seconds"))["images"])
    # Of the same codes: a grey level or two for half precision, and for a batch of another size.
    assert seen[0].dtype == torch.uint8 and (seen[0].int() - kept.int()).abs().max() <= 3
    with pytest.raises(ValueError, match=r"has no run of ali at seconds, seed 0.*python -m tools\.rivals --only ali"):
        write_json(out, {"runs": {key: run for key, run in rows.items() if not key.startswith("ali")}})
        command.main(["--again", str(shipped), "--out", str(out)])


def test_progress_is_held_against_fid(runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    judge = Judge(open_dataset("faces", size=32, limit=240), networks.load("factors"), 40)
    out = tmp_path / "rivals.json"
    paces = {name: {"game": 4.0} for name in ENTRANTS}
    out.write_text(json.dumps({"protocol": {}, "paces": paces, "floors": {}, "runs": {}}))
    monkeypatch.setattr(command, "ENTRANTS", ENTRANTS)
    monkeypatch.setattr(command, "judge_of", lambda: judge)
    monkeypatch.setattr(progress, "COUNT", 24)
    drawn = progress._images  # whose size the network does not take
    monkeypatch.setattr(
        progress, "_images", lambda *words: drawn(*words).repeat_interleave(2, 2).repeat_interleave(2, 3)
    )
    words = ["--progress", "--only", "began", "wgan", "--runs", str(runs), "--out", str(out)]
    command.main(words)
    assert "progress" not in json.loads(out.read_text()), "these runs have not spent the usual budgets"
    assert "wgan-s0 is left out: these budgets end at steps" in capsys.readouterr().out
    words += BUDGETS
    command.main(words)
    found = json.loads(out.read_text())["progress"]
    assert list(found) == ["began, seed 0", "wgan, seed 0"]
    row, history = found["wgan, seed 0"], History.load(runs / "wgan-s0" / "history.npz")
    assert row["steps"] == [2, 4, 6, 8] and row["own"] == "wasserstein" and len(row["fid"]) == 4
    assert row["measures"]["wasserstein"] == pytest.approx(
        [history["wasserstein"][:step].mean() for step in (2, 4, 6, 8)], rel=1e-5
    )
    ranks = [np.argsort(np.argsort(values)) for values in (row["fid"], row["measures"]["wasserstein"])]
    by_hand = 1 - 6 * float(((ranks[0] - ranks[1]) ** 2).sum()) / (4 * 15)  # Spearman's formula, without ties
    assert row["rank_correlation"]["wasserstein"] == pytest.approx(by_hand)
    assert "rank correlation of m_global with FID" in capsys.readouterr().out
    again = []
    monkeypatch.setattr(command, "progress", lambda run, name, *_: again.append(name) or row)
    command.main(words)
    assert again == []
    for key, changed in (("config", {}), ("steps", [2, 4])):  # of other settings, and of a shorter run
        known = json.loads(out.read_text())
        known["progress"]["wgan, seed 0"][key] = changed
        write_json(out, known)
        command.main(words)
    assert again == ["wgan", "wgan"]
    monkeypatch.setattr(command, "ENTRANTS", {**ENTRANTS, "wgan": replace(ENTRANTS["wgan"], learning_rate=1e-3)})
    with pytest.raises(ValueError, match="wgan-s0 has other settings"):
        command.main(words)


def test_a_measure_that_stays_the_same_has_no_correlation(runs: Path, tmp_path: Path, monkeypatch) -> None:
    run = tmp_path / "run"
    shutil.copytree(runs / "wgan-s0", run)
    history = History.load(run / "history.npz")
    rows = history.steps()
    rows[:, history.columns.index("wasserstein")] = 0.5
    History.from_tables(rows, history.evaluations(), history.columns).save(run / "history.npz")
    monkeypatch.setattr(progress, "extract", lambda *_: SimpleNamespace(moments=None))
    fids = iter((9.0, 7.0, 8.0, 5.0))
    monkeypatch.setattr(progress, "frechet_distance", lambda *_: next(fids))
    found = progress.progress(run, "wgan", None, None)
    assert found["measures"]["wasserstein"] == [0.5] * 4 and found["rank_correlation"]["wasserstein"] is None
    assert found["rank_correlation"]["step"] == pytest.approx(-0.8)  # ranks 3, 0, 0, 3 apart: 1 - 6 * 18 / 60


def test_every_entrant_has_a_measure_that_its_history_has() -> None:
    from began_lib.rivals import SYSTEMS
    from began_lib.training.history import STEP_COLUMNS

    for name in entrants.ENTRANTS:
        columns = STEP_COLUMNS if name.startswith("began") else SYSTEMS[name].measures
        assert progress.own_measure(name) in columns


def test_a_dozen_checkpoints_are_spread_over_a_run(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    for step in range(500, 15_001, 500):
        (tmp_path / "checkpoints" / f"checkpoint-{step:08d}.safetensors").touch()
    steps = progress.moments_of(tmp_path)
    assert len(steps) == 12 and steps[0] == 500 and steps[-1] == 15_000 and steps == sorted(set(steps))
