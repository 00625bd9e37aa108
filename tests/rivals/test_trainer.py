"""A rival's run: resumed to the last bit, told apart from others, and the command beside BEGAN's."""

import errno
import json
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image

from began_lib.__main__ import build_parser, main
from began_lib.data import Dataset
from began_lib.machine.interruption import PIPE_CLOSED
from began_lib.rivals import SYSTEMS, RivalTrainer, configured, load_run
from began_lib.rivals.command import config_of, default_folder, refused
from began_lib.rivals.trained import of_run
from began_lib.scores.command import subject_and_data
from began_lib.scores.subject import of_rival
from began_lib.training import checkpoints
from began_lib.training.history import History
from began_lib.training.run import Diverged
from tests.rivals.conftest import TINY

SMALL = ["--size", "16", "--filters", "6", "--latent", "8", "--batch-size", "4", "--steps", "4"]


def same(a: RivalTrainer, b: RivalTrainer) -> bool:
    """Whether two hold the same numbers to the last bit, but for the speeds in the history."""
    ours, theirs = a.state()[0], b.state()[0]
    for state in (ours, theirs):
        state["history.evaluations"] = torch.nan_to_num(state["history.evaluations"][:, [0, 1, 3]])
    return ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize(
    ("system", "precision"), [*((system, "fp32") for system in SYSTEMS), ("wgan-gp", "bf16"), ("ali", "bf16")]
)
def test_resuming_is_bit_identical(dataset: Dataset, tmp_path: Path, system: str, precision: str) -> None:
    config = configured(system, **{**TINY, "steps": 6, "precision": precision})  # WGAN's G moves at the fifth
    whole = RivalTrainer(config, dataset, device="cpu")
    whole.train(progress=False)
    first = RivalTrainer(config, dataset, tmp_path, device="cpu", checkpoint_every=2)
    first.train(3, progress=False)
    second = RivalTrainer(config, dataset, tmp_path, device="cpu", checkpoint_every=2)
    assert second.resume() == [] and second.steps_done == 3
    second.train(progress=False)
    assert same(whole, second)


def test_a_run_is_loaded_as_its_newest_checkpoint_has_it(dataset: Dataset, tmp_path: Path) -> None:
    trainer = RivalTrainer(configured("ali", **{**TINY, "steps": 3}), dataset, tmp_path, device="cpu")
    trainer.train(progress=False)
    kept = load_run(tmp_path)
    assert kept.steps_done == 3
    assert torch.equal(kept.generate(trainer.fixed_z), trainer.samples())


def test_magan_resumes_with_its_margin_and_sums(dataset: Dataset, tmp_path: Path) -> None:
    # An epoch has 8 steps: the game begins after two.
    config = configured("magan", **{**TINY, "steps": 20})
    whole = RivalTrainer(config, dataset, device="cpu")
    whole.train(progress=False)
    RivalTrainer(config, dataset, tmp_path, device="cpu").train(18, progress=False)
    second = RivalTrainer(config, dataset, tmp_path, device="cpu")
    second.resume()
    second.train(progress=False)
    assert same(whole, second) and whole.history["margin"][-1] > 0


def test_a_run_writes_what_can_be_looked_at(dataset: Dataset, tmp_path: Path) -> None:
    config = configured("ebgan", **{**TINY, "steps": 6})
    trainer = RivalTrainer(config, dataset, tmp_path, device="cpu", sample_every=4)
    seen: list[int] = []
    trainer.train(callbacks=[lambda run, measured: seen.append(run.steps_done)], progress=False)
    assert seen == [1, 2, 3, 4, 5, 6]
    assert sorted(path.name for path in (tmp_path / "samples").iterdir()) == ["step-00000004.png", "step-00000006.png"]
    assert Image.open(tmp_path / "samples" / "step-00000006.png").size == (8 * 18 - 2, 8 * 18 - 2)
    history = History.load(tmp_path / "history.npz")
    assert history.columns == SYSTEMS["ebgan"].measures and len(history) == 6
    assert history["evaluation_step"].tolist() == [4.0] and history["evaluation_held_out_loss"][0] > 0
    with pytest.raises(ValueError, match="holds a run already"):
        RivalTrainer(config, dataset, tmp_path, device="cpu").train(progress=False)


