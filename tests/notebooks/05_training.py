"""What guards the prose of notebook 05: run in its kernel, after its last cell, at the quick scale."""

import numpy as np

from began_lib.models import Architecture, Discriminator, Generator
from began_lib.scores import diversity


def test_the_128x128_model_has_more_parameters_than_later_versions_say(page):
    a = Architecture(size=128, filters=128)
    both = sum(p.numel() for network in (Discriminator(a), Generator(a)) for p in network.parameters())
    assert both > 17.3e6


def test_the_short_run_makes_one_face_and_k_has_hardly_moved(page):
    assert diversity(page.trainer.samples()) < 0.05
    assert page.trainer.history["k"].max() < 0.02


def test_diversity_of_the_long_run_comes_late_and_after_k(page):
    at = {int(name.split()[1].replace(",", "")): row for name, row in page.rows.items()}
    column = "diversity of 64 samples"
    assert at[1000]["k"] < at[4000]["k"] < at[12000]["k"]
    assert at[1000][column] < 0.05 < 0.25 < at[4000][column]


def test_rates_are_so_many_times_the_papers(page):
    broken = page.changes["rate x 40"]["learning_rate"]
    assert broken == 40 * page.settings["learning_rate"]
    assert (round(broken / 1e-4), round(broken / 5e-5)) == (200, 400)
    assert (round(page.settings["learning_rate"] / 1e-4), round(page.settings["learning_rate"] / 5e-5)) == (5, 10)


def test_the_trainer_would_have_stopped_one_of_the_broken_runs(page):
    config = page.runs["k held at 1"].config
    assert config.steps < 2 * config.halving_window == 2000  # too short for its rule on windows
    beyond = {
        name: max(part.mean() for part in np.split(history["m_global"][:200], 4)) > 2
        for name, history in page.histories.items()
    }
    assert [name for name, is_beyond in beyond.items() if is_beyond] == ["k held at 1"]


def test_the_swings_of_k_harm_nothing_and_those_without_a_clamp_do(page):
    m_global = {name: history.tail_mean("m_global", 50) for name, history in page.histories.items()}
    assert m_global["λ_k x 100"] < 1.2 * m_global["as it should be"]
    assert m_global["k held at 1"] > 10 * m_global["as it should be"]
