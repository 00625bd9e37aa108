"""The open questions: each held to its paper by a case worked out apart; all off, nothing has changed."""

from dataclasses import fields, replace
from math import pi, sqrt
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.distributions import Normal, kl_divergence

from began_lib import shipped
from began_lib.__main__ import build_parser, main
from began_lib.data import Dataset
from began_lib.equilibrium import Controller
from began_lib.models import Architecture, Discriminator, Generator, sample_z
from began_lib.shipped.ship import ship_run
from began_lib.step import Began
from began_lib.training import questions
from began_lib.training.checkpoints import CheckpointError
from began_lib.training.configuration import TrainingConfig, read_run
from began_lib.training.options import command_of, config_of
from began_lib.training.parallel import Ranks
from began_lib.training.questions import QuestionedBegan, Questions, discriminator_of
from began_lib.training.trainer import Trainer

SHAPE = Architecture(size=16, filters=4, hidden=8, latent=8, repeats=1)
CONFIG = TrainingConfig(architecture=SHAPE, steps=12, batch_size=4, precision="fp32", learning_rate=1e-3, k=0.3)
ASKED = {
    "noise on data": Questions(noise=0.2),
    "noise on both": Questions(noise=0.2, noise_on="both", noise_steps=9),
    "vae": Questions(vae=1e-3),
    "norm": Questions(energy="norm"),
    "projection": Questions(energy="projection"),
    "dfm": Questions(dfm=0.1),
    "cs": Questions(cs=0.1),
    "ema": Questions(ema=0.9),
    "several": Questions(noise=0.1, vae=1e-4, cs=0.1, ema=0.99),
}
each = pytest.mark.parametrize("asked", ASKED.values(), ids=list(ASKED))


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    pictures = np.random.default_rng(0).integers(0, 256, (72, 3, 16, 16)).astype(np.uint8)
    return Dataset(name="noise", train=pictures[:64], held_out=pictures[64:], card={"name": "noise"})


def trainer_of(asked: Questions, dataset: Dataset, folder: Path | None = None, **changes: object) -> Trainer:
    config = replace(CONFIG, questions=asked, **changes)
    return Trainer(config, dataset, folder, "cpu", sample_every=10, checkpoint_every=5, keep=9)


def began_of(asked: Questions, k: float = 0.3) -> QuestionedBegan:
    torch.manual_seed(0)
    networks = discriminator_of(SHAPE, asked), Generator(SHAPE)
    return QuestionedBegan(asked, *networks, SHAPE.latent, Controller(k=k), 1e-3)