def test_another_run_is_not_resumed(dataset: Dataset, tmp_path: Path) -> None:
    RivalTrainer(configured("dcgan", **{**TINY, "steps": 1}), dataset, tmp_path, device="cpu").train(progress=False)
    other = RivalTrainer(configured("wgan-gp", **TINY), dataset, tmp_path, device="cpu")
    with pytest.raises(checkpoints.CheckpointError, match="system: 'dcgan' there, 'wgan-gp' here"):
        other.resume()
    fewer = Dataset(name="few", train=dataset.train[:32], held_out=dataset.held_out, card={"train": 32})
    with pytest.raises(checkpoints.CheckpointError, match="had 64 training images"):
        RivalTrainer(configured("dcgan", **TINY), fewer, tmp_path, device="cpu").resume()


@pytest.mark.parametrize("text", ['{"mine": true}', "not JSON"])
def test_a_configuration_of_something_else_is_left_alone(dataset: Dataset, tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    trainer = RivalTrainer(configured("dcgan", **TINY), dataset, tmp_path, device="cpu")
    with pytest.raises(ValueError, match=r"config\.json is there, and not of a run of a rival: expected another"):
        trainer.train(progress=False)
    assert (tmp_path / "config.json").read_text() == text and trainer.steps_done == 0


def test_other_pixels_of_a_named_set_are_told(dataset: Dataset, tmp_path: Path) -> None:
    config = configured("dcgan", **{**TINY, "steps": 1})
    here, there = (replace(dataset, card={"source": "drawn", "sha256": digest}) for digest in "ab")
    RivalTrainer(config, here, tmp_path, device="cpu").train(progress=False)
    assert RivalTrainer(config, here, tmp_path, device="cpu").resume() == []
    (note,) = RivalTrainer(config, there, tmp_path, device="cpu").resume()
    assert "their pixels are not all the same" in note


def test_checkpoints_of_other_formats_and_versions(dataset: Dataset, tmp_path: Path) -> None:
    config = configured("dcgan", **{**TINY, "steps": 1})
    RivalTrainer(config, dataset, tmp_path, device="cpu").train(progress=False)
    path = checkpoints.checkpoint_path(tmp_path / "checkpoints", 1)
    tensors, metadata = checkpoints.load_tensors(path)
    older = {name: value for name, value in metadata["config"].items() if name != "crop"}
    checkpoints.save_tensors(path, tensors, {**metadata, "config": older, "precision": "bf16"})
    trainer = RivalTrainer(config, dataset, tmp_path, device="cpu")
    assert trainer.resume() == ["the numbers are fp32 from here on: the checkpoint is from bf16."]
    assert of_run(tmp_path).config == config
    checkpoints.save_tensors(path, tensors, {**metadata, "config": {**older, "colour": 3}})
    for read in (trainer.resume, lambda: of_run(tmp_path)):
        with pytest.raises(ValueError, match=r"unknown fields in the configuration of .*: colour; another version's\?"):
            read()


@pytest.mark.parametrize("number", [signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGINT)])
def test_a_signal_ends_after_the_step_in_hand(dataset: Dataset, tmp_path: Path, number: int) -> None:
    trainer = RivalTrainer(configured("dcgan", **{**TINY, "steps": 9}), dataset, tmp_path, device="cpu")
    trainer.train(callbacks=[lambda run, measured: signal.raise_signal(number)], progress=False)
    assert trainer.stopped_by == number and trainer.steps_done == 1
    assert [path.name for path in checkpoints.list_checkpoints(tmp_path / "checkpoints")] == [
        "checkpoint-00000001.safetensors"
    ]


