"""Notebook 03's figures and tables: what is drawn where, and numbers by hand."""

import io

import numpy as np
import pytest
import torch
from PIL import Image as Picture

from began_lib import plane
from began_lib.figures import objective


def random(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def runs() -> dict[str, plane.PlaneRun]:
    """Two short runs with two recorded moments each."""
    return {f"k = {k}": plane.train(plane.untrained(k=k, held=True), plane.horseshoe, 25, (0, 25)) for k in (0.0, 0.2)}


def is_shown(image, *words: str) -> bool:
    """Whether it is a picture with something on it, and its text for those who do not see it has the words."""
    pixels = np.asarray(Picture.open(io.BytesIO(image.data)).convert("L"))
    return pixels.std() > 5 and all(word in image.metadata["alt"] for word in words)


def test_every_figure_is_drawn(runs):
    real = plane.horseshoe(50, random())
    end = (plane.PlaneAutoEncoder(), torch.zeros(5, 2), [1.0, 2.0, 4.0])
    assert is_shown(objective.two_solutions({"a": end, "b": end}, real), "in (a)", "in (b)")
    assert is_shown(objective.landscapes(runs, real), "4 landscapes", "k = 0.0, k = 0.2")
    assert is_shown(objective.losses(runs, 0.7), "k = 0.0, k = 0.2")
    assert is_shown(objective.left_out_by_seed({"one": [0.2, 0.3], "other": [0.5, 0.7]}, 0.02), "one 0.25, other 0.60")
    assert is_shown(objective.two_widths(runs, real), "k = 0.0 and k = 0.2")


def test_the_table_of_ends_by_hand():
    heights = np.full((3, 3), 0.5, np.float32)
    heights[1, 1] = 2.0
    loss = np.full(300, 0.25)
    onto = [plane.horseshoe(1000, random(7)), torch.zeros(1, 2)]  # the points that distances are taken to; the origin
    runs = [
        plane.PlaneRun([plane.Moment(300, heights, points, 0.2)], loss, 2 * loss, np.full(300, 0.2)) for points in onto
    ]
    row = objective.ends_table({"way": runs}).loc["way"]
    # From the origin to the nearest of 1,000 points at 0.8 with noise 0.05: about three deviations less than 0.8.
    assert 0.30 < float(row["G to real"]) < 0.35 and float(row["left out"]) == pytest.approx(0.4, abs=0.01)
    assert float(row["worst"]) == pytest.approx(0.8, abs=0.01)
    assert row[["k, last 100 steps", "L(G(z)) / L(x)", "middle / curve"]].tolist() == ["0.20", "2.00", "8.00"]


def test_the_table_of_pairs_by_hand():
    missed = {"one": np.linspace(1.0, 2.0, 6), "other": np.linspace(1.0, 2.0, 6) - np.linspace(0.1, 0.2, 6)}
    row = objective.paired_table(missed, [("one", "other")]).iloc[0]
    # All six differences have one sign: p = 2 / 2^6.
    assert row.tolist() == ["one", "other", "6 of 6", "0.03"]
