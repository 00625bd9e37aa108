"""Experiments over seeds: arms that differ in one thing, runs that are trained and measured once, tables of them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from began_lib.data import open_dataset
from began_lib.machine.storage import read_npz
from began_lib.models import Architecture
from began_lib.scores import networks
from began_lib.scores.networks import FeatureNetwork
from began_lib.training.configuration import TrainingConfig
from began_lib.training.history import History
from began_lib.training.options import flat
from began_lib.training.questions import Questions
from began_lib.training.run import Diverged
from tools.experiments import __main__ as command
from tools.experiments import arms, claims, marks, open_questions
from tools.experiments.arm import Arm
from tools.experiments.table import BALANCE, SCORES, table
from tools.rivals import __main__ as rivals
from tools.rivals import contest
from tools.rivals.judge import Judge

SHAPE = Architecture(size=32, filters=4, hidden=8, latent=8, repeats=1)
BASE = TrainingConfig(data="faces", limit=240, architecture=SHAPE, batch_size=4)
CONTROL = replace(BASE, questions=Questions(ema=0.5))
TINY = {
    "control": Arm("control", CONTROL),
    "γ = 0.5": Arm("figure 3", CONTROL, run_of="control"),
    "BEGAN-CS 0.1": Arm("cs", replace(BASE, questions=Questions(cs=0.1))),
}


@pytest.fixture(scope="module")
def network() -> FeatureNetwork:
    return networks.load("factors")


@pytest.fixture
def tiny(network: FeatureNetwork, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three arms, few images, a small network, and training in this process; the runs that were trained."""
    trained: list[Path] = []

    def in_turn(tasks, jobs):
        for folder, task in tasks.items():
            trained.append(folder)
            try:
                assert contest.train(*task)
            except Diverged as error:
                yield folder, str(error)
            else:
                yield folder, ""

    monkeypatch.setattr(arms, "ARMS", TINY)
    monkeypatch.setattr(contest, "SAMPLES", 40)
    monkeypatch.setattr(contest, "side_by_side", in_turn)
    monkeypatch.setattr(command.networks, "load", lambda name: network)
    return trained


def words(folder: Path, *more: str) -> list[str]:
    given = ["--out", str(folder / "found.json"), "--runs", str(folder / "runs"), "--seeds", "0", "--every", "2"]
    return [*given, "--steps", "4", *more]


def test_each_arm_differs_from_its_control_in_one_thing() -> None:
    control = flat(open_questions.ARMS["control"].config)
    assert (control["data"], control["size"], control["filters"], control["learning_rate"]) == ("lfw", 32, 16, 1e-4)
    assert control["hidden"] == control["latent"] == 64
    for arm in open_questions.ARMS.values():
        other = {name for name, value in flat(arm.config).items() if value != control[name]}
        several = {
            "control": set(),
            "noise": {"noise", "noise_on", "noise_steps"},
            "h": {"hidden"},
            "h of faces": {"hidden"},
        }
        one = several.get(arm.question, {arm.question})
        assert other - {"data"} <= one and bool(other) == (arm.question != "control")


def test_arms_measured_from_another_s_run_train_what_it_trains() -> None:
    shared = {name: arm for name, arm in arms.ARMS.items() if arm.run_of}
    assert set(shared) == {"γ = 0.5", "rate 1e-4, λ_k 1e-3"}
    for arm in shared.values():
        assert arms.ARMS[arm.run_of].config == replace(arm.config, steps=10_000)
        assert arms.ARMS[arm.run_of].seeds >= arm.seeds


def test_the_arms_for_claims_differ_in_what_the_claim_is_about() -> None:
    about = {"figure 6": {"hidden", "latent", "hold_k"}, "figure 3": {"gamma"}, "rates": {"learning_rate", "lambda_k"}}
    for question, names in about.items():
        configs = [flat(arm.config) for arm in claims.ARMS.values() if arm.question == question]
        changed = {name for config in configs for name in config if config[name] != configs[0][name]}
        assert changed == names and len({tuple(config.items()) for config in configs}) >= len(configs) - 1
    assert {arm.config.hold_k for arm in claims.ARMS.values() if arm.held_from} == {True}
    balanced = flat(claims.ARMS["balanced"].config)
    for name, width in (("starved G", "latent"), ("starved D", "hidden")):
        starved = flat(claims.ARMS[name].config)
        assert {key: (balanced[key], value) for key, value in starved.items() if value != balanced[key]} == {
            width: (128, 16)
        }


