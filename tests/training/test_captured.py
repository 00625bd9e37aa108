"""A step launched as one CUDA graph: the steps of a run, whatever changes on the way."""

from pathlib import Path

import numpy as np
import pytest
import torch

from began_lib.__main__ import main
from began_lib.data import Dataset
from began_lib.equilibrium import Controller
from began_lib.models import Architecture, Discriminator, Generator, set_recompute
from began_lib.step import Began
from began_lib.training.captured import CapturedStep, trying_algorithms
from began_lib.training.configuration import TrainingConfig
from began_lib.training.parallel import Ranks, SharedBegan
from began_lib.training.questions import Questions
from began_lib.training.trainer import Trainer
from tests.training.test_trainer import blobs

SMALL = Architecture(size=16, filters=4, hidden=8, latent=8)
needs_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
# cuDNN may sum in another order in each run: fp32 rounding, grown over the steps of a test.
TOLERANCE = {"rtol": 1e-3, "atol": 1e-4}


@pytest.fixture
def dataset() -> Dataset:
    images = blobs(64)
    return Dataset("blobs", images[:48], images[48:], {"name": "blobs"})


def began(kind: type[Began] = Began, *first: object, device: str = "cpu") -> Began:
    torch.manual_seed(0)
    networks = Discriminator(SMALL).to(device), Generator(SMALL).to(device)
    return kind(*first, *networks, SMALL.latent, Controller(device=device))


def config(**settings: object) -> TrainingConfig:
    return TrainingConfig(data="./blobs", architecture=SMALL, batch_size=4, precision="fp32", **settings)


def test_refused_without_a_cuda_device(dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="the run is on cpu: expected --device cuda"):
        CapturedStep(began())
    with pytest.raises(ValueError, match="the run is on cpu"):
        Trainer(config(), dataset, device="cpu").capture()
    line = f"train --data faces --limit 64 --size 16 --filters 4 --device cpu --cuda-graph --out {tmp_path}"
    assert main(line.split()) == 2
    assert "a CUDA graph was asked for, and the run is on cpu" in capsys.readouterr().err


def test_refused_for_several_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = began(SharedBegan, Ranks(0, 2))
    monkeypatch.setattr(shared, "device", torch.device("cuda"))
    with pytest.raises(ValueError, match="of several processes is untried: expected one process"):
        CapturedStep(shared)


def test_refused_with_activation_checkpointing(monkeypatch: pytest.MonkeyPatch) -> None:
    one = began()
    set_recompute(one.generator, True)
    monkeypatch.setattr(one, "device", torch.device("cuda"))
    with pytest.raises(ValueError, match="leave out --cuda-graph or --recompute"):
        CapturedStep(one)


def test_cudnn_tries_or_guesses_within_and_does_as_it_was_told_after() -> None:
    cudnn = torch.backends.cudnn
    for wanted, told in ((True, False), (False, True)):
        cudnn.benchmark = told
        with trying_algorithms(wanted):
            assert cudnn.benchmark is wanted
        assert cudnn.benchmark is told
        with pytest.raises(KeyError), trying_algorithms(wanted):
            raise KeyError
        assert cudnn.benchmark is told
    cudnn.benchmark = False


@needs_cuda
def test_its_steps_are_those_of_began() -> None:
    """Also where gamma, lambda_k, k and the rate change between steps; z comes from the same stream."""
    found = []
    for captured in (False, True):
        one = began(device="cuda")
        step = CapturedStep(one) if captured else one.step
        losses = []
        for number in range(24):
            if number == 8:
                one.controller.gamma, one.controller.lambda_k = 0.9, 0.5
            if number == 12:
                one.controller.set_k(0.7)
            if number == 16:
                one.learning_rate = 1e-3
            if number == 20:
                one.controller.held = True
            x = torch.rand(4, 3, 16, 16, generator=torch.Generator().manual_seed(number)).cuda() * 2 - 1
            made = step(x)
            losses.append([float(value) for value in (made.loss_real, made.loss_fake, made.k, made.m_global)])
        z = one.sample_z(3).cpu()
        found.append((np.array(losses), z, torch.cat([p.detach().flatten().cpu() for p in one.parameters])))
    (plain, z, weights), (graph, same_z, same_weights) = found
    assert len(np.unique(plain[:, 2])) > 10  # k does move, until it is held
    np.testing.assert_allclose(graph, plain, **TOLERANCE)
    torch.testing.assert_close(same_z, z, rtol=0, atol=0)
    torch.testing.assert_close(same_weights, weights, rtol=1e-2, atol=1e-3)  # Adam: a step of the rate for any gradient


@needs_cuda
@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"questions": Questions(noise=0.5, noise_on="both", noise_steps=8)},
        {"questions": Questions(vae=1e-3, ema=0.9)},
        {"questions": Questions(energy="projection")},
        {"questions": Questions(dfm=0.03)},
        {"questions": Questions(cs=0.1)},
        {"separate_z": True},
    ],
)
def test_a_run_is_that_without_a_graph(dataset: Dataset, asked: dict) -> None:
    histories = []
    for captured in (False, True):
        trainer = Trainer(config(**asked), dataset, device="cuda")
        if captured:
            trainer.capture()
        histories.append(trainer.train(60, progress=False).steps())
    np.testing.assert_allclose(histories[1][:12], histories[0][:12], **TOLERANCE)
    # Later on two runs without a graph part as well, by rounding.
    np.testing.assert_allclose(histories[1], histories[0], rtol=0.1, atol=0.02)


@needs_cuda
def test_a_run_goes_on_from_a_checkpoint(dataset: Dataset, tmp_path: Path) -> None:
    whole = Trainer(config(), dataset, device="cuda")
    whole.capture()
    expected = whole.train(16, progress=False).steps()
    first = Trainer(config(), dataset, tmp_path, device="cuda")
    first.capture()
    first.train(8, progress=False)
    then = Trainer(config(), dataset, tmp_path, device="cuda")
    then.capture()
    then.resume()
    np.testing.assert_allclose(then.train(16, progress=False).steps(), expected, **TOLERANCE)


@needs_cuda
def test_a_state_loaded_after_the_recording_counts(dataset: Dataset) -> None:
    trainer = Trainer(config(), dataset, device="cuda")
    trainer.capture()
    beginning = [{name: t.clone() for name, t in trainer.state()[0].items()}, trainer.state()[1]]
    trainer.train(8, progress=False)
    state = [{name: t.clone() for name, t in trainer.state()[0].items()}, trainer.state()[1]]
    trainer.train(12, progress=False)
    trainer.load_state(*beginning)  # Adam has no moments there
    trainer.train(8, progress=False)
    expected = trainer.train(16, progress=False).steps()
    trainer.load_state(*state)
    np.testing.assert_allclose(trainer.train(16, progress=False).steps(), expected, **TOLERANCE)


@needs_cuda
def test_vanishing_residuals_vanish_in_a_graph(dataset: Dataset) -> None:
    a = SMALL.at(vanishing_residuals=True)
    histories = []
    for captured in (False, True):
        run = TrainingConfig(data="./blobs", architecture=a, batch_size=4, precision="fp32", carry_steps=10)
        trainer = Trainer(run, dataset, device="cuda")
        if captured:
            trainer.capture()
        histories.append(trainer.train(16, progress=False).steps())
    np.testing.assert_allclose(histories[1], histories[0], **TOLERANCE)