def test_a_signal_waits_until_the_run_is_saved(dataset: Dataset, tmp_path: Path, monkeypatch) -> None:
    trainer = RivalTrainer(configured("dcgan", **{**TINY, "steps": 2}), dataset, tmp_path, device="cpu")
    save = trainer.save_checkpoint
    monkeypatch.setattr(trainer, "save_checkpoint", lambda: (signal.raise_signal(signal.SIGINT), save()))
    trainer.train(progress=False)
    assert trainer.stopped_by == signal.SIGINT
    assert [checkpoints.step_of(path) for path in checkpoints.list_checkpoints(tmp_path / "checkpoints")] == [2]
    assert (tmp_path / "samples" / "step-00000002.png").is_file()


def test_a_run_is_kept_when_the_readers_of_its_bar_are_gone(dataset: Dataset, tmp_path: Path) -> None:
    def shown(run: RivalTrainer, measured: object) -> None:
        if run.steps_done == 3:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    trainer = RivalTrainer(configured("dcgan", **{**TINY, "steps": 6}), dataset, tmp_path, device="cpu")
    trainer.train(callbacks=[shown], progress=False)
    assert trainer.stopped_by == PIPE_CLOSED
    assert [checkpoints.step_of(path) for path in checkpoints.list_checkpoints(tmp_path / "checkpoints")] == [3]


def test_what_is_not_finite_ends_the_run(dataset: Dataset) -> None:
    trainer = RivalTrainer(configured("dcgan", **{**TINY, "steps": 3}), dataset, device="cpu")
    with torch.no_grad():
        trainer.rival.generator.from_code.weight.fill_(float("nan"))
    with pytest.raises(Diverged, match="dcgan diverged"):
        trainer.train(progress=False)


@pytest.mark.parametrize(
    ("at", "every", "step", "said"),
    [
        (3, 3, 3, "a sample is not finite"),
        (3, 9, 6, "a loss is not finite"),
        (6, 9, 6, "a weight is not finite"),  # of the last update, whose losses were of the weights before
    ],
)
def test_how_a_run_diverged_is_kept(
    dataset: Dataset, tmp_path: Path, at: int, every: int, step: int, said: str
) -> None:
    def break_off(run: RivalTrainer, measured: object) -> None:
        if run.steps_done == at:
            with torch.no_grad():
                run.rival.generator.from_code.weight.fill_(float("nan"))

    config = configured("dcgan", **{**TINY, "steps": 6})
    trainer = RivalTrainer(config, dataset, tmp_path, device="cpu", sample_every=every)
    with pytest.raises(Diverged, match=f"dcgan diverged: {said}, by step {step}"):
        trainer.train(callbacks=[break_off], progress=False)
    assert len(History.load(tmp_path / "history.npz")) == step
    assert not checkpoints.list_checkpoints(tmp_path / "checkpoints")


def test_a_run_of_no_steps_goes_on(dataset: Dataset, tmp_path: Path) -> None:
    config = configured("dcgan", **{**TINY, "steps": 1})
    RivalTrainer(config, dataset, tmp_path, device="cpu").train(0, progress=False)
    resumed = RivalTrainer(config, dataset, tmp_path, device="cpu")
    resumed.resume()
    assert len(resumed.train(progress=False)) == 1


def test_files_of_a_killed_run_are_swept(dataset: Dataset, tmp_path: Path) -> None:
    left = tmp_path / "checkpoints" / ".checkpoint-00000002.safetensors.123-abcdef01.tmp"
    left.parent.mkdir()
    left.touch()
    RivalTrainer(configured("dcgan", **{**TINY, "steps": 1}), dataset, tmp_path, device="cpu").train(progress=False)
    assert not left.exists()


def test_images_of_another_size_are_refused(dataset: Dataset) -> None:
    with pytest.raises(ValueError, match="open the data with size=32"):
        RivalTrainer(configured("dcgan"), dataset, device="cpu")


@pytest.mark.parametrize(("name", "value"), [("steps", 0), ("batch_size", 1), ("size", 48), ("learning_rate", 0.0)])
def test_settings_out_of_range_are_refused(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=str(value)):
        configured("dcgan", **{name: value})


