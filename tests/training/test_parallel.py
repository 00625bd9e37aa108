"""Two processes train what one does: the same numbers, one set of files; when one dies, the run ends and says so."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.distributed as dist
from PIL import Image
from safetensors.torch import load_file

from began_lib.__main__ import main
from began_lib.data import Batches
from began_lib.training import checkpoints
from began_lib.training.history import History
from began_lib.training.parallel import CUDA_AHEAD, VARIABLES, Ranks
from tests.training.test_trainer import blobs
from tests.training.torchrun_worker import double_steps, short_run

pytestmark = pytest.mark.skipif(not torch.distributed.is_available(), reason="this PyTorch has no torch.distributed")
WORKER = Path(__file__).with_name("torchrun_worker.py")
LONG = 240  # seconds that a busy machine may need to start three interpreters


def torchrun(*words: object, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(WORKER)]
    environment = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    environment |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(WORKER.parents[2])}
    return subprocess.Popen(
        [*command, *map(str, words)],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        **options,
    )


# -- the same numbers -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which two processes left what they ended with."""
    folder = tmp_path_factory.mktemp("two")
    process = torchrun("numbers", folder)
    errors = process.communicate(timeout=LONG)[1]
    assert process.returncode == 0, errors
    return folder


@pytest.mark.parametrize("separate_z", [False, True])
def test_two_processes_make_the_step_of_one(two: Path, separate_z: bool) -> None:
    one = double_steps(separate_z, Ranks())
    first, second = (load_file(two / f"double-{separate_z}-{rank}.safetensors") for rank in (0, 1))
    assert first.keys() == second.keys() == one.keys()
    for name in one:
        assert torch.equal(first[name], second[name]), name  # to the last bit, in every process
    # float64, another order of additions: sums of some thousand terms of at most 1 ...
    for name in (name for name in one if name.startswith("gradient")):
        torch.testing.assert_close(first[name], one[name], rtol=1e-9, atol=1e-13)
    # ... and Adam, which divides gradients near 0 by their own size, lets three steps of 1e-3 drift by at most this.
    torch.testing.assert_close(first["rows"], one["rows"], rtol=0, atol=1e-8)
    assert torch.equal(first["random"], one["random"])  # the one stream of z has moved on by the whole batch


def test_two_processes_make_the_run_of_one(two: Path) -> None:
    first, second = (load_file(two / f"run-{rank}.safetensors") for rank in (0, 1))
    evaluations = first.pop("history.evaluations"), second.pop("history.evaluations")
    assert all(torch.equal(first[name], second[name]) for name in first)
    one = short_run(Ranks())
    ours, theirs = first["history.steps"].numpy(), one.history.steps()
    np.testing.assert_array_equal(ours[:, 4:], theirs[:, 4:])  # gamma, and a rate that the rule has halved
    assert ours[0, 5] > ours[-1, 5]
    # float32 rounding, 1e-7 per step, grows along a trajectory: 120 steps of a falling loss stay within a thousandth.
    np.testing.assert_allclose(ours[:, :4], theirs[:, :4], rtol=0, atol=1e-3)
    np.testing.assert_allclose(ours[:10, :4], theirs[:10, :4], rtol=0, atol=1e-5)
    assert [len(table) for table in evaluations] == [3, 0]  # by rank 0 only
    np.testing.assert_allclose(evaluations[0][:, 1], one.history["evaluation_held_out_loss"], atol=1e-3)


def test_rank_0_writes_the_files(two: Path) -> None:
    run = two / "run"
    assert len(History.load(run / "history.npz")) == 120
    assert [path.name for path in checkpoints.list_checkpoints(run / "checkpoints")] == [
        "checkpoint-00000120.safetensors"
    ]
    assert len(list((run / "samples").iterdir())) == 3


# -- dying, stopping, going on ----------------------------------------------------------------------------------------


@pytest.fixture
def options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "cache"))
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i, image in enumerate(blobs(80)):
        Image.fromarray(image.transpose(1, 2, 0)).save(folder / f"{i:03d}.png")
    shape = "--size 16 --filters 4 --hidden 8 --repeats 1 --batch-size 4 --precision fp32 --device cpu"
    return f"train --data {folder} {shape} --checkpoint-every 5 --sample-every 1000 --steps 100000"


def pids(folder: Path, run: Path, at_least: int, process: subprocess.Popen[str]) -> list[int]:
    """The two processes, once a checkpoint of `at_least` steps is there."""
    while not (kept := checkpoints.list_checkpoints(run / "checkpoints")) or step_of(kept[-1]) < at_least:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    return [int((folder / f"pid-{rank}").read_text()) for rank in (0, 1)]


def step_of(path: Path) -> int:
    return int(path.stem.split("-")[1])


