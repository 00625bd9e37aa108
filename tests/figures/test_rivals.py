"""Notebook 13's figures and tables: what is drawn of what, and numbers by hand."""

import io

import numpy as np
import pytest
import torch
from PIL import Image as Picture

from began_lib import plane
from began_lib.data.pixels import encode, tile
from began_lib.figures import rivals as figures
from began_lib.rivals.plane import View
from tests.figures.test_objective import is_shown

LINE = np.linspace(0.0, 1.0, 21, dtype=np.float32)
HEIGHTS = np.add.outer(LINE, LINE)


def row(fid: float, **changes: object) -> dict:
    """What is measured of one system at one budget."""
    scores = {"fid": [fid, fid - 1, fid + 1], "precision": [0.5, 0.4, 0.6], "coverage": [0.3, 0.2, 0.4]}
    plain = {"face_rate": 0.9, "diversity": 0.4, "sharpness": 0.1, "nearest_training_image": 0.2}
    cost = {"parameters": 1000, "steps": 10, "images_seen": 640, "seconds": 20.0}
    return {**scores, **plain, **cost, **changes}


FOUND = {
    "memory": {name: {"before": 500, "peak": 700} for name in ("began", "dcgan")},
    "floors": {"photographs": row(4.0), "held out": row(6.0)},
    "runs": {
        f"{name}, seed {seed}": {"name": name, "seed": seed, "marks": {"images": row(fid + seed), "seconds": row(fid)}}
        for name, fid in (("began", 52.0), ("dcgan", 41.0))
        for seed in (0, 1)
    },
}

RUN = {
    "own": "m_global",
    "steps": [1, 2, 3],
    "fid": [9.0, 5.0, 4.0],
    "measures": {"m_global": [0.3, 0.2, 0.2]},
    "rank_correlation": {"m_global": 0.87},
}


def test_a_landscape_is_drawn_for_each_view_in_greys_of_its_own():
    outside = np.where(HEIGHTS > 1.8, np.nan, HEIGHTS)
    points = plane.horseshoe(20, torch.Generator().manual_seed(0))
    views = [View("dcgan", "D(v)", True, HEIGHTS, points), View("pixelcnn", "bits", False, outside, points)]
    views.append(View("flat", "nothing", True, np.zeros_like(HEIGHTS), points))
    assert is_shown(figures.landscapes(views, points), "3 landscapes", "dcgan (D(v))", "pixelcnn (bits)")


