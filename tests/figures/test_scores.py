"""Figures of scores: what stands where, and that each is a picture with a text."""

from types import SimpleNamespace

import pytest

from began_lib.figures import scores as figures


def measured(value: float, half: float = 0.1) -> SimpleNamespace:
    return SimpleNamespace(value=value, low=value - half, high=value + half)


@pytest.fixture
def drawn(monkeypatch) -> list:
    """The figures that were shown, as matplotlib has them."""
    kept, show = [], figures.show_figure
    monkeypatch.setattr(figures, "show_figure", lambda figure, alt: kept.append(figure) or show(figure, alt))
    return kept


def test_fid_falls_along_1_over_n_through_its_last_value(drawn):
    image = figures.floors([10, 100], [measured(5.0), measured(0.6)], [measured(0.0), measured(-0.1)])
    fid, kid = drawn[0].axes
    curve = next(line for line in fid.lines if line.get_label().startswith("1/N"))
    assert curve.get_ydata().tolist() == pytest.approx([6.0, 0.6])
    assert not any(str(line.get_label()).startswith("1/N") for line in kid.lines)
    assert "1/N" in image.metadata["alt"]


def test_a_cell_has_its_value_and_is_bold_beyond_the_limit(drawn):
    scores = {"none": {"FID": measured(17.2)}, "blur": {"FID": measured(2072.4)}, "noise": {"FID": measured(18.0)}}
    changes = {"none": {"FID": 0.0}, "blur": {"FID": 9.0}, "noise": {"FID": 2.0}}
    figures.reactions(scores, changes, limit=2.5)
    cells = {text.get_text(): text for text in drawn[0].axes[0].texts}
    assert {name: text.get_weight() for name, text in cells.items()} == {
        "17.2": "normal",
        "2,072": "bold",
        "18": "normal",
    }
    assert cells["2,072"].get_color() == "white" and cells["18"].get_color() == "black"


def test_sets_stand_one_below_the_other_with_the_real_level_across(drawn):
    rows = {"real": measured(2.0), "γ = 0.5": measured(30.0, 3.0), "noise": measured(900.0, 50.0)}
    image = figures.between({"FID": rows, "recall": rows}, logarithmic=("FID",))
    fid, recall = drawn[0].axes
    assert (fid.get_xscale(), recall.get_xscale()) == ("log", "linear")
    assert recall.get_xlim()[0] <= 0
    assert [label.get_text() for label in fid.get_yticklabels()] == list(rows)
    assert fid.get_ylim()[0] > fid.get_ylim()[1]  # the first on top
    assert any(list(line.get_xdata()) == [2.0, 2.0] for line in fid.lines)
    assert "noise" in image.metadata["alt"]


def test_one_score_alone_is_drawn(drawn):
    figures.between({"FID": {"real": measured(2.0), "noise": measured(900.0)}})
    assert [axes.get_title() for axes in drawn[0].axes] == ["FID"]
