"""Models that ship: each is what its card says; damage and wrong names are told apart; shipping and loading agree."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from began_lib.__main__ import build_parser, main
from began_lib.data import Dataset
from began_lib.equilibrium import reconstruction_loss
from began_lib.models import Architecture, sample_z
from began_lib.shipped import model as shipped
from began_lib.shipped.ship import ship_run
from began_lib.training.checkpoints import CheckpointError
from began_lib.training.configuration import TrainingConfig
from began_lib.training.options import command_of, config_of
from began_lib.training.trainer import Trainer
from tests.training.test_trainer import blobs

# The suite's own; an author who adds a model adds its name.
NAMES = (
    "cifar10-32",
    "faces-32",
    "faces-32-balanced",
    "faces-32-collapse",
    "faces-32-gamma-0.3",
    "faces-32-gamma-0.7",
    "faces-32-starved-discriminator",
    "faces-32-starved-discriminator-uncontrolled",
    "faces-32-starved-generator",
    "faces-32-starved-generator-uncontrolled",
    "lfw-32",
    "lfw-32-gamma-0.3",
    "lfw-32-gamma-0.7",
    "lfw-64",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_is_what_its_card_says(name: str) -> None:
    model = shipped.load(name, folder=shipped.FOLDER)
    assert len(model.history) == model.card["steps"] == model.config.steps
    assert config_of(build_parser().parse_args(model.card["command"].split()[3:])) == model.config
    images = model.generate(16)
    # Half precision costs less than a quarter of one of 255 grey levels, eight bits less than three, at the worst pixel
    # of 64 samples: nobody sees it. Cards without snapshots have no such errors.
    assert model.card["half_precision_error"] < 0.25 * 2 / 255
    assert all(error < 3 * 2 / 255 for error in model.card.get("eight_bit_errors", {}).values())
    distances = torch.pdist(images.flatten(1), p=1) / images[0].numel()
    if "collapse" in name or "uncontrolled" in name:
        assert distances.median() < 0.03  # one picture, as far as an eye can tell
    else:
        # Different people, with some of the contrast of faces; `faces` themselves are 0.49 apart and deviate by 0.5.
        assert distances.median() > 0.1
        assert 0.2 < images.std() < 1.0
    assert model.samples.is_file()
    # D in eight bits changes no sample's loss by as much as they deviate from their mean: by 0.05 of it for lfw-64.
    assert model.card.get("discriminator_error", 0.0) < 0.04


def test_the_lfw_run_reached_its_goal() -> None:
    """Issue 2: M_global below 0.12 over the last 1,000 of 20,000 steps, k between 0.03 and 0.2."""
    history = shipped.load("lfw-32").history
    assert len(history) == 20_000
    assert history.tail_mean("m_global", 1000) < 0.12
    assert 0.03 < history.tail_mean("k", 1000) < 0.2


def test_shipped_files_stay_small() -> None:
    homes = [shipped.FOLDER / name for name in (*NAMES, "factors-32")]
    assert sum(path.stat().st_size for home in homes for path in home.iterdir()) < 60e6


@pytest.fixture
def made(tmp_path: Path) -> Path:
    pictures = blobs(40)
    dataset = Dataset(name="blobs", train=pictures[:32], held_out=pictures[32:], card={"name": "blobs"})
    small = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
    config = TrainingConfig(architecture=small, steps=4, batch_size=4, precision="fp32")
    trainer = Trainer(config, dataset, tmp_path / "run", device="cpu", sample_every=2, checkpoint_every=2)
    trainer.train(progress=False)
    home = ship_run(tmp_path / "run", "tiny", [2], tmp_path / "shipped")
    model = shipped.load("tiny", folder=home.parent)
    exact = trainer.began.generator.state_dict()
    for name, weight in model.generator.state_dict().items():
        # Half precision: 11 bits of mantissa.
        torch.testing.assert_close(weight, exact[name].contiguous(), rtol=5e-4, atol=1e-7)
    assert model.card["command"] == command_of(config) and len(model.history) == 4
    assert model.samples.read_bytes() == (tmp_path / "run" / "samples" / "step-00000004.png").read_bytes()
    return home.parent


def test_a_large_d_ships_in_eight_bits_and_draws_the_same_pictures(made: Path) -> None:
    run = made.parent / "run"
    assert main(["ship", str(run), "small", "--to", str(made), "--small-discriminator"]) == 0
    whole, small = (shipped.load(name, folder=made) for name in ("tiny", "small"))
    assert torch.equal(whole.generate(3), small.generate(3))
    sizes = [(made / name / "model.safetensors").stat().st_size for name in ("tiny", "small")]
    assert sizes[1] < sizes[0]
    assert small.card["discriminator_bits"] == 8 and "discriminator_bits" not in whole.card
    v = whole.generate(64, whole.config.seed + 1)
    changed = reconstruction_loss(v, small.reconstruct(v)) / reconstruction_loss(v, whole.reconstruct(v)) - 1
    assert small.card["discriminator_error"] == pytest.approx(float(changed.abs().max()), abs=1e-3)  # half precision
    exact = shipped.load(run).discriminator.state_dict()
    for name, weight in small.discriminator.state_dict().items():
        if weight.dim() > 1:  # half a step: a row's largest weight is 127 of them
            step = exact[name].flatten(1).abs().amax(1) / 127
            assert ((weight - exact[name]).flatten(1).abs().amax(1) <= 0.501 * step).all()


def test_a_run_is_loaded_by_its_folder(made: Path) -> None:
    run = made.parent / "run"
    late, early = shipped.load(run), shipped.load(str(run), 2)
    assert (late.name, late.step, early.step, len(late.history)) == ("run", 4, 2, 4)
    assert late.card["steps"] == 4 and late.card["data"] == {"name": "blobs"} and late.samples.is_file()
    kept = shipped.load("tiny", folder=made)
    torch.testing.assert_close(late.generate(3), kept.generate(3), rtol=0, atol=2e-3)  # in half precision
    with pytest.raises(CheckpointError, match="no file"):
        shipped.load(run, 3)


def test_pictures_of_a_model_are_those_of_its_networks(made: Path) -> None:
    model = shipped.load("tiny", folder=made)
    z = sample_z(70, 8, torch.Generator().manual_seed(5))
    images = model.generate(70, seed=5)
    assert torch.equal(images, model.generate(z)) and not torch.equal(images, model.generate(70))
    with torch.no_grad():
        torch.testing.assert_close(images, model.generator(z).clamp(-1, 1))
        torch.testing.assert_close(model.reconstruct(images), model.discriminator(images))
    assert not model.reconstruct(images).requires_grad


def test_a_wrong_name_lists_the_right_ones(made: Path) -> None:
    with pytest.raises(ValueError, match=r"expected one of tiny\. Did you mean 'tiny'"):
        shipped.load("tinny", folder=made)
    with pytest.raises(ValueError, match="none"):
        shipped.load("tiny", folder=made / "elsewhere")
    with pytest.raises(ValueError, match=r"dcgan is a rival: began_lib\.rivals\.trained\.load\('dcgan'\)"):
        shipped.load("dcgan", folder=made)


def test_a_changed_file_is_refused(made: Path) -> None:
    path = made / "tiny" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(CheckpointError, match="not the file that was shipped"):
        shipped.load("tiny", folder=made)
    path.unlink()
    with pytest.raises(CheckpointError, match="is missing"):
        shipped.load("tiny", folder=made)


def test_snapshots_along_the_run(made: Path) -> None:
    assert shipped.snapshots("tiny", made) == (2, 4)
    early, late = shipped.load("tiny", 2, made), shipped.load("tiny", folder=made)
    assert (early.step, late.step) == (2, 4)
    weights = zip(early.generator.parameters(), late.generator.parameters(), strict=True)
    assert not all(torch.equal(a, b) for a, b in weights)
    with pytest.raises(ValueError, match=r"no snapshot of tiny after 3 steps: expected one of 2, 4\."):
        shipped.load("tiny", 3, made)
    (made / "tiny" / "step-00000002.safetensors").unlink()
    with pytest.raises(CheckpointError, match="is missing"):
        shipped.load("tiny", 2, made)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of one's own models; there is none yet."""
    monkeypatch.setenv("BEGAN_MODELS", str(tmp_path / "own"))
    return tmp_path / "own"


