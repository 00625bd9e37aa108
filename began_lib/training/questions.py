"""The paper's open questions (section 5), and two that came later, as options of a run: all off by default.

    noise    L(v) = |v - D(v + e)|, e from N(0, noise^2): what D sees is noisy, what it is asked for is not, on the data
             alone or on both: D is a denoising auto-encoder (Vincent et al. 2008). Instance noise (Sonderby et al.
             2016) would be |v + e - D(v + e)|: both losses get one floor, their ratio goes to 1, and k to 0.
    vae      D's h = mu(v) + sigma(v) e (Kingma and Welling 2013), and L_D has + vae KL(N(mu(x), sigma(x)^2) | N(0, 1)).
    energy   D without a decoder: L(v) = |T v - E(v)|, T linear and fixed, with N_h rows.
    dfm      L_G has + dfm |phi - r(phi)|^2, phi of G(z), r a denoiser of the data's phi (Warde-Farley and Bengio 2017).
    cs       L_D has + cs |z - E(G(z))| (BEGAN-CS, Chang et al. 2018, arXiv 1808.07258).
    ema      images come from the average of G's weights (Yazici et al. 2018, arXiv 1806.04498), which learns nothing.

What L means then. k, gamma and M_global act on L(x) and L(G(z)) alone; all that is added stays out of both.
With `vae` L is the reconstruction loss still, of an h that is drawn in the training step, for x and for G(z) alike, so
that the controller compares like with like; held-out losses and reconstructions have h = mu. The KL term is of the data
alone: with -k before that of G(z), D would gain by sending the codes of generated images to infinity.
Where `energy` has T = 0 ("norm"), E = 0 is the best answer whatever is shown: both losses go to 0, and k stays where it
is. A T of random directions ("projection") asks E for something of each image, as the decoder did: L(x) falls as far as
E learns it, and gamma L(x) is a level to hold. What is missing is the pixel-level feedback, which the paper thinks
helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from began_lib.equilibrium import reconstruction_loss
from began_lib.models import Architecture, Discriminator, Encoder, require_unit_range
from began_lib.step import Began, StepLosses
from began_lib.training.checkpoints import part
from began_lib.training.parallel import Ranks, SharedBegan

WEIGHT = (0, 1000)  # bounds of a term's weight
WIDTH, DEPTH = 256, 3  # of DFM's denoiser; its authors: 2048 and 10, for ImageNet
DFM_NOISE = 1.0  # deviation of the noise on its features, which have deviation 1 here


def _option(
    default: Any, meaning: str, bounds: tuple[float, float] | None = None, choices: tuple[str, ...] | None = None
) -> Any:
    return field(default=default, metadata={"help": meaning, "bounds": bounds, "choices": choices})


@dataclass(frozen=True)
class Questions:
    """Which of the open questions a run asks; `TrainingConfig` checks each value."""

    noise: float = _option(0.0, "deviation of noise on D's input (Vincent 2008)", (0, 10))
    noise_on: str = _option("data", "what the noise is on", choices=("data", "both"))
    noise_steps: int = _option(0, "step by which it has fallen to 0; 0: it stays", (0, 10**9))
    vae: float = _option(0.0, "a VAE as D: weight of KL (Kingma, Welling 2013)", WEIGHT)
    energy: str = _option(
        "off", "D has no decoder: h is to be 0, or a projection", choices=("off", "norm", "projection")
    )
    dfm: float = _option(0.0, "weight of DFM's term in L_G (Warde-Farley 2017)", WEIGHT)
    cs: float = _option(0.0, "weight of |z - E(G(z))| in L_D (BEGAN-CS 2018)", WEIGHT)
    ema: float = _option(0.0, "decay of an average of G, for images (Yazici 2018)", (0, 0.999999))

    @property
    def asked(self) -> tuple[str, ...]:
        """Names of the settings that are not as they usually are."""
        return tuple(own.name for own in fields(self) if getattr(self, own.name) != own.default)

    def require_fitting(self, architecture: Architecture, separate_z: bool) -> None:
        """Raise ValueError where options cannot be had together, or not with these networks."""
        asked = set(self.asked)
        if asked & {"noise_on", "noise_steps"} and not self.noise:
            raise ValueError("noise_on and noise_steps say where and how long the noise is: expected noise above 0.")
        for name, others in (("energy", ("vae", "dfm", "cs")), ("dfm", ("noise", "vae"))):
            if name in asked and (found := [other for other in others if other in asked]):
                raise ValueError(f"{name} cannot be asked together with {' and '.join(found)}: leave out one.")
        if self.cs and architecture.hidden != architecture.latent:
            raise ValueError(
                f"cs compares h with z, of {architecture.hidden} and {architecture.latent} numbers: expected as many."
            )
        if separate_z and asked - {"ema"}:
            raise ValueError(f"separate_z goes with the paper's own step: expected no {', '.join(sorted(asked))}.")


# -- networks ---------------------------------------------------------------------------------------------------------


class VariationalEncoder(Encoder):
    """Figure 1b with twice as many outputs, mean and log variance of h. Its code is the mean, unless `random` is set.

    Args:
        encoder: gives its weights to the mean. The log variance begins at 0 for all images: as wide as the prior.
    """

    def __init__(self, encoder: Encoder) -> None:
        nn.Module.__init__(self)
        self.architecture, self.blocks, self.recompute = encoder.architecture, encoder.blocks, encoder.recompute
        mean = encoder.to_hidden
        self.to_hidden = nn.Linear(mean.in_features, 2 * mean.out_features)
        with torch.no_grad():
            for own, given in zip(self.to_hidden.parameters(), mean.parameters(), strict=True):
                own.copy_(torch.cat([given, torch.zeros_like(given)]))
        self.random: torch.Generator | None = None

    def statistics(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of h, each float32 (N, hidden)."""
        return super().forward(x).float().chunk(2, dim=1)

    def draw(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """h = mu + sigma e, e from N(0, 1) and the stream `random`; without one h = mu."""
        return mean if self.random is None else mean + (0.5 * log_variance).exp() * _normal(mean, self.random)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, size, size) in [-1, 1] -> (N, hidden)."""
        return self.draw(*self.statistics(x))


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mu, sigma^2) | N(0, 1)) in nats: (N, h) and (N, h) -> (N,), summed over h."""
    return 0.5 * (mean.square() + log_variance.exp() - 1.0 - log_variance).sum(1)