def test_arms_are_chosen_by_name_or_by_question() -> None:
    assert arms.chosen(None) == list(arms.ARMS)
    assert not set(claims.ARMS) & set(open_questions.ARMS)
    assert arms.compared("vae") == arms.chosen(["control", "vae"]) and "control" not in arms.compared("figure 6")
    assert arms.chosen(["control", "vae"]) == ["control", "VAE, KL 1e-4", "VAE, KL 1e-3"]
    assert arms.chosen(["BEGAN-CS 0.1"]) == ["BEGAN-CS 0.1"]
    with pytest.raises(ValueError, match="no question 'gamma'"):
        arms.chosen(["gamma"])


@pytest.mark.parametrize(
    ("option", "said"),
    [("--only gama", "no question 'gama': expected of"), ("--seeds -1", "expected 0 to"), ("--jobs 0", "at least 1")],
)
def test_mistakes_are_lines(option: str, said: str, capsys) -> None:
    for parser in (command.parser(), rivals.parser()):
        with pytest.raises(SystemExit):
            parser.parse_args(option.split())
        error = capsys.readouterr().err
        assert said in error or "invalid choice: 'gama'" in error


def test_a_graph_is_for_cuda_alone(tiny, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="the run is on cpu: expected --device cuda"):
        command.main(words(tmp_path, "--only", "cs", "--cuda-graph"))


def test_data_of_another_size_have_a_floor_of_their_own() -> None:
    floors = {name: command.floor_of(arms.ARMS[name].config) for name in ("control", "long", "γ = 0.3, 64x64")}
    assert floors == {"control": "lfw", "long": "lfw", "γ = 0.3, 64x64": "lfw, 64x64"}


def test_figure_3_at_the_papers_size_has_its_filters_and_rate() -> None:
    for name in arms.chosen(["figure 3, 64x64"]):
        config = arms.ARMS[name].config
        assert (config.architecture, config.learning_rate) == (Architecture(size=64, filters=64), 1e-4)
        assert config == replace(arms.ARMS["γ = 0.5, 64x64"].config, gamma=float(name[4:7]))


