"""The figures of notebook 02: their texts have the numbers of what was drawn."""

import numpy as np

from began_lib.figures import wasserstein as figures

STEPS = np.arange(0, 50, 10)


def alt(image) -> str:
    return image.metadata["alt"]


def test_distances_end_where_they_do():
    terms = np.linspace(0.04, 0.01, 5), np.full(5, 0.03), np.zeros(5)
    image = figures.distances(STEPS, {0.5: terms, 1.0: terms}, dict.fromkeys((0.5, 1.0), np.full(5, 0.01)))
    assert image.data.startswith(b"\x89PNG")
    assert "γ = 1.0: W 0.200 in the end, means alone down to 0.1000" in alt(image)


def test_the_ratio_shoots_up_where_the_means_meet():
    rng = np.random.default_rng(0)
    shape = rng.normal(size=(5, 100))
    shape = (shape - shape.mean(1, keepdims=True)) / shape.std(1, keepdims=True)
    far, near = 1 + 0.2 * shape, 1 + 0.1 * shape
    gaps = np.array([-0.5, -0.25, 0.01, 0.25, 0.5])
    apart, crossing = np.stack([far, near - 0.5]), np.stack([far, near + gaps[:, None]])
    text = alt(figures.ratio_along(STEPS, {0.5: apart, 1.0: crossing}))
    assert "γ = 0.5: median 0.04, largest 0.04" in text  # ((0.2 - 0.1) / 0.5)^2
    assert "γ = 1.0: median 0.16, largest 1e+02" in text  # (0.1 / 0.25)^2, (0.1 / 0.01)^2


def test_the_pole_takes_any_number_of_runs():
    points = {gamma: (np.array([gamma]), np.array([0.1])) for gamma in (0.3, 0.4, 0.5, 0.6, 0.7)}
    assert "0.1 for γ = 0.7" in alt(figures.pole(points, 0.2, 0.05))
