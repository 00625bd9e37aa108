"""What guards the prose of notebook 04: run in its kernel, after its last cell, at the quick scale."""

import numpy as np


def test_the_numbers_in_the_text_are_those_of_the_code(page):
    assert page.config.lambda_k == 50 * 0.001 and page.config.batch_size == 16
    assert page.raised == 0.05 and tuple(page.moved) == (0.05, 0.2)
    assert all(pairs.shape == (2, 40) for pairs in page.fall.values())


def test_droop_is_that_of_exercise_1(page):
    for K in (2, 8):
        assert np.isclose(page.last[f"k = {K} e (proportional)"], 0.03 / (1 + 0.6 * K), rtol=1e-3)


def test_k_was_clamped_at_the_start_only(page):
    k = page.trainings[0].history["k"]
    assert (k[10:150] <= 0).any() and (k[150:] > 0).all()


def test_one_fit_runs_into_its_bound_and_predicts_as_well(page):
    lags = {seed: fit.lag for seed, fit in page.fits.items()}
    assert max(lags, key=lags.get) == 2 and lags[2] > 300
    for steps in page.good.values():
        assert steps[2] > 0.7 * np.median(steps)


def test_predictions_last_two_to_three_times_as_long_as_those_without_a_response(page):
    for key, steps in page.good.items():
        assert 1.9 < np.median(steps) / np.median(page.without[key]) < 3.5


def test_the_papers_gain_is_slow(page):
    assert page.networks.at(0.001).time_constant > 1000


def test_k_meets_both_ends_in_the_plane_at_a_gain_of_1(page):
    k = page.curves["plane, λ_k = 1"]
    assert (k <= 0).any() and (k >= 1).any()
    assert (k <= 0).mean() > (page.curves["plane, λ_k = 0.05"] <= 0).mean()
    assert (page.curves["images, λ_k = 1"] <= 0).any()


def test_the_noise_of_a_batch_is_a_minor_part(page):
    assert page.noise**2 < 0.5 * page.e.std() ** 2


def test_a_larger_gain_keeps_the_balance_and_has_the_lower_fid(page):
    slow, papers, fast = (page.at_end[name] for name in page.three)
    assert all(abs(row["ratio"] - 0.5) < 0.01 for row in fast) and max(row["ratio"] for row in slow) < 0.31
    fid = [[row["fid"][0] for row in rows] for rows in (slow, papers, fast)]
    assert max(fid[2]) < min(fid[1]) and min(fid[0]) > 1.5 * max(fid[1])
    assert all(min(row["ratio"] for row in slow) < row["ratio"] < 0.47 for row in papers), "between"
