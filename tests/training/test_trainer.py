"""Runs: resuming, damaged checkpoints, interruption, divergence, the learning-rate rule, the command line."""

import os
import shlex
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib import shipped
from began_lib.__main__ import build_parser, main
from began_lib.data import Dataset
from began_lib.machine.storage import REPOSITORY
from began_lib.models import Architecture, set_carry
from began_lib.training import checkpoints
from began_lib.training.configuration import TrainingConfig, paper, quick
from began_lib.training.history import STEP_COLUMNS, History
from began_lib.training.options import command_of, config_of
from began_lib.training.run import Diverged
from began_lib.training.schedule import PlateauHalving
from began_lib.training.trainer import Trainer

SMALL = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
CONFIG = TrainingConfig(architecture=SMALL, steps=60, batch_size=4, precision="fp32", learning_rate=1e-3)


def blobs(count: int) -> np.ndarray:
    """Soft coloured discs at random places: the least that an auto-encoder can learn, uint8 (count, 3, 16, 16)."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:16, :16]
    centres, colours = rng.uniform(4, 12, (count, 2, 1, 1)), rng.uniform(60, 255, (count, 3, 1, 1))
    disc = np.exp(-((x - centres[:, :1]) ** 2 + (y - centres[:, 1:]) ** 2) / 12)
    return (disc * colours).astype(np.uint8)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    pictures = blobs(72)
    return Dataset(name="blobs", train=pictures[:64], held_out=pictures[64:], card={"name": "blobs"})


def same(a: Trainer, b: Trainer) -> bool:
    """Whether two trainers hold the same numbers to the last bit (the speed column of the history aside)."""
    ours, theirs = a.state()[0], b.state()[0]
    ours["history.evaluations"], theirs["history.evaluations"] = (
        t["history.evaluations"][:, :2] for t in (ours, theirs)
    )
    return ours.keys() == theirs.keys() and all(torch.equal(ours[n], theirs[n]) for n in ours)


def test_history_has_one_row_per_step_and_training_improves(dataset: Dataset) -> None:
    trainer = Trainer(CONFIG, dataset, device="cpu", sample_every=20)
    history = trainer.train(200, progress=False)
    assert len(history) == 200 == trainer.steps_done
    assert history["m_global"][-50:].mean() < 0.7 * history["m_global"][:50].mean()
    assert ((history["k"] >= 0) & (history["k"] <= 1)).all()
    assert (history["gamma"] == np.float32(0.5)).all()
    np.testing.assert_allclose(
        history["m_global"],
        history["loss_real"] + np.abs(0.5 * history["loss_real"] - history["loss_fake"]),
        atol=1e-6,  # float32
    )
    assert history["evaluation_step"].tolist() == [20.0 * i for i in range(1, 11)]
    assert history["evaluation_held_out_loss"][-1] < history["evaluation_held_out_loss"][0]


def test_resuming_is_bit_identical(dataset: Dataset, tmp_path: Path) -> None:
    whole = Trainer(CONFIG, dataset, device="cpu", sample_every=20)
    whole.train(progress=False)
    first = Trainer(CONFIG, dataset, tmp_path, device="cpu", sample_every=20, checkpoint_every=7)
    first.train(31, progress=False)
    second = Trainer(CONFIG, dataset, tmp_path, device="cpu", sample_every=20, checkpoint_every=7)
    assert second.resume() == []
    assert second.steps_done == 31
    second.train(progress=False)
    assert same(whole, second)


def test_a_vanishing_residual_is_kept_with_the_weights(dataset: Dataset, tmp_path: Path) -> None:
    config = replace(CONFIG, architecture=replace(SMALL, vanishing_residuals=True), carry_steps=10, steps=6)
    trained = Trainer(config, dataset, tmp_path, device="cpu", checkpoint_every=6)
    trained.train(progress=False)
    resumed = Trainer(config, dataset, tmp_path, device="cpu", checkpoint_every=6)
    resumed.resume()
    torch.testing.assert_close(resumed.samples(), trained.samples())
    loaded = shipped.load(tmp_path).generate(trained.fixed_z)
    torch.testing.assert_close(loaded, trained.samples().clamp(-1, 1))
    set_carry(trained.began.generator, 1.0)
    assert (trained.samples().clamp(-1, 1) - loaded).abs().max() > 0.05  # it matters


def test_resuming_keeps_what_sliders_changed(dataset: Dataset, tmp_path: Path) -> None:
    first = Trainer(CONFIG, dataset, tmp_path, device="cpu")
    first.began.controller.gamma, first.began.controller.lambda_k = 0.7, 0.25
    first.began.controller.held = True
    first.began.learning_rate = 3e-4
    first.train(3, progress=False)
    second = Trainer(CONFIG, dataset, tmp_path, device="cpu")
    second.resume()
    controller = second.began.controller
    assert (controller.gamma, controller.lambda_k, controller.held) == (0.7, 0.25, True)
    assert second.began.learning_rate == 3e-4
    assert second.history["gamma"].tolist() == [np.float32(0.7)] * 3


CHILD = """
import sys, torch
sys.path.insert(0, {tests!r})
from tests.training.test_trainer import CONFIG, blobs
from began_lib.data import Dataset
from began_lib.machine.storage import REPOSITORY
from began_lib.training import Trainer
torch.set_num_threads(1)  # as in the tests: the order of additions depends on it
pictures = blobs(72)
dataset = Dataset(name="blobs", train=pictures[:64], held_out=pictures[64:], card={{"name": "blobs"}})
trainer = Trainer(CONFIG, dataset, {folder!r}, device="cpu", sample_every=20, checkpoint_every=1)
print("ready", flush=True)
trainer.train({steps}, progress=False)
"""


def start_child(folder: Path, steps: int) -> subprocess.Popen[str]:
    code = CHILD.format(tests=str(Path(__file__).parents[2]), folder=str(folder), steps=steps)
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None and child.stdout.readline() == "ready\n"
    return child


@pytest.mark.parametrize("after", [1, 6, 17])
def test_killed_at_any_moment_resumes_bit_identically(dataset: Dataset, tmp_path: Path, after: int) -> None:
    """SIGKILL while steps and checkpoint writes follow each other without a pause."""
    child = start_child(tmp_path, steps=10_000)
    try:
        while len(list_steps := checkpoints.list_checkpoints(tmp_path / "checkpoints")) == 0 or (
            int(list_steps[-1].stem.split("-")[1]) < after
        ):
            assert child.poll() is None, "the child ended by itself"
            time.sleep(0.001 * after)
    finally:
        child.kill()
        child.wait()
    resumed = Trainer(CONFIG, dataset, tmp_path, device="cpu", sample_every=20, checkpoint_every=1)
    resumed.resume()
    target = resumed.steps_done + 5
    assert target >= after + 5
    resumed.train(target, progress=False)
    whole = Trainer(CONFIG, dataset, device="cpu", sample_every=20)
    whole.train(target, progress=False)
    assert same(whole, resumed)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interruption_finishes_the_step_and_keeps_everything(tmp_path: Path, number: signal.Signals) -> None:
    child = start_child(tmp_path, steps=100_000)
    while not checkpoints.list_checkpoints(tmp_path / "checkpoints"):
        time.sleep(0.01)
    child.send_signal(number)
    assert child.wait(timeout=60) == 0
    tensors, metadata, damaged = checkpoints.load_newest(tmp_path / "checkpoints")
    assert damaged == []
    assert len(tensors["history.steps"]) == metadata["steps_done"] == len(History.load(tmp_path / "history.npz"))


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no SIGHUP")
def test_a_closed_terminal_ends_as_ctrl_c_does(dataset: Dataset, tmp_path: Path) -> None:
    trainer = Trainer(CONFIG, dataset, tmp_path, device="cpu")
    trainer.train(callbacks=[lambda run, losses: signal.raise_signal(signal.SIGHUP)], progress=False)
    assert trainer.stopped_by == signal.SIGHUP and trainer.steps_done == 1
    assert len(checkpoints.list_checkpoints(tmp_path / "checkpoints")) == 1


def test_a_callback_can_stop_and_sees_every_step(dataset: Dataset) -> None:
    trainer = Trainer(CONFIG, dataset, device="cpu")
    seen: list[float] = []

    def watch(trainer: Trainer, losses: object) -> None:
        seen.append(losses.loss_real.item())
        if trainer.steps_done == 9:
            trainer.stop()

    history = trainer.train(progress=False, callbacks=[watch])
    assert len(seen) == 9
    np.testing.assert_array_equal(np.float32(seen), history["loss_real"])


def test_gamma_moves_the_balance_of_a_running_training(dataset: Dataset) -> None:
    """What the slider does: with gamma raised to 1, k rises faster than with gamma lowered to 0."""
    ends = []
    for gamma in (0.0, 1.0):
        trainer = Trainer(CONFIG, dataset, device="cpu")
        trainer.train(20, progress=False)
        trainer.began.controller.gamma = gamma
        trainer.train(60, progress=False)
        ends.append(trainer.began.controller.k.item())
    assert ends[0] < ends[1]


# -- damaged files ----------------------------------------------------------------------------------------------------


@pytest.fixture
def run_folder(dataset: Dataset, tmp_path: Path) -> Path:
    Trainer(CONFIG, dataset, tmp_path, device="cpu", checkpoint_every=2, keep=2).train(4, progress=False)
    return tmp_path


def damage(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "not a checkpoint":
        path.write_bytes(b"<html>not found</html>" * 100)
    elif how == "one bit":
        path.write_bytes(content[:-100] + bytes([content[-100] ^ 1]) + content[-99:])


@pytest.mark.parametrize("how", ["truncated", "empty", "not a checkpoint", "one bit"])
def test_a_damaged_checkpoint_costs_steps_not_the_run(dataset: Dataset, run_folder: Path, how: str) -> None:
    older, newest = checkpoints.list_checkpoints(run_folder / "checkpoints")
    damage(newest, how)
    trainer = Trainer(CONFIG, dataset, run_folder, device="cpu")
    (complaint,) = trainer.resume()
    assert newest.name in complaint and "damaged" in complaint
    assert trainer.steps_done == 2
    damage(older, how)
    with pytest.raises(checkpoints.CheckpointError, match="no checkpoint can be read"):
        Trainer(CONFIG, dataset, run_folder, device="cpu").resume()


def test_a_full_disk_keeps_the_last_good_checkpoint(
    dataset: Dataset, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = checkpoints.list_checkpoints(run_folder / "checkpoints")
    trainer = Trainer(CONFIG, dataset, run_folder, device="cpu", checkpoint_every=1)
    trainer.resume()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device"):
        trainer.train(6, progress=False)
    assert checkpoints.list_checkpoints(run_folder / "checkpoints") == before
    assert not [p for p in run_folder.rglob("*.tmp")]
    assert checkpoints.load_newest(run_folder / "checkpoints")[1]["steps_done"] == 4


def test_another_runs_checkpoint_is_refused(dataset: Dataset, run_folder: Path) -> None:
    other = TrainingConfig(**{**CONFIG.as_json(), "architecture": SMALL, "gamma": 0.7})
    with pytest.raises(checkpoints.CheckpointError, match=r"gamma: 0\.5 there, 0\.7 here"):
        Trainer(other, dataset, run_folder, device="cpu").resume()


def test_a_branch_goes_on_from_its_ancestor(dataset: Dataset, run_folder: Path, tmp_path: Path) -> None:
    def branched(**changes: object) -> TrainingConfig:
        values = {**CONFIG.as_json(), "architecture": SMALL, "branch": f"{run_folder}@2", "steps": 6, **changes}
        return TrainingConfig(**values)

    branch = Trainer(branched(gamma=0.7), dataset, tmp_path / "branch", device="cpu")
    history = branch.train(progress=False)
    np.testing.assert_array_equal(history["gamma"], np.float32([0.5] * 2 + [0.7] * 4))
    # With nothing changed, a branch is the ancestor itself, to the last bit; the rate is Adam's from the start here.
    twin, whole = Trainer(branched(), dataset, device="cpu"), Trainer(CONFIG, dataset, device="cpu", sample_every=2)
    twin.train(progress=False)
    whole.train(6, progress=False)
    assert all(map(torch.equal, twin.began.generator.parameters(), whole.began.generator.parameters()))
    # One state can be put into many trainers: none of them changes it.
    tensors, metadata = whole.state()
    before = {name: tensor.clone() for name, tensor in tensors.items()}
    for _ in range(2):
        put = Trainer(CONFIG, dataset, device="cpu", sample_every=2)
        put.load_state(tensors, metadata)
        put.train(8, progress=False)
    assert all(torch.equal(before[name], tensor) for name, tensor in tensors.items())
    other = Trainer(branched(seed=9), dataset, device="cpu")
    with pytest.raises(checkpoints.CheckpointError, match="seed: 0 there, 9 here"):
        other.train(progress=False)
    with pytest.raises(checkpoints.CheckpointError, match="no file"):
        Trainer(branched(branch=f"{run_folder}@3"), dataset, device="cpu").train(progress=False)
    with pytest.raises(ValueError, match="expected RUN@STEP"):
        branched(branch="runs/x")


def test_a_branch_may_take_up_the_learning_rate_rule_or_drop_it(dataset: Dataset, tmp_path: Path) -> None:
    for there in (False, True):
        values = {**CONFIG.as_json(), "architecture": SMALL, "halving_window": 50}
        run = tmp_path / str(there)
        Trainer(TrainingConfig(**{**values, "halving": there}), dataset, run, device="cpu").train(2, progress=False)
        config = TrainingConfig(**{**values, "halving": not there, "branch": f"{run}@2"})
        branch = Trainer(config, dataset, device="cpu")
        branch.train(4, progress=False)
        assert (branch.schedule is None) == there
        # Its first window begins where measurements are read, 48 steps after the branching.
        assert branch.schedule is None or (branch.schedule.count, branch.schedule.waiting) == (0, 46)


def test_a_branch_is_bit_identical_wherever_it_is_interrupted(dataset: Dataset, tmp_path: Path) -> None:
    values = {
        **CONFIG.as_json(),
        "architecture": SMALL,
        "halving_window": 50,
        "halving_patience": 1,
        "steps": 260,
        "learning_rate": 1e-7,  # M_global stands, and the rule acts
        "learning_rate_floor": 1e-9,
    }
    Trainer(TrainingConfig(**values), dataset, tmp_path, device="cpu").train(7, progress=False)
    config = TrainingConfig(**{**values, "branch": f"{tmp_path}@7"})
    whole, often = Trainer(config, dataset, device="cpu"), Trainer(config, dataset, device="cpu")
    whole.train(progress=False, stop_when_diverged=False)
    often.train(progress=False, stop_when_diverged=False, callbacks=[lambda trainer, losses: trainer.flush()])
    assert same(whole, often) and whole.began.learning_rate < config.learning_rate


def test_a_branch_may_begin_with_another_k(dataset: Dataset, run_folder: Path) -> None:
    values = {**CONFIG.as_json(), "architecture": SMALL, "branch": f"{run_folder}@2", "steps": 6}
    same, other = (Trainer(TrainingConfig(**{**values, **k}), dataset, device="cpu") for k in ({}, {"k": 0.7}))
    assert same.begin_as_branch() == []
    (note,) = other.begin_as_branch()
    assert note.startswith("k is 0.7 from here on: it stood at 0.0")
    assert float(same.began.controller.k) < 0.1 and float(other.began.controller.k) == pytest.approx(0.7)


def test_a_branch_says_where_k_and_the_rate_stood(dataset: Dataset, tmp_path: Path) -> None:
    run = Trainer(CONFIG, dataset, tmp_path, device="cpu")
    run.began.controller.set_k(0.5)
    run.began.learning_rate = 2.5e-4
    run.train(2, progress=False)
    stood = float(run.began.controller.k)
    branch = Trainer(replace(CONFIG, branch=f"{tmp_path}@2", hold_k=True), dataset, device="cpu")
    assert branch.begin_as_branch() == [
        f"k is 0 from here on: it stood at {stood:.4g} in its run.",
        "the learning rate is 0.001 from here on: it stood at 0.00025 in its run.",
    ]


def test_another_number_format_is_told(dataset: Dataset, tmp_path: Path) -> None:
    Trainer(CONFIG, dataset, tmp_path, device="cpu").train(2, progress=False)
    tensors, metadata, _ = checkpoints.load_newest(tmp_path / "checkpoints")
    notes = Trainer(CONFIG, dataset, device="cpu").load_state(tensors, {**metadata, "precision": "bf16"})
    assert notes == ["the numbers are fp32 from here on: the checkpoint is from bf16."]


def test_other_pixels_of_a_named_set_are_told(dataset: Dataset, tmp_path: Path) -> None:
    here, there = (replace(dataset, card={"source": "drawn", "sha256": digest}) for digest in "ab")
    Trainer(CONFIG, here, tmp_path, device="cpu").train(2, progress=False)
    assert Trainer(CONFIG, here, tmp_path, device="cpu").resume() == []
    (note,) = Trainer(CONFIG, there, tmp_path, device="cpu").resume()
    assert "their pixels are not all the same" in note


def test_files_that_are_no_runs_are_left_alone(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / ".notes.tmp").write_text("mine")
    Trainer(CONFIG, dataset, tmp_path, device="cpu").train(1, progress=False)
    assert (tmp_path / ".notes.tmp").read_text() == "mine"
    other = tmp_path / "project"
    other.mkdir()
    (other / "config.json").write_text('{"mine": true}')
    with pytest.raises(ValueError, match="not of a run of BEGAN: expected another folder"):
        Trainer(CONFIG, dataset, other, device="cpu").train(1, progress=False)
    assert (other / "config.json").read_text() == '{"mine": true}'


def test_a_run_of_no_steps_goes_on(dataset: Dataset, tmp_path: Path) -> None:
    Trainer(CONFIG, dataset, tmp_path, device="cpu").train(0, progress=False)
    resumed = Trainer(CONFIG, dataset, tmp_path, device="cpu")
    resumed.resume()
    assert len(resumed.train(1, progress=False)) == 1


def test_no_checkpoint_to_resume_from(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(checkpoints.CheckpointError, match="no checkpoint in"):
        Trainer(CONFIG, dataset, tmp_path, device="cpu").resume()


def test_old_checkpoints_are_pruned(run_folder: Path) -> None:
    names = [path.name for path in checkpoints.list_checkpoints(run_folder / "checkpoints")]
    assert names == ["checkpoint-00000002.safetensors", "checkpoint-00000004.safetensors"]


def test_a_damaged_newer_checkpoint_does_not_cost_the_one_just_written(dataset: Dataset, run_folder: Path) -> None:
    later = checkpoints.checkpoint_path(run_folder / "checkpoints", 9)
    later.write_bytes(b"cut off")
    trainer = Trainer(CONFIG, dataset, run_folder, device="cpu", keep=1)
    assert len(trainer.resume()) == 1
    trainer.train(6, progress=False)
    names = [path.name for path in checkpoints.list_checkpoints(run_folder / "checkpoints")]
    assert names == ["checkpoint-00000006.safetensors", later.name]


def test_a_new_run_does_not_begin_where_another_lies(dataset: Dataset, run_folder: Path) -> None:
    before = {path: path.read_bytes() for path in run_folder.rglob("*.*")}
    with pytest.raises(ValueError, match=r"holds a run already: resume\(\) goes on"):
        Trainer(CONFIG, dataset, run_folder, device="cpu").train(progress=False)
    assert before == {path: path.read_bytes() for path in run_folder.rglob("*.*")}


def test_a_run_does_not_go_on_with_other_data(dataset: Dataset, run_folder: Path) -> None:
    tensors, metadata, _ = checkpoints.load_newest(run_folder / "checkpoints")
    metadata["card"]["train"] = 7
    with pytest.raises(checkpoints.CheckpointError, match="had 7 training images, this data set has"):
        Trainer(CONFIG, dataset, device="cpu").load_state(tensors, metadata)


def test_a_run_moves_between_kinds_of_devices_and_says_so(dataset: Dataset, run_folder: Path) -> None:
    """A CUDA generator's state has 16 bytes; this checkpoint stands for one from there."""
    tensors, metadata, _ = checkpoints.load_newest(run_folder / "checkpoints")
    tensors["random"] = torch.zeros(16, dtype=torch.uint8)
    metadata["device"] = "some GPU"
    courses = []
    for _ in range(2):
        trainer = Trainer(CONFIG, dataset, device="cpu")
        (note,) = trainer.load_state(tensors, metadata)
        assert "new stream: the checkpoint is from some GPU, this is CPU" in note
        courses.append(trainer.train(6, progress=False).steps())
    np.testing.assert_array_equal(*courses)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("first", "then"), [("cuda", "cpu"), ("cpu", "cuda"), ("cuda", "cuda")])
