"""Each system held to its own paper: its loss on a case worked out by hand, and a failure it is known for."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import nn

from began_lib.rivals import SYSTEMS, Cannot, ali, configured, dcgan, dfm, ebgan, improved, magan, wgan
from began_lib.rivals.networks import Critic, dropped, widths


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_step_moves_what_it_names_and_is_a_function_of_the_step(tiny, images, system):
    first, second = tiny(system), tiny(system)
    before = {name: weight.clone() for name, weight in first.named_parameters()}
    for _ in range(10 if "magan" in system else 5):  # of WGAN's steps the fifth moves G, of MAGAN's the ninth
        measured, again = first.step(images), second.step(images)
        assert tuple(measured) == SYSTEMS[system].measures
        assert all(
            torch.isfinite(value) and value.dim() == 0 and not value.requires_grad for value in measured.values()
        )
        assert all(torch.equal(measured[name], again[name]) for name in measured)
    still = {name for name, weight in first.named_parameters() if torch.equal(weight, before[name])}
    # A critic's differences do not depend on its last bias.
    assert still == ({"critic.to_score.bias"} if "wgan" in system else set())
    z = first.codes(3)
    generated = first.generate(z)
    assert generated.shape == (3, 3, 16, 16) and generated.dtype == torch.float32
    assert torch.equal(generated[:2], first.generate(z[:2]))  # a function of the code alone, not of its neighbours


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_a_system_cannot_do_it_says_in_one_line(tiny, images, system):
    rival = tiny(system)
    for ability in ("encode", "reconstruct", "bits"):
        if ability in rival.can:
            assert len(getattr(rival, ability)(images)) == 8
        else:
            with pytest.raises(Cannot, match=rf"^{system} has no [^\n]+\.$"):
                getattr(rival, ability)(images)


def test_each_has_the_abilities_of_its_paper():
    can = {name: kind.can.fget(kind.__new__(kind)) for name, kind in SYSTEMS.items()}
    assert can["ali"] == ("encode", "reconstruct") and can["pixelcnn"] == ("bits",)
    assert all(can[name] == ("reconstruct",) for name in ("ebgan", "ebgan-figure-1", "magan", "magan-figure-1"))
    assert not any(can[name] for name in ("dcgan", "wgan", "wgan-gp", "improved-minibatch", "improved-features", "dfm"))


def test_a_name_that_is_no_system_is_refused_with_those_there_are():
    with pytest.raises(ValueError, match=r"expected one of dcgan, wgan"):
        configured("stackgan")


@pytest.mark.parametrize(("size", "expected"), [(16, [64, 128]), (32, [64, 128, 256]), (64, [64, 128, 256, 512])])
def test_widths_double_down_to_four_pixels(size, expected):
    assert widths(size, 64) == expected


def test_dropout_keeps_the_mean():
    kept = dropped(torch.ones(200_000), 0.2, torch.Generator().manual_seed(0))
    assert set(kept.unique().tolist()) == {0.0, 1.25}
    assert kept.mean() == pytest.approx(1.0, abs=0.005)  # its deviation is 0.5 / sqrt(200,000) = 0.001


def test_dcgan_losses_are_those_of_the_probabilities():
    real, fake = torch.tensor([0.3, -2.0]), torch.tensor([1.5, -0.2])
    p, q = torch.sigmoid(real), torch.sigmoid(fake)
    assert dcgan.loss_d(real, fake) == pytest.approx(float(-(p.log().mean() + (1 - q).log().mean())))
    assert dcgan.loss_g(fake) == pytest.approx(float(-q.log().mean()))
    smoothed = -(0.9 * p.log() + 0.1 * (1 - p).log()).mean() - (1 - q).log().mean()
    assert dcgan.loss_d(real, fake, 0.9) == pytest.approx(float(smoothed))


def test_dcgan_generator_still_learns_where_d_is_sure():
    score = torch.tensor([-20.0], requires_grad=True)
    dcgan.loss_g(score).backward()
    assert float(score.grad) == pytest.approx(-1.0)  # of log(1 - D), as the game is written, 2e-9


def test_clipped_weights_pile_up_at_the_bounds_and_penalised_ones_do_not(tiny, images):
    """From weights far inside the bounds training takes many to them: figure 1b of WGAN-GP's paper."""
    rival = tiny("wgan", learning_rate=1e-3)
    with torch.no_grad():
        for weight in rival.critic.parameters():
            weight.clamp_(-0.1 * wgan.CLIP, 0.1 * wgan.CLIP)
    for _ in range(80):
        rival.step(images)
    weights = torch.cat([weight.detach().flatten() for weight in rival.critic.parameters()])
    counts = torch.histc(weights, 10, -wgan.CLIP, wgan.CLIP)
    assert int(counts.sum()) == len(weights)  # none outside
    assert (weights.abs() > 0.999 * wgan.CLIP).float().mean() > 0.2
    assert min(counts[0], counts[-1]) > 2 * max(counts[1], counts[-2])
    other = tiny("wgan-gp", learning_rate=1e-3)
    for _ in range(5):
        other.step(images)
    assert max(float(weight.detach().abs().max()) for weight in other.critic.parameters()) > 2 * wgan.CLIP


