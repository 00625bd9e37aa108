"""The panel's benchmark runs and its ratios are of the figures that it prints."""

import pytest

from tools.bench import lab


def test_figures_belong_together(capsys):
    assert lab.main(["ring (points in the plane)", "--seconds", "0.3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ring (points in the plane)"
    figures = {line[2:36].strip(): float(line[36:]) for line in lines[1:]}
    assert figures["ratio, wall"] == pytest.approx(figures["panel steps/s"] / figures["bare steps/s"], abs=0.02)
    assert all(value > 0 for value in figures.values())


def test_unknown_data_is_named():
    with pytest.raises(ValueError, match="no data 'cats'"):
        lab.measure("cats")