def test_dark_is_where_d_takes_a_point_for_a_generated_one():
    """The upper right corner is high: dark for an energy, light for a probability."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    greys = []
    for real_is_high in (True, False):
        figure = Figure(figsize=(3, 3))
        axes = figure.subplots()
        figures._draw_view(figure, axes, View("it", "says", real_is_high, HEIGHTS, torch.zeros(0, 2)))
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        x, y = axes.transData.transform((1.2, 1.2)).astype(int)
        greys.append(int(np.asarray(canvas.buffer_rgba())[-y, x, 0]))
    assert greys[0] > 200 > 80 > greys[1]


def test_grids_paths_and_scatter_are_drawn():
    images = torch.rand(8, 3, 16, 16, generator=torch.Generator().manual_seed(0)) * 2 - 1
    pictures = dict.fromkeys(("began", "dcgan"), encode(tile(images, columns=4)))
    image = figures.grids(pictures, "160,000 images")
    assert is_shown(image, "began, dcgan", "after 160,000 images")
    assert Picture.open(io.BytesIO(image.data)).format == "JPEG"
    assert is_shown(figures.paths({"began": images.view(2, 4, 3, 16, 16)}, pairs=2), "by began")
    assert is_shown(figures.scatter(FOUND, "images"), "diversity over precision", "photographs, held out, began, dcgan")


def test_tables_by_hand():
    scores = figures.budget_table(FOUND, "images")
    assert scores.index.tolist() == ["photographs", "held out", "began", "dcgan"]
    assert scores["FID"].tolist() == ["4", "6", "52 to 53", "41 to 42"] and scores.loc["dcgan", "face rate"] == "90%"
    cost = figures.cost_table(FOUND, "seconds")
    assert cost.loc["began"].tolist() == ["1,000", "10", "640", "20", "0.5", "32", "700"]


def test_a_system_has_one_name():
    found = [figures.entrant(folder) for folder in ("began", "began-16", "ebgan-figure-1")]
    assert found == ["began", "began, n = 16", "ebgan-figure-1"]


def test_no_legend_lies_on_a_landscape_or_on_a_curve(monkeypatch):
    drawn = []
    monkeypatch.setattr(figures, "show_figure", lambda figure, alt, **kind: drawn.append(figure))
    points = plane.horseshoe(20, torch.Generator().manual_seed(0))
    figures.landscapes([View("dcgan", "D(v)", True, HEIGHTS, points)], points)
    figures.progress({"began, seed 0": RUN})
    for figure in drawn:
        assert len(figure.legends) == 1 and not any(axes.get_legend() for axes in figure.axes)
    axes = drawn[1].axes[0]
    assert axes.get_title() == "began, seed 0\nM_global: 0.87"
    assert [text.get_text() for text in axes.get_yticklabels()] == ["4", "9"]  # of FID


def test_progress_is_drawn_with_its_correlation():
    still = {**RUN, "measures": {"m_global": [0.1] * len(RUN["fid"])}, "rank_correlation": {"m_global": None}}
    assert is_shown(figures.progress({"began, seed 0": RUN, "wgan": still}), "began, seed 0 0.87; wgan none")
    assert figures._scaled([2.0, 4.0, 3.0]).tolist() == [0.0, 1.0, 0.5]


def test_a_value_is_read_without_its_interval():
    assert figures.value(row(7.0), "fid") == 7.0 and figures.value(row(7.0), "face_rate") == pytest.approx(0.9)


def test_a_place_is_by_the_distance_from_held_out_photographs():
    places = figures.standing(FOUND, "images")
    assert places.loc["FID"].tolist() == ["4", "52", "2 of 2", "dcgan", "42"]  # 52.5 and 41.5, rounded to even
    assert places.loc["precision"].tolist()[2:] == ["2 of 2", "2 alike", "0.50"]


def test_an_order_by_eye_is_set_against_a_measure():
    assert figures.agreement(FOUND, "images", ["dcgan", "began"], "fid") == pytest.approx(-1)
    assert figures.budget_table(FOUND, "images", only=("dcgan",)).index.tolist() == ["photographs", "held out", "dcgan"]
    with pytest.raises(ValueError, match="no system 'gan': expected some of began, dcgan"):
        figures.agreement(FOUND, "images", ["gan", "began", "dcgan"], "diversity")


def test_scores_stand_side_by_side_after_as_many_images_and_a_run_that_ended_just_before_counts():
    def row(images, score):
        return {"images_seen": images, "is": [score, score - 1, score + 1]}

    began = [
        {"name": "began", "marks": {"a": row(100, 2.0) | {"averaged_is": [3.0, 2, 4]}, "b": row(1000, 4.0)}},
        {"name": "began", "marks": {"a": row(100, 2.5), "b": row(992, 4.9), "c": row(995, 5.0)}},
    ]
    found = {
        "floor": {"is": [9.0, 8, 10]},
        "runs": dict(enumerate([*began, {"name": "ali", "marks": {"a": row(100, 1.0), "c": row(980, 7.0)}}])),
    }
    assert [r["is"][0] for r in figures.at_images(found, 1000)["began"]] == [4.0, 5.0]
    assert "ali" not in figures.at_images(found, 1000), "2 % fewer"
    shown = figures.over_images(found, "is", ".1f", (100, 1000))
    assert list(shown.columns) == ["100 images", "1,000 images"]
    assert shown.loc["began"].tolist() == ["2.0 and 2.5", "4.0 and 5.0"]
    assert shown.loc["began, averaged G"].tolist() == ["3.0", "-"]
    assert shown.loc["ali"].tolist() == ["1.0", "-"] and set(shown.loc["other photographs"]) == {"9.0"}
