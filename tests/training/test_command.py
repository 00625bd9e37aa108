"""`train` as a user meets it: stopped, resumed, branched; its pictures, its folders, its options on cards."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from began_lib.__main__ import build_parser, main
from began_lib.models import Architecture
from began_lib.training import checkpoints
from began_lib.training.command import branched, default_folder, planned
from began_lib.training.configuration import MAY_BRANCH, TrainingConfig, read_run
from began_lib.training.history import History
from began_lib.training.options import command_of, config_of, without_effect
from began_lib.training.questions import Questions
from tests.training.test_trainer import blobs

QUICK = "--size 16 --filters 4 --hidden 8 --repeats 1 --batch-size 4 --device cpu --threads 1"


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "cache"))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i, image in enumerate(blobs(80)):
        Image.fromarray(image.transpose(1, 2, 0)).save(folder / f"{i:03d}.png")
    return folder


def arguments_of(line: str) -> object:
    return build_parser().parse_args(shlex.split(line))


def settings_of(line: str) -> tuple[TrainingConfig, Path, dict[str, int]]:
    return planned(arguments_of(line))


# -- stopped by a signal ----------------------------------------------------------------------------------------------


def start(line: str, run: Path, **options: object) -> subprocess.Popen[str]:
    """A run of its own process that has begun its steps."""
    words = [sys.executable, "-m", "began_lib", *shlex.split(line)]
    repository = Path(__file__).parents[2]
    child = subprocess.Popen(words, cwd=repository, text=True, stdout=subprocess.PIPE, **options)
    while not checkpoints.list_checkpoints(run / "checkpoints"):
        assert child.poll() is None, "the child ended by itself"
        time.sleep(0.01)
    return child


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_with_its_status_a_picture_and_the_line_that_goes_on(
    pictures: Path, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    run = tmp_path / "a run"
    how = " --recompute" if number == signal.SIGTERM else ""  # the line keeps what is not kept with the run
    line = f"train --data {pictures} {QUICK} --out '{run}' --steps 1000000 --checkpoint-every 5{how}"
    child = start(line, run, stderr=subprocess.PIPE)
    child.send_signal(number)
    printed, errors = child.communicate(timeout=120)
    assert child.returncode == status
    resumed = next(line for line in errors.splitlines() if line.startswith("stopped; to go on: "))
    assert resumed.endswith(f"python -m began_lib train --resume --out '{run}'{how}")
    steps = checkpoints.load_newest(run / "checkpoints")[1]["steps_done"]
    assert f"{steps} steps in {run}" in printed and len(History.load(run / "history.npz")) == steps
    assert (run / "samples" / f"step-{steps:08d}.png").is_file()
    words = shlex.split(resumed.removeprefix("stopped; to go on: python -m began_lib "))
    assert main([*words, "--steps", str(steps + 3), "--device", "cpu"]) == 0  # the line does what it says
    assert len(History.load(run / "history.npz")) == steps + 3


def test_a_stopped_run_is_kept_when_the_readers_of_its_output_are_gone(pictures: Path, tmp_path: Path) -> None:
    """`train 2>&1 | tee log`: Ctrl-C ends `tee` too, and the bar has nowhere to go."""
    run = tmp_path / "run"
    line = f"train --data {pictures} {QUICK} --out {run} --steps 1000000 --checkpoint-every 100000"
    words = [sys.executable, "-m", "began_lib", *line.split()]
    child = subprocess.Popen(words, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    read = b""
    while b"m_global" not in read.lower():  # the bar shows its first measurements after 50 steps
        read += os.read(child.stdout.fileno(), 4096)
    child.stdout.close()
    assert child.wait(timeout=120) == 141
    assert checkpoints.load_newest(run / "checkpoints")[1]["steps_done"] >= 50
    assert len(History.load(run / "history.npz")) >= 50


def test_ctrl_c_before_the_first_step_is_a_line(
    pictures: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("began_lib.data.open_dataset", interrupted)
    assert main(["data", str(pictures)]) == 130
    assert capsys.readouterr().err == "began_lib: interrupted.\n"


# -- pictures and intervals -------------------------------------------------------------------------------------------


def test_a_short_run_leaves_a_picture_and_resuming_keeps_its_intervals(
    pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    every = "--sample-every 4 --checkpoint-every 3 --keep 5 --carry-steps 5"
    assert main(f"train --data {pictures} {QUICK} --out {run} --steps 6 {every}".split()) == 0
    assert "--carry-steps changes nothing without --vanishing-residuals.\n" in capsys.readouterr().err
    assert [path.name for path in sorted((run / "samples").iterdir())] == ["step-00000004.png", "step-00000006.png"]
    expected = {"checkpoint_every": 3, "sample_every": 4, "keep": 5}
    assert read_run(run)[1] == expected
    assert main(f"train --resume --out {run} --steps 13 --device cpu --keep 2".split()) == 0
    assert {path.name for path in (run / "samples").iterdir()} == {f"step-{step:08d}.png" for step in (4, 6, 8, 12, 13)}
    steps = [checkpoints.step_of(path) for path in checkpoints.list_checkpoints(run / "checkpoints")]
    assert steps == [6, 9, 12, 13]  # the two newest, of the older ones those that stay longer
    assert read_run(run)[1] == {**expected, "keep": 2}


def test_a_config_of_an_older_version_loads_with_the_usual_intervals(tmp_path: Path) -> None:
    config = TrainingConfig(gamma=0.7)
    (tmp_path / "config.json").write_text(json.dumps(config.as_json()))
    assert read_run(tmp_path) == (config, {})
    found, _, intervals = settings_of(f"train --resume --out {tmp_path} --sample-every 9")
    assert found == config and intervals == {"checkpoint_every": 1000, "sample_every": 9, "keep": 2}


# -- branches ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def origin(pictures: Path, tmp_path: Path) -> Path:
    run = tmp_path / "origin"
    settings = "--lambda-k 0.02 --hold-k --k 0.2 --no-flip --no-halving --grey --limit 60"
    line = f"train --data {pictures} {QUICK} {settings} --out {run} --steps 6 --checkpoint-every 3 --keep 9"
    assert main(line.split()) == 0
    return run


def test_a_branch_takes_over_what_it_is_not_told(origin: Path, tmp_path: Path) -> None:
    of_run = read_run(origin)[0]
    found = branched(arguments_of(f"train --branch {origin}@3 --gamma 0.7 --no-hold-k --learning-rate 1e-3"))
    assert found == replace(of_run, branch=f"{origin}@3", gamma=0.7, hold_k=False, learning_rate=1e-3)
    again = branched(arguments_of(command_of(found).removeprefix("python -m began_lib ")))
    assert again == found  # the card's command, though its run's settings are its defaults
    out = tmp_path / "branch"
    line = f"train --branch {origin}@3 --gamma 0.7 --device cpu --out {out}"
    assert main(line.split()) == 0
    assert History.load(out / "history.npz")["gamma"].round(2).tolist() == pytest.approx([0.5] * 3 + [0.7] * 3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--size 32", "size: 16 there, 32 here"),
        ("--seed 4 --flip", "flip: False there, True here; seed: 0 there, 4 here"),
        ("--data lfw", "data: "),
        ("--steps 3", "begins at step 3 and its length is 3 steps in all: give more --steps"),
    ],
)
def test_what_a_branch_may_not_change_is_refused_before_packing(
    origin: Path, options: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("began_lib.data.open_dataset", lambda *a, **o: pytest.fail("packed before it refused"))
    assert main(f"train --branch {origin}@3 {options} --device cpu".split()) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_branch_from_a_step_that_was_not_kept_lists_those_that_were(
    origin: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(f"train --branch {origin}@4 --device cpu".split()) == 2
    assert "has no checkpoint of step 4: those that it has are of steps 3, 6." in capsys.readouterr().err


# -- options and folders ----------------------------------------------------------------------------------------------

UNIT = st.floats(0, 1)
CONFIGS = st.builds(
    TrainingConfig,
    data=st.sampled_from(["faces", "./my pictures", "it's"]),
    limit=st.none() | st.integers(1, 9),
    architecture=st.builds(
        Architecture,
        size=st.sampled_from([16, 64]),
        channels=st.sampled_from([1, 3]),
        hidden=st.integers(1, 99),
        latent=st.integers(1, 99),
        skip_connections=st.booleans(),
        vanishing_residuals=st.booleans(),
    ),
    gamma=UNIT,
    lambda_k=UNIT,
    k=UNIT,
    hold_k=st.booleans(),
    clamp_k=st.booleans(),
    halving=st.booleans(),
    halving_window=st.sampled_from([50, 1000]),
    carry_steps=st.integers(1, 99),
    flip=st.booleans(),
    separate_z=st.booleans(),
    branch=st.sampled_from(["", "runs/a b@5"]),
    questions=st.sampled_from([Questions(), Questions(ema=0.999), Questions(ema=0.5)]),
)


@given(CONFIGS)
def test_every_configuration_has_its_command(config: TrainingConfig) -> None:
    assert config_of(arguments_of(command_of(config).removeprefix("python -m began_lib "))) == config


def test_options_that_change_nothing_are_told() -> None:
    line = "train --carry-steps 5 --no-halving --learning-rate-floor 1e-5 --halving-patience 3 --hold-k --no-clamp-k"

    def told(line: str) -> list[str]:
        arguments = arguments_of(line)
        return without_effect(arguments, config_of(arguments))

    assert told(line) == [
        "--carry-steps changes nothing without --vanishing-residuals.",
        "--halving-patience changes nothing with --no-halving.",
        "--learning-rate-floor changes nothing with --no-halving.",
        "--no-clamp-k changes nothing with --hold-k.",
    ]
    assert told("train --hold-k --lambda-k 0.001 --clamp-k") == []
    assert told("train --carry-steps 5 --vanishing-residuals") == []


def test_every_setting_has_an_option_that_says_what_it_means() -> None:
    text = " ".join(train_help().split())
    for setting in (*fields(TrainingConfig), *fields(Questions)):
        if setting.name not in ("architecture", "questions"):
            assert f"--{setting.name.replace('_', '-')}" in text and setting.metadata["help"] in text
    assert "--no-flip" in text and set(MAY_BRANCH) < {f.name for f in fields(TrainingConfig)}


def train_help() -> str:
    parser = build_parser()
    return parser._subparsers._group_actions[0].choices["train"].format_help()


def test_folders_of_one_name_have_runs_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lfw").mkdir()
    (tmp_path / "a" / "lfw").mkdir(parents=True)
    folders = [default_folder(TrainingConfig(data=data)) for data in ("lfw", "./lfw", "a/lfw", str(tmp_path / "a/lfw"))]
    assert folders[0] == Path("runs/lfw-64")
    assert len(set(folders)) == 3 and folders[2] == folders[3]  # however the one folder is written
    assert all(folder.name.startswith("lfw-") and folder.name.endswith("-64") for folder in folders)
