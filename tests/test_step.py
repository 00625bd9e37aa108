"""The simultaneous update against the textbook's two updates, in float64, and its cost."""

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from began_lib.equilibrium import Controller
from began_lib.models import Architecture, Discriminator, Generator, set_recompute
from began_lib.step import Began
from tools.bench.cost import step_flops

SMALL = Architecture(size=16, filters=4, hidden=6, latent=5)


def make(separate_z: bool = False, eta: int = 1, k: float = 0.3, dtype: torch.dtype = torch.float64) -> Began:
    torch.manual_seed(0)
    return Began(
        Discriminator(SMALL).to(dtype),
        Generator(SMALL).to(dtype),
        SMALL.latent,
        Controller(gamma=0.6, lambda_k=0.5, k=k, dtype=dtype),
        learning_rate=1e-3,
        eta=eta,
        separate_z=separate_z,
        seed=7,
    )


def batch(seed: int = 1, dtype: torch.dtype = torch.float64) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(3, 3, 16, 16, generator=generator, dtype=dtype) * 2 - 1


def textbook_update(began: Began, x: Tensor, z_d: Tensor, z_g: Tensor, k: float) -> tuple[float, float, float]:
    """Section 3.4 read aloud: two losses, two backward passes, all three updates from the same old values."""
    d, g = began.discriminator, began.generator
    optimizer_d = torch.optim.Adam(d.parameters(), lr=1e-3)
    optimizer_g = torch.optim.Adam(g.parameters(), lr=1e-3)
    eta = began.eta

    def loss(v: Tensor) -> Tensor:
        return ((v - d(v)).abs() ** eta).mean()

    loss_real = loss(x)
    gradients_d = torch.autograd.grad(loss_real - k * loss(g(z_d).detach()), list(d.parameters()))
    loss_fake = loss(g(z_g))
    gradients_g = torch.autograd.grad(loss_fake, list(g.parameters()))
    for parameter, gradient in zip([*d.parameters(), *g.parameters()], [*gradients_d, *gradients_g], strict=True):
        parameter.grad = gradient
    optimizer_d.step()
    optimizer_g.step()
    k = min(max(k + 0.5 * (0.6 * loss_real.item() - loss_fake.item()), 0.0), 1.0)
    return loss_real.item(), loss_fake.item(), k


@pytest.mark.parametrize("separate_z", [False, True])
@pytest.mark.parametrize("eta", [1, 2])
def test_equals_the_textbook_update(separate_z: bool, eta: int) -> None:
    ours, theirs = make(separate_z, eta), make(separate_z, eta)
    k = 0.3
    for seed in range(3):
        x = batch(seed)
        z_g = theirs.sample_z(len(x))
        z_d = theirs.sample_z(len(x)) if separate_z else z_g
        real, fake, k = textbook_update(theirs, x, z_d, z_g, k)
        losses = ours.step(x)
        # float64: the two differ by the order of additions. The textbook's Adam starts anew at each step here only
        # in the first one; later steps are compared through the gradients below.
        assert losses.loss_real.item() == pytest.approx(real, abs=1e-12)
        assert losses.loss_fake.item() == pytest.approx(fake, abs=1e-12)
        assert losses.k.item() == pytest.approx(k, abs=1e-12)
        for a, b in zip(
            [*ours.discriminator.parameters(), *ours.generator.parameters()],
            [*theirs.discriminator.parameters(), *theirs.generator.parameters()],
            strict=True,
        ):
            torch.testing.assert_close(a.grad, b.grad, rtol=1e-9, atol=1e-13)
            if seed == 0:
                # Adam divides by the gradient's size: where that is 1e-13, rounding reaches 1e-6 of a step of 1e-3.
                torch.testing.assert_close(a, b, rtol=0, atol=1e-9)
            b.data.copy_(a.data)  # the next comparison starts from equal weights


def test_the_discriminator_is_pushed_away_from_generated_images() -> None:
    """The bug of one backward over d_loss + g_loss: D would learn to rebuild them. Its gradient must be -k times."""
    weak, strong = make(k=0.0), make(k=1.0)
    x = batch()
    weak.losses_with_gradients(x)
    strong.losses_with_gradients(x)
    plain = make()
    generated = plain.generator(plain.sample_z(3)).detach()
    (generated - plain.discriminator(generated)).abs().mean().backward()
    for zero, one, fake in zip(
        weak.discriminator.parameters(),
        strong.discriminator.parameters(),
        plain.discriminator.parameters(),
        strict=True,
    ):
        torch.testing.assert_close(one.grad, zero.grad - fake.grad, rtol=1e-9, atol=1e-13)  # float64 rounding
    for zero, one in zip(weak.generator.parameters(), strong.generator.parameters(), strict=True):
        assert torch.equal(zero.grad, one.grad)  # k does not enter L_G