# -- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "cache"))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for level in range(20):
        Image.new("RGB", (16, 16), (10 * level, 0, 255)).save(folder / f"{level}.png")
    return folder


def test_train_has_the_rivals_beside_began(pictures: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "run"
    command = ["train", "--system", "dcgan", "--data", str(pictures), *SMALL, "--out", str(out), "--device", "cpu"]
    assert main(command) == 0
    assert "4 steps in" in capsys.readouterr().out
    settings = json.loads((out / "config.json").read_text())
    assert settings["system"] == "dcgan" and settings["learning_rate"] == 2e-4  # DCGAN's own, not BEGAN's
    assert main(command) == 2 and "holds a run already" in capsys.readouterr().err
    assert main(["train", "--resume", "--out", str(out), "--steps", "6", "--device", "cpu"]) == 0
    output = capsys.readouterr().out
    assert f"resumed {out} at step 4" in output and "6 steps in" in output
    assert main(["train", "--resume", "--out", str(out), "--filters", "12", "--device", "cpu"]) == 2
    assert "expected no other --filters" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--gamma", "0.7"], "--gamma"),
        (["--hold-k", "--lambda-k", "0.01"], "--hold-k, --lambda-k"),
        (["--gamma", "0", "--k", "0"], "--gamma, --k"),
        (["--no-halving"], "--halving"),
        (["--recompute"], "--recompute"),
        (["--branch", "runs/a@3"], "--branch"),
    ],
)
def test_what_is_began_s_alone_is_refused_in_one_line(options: list[str], found: str, capsys) -> None:
    assert main(["train", "--system", "wgan", *options]) == 2
    error = capsys.readouterr().err
    assert error == f"began_lib: wgan has no {found}: leave out what is BEGAN's alone.\n"


def test_several_processes_are_refused(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["train", "--system", "ali"]) == 2
    assert "one process" in capsys.readouterr().err


def test_options_of_all_are_a_rivals_too() -> None:
    words = "train --system ali --data lfw --size 64 --grey --no-flip --seed 3 --limit 9 --learning-rate 0.001"
    arguments = build_parser().parse_args(words.split())
    assert refused(arguments) == []
    config = config_of(arguments, "ali")
    assert (config.data, config.size, config.channels, config.flip, config.seed) == ("lfw", 64, 1, False, 3)
    assert (config.limit, config.learning_rate, config.batch_size) == (9, 0.001, 64)
    assert default_folder(config) == Path("runs/ali-lfw-64")


def test_a_rivals_run_is_scored_and_no_model_to_ship(dataset: Dataset, tmp_path: Path, capsys) -> None:
    run = tmp_path / "run"
    RivalTrainer(configured("ebgan", **{**TINY, "steps": 2}), dataset, run, device="cpu").train(progress=False)
    subject, config = of_rival(run, torch.device("cpu"))
    assert (subject.name, subject.size, config.data) == ("ebgan, 2 steps", 16, "faces")
    pixels = subject.images(5)
    assert pixels.shape == (5, 3, 16, 16) and pixels.dtype == torch.uint8
    assert torch.equal(pixels, subject.images(5)) and subject.rebuilt(pixels).shape == pixels.shape
    arguments = build_parser().parse_args(["score", "--model", str(run)])
    found, data, _ = subject_and_data(arguments, torch.device("cpu"))
    assert (found.name, data) == (subject.name, "faces")
    assert main(["score", "--model", str(run), "--step", "1"]) == 2
    assert "a rival's run" in capsys.readouterr().err
    assert main(["ship", str(run), "mine", "--to", str(tmp_path)]) == 2
    assert "it is a run of ebgan, no BEGAN" in capsys.readouterr().err
    assert main(["train", "--system", "began", "--resume", "--out", str(run)]) == 2
    assert "it is a run of ebgan, no BEGAN" in capsys.readouterr().err
