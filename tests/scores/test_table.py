"""The command `score`: the real entry point on a small run, and its refusals."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib.__main__ import build_parser, main
from began_lib.data import Dataset, open_dataset
from began_lib.models import Architecture
from began_lib.rivals import RivalTrainer, configured
from began_lib.scores import networks
from began_lib.scores.command import data_of, subject_and_data
from began_lib.scores.features import Score
from began_lib.scores.subject import of_model
from began_lib.scores.table import ScoreTable, score
from began_lib.shipped import load
from began_lib.training.configuration import TrainingConfig
from began_lib.training.trainer import Trainer

ROWS = ["generated", "real", "ten images", "held out", "noise", "one image", "mean image"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of two steps at 32 pixels, on 120 faces, and where its data is cached."""
    folder = tmp_path_factory.mktemp("score")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEGAN_DATA", str(folder / "data"))
        config = TrainingConfig(architecture=Architecture(size=32, filters=4, hidden=8, latent=8), steps=2)
        dataset = open_dataset("faces", 32, limit=120)
        Trainer(config, dataset, folder / "tiny", checkpoint_every=2, sample_every=2).train(progress=False)
        # `score` opens the data whole: the packed faces above stand for all of them.
        patch.setattr("began_lib.scores.table.open_dataset", lambda *arguments, **options: dataset)
        yield folder / "tiny", dataset


def test_the_command_prints_the_table_and_writes_it(run, tmp_path, capsys, monkeypatch):
    folder, dataset = run
    wide = replace(dataset, held_out=np.concatenate([dataset.held_out] * 5))
    monkeypatch.setattr("began_lib.scores.table.open_dataset", lambda *arguments, **options: wide)
    command = ["score", "--model", str(folder), "--network", "factors", "--samples", "50", "--seed", "3"]
    assert main([*command, "--device", "cpu", "--rebuilt", "--json", str(tmp_path / "first.json")]) == 0
    printed = capsys.readouterr().out
    table = json.loads((tmp_path / "first.json").read_text())
    assert list(table["rows"]) == [*ROWS[:4], "rebuilt by D", *ROWS[4:]]
    assert table["protocol"]["model"] == "tiny, 2 steps" and "50 training images" in table["protocol"]["reference"]
    scores = {score["name"]: score for score in table["rows"]["generated"]}
    assert list(scores) == [
        *(f"{name}_factors" for name in ("is", "fid", "kid", "precision", "recall", "density", "coverage")),
        "ms_ssim",
        "face_rate",
    ]
    for name, its in scores.items():
        assert its["low"] <= its["value"] <= its["high"], name
        assert its["images"] == 50 and its["interval"]
        assert f"{its['value']:.4g}" in printed and name in printed
    assert scores["fid_factors"]["resize_filter"] == "mean of pixels"
    of = {row: {score["name"]: score["value"] for score in scores} for row, scores in table["rows"].items()}
    assert of["real"]["fid_factors"] < of["generated"]["fid_factors"] < of["one image"]["fid_factors"] * 2
    assert of["one image"]["is_factors"] == pytest.approx(1.0)
    assert of["ten images"]["is_factors"] > of["real"]["is_factors"]  # fooled, and by real images
    assert of["ten images"]["coverage_factors"] < of["real"]["coverage_factors"]
    assert "ms_ssim" not in of["one image"]
    assert table["factor_coverage"]["real"][0]["factor"] == "hair_style"

    assert main([*command, "--device", "cpu", "--rebuilt", "--json", str(tmp_path / "second.json")]) == 0
    assert json.loads((tmp_path / "second.json").read_text()) == table  # the same seed, the same numbers


def test_an_interval_to_one_side_is_told_by_its_ends_and_fewer_images_by_their_number():
    distance = Score("fid", 12.0, 11.5, 12.5, 1000, 1000, "toy", "none", "jackknife")
    rate = Score("face_rate", 1.0, 0.9926, 1.0, 512, None, None, None, "Wilson")
    told = ScoreTable({}, {"generated": (distance, rate)}, {}).table()["generated"].to_dict()
    assert told == {"images": "1,000", "fid": "12 ± 0.5", "face_rate": "1 (0.9926 to 1), 512 images"}


def test_held_out_needs_as_many_images(run, tmp_path):
    command = ["score", "--model", str(run[0]), "--network", "factors", "--samples", "40", "--device", "cpu"]
    assert main([*command, "--json", str(tmp_path / "t.json")]) == 0
    assert list(json.loads((tmp_path / "t.json").read_text())["rows"]) == [*ROWS[:3], *ROWS[4:]]


