"""One training step of BEGAN: theta_D, theta_G and k are updated at once (section 3.4).

The textbook writes two losses and so two backward passes over the generated images: one for L_D, one for L_G. Here z_D
and z_G are one batch (by default), and one pass serves both losses. The gradient of L(G(z)) with respect to theta_D is
scaled by -k where it arrives at the weights, and flows on unscaled through the images into theta_G:

    one generator forward, one discriminator forward on x, one on G(z), one backward pass, nothing computed and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from began_lib.equilibrium import Controller, convergence_measure, reconstruction_loss
from began_lib.models import require_unit_range, sample_z


class _ScaleGradient(torch.autograd.Function):
    """The identity, whose gradient is multiplied by a number on the device."""

    @staticmethod
    def forward(ctx: Any, weight: Tensor, scale: Tensor) -> Tensor:
        ctx.save_for_backward(scale)
        return weight.view_as(weight)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (scale,) = ctx.saved_tensors
        return gradient * scale, None


@dataclass(frozen=True)
class StepLosses:
    """What one step measured, 0-dimensional tensors on the device; k is the value after the step's update."""

    loss_real: Tensor  # L(x), batch mean
    loss_fake: Tensor  # L(G(z_G)), batch mean
    k: Tensor  # k_{t+1}
    m_global: Tensor  # L(x) + |gamma L(x) - L(G(z_G))|


class Began:
    """The two networks, the controller and Adam: all that changes in training, on one device.

    The networks may be any modules for which D(v) has the shape of v and G takes z of shape (N, latent): those of
    `models` for images, or small ones for points in the plane. Raises ValueError for another precision, and for
    a learning rate outside (0, 1].

    Args:
        discriminator: D, an auto-encoder.
        generator: G.
        latent: N_z.
        controller: k with its gamma and lambda_k, on the same device.
        learning_rate: of Adam, for both networks; the paper: 5e-5 to 1e-4.
        eta: exponent of the reconstruction loss, 1 or 2.
        separate_z: draw z_D and z_G apart, as the objective is written; by default both are one batch.
        precision: "fp32" or "bf16" (autocast; weights, losses and Adam stay float32).
        seed: of the stream of z.
    """

    def __init__(
        self,
        discriminator: nn.Module,
        generator: nn.Module,
        latent: int,
        controller: Controller,
        learning_rate: float = 1e-4,
        eta: int = 1,
        separate_z: bool = False,
        precision: str = "fp32",
        seed: int = 0,
    ) -> None:
        if precision not in ("fp32", "bf16"):
            raise ValueError(f"precision is {precision!r}: expected fp32 or bf16.")
        self.discriminator, self.generator = discriminator, generator
        self.latent, self.controller = latent, controller
        self.eta, self.separate_z, self.precision = eta, separate_z, precision
        self.device = controller.k.device
        self.dtype = next(generator.parameters()).dtype
        self.seed, self.random = seed, torch.Generator(self.device).manual_seed(seed)
        self._weights = dict(discriminator.named_parameters())
        self.parameters = [*self._weights.values(), *generator.parameters()]
        self.optimizer = torch.optim.Adam(
            self.parameters,
            lr=_checked_rate(learning_rate),
            fused=self.device.type in ("cpu", "cuda"),
        )

    @property
    def learning_rate(self) -> float:
        """Adam's step size, in (0, 1], else ValueError. Setting it keeps Adam's moments."""
        return self.optimizer.param_groups[0]["lr"]

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self.optimizer.param_groups[0]["lr"] = _checked_rate(value)

    def autocast(self) -> torch.autocast:
        """The number format of the forward passes, as a context."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16")

    def sample_z(self, n: int) -> Tensor:
        """n codes from the run's own stream, (n, latent)."""
        return sample_z(n, self.latent, self.random, self.device).to(self.dtype)

    def step(self, x: Tensor) -> StepLosses:
        """Update theta_D, theta_G and k with one batch of images x, (N, C, H, W) in [-1, 1] (or points, (N, d))."""
        if x.dim() == 4 and not self.optimizer.state:  # once: the first batch stands for the others
            require_unit_range(x)
        loss_real, loss_fake = self.losses_with_gradients(x)
        self.optimizer.step()  # theta_D and theta_G
        m_global = convergence_measure(loss_real, loss_fake, self.controller.gamma_tensor)
        k = self.controller.update(loss_real, loss_fake).clone()
        return StepLosses(loss_real, loss_fake, k, m_global)

    def losses_with_gradients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """L(x) and L(G(z_G)); leaves the gradients of L_D in theta_D's `.grad` and those of L_G in theta_G's."""
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast():
            loss_real = self.loss(x, self.discriminator(x)).mean()  # L(x)
            generated = self.generator(self.sample_z(len(x)))  # G(z_G)
            if self.separate_z:
                # L_D sees G(z_D), held fixed; L_G sees G(z_G) through weights of D that are held fixed.
                with torch.no_grad():
                    generated_d = self.generator(self.sample_z(len(x)))  # G(z_D)
                loss_fake_d = self.loss(generated_d, self.discriminator_times_minus_k(generated_d)).mean()  # L(G(z_D))
                loss_fake = self.loss(generated, self._fixed_discriminator(generated)).mean()  # L(G(z_G))
                total = loss_real + loss_fake_d + loss_fake
            else:
                # L(G(z)), for both
                loss_fake = self.loss(generated, self.discriminator_times_minus_k(generated)).mean()
                total = loss_real + loss_fake
        total.backward()  # the sum means nothing by itself: -k enters on the way back
        return loss_real.detach(), loss_fake.detach()

    def loss(self, v: Tensor, reconstruction: Tensor) -> Tensor:
        """L(v) of each image, (N,), given D(v): the place for another one, in a subclass."""
        return reconstruction_loss(v, reconstruction, self.eta)

    def discriminator_times_minus_k(self, generated: Tensor) -> Tensor:
        """D(generated), whose gradient arrives at theta_D times -k and at `generated` as it is."""
        minus_k = -self.controller.k.clone()
        scaled = {name: _ScaleGradient.apply(weight, minus_k) for name, weight in self._weights.items()}
        return functional_call(self.discriminator, scaled, (generated,))

    def _fixed_discriminator(self, generated: Tensor) -> Tensor:
        """D(generated), whose gradient arrives at `generated` only."""
        fixed = {name: weight.detach() for name, weight in self._weights.items()}
        return functional_call(self.discriminator, fixed, (generated,))

    @torch.no_grad()
    def generate(self, z: Tensor, batch_size: int = 64) -> Tensor:
        """G(z) as float32, (N, C, H, W); not clipped to [-1, 1]."""
        with self.autocast():
            return torch.cat([self.generator(part).float() for part in z.to(self.device).split(batch_size)])

    @torch.no_grad()
    def reconstruct(self, v: Tensor, batch_size: int = 64) -> Tensor:
        """D(v) as float32, the shape of v: images meant for [-1, 1], be it by a G that has left it, or points."""
        with self.autocast():
            return torch.cat([self.discriminator(part).float() for part in v.to(self.device).split(batch_size)])

    def losses(self, v: Tensor, batch_size: int = 64) -> Tensor:
        """L(v) of each image, (N,), without gradients."""
        v = (require_unit_range(v) if v.dim() == 4 else v).to(self.device)
        return self.loss(v, self.reconstruct(v, batch_size))


def _checked_rate(value: float) -> float:
    if not 0.0 < value <= 1.0:
        raise ValueError(f"learning_rate is {value!r}: expected a number in (0, 1]; the paper uses 5e-5 to 1e-4.")
    return float(value)