def batch() -> Tensor:
    return torch.rand(6, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1


# -- off --------------------------------------------------------------------------------------------------------------


def test_nothing_is_asked_by_default_and_files_are_as_they_were(dataset: Dataset) -> None:
    assert TrainingConfig().questions.asked == () and "questions" not in TrainingConfig().as_json()
    assert TrainingConfig.from_json(CONFIG.as_json()) == CONFIG
    trainer = trainer_of(Questions(), dataset)
    assert type(trainer.began) is Began and type(trainer.began.discriminator) is Discriminator
    plain = Discriminator(SHAPE).state_dict().keys()
    assert trainer.began.discriminator.state_dict().keys() == plain
    assert not [name for name in trainer.state()[0] if name.startswith("average")]


@each
def test_an_asked_question_is_recorded_and_has_its_command(asked: Questions, dataset: Dataset) -> None:
    config = replace(CONFIG, questions=asked)
    assert TrainingConfig.from_json(config.as_json()) == config
    words = command_of(config).removeprefix("python -m began_lib ").split()
    assert config_of(build_parser().parse_args(words)) == config
    assert trainer_of(asked, dataset).state()[1]["config"]["questions"]


@each
def test_networks_begin_as_the_controls(asked: Questions, dataset: Dataset) -> None:
    ours, plain = (trainer_of(q, dataset).began for q in (asked, Questions()))
    for own, control in zip(ours.generator.parameters(), plain.generator.parameters(), strict=True):
        assert torch.equal(own, control)
    x = batch()
    # twice as many outputs are another matrix product, to rounding
    torch.testing.assert_close(ours.discriminator.encoder(x), plain.discriminator.encoder(x))


# -- what the papers say ----------------------------------------------------------------------------------------------


def textbook(began: QuestionedBegan, x: Tensor) -> tuple[Tensor, Tensor]:
    """L_D and L_G of one step as two losses of images that are held fixed in turn, with the same draws."""
    asked, d, random = began.questions, began.discriminator, torch.Generator()
    random.set_state(began.random.get_state())
    z = sample_z(len(x), SHAPE.latent, random)
    fake = began.generator(z)

    def normal(*shape: int) -> Tensor:
        return torch.randn(shape, generator=random)

    seen_x = x + asked.noise * normal(*x.shape) if asked.noise else x
    more = 0.0
    if asked.vae:
        mean, log_variance = d.encoder.statistics(seen_x)
        h = mean + log_variance.mul(0.5).exp() * normal(6, 8)
        more = asked.vae * kl_divergence(Normal(mean, log_variance.mul(0.5).exp()), Normal(0.0, 1.0)).sum(1).mean()
    else:
        h = d.encoder(seen_x)
    noise_g = asked.noise * normal(*x.shape) if asked.noise and asked.noise_on == "both" else 0.0
    draw = normal(6, 8) if asked.vae else None

    def loss(v: Tensor) -> Tensor:
        if asked.vae:
            mean, log_variance = d.encoder.statistics(v + noise_g)
            return (v - d.decoder(mean + log_variance.mul(0.5).exp() * draw)).abs().mean()
        if asked.energy != "off":
            return (v.flatten(1) @ d.projection - d.encoder(v)).abs().mean()
        return (v - d(v + noise_g)).abs().mean()

    real = x.flatten(1) @ d.projection if asked.energy != "off" else x
    loss_d = (real - d.decoder(h)).abs().mean() - 0.3 * loss(fake.detach()) + more
    loss_g = loss(fake)
    if asked.cs:
        loss_d = loss_d + asked.cs * (d.encoder(fake.detach()) - z).abs().mean()
    if asked.dfm:
        scale = h.detach().std(correction=0)
        phi, phi_g = h.detach() / scale, d.encoder(fake) / scale
        loss_d = loss_d + (phi - d.denoiser(phi + normal(6, 8))).square().mean()
        target = d.denoiser(phi_g.detach()).detach()
        loss_g = loss_g + asked.dfm * (phi_g - target).square().mean()
    return loss_d, loss_g


@each
def test_gradients_are_those_of_two_losses_written_out(asked: Questions) -> None:
    began = began_of(asked)
    began.step(batch())  # away from the start, where the log variance is 0 for all
    began.controller.set_k(0.3)
    asked = began.questions = replace(asked, noise_steps=0)  # its fall has a test of its own
    loss_d, loss_g = textbook(began, batch())
    for_d = torch.autograd.grad(loss_d, list(began.discriminator.parameters()), retain_graph=True)
    for_g = torch.autograd.grad(loss_g, list(began.generator.parameters()))
    began.losses_with_gradients(batch())
    for network, expected in ((began.discriminator, for_d), (began.generator, for_g)):
        for weight, gradient in zip(network.parameters(), expected, strict=True):
            torch.testing.assert_close(weight.grad, gradient, rtol=1e-4, atol=1e-6)  # float32, sums in another order


class Same(nn.Module):
    """An auto-encoder that gives back what it sees."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.Conv2d(1, 1, 1, bias=False), nn.Identity()
        nn.init.ones_(self.encoder.weight)

    def forward(self, v: Tensor) -> Tensor:
        return self.decoder(self.encoder(v))


class Grey(nn.Module):
    """A generator of grey images, whatever the code."""

    def __init__(self) -> None:
        super().__init__()
        self.level = nn.Parameter(torch.zeros(1, 1, 1, 1))

    def forward(self, z: Tensor) -> Tensor:
        return self.level.expand(len(z), 1, 32, 32)


def test_what_an_open_d_rebuilds_is_the_noise() -> None:
    x = torch.zeros(64, 1, 32, 32)
    expected = 0.5 * sqrt(2 / pi)  # E|e| of a normal e with deviation 0.5
    for where, of_generated in (("data", 0.0), ("both", expected)):
        asked = Questions(noise=0.5, noise_on=where)
        losses = QuestionedBegan(asked, Same(), Grey(), 2, Controller(), 1e-12).step(x)
        assert float(losses.loss_real) == pytest.approx(expected, rel=0.02)  # 65,536 draws: 0.3 % is one deviation
        assert float(losses.loss_fake) == pytest.approx(of_generated, rel=0.02)


def test_the_noise_falls_in_a_straight_line_to_its_end() -> None:
    began = QuestionedBegan(Questions(noise=0.5, noise_steps=4), Same(), Grey(), 2, Controller(), 1e-12)
    found = [float(began.step(torch.zeros(64, 1, 32, 32)).loss_real) for _ in range(6)]
    whole = 0.5 * sqrt(2 / pi)
    assert found == pytest.approx([whole * share for share in (1, 0.75, 0.5, 0.25, 0, 0)], rel=0.02, abs=1e-6)


def test_the_divergence_is_that_of_two_normals_and_0_of_the_prior() -> None:
    mean, log_variance = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
    expected = kl_divergence(Normal(mean, log_variance.div(2).exp()), Normal(0.0, 1.0)).sum(1)
    torch.testing.assert_close(questions.kl_divergence(mean, log_variance), expected)
    assert not questions.kl_divergence(torch.zeros(2, 8), torch.zeros(2, 8)).any()


def test_a_vae_draws_in_the_step_alone_and_its_kl_pulls_codes_to_the_prior() -> None:
    free, pulled = began_of(Questions(vae=1e-9)), began_of(Questions(vae=10.0))
    for _ in range(30):
        free.step(batch())
        pulled.step(batch())
    with torch.no_grad():
        statistics = [b.discriminator.encoder.statistics(batch()) for b in (free, pulled)]
    kl = [float(questions.kl_divergence(*of).mean()) for of in statistics]
    assert kl[1] < 0.1 * kl[0]
    assert torch.equal(free.reconstruct(batch()), free.reconstruct(batch()))
    assert torch.equal(free.discriminator.encoder(batch()), free.discriminator.encoder.statistics(batch())[0])


def test_an_energy_that_can_be_0_leaves_nothing_to_balance() -> None:
    norm, projection = (began_of(Questions(energy=energy), k=0.0) for energy in ("norm", "projection"))
    first = float(norm.step(batch()).loss_real)
    for _ in range(60):
        last = norm.step(batch())
    assert max(float(last.loss_real), float(last.loss_fake)) < 0.1 * first and float(last.k) < 0.01
    variety = (batch().flatten(1) @ projection.discriminator.projection).std()
    assert float(projection.losses(batch()).mean()) > 0.3 * float(variety)  # 0 is no answer there


def test_a_projection_has_directions_of_length_1_and_takes_the_place_of_the_image() -> None:
    began = began_of(Questions(energy="projection"))
    t, x = began.discriminator.projection, batch()
    torch.testing.assert_close(t.norm(dim=0), torch.ones(8))
    torch.testing.assert_close(began.losses(x), (x.flatten(1) @ t - began.discriminator(x)).abs().mean(1).detach())
    with pytest.raises(ValueError, match="no decoder"):
        began.reconstruct(x)


def test_denoised_features_move_g_alone_and_the_denoiser_learns() -> None:
    began, without = began_of(Questions(dfm=0.5)), began_of(Questions(dfm=1e-12))
    for b in (began, without):
        b.losses_with_gradients(batch())
    for network in ("encoder", "decoder"):
        pairs = zip(*(getattr(b.discriminator, network).parameters() for b in (began, without)), strict=True)
        assert all(torch.allclose(one.grad, other.grad, atol=1e-7) for one, other in pairs)
    assert not torch.allclose(began.generator.to_image.weight.grad, without.generator.to_image.weight.grad)
    phi = torch.randn(256, 8, generator=torch.Generator().manual_seed(0))
    r, adam = (made := questions.denoiser(8)), torch.optim.Adam(made.parameters(), 1e-2)
    for _ in range(200):
        adam.zero_grad()
        (phi - r(phi + torch.randn(256, 8))).square().mean().backward()
        adam.step()
    # The best denoiser of a standard normal with noise as large gives half of what it sees.
    half = float((r(2 * phi).detach() * 2 * phi).mean() / (2 * phi).square().mean())
    assert half == pytest.approx(0.5, abs=0.15)  # from 256 points
    assert not questions.denoised_gap(phi, nn.Identity()).any()


def test_the_constraint_is_0_where_e_finds_z_and_brings_it_nearer() -> None:
    began = began_of(Questions(cs=1.0))
    z = began.sample_z(6)
    began.discriminator.encoder.forward = lambda images: z
    assert float(began._constraint(batch(), z)) == 0.0
    with_it, without = began_of(Questions(cs=1.0)), began_of(Questions(cs=1e-9))
    for _ in range(40):
        with_it.step(batch())
        without.step(batch())
    z = sample_z(64, 8, torch.Generator().manual_seed(7))
    away = [float((b.discriminator.encoder(b.generate(z)).detach() - z).abs().mean()) for b in (with_it, without)]
    assert away[0] < 0.95 * away[1]


def test_the_average_is_that_of_the_weights_and_changes_none_of_them(dataset: Dataset) -> None:
    averaged, plain = trainer_of(Questions(ema=0.9), dataset), trainer_of(Questions(), dataset)
    mean = None
    for step in range(1, 25):
        averaged.step()
        plain.step()
        now = averaged.began.generator.to_image.weight.detach().double()
        share = max(1 / step, 0.1)
        mean = now.clone() if mean is None else mean + share * (now - mean)
    torch.testing.assert_close(averaged.began.average.to_image.weight.double(), mean, rtol=1e-5, atol=1e-6)  # float32
    for one, other in zip(averaged.began.generator.parameters(), plain.began.generator.parameters(), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(averaged.samples(), averaged.began.average(averaged.fixed_z))
    assert not torch.equal(averaged.samples(), plain.samples())


# -- runs -------------------------------------------------------------------------------------------------------------


@each
def test_resuming_is_bit_identical(asked: Questions, dataset: Dataset, tmp_path: Path) -> None:
    whole = trainer_of(asked, dataset)
    whole.train(progress=False)
    trainer_of(asked, dataset, tmp_path).train(6, progress=False)
    second = trainer_of(asked, dataset, tmp_path)
    assert second.resume() == []
    second.train(progress=False)
    ours, theirs = whole.state()[0], second.state()[0]
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[n], theirs[n]) for n in ours if n != "history.evaluations")  # which has the speed
    assert whole.history["evaluation_held_out_loss"] == second.history["evaluation_held_out_loss"]


@each
def test_a_run_is_a_model(asked: Questions, dataset: Dataset, tmp_path: Path) -> None:
    run = tmp_path / "run"
    trainer = trainer_of(asked, dataset, run)
    trainer.train(3, progress=False)
    model = shipped.load(run)
    torch.testing.assert_close(model.generate(trainer.fixed_z), trainer.samples().clamp(-1, 1))
    ship_run(run, "kept", folder=tmp_path / "models")
    kept = shipped.load("kept", folder=tmp_path / "models")
    assert kept.config.questions == asked
    torch.testing.assert_close(kept.generate(trainer.fixed_z), model.generate(trainer.fixed_z), atol=0.02, rtol=0)
    if asked.energy == "off":
        torch.testing.assert_close(model.reconstruct(batch()), trainer.began.reconstruct(batch()))
    else:
        with pytest.raises(ValueError, match="no decoder"):
            model.reconstruct(batch())


def test_a_run_does_not_go_on_with_other_questions(dataset: Dataset, tmp_path: Path) -> None:
    trainer_of(Questions(cs=0.1), dataset, tmp_path).train(2, progress=False)
    for other in (Questions(), Questions(cs=0.2)):
        with pytest.raises(CheckpointError, match="another run"):
            trainer_of(other, dataset, tmp_path).resume()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"questions": Questions(noise=-1.0)}, "noise is -1.0"),
        ({"questions": Questions(ema=1.0)}, "ema is 1.0"),
        ({"questions": Questions(noise=0.1, noise_on="D")}, "noise_on is 'D': expected data or both"),
        ({"questions": Questions(noise_steps=5)}, "expected noise above 0"),
        ({"questions": Questions(energy="norm", cs=0.1)}, "energy cannot be asked together with cs"),
        ({"questions": Questions(dfm=0.1, vae=0.1, noise=0.1)}, "dfm cannot be asked together with noise and vae"),
        ({"questions": Questions(cs=0.1), "architecture": SHAPE.at(latent=9)}, "of 8 and 9 numbers"),
        ({"questions": Questions(cs=0.1, ema=0.9), "separate_z": True}, "separate_z"),
    ],
)
def test_what_cannot_be_had_is_one_line(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said) as error:
        replace(CONFIG, **changes)
    assert "\n" not in str(error.value)


def test_several_processes_are_refused() -> None:
    with pytest.raises(ValueError, match="cs: trained in one process"):
        questions.trained_by(Questions(cs=0.1), Ranks(0, 2))


# -- the command line -------------------------------------------------------------------------------------------------


def test_options_are_one_group_of_the_help_and_rivals_have_none(capsys: pytest.CaptureFixture[str]) -> None:
    parser = build_parser()
    trained = parser._subparsers._group_actions[0].choices["train"]
    (group,) = (g for g in trained._action_groups if g.title == "open questions, off by default")
    assert {action.dest for action in group._group_actions} == {own.name for own in fields(Questions)}
    assert main(["train", "--system", "dcgan", "--noise", "0.1"]) == 2
    assert "dcgan has no --noise" in capsys.readouterr().err


def test_through_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = tmp_path / "run"
    line = "train --data faces --limit 60 --size 16 --filters 2 --hidden 4 --repeats 1 --batch-size 2 --device cpu"
    assert main(f"{line} --steps 3 --cs 0.1 --ema 0.9 --out {run}".split()) == 0
    assert read_run(run)[0].questions == Questions(cs=0.1, ema=0.9)
    assert main(f"train --resume --out {run} --steps 5 --device cpu".split()) == 0
    capsys.readouterr()
    assert main(f"train --resume --out {run} --cs 0.2".split()) == 2
    assert "expected no --cs" in capsys.readouterr().err
    assert main(f"train --branch {run}@5 --noise 0.1 --steps 9 --out {tmp_path / 'other'}".split()) == 2
    assert "noise: 0.0 there, 0.1 here" in capsys.readouterr().err
