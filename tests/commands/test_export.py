"""`export`: ONNX that gives PyTorch's pictures, and a page that the hub can read."""

import sys

import numpy as np
import pytest
import yaml
from PIL import Image

from began_lib import shipped
from began_lib.__main__ import main
from began_lib.commands import export
from began_lib.models import sample_z


def test_onnx_gives_the_pictures_of_pytorch_for_any_number_of_codes(run, tmp_path, capsys):
    for name in ("onnx", "onnxscript"):
        pytest.importorskip(name, reason="needs the extra `export`")
    onnxruntime = pytest.importorskip("onnxruntime", reason="needs the extra `export`")
    out = tmp_path / "g.onnx"
    assert main(["export", str(run), "--format", "onnx", "--out", str(out)]) == 0
    assert "largest difference from PyTorch" in capsys.readouterr().out
    session, model = onnxruntime.InferenceSession(str(out)), shipped.load(run)
    for count in (1, 7):
        codes = sample_z(count, 8)
        (images,) = session.run(["images"], {"z": codes.numpy()})
        assert np.abs(images - model.generate(codes).numpy()).max() < 1e-5  # two orders of adding up, in float32


def test_pictures_that_differ_are_not_written(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(export, "generator_as_onnx", lambda model: b"")
    monkeypatch.setattr(export, "onnx_difference", lambda content, model: float("nan"))
    assert main(["export", str(run), "--format", "onnx", "--out", str(tmp_path / "g.onnx")]) == 2
    assert "nothing was written" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_what_is_missing_is_named_with_the_command_that_brings_it(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["export", str(run), "--format", "onnx", "--out", str(tmp_path / "g.onnx")]) == 2
    error = capsys.readouterr().err.strip()
    assert "needs onnx and onnxscript and onnxruntime" in error and "[export]" in error and "\n" not in error


def page(model: str, path) -> tuple[dict, str]:
    assert main(["export", model, "--format", "card", "--out", str(path)]) == 0
    _, front, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return yaml.safe_load(front), body


def test_the_card_is_a_page_of_the_hub(tmp_path):
    front, body = page("lfw-32", tmp_path / "README.md")
    assert front == {
        "license": "other",  # its pictures are other people's
        "license_name": "terms-of-the-training-pictures",
        "library_name": "began_lib",
        "pipeline_tag": "unconditional-image-generation",
        "tags": ["began", "gan", "image-generation", "arxiv:1703.10717"],
    }
    card = shipped.read_card("lfw-32")
    for fact in (card["command"], card["data"]["source"], card["data"]["licence"], card["data"]["sha256"]):
        assert fact in body
    history = shipped.load("lfw-32").history
    assert f"M_global {history.tail_mean('m_global', 1000):.4f}" in body
    assert "![samples]" not in body
    assert page("faces-32", tmp_path / "README.md")[0]["license"] == "mit"


def test_a_runs_card_has_its_command_and_shows_samples_that_lie_beside_it(run, tmp_path):
    Image.new("RGB", (2, 2)).save(tmp_path / "step-00000002.png")
    _, body = page(str(run), tmp_path / "README.md")
    assert "python -m began_lib train --data faces --size 16" in body
    assert "![samples](step-00000002.png)" in body
    assert "(64, 3, 16, 16)" in body or "(64, 1, 16, 16)" in body