def denoiser(features: int, width: int = WIDTH, depth: int = DEPTH) -> nn.Sequential:
    """DFM's r: fully connected, ReLU between, (N, features) -> (N, features)."""
    layers: list[nn.Module] = []
    for _ in range(depth):
        layers += [nn.Linear(layers[-2].out_features if layers else features, width), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(width, features))


def denoised_gap(features: Tensor, denoise: nn.Module) -> Tensor:
    """Mean square per feature of phi - r(phi), whose gradient arrives through the first phi alone."""
    return (features - denoise(features.detach()).detach()).square().mean()


def discriminator_of(architecture: Architecture, questions: Questions) -> Discriminator:
    """D as the questions have it; what it shares with the paper's, and G after it, begin with the same weights."""
    made = Discriminator(architecture)
    with torch.random.fork_rng(devices=[]):
        if questions.vae:
            made.encoder = VariationalEncoder(made.encoder)
        if questions.energy != "off":
            made.decoder = nn.Identity()
            made.register_buffer("projection", _projection(architecture, questions.energy == "projection"))
        if questions.dfm:
            made.denoiser = denoiser(architecture.hidden)
    return made


def _projection(architecture: Architecture, random: bool) -> Tensor:
    """T, (C size^2, N_h): 0, or random directions of length 1, along which images vary as much as a pixel does."""
    shape = architecture.channels * architecture.size**2, architecture.hidden
    return nn.functional.normalize(torch.randn(shape), dim=0) if random else torch.zeros(shape)


