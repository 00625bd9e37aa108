"""Features of photographs that ship: what eight bits change, and scores where the photographs are not."""

import json
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from began_lib.__main__ import main
from began_lib.data import open_dataset
from began_lib.scores import networks, references
from began_lib.scores.features import extract, fid
from began_lib.scores.sets import draw
from began_lib.scores.subject import Subject
from began_lib.scores.table import score_against
from began_lib.training.checkpoints import CheckpointError


@pytest.fixture(scope="module")
def dataset():
    return open_dataset("faces", size=32, limit=240)


@pytest.fixture(scope="module")
def made(dataset, tmp_path_factory):
    """A folder with features of few drawn faces, by the network that knows them."""
    folder, network = tmp_path_factory.mktemp("references"), networks.load("factors")
    assert references.make(dataset, network, folder=folder, count=60).name == "faces-32.safetensors"
    return folder, network


def subject(size: int = 32, channels: int = 3, available: int | None = None) -> Subject:
    """Grey noise."""

    def images(count: int) -> Tensor:
        random = torch.Generator().manual_seed(0)
        return torch.randint(0, 256, (count, channels, size, size), generator=random, dtype=torch.uint8)

    return Subject("noise", size, channels, images, available)


def test_eight_bits_change_features_by_half_a_step(dataset, made):
    folder, network = made
    kept = references.load("faces", 32, network, folder)
    exact = [extract(network, pixels) for pixels in draw(dataset.train, (60, 60), seed=0)]
    for rounded, features in zip((kept.reference, kept.real), exact, strict=True):
        step = features.features.abs().amax(1, keepdim=True) / 127
        assert ((rounded.features - features.features).abs() <= 0.501 * step).all()  # and float32's rounding
    assert kept.card["fid"]["kept"] == pytest.approx(fid(kept.real, kept.reference).value, rel=1e-6)
    assert kept.card["fid"]["kept"] == pytest.approx(fid(exact[1], exact[0]).value, rel=0.05)


def test_images_are_scored_beside_the_floor(made):
    folder, network = made
    table = score_against(subject(), references.load("faces", 32, network, folder), network, progress=False)
    rows = {row: {score.name: score.value for score in scores} for row, scores in table.rows.items()}
    assert list(rows) == ["generated", "real"] and "is_factors" not in rows["real"]
    generated, real = rows["generated"], rows["real"]
    assert generated["fid_factors"] > 3 * real["fid_factors"]
    assert "60 training images that ship" in table.protocol["reference"] and " -\n" in str(table)


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (subject(size=64), "noise are 64x64 with 3 colours: expected 32x32 with 3"),
        (subject(channels=1), "32x32 with 1 colours: expected 32x32 with 3"),
        (subject(available=59), "59 images in the folder: expected at least 60"),
    ],
)
def test_what_cannot_be_scored_is_refused(what, message, made):
    with pytest.raises(ValueError, match=message):
        score_against(what, references.load("faces", 32, made[1], made[0]), made[1])


def test_other_sets_networks_and_damaged_files_are_refused(made, tmp_path):
    folder, network = made
    with pytest.raises(ValueError, match="no features of lfw at 128x128 ship: expected one of faces-32"):
        references.load("lfw", 128, network, folder)
    network = networks.load("factors")
    network.card = replace(network.card, name="another")
    with pytest.raises(ValueError, match="are factors's: expected another's"):
        references.load("faces", 32, network, folder)
    content = bytearray((folder / "faces-32.safetensors").read_bytes())
    content[-1] ^= 1
    (tmp_path / "faces-32.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError):
        references.load("faces", 32, made[1], tmp_path)


def test_what_ships_is_lfw_at_both_sizes_and_near_what_it_was():
    network = networks.load("efficientnet_lite0")
    assert references.names() == ["lfw-32", "lfw-64"]
    for size in (32, 64):
        kept = references.load("lfw", size, network)
        assert len(kept.reference) == len(kept.real) == references.COUNT
        assert abs(kept.card["fid"]["kept"] - kept.card["fid"]["exact"]) < 0.1  # of some 10, and 50 of a model


def test_the_command_needs_no_photographs(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("began_lib.scores.table.open_dataset", lambda *_, **__: pytest.fail("asked for photographs"))
    monkeypatch.setattr(
        "began_lib.scores.table._rows_of", lambda extracted, reference, pixels, faces: (fid(extracted, reference),)
    )
    kept = references.load("lfw", 32, networks.load("efficientnet_lite0"))
    few = replace(kept, reference=kept.reference.chosen(torch.arange(40)), real=kept.real.chosen(torch.arange(40)))
    monkeypatch.setattr(references, "load", lambda *_: few)  # the network looks at 40 images instead of 1,000
    command = ["score", "--model", "lfw-32", "--shipped-reference", "--device", "cpu"]
    assert main([*command, "--json", str(tmp_path / "scores.json")]) == 0
    rows = json.loads((tmp_path / "scores.json").read_text())["rows"]
    assert rows["generated"][0]["value"] > rows["real"][0]["value"] and "that ship" in capsys.readouterr().out
    assert main([*command, "--samples", "50"]) != 0
    assert "leave --samples" in capsys.readouterr().err
