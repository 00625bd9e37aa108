"""Sections 3.1 to 3.4 of the paper: the losses, the controller that keeps the equilibrium, the convergence measure.

    L_D = L(x) - k_t L(G(z_D))                               for theta_D
    L_G = L(G(z_G))                                          for theta_G
    k_{t+1} = k_t + lambda_k (gamma L(x) - L(G(z_G)))        at each training step t
    M_global = L(x) + |gamma L(x) - L(G(z_G))|

All values are tensors and stay on their device: nothing here waits for the accelerator.
"""

from __future__ import annotations

import torch
from torch import Tensor


def reconstruction_loss(v: Tensor, reconstruction: Tensor, eta: int = 1) -> Tensor:
    """L(v) = |v - D(v)|^eta per image (section 3.1), as the mean over pixels and channels.

    Raises ValueError where the two shapes differ, and for another eta.

    Args:
        v: images, (N, ...) in [-1, 1]. Where v = G(z), the gradient flows through v and through D(v).
        reconstruction: D(v), the shape of v.
        eta: 1 (the paper's experiments) or 2.

    Returns:
        (N,) float32 or float64, non-negative. In [-1, 1], |v - D(v)| of 1 is half the grey scale.
    """
    if v.shape != reconstruction.shape:
        raise ValueError(
            f"expected a reconstruction of the images' shape {tuple(v.shape)}, found {tuple(reconstruction.shape)}."
        )
    if eta not in (1, 2):
        raise ValueError(f"eta is {eta!r}: expected 1 or 2 (section 3.1).")
    difference = v - reconstruction
    if difference.dtype in (torch.bfloat16, torch.float16):
        difference = difference.float()
    error = difference.abs() if eta == 1 else difference.square()
    return error.flatten(1).mean(1)


def convergence_measure(loss_real: Tensor, loss_fake: Tensor, gamma: Tensor | float) -> Tensor:
    """M_global = L(x) + |gamma L(x) - L(G(z_G))| (section 3.4.2): low when images are rebuilt well and balanced.

    The losses are batch means, 0-dimensional, or (players,) for several trainings; M_global has their shape.
    """
    return loss_real + (gamma * loss_real - loss_fake).abs()


def updated_k(
    k: Tensor, loss_real: Tensor, loss_fake: Tensor, gamma: Tensor | float, lambda_k: Tensor | float
) -> Tensor:
    """k_{t+1} = k_t + lambda_k (gamma L(x) - L(G(z_G))), kept in [0, 1] (section 3.4).

    Tensors are 0-dimensional for one training, or (players,) for several side by side, as in `plane`.
    """
    return (k + lambda_k * (gamma * loss_real - loss_fake)).clamp(0.0, 1.0)


def _checked(name: str, value: float, low: float, high: float) -> float:
    value = float(value)
    if not low <= value <= high:  # also refuses NaN
        raise ValueError(f"{name} is {value!r}: expected a number in [{low:g}, {high:g}].")
    return value


class Controller:
    """What holds E[L(G(z))] at gamma E[L(x)] (equation 5, section 3.3), by moving k (section 3.4).

    The paper calls it proportional control. Since k sums up the error, it is integral control: see `control`.

    `gamma`, `lambda_k` and `held` may be changed between steps: sliders act on the next one. The numbers live in
    tensors on `device`, so that a step reads them without waiting and a captured graph sees new values. Values
    outside their ranges raise ValueError, at the start and when they are changed.

    Args:
        gamma: diversity ratio, the value that E[L(G(z))] / E[L(x)] is driven to, in [0, 1].
        lambda_k: gain, in [0, 1]; the paper: 0.001.
        k: start value; the paper: 0.
        clamp: False lets k leave [0, 1], to show why it is kept there.
    """

    def __init__(
        self,
        gamma: float = 0.5,
        lambda_k: float = 0.001,
        k: float = 0.0,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        clamp: bool = True,
    ) -> None:
        self.k = torch.tensor(_checked("k", k, 0.0, 1.0), device=device, dtype=dtype)
        self.gamma_tensor = torch.zeros_like(self.k)  # gamma on the device, 0-dimensional, for use inside a step
        self._gain = torch.zeros_like(self.k)  # likewise lambda_k, or 0 while k is held
        self.clamp, self._held = clamp, False
        self.gamma, self.lambda_k = gamma, lambda_k

    @property
    def gamma(self) -> float:
        """Diversity ratio, in [0, 1]; a value outside raises ValueError."""
        return self._gamma

    @gamma.setter
    def gamma(self, value: float) -> None:
        self._gamma = _checked("gamma", value, 0.0, 1.0)
        self.gamma_tensor.fill_(self._gamma)

    @property
    def lambda_k(self) -> float:
        """Gain, in [0, 1]; acts from the next step on. A value outside raises ValueError."""
        return self._lambda_k

    @lambda_k.setter
    def lambda_k(self, value: float) -> None:
        self._lambda_k = _checked("lambda_k", value, 0.0, 1.0)
        self._gain.fill_(0.0 if self._held else self._lambda_k)

    @property
    def held(self) -> bool:
        """True while k is held fixed: the controller is off and k stays where it was set."""
        return self._held

    @held.setter
    def held(self, value: bool) -> None:
        self._held = bool(value)
        self.lambda_k = self._lambda_k

    def set_k(self, value: float) -> None:
        """Put k somewhere in [0, 1] by hand; ValueError for a value outside."""
        self.k.fill_(_checked("k", value, 0.0, 1.0))

    @torch.no_grad()
    def update(self, loss_real: Tensor, loss_fake: Tensor) -> Tensor:
        """Move k by one step, in place, from the batch means L(x) and L(G(z_G)); returns k."""
        if self.clamp:
            self.k.copy_(updated_k(self.k, loss_real, loss_fake, self.gamma_tensor, self._gain))
        else:
            self.k.add_(self._gain * (self.gamma_tensor * loss_real - loss_fake))
        return self.k
