"""What guards the prose of notebook 13: run in its kernel, after its last cell, at the quick scale."""

import numpy as np


def test_dcgan_ends_near_a_half_on_real_points(page):
    place = page.at(page.views[1], page.real)
    assert page.views[1].system == "dcgan" and abs(np.nanmean(place) - 0.5) < 0.1


def test_a_valley_stays_where_d_rebuilds(page):
    """ "An energy remembers": on the curve lower than in the empty middle, in two."""
    for view in page.views:
        if view.system in ("began", "ebgan"):
            assert page.middle[view.system] > 1.5 * np.nanmean(page.at(view, page.real)), view.system


def test_pixelcnn_draws_the_horseshoe_best(page):
    """Its bits tell the curve from the middle by more than any landscape's spread."""
    view = page.views[-1]
    assert view.system == "pixelcnn"
    assert page.middle["pixelcnn"] - np.nanmean(page.at(view, page.real)) > 1.0


def test_gs_points_leave_out_less_under_a_probability_than_under_began(page):
    left_out = {v.system: page.plane.distances(page.plane.horseshoe, v.generated)[1] for v in page.views}
    assert left_out["dcgan"] < left_out["began"]


def test_all_three_live_runs_see_as_many_images(page):
    seen = {name: trainer.steps_done * trainer.config.batch_size for name, trainer in page.live.items()}
    assert set(seen.values()) == {page.seen}


def test_began_in_sixteen_filters_is_the_only_one_with_searched_settings(page):
    assert "began, n = 16" in page.seeds


def test_both_budgets_are_shown_for_the_same_entrants(page):
    names = [set(page.figures.by_name(page.found, mark)) for mark in page.budgets]
    assert names[0] == names[1] and len(names[0]) == 14


def test_the_step_number_is_near_minus_one_with_fid(page):
    """ "near -1": in the median run."""
    ranks = [run["rank_correlation"]["step"] for run in page.found["progress"].values()]
    assert np.median(ranks) < -0.7


def test_pixelcnn_has_no_path_and_ali_has_its_encoder(page):
    assert "pixelcnn" not in page.between and page.trained.read_card("ali")["ends"] == "encoder"


def test_began_is_blurred(page):
    """ "The price is … blur"."""
    for mark in page.budgets:
        rows = page.figures.by_name(page.found, mark)["began"]
        photographs = page.found["floors"]["photographs"]["sharpness"]
        assert np.mean([row["sharpness"] for row in rows]) / photographs < 0.6


def test_the_pulling_away_term_adds_as_much_again(page):
    end = {name: values[-1] for name, values in page.course.items()}
    margin = end["ebgan-figure-1, no PT"]
    assert end["ebgan-figure-1"] - margin > margin - end["began"] > 0