@pytest.fixture
def started() -> Iterator[list[subprocess.Popen[str]]]:
    """What a test starts ends with it, whatever happens."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.terminate()  # torchrun takes its workers along
            process.wait()


def test_a_rank_that_dies_ends_the_run_and_any_number_goes_on(
    options: str, tmp_path: Path, started: list[subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    process = torchrun("command", tmp_path, *options.split(), "--out", run)
    started.append(process)
    os.kill(pids(tmp_path, run, 10, process)[1], signal.SIGKILL)
    printed, errors = process.communicate(timeout=LONG)
    assert process.returncode != 0
    newest = checkpoints.list_checkpoints(run / "checkpoints")[-1]
    told = [line for line in errors.splitlines() if line.startswith("began_lib: ")]
    assert len(told) == 1, errors
    assert "rank 0 of 2 lost another process" in told[0] and f"Last good checkpoint: {newest}." in told[0]
    assert f"--resume --out {run}" in told[0]
    assert "Traceback" not in errors.split("began_lib: ")[0]
    assert printed.count("72 training and 8 held-out pictures") == 1  # by one rank

    # One process goes on with what two had done, and ends up where one alone would be.
    done = step_of(newest)
    assert main(f"train --resume --out {run} --steps {done + 20} --device cpu --checkpoint-every 1000".split()) == 0
    assert f"resumed {run} at step {done}" in capsys.readouterr().out
    alone = tmp_path / "alone"
    assert main([*options.replace("100000", str(done + 20)).split(), "--out", str(alone)]) == 0
    mixed, whole = (History.load(folder / "history.npz").steps() for folder in (run, alone))
    assert len(mixed) == done + 20
    # float32 rounding that has grown along the trajectory.
    np.testing.assert_allclose(mixed[:, :4], whole[:, :4], rtol=0, atol=2e-3)

    # Two processes go on with what one has done; torchrun's Ctrl-C ends both after the same step.
    process = torchrun("command", tmp_path, "train", "--resume", "--out", run, "--device", "cpu", "--steps", "100000",
                       "--checkpoint-every", "5")  # fmt: skip
    started.append(process)
    pids(tmp_path, run, done + 30, process)
    process.send_signal(signal.SIGINT)
    printed, errors = process.communicate(timeout=LONG)
    assert f"resumed {run} at step {done + 20}" in printed
    assert "began_lib: " not in errors
    tensors, metadata, damaged = checkpoints.load_newest(run / "checkpoints")
    assert damaged == [] and metadata["steps_done"] > done + 20
    assert f"{metadata['steps_done']} steps in {run}" in printed
    assert len(tensors["history.steps"]) == metadata["steps_done"]


def test_a_rank_that_hangs_is_given_up_when_asked_to_stop(
    options: str, tmp_path: Path, started: list[subprocess.Popen[str]]
) -> None:
    """Where a lost partner is not noticed, as in NCCL: the waiting process sees no signal, its thread does."""
    run = tmp_path / "run"
    process = torchrun("command", tmp_path, *options.split(), "--out", run)
    started.append(process)
    waiting, hanging = pids(tmp_path, run, 5, process)
    os.kill(hanging, signal.SIGSTOP)
    try:
        time.sleep(1.0)  # the other one is inside its all-reduce by now
        os.kill(waiting, signal.SIGTERM)
        while Path(f"/proc/{waiting}").exists() and Path(f"/proc/{waiting}/stat").read_text().split()[2] != "Z":
            time.sleep(0.05)
    finally:
        os.kill(hanging, signal.SIGKILL)
    errors = process.communicate(timeout=LONG)[1]
    told = [line for line in errors.splitlines() if line.startswith("began_lib: ")]
    assert len(told) == 1 and "a signal to stop came, and the step did not end" in told[0], errors
    assert "Last good checkpoint" in told[0]


# -- without other processes ------------------------------------------------------------------------------------------


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(ValueError, match="batch_size is 16, which 3 processes cannot share equally"):
        Ranks(rank=1, size=3).share(16)
    assert Ranks(rank=1, size=4).share(16) == 4


def test_parts_make_up_the_batch() -> None:
    pictures = blobs(10)
    for step in range(4):  # the third batch of 4 straddles two epochs of 10
        whole = Batches(pictures, 4, seed=3).at(step)
        parts = [Batches(pictures, 4, seed=3, part=(i, 2)).at(step) for i in (0, 1)]
        assert torch.equal(torch.cat(parts), whole)
    rows = torch.arange(12).view(6, 2)
    assert torch.equal(torch.cat([Ranks(i, 3).own(rows) for i in range(3)]), rows)
    for part in ((2, 2), (0, 3), (-1, 2)):
        with pytest.raises(ValueError, match="part must be"):
            Batches(pictures, 4, part=part)


def test_an_environment_that_is_half_torchruns_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert Ranks.found().size == 1
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(ValueError, match="RANK are set, WORLD_SIZE, LOCAL_RANK"):
        Ranks.found()


def test_a_process_whose_partners_never_come_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from began_lib.training import command, parallel

    values = {"RANK": "0", "WORLD_SIZE": "2", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "0"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    short = parallel.joined.__wrapped__
    monkeypatch.setattr(command, "joined", lambda device: parallel.contextmanager(short)(device, timedelta(seconds=1)))
    assert main(["train", "--device", "cpu"]) == parallel.LOST
    assert "did not all meet within 1 s" in capsys.readouterr().err


def test_on_cuda_the_wish_to_stop_is_read_a_few_steps_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """All processes see the same answer after the same step, and the device always has work left."""
    monkeypatch.setattr(dist, "all_reduce", lambda flat: None)
    ranks = Ranks(rank=0, size=2)
    weight = torch.zeros(3)
    answers = {}
    for device, ahead in (("cpu", 0), ("cuda", CUDA_AHEAD)):
        ranks.device = torch.device(device)
        ranks.begin()
        answers[device] = []
        for step in range(8):
            ranks.stop_wanted = step >= 2
            weight.grad = torch.ones(3)
            ranks.average([weight], (torch.tensor(0.1), torch.tensor(0.1)))
            answers[device].append(ranks.agreed_to_stop())
        assert answers[device] == [step >= 2 + ahead for step in range(8)]
