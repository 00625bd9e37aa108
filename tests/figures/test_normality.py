"""The figures of notebook 01: what their texts say is what was given, and odd data is drawn too."""

import numpy as np
import pytest

from began_lib.figures import normality as figures


def alt(image) -> str:
    return image.metadata["alt"]


def test_a_look_names_the_skewness_of_each():
    rng = np.random.default_rng(0)
    image = figures.look({"L(x)": rng.gamma(4.0, size=300), "L(G(z))": np.linspace(-1, 1, 300)})
    assert image.data.startswith(b"\x89PNG")
    assert "L(G(z)) 0.00" in alt(image) or "L(G(z)) -0.00" in alt(image)  # symmetric


def test_p_against_n_tells_where_p_begins_and_ends():
    falling = np.repeat([[0.5], [1e-3]], 3, axis=1)
    bands = {"p of losses": falling, "p of normal numbers": falling, "skewness of losses": np.full((2, 3), 0.4)}
    assert "from 0.5 with 20 images to 0.001 with 300" in alt(figures.p_against_n((20, 300), bands))


@pytest.mark.parametrize("smallest", [0.0, 1e-300])
def test_p_may_be_too_small_for_the_axis(smallest):
    bands = dict.fromkeys(("p of losses", "p of normal numbers", "skewness of losses"), np.full((2, 3), smallest))
    assert figures.p_against_n((20, 300), bands).data


def test_resolutions_count_what_is_independent():
    rng = np.random.default_rng(1)
    squares = rng.normal(size=(2000, 4, 4))  # 16 independent numbers, seen by 16 and by 64 pixels
    losses = {4: squares, 8: squares.repeat(2, axis=1).repeat(2, axis=2)}
    image = figures.resolutions(losses, {4: (15.0, 17.0), 8: (17.0, 18.0)})  # an interval need not hold the value
    assert "16 for 16 pixels, 16 for 64 pixels" in alt(image)
