"""What the text of notebook 01 says of its runs."""

import numpy as np
import torch
from scipy import stats

from began_lib.machine.storage import REPOSITORY, read_object

SEEDS = (0, 1, 2)


def test_real_losses_are_skewed_alike_and_squared_ones_about_twice(page):
    real = [page.reports[f"L(x), η = 1, seed {seed}"] for seed in SEEDS]
    assert all(0.3 < f.skewness < 0.6 and f.skewness_interval[0] > 0.15 for f in real)
    squared = page.reports["L(x), η = 2, seed 0"].skewness
    assert 1.6 < squared / np.mean([f.skewness for f in real]) < 2.6


def test_generated_losses_differ_between_seeds(page):
    generated = [page.reports[f"L(G(z)), η = 1, seed {seed}"].skewness for seed in SEEDS]
    real = np.mean([page.reports[f"L(x), η = 1, seed {seed}"].skewness for seed in SEEDS])
    assert 0.7 < generated[0] / real < 1.2 and max(generated[1:]) < 0.6 * real


def test_distances_are_a_tenth_to_a_fifth_of_a_deviation(page):
    assert all(0.05 < f.distance < 0.25 for f in page.reports.values())
    assert all(f.distance > page.floor for name, f in page.reports.items() if "L(x)" in name)


def test_p_of_normal_numbers_stays_and_the_skewness_settles(page):
    assert (np.abs(page.bands["p of normal numbers"][:, 1] - 0.5) < 0.2).all()  # 200 samples: 0.035, four times
    assert np.ptp(page.bands["skewness of losses"][4:, 1]) < 0.1 * page.skewness
    assert page.p[-1] < 1e-6


def test_a_thousand_pixels_do_the_work_of_some_tens(page):
    assert all(12 < law.effective < 45 for law in page.law.values())
    for seed in SEEDS:
        e = page.pixels[f"L(x), η = 1, seed {seed}"]
        few = stats.skew(e, axis=None) / page.law[f"L(x), η = 1, seed {seed}"].effective ** 0.5
        assert 0.7 < few / page.reports[f"L(x), η = 1, seed {seed}"].skewness < 1.5


def test_finer_pictures_have_little_more(page):
    found = [page.central_limit.pixel_variance(e).effective for e in page.at_side.values()]
    assert found == sorted(found) and 2 < found[-1] / found[0] < 3
    near = [page.central_limit.correlation_by_distance(e)[1] for e in page.at_side.values()]
    reach = [int(np.argmax(correlation < 0.2)) for correlation in near]  # pixels
    assert reach == sorted(reach) and reach[-1] >= 4 * reach[0]
    assert all((correlation[: len(e[0])] > 0).all() for correlation, e in zip(near, page.at_side.values(), strict=True))


def test_hard_images_are_hard_for_all(page):
    assert all(row["correlation"] > 0.3 for row in page.alike.values())
    assert min(page.alike[name]["correlation"] for name in page.alike if "the D of" in name) > 0.9


def test_a_second_kind_of_images_halves_the_effective_number(page):
    pale = torch.arange(len(page.real))[:, None, None, None] % 2 == 1
    e = page.pixel_losses(*page.runs[0], torch.where(pale, page.real / 3, page.real))
    one = page.law["L(x), η = 1, seed 0"].effective
    assert 0.35 < page.central_limit.pixel_variance(e).effective / one < 0.6
    further = page.normality.examine(e.mean((1, 2))).distance / page.reports["L(x), η = 1, seed 0"].distance
    assert 2.4 < further < 3.6


def test_other_tests_agree_and_logarithms_are_nearer_to_normal(page):
    for name, f in page.reports.items():
        if "L(x)" in name:
            assert max(f.p_dagostino, f.p_anderson_darling, f.p_lilliefors) < 0.05
            assert abs(stats.skew(np.log(page.losses[name]))) < 0.5 * f.skewness


def low_high(page, row):
    """The interval of a skewness in the table of longer runs."""
    return [float(end) for end in page.longer[row]["95 %"].split(" to ")]


def test_longer_runs(page):
    for row, found in page.longer.items():
        if "L(x)" in row:
            assert low_high(page, row)[0] > 0.1 and 15 < found["N_eff"] < 40
    for model in ("lfw-32", "faces-32"):
        low, high = low_high(page, f"{model}, step 20,000: L(G(z))")
        assert low < 0 < high
    assert low_high(page, "lfw-32, step 3,000: L(G(z))")[1] < 0
    assert low_high(page, "lfw-32, step 6,000: L(G(z))")[0] > 0
    assert low_high(page, "faces-32-collapse, step 6,300: L(G(z))")[0] > 0
    last = max(row for row in page.longer if row.startswith("lfw-64") and "G(z)" in row)
    assert low_high(page, last)[0] > 0 and 180 < page.longer[last]["N_eff"] < 220
    assert format(page.longer["lfw-32, step 20,000: L(G(z))"]["N_eff"], ".0f") == "23"
    row = read_object(REPOSITORY / "docs" / "results.json")["section-3.1-lfw"]["finding"]
    told = " ".join(check["found"] for check in (*row["checks"], *row["further"]))
    assert "lfw-64, generated: +0.17" in told and "lfw-32, generated: -0.19" in told
    assert "1,024 vary like 19<br>lfw-64: 4,096 vary like 19" in told, "both have 19"
