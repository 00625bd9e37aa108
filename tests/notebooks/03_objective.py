"""What guards the prose of notebook 03: run in its kernel, after its last cell, at the quick scale."""

import numpy as np


def test_at_k_0_the_generated_loss_ends_below_its_target(page):
    run = page.runs["k = 0"]
    assert run.loss_fake[-200:].mean() < page.gamma * run.loss_real[-200:].mean()


def test_at_k_1_both_losses_end_far_above_where_they_began(page):
    run = page.runs["k = 1"]
    for losses in (run.loss_real, run.loss_fake):
        assert losses[-200:].mean() > 3 * losses[0]  # 3.8 and more on two makes of processor


def test_in_solution_a_the_points_are_still_going(page):
    far = page.solutions["a"][2]
    assert far[-1] > 1.1 * far[-50] > 10 * page.plane.RADIUS


def test_the_controllers_runs_differ_most(page):
    spread = {name: values.std() for name, values in page.missed.items()}
    assert spread["h = 1, controller"] > 1.3 * spread["h = 1, k = 0.2"]


def test_with_two_numbers_in_h_the_points_lie_on_the_curve_and_k_is_off(page):
    for way in page.ways:
        drawn = [run.moments[-1].generated for run in page.many[f"h = 2, {way}"]]
        assert np.mean([page.plane.distances(page.plane.horseshoe, y)[0] for y in drawn]) < 0.05
    runs = page.many["h = 2, controller"]
    assert np.median([run.k[-100:].mean() for run in runs]) < 0.01
    ratios = [run.loss_fake[-200:].mean() / run.loss_real[-200:].mean() for run in runs]
    assert np.mean(ratios) > page.gamma


def test_the_valley_stands_out_for_either_h(page):
    for hidden in (1, 2):
        rows = page.figures.ends_table({"way": page.many[f"h = {hidden}, k = 0.2"]})
        assert float(rows.loc["way", "middle / curve"]) > 2


def test_sixteen_seeds_give_the_mean_to_about_a_tenth(page):
    for values in page.missed.values():
        low, high = page.stats.ttest_1samp(values, 0).confidence_interval()
        assert (high - low) / 2 < 0.12


def test_the_fixed_k_is_near_where_the_controller_takes_it(page):
    assert 0.05 < np.mean([run.k[-100:].mean() for run in page.many["h = 1, controller"]]) < 0.4


def test_equation_four_is_met_by_a_point_that_leaves_out_nearly_everything(page):
    assert page.plane.distances(page.plane.horseshoe, page.alone)[1] > 0.5


def test_the_ratio_of_single_batches_is_all_over_the_place(page):
    assert page.high > 2 * page.low
