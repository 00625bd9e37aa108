"""What `check` prints to a reader, and where it raises."""

import numpy as np
import pytest
import torch

from began_lib.notebook import check


@pytest.mark.parametrize("true", [True, np.bool_(True), torch.tensor(True)])
def test_a_claim_that_holds_gets_a_tick(true, capsys):
    check(true, "k stays below 1", largest=0.25)
    assert capsys.readouterr().out == "✓ k stays below 1 (largest 0.25)\n"


@pytest.mark.parametrize("false", [False, np.bool_(False), torch.tensor(False), float("nan"), np.float32("nan")])
def test_a_claim_that_a_reader_broke_stops_nothing(false, capsys, monkeypatch):
    monkeypatch.delenv("BEGAN_CHECKS", raising=False)
    check(false, "k stays below 1")
    assert capsys.readouterr().out == "✗ not with your settings: k stays below 1\n"


def test_where_the_suite_is_tested_it_raises(monkeypatch):
    monkeypatch.setenv("BEGAN_CHECKS", "raise")
    with pytest.raises(AssertionError, match=r"k stays below 1 \(largest 1\)"):
        check(False, "k stays below 1", largest=1.0)
