"""Losses, controller and convergence measure against hand calculation and their invariants."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from began_lib.equilibrium import (
    Controller,
    convergence_measure,
    reconstruction_loss,
    updated_k,
)

losses = st.floats(0.0, 4.0)
unit = st.floats(0.0, 1.0)


def test_reconstruction_loss_by_hand() -> None:
    v = torch.tensor([[[[1.0, -1.0], [0.5, 0.0]]], [[[0.0, 0.0], [0.0, 0.0]]]])
    rebuilt = torch.tensor([[[[0.0, -1.0], [0.0, 2.0]]], [[[0.0, 0.0], [0.0, 0.0]]]])
    assert reconstruction_loss(v, rebuilt).tolist() == [(1 + 0 + 0.5 + 2) / 4, 0.0]
    assert reconstruction_loss(v, rebuilt, eta=2).tolist() == [(1 + 0 + 0.25 + 4) / 4, 0.0]


def test_reconstruction_loss_is_float32_even_of_half_precision() -> None:
    v = torch.rand(2, 3, 8, 8)
    assert reconstruction_loss(v.bfloat16(), v.bfloat16()).dtype == torch.float32
    assert reconstruction_loss(v.double(), v.double()).dtype == torch.float64


def test_gradient_flows_through_both_sides() -> None:
    """|x - D(x)| with x = G(z): with D(x) = 3x, the loss is 2|x|, so its slope is 2, not the 1 of a detached target."""
    x = torch.tensor([[0.25]], requires_grad=True)
    reconstruction_loss(x, 3 * x).sum().backward()
    assert x.grad is not None and x.grad.item() == 2.0


def test_reconstruction_loss_refuses() -> None:
    with pytest.raises(ValueError, match=r"\(1, 3, 4, 4\), found \(1, 3, 2, 2\)"):
        reconstruction_loss(torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 2, 2))
    with pytest.raises(ValueError, match="eta is 3"):
        reconstruction_loss(torch.zeros(1, 1), torch.zeros(1, 1), eta=3)


def test_convergence_measure_by_hand() -> None:
    real, fake = torch.tensor(0.3), torch.tensor(0.2)
    # |0.5 * 0.3 - 0.2| = 0.05
    assert convergence_measure(real, fake, 0.5).item() == pytest.approx(0.35)


def test_controller_by_hand() -> None:
    controller = Controller(gamma=0.5, lambda_k=0.1, dtype=torch.float64)
    k = 0.0
    for real, fake in [(0.4, 0.1), (0.4, 0.1), (0.2, 0.5), (0.1, 0.9), (0.3, 0.1)]:
        controller.update(torch.tensor(real, dtype=torch.float64), torch.tensor(fake, dtype=torch.float64))
        k = min(max(k + 0.1 * (0.5 * real - fake), 0.0), 1.0)
        assert controller.k.item() == pytest.approx(k, abs=1e-15)
    assert controller.k.item() > 0


@given(k=unit, real=losses, fake=losses, gamma=unit, gain=unit)
def test_k_stays_in_its_interval_and_moves_towards_balance(
    k: float, real: float, fake: float, gamma: float, gain: float
) -> None:
    new = updated_k(torch.tensor(k, dtype=torch.float64), torch.tensor(real), torch.tensor(fake), gamma, gain).item()
    assert 0.0 <= new <= 1.0
    push = gain * (gamma * real - fake)
    if push > 0:  # generated images are rebuilt too well for this gamma: k must not fall
        assert new >= k - 1e-7  # float32 losses
    else:
        assert new <= k + 1e-7


@given(real=losses, fake=losses, gamma=unit)
def test_convergence_measure_is_never_below_the_loss(real: float, fake: float, gamma: float) -> None:
    m = convergence_measure(torch.tensor(real), torch.tensor(fake), gamma).item()
    assert m >= real - 1e-6  # float32
    assert m == pytest.approx(max((1 + gamma) * real - fake, (1 - gamma) * real + fake), abs=1e-5)


@given(gain=st.floats(0.01, 1.0), gamma=st.floats(0.1, 1.0))
def test_fixed_point_is_the_equilibrium(gain: float, gamma: float) -> None:
    """Against a plant whose L(G(z)) grows with k, the controller ends where L(G(z)) = gamma L(x)."""
    controller = Controller(gamma=gamma, lambda_k=gain, dtype=torch.float64)
    real = torch.tensor(0.5, dtype=torch.float64)
    for _ in range(int(40 / gain)):
        controller.update(real, controller.k * 0.9)
    # (1 - 0.9 gain)^(40 / gain) < exp(-36): the start is forgotten to rounding.
    assert controller.k.item() * 0.9 == pytest.approx(gamma * 0.5, abs=1e-9)


def test_saturates_at_both_ends() -> None:
    controller = Controller(gamma=1.0, lambda_k=1.0)
    one, zero = torch.tensor(4.0), torch.tensor(0.0)
    assert controller.update(one, zero).item() == 1.0
    assert controller.update(zero, one).item() == 0.0


def test_unclamped_leaves_the_interval() -> None:
    controller = Controller(gamma=1.0, lambda_k=1.0, clamp=False)
    assert controller.update(torch.tensor(4.0), torch.tensor(0.0)).item() == 4.0


def test_holding_and_changing_between_steps() -> None:
    controller = Controller(gamma=0.5, lambda_k=0.5, k=0.25)
    real, fake = torch.tensor(1.0), torch.tensor(0.0)
    controller.held = True
    assert controller.update(real, fake).item() == 0.25
    controller.lambda_k = 1.0  # remembered, but held
    assert controller.update(real, fake).item() == 0.25
    controller.held = False
    assert controller.update(real, fake).item() == 0.75
    controller.gamma = 0.0
    assert controller.update(real, torch.tensor(0.5)).item() == 0.25
    controller.set_k(1.0)
    assert controller.k.item() == 1.0
    assert controller.gamma_tensor.item() == 0.0


@pytest.mark.parametrize("name", ["gamma", "lambda_k", "k"])
@pytest.mark.parametrize("value", [-0.1, 1.1, math.nan])
def test_values_out_of_range_are_named(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"{name} is"):
        Controller(**{name: value})
