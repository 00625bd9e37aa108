"""The README's Python runs as it stands."""

import re

import pytest
import torch

from began_lib.data import open_dataset
from began_lib.data.pixels import to_unit_range

BLOCKS = 2


@pytest.fixture(scope="module")
def blocks(repository) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", (repository / "README.md").read_text(), re.MULTILINE | re.DOTALL)


def test_a_shipped_model_is_shown(blocks):
    names: dict = {}
    exec(blocks[0], names)
    assert len(blocks) == BLOCKS and names["model"].generate(16, seed=0).shape == (16, 3, 64, 64)


def test_a_loss_of_ones_own_is_trained_and_measured(blocks):
    torch.manual_seed(0)
    names: dict = {}
    exec(blocks[1].replace("range(100)", "range(3)"), names)
    began, run = names["began"], names["run"]
    assert len(run.history) == 3
    v = to_unit_range(torch.as_tensor(open_dataset("faces", size=32).train[:4]))
    squared = (v - began.reconstruct(v)).square().flatten(1).mean(1)
    torch.testing.assert_close(began.losses(v), squared)
