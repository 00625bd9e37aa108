"""What notebook 10 says is so: k follows γ, a preset is no failure, a collapse and a recovery look as they are told."""

import numpy as np
import pytest

from began_lib.lab.lab import GOOD


def test_the_panel_waits_for_a_browser(page):
    assert not page.panel.lab.running and page.panel.error is None
    assert page.panel.lab.preset_name in ("", *page.panel.lab.presets)
    assert {"good-run", "collapse", "recovery"} <= set(page.recording.names())


def test_k_follows_gamma_by_the_sum_of_the_pushes(page):
    assert page.change[0.95] > page.change[0.7] > page.change[0.3] and page.change[0.95] > 0 > page.change[0.3]
    for gamma, lab in page.labs.items():
        assert len(lab.recording.steps) == 600
        after = lab.recording.steps[400:420]
        pushes = lab.settings.lambda_k * (gamma * after[:, 0] - after[:, 1])
        # twenty roundings of float32 numbers below 1
        assert page.change[gamma] == pytest.approx(pushes.sum(), abs=1e-5)


def test_the_swinging_preset_moves_k_and_hardly_the_losses(page):
    assert page.swinging.subject.failures["λ_k too large: k swings"].lambda_k == 20 * page.labs[0.7].settings.lambda_k
    assert page.wild[:, 2].std() > 3 * page.calm[:, 2].std()
    assert abs(page.wild[:, 3].mean() / page.calm[:, 3].mean() - 1) < 0.2


def test_the_measure_jumps_with_gamma_alone(page):
    assert page.least > 0.001


def test_the_good_run(page):
    first, middle, last = page.spans.values()
    assert last["M_global"] < 0.7 * first["M_global"] and last["M_global"] > 0.9 * middle["M_global"]
    assert abs(last["L(G(z))"] / last["L(x)"] - 0.5) < 0.1
    k = page.good.steps[:, 2]
    assert k[:300].max() == pytest.approx(0.08, abs=0.015) and k[-1] == pytest.approx(0.25, abs=0.02)
    assert np.ptp(k[150:550]) < 0.03, "hesitates"
    variety = {int(step): value for step, value in page.good.variety()}
    assert variety[340] < 0.2 and variety[1020] > 0.5, "one face, then a face for each code"


def test_the_collapse(page):
    before, after = page.before, page.after
    assert after["M_global"] < 2 * before["M_global"] and after["k"] < 0.1 * before["k"]
    assert after["deviation of L(G(z))"] < 0.2 * before["deviation of L(G(z))"]
    assert [mark.step for mark in page.fallen.marks] == [800]
    assert page.variety[""] < 0.5 * page.variety["rate too high"]


def test_the_recovery(page):
    before, worst, end = page.moments.values()
    assert worst["M_global"] > 100 * before["M_global"] and end["M_global"] < 2 * before["M_global"]
    variety = page.saved.variety()
    of_the_data = [float(variety[variety[:, 0] <= step][-1, 1]) for step in (900, 3600)]
    assert of_the_data == pytest.approx([0.56, 0.36], abs=0.05), "healed in M_global alone"
    real, fake = (page.saved.steps[:, column] for column in (0, 1))
    ratios = [fake[part].mean() / real[part].mean() for part in (slice(700, 900), slice(-200, None))]
    assert ratios == pytest.approx([0.60, 0.68], abs=0.01)
    assert page.saved.marks[-1].step == 2200 and GOOD in page.saved.marks[-1].text
    losses = page.saved.steps[:, :2] / page.saved.steps[700:900, :2].mean(axis=0)
    assert losses[900:1150].max() > 200 and [mark.step for mark in page.saved.marks][:2] == [900, 1150], "hundreds"


def test_after_a_high_rate_m_global_comes_back_and_the_variety_does_not_as_exercise_4_says(page):
    ends = []
    for times in (1, 30, 100):
        lab = page.Lab("horseshoe (points in the plane)", seed=0)
        rate = lab.settings.learning_rate
        lab.step(400)
        lab.set("learning_rate", times * rate)
        lab.step(100)
        lab.set("learning_rate", rate)
        lab.step(600)
        lab.render()
        ends.append((lab.recording.steps[-50:, 3].mean(), lab.recording.varieties[-1][1]))
    (calm, varied), (back, fewer), (far, _) = ends
    assert back < 1.2 * calm and fewer < 0.6 * varied, "M_global is back, the variety is not"
    assert far > 5 * calm, "after 100 times the rate neither is"