@pytest.mark.parametrize("separate_z", [False, True])
@pytest.mark.parametrize("skip_connections", [False, True])
def test_activation_checkpointing_changes_no_number(separate_z: bool, skip_connections: bool) -> None:
    """What is computed again is D with its plain weights, outside of the scaling by -k: no gradient may notice."""
    a = SMALL.at(size=32, skip_connections=skip_connections)
    began = []
    for recompute in (False, True):
        torch.manual_seed(0)
        d, g = Discriminator(a), Generator(a)
        set_recompute(d, recompute)
        set_recompute(g, recompute)
        began.append(Began(d, g, a.latent, Controller(k=0.7), separate_z=separate_z, seed=7))
    for seed in range(2):
        x = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(seed)) * 2 - 1
        plain, saving = (b.step(x) for b in began)
        assert torch.equal(plain.loss_real, saving.loss_real) and torch.equal(plain.loss_fake, saving.loss_fake)
    for network in ("discriminator", "generator"):
        pairs = zip(*(getattr(b, network).parameters() for b in began), strict=True)
        assert all(torch.equal(p.grad, q.grad) and torch.equal(p, q) for p, q in pairs)


def test_activation_checkpointing_costs_a_forward_more() -> None:
    began, saving = make(dtype=torch.float32), make(dtype=torch.float32)
    set_recompute(saving.discriminator, True)
    set_recompute(saving.generator, True)
    counts = []
    for b in (began, saving):
        with FlopCounterMode(display=False) as counter:
            b.losses_with_gradients(batch(dtype=torch.float32))
        counts.append(counter.get_total_flops())
    assert 1.2 < counts[1] / counts[0] < 4 / 3  # the convolutions' forwards, a third of all, once more


def test_one_generator_forward_two_discriminator_forwards() -> None:
    began = make()
    calls: list[str] = []
    began.discriminator.register_forward_hook(lambda *_: calls.append("D"))
    began.generator.register_forward_hook(lambda *_: calls.append("G"))
    began.step(batch())
    assert sorted(calls) == ["D", "D", "G"]


def test_no_gradient_is_computed_and_dropped() -> None:
    """The counted FLOPs are those of each forward and each backward once, to the last one."""
    began = make(dtype=torch.float32)
    with FlopCounterMode(display=False) as counter:
        began.losses_with_gradients(batch(dtype=torch.float32))
    assert counter.get_total_flops() == step_flops(SMALL, batch_size=3)


def test_learning_rate_keeps_adams_moments() -> None:
    began = make()
    began.step(batch())
    before = [m.clone() for state in began.optimizer.state.values() for m in state.values()]
    began.learning_rate = 5e-4
    after = [m for state in began.optimizer.state.values() for m in state.values()]
    assert began.optimizer.param_groups[0]["lr"] == 5e-4
    assert len(before) > 0 and all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_networks_of_any_kind() -> None:
    """Points in the plane: the same step trains small perceptrons."""
    torch.manual_seed(0)
    d = nn.Sequential(nn.Linear(2, 16), nn.ELU(), nn.Linear(16, 1), nn.Linear(1, 16), nn.ELU(), nn.Linear(16, 2))
    g = nn.Sequential(nn.Linear(2, 16), nn.ELU(), nn.Linear(16, 2))
    began = Began(d, g, 2, Controller())
    x = torch.randn(32, 2)
    first = began.step(x)
    for _ in range(200):
        last = began.step(x)
    assert last.loss_real < first.loss_real
    assert began.losses(x).shape == (32,)


def test_bf16_stays_close_to_fp32() -> None:
    fast = make(dtype=torch.float32)
    fast.precision = "bf16"
    exact = make(dtype=torch.float32)
    x = batch(dtype=torch.float32)
    a, b = fast.step(x), exact.step(x)
    assert a.loss_real.dtype == torch.float32
    # bf16 has 8 bits of mantissa: 0.4 % per rounding, averaged over 768 pixels.
    assert a.loss_real.item() == pytest.approx(b.loss_real.item(), rel=0.01)
    assert a.loss_fake.item() == pytest.approx(b.loss_fake.item(), rel=0.01)
    assert all(p.dtype == torch.float32 for p in fast.discriminator.parameters())


def test_generating_and_rebuilding_leave_no_gradient_and_respect_batches() -> None:
    began = make()
    z = began.sample_z(7)
    images = began.generate(z, batch_size=3)
    assert images.shape == (7, 3, 16, 16) and images.dtype == torch.float32 and not images.requires_grad
    v = images.double()
    torch.testing.assert_close(began.reconstruct(v, batch_size=2), began.reconstruct(v, batch_size=7))
    assert began.losses(v).shape == (7,)


@pytest.mark.parametrize("rate", [0.0, -1.0, 2.0, float("nan")])
def test_bad_learning_rates(rate: float) -> None:
    with pytest.raises(ValueError, match="learning_rate is"):
        make().learning_rate = rate


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_no_host_synchronisation_in_a_step() -> None:
    torch.manual_seed(0)
    began = Began(Discriminator(SMALL).cuda(), Generator(SMALL).cuda(), SMALL.latent, Controller(device="cuda"))
    x = batch(dtype=torch.float32).cuda()
    began.step(x)
    torch.cuda.set_sync_debug_mode("error")
    try:
        began.step(x)
    finally:
        torch.cuda.set_sync_debug_mode("default")
