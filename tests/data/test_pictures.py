"""Grids and figures."""

import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib.data.pixels import encode, save_picture, tile
from began_lib.figures import plots
from began_lib.training.history import STEP_COLUMNS, History


def test_tile_places_images_row_by_row_on_white() -> None:
    images = torch.stack([torch.full((3, 2, 2), value) for value in (-1.0, 0.0, 1.0)])
    picture = tile(images, columns=2, gap=1)
    assert picture.shape == (5, 5, 3)
    assert (picture[:2, :2] == 0).all() and (picture[:2, 3:] == 128).all() and (picture[3:, :2] == 255).all()
    assert (picture[2] == 255).all() and (picture[3:, 3:] == 255).all()  # the gap and the empty place


def test_tile_clips_greys_and_refuses() -> None:
    assert tile(torch.tensor([[[[7.0, 1.5], [-7.0, 1.0]]]])).tolist() == [[[255] * 3] * 2, [[0] * 3, [255] * 3]]
    with pytest.raises(ValueError, match=r"found \(2, 4, 8, 8\)"):
        tile(torch.zeros(2, 4, 8, 8))
    with pytest.raises(ValueError, match=r"found \(0, 3, 8, 8\)"):
        tile(torch.zeros(0, 3, 8, 8))
    with pytest.raises(ValueError, match="NaN"):
        tile(torch.full((1, 3, 2, 2), float("nan")))


def test_pictures_survive_their_files(tmp_path: Path) -> None:
    picture = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    save_picture(tmp_path / "a.png", picture, scale=2)
    read = np.asarray(Image.open(tmp_path / "a.png"))
    assert (read[::2, ::2] == picture).all() and read.shape == (8, 8, 3)
    assert Image.open(io.BytesIO(encode(picture))).format == "JPEG"
    with pytest.raises(ValueError, match=r"expected \.png or \.jpg"):
        save_picture(tmp_path / "a.gif", picture)
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_running_mean_by_hand() -> None:
    steps, means = plots.running_mean(np.float32([1, 2, 3, 6]), 2)
    assert steps.tolist() == [2, 3, 4] and means.tolist() == [1.5, 2.5, 4.5]
    assert plots.running_mean(np.float32([1, 3]), 50)[1].tolist() == [2.0]
    assert len(plots.running_mean(np.zeros(0, np.float32), 5)[1]) == 0
    with pytest.raises(ValueError, match="window is 0"):
        plots.running_mean(np.zeros(3, np.float32), 0)


def a_history(steps: int = 120) -> History:
    rows = np.random.default_rng(0).uniform(0.1, 0.9, (steps, len(STEP_COLUMNS))).astype(np.float32)
    history = History()
    history.append(rows)
    return history


def test_training_figure_shows_what_was_measured_with_labels() -> None:
    history = a_history()
    figure = plots.training_figure(history, window=10)
    assert [axes.get_ylabel() for axes in figure.axes] == ["mean |v − D(v)|", "k", "M_global"]
    assert [axes.get_xlabel() for axes in figure.axes] == ["step (means of 10)", "step", "step (means of 10)"]
    real, fake, target = figure.axes[0].lines
    np.testing.assert_allclose(real.get_ydata()[-1], history["loss_real"][-10:].mean(), rtol=1e-6)  # float32 means
    np.testing.assert_allclose(fake.get_ydata()[-1], history["loss_fake"][-10:].mean(), rtol=1e-6)
    expected = (history["gamma"] * history["loss_real"])[-10:].mean()
    np.testing.assert_allclose(target.get_ydata()[-1], expected, rtol=1e-6)
    np.testing.assert_array_equal(figure.axes[1].lines[0].get_ydata(), history["k"])


@pytest.mark.parametrize(("grids", "titles"), [([], []), ([torch.zeros(4, 3, 8, 8)], ["a", "b"])])
def test_grids_without_titles_are_refused(grids, titles) -> None:
    with pytest.raises(ValueError, match=f"found {len(grids)} grids and {len(titles)} titles"):
        plots.grids_figure(grids, titles)


def test_grids_figure_draws() -> None:
    figure = plots.grids_figure([torch.zeros(4, 3, 8, 8)] * 2, ["a", "b"])
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == ["a", "b"]
