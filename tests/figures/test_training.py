"""Notebook 05's drawings and tables: of every size of network and of every run they are given."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from began_lib.figures import training
from began_lib.models import Architecture, Discriminator, Generator
from tests.figures.test_start import a_history


def drawn(shown) -> Image.Image:
    assert shown.metadata["alt"]
    return Image.open(io.BytesIO(shown.data))


@pytest.mark.parametrize("size", [16, 64, 256])
def test_networks_of_any_size_are_drawn(size):
    shown = training.networks(Architecture(size=size))
    assert drawn(shown).width > 1500  # twice the page's resolution
    assert f"{size}x{size}" in shown.metadata["alt"]


def test_the_step_names_all_three_factors():
    shown = training.step()
    assert drawn(shown).width > 1500
    assert "times −k" in shown.metadata["alt"]


def test_sizes_count_what_the_networks_have():
    a = Architecture(size=32, filters=8, hidden=12, latent=5)
    row = training.sizes([a]).iloc[0]
    for column, network in (("D, M parameters", Discriminator(a)), ("G, M parameters", Generator(a))):
        assert row[column] == f"{sum(p.numel() for p in network.parameters()) / 1e6:.2f}"
    assert row["numbers in v for one in h"] == "256"


def test_broken_runs_are_drawn_and_told():
    runs = {"good": a_history(40, m_global=0.1, loss_real=0.1), "bad, very": a_history(40, m_global=90.0, k=-1.0)}
    assert drawn(training.breaks(runs)).width > 1500
    assert training.breaks_table(runs).loc["bad, very"].to_dict() == {
        "L(x)": "0",
        "L(G(z))": "0",
        "k": "-1",
        "M_global": "90",
    }
    for names in (runs, ["good"]):
        pictures = dict.fromkeys(names, torch.zeros(20, 3, 16, 16))
        assert drawn(training.samples_of(pictures)).format == "JPEG"


def test_a_halved_rate_is_drawn():
    assert drawn(training.halving(np.linspace(1, 0.1, 20), [1e-4, 5e-5], floor=2e-5)).format == "PNG"