def test_refusals_are_one_line(run, capsys):
    for options, message in (
        (["--model", "nobody", "--network", "factors"], "A folder of a run, with its config.json, works too"),
        (["--model", str(run[0]), "--network", "factors", "--samples", "61"], "at most half of the 120"),
        (["--model", str(run[0]), "--network", "factors", "--samples", "10"], "expected at least 40"),
        (["--model", str(run[0]), "--network", "factors", "--weights", str(run[0])], "no classifier in"),
    ):
        assert main(["score", *options]) == 2
        error = capsys.readouterr().err.strip()
        assert message in error and "\n" not in error


def test_what_is_scored_may_be_a_folder_of_pictures(run, tmp_path, capsys):
    _, dataset = run
    pictures = tmp_path / "made"
    pictures.mkdir()
    for i, image in enumerate(dataset.train[:45]):
        Image.fromarray(image.transpose(1, 2, 0)).save(pictures / f"{i}.png")
    for i in range(15):  # copies: a collapse that must count
        (pictures / f"again-{i}.png").write_bytes((pictures / "0.png").read_bytes())
    command = ["score", "--model", str(pictures), "--network", "factors", "--device", "cpu"]
    assert main(command) == 2
    assert "say with --data which real ones" in capsys.readouterr().err
    assert main([*command, "--data", "faces", "--json", str(tmp_path / "t.json")]) == 0
    table = json.loads((tmp_path / "t.json").read_text())
    assert table["protocol"]["model"] == f"the 60 pictures in {pictures}"
    assert table["rows"]["generated"][0]["images"] == 60
    for options, message in (
        (["--samples", "61"], "at most as many as there are in the folder, 60"),
        (["--rebuilt"], "no auto-encoder"),
        (["--step", "3"], "have no steps"),
    ):
        assert main([*command, "--data", "faces", *options]) == 2
        assert message in capsys.readouterr().err
    (pictures / "notes.txt").write_text("made yesterday")
    assert main([*command, "--data", "faces"]) == 2
    assert "1 of the 61 files in" in capsys.readouterr().err


def test_it_says_beforehand_how_long_it_takes_and_that_few_images_say_little(run, tmp_path, capsys, monkeypatch):
    folder, _ = run
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "first"))
    command = ["score", "--model", str(folder), "--network", "factors", "--samples", "40", "--device", "cpu"]
    assert main(command) == 0
    said = capsys.readouterr().err
    assert "factors looks at 162 images: less than a minute here" in said  # 3 rows of 40, noise, two single images
    assert "Only 40 images" in said and "2,000 or more" in said
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "second"))
    clock = iter([0.0, 8.0])  # a second an image
    monkeypatch.setattr("began_lib.scores.table.time.perf_counter", lambda: next(clock, 8.0))
    monkeypatch.setattr("began_lib.scores.table.FEW_IMAGES", 40)
    assert main(command) == 0
    said = capsys.readouterr().err
    assert "about 3 minutes here" in said and "Only" not in said


def test_step_chooses_among_a_runs_checkpoints(run, tmp_path, capsys):
    folder, dataset = run
    trainer = Trainer(load(folder).config, dataset, tmp_path / "two", checkpoint_every=1)
    trainer.train(progress=False)
    command = ["score", "--model", str(tmp_path / "two"), "--network", "factors", "--samples", "40", "--device", "cpu"]
    assert main([*command, "--step", "1"]) == 0
    assert "two, 1 steps" in capsys.readouterr().out
    assert main([*command, "--step", "7"]) == 2


def test_data_that_only_a_models_author_has_is_asked_for(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["score", "--model", "cifar10-32", "--device", "cpu"]) == 2
    error = capsys.readouterr().err.strip()
    assert "which is not here" in error and "--data cifar10." in error and "\n" not in error
    own = replace(load("faces-32"), card={"data": {"source": "the folder faces"}})
    with pytest.raises(ValueError, match="the folder faces, which is not here"):  # not the drawn ones of that name
        data_of(own)
    (tmp_path / "faces").mkdir()
    assert data_of(own) == "./faces"
    assert data_of(load("faces-32")) == "faces"


def test_a_folder_called_faces_is_no_set_of_drawn_faces(run, tmp_path, monkeypatch):
    folder, dataset = run
    pictures = replace(dataset, name="faces", factors=None, held_out_factors=None)
    monkeypatch.setattr("began_lib.scores.table.open_dataset", lambda *arguments, **options: pictures)
    command = ["score", "--model", str(folder), "--network", "factors", "--samples", "40", "--device", "cpu"]
    for data, are_faces in ((str(tmp_path / "faces"), False), ("lfw", True)):
        assert main([*command, "--data", data, "--json", str(tmp_path / "t.json")]) == 0
        table = json.loads((tmp_path / "t.json").read_text())
        assert table["factor_coverage"] == {}
        assert any(score["name"] == "face_rate" for score in table["rows"]["generated"]) == are_faces


