"""The linear model of section 3.4's loop: closed forms against direct simulation, and what it is fitted to."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from began_lib.control import LinearLoop, agreement, identify, lag_response
from began_lib.equilibrium import Controller

loops = st.builds(LinearLoop, gain=st.floats(0.05, 3.0), lag=st.floats(0.5, 50.0), lambda_k=st.floats(1e-3, 0.3))


def simulate(loop: LinearLoop, steps: int, r: float = 0.0, y: float = 0.0, kappa: float = 0.0) -> np.ndarray:
    """The two recursions of the module's docstring, in plain Python: (steps, 2) of y and kappa."""
    rows = []
    for _ in range(steps):
        rows.append((y, kappa))
        y, kappa = y + (1 - math.exp(-1 / loop.lag)) * (loop.gain * kappa - y), kappa + loop.lambda_k * (r - y)
    return np.array(rows)


@given(loop=loops)
def test_poles_are_the_eigenvalues_of_a_step(loop):
    found = np.sort_complex(np.linalg.eigvals(loop.matrix))
    # A double root is only good to the square root of the machine's precision, 1.5e-8.
    np.testing.assert_allclose(np.sort_complex(loop.poles), found, atol=1e-6)
    assert loop.stable == (np.abs(found).max() < 1)


@given(loop=loops)
def test_model_is_the_recursion(loop):
    y, kappa = simulate(loop, 60, r=0.02).T
    balance, moved = loop.step_response(60, 0.02)
    # 60 additions in another order; an unstable loop grows, hence the relative part.
    np.testing.assert_allclose(balance, 0.02 - y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(moved, kappa, rtol=1e-9, atol=1e-12)


def test_time_constant_is_measured_in_a_simulation_without_swings():
    loop = LinearLoop(gain=0.5, lag=5.0, lambda_k=0.005)
    assert not loop.oscillates
    y = simulate(loop, 1200, r=1.0)[:, 0]
    late = np.log(1.0 - y[600:1200:100])  # the fast motion is over: one exponential is left
    assert -100 / np.diff(late).mean() == pytest.approx(loop.time_constant, rel=1e-6)
    # For a lag that is short against it, the time constant comes to 1 / (lambda_k gain).
    assert loop.at(1e-5).time_constant == pytest.approx(1 / (1e-5 * 0.5), rel=1e-3)


def test_period_and_envelope_are_measured_in_a_simulation_with_swings():
    loop = LinearLoop(gain=0.5, lag=10.0, lambda_k=0.5)
    assert loop.oscillates and loop.stable
    error = 1.0 - simulate(loop, 400, r=1.0)[:, 0]
    down = np.flatnonzero((error[:-1] > 0) & (error[1:] <= 0))
    exact = down + error[down] / (error[down] - error[down + 1])  # between two steps
    # A sampled sine's crossings, joined by straight lines, are off by less than a tenth of a step.
    assert np.diff(exact).mean() == pytest.approx(loop.period, abs=0.1)
    peaks = [np.abs(error[a:b]).max() for a, b in pairwise(down)]
    rate = -np.polyfit(exact[: len(peaks)], np.log(peaks), 1)[0]
    assert 1 / rate == pytest.approx(loop.time_constant, rel=0.05)  # peaks fall between the steps


@pytest.mark.parametrize("lag", [2.0, 20.0])
def test_limit_of_stability_is_one_over_the_gain_whatever_the_lag(lag):
    loop = LinearLoop(gain=4.0, lag=lag, lambda_k=0.1)
    for share, grows in ((0.97, False), (1.03, True)):
        y = simulate(loop.at(share * loop.limit), 6000, r=1.0)[:, 0]
        early, late = np.abs(y[:500] - 1).max(), np.abs(y[-500:] - 1).max()
        assert (late > early) == grows
        assert loop.at(share * loop.limit).stable != grows
    assert loop.at(1.03 * loop.limit).time_constant == math.inf
    assert loop.at(1.03 * loop.limit).damping < 0


def test_swings_begin_at_the_critical_gain():
    loop = LinearLoop(gain=0.6, lag=6.0, lambda_k=0.05)
    for share, swings in ((0.9, False), (1.5, True)):
        other = loop.at(share * loop.critical)
        overshoot = other.step_response(2000, 0.6)[1].max() - 1.0
        assert (overshoot > 1e-6) == swings == other.oscillates
    assert loop.at(loop.critical).damping == pytest.approx(1.0)
    smooth = LinearLoop(gain=0.6, lag=500.0, lambda_k=0.05)  # a step is short against its lag: continuous time
    assert smooth.at(4 * smooth.critical).damping == pytest.approx(0.5, abs=0.005)
    assert loop.at(0.9 * loop.critical).period == math.inf
    assert loop.at(math.nextafter(loop.critical, 1.0)).period > 1000  # or infinite, where the angle rounds to 0


def test_clamped_response_stays_in_the_interval_and_does_not_wind_up():
    loop = LinearLoop(gain=0.1, lag=5.0, lambda_k=0.2)
    _, moved = loop.step_response(800, 0.2, start=0.3)  # would need k = 2.3
    assert moved.max() == pytest.approx(0.7) and moved.min() >= 0.0
    free = loop.step_response(800, 0.2)[1]
    assert free.max() > 1.9
    inside, clamped = loop.step_response(300, 0.001), loop.step_response(300, 0.001, start=0.5)
    np.testing.assert_array_equal(inside, clamped)  # a small move never meets the ends


def test_model_moves_k_as_the_controller_does():
    loop = LinearLoop(gain=0.5, lag=5.0, lambda_k=0.2)
    controller = Controller(gamma=0.7, lambda_k=0.2, k=0.1, dtype=torch.float64)
    balance, moved = loop.step_response(50, 0.02, start=0.1)
    for error, before in zip(balance, moved, strict=True):
        assert float(controller.k) == pytest.approx(0.1 + before, abs=1e-12)
        controller.update(torch.tensor(1.0).double(), torch.tensor(0.7 - error).double())


@pytest.mark.parametrize("lambda_k", [0.01, 0.5])
def test_wobble_is_that_of_a_long_noisy_simulation(lambda_k):
    loop = LinearLoop(gain=0.6, lag=6.0, lambda_k=lambda_k)
    random = np.random.default_rng(0)
    y = kappa = np.zeros(2000)
    for _ in range(1500):  # many time constants of the slowest loop: 1 / (0.01 * 0.6) = 167 steps
        measured = y + 0.005 * random.normal(size=2000)
        y, kappa = y + loop.follow * (loop.gain * kappa - y), kappa - loop.lambda_k * measured
    # The deviation of 2,000 independent values is good to 1 / sqrt(4000) = 1.6 %; three of them.
    assert kappa.std() == pytest.approx(loop.wobble(0.005), rel=0.05)


def test_wobble_of_a_slow_loop_is_the_square_root_law():
    loop = LinearLoop(gain=0.6, lag=0.5, lambda_k=1e-4)
    assert loop.wobble(0.005) == pytest.approx(0.005 * math.sqrt(1e-4 / (2 * 0.6)), rel=1e-3)
    with pytest.raises(ValueError, match=r"at or above the limit 1\.66667: k does not settle"):
        loop.at(2.0).wobble(0.005)


@given(gain=st.floats(0.1, 3.0), lag=st.floats(1.0, 15.0))
def test_identification_finds_what_it_was_given(gain, lag):
    fall = 0.05 * lag_response(np.arange(60.0), gain, lag)
    found = identify(fall, 0.05, 0.2)
    assert found.gain == pytest.approx(gain, rel=1e-3) and found.lag == pytest.approx(lag, rel=1e-3)
    assert found.lambda_k == 0.2


def test_identification_refuses_what_holds_no_answer():
    with pytest.raises(ValueError, match=r"did not fall when k was raised by 0\.05"):
        identify(-np.ones(40), 0.05, 0.1)
    with pytest.raises(ValueError, match=r"shape \(3,\): expected one value per step"):
        identify(np.ones(3), 0.05, 0.1)


def test_agreement_ends_where_the_curves_part():
    predicted = np.array([0.0, -1.0, 2.0, 2.0, 0.0])
    assert agreement(predicted, predicted) == 5
    measured = predicted + np.array([0.0, 0.3, -0.39, -0.5, 0.0])
    assert agreement(measured, predicted) == 2  # 0.2 of the largest measured move, 1.61, is 0.322
    assert agreement(measured, predicted, within=0.1) == 1
    with pytest.raises(ValueError, match="two curves over the same steps"):
        agreement(predicted, predicted[:3])


@pytest.mark.parametrize("values", [(0.0, 5.0, 0.1), (0.5, -1.0, 0.1), (0.5, 5.0, float("nan"))])
def test_refusals(values):
    with pytest.raises(ValueError, match="expected a finite number above 0"):
        LinearLoop(*values)


@pytest.mark.parametrize(
    ("loop", "text"),
    [
        (LinearLoop(0.6, 6.0, 0.01), "no swings, time constant 159 steps"),
        (LinearLoop(0.6, 6.0, 0.5), "swings of"),
        (LinearLoop(2.0, 6.0, 1.0), "swings that grow, as from λ_k = 0.5 on"),
    ],
)
def test_motions_in_words(loop, text):
    assert loop.describe().startswith(text)
