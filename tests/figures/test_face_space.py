"""Figures of the face space: what they count, and that each is a picture with a text."""

import pytest
from matplotlib.figure import Figure

from began_lib.faces import FACTORS, sample_factors
from began_lib.figures import face_space


@pytest.mark.parametrize("name", ["yaw", "glasses", "facial_hair"])
def test_every_face_is_counted_once_and_the_table_adds_up(name):
    bins, expected, counts = face_space.table_and_counts(name, sample_factors(500, seed=3))
    assert counts.sum() == 500
    assert expected.sum() == pytest.approx(1)
    assert len(expected) == len(counts) == len(bins) - (not FACTORS[name].discrete)


def test_the_table_has_a_row_for_each_factor_and_topic():
    html = face_space.factor_table().data
    assert html.count("<tr>") == 1 + len(FACTORS) + len(face_space.TOPICS)


@pytest.mark.parametrize(("name", "title"), [("smile", "smile"), ("yaw", "yaw, degrees"), ("glasses", "glasses")])
def test_a_share_is_a_number_without_a_unit(name, title):
    axes = Figure().subplots()
    face_space._draw_sweep(axes, name, steps=2)
    assert axes.get_title() == title


def test_kinds_differ_in_their_marks_and_the_legend_has_them(monkeypatch):
    drawn = []
    monkeypatch.setattr(face_space, "show_figure", lambda figure, alt: drawn.append(figure))
    face_space.pages_without({"glasses": 0.2, "sunglasses": 0.03}, {"glasses": [0.4], "sunglasses": [0.9]}, [4])
    handles, names = drawn[0].axes[0].get_legend_handles_labels()
    assert names == ["glasses: 20.0%", "sunglasses: 3.0%"]
    assert [handle.get_marker() for handle in handles] == ["o", "s"]


def test_pages_without_a_kind_are_drawn_with_their_text():
    drawn = face_space.pages_without({"glasses": 0.2}, {"glasses": [0.4, 0.17]}, [4, 8])
    assert drawn.data.startswith(b"\x89PNG") and "sheets without" in drawn.metadata["alt"]
