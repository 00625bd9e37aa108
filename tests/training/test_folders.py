"""A run's folder and its pictures: identity by content, no dead end, a picture and a report always."""

import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib.__main__ import main
from began_lib.training import checkpoints
from began_lib.training.board import Board
from began_lib.training.configuration import TrainingConfig, read_run
from began_lib.training.history import EVALUATION_COLUMNS, STEP_COLUMNS, History
from began_lib.training.trainer import Diverged, Trainer
from tests.training.test_trainer import CONFIG, blobs, dataset, pictures, same  # noqa: F401 (fixtures)

QUICK = "--size 16 --filters 4 --hidden 8 --repeats 1 --batch-size 4 --device cpu --threads 1 --precision fp32"


def train(line: str) -> int:
    return main(["train", *line.split()])


# -- identity ---------------------------------------------------------------------------------------------------------


def test_a_run_goes_on_with_its_pictures_wherever_they_lie(
    pictures: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run, moved = tmp_path / "run", tmp_path / "moved"
    assert train(f"--data {pictures} {QUICK} --out {run} --steps 3") == 0
    pictures.rename(moved)
    assert train(f"--resume --out {run} --steps 5 --device cpu") == 2
    assert "not in" in (error := capsys.readouterr().err) and "say with --data where they lie now" in error
    assert train(f"--resume --out {run} --data {moved} --steps 5 --device cpu") == 0
    assert read_run(run)[0].data == str(moved)  # from now on
    assert train(f"--data {moved} {QUICK} --out {run} --steps 6 --resume") == 0  # the whole command, and --resume
    branch = f"--branch {run}@6 --data {moved} --steps 8 --device cpu --out {tmp_path / 'branch'}"
    assert train(branch) == 0
    assert len(History.load(tmp_path / "branch" / "history.npz")) == 8


def test_a_run_does_not_go_on_with_other_pictures_at_the_same_place(
    pictures: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = tmp_path / "run"
    assert train(f"--data {pictures} {QUICK} --out {run} --steps 3") == 0
    Image.fromarray(255 - blobs(1)[0].transpose(1, 2, 0)).save(pictures / "000.png")
    assert train(f"--resume --out {run} --steps 5 --device cpu") == 2
    assert "differs from it: expected the same pictures" in capsys.readouterr().err


def test_a_run_inside_its_own_pictures_is_refused(
    pictures: Path,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(pictures)
    for line in (f"--data . {QUICK} --steps 3", f"--data {pictures} {QUICK} --steps 3 --out {pictures}"):
        assert train(line) == 2
        assert "lies inside the pictures of" in capsys.readouterr().err
    assert not (pictures / "runs").exists()


@pytest.mark.parametrize("out", ["", " ", "/", "~nobody-of-this/x", "a\nb"])
def test_a_folder_that_is_none_is_refused_with_words(out: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["train", "--out", out])
    assert ended.value.code == 2
    assert "argument --out: expected a path" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--filters 1000000000", "filters is 1000000000: expected a whole number from 1 to 1024"),
        ("--batch-size 1000000000", "batch_size is 1000000000"),
        ("--limit 1000000000", "limit is 1000000000"),
        ("--learning-rate-floor 2", "learning_rate_floor is 2.0"),
        ("--learning-rate-floor 0.01", "expected a floor below the rate"),
        ("--learning-rate 0", "learning_rate is 0.0: expected a number from 1e-12 to 1"),
        ("--steps 99999999999", "steps is 99999999999"),
        ("--seed -1", "seed is -1"),
    ],
)
def test_numbers_out_of_range_are_named(option: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert train(option) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


@pytest.mark.parametrize("option", ["--gamma nan", "--gamma inf", "--steps \u0665", "--threads 100000", "--gam 0.5"])
def test_what_is_no_number_or_option_is_refused(option: str) -> None:
    with pytest.raises(SystemExit) as ended:
        train(option)
    assert ended.value.code == 2


def test_an_error_that_nobody_foresaw_is_a_line_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*arguments: object, **options: object) -> None:
        raise RuntimeError("the decoder said\nmany things")

    monkeypatch.setattr("began_lib.data.open_dataset", failing)
    monkeypatch.delenv("BEGAN_TRACEBACK", raising=False)
    assert main(["data", "faces"]) == 1
    expected = "began_lib: RuntimeError: the decoder said (where it came from: BEGAN_TRACEBACK=1)\n"
    assert capsys.readouterr().err == expected
    monkeypatch.setenv("BEGAN_TRACEBACK", "1")
    with pytest.raises(RuntimeError):
        main(["data", "faces"])


# -- no dead end ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("resume", ["", "--resume"])
def test_a_run_killed_before_its_first_checkpoint_begins_anew(
    pictures: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    resume: str,
) -> None:
    run = tmp_path / "run"
    line = f"--data {pictures} {QUICK} --out {run} --steps 3"
    assert train(line) == 0
    for path in checkpoints.list_checkpoints(run / "checkpoints"):
        path.unlink()
    left = [run / "checkpoints" / ".checkpoint-00000003.safetensors.1-ab.tmp", run / ".history.npz.1-ab.tmp"]
    for path in left:
        path.write_bytes(b"half")
    capsys.readouterr()
    assert train(f"{line} {resume}") == 0
    assert ("has no checkpoint yet: its run begins anew" in capsys.readouterr().err) == bool(resume)
    assert len(History.load(run / "history.npz")) == 3 and not any(path.exists() for path in left)


# -- what the end says ------------------------------------------------------------------------------------------------


def test_an_exploded_run_is_no_success(
    pictures: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = tmp_path / "run"
    line = f"--data {pictures} {QUICK} --filters 8 --learning-rate 0.5 --out {run} --steps 40"
    assert train(line) == 3
    assert "diverged after 40 steps: M_global is" in (error := capsys.readouterr().err)
    assert "more than images in [-1, 1] allow" in error and "Try half the learning rate" in error
    assert len(History.load(run / "history.npz")) == 40 and (run / "samples" / "step-00000040.png").is_file()


def test_a_generator_that_paints_far_above_white_is_drawn_and_told(dataset, tmp_path: Path) -> None:  # noqa: F811
    """Nothing below 0 and much above 2: it must not be taken for pixels 0 to 255 that somebody gave."""
    trainer = Trainer(CONFIG, dataset, tmp_path, "cpu", sample_every=5)
    trainer.step()
    with torch.no_grad():
        list(trainer.began.generator.parameters())[-1].fill_(50.0)
    assert trainer.samples().min() > 2
    trainer.evaluate()
    assert trainer.history["evaluation_diversity"].tolist() == [0.0]
    with pytest.raises(Diverged, match="more than images in"):
        trainer.train(progress=False)


def test_diversity_is_measured_at_each_evaluation_and_changes_no_number(dataset, tmp_path: Path) -> None:  # noqa: F811
    first, second = Trainer(CONFIG, dataset, tmp_path, "cpu", sample_every=20), Trainer(CONFIG, dataset, device="cpu")
    history = first.train(progress=False)
    second.train(progress=False)
    assert len(history["evaluation_diversity"]) == 3 and (history["evaluation_diversity"] > 0).all()
    tensors = {name for name in first.state()[0] if name != "history.evaluations"}
    assert all(torch.equal(first.state()[0][name], second.state()[0][name]) for name in tensors)
    again = History.load(tmp_path / "history.npz")
    np.testing.assert_array_equal(again["evaluation_diversity"], history["evaluation_diversity"])


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_the_end_has_a_report_and_a_film(
    pictures: Path,  # noqa: F811
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    run = tmp_path / "run"
    assert (
        train(f"--data {pictures} {QUICK} --out {run} --steps 6 --sample-every 2 --film {kind} --learning-rate 0.02")
        == 0
    )
    printed = capsys.readouterr().out
    assert "training pictures was shown 0.33 times" in printed and "diversity: samples differ by" in printed
    film = Image.open(run / f"film.{kind}")
    assert film.n_frames == 3 and film.size == Image.open(run / "samples" / "step-00000006.png").size


# -- TensorBoard ------------------------------------------------------------------------------------------------------


def test_without_tensorboard_a_line_says_so_before_packing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("began_lib.data.open_dataset", lambda *a, **o: pytest.fail("packed before it refused"))
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    assert train(f"{QUICK} --log tensorboard --out {tmp_path / 'run'}") == 2
    assert "pip install tensorboard, or leave the option out" in capsys.readouterr().err


class Written(list):
    """A writer that keeps what it is given."""

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.append((name, step, value))

    def add_image(self, name: str, image: torch.Tensor, step: int, dataformats: str) -> None:
        self.append((name, step, tuple(image.shape)))

    def flush(self) -> None:
        pass


def test_tensorboard_gets_every_row_once(dataset, tmp_path: Path) -> None:  # noqa: F811
    written = Written()
    config = TrainingConfig(**{**CONFIG.as_json(), "architecture": CONFIG.architecture, "steps": 130})
    trainer = Trainer(config, dataset, tmp_path, "cpu", sample_every=50)
    board = Board(trainer, written)
    history = trainer.train(progress=False, callbacks=[board])
    board.write(trainer)
    for name in STEP_COLUMNS:
        found = [(step, value) for other, step, value in written if other == name]
        assert [step for step, _ in found] == list(range(1, 131))
        np.testing.assert_array_equal(np.float32([value for _, value in found]), history[name])
    for name in EVALUATION_COLUMNS[1:]:
        assert [step for other, step, _ in written if other == f"evaluation/{name}"] == [50, 100]
    assert all(shape[-1] == 3 for name, _, shape in written if name == "samples")
    resumed = Trainer(config, dataset, tmp_path, "cpu", sample_every=50)
    resumed.resume()
    again = Written()
    Board(resumed, again).write(resumed)
    assert again == []  # it was written then


def test_the_command_gives_tensorboard_the_runs_folder(
    pictures: Path,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module, written = ModuleType("torch.utils.tensorboard"), {}
    module.SummaryWriter = lambda folder: written.setdefault(folder, Written())
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    run = tmp_path / "run"
    assert train(f"--data {pictures} {QUICK} --out {run} --steps 3 --log tensorboard") == 0
    assert [step for name, step, _ in written[str(run / "tensorboard")] if name == "k"] == [1, 2, 3]