def test_a_run_begun_on_one_device_goes_on_on_another(dataset: Dataset, tmp_path: Path, first: str, then: str) -> None:
    Trainer(CONFIG, dataset, tmp_path, device=first).train(4, progress=False)
    trainer = Trainer(CONFIG, dataset, tmp_path, device=then)
    assert len(trainer.resume()) == (first != then)
    history = trainer.train(8, progress=False)
    assert len(history) == 8 and np.isfinite(history["m_global"]).all()


def test_a_branch_from_another_kind_of_device_says_so(
    dataset: Dataset, run_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = checkpoints.checkpoint_path(run_folder / "checkpoints", 4)
    tensors, metadata = checkpoints.load_tensors(path)
    checkpoints.save_tensors(path, {**tensors, "random": torch.zeros(16, dtype=torch.uint8)}, metadata)
    config = TrainingConfig(**{**CONFIG.as_json(), "architecture": SMALL, "branch": f"{run_folder}@4", "steps": 5})
    Trainer(config, dataset, device="cpu").train(progress=False)
    assert "z is drawn from a new stream" in capsys.readouterr().err


def test_options_that_resuming_would_pass_over_are_refused(run_folder: Path, capsys: pytest.CaptureFixture) -> None:
    line = f"train --resume --out {run_folder} --gamma 0.9 --k 0 --limit 5 --steps 9 --device cpu"
    assert main(line.split()) == 2
    assert "expected no --gamma, --limit. To go on otherwise, branch it" in capsys.readouterr().err


def test_history_file(run_folder: Path, tmp_path: Path) -> None:
    history = History.load(run_folder / "history.npz")
    assert len(history) == 4
    with pytest.raises(KeyError, match="expected one of loss_real"):
        history["loss"]
    (tmp_path / "bad.npz").write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"no \.npz of arrays, or it is damaged"):
        History.load(tmp_path / "bad.npz")