def test_the_penalty_of_a_linear_critic_is_its_slope_minus_one_squared(images):
    critic = nn.Sequential(nn.Flatten(), nn.Linear(3 * 16 * 16, 1))
    slope = float(critic[1].weight.detach().norm())
    penalty = wgan.gradient_penalty(critic, images, -images, torch.Generator().manual_seed(0))
    assert float(penalty.detach()) == pytest.approx((slope - 1.0) ** 2, rel=1e-5)
    (gradient,) = torch.autograd.grad(penalty, critic[1].weight)
    assert torch.allclose(gradient, 2 * (slope - 1.0) * critic[1].weight / slope, atol=1e-6)


def test_a_critic_without_batch_norm_keeps_the_signal():
    """The deviation of its score on normal images is near 1, not lost in three layers; the penalty asks for slope 1."""
    torch.manual_seed(0)
    images = torch.randn(64, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert 0.3 < float(Critic(32, 3, 32, norm=False)(images).std()) < 3.0


def test_wgan_moves_g_at_every_fifth_step(tiny, images):
    rival, moved = tiny("wgan"), []
    for _ in range(10):
        before = rival.generator.from_code.weight.clone()
        rival.step(images)
        moved.append(not torch.equal(before, rival.generator.from_code.weight))
    assert moved == [False, False, False, False, True] * 2


def test_pulling_away_is_one_of_one_code_and_zero_of_orthogonal_ones():
    one = torch.randn(1, 6, generator=torch.Generator().manual_seed(0))
    assert float(ebgan.pulling_away(one.expand(5, -1))) == pytest.approx(1.0, abs=1e-6)
    assert float(ebgan.pulling_away(-3 * torch.eye(4, 6))) == pytest.approx(0.0, abs=1e-6)
    s = torch.randn(4, 6, generator=torch.Generator().manual_seed(1)).double()
    pairs = [float((s[i] @ s[j] / (s[i].norm() * s[j].norm())) ** 2) for i in range(4) for j in range(4) if i != j]
    assert float(ebgan.pulling_away(s)) == pytest.approx(np.mean(pairs), rel=1e-5)


def test_beyond_the_margin_d_is_left_alone():
    energy = torch.tensor([1.0, 3.0, 5.0], requires_grad=True)
    below = ebgan.hinge(energy, 4.0)
    below.sum().backward()
    assert below.tolist() == [3.0, 1.0, 0.0] and energy.grad.tolist() == [-1.0, -1.0, 0.0]


def test_ebgan_keeps_the_statistics_of_photographs_alone(tiny, images):
    """Those of G's images, which D sees twice as often, would spoil what it gives back when it is looked at."""
    rival = tiny("ebgan")
    encoder = rival.discriminator.encoder
    with torch.no_grad():
        mean = nn.Sequential(*list(encoder)[:3])(images).mean((0, 2, 3))  # what enters the first batch norm
    rival.step(images)
    assert isinstance(encoder[3], nn.BatchNorm2d) and encoder[3].momentum == 0.1
    assert torch.allclose(encoder[3].running_mean, 0.1 * mean, atol=1e-7)


@pytest.mark.parametrize(("channels", "size", "margin"), [(3, 64, 20.0), (3, 32, 10.0), (1, 64, 20.0 / math.sqrt(3))])
def test_the_margin_is_that_of_64x64_faces_at_any_size(tiny, channels, size, margin):
    assert tiny("ebgan", size=size, channels=channels).margin() == pytest.approx(margin)


def test_ebgan_energy_is_the_euclidean_norm_and_began_networks_have_the_mean(tiny, images):
    own, shared = tiny("ebgan").eval(), tiny("ebgan-figure-1")
    with torch.no_grad():
        error = images - own.discriminator(images)
        assert torch.allclose(own.energy(images)[0], error.square().sum((1, 2, 3)).sqrt(), rtol=1e-5)
        error = images - shared.discriminator(images)
        assert torch.allclose(shared.energy(images)[0], error.abs().mean((1, 2, 3)), rtol=1e-5)


def test_magan_margin_follows_the_data_and_only_falls(tiny, images):
    rival, margins, energies = tiny("magan-figure-1", epoch=4, learning_rate=1e-3), [], []
    for _ in range(4 * 12):
        measured = rival.step(images)
        margins.append(float(measured["margin"]))
        energies.append(float(measured["energy_real"]))
    assert margins[:8] == [0.0] * 8  # two epochs of D on the data alone
    assert margins[8] == pytest.approx(np.mean(energies[4:8]), rel=1e-5)
    assert all(later <= earlier for earlier, later in pairwise(margins[8:]))
    assert margins[-1] < margins[8]
    fallen = [i for i in range(9, 48) if margins[i] < margins[i - 1]]
    assert all(i % 4 == 0 and margins[i] == pytest.approx(np.mean(energies[i - 4 : i]), rel=1e-5) for i in fallen)


@pytest.mark.parametrize(
    ("real", "fake", "before", "expected"),
    [
        (0.8, 0.9, 0.9, 0.8),
        (1.1, 1.2, 1.0, 1.0),  # the data's energy has not fallen below the margin
        (0.8, 0.7, 0.6, 1.0),  # G's images are easier than the data
        (0.8, 0.9, 1.0, 1.0),  # G is coming nearer
    ],
)
def test_magan_lowers_the_margin_only_where_algorithm_1_says(real, fake, before, expected):
    assert magan.next_margin(1.0, real, fake, before) == expected


def test_a_batch_of_one_picture_is_told_by_its_closeness():
    m = torch.randn(1, 3, 5, generator=torch.Generator().manual_seed(0)).expand(7, -1, -1)
    assert torch.allclose(improved.closeness(m, m), torch.tensor(7.0))
    far = torch.arange(4.0)[:, None, None].expand(-1, 3, 5) * 100
    assert torch.allclose(improved.closeness(far, far), torch.tensor(1.0))  # alone but for itself
    two = torch.stack([torch.zeros(3, 5), torch.full((3, 5), 0.1)])
    assert torch.allclose(improved.closeness(two, two), torch.tensor(1.0 + math.exp(-0.5)))


def test_feature_matching_sees_means_alone():
    real = torch.tensor([[0.0, 2.0], [2.0, 0.0]])
    assert float(improved.feature_gap(real, torch.ones(2, 2))) == 0.0  # a collapsed G on the mean is not seen
    assert float(improved.feature_gap(real, torch.tensor([[4.0, 1.0]]))) == pytest.approx(9.0)


def test_ali_swaps_the_signs_between_d_and_both_halves():
    encoded, generated = torch.tensor([0.3, -1.0]), torch.tensor([2.0, 0.1])
    loss_d, loss_g = ali.losses(encoded, generated)
    assert ali.losses(generated, encoded) == (loss_g, loss_d)
    assert ali.losses(-encoded, -generated) == (loss_g, loss_d)
    p, q = torch.sigmoid(encoded), torch.sigmoid(generated)
    assert float(loss_d) == pytest.approx(float(-(p.log().mean() + (1 - q).log().mean())), rel=1e-5)
    for scores in (encoded.requires_grad_(), generated.requires_grad_()):
        slopes = [torch.autograd.grad(loss, scores)[0] for loss in ali.losses(encoded, generated)]
        assert (slopes[0] * slopes[1] < 0).all()


def test_ali_codes_are_drawn_not_computed(tiny, images):
    rival = tiny("ali")
    drawn = []
    judge = rival.judge
    rival.judge = lambda x, z: (drawn.append(z.detach()), judge(x, z))[1]
    rival.step(images)
    rival.step(images)
    assert not torch.equal(drawn[0], drawn[4])  # z^ of the same images, in two steps
    assert torch.equal(rival.encode(images), rival.encode(images))


def test_dfm_target_carries_no_gradient():
    features = torch.randn(4, 6, generator=torch.Generator().manual_seed(0), requires_grad=True)
    denoiser = nn.Linear(6, 6)
    gap = dfm.denoised_gap(features, denoiser)
    (gradient,) = torch.autograd.grad(gap, features, retain_graph=True)
    expected = 2 * (features - denoiser(features)) / features.numel()
    assert torch.allclose(gradient, expected, atol=1e-7)
    assert torch.autograd.grad(gap, denoiser.weight, allow_unused=True) == (None,)


def test_dfm_denoiser_learns_from_features_and_not_from_g(tiny, images):
    rival = tiny("dfm")
    rival.step(images)
    losses = [float(rival.step(images)["loss_denoiser"]) for _ in range(40)]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])
    assert {id(w) for g in rival.optimizers["denoiser"].param_groups for w in g["params"]} == {
        id(w) for w in rival.denoiser.parameters()
    }
