"""The yardstick is the textbook's step, and the benchmark says what it measured. No time is asserted."""

import json
from pathlib import Path

import pytest
import torch

from began_lib import bench
from began_lib.__main__ import main
from began_lib.equilibrium import reconstruction_loss
from began_lib.models import Architecture
from began_lib.textbook import TextbookStep, textbook_networks

SMALL = Architecture(size=16, filters=4, hidden=6, latent=5)


def test_the_textbook_step_is_the_papers() -> None:
    torch.manual_seed(0)
    d, g = textbook_networks(SMALL)
    textbook = TextbookStep(d, g, SMALL.latent, gamma=0.5, rate=1e-3)
    x = torch.rand(4, 3, 16, 16) * 2 - 1
    expected = reconstruction_loss(x, d(x)).mean().item()
    before = [p.detach().clone() for p in (*d.parameters(), *g.parameters())]
    real, fake = textbook.step(x)
    assert real == pytest.approx(expected, rel=1e-5)  # float32, another order of additions
    assert textbook.k == pytest.approx(min(max(0.001 * (0.5 * real - fake), 0.0), 1.0))
    after = [*d.parameters(), *g.parameters()]
    assert all(not torch.equal(a, b) for a, b in zip(after, before, strict=True))


def test_step_flops_by_hand() -> None:
    """One scale less and one layer less would both change it: 3 (2 d + g), less the first layers' input gradients."""
    tables = [bench.layer_table(network(SMALL)) for network in (bench.Discriminator, bench.Generator)]
    d, g = (table.multiply_adds for table in tables)
    saved = 3 * 9 * 4 * 16 * 16 + 5 * 4 * 64  # the first convolution on x; the fully connected layer on z
    assert bench.step_flops(SMALL, 1) == 2 * (3 * (2 * d + g) - saved)


def test_bench_reports_every_case(capsys: pytest.CaptureFixture[str]) -> None:
    result = bench.run("cpu", batch_size=2, seconds=0.05, cases=[(16, 4)])
    printed = capsys.readouterr().out
    steps = [case["step"] for case in result["cases"]]
    assert steps[:2] == ["textbook", "ours fp32"]
    assert result["cases"][0]["ratio"] == 1.0
    for case in result["cases"]:
        assert case["steps_per_second"] > 0 and case["step"] in printed
    for case in result["cases"][1:]:
        assert 0 < case["of_ceiling"] < 1.5  # of a ceiling measured in the same run; above it only by noise
        assert case["flops_per_second"] == pytest.approx(
            case["steps_per_second"] * bench.step_flops(Architecture(size=16, filters=4), 2)
        )


def test_bench_writes_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "run", lambda device, batch, seconds: {"device": device, "batch_size": batch})
    assert main(["bench", "--device", "cpu", "--batch-size", "3", "--json", str(tmp_path / "bench.json")]) == 0
    assert json.loads((tmp_path / "bench.json").read_text()) == {"device": "cpu", "batch_size": 3}


def test_bench_renders_faces(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "FACES", 3)
    monkeypatch.setattr(bench, "FACE_SIZES", (16, 17))
    assert main(["bench", "--faces", "--device", "cpu", "--seconds", "0"]) == 0
    heading, *rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert heading == ["size", "faces/s"]
    assert [int(size) for size, _ in rows] == [16, 17] and all(int(rate) > 0 for _, rate in rows)
