"""Notebook 00's drawings and tables: what they show is what they were given."""

import io

import numpy as np
import pytest
from PIL import Image

from began_lib.figures import start
from began_lib.training.configuration import quick
from began_lib.training.history import STEP_COLUMNS, History


def a_history(steps: int, **columns: float) -> History:
    history = History()
    row = dict.fromkeys(STEP_COLUMNS, 0.0) | columns
    history.append(np.tile(np.array([*row.values()], np.float32), (steps, 1)))
    return history


def test_the_overview_says_which_network_each_gradient_trains():
    shown = start.overview()
    assert Image.open(io.BytesIO(shown.data)).width > 1500  # twice the page's resolution
    assert "back through D to the generator G" in shown.metadata["alt"]


@pytest.mark.parametrize("verdict", start.VERDICTS, ids=lambda verdict: verdict.where)
def test_each_verdict_names_pages_that_exist(verdict, repository):
    assert verdict.pages and all((repository / "notebooks" / f"{page}.py").exists() for page in verdict.pages)


def test_the_table_of_verdicts_has_a_row_for_each_with_its_links():
    lines = start.verdicts().data.splitlines()
    assert len(lines) == 2 + len(start.VERDICTS)
    assert all(line.count(" | ") == 2 for line in lines[2:])
    assert "[03](03_objective.ipynb), [04](04_equilibrium_control.ipynb)" in start.verdicts().data


def test_where_long_runs_ended():
    history = a_history(20, loss_real=0.2, loss_fake=0.1, k=0.3, m_global=0.25, gamma=0.5)
    (row,) = start.long_runs({"a": history}, last=10).to_dict("records")
    assert row == {
        "steps": "20",
        "γ": "0.5",
        "L(G(z)) / L(x)": "0.500",
        "k": "0.300",
        "M_global": "0.250",
        "L(x) / M_global": "80%",
    }


def test_settings_stand_beside_the_papers():
    told = start.settings(quick(lambda_k=0.25))["this run"].to_dict()
    assert told["λ_k"] == "0.25 (the paper: 0.001)"


def test_a_frozen_run_is_drawn_beside_the_trained_one():
    shown = start.frozen_figure(a_history(60, m_global=0.2), a_history(30, m_global=0.3), window=10)
    assert Image.open(io.BytesIO(shown.data)).size[0] > 0
    assert start.film(b"strip").metadata["alt"]