# -- divergence -------------------------------------------------------------------------------------------------------


def test_nan_stops_with_a_diagnosis(dataset: Dataset, run_folder: Path) -> None:
    trainer = Trainer(CONFIG, dataset, run_folder, device="cpu")
    trainer.resume()
    with torch.no_grad():
        next(trainer.began.generator.parameters()).fill_(float("nan"))
    with pytest.raises(Diverged, match=r"not finite at step 5.*checkpoint-00000004"):
        trainer.train(60, progress=False)
    assert checkpoints.load_newest(run_folder / "checkpoints")[1]["steps_done"] == 4
    assert len(History.load(run_folder / "history.npz")) == trainer.steps_done > 4  # how it came is on disk too


def test_weights_that_are_not_finite_where_samples_are_looked_at_are_divergence(dataset: Dataset, tmp_path) -> None:
    def break_off(run: Trainer, losses: object) -> None:
        if run.steps_done == 6:  # the losses of this step were of the weights before it
            with torch.no_grad():
                run.began.generator.to_image.bias.fill_(float("nan"))

    trainer = Trainer(CONFIG, dataset, tmp_path, device="cpu", sample_every=6, checkpoint_every=3)
    with pytest.raises(Diverged, match=r"after 6 steps: a sample is not finite.*checkpoint-00000003"):
        trainer.train(callbacks=[break_off], progress=False)
    assert len(History.load(tmp_path / "history.npz")) == 6


