"""Pictures in a notebook's output are of the kind they say, of the size they should be, and carry their text."""

import io

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from PIL import Image

from began_lib.figures.display import show_figure, show_grid, with_palette


def opened(shown) -> Image.Image:
    return Image.open(io.BytesIO(shown.data))


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_a_figure_becomes_a_picture_with_its_text(kind):
    figure = Figure(figsize=(2, 1), dpi=50)
    figure.subplots().plot([0, 1])
    shown = show_figure(figure, "A rising line", kind=kind)
    assert opened(shown).format == kind.upper()
    aspect = opened(shown).width / opened(shown).height
    assert aspect == pytest.approx(2.0, abs=0.05)  # whole pixels
    assert shown.metadata == {"alt": "A rising line"}


def test_a_grid_becomes_a_jpeg_of_its_size():
    images = torch.linspace(-1, 1, 6).view(6, 1, 1, 1).expand(6, 3, 16, 16)
    shown = show_grid(images, "Six greys", columns=3, scale=2)
    picture = opened(shown)
    assert (picture.format, picture.size) == ("JPEG", (2 * (3 * 16 + 2 * 2), 2 * (2 * 16 + 2)))
    assert shown.metadata == {"alt": "Six greys"}
    middles = np.asarray(picture.convert("L"))[[16, 52]][:, [16, 52, 88]].ravel()
    assert np.allclose(middles, [0, 51, 102, 153, 204, 255], atol=3)  # what JPEG loses in a flat area


def test_a_palette_changes_little_and_takes_less():
    figure = Figure(figsize=(6, 3))
    axes = figure.subplots()
    for n in range(6):
        axes.plot([0, 1, 2], [n, 3 - n, n], label=f"line {n}")
    axes.contourf([[0, 1], [2, 3]], levels=12, cmap="Greys")
    axes.legend()
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200)
    small = with_palette(buffer.getvalue())
    before, after = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int) for png in (buffer.getvalue(), small)
    )
    assert len(small) < 0.6 * len(buffer.getvalue())
    error = abs(before - after)
    assert error.mean() < 0.5 and error.max() <= 24  # of 255 levels; the most at single pixels of edges
    assert ((before == 255).all(-1) == (after == 255).all(-1)).mean() > 0.99  # paper stays white


def test_a_picture_that_a_palette_would_change_keeps_all_its_colours():
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.imshow(np.add.outer(np.linspace(-1, 1, 90), np.linspace(-0.3, 0.3, 120)), cmap="RdBu_r")
    axes.imshow(np.random.default_rng(0).random((40, 120, 3)), extent=(0, 120, 90, 130))
    axes.set_ylim(130, 0)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200)
    assert with_palette(buffer.getvalue()) == buffer.getvalue()
