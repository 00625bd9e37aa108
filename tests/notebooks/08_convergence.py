"""What the text of notebook 08 says of its runs and of the shipped ones."""

import numpy as np
import pytest
from scipy import stats

from began_lib import shipped
from began_lib.shipped.model import FOLDER
from began_lib.training.schedule import PlateauHalving


def test_m_global_is_nearly_all_loss_of_real_images(page):
    assert all(0.93 < row["share of L(x)"] < 0.97 for row in page.share.values()), "more than nine tenths"


def test_with_g_frozen_the_loss_of_real_images_falls_as_far(page):
    usual, frozen = page.falls["as usual"], page.falls["G frozen"]
    assert abs(usual["loss_real"] - frozen["loss_real"]) < 0.05
    assert 0.65 < frozen["m_global"] / usual["m_global"] < 0.75, "seven tenths"
    for history in page.arms["rate x 40"]:
        # 66 times at the least on two makes of processor, 500,000 at the most: an explosion has no size of its own.
        assert history["m_global"].max() > 30 * history["m_global"][:150].min(), "it leaves the scale"


def test_when_each_curve_moved(page):
    moved, come = page.moved, page.faces_come
    assert moved["M_global"][0] > 1 / 3 and abs(moved["diversity"][0]) < 0.1
    assert moved["diversity"][come] > 0.5 and moved["M_global"][come] < 0.07
    assert moved["M_global"][-1] > 0.05, "it went on falling"
    assert page.scores[-1][0].value > page.scores[-2][0].low, "and FID did not get better"
    m, spread = page.m["photographs"], page.spread["photographs"]
    assert abs(m[-1] / m[-2] - 1) < 0.02 and spread[1] < 0.3 * spread[-1] and (m[0] - m[1]) / (m[0] - m[-1]) > 0.5


def test_the_collapse(page):
    alarms, values = page.alarms, list(page.varied.values())
    assert 0.3 < page.cap < 0.4 and 0.15 < page.rise < 0.25, "by little more than a third, and it rose by a fifth"
    assert alarms["M_global"]["leaves its range after"] <= 50
    assert abs(alarms["ratio"]["at the end"] - 1) > 2 * page.rise
    assert alarms["L(x)"]["at the end"] < 1, "D rebuilds real images a little better"
    assert 1500 < page.back < 3000 and values[-1] < 0.15 * values[0]
    fid = [page.scored(*page.stations[since])[0].value for since in (0, 100)]
    assert fid[1] > 1.5 * fid[0], "FID shows it within 100 steps"
    before = page.m_mean[page.ends < page.began_at]
    assert before.max() > page.m_mean[page.ends > page.began_at].max(), "the healthy run had been there"


def test_no_shipped_run_collapsed_by_itself(page):
    names = [name for name in shipped.names(FOLDER) if name != page.name and "uncontrolled" not in name]
    for history in (shipped.load(name).history for name in names):
        assert history.tail_mean("loss_fake", 1000) / history.tail_mean("loss_real", 1000) > 0.25


def test_ways_to_take_the_trend_off_disagree(page):
    a, b, t = page.m["drawn faces"], page.quality["FID"], np.array(page.steps)
    left = [values - np.polyval(np.polyfit(t, values, 1), t) for values in (a, b)]
    line, changes = (stats.spearmanr(*pair).statistic for pair in (left, (np.diff(a), np.diff(b))))
    assert line > 0.5 and changes < 0


def test_a_collapse_that_came_by_itself_has_the_lower_m_global_all_along(page):
    healthy, collapsed = (
        [run["course"]["m_global"] for run in page.found["runs"].values() if run["name"] == name]
        for name in (page.paper, page.highest)
    )
    assert all(
        max(low) < min(high) for low, high in zip(zip(*collapsed, strict=True), zip(*healthy, strict=True), strict=True)
    )
    ends = {name: [row["m_global"] for row in rows] for name, rows in page.rates.items()}
    best = sorted(ends, key=lambda name: sum(ends[name]))[:2]
    assert set(best) == {"rate 5e-4", "rate 1e-3"}, "what M_global would choose"
    fid = {name: [row["fid"][0] for row in rows] for name, rows in page.rates.items()}
    assert all(min(fid[name]) > max(fid[page.paper]) for name in (*best, page.highest))
    k = {name: [row["k"] for row in rows] for name, rows in page.rates.items()}
    assert max(k[page.highest]) < min(k[page.paper])
    assert all(abs(row["ratio"] - 0.5) < 0.05 for row in page.rates[page.highest]), "the ratio is near gamma"
    held = {name: [row["held_out_loss"] for row in rows] for name, rows in page.rates.items()}
    assert max(held[page.highest]) < min(held[page.paper])
    assert max(row["diversity"] for row in page.rates[page.highest]) < 0.11
    m = {name: [row["m_global"] for row in rows] for name, rows in page.rates.items()}
    gaps = [a / b - 1 for name in best for a in m[page.highest] for b in m[name]]
    assert min(gaps) > 0.005 and max(gaps) < 0.045, "by one to four hundredths"
    floor = page.found["floors"]["lfw"]["photographs"]
    assert (round(floor["fid"][0]), round(floor["coverage"][0], 2)) == (5, 0.97)


