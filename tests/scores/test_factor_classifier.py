"""The classifier of factors: its heads, refusals, how it is made, and that the one that ships is as its card says."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from began_lib.data import Dataset, to_uint8, to_unit_range
from began_lib.faces import FACTORS, Factors, sample
from began_lib.scores import factor_classifier
from began_lib.scores.factor_classifier import FEATURES, HEADS, FactorClassifier, Head, share
from began_lib.scores.factor_coverage import factor_coverage
from began_lib.training.checkpoints import CheckpointError
from tools import factor_training


@pytest.fixture(scope="module")
def few_faces() -> Dataset:
    factors, images = sample(640, seed=5, size=32)
    pixels, columns = to_uint8(images).numpy(), factors.as_array()
    return Dataset("faces", pixels[:576], pixels[576:], {"held_out": 64}, (), columns[:576], columns[576:])


def test_heads_are_factors_with_classes_that_cover_them():
    for head in HEADS:
        values = torch.linspace(*FACTORS[head.name].range, 101)
        if FACTORS[head.name].discrete:
            assert head.classes == FACTORS[head.name].levels
            continue
        labels = head.labels(values)
        assert labels.unique().tolist() == list(range(len(head.classes)))
        assert (labels.diff() >= 0).all()
        centres = head.centres()
        assert (head.labels(centres) == torch.arange(len(head.classes))).all()  # each mean lies in its own interval
    with pytest.raises(ValueError, match="rising edges"):
        Head("age")
    with pytest.raises(ValueError, match="rising edges"):
        Head("age", (30.0, 20.0))
    with pytest.raises(ValueError, match="rising edges"):
        Head("glasses", (0.5,))
    with pytest.raises(ValueError, match="no mean"):
        Head("glasses").centres()


def test_mirrored_faces_have_mirrored_labels():
    head = next(head for head in HEADS if head.name == "yaw")
    yaw = torch.tensor([-60.0, -12.0, 3.0, 41.0])
    images = torch.zeros(4, 3, 32, 32)
    images[..., :16] = 1.0
    labels = {name: torch.zeros(4, dtype=torch.int64) for name in ("roll", "light_side", "age")} | {
        "yaw": head.labels(yaw)
    }
    classes = {head.name: len(head.classes) for head in HEADS}
    generator = torch.Generator().manual_seed(0)
    mirrored, turned = factor_training._mirror_half(images, labels, classes, generator)
    done = mirrored[:, 0, 0, 0] == 0.0
    assert done.any() and not done.all()
    assert torch.equal(turned["yaw"], torch.where(done, head.labels(-yaw), head.labels(yaw)))
    assert torch.equal(turned["age"], labels["age"])


def test_shapes_probabilities_and_refusals():
    model = FactorClassifier().eval()
    images = torch.rand(5, 3, 32, 32) * 2 - 1
    assert model.features(images).shape == (5, FEATURES) and (model.features(images) >= 0).all()
    readings = model.read(images, batch_size=2)
    for head in HEADS:
        assert readings[head.name].shape == (5, len(head.classes))
        torch.testing.assert_close(readings[head.name].sum(1), torch.ones(5))
    low, high = FACTORS["age"].range
    assert ((model.values(readings, "age") > low) & (model.values(readings, "age") < high)).all()
    # Each pixel of the small picture four times in the large one: averaged down it is the small one again.
    large = images.repeat_interleave(2, 2).repeat_interleave(2, 3)
    torch.testing.assert_close(model.features(large), model.features(images))
    torch.testing.assert_close(model.features(3 * images), model.features((3 * images).clamp(-1, 1)))
    for wrong in (images[0], images[:, :1], images[..., :16], torch.zeros(2, 3, 16, 16)):
        with pytest.raises(ValueError, match=r"expected pictures \(N, 3, S, S\)"):
            model.read(wrong)
    with pytest.raises(ValueError, match="found NaN"):
        model.read(images.log())


def test_share_is_the_mean_probability_with_its_error():
    each = torch.tensor([[0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [0.0, 0.0, 1.0], [0.4, 0.6, 0.0]])
    mean, error = share({"glasses": each}, "glasses", ["glasses", "sunglasses"])
    worn = 1 - each[:, 0].double().numpy()
    assert mean == pytest.approx(worn.mean())
    assert error == pytest.approx(worn.std(ddof=1) / 2)
    with pytest.raises(KeyError, match="no factor 'moustache' is read: expected one of hair_style"):
        share({}, "moustache", ["none"])
    for wrong in (["monocle"], []):
        with pytest.raises(ValueError, match="expected classes among none, glasses, sunglasses"):
            share({"glasses": each}, "glasses", wrong)
    with pytest.raises(ValueError, match="readings of at least two faces, for an error; found 1"):
        share({"glasses": each[:1]}, "glasses", ["none"])


def test_share_is_of_the_classes_of_the_judge_that_read():
    judge = FactorClassifier([Head("age", (40.0,))])
    readings = {"age": torch.tensor([[0.75, 0.25], [0.25, 0.75]])}
    assert share(readings, "age", ["from 40"], judge.heads.values())[0] == 0.5
    faces = torch.zeros(20, 3, 32, 32)
    (row,) = factor_coverage(judge.eval(), {"some": faces}, faces)["some"]
    assert [c.name for c in row.classes] == ["below 40", "from 40"]


def test_blur(few_faces):
    blur = factor_training.Blur(torch.from_numpy(few_faces.train), components=64)
    images = to_unit_range(few_faces.held_out)
    errors = [(blur.components(images, count) - images).square().mean().item() for count in (4, 16, 64)]
    assert errors[0] > errors[1] > errors[2]
    twice = blur.components(blur.components(images, 16), 16)
    torch.testing.assert_close(twice, blur.components(images, 16), atol=1e-4, rtol=1e-4)  # a projection; float32 sums
    torch.testing.assert_close(blur.gaussian(torch.full((1, 3, 32, 32), 0.3), 1.0), torch.full((1, 3, 32, 32), 0.3))
    mixed = blur.random(images[:9], torch.Generator().manual_seed(0))
    assert torch.equal(mixed[:3], images[:3])
    assert (mixed[3:] != images[3:9]).flatten(1).any(1).all()
    with pytest.raises(ValueError, match="found 576 faces: 600 principal components"):
        factor_training.Blur(torch.from_numpy(few_faces.train), components=600)


def test_a_classifier_is_made_written_and_loaded(few_faces, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(factor_training, "open_faces", lambda count: few_faces)
    factor_training.main(["--faces", "576", "--epochs", "1", "--out", str(tmp_path)])
    printed = capsys.readouterr().out
    card = json.loads((tmp_path / "classifier.json").read_text())
    assert f"{card['accuracy']['sharp']['skin_tone']['accuracy']:.1%}" in printed
    model = factor_classifier.load(tmp_path)
    assert not model.training and list(model.heads) == [head.name for head in HEADS]
    again = factor_training.evaluate(
        model, to_unit_range(few_faces.held_out), Factors.from_array(few_faces.held_out_factors)
    )
    assert again == card["accuracy"]["sharp"]  # measured as written: half precision is in the card's numbers
    assert card["command"] == "python -m tools.factor_training --faces 576 --epochs 1"

    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"?")
    with pytest.raises(CheckpointError, match="not the file that its card describes"):
        factor_classifier.load(tmp_path)
    weights.unlink()
    with pytest.raises(CheckpointError, match=r"python -m tools.factor_training --out"):
        factor_classifier.load(tmp_path)


def test_too_little_to_learn_from_is_refused(few_faces, tmp_path, monkeypatch):
    fewer = replace(few_faces, train=few_faces.train[:100], factors=few_faces.factors[:100])
    monkeypatch.setattr(factor_training, "open_faces", lambda count: fewer)
    with pytest.raises(ValueError, match="found 100 faces"):
        factor_training.main(["--out", str(tmp_path)])
    with pytest.raises(ValueError, match="epochs is 0"):
        factor_training.main(["--epochs", "0", "--out", str(tmp_path)])


def test_evaluate_knows_a_perfect_and_a_guessing_reader(few_faces):
    factors = Factors.from_array(few_faces.held_out_factors)

    class Reader(FactorClassifier):
        def read(self, images, batch_size=256):
            labels = {name: head.labels(getattr(factors, name)) for name, head in self.heads.items()}
            if self.guess:
                labels = {name: column.mode().values.expand(len(column)) for name, column in labels.items()}
            return {n: torch.eye(len(self.heads[n].classes))[column] for n, column in labels.items()}

    reader, images = Reader(), to_unit_range(few_faces.held_out)
    reader.guess = False
    for name, row in factor_training.evaluate(reader, images, factors).items():
        assert row["accuracy"] == row["balanced"] == 1.0, name
        if "explained" in row:
            assert row["explained"] > 0.9  # what is left is the width of the classes
    reader.guess = True
    for row in factor_training.evaluate(reader, images, factors).values():
        assert row["accuracy"] == row["guessing"] < 1.0


SHIPPED = factor_classifier.FOLDER / factor_classifier.NAME


def test_the_shipped_classifier_reads_new_faces_as_its_card_says():
    model = factor_classifier.load()
    assert sum(path.stat().st_size for path in Path(SHIPPED).iterdir()) < 2e6
    n = 600
    factors, images = sample(n, seed=99, size=32)
    found = factor_training.evaluate(model, images, factors)
    for name, row in model.card["accuracy"]["sharp"].items():
        # Two samples of faces, the card's 2,400 and these: four standard errors of the difference of two shares.
        margin = 4 * np.sqrt(0.25 * (1 / n + 1 / model.card["data"]["held_out"]))
        assert abs(found[name]["accuracy"] - row["accuracy"]) < margin, name


def test_the_shipped_classifier_is_better_than_guessing():
    card = factor_classifier.load().card
    for view, rows in card["accuracy"].items():
        for name in ("hair_style", "glasses", "facial_hair", "yaw", "age", "skin_tone", "presentation"):
            assert rows[name]["accuracy"] > rows[name]["guessing"] + 0.02, (view, name)
