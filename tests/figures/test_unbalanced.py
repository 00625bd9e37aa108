"""Notebook 09's drawings and tables: ratios by the moves of k, and every arm in its place."""

import io

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from began_lib.figures import unbalanced
from began_lib.training.history import STEP_COLUMNS, History
from tests.figures.test_start import a_history

LAMBDA_K, GAMMA = 0.01, 0.5


def controlled(steps: int = 40) -> History:
    """Losses that change, and the k that the controller makes of them without ever being clamped."""
    real = np.linspace(0.3, 0.2, steps)
    fake = np.linspace(0.1, 0.12, steps)
    k = 0.2 + np.cumsum(LAMBDA_K * (GAMMA * real - fake))
    columns = {"loss_real": real, "loss_fake": fake, "k": k, "gamma": np.full(steps, GAMMA)}
    history = History()
    rows = [columns.get(name, np.full(steps, 0.1)) for name in STEP_COLUMNS]
    history.append(np.stack(rows, axis=1).astype(np.float32))
    return history


def test_the_moves_of_k_give_the_ratio():
    told = unbalanced.balance({"run": controlled()}, 20, LAMBDA_K).loc["run"]
    assert told["ratio"] == told["ratio by the moves of k"]  # three decimals, of float32
    assert told["k inside (0, 1)"] == "100%"


@pytest.mark.parametrize("last", [0, 40, 41])
def test_the_moves_of_k_need_a_step_before_them(last):
    with pytest.raises(ValueError, match=f"run: last is {last} of 40 steps"):
        unbalanced.balance({"run": controlled()}, last, LAMBDA_K)


def test_where_k_was_clamped_its_moves_give_no_ratio():
    told = unbalanced.balance({"run": a_history(30, loss_real=0.2, loss_fake=0.02, gamma=GAMMA)}, 20, LAMBDA_K)
    assert told.loc["run", "ratio by the moves of k"] == "-"
    assert told.loc["run", "ratio"] == "0.100"


def test_the_first_pair_is_the_measure_of_the_others():
    told = unbalanced.sizes({"a": (32, 32), "b": (32, 4)}, size=16, filters=8)
    assert list(told["D, share"]) == ["100%", "100%"]
    assert told.loc["a", "G, share"] == "100%" and told.loc["b", "G, share"] != "100%"


@pytest.mark.parametrize("names", [("balanced", "starved D, k = 0"), ("balanced",)])
def test_courses_and_grids_are_drawn(names):
    runs = dict.fromkeys(names, controlled())
    pictures = dict.fromkeys(names, torch.zeros(16, 3, 16, 16))
    for shown in (unbalanced.courses(runs, 10, GAMMA), unbalanced.grids(pictures)):
        assert Image.open(io.BytesIO(shown.data)).width > 1500  # twice the page's resolution
        assert names[-1] in shown.metadata["alt"]


def test_every_arm_has_its_dots():
    rows = [
        {"pair": pair, "arm": arm, "ratio": 0.5, "diversity": 0.1}
        for pair in unbalanced.COLOURS
        for arm in unbalanced.LINES
    ]
    shown = unbalanced.arms(pd.DataFrame(rows), GAMMA)
    assert Image.open(io.BytesIO(shown.data)).format == "PNG"