def test_the_long_run_s_rate_falls_early_and_m_global_stalls_again_at_the_floor(page):
    course = page.long_run["course"]
    rates, falls = np.array(course["learning_rate"]), []
    for place in np.flatnonzero(np.diff(rates) < 0):
        falls.append((500 * (place + 1), round(float(rates[place + 1]), 6)))
    assert falls == [(20_000, 5e-5), (43_000, 2.5e-5), (49_000, 2e-5)]
    rule, stalls, rate = PlateauHalving(window=2), [], 1e-4  # means of 500 steps, two to a window of 1,000
    for place, mean in enumerate(course["m_global"], 1):
        best, waited = rule.best, rule.stalled
        rate = rule.update(mean, rate)
        if waited == rule.patience - 1 and rule.stalled == 0 and rule.best == best:
            stalls.append(500 * place)
    assert stalls[:4] == [20_000, 43_000, 49_000, 59_000] and rate == 2e-5


def test_in_the_long_run_s_first_rest_the_ratio_makes_up_for_d(page):
    rows = {row["steps"]: row for row in page.marks}
    before, rest, after, end = (rows[step] for step in (15_000, 20_000, 60_000, 200_000))
    assert abs(rest["m_global"] / before["m_global"] - 1) < 0.005, "it stood still"
    assert rest["loss_real"] < 0.99 * before["loss_real"]
    assert [round(row["ratio"], 2) for row in (before, rest)] == [0.51, 0.54]
    assert [round(before[it][0] - rest[it][0]) for it in ("averaged_fid", "fid")] == [11, 5]
    assert [round(row["averaged_coverage"][0], 2) for row in (rest, end)] == [0.23, 0.62]
    assert [round(row["averaged_fid"][0]) for row in (after, end)] == [40, 32]


def test_the_second_long_run_comes_to_the_same_with_a_rate_that_fell_later(page):
    course, rows = page.again["course"], {row["steps"]: row for row in page.over_seeds.marks_of(page.again)}
    falls = 500 * (np.flatnonzero(np.diff(course["learning_rate"]) < 0) + 1)
    assert falls.tolist() == [42_000, 52_000, 58_000] and course["learning_rate"][-1] == pytest.approx(2e-5)
    assert page.again["stopped"]["steps"] == max(rows) == 165_000 and len(rows) == 33
    first = {row["steps"]: row for row in page.marks}
    at_floor = [[round(run[60_000][it][0], 2) for it in ("averaged_fid", "averaged_coverage")] for run in (rows, first)]
    assert [[round(fid), cover] for fid, cover in at_floor] == [[37, 0.56], [40, 0.47]]
    late = [row for step, row in rows.items() if step >= 55_000]
    assert all(0.145 < row["averaged_sharpness"] < 0.156 for row in late) and round(late[-1]["averaged_fid"][0]) == 32
    assert all(abs(row["averaged_coverage"][0] - 0.61) < 0.011 for row in late if row["steps"] >= 80_000)
    photographs = page.found["floors"]["lfw"]["photographs"]
    assert min(row["diversity"] for row in rows.values()) > 0.25 * photographs["diversity"]
    m, fid, steps = (
        np.array([page.over_seeds.value(row, it) for row in rows.values()])
        for it in ("m_global", "averaged_fid", "steps")
    )
    assert page.rank(m, fid) > 0.97 and page.rank(-steps, fid) > 0.97
    assert abs(page.rank(np.diff(m[steps >= 50_000]), np.diff(fid[steps >= 50_000]))) < 0.3


def test_the_long_run_gets_no_sharper_after_a_quarter_and_covers_more(page):
    late = [row for row in page.marks if row["steps"] >= 50_000]
    assert {round(row["averaged_sharpness"], 2) for row in late} == {0.15}
    photographs = page.found["floors"]["lfw"]["photographs"]
    assert round(photographs["sharpness"], 2) == 0.23
    assert (round(photographs["fid"][0]), round(photographs["coverage"][0], 2)) == (5, 0.97)
    coverage = np.array([row["averaged_coverage"][0] for row in late])
    assert [round(it, 2) for it in (coverage[0], coverage[-1])] == [0.42, 0.62]
    assert (np.maximum.accumulate(coverage) - coverage).max() < 0.02
    assert late[-1]["averaged_precision"][0] > photographs["precision"][0] and late[-1]["averaged_recall"][0] < 0.02
    assert min(row["diversity"] for row in page.marks) > 0.25 * photographs["diversity"] and len(page.marks) == 40
    near = [row["steps"] for row in page.marks if abs(row["ratio"] - 0.5) < 0.05]
    assert near == list(range(15_000, 200_001, 5_000))
    swing = [row["fid"][0] - row["averaged_fid"][0] for row in page.marks]
    assert max(swing[:3]) < -7 and abs(np.mean(swing[9:])) < 1 and min(swing[3:]) < 0 < max(swing[3:])
    assert page.together > 0.99 and page.by_time > 0.99
