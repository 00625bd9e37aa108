"""`train` in a folder that is in use, holds no run, or one of other settings, or of more steps than asked for."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from began_lib.__main__ import main
from began_lib.machine.lock import sole_writer
from began_lib.training import checkpoints
from began_lib.training.configuration import branch_point, read_run
from began_lib.training.trainer import Trainer
from tests.training.test_command import QUICK, pictures, start  # noqa: F401 (a fixture)
from tests.training.test_trainer import CONFIG, dataset  # noqa: F401 (a fixture)


def train(line: str) -> int:
    return main(["train", *line.split(), "--device", "cpu"])


@pytest.fixture
def run(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:  # noqa: F811
    """A run of three steps."""
    assert train(f"--data {pictures} {QUICK} --out {tmp_path / 'run'} --steps 3") == 0
    capsys.readouterr()
    return tmp_path / "run"


def without_checkpoints(run: Path) -> None:
    for path in checkpoints.list_checkpoints(run / "checkpoints"):
        path.unlink()


# -- one training at a time -------------------------------------------------------------------------------------------


def test_a_second_training_is_refused_and_the_first_goes_on_after_its_kill(
    pictures: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = tmp_path / "run"
    child = start(f"train --data {pictures} {QUICK} --out {run} --steps 1000000 --checkpoint-every 5", run, stderr=-3)
    config = (run / "config.json").read_bytes()
    with monkeypatch.context() as patched:
        patched.setattr("began_lib.data.open_dataset", lambda *a, **o: pytest.fail("packed before it refused"))
        for line in (f"--resume --out {run}", f"--resume --out {run} --steps 7000000"):
            assert train(line) == 2
            error = capsys.readouterr().err
            assert f"another training is at work in {run}" in error and error.count("\n") == 1
    assert child.poll() is None and (run / "config.json").read_bytes() == config
    child.kill()
    child.wait()
    steps = checkpoints.load_newest(run / "checkpoints")[1]["steps_done"]
    assert train(f"--resume --out {run} --steps {steps + 2}") == 0


def test_a_trainer_keeps_others_out_too(dataset, tmp_path: Path, repository: Path) -> None:  # noqa: F811
    other = "import sys; from began_lib.machine.lock import sole_writer\nwith sole_writer(sys.argv[1]): pass"
    errors: list[str] = []

    def look(trainer: Trainer, losses: object) -> None:
        words = [sys.executable, "-c", other, str(tmp_path)]
        errors.append(subprocess.run(words, cwd=repository, capture_output=True, text=True).stderr)

    Trainer(CONFIG, dataset, tmp_path, "cpu").train(1, [look], progress=False)
    assert "another training is at work" in errors[0]
    with sole_writer(tmp_path):
        pass


# -- what a folder holds ----------------------------------------------------------------------------------------------


def test_resuming_needs_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    for folder in ("none", "empty"):
        assert train(f"--resume --out {tmp_path / folder}") == 2
        assert f"there is no run in {tmp_path / folder}: expected" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_a_run_without_checkpoints_keeps_its_settings(
    run: Path,
    pictures: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_checkpoints(run)
    config = (run / "config.json").read_bytes()
    for line, said in (
        (f"--system dcgan --resume --out {run}", "holds a run of began: expected one of dcgan"),
        (f"--resume --out {run} --gamma 0.7", "expected no --gamma"),
    ):
        assert train(line) == 2
        assert said in capsys.readouterr().err
    monkeypatch.setattr("began_lib.training.command.default_folder", lambda config: run)
    assert train(f"--data {pictures} {QUICK} --gamma 0.7 --resume") == 2  # without --out
    assert (run / "config.json").read_bytes() == config


def test_the_held_out_folder_may_have_moved(pictures: Path, tmp_path: Path) -> None:  # noqa: F811
    held_out = tmp_path / "apart"
    shutil.copytree(pictures, held_out)
    for path in held_out.iterdir():  # other pictures than those to train on
        Image.open(path).transpose(Image.Transpose.ROTATE_90).save(path)
    line = f"--data {pictures} {QUICK} --out {tmp_path / 'run'}"
    assert train(f"{line} --held-out {held_out} --steps 2") == 0
    held_out.rename(tmp_path / "moved")
    assert train(f"--resume --out {tmp_path / 'run'} --held-out {tmp_path / 'moved'} --steps 3") == 0
    branch = f"--branch {tmp_path / 'run'}@2 --device cpu --gamma 0.3 --steps 3 --out {tmp_path / 'branch'}"
    assert train(f"{branch} --held-out {tmp_path / 'moved'}") == 0


def test_fewer_steps_than_there_are_already(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(f"--resume --out {run} --steps 2") == 2
    assert "has made 3 steps already, and --steps is 2" in capsys.readouterr().err
    assert read_run(run)[0].steps == 3


def test_a_models_folder_is_no_place_for_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "card.json").write_text("{}")
    for system in ("began", "dcgan"):
        assert train(f"--system {system} --out {tmp_path}") == 2
        assert "holds a model, whose files a run would replace" in capsys.readouterr().err


def test_branching_needs_a_checkpoint(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without_checkpoints(run)
    for folder in (run, run / "nothing"):
        assert train(f"--branch {folder}@3 --steps 5 --out {run}-2") == 2
        assert f"{folder} has no checkpoint to branch from" in capsys.readouterr().err


def test_a_branch_s_run_is_a_path_as_any_other(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(run.parent))
    assert train(f"--branch ~/run@3 --steps 4 --out {run}-2") == 0
    with pytest.raises(ValueError, match="of which ~nobody-of-this is nobody"):
        branch_point("~nobody-of-this/run@3")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"architecture": None}, "no configuration of a run"),
        ({"architecture": {"size": 16, "filters": "4"}}, "filters is '4'"),
        ({"architecture": {"size": 16.0}}, "size is 16.0: expected one of"),
        ({"architecture": {"channels": 3.0}}, "channels is 3.0: expected 1"),
        ({"architecture": {"skip_connections": "no"}}, "skip_connections is 'no': expected true or false"),
        ({"gamma": "half"}, "gamma is 'half': expected a number"),
        ({"data": 5}, "data is 5: expected words"),
        ({"hold_k": "no"}, "hold_k is 'no': expected true or false"),
        ({"crop": None}, "crop is None: expected words"),
        ({"intervals": [1]}, "has the intervals [1]: expected checkpoint_every"),
        ({"intervals": {"keep": "2"}}, "has the intervals {'keep': '2'}"),
        ({"data": "~nobody-of-this/x"}, "of which ~nobody-of-this is nobody"),
    ],
)
def test_a_configuration_written_by_hand_is_read_with_care(
    run: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], said: str
) -> None:
    path = run / "config.json"
    values = json.loads(path.read_text())
    del values["digest"]
    path.write_text(json.dumps({**values, **changes}))
    assert train(f"--resume --out {run}") == 2
    assert said in (error := capsys.readouterr().err) and error.count("\n") == 1


# -- the end ----------------------------------------------------------------------------------------------------------


def test_a_film_passes_over_damaged_grids(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = run / "samples" / "step-00000001.png"
    first.write_bytes((run / "samples" / "step-00000003.png").read_bytes()[:300])
    (run / "samples" / "step-00000002.png").write_text("no picture")
    assert train(f"--resume --out {run} --steps 4 --film gif") == 0
    printed = capsys.readouterr()
    assert printed.err.count("passed over: ") == 2 and f"passed over: {first}" in printed.err
    assert "4 steps in" in printed.out and Image.open(run / "film.gif").n_frames == 2


def test_a_path_that_is_no_text_loses_nothing(
    pictures: Path,  # noqa: F811
    tmp_path: Path,
    repository: Path,
) -> None:
    odd = tmp_path / "caf\udce9"  # the byte E9, as Latin 1 has it
    try:
        pictures.rename(odd)
    except OSError:
        pytest.skip("this file system takes no such names")
    run = tmp_path / "run\udcff"
    words = ["train", "--data", str(odd), *QUICK.split(), "--out", str(run), "--steps", "2", "--film", "gif"]
    for more in ([], ["--resume"]):
        done = subprocess.run([sys.executable, "-m", "began_lib", *words, *more], cwd=repository, capture_output=True)
        assert done.returncode == 0, done.stderr
        assert rb"2 steps in " in done.stdout and rb"run\udcff" in done.stdout
    assert read_run(run)[0].data == str(odd)
    assert np.asarray(Image.open(run / "film.gif")).size
