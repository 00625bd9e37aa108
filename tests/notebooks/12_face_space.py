"""What notebook 12 says is so: the table is complete, frequencies follow it, light comes from its side."""

import numpy as np
import torch
from scipy import stats

from began_lib.faces import FACTORS, sample


def test_the_table_has_every_factor_once(page):
    assert [name for names in page.figures.topics().values() for name in names] == list(FACTORS)


def test_a_face_is_the_same_in_whichever_batch_it_is_drawn(page):
    again = sample(3, seed=2017, size=64, start=40)[1]
    # the batch changes the rounding of the last digits at most
    assert torch.allclose(again, page.images[40:43], atol=1e-5)
    assert page.images.min() >= -1 and page.images.max() <= 1


def test_light_comes_from_its_side(page):
    left, right = (page.lit_faces[..., place].mean(dim=(1, 2, 3)) for place in (slice(32, 64), slice(64, 96)))
    assert left[0] > right[0] and left[-1] < right[-1]
    first, last = page.balls[0], page.balls[-1]
    assert first[:, :64].mean() > first[:, 64:].mean() and last[:, :64].mean() < last[:, 64:].mean()


def test_glasses_touch_little_and_a_turn_most(page):
    touched = dict(zip(page.moved, page.touched, strict=True))
    assert min(touched, key=touched.get) == "glasses" and max(touched, key=touched.get) == "yaw"
    assert touched["glasses"] < 0.25 < touched["yaw"]


def test_drawn_shares_are_those_of_the_table(page):
    for kind, (share, seen) in page.kinds.items():
        between = stats.binomtest(int(seen.sum()), page.N).proportion_ci(0.99, method="wilson")
        assert between.low < share < between.high, kind


def test_a_page_of_64_settles_glasses_and_not_sunglasses(page):
    assert page.needed["glasses of either kind"] < 64 < page.needed["sunglasses"] < page.needed["turned over 50°"]


def test_the_formula_counts_pages(page):
    for kind, share in page.shares.items():
        for n, none in zip(page.sizes, page.none[kind], strict=True):
            expected, pages = (1 - share) ** n, page.N // n
            # four standard deviations of a share among so many pages, and of none at all
            assert abs(none - expected) < 4 * np.sqrt(expected * (1 - expected) / pages) + 4 / pages, (kind, n)


def test_at_64_fewer_sheets_without_sunglasses_are_counted_than_one_in_ten(page):
    assert abs((1 - page.shares["sunglasses"]) ** 64 - 0.1) < 0.005
    assert page.none["sunglasses"][page.sizes.index(64)] < 0.07


def test_the_judge_sees_faces_and_misses_turned_ones(page):
    assert page.found["rendered"]["share"] > 0.75 and page.found["blocks shuffled"]["share"] < 0.1
    assert page.rates[0] > page.rates[-1]


def test_no_impossible_level_is_drawn(page):
    for name, row in FACTORS.items():
        if row.discrete:
            counts = np.bincount(getattr(page.drawn, name).numpy(), minlength=len(row.levels))
            assert counts[row.distribution.shares() == 0].sum() == 0
