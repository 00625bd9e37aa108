"""The one line that chooses a page's scale."""

import matplotlib
import pytest
import torch

from began_lib.notebook import start


def test_the_line_on_the_page_chooses_unless_the_environment_does(monkeypatch):
    monkeypatch.delenv("BEGAN_PROFILE", raising=False)
    assert start("paper") == "paper"
    monkeypatch.setenv("BEGAN_PROFILE", "quick")
    assert start("paper") == "quick"


def test_another_scale_is_refused(monkeypatch):
    monkeypatch.delenv("BEGAN_PROFILE", raising=False)
    with pytest.raises(ValueError, match="'large': expected one of quick, paper"):
        start("large")


def test_it_sets_threads_and_look():
    before = torch.get_num_threads()
    matplotlib.rcdefaults()
    plain = matplotlib.rcParams["axes.spines.top"]
    try:
        start(threads=1)
        assert torch.get_num_threads() == 1
        assert matplotlib.rcParams["axes.spines.top"] != plain
    finally:
        torch.set_num_threads(before)