def test_shipping_a_run_that_is_none_is_one_line(tmp_path: Path, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    run.mkdir()
    assert main(["ship", str(run), "no-such-run"]) == 2
    assert "no checkpoint in" in capsys.readouterr().err
    assert not own.exists()


def test_a_shipping_that_is_broken_off_leaves_no_model_and_can_be_repeated(
    made: Path, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*arguments: object) -> None:
        raise OSError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr("began_lib.shipped.ship.save_picture", broken_off)
        assert main(["ship", str(made.parent / "run"), "mine"]) != 0
    assert "mine" not in shipped.names()
    assert main(["ship", str(made.parent / "run"), "mine"]) == 0 and "mine" in shipped.names()
    assert [path.name for path in own.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "name", ["../../escaped", "a/b", "", ".hidden", "..", "two words", "ä", "a\n", "x" * 101, "end."]
)
def test_a_name_that_no_folder_should_have_is_refused(
    name: str, made: Path, own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ship", str(made.parent / "run"), name]) == 2
    assert (
        "expected letters, digits, dots, dashes and underscores, at most 100 in all, the first no dot"
        in capsys.readouterr().err
    )
    assert not own.exists()


def test_a_model_lands_among_ones_own(made: Path, own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = set(shipped.FOLDER.iterdir())
    run = str(made.parent / "run")
    assert main(["ship", run, "my.first_run-1"]) == 0
    assert capsys.readouterr().out.strip() == str(own / "my.first_run-1")
    assert "my.first_run-1" in shipped.names() and shipped.load("my.first_run-1").step == 4
    assert main(["ship", run, "lfw-32"]) == 2
    assert "comes with the suite: expected a new name" in capsys.readouterr().err
    assert main(["ship", run, "told", "--to", str(made)]) == 0
    assert shipped.names(made) == ["tiny", "told"] and set(shipped.FOLDER.iterdir()) == before


def test_ones_own_models_lie_in_the_repository_where_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BEGAN_MODELS", raising=False)
    assert shipped.own_folder() == shipped.FOLDER.parents[1] / "models"


def test_a_card_does_not_say_where_the_pictures_lie(tmp_path: Path) -> None:
    """Neither the card nor the weights' metadata; the folder's name and the hash say what they were."""
    pictures = tmp_path / "private" / "pets"
    small = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
    config = TrainingConfig(data=str(pictures), architecture=small, steps=4, batch_size=4, precision="fp32")
    card = {"name": "pets", "source": f"the folder {pictures}", "sha256": "0123"}
    dataset = Dataset(name="pets", train=blobs(32), held_out=blobs(8), card=card)
    Trainer(config, dataset, tmp_path / "run", device="cpu", checkpoint_every=2).train(progress=False)
    home = ship_run(tmp_path / "run", "tiny", [2], tmp_path / "models")
    assert all(b"private" not in path.read_bytes() for path in home.iterdir())
    model = shipped.load("tiny", folder=home.parent)
    assert model.card["data"] == {**card, "source": "the folder pets"} and model.config.data == "pets"
    assert "--data pets " in model.card["command"]


def test_a_run_that_was_stopped_ships_as_what_it_is(tmp_path: Path) -> None:
    """Before the first sample grid. Nothing is written over, and a damaged newer checkpoint is not passed over."""
    run, folder = tmp_path / "run", tmp_path / "shipped"
    small = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
    config = TrainingConfig(architecture=small, steps=900, batch_size=4, precision="fp32")
    pictures = blobs(40)
    dataset = Dataset(name="blobs", train=pictures[:32], held_out=pictures[32:], card={"name": "blobs"})
    Trainer(config, dataset, run, device="cpu").train(3, progress=False)
    home = ship_run(run, "short", folder=folder)
    model = shipped.load("short", folder=folder)
    assert "--steps 3 " in model.card["command"] and model.config.steps == model.step == len(model.history) == 3
    assert Image.open(model.samples).width > 8 * 16
    with pytest.raises(FileExistsError, match="expected a new name"):
        ship_run(run, "short", folder=folder)
    with pytest.raises(CheckpointError, match="no file"):
        ship_run(run, "other", [2], folder)
    (run / "checkpoints" / "checkpoint-00000009.safetensors").write_bytes(b"cut off")
    with pytest.raises(CheckpointError, match=r"remove the newest one: .*00000009"):
        ship_run(run, "other", folder=folder)
    assert list(folder.iterdir()) == [home]


def test_a_folder_of_larger_models(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEGAN_MODELS", str(made))
    assert shipped.names() == sorted([*shipped.names(shipped.FOLDER), "tiny"])
    assert shipped.load("tiny").samples.parent == made / "tiny" and shipped.snapshots("tiny") == (2, 4)
    assert shipped.load("lfw-32").samples.parent == shipped.FOLDER / "lfw-32"
    monkeypatch.setenv("BEGAN_MODELS", str(made / "nowhere"))
    with pytest.raises(ValueError, match=r"BEGAN_MODELS is .*nowhere.*expected a folder of models"):
        shipped.names()


def test_a_card_without_its_entries_is_told(made: Path) -> None:
    (made / "tiny" / "card.json").write_text("{}")
    with pytest.raises(ValueError, match=r"card\.json is no card of a model"):
        shipped.load("tiny", folder=made)


def test_a_changed_history_or_picture_of_a_model_is_refused(made: Path) -> None:
    for name in ("history.npz", "samples.png"):
        path = made / "tiny" / name
        content = path.read_bytes()
        path.write_bytes(content[:-1])
        with pytest.raises(CheckpointError, match="is not the file that was shipped"):
            shipped.load("tiny", folder=made)
        path.write_bytes(content)
    assert shipped.load("tiny", folder=made).step == 4