def test_samples_along_the_way_are_shown_where_an_arm_says(tiny, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(arms, "ARMS", {"control": replace(TINY["control"], shown=(2,))})
    command.main(words(tmp_path))
    at_2 = {"control-s0-at-2.jpg", "control-s0-at-2-averaged.jpg"}
    assert {path.name for path in (tmp_path / "found").iterdir()} == at_2 | {
        "control-s0.jpg",
        "control-s0-averaged.jpg",
    }


def test_marks_end_where_the_run_ends() -> None:
    assert list(marks.marks_of(20_000, 2_500).values()) == [2_500 * n for n in range(1, 9)]
    assert marks.marks_of(5, 2) == {"step-2": 2, "step-4": 4, "step-5": 5}
    assert marks.marks_of(2, 9) == {"step-2": 2}


def test_runs_lie_apart_but_for_those_that_are_shared() -> None:
    own = {name for name, arm in arms.ARMS.items() if not arm.run_of}
    folders = {command.folder_of(Path("runs"), name, seed) for name in own for seed in (0, 1)}
    assert len(folders) == 2 * len(own)
    assert command.folder_of(Path("runs"), "γ = 0.5", 1) == Path("runs/control-s1")
    assert command.folder_of(Path("runs"), "VAE, KL 1e-4", 0) == Path("runs/vae-kl-1e-4-s0")
    assert command.folder_of(Path("runs"), "λ_k 1e-4", 0) == Path("runs/lambda-k-1e-4-s0")


def test_each_arm_has_seeds_of_its_own_number_unless_some_are_given() -> None:
    pairs = command.seeds_of(["balanced", "λ_k 1e-4"], None)
    assert pairs == [(0, "balanced"), (0, "λ_k 1e-4"), (1, "balanced"), (1, "λ_k 1e-4"), (2, "balanced")]
    assert command.seeds_of(["balanced"], [5]) == [(5, "balanced")]
    assert {arm.seeds for arm in claims.ARMS.values() if arm.question in ("figure 3", "figure 6")} == {3}


def test_all_is_trained_once_and_measured_once(tiny: list[Path], tmp_path: Path, capsys) -> None:
    command.main(words(tmp_path))
    assert [folder.name for folder in tiny] == ["control-s0", "began-cs-0.1-s0"]
    found = json.loads((tmp_path / "found.json").read_text())
    assert list(found["runs"]) == ["control, seed 0", "γ = 0.5, seed 0", "BEGAN-CS 0.1, seed 0"]
    assert set(found["floors"]) == {"faces"} and found["protocol"]["faces_factors"]["all"] > 50
    for run in found["runs"].values():
        assert [row["steps"] for row in run["marks"].values()] == [2, 4]
        for row in run["marks"].values():
            assert {"fid", "precision", "recall", "coverage", "face_rate", "diversity"} < set(row)
            assert row["ratio"] == pytest.approx(row["loss_fake"] / row["loss_real"])
            assert 0 <= row["k"] <= 1 and row["held_out_loss"] > 0 and abs(row["grain_beyond"]) > 0
    control, constrained = (
        found["runs"][name]["marks"]["step-4"] for name in ("γ = 0.5, seed 0", "BEGAN-CS 0.1, seed 0")
    )
    assert control["averaged_fid"] != control["fid"] and not any("averaged" in name for name in constrained)
    pictures = {path.name for path in (tmp_path / "found").iterdir()}
    of_both = {"control-s0.jpg", "control-s0-averaged.jpg", "gamma-0.5-s0.jpg", "gamma-0.5-s0-averaged.jpg"}
    assert pictures == of_both | {"began-cs-0.1-s0.jpg"}
    capsys.readouterr()
    command.main(words(tmp_path))
    assert len(tiny) == 2 and capsys.readouterr().out == ""
    command.main(words(tmp_path, "--only", "cs", "--steps", "6"))  # a longer run goes on, and has its last mark judged
    assert len(tiny) == 3 and capsys.readouterr().out.count("FID") == 1
    command.main(words(tmp_path, "--table"))
    text = capsys.readouterr().out
    assert text.count("| control | 1 | 4 |") == 2 and "| BEGAN-CS 0.1 | 1 | 6 |" in text
    assert "## figure 3" in text and "| faces, photographs |" in text


def test_arms_of_two_lengths_share_one_run(tiny, tmp_path: Path, monkeypatch, capsys) -> None:
    short = Arm("control", replace(CONTROL, steps=2), every=2)
    long = Arm("figure 3", replace(CONTROL, steps=4), run_of="control", every=2)
    monkeypatch.setattr(arms, "ARMS", {"control": short, "γ = 0.5": long})
    judged, row = [], Judge.row
    monkeypatch.setattr(Judge, "row", lambda judge, pixels: judged.append(len(pixels)) or row(judge, pixels))
    given = words(tmp_path)[:6]
    command.main(given)
    assert len(judged) == 2 * 2 + 2, "images of both weights at two marks, once each, and the floors"
    assert [folder.name for folder in tiny] == ["control-s0"]
    runs = json.loads((tmp_path / "found.json").read_text())["runs"]
    assert {key: list(run["marks"]) for key, run in runs.items()} == {
        "control, seed 0": ["step-2"],
        "γ = 0.5, seed 0": ["step-2", "step-4"],
    }
    assert runs["control, seed 0"]["marks"]["step-2"] == runs["γ = 0.5, seed 0"]["marks"]["step-2"]
    (tmp_path / "found.json").unlink()
    command.main([*given, "--only", "control"])  # from the images that the longer run left
    assert json.loads((tmp_path / "found.json").read_text())["runs"]["control, seed 0"] == runs["control, seed 0"]
    assert len(read_npz(tmp_path / "runs/control-s0/history.npz")["steps"]) == 4


def test_the_averages_images_are_beside_those_of_the_control_which_learned_as_ever(tiny, tmp_path: Path) -> None:
    assert contest.train(CONTROL, tmp_path, {"end": 4}, marks.keep, 2)
    own, average = (read_npz(contest.sample_path(tmp_path, mark))["images"] for mark in ("end", marks.averaged("end")))
    plain = contest.trainer_of(BASE, open_dataset("faces", size=32, limit=240))
    plain.train(4, progress=False)
    expected = contest.images_of(plain, 40).clamp(-1, 1)
    assert abs(torch.as_tensor(own).float() / 127.5 - 1 - expected).max() < 0.005  # half a grey level is 0.004
    assert (own != average).any()


def test_k_is_held_where_the_control_of_the_same_seed_ended(tiny, tmp_path: Path, monkeypatch, capsys) -> None:
    held = Arm("held", replace(BASE, hold_k=True), held_from="control")
    monkeypatch.setattr(arms, "ARMS", {"held": held, "control": Arm("control", replace(BASE, k=0.2))})
    command.main(words(tmp_path, "--only", "held"))
    assert tiny == [] and "held needs control, seed 0, measured at step 4" in capsys.readouterr().out
    command.main(words(tmp_path))
    assert [folder.name for folder in tiny] == ["control-s0", "held-s0"]
    runs = json.loads((tmp_path / "found.json").read_text())["runs"]
    ended = runs["control, seed 0"]["marks"]["step-4"]["k"]
    assert 0.19 < ended < 0.21 and runs["held, seed 0"]["config"]["k"] == round(ended, 4)
    kept = [row["k"] for row in runs["held, seed 0"]["marks"].values()]
    assert kept == pytest.approx([ended, ended], abs=5e-5)  # half of the last decimal that is kept


def test_grain_is_beyond_what_the_runs_own_d_makes_of_samples(tmp_path: Path, monkeypatch) -> None:
    trainer = contest.trainer_of(BASE, open_dataset("faces", size=32, limit=240))
    monkeypatch.setattr(trainer.began, "reconstruct", lambda images: images)
    assert marks.grain_beyond(trainer) == 0
    monkeypatch.setattr(trainer.began, "reconstruct", lambda images: 0.5 * images)
    assert marks.grain_beyond(trainer) > 0


def test_the_course_of_a_run_has_the_means_of_its_first_steps(tmp_path: Path) -> None:
    history = History()
    rows = np.tile(np.arange(1200, dtype=np.float32)[:, None], (1, len(history.columns)))
    rows[1100:] = np.nan  # as the last of a run that diverges
    history.append(rows)
    history.save(tmp_path / "history.npz")
    followed = marks.course(tmp_path, 1200)
    assert followed["m_global"] == followed["k"] == [249.5, 749.5]
    assert marks.course(tmp_path, 900)["k"] == [249.5]
    history.append(rows[-400:])
    history.save(tmp_path / "history.npz")
    assert marks.course(tmp_path, 1600)["k"] == [249.5, 749.5]


def test_a_run_that_diverged_is_a_result(tiny, tmp_path: Path, monkeypatch, capsys) -> None:
    kept = marks.keep

    def keep(trainer, folder, mark):
        kept(trainer, folder, mark)
        with torch.no_grad():
            trainer.began.generator.to_image.bias.fill_(float("nan"))

    monkeypatch.setattr(marks, "keep", keep)
    command.main(words(tmp_path, "--only", "cs"))
    run = json.loads((tmp_path / "found.json").read_text())["runs"]["BEGAN-CS 0.1, seed 0"]
    assert "not finite" in run["diverged"] and list(run["marks"]) == ["step-2"] and run["course"]["k"] == []
    command.main(words(tmp_path, "--only", "cs"))
    assert len(tiny) == 1
    command.main(words(tmp_path, "--table"))
    assert "not finite" in capsys.readouterr().out


def test_rows_that_others_write_while_floors_are_measured_stay(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(arms, "ARMS", TINY)
    path, config = tmp_path / "found.json", TINY["control"].config

    class Slow:
        def floors(self) -> dict:
            command._write(path, "control", config, {"marks": {"step-2": {"steps": 2}}})
            return {"photographs": {}}

    command._judge({"faces": Slow()}, config, path)
    found = json.loads(path.read_text())
    assert list(found["runs"]) == ["control, seed 0"] and found["floors"] == {"faces": {"photographs": {}}}


def _row(steps: int, value: float) -> dict[str, float]:
    return {"steps": steps, **dict.fromkeys((*SCORES, *BALANCE), value)}


def _run(name: str, seed: int, rows: dict[int, float], diverged: str = "") -> dict[str, object]:
    marks = {f"step-{step}": _row(step, value) for step, value in rows.items()}
    return {"name": name, "seed": seed, "diverged": diverged, "marks": marks}


def _table(*runs: dict[str, object]) -> str:
    return table({"floors": {}, "runs": {f"{run['name']}, seed {run['seed']}": run for run in runs}})


def test_seeds_are_compared_at_the_last_mark_that_all_have() -> None:
    text = _table(_run("k = 0", 0, {2500: 40.0, 5000: 20.0}), _run("k = 0", 1, {2500: 50.0}))
    assert "| k = 0 | 2 | 2,500 | 45 (40 to 50) |" in text
    text = _table(_run("k = 0", 0, {5000: 20.0}), _run("k = 0", 1, {2500: 50.0}))
    assert "| k = 0 | 2 | no mark that all have |" in text


def test_a_question_with_one_arm_has_a_table_unless_only_its_control_was_measured() -> None:
    assert "## figure 6" in _table(_run("k = 0", 0, {2500: 40.0}))
    text = _table(_run("rate 2e-3", 0, {}, "a loss is not finite"))
    assert "## rates" in text and "| rate 2e-3 | seed 0 | a loss is not finite |" in text
    assert [line for line in _table(_run("control", 0, {2500: 40.0})).splitlines() if "##" in line] == ["## control"]


def test_other_settings_are_measured_anew(tmp_path: Path) -> None:
    path, config = tmp_path / "found.json", TINY["control"].config
    run = {"name": "control", "seed": 0, "config": config.as_json(), "diverged": "", "marks": {"step-2": {}}}
    path.write_text(json.dumps({"protocol": {}, "floors": {}, "runs": {"control, seed 0": run}}))
    assert command.record(path, "control", replace(config, steps=9))["marks"] == {"step-2": {}}
    assert command.record(path, "control", replace(config, gamma=0.3))["marks"] == {}
