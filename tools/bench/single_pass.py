"""An experiment: x and G(z) through D in one forward and one backward pass, with one number per image.

Each layer of D has a number for each image, 1 for x and -k for G(z). What reaches a layer's weights is computed from
the output's gradient times that number; what reaches its input, from the output's gradient as it is. Nothing is divided
by k, which may be 0. The library does not do it: `docs/performance.md` says what it gave.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from began_lib.equilibrium import reconstruction_loss
from began_lib.step import Began


class _Convolution(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, numbers: Tensor, stride: tuple[int, int]) -> Tensor:
        ctx.save_for_backward(x, weight, numbers)
        ctx.stride = stride
        return F.conv2d(x, weight, bias, stride, padding=1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, numbers = ctx.saved_tensors

        def towards(gradient: Tensor, wanted: tuple[bool, bool, bool]) -> tuple[Tensor | None, ...]:
            return torch.ops.aten.convolution_backward(
                gradient, x, weight, [len(weight)], ctx.stride, (1, 1), (1, 1), False, (0, 0), 1, wanted
            )

        to_x = towards(gradient, (True, False, False))[0] if ctx.needs_input_grad[0] else None
        scaled = gradient * numbers.view(-1, 1, 1, 1).to(gradient.dtype)
        return to_x, *towards(scaled, (False, True, True))[1:], None, None


class _Linear(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, numbers: Tensor) -> Tensor:
        ctx.save_for_backward(x, weight, numbers)
        return F.linear(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, numbers = ctx.saved_tensors
        scaled = gradient * numbers.view(-1, 1).to(gradient.dtype)
        return gradient @ weight, scaled.T @ x, scaled.sum(0), None


class _Numbered(TorchFunctionMode):
    """Layers called in this context scale, for each image, the gradient that reaches their weights."""

    def __init__(self, numbers: Tensor, dtype: torch.dtype) -> None:
        super().__init__()
        self.numbers, self.dtype = numbers, dtype

    def __torch_function__(
        self, function: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if function not in (F.conv2d, F.linear):
            return function(*args, **(kwargs or {}))
        inputs = (tensor.to(self.dtype) for tensor in args[:3])  # as autocast would
        if function is F.linear:
            return _Linear.apply(*inputs, self.numbers)
        return _Convolution.apply(*inputs, self.numbers, args[3])


class SinglePass(Began):
    """`Began` with z_D = z_G, whose D runs once over x and G(z) together."""

    def losses_with_gradients(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """L(x) and L(G(z)); leaves the gradients of L_D and L_G as `Began.losses_with_gradients` does."""
        self.optimizer.zero_grad(set_to_none=True)
        n = len(x)
        with self.autocast():
            generated = self.generator(self.sample_z(n))
            images = torch.cat([x.to(generated.dtype), generated])
            numbers = torch.cat([torch.ones_like(self.controller.k).expand(n), (-self.controller.k).expand(n)])
            dtype = torch.bfloat16 if self.precision == "bf16" else x.dtype
            with _Numbered(numbers, dtype):
                rebuilt = self.discriminator(images)
            losses = reconstruction_loss(images, rebuilt, self.eta)
            loss_real, loss_fake = losses[:n].mean(), losses[n:].mean()
        (loss_real + loss_fake).backward()
        return loss_real.detach(), loss_fake.detach()
