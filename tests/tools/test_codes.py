"""Codes by D's encoder: errors of networks whose answers are known, and what is written."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from began_lib.machine.storage import read_object, write_json
from tools.experiments import codes

PIXELS = 12  # 3x2x2


def model_of(encoder, hidden: int = PIXELS):
    """A model whose G shows its code, a number to a pixel, and whose D answers with the image."""
    generator = torch.nn.Unflatten(1, (3, 2, 2))
    return SimpleNamespace(
        config=SimpleNamespace(architecture=SimpleNamespace(hidden=hidden, latent=PIXELS)),
        discriminator=SimpleNamespace(encoder=encoder),
        generator=generator,
        generate=generator,
        reconstruct=lambda images: images,
        step=7,
    )


EXACT, BLIND = model_of(torch.nn.Flatten()), model_of(lambda images: torch.zeros(len(images), PIXELS))


def test_an_encoder_that_turns_g_around_draws_the_photograph():
    images = torch.rand(4, 3, 2, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1
    row, drawn = codes.measured(EXACT, images)
    assert row["encoder"] == row["code"] == row["rebuilt_by_d"] == 0.0 and row["steps"] == 7
    assert row["search"] < 0.05 < row["any"]  # Adam's last steps at a rate that goes to 0
    torch.testing.assert_close(drawn["encoder"], images)


def test_an_encoder_that_says_0_to_all_draws_the_middle():
    images = torch.full((64, 3, 2, 2), 0.25)
    row, drawn = codes.measured(BLIND, images)
    assert row["encoder"] == pytest.approx(0.25) and not drawn["encoder"].any()
    assert row["code"] == pytest.approx(0.5, abs=0.04)  # mean |z| of 768 uniform numbers, 4 standard errors of 0.0104


def test_codes_of_another_width_are_refused():
    with pytest.raises(ValueError, match=r"h has 5 numbers and z 12: expected as many"):
        codes.encoded(model_of(torch.nn.Flatten(), hidden=5), torch.zeros(1, 3, 2, 2))


def test_what_was_measured_before_stays_and_the_encoder_has_a_path(tmp_path, monkeypatch):
    monkeypatch.setattr(codes.paths.along, "measures", lambda images: {"shape": list(images.shape)})  # no faces here
    path = tmp_path / "experiments.json"
    write_json(path, {"runs": {"control, seed 0": {"seed": 0}}, "codes": {"runs": {"old": {}}}})
    pictures = np.full((80, 3, 2, 2), 255, np.uint8)
    dataset = SimpleNamespace(held_out=pictures, train=np.zeros((5, 3, 2, 2), np.uint8))
    models = {("control", 0): BLIND, ("BEGAN-CS 0.1", 0): EXACT}
    codes.measure(models, dataset, path)
    written = read_object(path)
    assert list(written["codes"]["runs"]) == ["control, seed 0", "BEGAN-CS 0.1, seed 0"]
    path_of_it = written["codes"]["path"]
    assert path_of_it["shape"] == [4, 9, 3, 2, 2] and path_of_it["end_errors"] == [0.0] * 8, "of the one that pulls E"
    assert path_of_it["steps"] == 7 and (tmp_path / "experiments" / path_of_it["picture"]).exists()
    assert written["codes"]["images"] == 64 and written["codes"]["mean_photograph"] == 2.0, "white against black"
    assert written["runs"] == {"control, seed 0": {"seed": 0}} and (tmp_path / "experiments" / "codes.jpg").exists()


def test_runs_that_are_not_there_are_told_with_their_command(tmp_path, capsys):
    with pytest.raises(SystemExit):
        codes.main(["--runs", str(tmp_path)])
    assert (
        "control-s0 is no run: train it first, python -m tools.experiments --only control cs" in capsys.readouterr().err
    )
