"""Notebook 04's figures and its table of fits."""

import io

import numpy as np
import pytest
from PIL import Image as Picture

from began_lib.control import LinearLoop
from began_lib.figures import control
from began_lib.training.history import STEP_COLUMNS, History

FITS = {0: LinearLoop(0.6, 8.0, 0.05), 1: LinearLoop(0.9, 20.0, 0.05)}
JUMPS = {0: 0.03, 1: 0.03}


def curve(model: LinearLoop, lambda_k: float, parts_at: int, steps: int = 60) -> np.ndarray:
    """What a model predicts of k, until it parts from it."""
    moved = model.at(lambda_k).step_response(steps, 0.03)[1].copy()
    moved[parts_at:] += moved.max()
    return moved


MOVED = {
    lambda_k: {seed: curve(model, lambda_k, parts_at + seed) for seed, model in FITS.items()}
    for lambda_k, parts_at in ((0.05, 40), (0.2, 20))
}


@pytest.fixture(scope="module")
def history() -> History:
    """Sixty steps of a training in which nothing moves but k."""
    history = History()
    rows = np.full((60, len(STEP_COLUMNS)), 0.5, np.float32)
    rows[:, STEP_COLUMNS.index("k")] = np.linspace(0, 1, 60)
    history.append(rows)
    return history


def is_shown(image, *words: str) -> bool:
    """Whether it is a picture with something on it, and its text for those who do not see it has the words."""
    pixels = np.asarray(Picture.open(io.BytesIO(image.data)).convert("L"))
    return pixels.std() > 5 and all(word in image.metadata["alt"] for word in words)


def test_every_figure_is_drawn(history):
    error = np.cos(np.arange(60) / 5)
    assert is_shown(control.after_a_jump({"k += λ_k e": error, "k = 2 e": error + 1}), "proportional")
    assert is_shown(control.start(history, error), "from its start")
    assert is_shown(control.open_loop(dict.fromkeys(FITS, np.ones((2, 40))), FITS, 0.05), "2 trainings")
    assert is_shown(control.closed_loop(MOVED, FITS, JUMPS), "2 trainings under 2 values")
    assert is_shown(control.five_speeds(FITS[0], (0.001, 0.05, 1.0), 0.03), "3 values")
    assert is_shown(control.trailing(history, error, window=10), "long run")
    assert is_shown(
        control.ends({"one": np.linspace(0, 1, 20), "two": np.zeros(20)}),
        "k in 2 runs. one: at 0 in 5% and at 1 in 5% of the steps, 1.00 at the end; two: at 0 in 100%",
    )


def test_curves_of_the_panel_are_shown_as_they_are():
    image = control.curves(b"a JPEG")
    assert image.data == b"a JPEG" and "dotted" in image.metadata["alt"]


def test_the_table_of_fits():
    shown = control.fits_table(FITS, MOVED, JUMPS)
    assert shown.loc["seed 0"].tolist()[:4] == ["0.60", "8.0", "0.071", "0.049"]
    assert shown.loc["range", "gain"] == "0.60 to 0.90" and shown.loc["range", "lag"] == "8.0 to 20.0"
    for lambda_k, parts_at in ((0.05, 40), (0.2, 20)):
        cells = shown[f"good for, λ_k = {lambda_k:g}"]
        for seed, measured in MOVED[lambda_k].items():
            deaf = np.flatnonzero(abs(measured - lambda_k * 0.03 * np.arange(60)) > 0.2 * measured.max())[0]
            assert cells[f"seed {seed}"] == f"{parts_at + seed} ({deaf})"
        assert cells["range"].startswith(f"{parts_at} to {parts_at + 1} (")
    shorter = {lambda_k: {seed: k[:30] for seed, k in curves.items()} for lambda_k, curves in MOVED.items()}
    to_the_end = control.fits_table(FITS, shorter, JUMPS)["good for, λ_k = 0.05"]
    assert all(cell.startswith("≥ 30 (") for cell in to_the_end.drop("range"))
