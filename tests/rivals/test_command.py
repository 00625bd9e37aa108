"""`train --system`: a rival's run has BEGAN's bounds, its estimate of memory and its rules of folders."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch._subclasses.fake_tensor import FakeTensorMode

from began_lib.__main__ import main
from began_lib.machine.lock import sole_writer
from began_lib.rivals import SYSTEMS, configured, memory
from began_lib.training import checkpoints
from tests.rivals.conftest import blobs
from tools.bench.cost import _Watch

SMALL = "--size 16 --filters 6 --latent 8 --batch-size 4 --steps 4 --device cpu"


def train(line: str) -> int:
    return main(["train", "--system", "dcgan", *line.split()])


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "cache"))
    (tmp_path / "pictures").mkdir()
    for i, image in enumerate(blobs(20)):
        Image.fromarray(np.ascontiguousarray(image.transpose(1, 2, 0))).save(tmp_path / "pictures" / f"{i}.png")
    return tmp_path / "pictures"


@pytest.fixture
def run(pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A run of four steps."""
    assert train(f"--data {pictures} {SMALL} --out {tmp_path / 'run'}") == 0
    capsys.readouterr()
    return tmp_path / "run"


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_estimate_of_memory_is_near_the_count(system: str, precision: str) -> None:
    """Within a quarter: what lives between operations is taken as two of the largest tensor."""
    settings = {} if system == "pixelcnn" else {"filters": 32}
    config = configured(system, size=32, batch_size=16, precision=precision, **settings)
    watch = _Watch()
    with FakeTensorMode(), watch:
        rival = memory._laid_out(config, epoch=9)
        x = torch.empty(16, 3, 32, 32)
        rival.steps_done = 19  # MAGAN's D has been alone for two epochs; at every fifth step WGAN's G moves
        rival.step(x)
        watch.peak, rival.steps_done = watch.now, 24
        rival.step(x)
    assert memory.step_memory(config, torch.device("cpu")) == pytest.approx(watch.peak, rel=0.25)


def test_estimating_draws_no_random_number() -> None:
    torch.manual_seed(3)
    first = torch.rand(2)
    torch.manual_seed(3)
    memory.step_memory(configured("dcgan", size=16), torch.device("cpu"))
    assert torch.equal(torch.rand(2), first)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--filters 1000000000", "filters is 1000000000: expected a whole number from 1 to 1024"),
        ("--batch-size 1000000000", "batch_size is 1000000000: expected a whole number from 1 to 100,000"),
        ("--batch-size 1", "batch_size is 1: expected at least 2"),
        ("--latent 100000", "latent is 100000"),
        ("--steps 99999999999", "steps is 99999999999"),
        ("--seed 99999999999", "seed is 99999999999"),
        ("--limit 1000000000", "limit is 1000000000"),
        ("--crop 3by4", "no crop is '3by4'"),
        ("--filters 512 --size 256 --batch-size 100000", "a training step of 100000 images would take about"),
    ],
)
def test_what_no_machine_has_is_refused_in_one_line(
    options: str, said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("began_lib.data.open_dataset", lambda *a, **o: pytest.fail("packed before it refused"))
    assert train(f"{options} --device cpu") == 2
    assert said in (error := capsys.readouterr().err) and error.count("\n") == 1


def test_the_folder_has_began_s_rules(
    pictures: Path, run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path(f"{pictures}-2").touch()
    for line, said in (
        (f"--data {pictures} {SMALL} --out {pictures}/run", "lies inside the pictures of"),
        (f"--data {pictures} {SMALL} --out {pictures}-2/run", "nothing can be written into"),
        (f"{SMALL} --held-out {pictures} --data {tmp_path / 'more'} --out {pictures}/run", "lies inside the pictures"),
        (f"--resume --out {tmp_path / 'none'}", "there is no run in"),
        (f"--resume --out {run} --steps 3", "has made 4 steps already, and --steps is 3"),
        (f"--resume --out {run} --grey", "expected no other --grey"),
        (f"--resume --out {run} --data {pictures}-3", f"are not in {pictures}-3 any more: say with --data where"),
    ):
        assert train(line) == 2, line
        assert said in capsys.readouterr().err
    assert json.loads((run / "config.json").read_text())["steps"] == 4


@pytest.mark.parametrize(
    "line", ["sample {} --grid a.png", "export {} --format card --out a.md", "interpolate {} --out a.png"]
)
def test_commands_of_models_say_that_it_is_no_began(run: Path, capsys: pytest.CaptureFixture[str], line: str) -> None:
    assert main([word.format(run) for word in line.split()]) == 2
    assert "it is a run of dcgan, no BEGAN: train --resume and score take it" in capsys.readouterr().err


def test_a_second_training_is_refused_before_packing(
    run: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("began_lib.data.open_dataset", lambda *a, **o: pytest.fail("packed before it refused"))
    at_work, done = threading.Event(), threading.Event()

    def work() -> None:
        with sole_writer(run):
            at_work.set()
            done.wait()

    thread = threading.Thread(target=work)
    thread.start()
    at_work.wait()
    assert main(["train", "--resume", "--out", str(run), "--steps", "9", "--device", "cpu"]) == 2
    assert "another training is at work in" in capsys.readouterr().err
    done.set()
    thread.join()


def test_a_run_without_checkpoints_begins_anew_as_it_was(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in checkpoints.list_checkpoints(run / "checkpoints"):
        path.unlink()
    assert main(["train", "--resume", "--out", str(run), "--device", "cpu"]) == 0
    assert "has no checkpoint yet: its run begins anew" in capsys.readouterr().err
    assert main(["train", "--resume", "--out", str(run), "--system", "wgan", "--device", "cpu"]) == 2
    assert "expected no other --system" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"system": "stylegan"}, "holds a run of stylegan: expected one of dcgan"),
        ({"system": ["dcgan"]}, "holds a run of ['dcgan']"),
        ({"colour": 3}, "unknown fields"),
        ({"flip": 1}, "flip is 1: expected true or false"),
        ({"batch_size": "4"}, "batch_size is '4'"),
        ({"precision": 32}, "precision is 32"),
        ({"intervals": {"keep": 0}}, "has the intervals {'keep': 0}"),
    ],
)
def test_a_configuration_written_by_hand_is_read_with_care(
    run: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], said: str
) -> None:
    values = json.loads((run / "config.json").read_text())
    del values["digest"]
    (run / "config.json").write_text(json.dumps({**values, **changes}))
    assert main(["train", "--resume", "--out", str(run), "--device", "cpu"]) == 2
    assert said in (error := capsys.readouterr().err) and error.count("\n") == 1