@pytest.mark.parametrize(("sample_every", "steps"), [(4, 6), (100, 60)])
def test_weights_that_are_not_finite_are_never_a_good_checkpoint(dataset: Dataset, tmp_path, sample_every, steps):
    """Neither at the end of a run, 6 steps, nor on its way, where the next losses would say it first."""

    def break_off(run: Trainer, losses: object) -> None:
        if run.steps_done == 6:
            with torch.no_grad():
                run.began.discriminator.encoder.to_hidden.bias.fill_(float("nan"))

    trainer = Trainer(CONFIG, dataset, tmp_path, device="cpu", sample_every=sample_every, checkpoint_every=3)
    with pytest.raises(Diverged, match=r"after 6 steps: a weight is not finite.*checkpoint-00000003"):
        trainer.train(steps, callbacks=[break_off], progress=False)
    assert checkpoints.load_newest(tmp_path / "checkpoints")[1]["steps_done"] == 3
    assert len(History.load(tmp_path / "history.npz")) == 6


def test_a_collapse_stops_unless_asked_to_go_on(dataset: Dataset) -> None:
    config = TrainingConfig(**{**CONFIG.as_json(), "architecture": SMALL, "halving_window": 50})
    for go_on in (False, True):
        trainer = Trainer(config, dataset, device="cpu", sample_every=50)
        trainer.train(200, progress=False)
        with torch.no_grad():
            for p in trainer.began.discriminator.parameters():
                p.mul_(1.35)
        if go_on:
            assert len(trainer.train(250, progress=False, stop_when_diverged=False)) == 250
        else:
            with pytest.raises(Diverged, match="times its best mean"):
                trainer.train(250, progress=False)