def test_features_of_real_images_are_looked_at_once_and_give_the_same_table(run, tmp_path, capsys, monkeypatch):
    folder, dataset = run
    monkeypatch.setenv("BEGAN_DATA", str(tmp_path / "data"))
    command = ["score", "--model", str(folder), "--network", "factors", "--samples", "40", "--device", "cpu"]
    tables = []
    for name in ("first", "second"):
        assert main([*command, "--json", str(tmp_path / f"{name}.json")]) == 0
        tables.append(json.loads((tmp_path / f"{name}.json").read_text()))
    assert tables[0] == tables[1]
    said = capsys.readouterr().err
    assert "looks at 162 images:" in said and "looks at 42 images (120 more are in the cache):" in said
    kept = sorted((tmp_path / "data" / "cache").glob("features-factors-40-*.safetensors"))
    assert len(kept) == 3
    kept[0].write_bytes(kept[0].read_bytes()[:-100])
    other = replace(dataset, train=dataset.train[::-1].copy())
    monkeypatch.setattr("began_lib.scores.table.open_dataset", lambda *arguments, **options: other)
    assert main(command) == 0
    assert "(120 more" not in capsys.readouterr().err  # other images, other features
    monkeypatch.setattr("began_lib.scores.table.open_dataset", lambda *arguments, **options: dataset)
    assert main([*command, "--json", str(tmp_path / "third.json")]) == 0
    assert "features are computed anew" in capsys.readouterr().err
    assert json.loads((tmp_path / "third.json").read_text()) == tables[0]


def test_faces_too_small_for_the_classifier_have_a_table_without_factors(run, tmp_path, monkeypatch):
    small = open_dataset("faces", 16, limit=120)
    monkeypatch.setattr("began_lib.scores.table.open_dataset", lambda *arguments, **options: small)
    config = TrainingConfig(architecture=Architecture(size=16, filters=4, hidden=8, latent=8), steps=1)
    Trainer(config, small, tmp_path / "tiny", checkpoint_every=1, sample_every=1).train(progress=False)
    network = networks.load("factors")
    looking = network.forward
    monkeypatch.setattr(network, "forward", lambda x: looking(x.repeat_interleave(2, 2).repeat_interleave(2, 3)))
    table = score(of_model(load(tmp_path / "tiny"), torch.device("cpu")), "faces", network, 40)
    assert "generated" in table.rows and not table.coverage


@pytest.mark.parametrize("options", [(), ("--crop", "12x12")])
def test_a_rivals_run_is_read_as_it_was_trained_but_for_what_is_said(options, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (20, 3, 16, 16), np.uint8)
    data = Dataset(name="noise", train=pixels[:16], held_out=pixels[16:], card={"name": "noise"})
    config = configured("dcgan", size=16, filters=4, latent=8, batch_size=4, crop="10x10", held_out="test")
    RivalTrainer(config, data, tmp_path / "run", "cpu").train(1, progress=False)
    arguments = build_parser().parse_args(["score", "--model", str(tmp_path / "run"), *options])
    reading = subject_and_data(arguments, torch.device("cpu"))[2]
    assert reading == {"crop": "12x12" if options else "10x10", "held_out": "test"}


def test_a_run_is_scored_on_its_data_as_it_saw_it(run, tmp_path, monkeypatch):
    folder, dataset = run
    seen = []

    def opened(name: str, **options: object) -> object:
        seen.append((name, options["crop"], options["held_out"]))
        return dataset

    monkeypatch.setattr("began_lib.scores.table.open_dataset", opened)
    model = load(folder)
    pictures = tmp_path / "mine"
    pictures.mkdir()
    own = replace(model.config, data=str(pictures), crop="40x40", held_out="test")
    card = {"data": {"source": f"the folder {pictures}"}}
    monkeypatch.setattr("began_lib.shipped.load", lambda *arguments: replace(model, config=own, card=card))
    command = ["score", "--model", str(folder), "--network", "factors", "--samples", "40", "--device", "cpu"]
    for options in ([], ["--crop", "20x20"], ["--data", "faces"]):
        assert main([*command, *options]) == 0
    assert seen == [(str(pictures), "40x40", "test"), (str(pictures), "20x20", "test"), ("faces", "", "")]
