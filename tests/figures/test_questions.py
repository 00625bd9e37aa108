"""Notebook 14's tables and pictures: which arms are apart from the control, by hand."""

import numpy as np
import pytest

from began_lib.data.pixels import save_picture
from began_lib.figures import questions as figures
from tests.figures.test_objective import is_shown


def rows_of(*fid: float) -> list[dict]:
    """A row for each seed; the average of G is better by 10."""
    return [
        {"steps": 9, "fid": [it, it - 1, it + 1], "averaged_fid": [it - 10, it - 11, it - 9], "k": 0.05} for it in fid
    ]


ARMS = {"control": rows_of(50, 52, 51), "noise": rows_of(55, 56), "VAE": rows_of(47, 44), "h = 16": rows_of(20)}


@pytest.mark.parametrize(
    ("values", "expected"), [((54.1, 60), 1), ((54, 60), 0), ((51, 60), 0), ((47.9, 40), -1), ((48, 40), 0)]
)
def test_apart_is_beyond_by_more_than_the_control_s_range(values, expected):
    assert figures.apart(values, (50, 52, 51)) == expected


def test_of_averages_puts_the_average_s_measures_in_place_of_g_s_own():
    averages = figures.of_averages(ARMS)
    assert [row["fid"][0] for row in averages["VAE"]] == [37, 34] and averages["VAE"][0]["k"] == 0.05
    assert ARMS["VAE"][0]["fid"][0] == 47, "the rows that were given stay"


def test_an_arrow_where_both_seeds_are_apart_and_none_for_one_seed():
    table = figures.compared(ARMS, ("fid", "k"))
    assert list(table["FID"]) == ["50 to 52", "55 to 56 ↑", "44 to 47 ↓", "20"]
    assert list(figures.compared(ARMS, ("fid",), control=None)["FID"]) == ["50 to 52", "55 to 56", "44 to 47", "20"]
    assert list(table["k"]) == ["0.050"] * 4 and list(table["seeds"]) == ["3", "2", "2", "1"]


@pytest.mark.parametrize(
    ("averaged", "step", "ending"), [(True, None, "-averaged"), (False, None, ""), (False, 20_000, "-at-20000")]
)
def test_faces_are_drawn_for_each_seed(tmp_path, averaged, step, ending):
    stored = np.random.default_rng(0).integers(0, 255, (66, 270, 3), dtype=np.uint8)
    for name in ("control-s0", "control-s1", "h-16-s0"):
        save_picture(tmp_path / f"{name}{ending}.jpg", stored)
    shown = figures.faces(tmp_path, {"control": (0, 1), "h = 16": (0,)}, averaged, step)
    assert is_shown(shown, "control, seed 0; control, seed 1; h = 16, seed 0")


def test_faces_of_one_run_are_drawn_step_by_step(tmp_path, monkeypatch):
    for ending, level in (("-at-5000", 60), ("", 200)):
        save_picture(tmp_path / f"long-s0{ending}-averaged.jpg", np.full((66, 270, 3), level, np.uint8))
    drawn = []
    monkeypatch.setattr(figures, "show_figure", lambda figure, alt, kind: drawn.append((figure, alt)))
    figures.faces_along(tmp_path, "long", (5000,), end=20_000)
    figure, alt = drawn[0]
    assert alt == "Rows of faces of long, seed 0, one code z to a column, after 5,000, 20,000 steps."
    rows = {axes.get_ylabel(): round(float(axes.images[0].get_array().mean())) for axes in figure.axes}
    assert rows == {"5,000 steps": 60, "20,000 steps": 200}


def test_each_row_of_a_stored_picture_has_its_name(tmp_path):
    save_picture(tmp_path / "codes.jpg", np.random.default_rng(0).integers(0, 255, (134, 270, 3), dtype=np.uint8))
    shown = figures.rows_of(tmp_path / "codes.jpg", ["by E", "by a search"])
    assert is_shown(shown, "one image to a column: by E; by a search")