# -- the learning-rate rule -------------------------------------------------------------------------------------------


def test_halving_when_stalled_down_to_the_floor() -> None:
    rule, rate, rates = PlateauHalving(window=2, patience=3, floor=3e-5), 1e-4, []
    for _ in range(2 * 3 * 4):
        rate = rule.update(0.5, rate)
        rates.append(rate)
    # The first window sets the best; every three stalled windows halve; 2.5e-5 would be below the floor.
    assert rates[5] == 1e-4 and rates[7] == 5e-5 and rates[13] == 3e-5 and rates[-1] == 3e-5


def test_no_halving_while_falling_and_noise_within_a_window_does_not_count() -> None:
    rule, rate = PlateauHalving(window=2, patience=1), 1e-4
    for i in range(40):
        rate = rule.update(0.99 ** (i // 2) + (0.3 if i % 2 else -0.3), rate)
    assert rate == 1e-4


def test_a_rate_below_the_floor_is_never_raised() -> None:
    rule, rate = PlateauHalving(window=1, patience=1, floor=2e-5), 1e-5
    for _ in range(5):
        rate = rule.update(0.5, rate)
    assert rate == 1e-5


def test_training_halves_and_keeps_going(dataset: Dataset) -> None:
    values = {**CONFIG.as_json(), "architecture": SMALL, "halving_window": 50, "halving_patience": 1}
    trainer = Trainer(TrainingConfig(**{**values, "learning_rate_floor": 5e-4}), dataset, device="cpu")
    trainer.schedule.best = 0.0  # nothing can improve on it
    rates = trainer.train(200, progress=False)["learning_rate"]
    assert rates[0] == np.float32(1e-3) and rates[-1] == np.float32(5e-4)


# -- configuration and command line -----------------------------------------------------------------------------------


def test_configuration_survives_json() -> None:
    for config in (CONFIG, quick(gamma=0.3), paper()):
        assert TrainingConfig.from_json(config.as_json()) == config
    with pytest.raises(ValueError, match="unknown fields in the configuration: colour"):
        TrainingConfig.from_json({**CONFIG.as_json(), "colour": 1})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gamma": 1.2}, "gamma is 1.2"),
        ({"steps": 0}, "steps is 0"),
        ({"batch_size": 1.5}, "batch_size is 1.5"),
        ({"eta": 3}, "eta is 3"),
        ({"halving_window": 30}, "multiple of 50"),
        ({"learning_rate_floor": 0.0}, "floor is 0.0"),
    ],
)
def test_bad_configurations_are_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TrainingConfig(**{**CONFIG.as_json(), "architecture": SMALL, **changes})


