"""The memory of a step, estimated: against a count of every tensor that a step makes, and where it is refused."""

import pytest
import torch

from began_lib.__main__ import main
from began_lib.models import Architecture
from began_lib.training import memory
from tools.bench.cost import footprint

SHAPES = {
    "small": (Architecture(size=16, filters=8, hidden=8, latent=8), 64),
    "paper": (Architecture(), 16),
    "later versions": (Architecture(size=64, filters=16, skip_connections=True, vanishing_residuals=True), 8),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("precision", "recompute"), [("fp32", False), ("bf16", False), ("fp32", True)])
def test_the_estimate_is_near_the_count(name, precision, recompute):
    """Within a fifth: gradients on their way back are taken as two of the largest scale's outputs."""
    shape, batch = SHAPES[name]
    counted = footprint(shape, batch, precision, recompute).peak
    assert memory.step_memory(shape, batch, precision, recompute) == pytest.approx(counted, rel=0.2)


def test_estimating_draws_no_random_number():
    torch.manual_seed(3)
    first = torch.rand(2)
    torch.manual_seed(3)
    memory.step_memory(SHAPES["small"][0], 4)
    assert torch.equal(torch.rand(2), first)


def test_a_step_that_no_machine_holds_is_refused_before_the_data(capsys, monkeypatch):
    monkeypatch.setattr("began_lib.data.open_dataset", lambda *a, **o: pytest.fail("packed before it refused"))
    line = "train --size 256 --filters 1024 --batch-size 100000 --device cpu --precision fp32"
    assert main(line.split()) == 2
    error = capsys.readouterr().err
    assert "a training step of 100000 images would take about" in error and " TB, and cpu has " in error
    assert "or train with --recompute" in error and error.count("\n") == 1


def test_a_container_may_have_less_than_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "CGROUP", tmp_path / "memory.max")
    whole = memory.memory_of(torch.device("cpu"))
    (tmp_path / "memory.max").write_text("1000000\n")
    assert memory.memory_of(torch.device("cpu")) == 1_000_000
    with pytest.raises(ValueError, match=r"and cpu has 1\.0 MB"):
        memory.require_memory(torch.device("cpu"), 16, memory.step_memory(Architecture(), 16))
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.memory_of(torch.device("cpu")) == whole