def _normal(like: Tensor, random: torch.Generator) -> Tensor:
    return torch.randn(like.shape, generator=random, device=like.device)


# -- the step ---------------------------------------------------------------------------------------------------------


class QuestionedBegan(Began):
    """`Began` with questions asked. What a step draws comes from the run's own stream, after z.

    Args:
        questions: what is asked.
        arguments, options: those of `Began`; D from :func:`discriminator_of`.
    """

    def __init__(self, questions: Questions, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.questions = questions
        self.average = deepcopy(self.generator).requires_grad_(False) if questions.ema else None

    def step(self, x: Tensor) -> StepLosses:
        """Update theta_D, theta_G and k with one batch x, and the average of theta_G where there is one."""
        losses = super().step(x)
        if self.average is not None:
            self._follow()
        return losses

    def losses_with_gradients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """L(x) and L(G(z)); leaves the gradients of L_D in theta_D's `.grad` and those of L_G in theta_G's."""
        if self.questions.asked == ("ema",):
            return super().losses_with_gradients(x)
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            z = self.sample_z(len(x))
            generated = self.generator(z)
            with self._drawing():
                total, loss_real, code = self._of_data(x)
                loss_fake = self._of_generated(generated)
            total = total + loss_fake
            if self.questions.cs:
                total = total + self.questions.cs * self._constraint(generated, z)
            features = self._fixed_encoder(generated) if self.questions.dfm else None
        if features is not None:
            total = total + self._denoised(code, features)
        total.backward()
        return loss_real.detach(), loss_fake.detach()

    def _of_data(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What theta_D goes down on the data, L(x), and the code h of x."""
        questions, encoder = self.questions, self.discriminator.encoder
        seen = self._noisy(x) if questions.noise else x
        if not questions.vae:
            code = encoder(seen)
            loss_real = self.loss(x, self.discriminator.decoder(code)).mean()  # L(x)
            return loss_real, loss_real, code
        mean, log_variance = encoder.statistics(seen)
        code = encoder.draw(mean, log_variance)
        loss_real = self.loss(x, self.discriminator.decoder(code)).mean()  # L(x)
        return loss_real + questions.vae * kl_divergence(mean, log_variance).mean(), loss_real, code

    def _of_generated(self, generated: Tensor) -> Tensor:
        """L(G(z)), whose gradient arrives at theta_D times -k and at theta_G as it is."""
        both = self.questions.noise and self.questions.noise_on == "both"
        seen = self._noisy(generated) if both else generated
        return self.loss(generated, self.discriminator_times_minus_k(seen)).mean()

    @contextmanager
    def _drawing(self) -> Iterator[None]:
        """Let a VAE draw its codes."""
        encoder = self.discriminator.encoder
        if not self.questions.vae:
            yield
            return
        encoder.random = self.random
        try:
            yield
        finally:
            encoder.random = None

    def _noisy(self, images: Tensor) -> Tensor:
        """Images with the noise of this step on them."""
        deviation, end = self.questions.noise, self.questions.noise_steps
        share = (1.0 - self._steps() / end).clamp(min=0.0) if end else 1.0
        return images + deviation * share * _normal(images, self.random)

    def _steps(self) -> Tensor:
        """The number of steps made, as Adam counts them, on the device."""
        state = self.optimizer.state.get(self.parameters[0])
        return state["step"].to(self.device) if state else torch.zeros((), device=self.device)

    def _constraint(self, generated: Tensor, z: Tensor) -> Tensor:
        """|z - E(G(z))|, mean over numbers and batch; G is held, the term is D's alone."""
        return (z - self.discriminator.encoder(generated.detach())).abs().mean()

    def _fixed_encoder(self, generated: Tensor) -> Tensor:
        """E(G(z)), whose gradient arrives at theta_G only."""
        encoder = self.discriminator.encoder
        fixed = {name: weight.detach() for name, weight in encoder.named_parameters()}
        return functional_call(encoder, fixed, (generated,))

    def _denoised(self, code: Tensor, generated_code: Tensor) -> Tensor:
        """The denoiser's loss and G's share of it.

        phi is h in units of the data's deviation: D has no batch norm that would keep its scale.
        """
        denoise, data = self.discriminator.denoiser, code.detach().float()
        scale = data.std(correction=0).clamp(min=1e-3)
        phi = data / scale
        denoising = (phi - denoise(phi + DFM_NOISE * _normal(phi, self.random))).square().mean()
        return denoising + self.questions.dfm * denoised_gap(generated_code.float() / scale, denoise)

    def loss(self, v: Tensor, reconstruction: Tensor) -> Tensor:
        """L(v) of each image, (N,), given what D makes of it: D(v) or, without a decoder, E(v)."""
        return reconstruction_loss(self._target(v), reconstruction, self.eta)

    def _target(self, v: Tensor) -> Tensor:
        """What D is asked for: the image, or T v, (N, N_h)."""
        if self.questions.energy == "off":
            return v
        with torch.autocast(v.device.type, enabled=False):
            return v.float().flatten(1) @ self.discriminator.projection

    # -- looking ------------------------------------------------------------------------------------------------------

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the average towards theta_G: at first the mean of all steps, since the start is no part of it."""
        weight = (1.0 / self._steps()).clamp(min=1.0 - self.questions.ema)
        own, now = list(self.average.parameters()), list(self.generator.parameters())
        gap = torch._foreach_sub(now, own)
        torch._foreach_mul_(gap, weight)
        torch._foreach_add_(own, gap)
        for kept, buffer in zip(self.average.buffers(), self.generator.buffers(), strict=True):
            kept.copy_(buffer)

    @torch.no_grad()
    def generate(self, z: Tensor, batch_size: int = 64) -> Tensor:
        """G(z) of the averaged weights where there are some, float32 (N, C, H, W); not clipped to [-1, 1]."""
        if self.average is None:
            return super().generate(z, batch_size)
        with self.autocast():
            return torch.cat([self.average(part).float() for part in z.to(self.device).split(batch_size)])

    def reconstruct(self, v: Tensor, batch_size: int = 64) -> Tensor:
        """D(v) as float32, the shape of v. Raises ValueError where D has no decoder."""
        require_decoder(self.questions)
        return super().reconstruct(v, batch_size)

    def losses(self, v: Tensor, batch_size: int = 64) -> Tensor:
        """L(v) of each image, (N,), without gradients, noise or draws."""
        v = (require_unit_range(v) if v.dim() == 4 else v).to(self.device)
        return self.loss(v, super().reconstruct(v, batch_size))


def trained_by(questions: Questions, ranks: Ranks) -> Callable[..., Began]:
    """What makes the `Began` of a run. Raises ValueError for a question asked of several processes."""
    if not questions.asked:
        return partial(SharedBegan, ranks) if ranks.size > 1 else Began
    if ranks.size > 1:
        raise ValueError(f"{', '.join(questions.asked)}: trained in one process; start it with python, not torchrun.")
    return partial(QuestionedBegan, questions)


def require_decoder(questions: Questions) -> None:
    """Raise ValueError where D has no decoder, and so no reconstruction."""
    if questions.energy != "off":
        raise ValueError(f"its D has no decoder (energy {questions.energy}): there is nothing that it rebuilds.")


def average_of(began: Began) -> dict[str, Tensor]:
    """The averaged weights that a run keeps, for its checkpoints; empty where it keeps none."""
    average = began.average if isinstance(began, QuestionedBegan) else None
    return {} if average is None else {f"average.{name}": tensor for name, tensor in average.state_dict().items()}


def load_average(began: Began, tensors: dict[str, Tensor]) -> None:
    """Give a run the averaged weights that :func:`average_of` took from another, if it keeps some."""
    if average_of(began):
        began.average.load_state_dict(part(tensors, "average."))


def generator_weights(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Of a checkpoint the weights of the G that makes its images: the averaged ones where it has some."""
    return part(tensors, "average.") or part(tensors, "generator.")