def test_data_of_another_size_is_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="open the data with size=32"):
        Trainer(quick(), dataset, device="cpu")


def test_command_line_options_reach_the_configuration() -> None:
    line = "train --data lfw --size 64 --filters 32 --hidden 16 --gamma 0.7 --grey --hold-k --k 1 --steps 5 --eta 2"
    config = config_of(build_parser().parse_args(line.split()))
    assert config.architecture == Architecture(size=64, channels=1, filters=32, hidden=16, latent=16)
    assert (config.data, config.gamma, config.hold_k, config.k, config.steps, config.eta) == (
        *("lfw", 0.7, True, 1.0, 5),
        2,
    )
    assert config_of(build_parser().parse_args(["train"])) == TrainingConfig()


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "cache"))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i, image in enumerate(blobs(80)):
        Image.fromarray(image.transpose(1, 2, 0)).save(folder / f"{i:03d}.png")
    return folder


def test_end_to_end_through_the_command_line(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    options = f"--data {pictures} --size 16 --filters 4 --hidden 8 --batch-size 4 --learning-rate 1e-3 --device cpu"
    every = "--checkpoint-every 50 --sample-every 50"
    assert main(f"train {options} {every} --out {run} --steps 100".split()) == 0
    assert "m_global" in capsys.readouterr().out
    assert main(f"train {options} --out {run} --steps 150".split()) == 2
    assert "give --resume" in capsys.readouterr().err
    assert main(f"train {every} --device cpu --out {run} --resume --steps 150".split()) == 0
    history = History.load(run / "history.npz")
    assert len(history) == 150
    assert history["m_global"][-30:].mean() < 0.8 * history["m_global"][:30].mean()
    assert sorted(path.name for path in (run / "samples").iterdir()) == [
        f"step-{step:08d}.png" for step in (50, 100, 150)
    ]
    assert history.steps().shape == (150, len(STEP_COLUMNS))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("train --gamma 1.5", "gamma is 1.5"),
        ("train --data no-such-folder", "no-such-folder"),
        ("train --device tpu9", "device is 'tpu9'"),
        ("train --resume --out {tmp}/none", "none"),
        ("data no-such-folder", "no-such-folder"),
    ],
)
def test_the_users_mistakes_are_one_line(
    line: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(line.format(tmp=tmp_path).split()) == 2
    error = capsys.readouterr().err
    assert error.startswith("began_lib: ") and said in error and "Traceback" not in error


def test_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert "gamma" in text and "--resume" in text and "examples:" in text


def test_models_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--size", "32", "--filters", "32"]) == 0
    assert "encoder.to_hidden" in capsys.readouterr().out


@pytest.mark.parametrize(
    "line",
    [
        "train --data lfw --size 32 --filters 32 --steps 20000",
        "train --data 'my pictures' --grey --hidden 16 --latent 128 --gamma 0.3 --hold-k --k 1.0 --separate-z",
        "train --data faces --eta 2 --batch-size 8 --learning-rate 5e-05 --skip-connections --seed 3",
    ],
)
def test_a_configuration_knows_its_command(line: str) -> None:
    words = shlex.split(line)
    config = config_of(build_parser().parse_args(words))
    command = command_of(config)
    assert shlex.split(command)[3] == "train"
    assert config_of(build_parser().parse_args(shlex.split(command)[3:])) == config
    if line.startswith("train --data lfw"):
        assert command == f"python -m began_lib {line}"


def test_no_command_prints_the_help_and_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "train a BEGAN" in capsys.readouterr().out
    assert main(["--version"]) == 0
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert capsys.readouterr().out == f"{project['version']}\n"
