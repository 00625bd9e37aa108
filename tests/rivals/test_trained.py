"""Systems after their training: of a run or shipped, they draw and encode as they did; what they cannot do they say."""

from pathlib import Path

import pytest
import torch

from began_lib.data import Dataset, to_unit_range
from began_lib.models import Architecture
from began_lib.rivals import SYSTEMS, Cannot, RivalTrainer, configured
from began_lib.rivals.trained import load, names, of_run
from began_lib.training.configuration import TrainingConfig
from began_lib.training.questions import Questions
from began_lib.training.trainer import Trainer
from tests.rivals.conftest import TINY


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_system_of_a_run_draws_what_the_run_draws(system, dataset: Dataset, tmp_path: Path) -> None:
    trainer = RivalTrainer(configured(system, **TINY), dataset, tmp_path, "cpu", checkpoint_every=2)
    trainer.train(4, progress=False)
    trained = of_run(tmp_path)
    z = trained.codes(3)
    assert trained.step == 4 and torch.equal(trained.generate(z), trainer.rival.generate(z).clamp(-1, 1))
    assert torch.equal(trained.generate(3), trained.generate(z))  # of seed 0
    if system != "wgan":  # whose generator first moves at the fifth step
        assert not torch.equal(of_run(tmp_path, 2).generate(z), trained.generate(z)) or "magan" in system
    parts = {name for name, _ in trained.system.named_children()}
    assert parts == ({"generator", "encoder"} if system == "ali" else {"generator"})  # no untrained part is left


def test_began_is_one_of_them(dataset: Dataset, tmp_path: Path) -> None:
    shape = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
    trainer = Trainer(TrainingConfig(architecture=shape, batch_size=4, precision="fp32"), dataset, tmp_path, "cpu")
    trainer.train(2, progress=False)
    trained = of_run(tmp_path)
    z = trained.codes(3)
    assert torch.allclose(trained.generate(z), trainer.began.generate(z).clamp(-1, 1), atol=1e-6)
    assert trained.can == ("search",)


def test_the_averaged_weights_of_began_are_those_that_draw(dataset: Dataset, tmp_path: Path) -> None:
    shape = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
    asked = {"questions": Questions(ema=0.9), "learning_rate": 1e-2, "precision": "fp32"}
    trainer = Trainer(TrainingConfig(architecture=shape, batch_size=4, **asked), dataset, tmp_path, "cpu")
    trainer.train(4, progress=False)
    drawn = of_run(tmp_path).generate(trainer.fixed_z)
    assert torch.allclose(drawn, trainer.samples().clamp(-1, 1), atol=1e-6)


@pytest.mark.parametrize("system", ["dcgan", "ali"])
def test_a_loaded_generator_stays_as_it_was_trained(system, dataset: Dataset, tmp_path: Path) -> None:
    RivalTrainer(configured(system, **TINY), dataset, tmp_path, "cpu").train(4, progress=False)
    trained = of_run(tmp_path)
    z = trained.codes(3)
    before = trained.generate(z)
    assert not trained.system.training
    with torch.no_grad():
        assert torch.equal(trained.generator(z).float().clamp(-1, 1), before)  # not by the batch's own means
    assert torch.equal(trained.generate(z), before)


def test_a_search_finds_the_code_of_a_generated_image(dataset: Dataset, tmp_path: Path) -> None:
    trainer = RivalTrainer(configured("dcgan", **TINY), dataset, tmp_path, "cpu")
    trainer.train(30, progress=False)
    trained = of_run(tmp_path)
    images = trained.generate(trained.codes(2, seed=3))
    found = trained.search(images, starts=2, steps=60)
    apart = (images[0] - images[1]).abs().mean()
    assert found.best.abs().max() <= 1.0 and found.error.max() < 0.3 * apart
    assert torch.allclose((trained.generate(found.best) - images).abs().flatten(1).mean(1), found.error, atol=1e-5)


def test_ali_encodes_and_a_pixelcnn_has_no_code(dataset: Dataset, tmp_path: Path) -> None:
    images = to_unit_range(torch.from_numpy(dataset.held_out[:2]))
    for system in ("ali", "pixelcnn"):
        RivalTrainer(configured(system, **TINY), dataset, tmp_path / system, "cpu").train(2, progress=False)
    ali, pixelcnn = (of_run(tmp_path / system) for system in ("ali", "pixelcnn"))
    assert ali.can == ("encode", "search") and ali.encode(images).shape == (2, TINY["latent"])
    assert ali.search(images, starts=1, steps=2).codes.shape == (2, 1, TINY["latent"])  # starts beyond 1 are taken
    assert pixelcnn.can == ()
    with pytest.raises(Cannot, match="no code that stands for a picture"):
        pixelcnn.search(images)
    with pytest.raises(Cannot, match="no encoder into z: search"):
        pixelcnn.encode(images)


def test_a_name_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert names(tmp_path) == []
    with pytest.raises(ValueError, match=r"no rival 'dcgan' in .*: expected one of none: python -m tools"):
        load("dcgan", tmp_path)
