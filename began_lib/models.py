"""Figure 1 of the paper: the auto-encoder that is BEGAN's discriminator, and the generator (section 3.5).

Every convolution is 3x3 and followed by an ELU, except the last one, which paints the image. A scale has `repeats`
convolutions. Between scales the encoder sub-samples with stride 2 (that convolution also takes the filters from n to
2n to 3n ...) and the decoder, which has n filters everywhere, up-samples by nearest neighbour. The final cube is 8x8;
fully connected layers without a non-linearity take it to the embedding h and back. There is no batch normalisation, no
dropout and no transposed convolution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

# The first -0.0 makes every later ELU of this process several times as fast on CPUs with AVX-512. PyTorch's expm1 reads
# one of its constants under a mask that picks the inputs equal to -0.0, of which there are none. As long as the memory
# page of that constant is not loaded, the processor has to suppress a page fault at each such read, in microcode; and
# a suppressed fault never loads the page. See docs/performance.md.
torch.expm1(torch.full((64,), -0.0))

FINAL_SIZE = 8  # the paper keeps a constant final down-sampled image size of 8x8
IMAGE_SIZES = (16, 32, 64, 128, 256)


def require_unit_range(images: Tensor) -> Tensor:
    """The images, if they are finite floats that can be meant for [-1, 1]. A network's may leave that on both sides.

    Raises TypeError or ValueError for others, and for pixels 0 to 255: nothing is below 0, something above 2.
    """
    if not images.is_floating_point():
        raise TypeError(f"expected floating-point images in [-1, 1], found {images.dtype}; see to_unit_range")
    low, high = map(float, images.detach().aminmax()) if images.numel() else (0.0, 0.0)
    if not high - low < float("inf"):  # nor NaN
        raise ValueError("expected images in [-1, 1], found NaN or infinity: a network that made them has diverged")
    if low >= 0 and high > 2:
        found = f"{low:.3g} to {high:.3g}, as pixels 0 to 255 are; see to_unit_range"
        raise ValueError(f"expected images in [-1, 1], found {found}")
    return images


@dataclass(frozen=True)
class Architecture:
    """The shape of both networks. The defaults are the paper's for 64x64 where it states them (section 4.1).

    Raises ValueError for a value outside its bounds.
    """

    size: int = 64  # height and width of the images, pixels; the paper trains 32 to 256
    channels: int = 3  # 3 colour, 1 grey
    filters: int = 64  # n of figure 1; the paper's largest model has 128
    hidden: int = 64  # N_h, dimension of the embedding h; the paper: 64
    latent: int = 64  # N_z, dimension of z; the paper: equal to N_h except in section 4.5
    repeats: int = 2  # convolutions per scale; the paper: typically 2
    skip_connections: bool = False  # 3.5.1, later versions: h0 joined to the decoder after each up-sampling
    vanishing_residuals: bool = False  # 3.5.1, later versions: inputs carried past same-sized layers early in training

    def __post_init__(self) -> None:
        if not isinstance(self.size, int) or self.size not in IMAGE_SIZES:
            raise ValueError(
                f"size is {self.size!r}: expected one of {IMAGE_SIZES}, since each scale halves the image down to "
                f"{FINAL_SIZE}x{FINAL_SIZE}. Choose the nearest and let began_lib.data resize your pictures."
            )
        if not isinstance(self.channels, int) or self.channels not in (1, 3):
            raise ValueError(f"channels is {self.channels!r}: expected 1 (grey) or 3 (colour).")
        for name, most in (("filters", 1024), ("hidden", 8192), ("latent", 8192), ("repeats", 32)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
                raise ValueError(f"{name} is {value!r}: expected a whole number from 1 to {most}.")

    @property
    def scales(self) -> int:
        """Number of image sizes from `size` down to 8: 3 at 32x32, 4 at 64x64, 5 at 128x128."""
        return (self.size // FINAL_SIZE).bit_length()

    @property
    def cube_filters(self) -> int:
        """Filters of the encoder's final 8x8 cube: n times the number of scales."""
        return self.filters * self.scales

    def at(self, **changes: Any) -> Architecture:
        """A copy with some fields changed."""
        return replace(self, **changes)


class Convolution(nn.Module):
    """A 3x3 convolution with an ELU at its output; with `carry`, its input is mixed in (vanishing residual).

    in_{x+1} = carry * in_x + (1 - carry) * out_x, for successive layers of one size: section 3.5.1, which later
    versions of the paper have and the first has not.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1, carry: bool = False) -> None:
        super().__init__()
        self.convolution = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)
        self.carries = carry and inputs == outputs and stride == 1
        if self.carries:
            # On the network's device, so that lowering it from 1 to 0 needs no new graph; see set_carry. Kept with the
            # weights: without it they make other images.
            self.register_buffer("carry", torch.ones(()))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H / stride, W / stride)."""
        # In place: the convolution's gradient does not need its output, and ELU's follows from ELU's own output.
        out = F.elu(self.convolution(x), inplace=True)
        return torch.lerp(out, x, self.carry.to(out.dtype)) if self.carries else out


def _run(scale: Callable[[Tensor], Tensor], x: Tensor, recompute: bool) -> Tensor:
    # Nothing random happens inside, so that no random state has to be kept (which would wait for the device).
    return checkpoint(scale, x, use_reentrant=False, preserve_rng_state=False) if recompute else scale(x)


class Encoder(nn.Module):
    """Figure 1b: image -> embedding h."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        a = self.architecture = architecture
        blocks: list[nn.Module] = []
        inputs = a.channels
        for scale in range(1, a.scales + 1):
            outputs = scale * a.filters
            # The first of a scale takes (scale - 1) n filters to scale n, and sub-samples: stride 2 is the same as
            # computing all pixels and keeping one of four.
            if scale > 1:
                blocks.append(Convolution(inputs, outputs, stride=2))
                inputs = outputs
            for _ in range(a.repeats):
                blocks.append(Convolution(inputs, outputs, carry=a.vanishing_residuals))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.recompute = False
        self.to_hidden = nn.Linear(FINAL_SIZE * FINAL_SIZE * a.cube_filters, a.hidden)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, size, size) in [-1, 1] -> (N, hidden)."""
        start = 0
        for scale in range(self.architecture.scales):
            stop = start + self.architecture.repeats + (scale > 0)
            x = _run(self.blocks[start:stop], x, self.recompute)
            start = stop
        return self.to_hidden(x.permute(0, 2, 3, 1).flatten(1))  # from the cube (N, n * scales, 8, 8)


class Decoder(nn.Module):
    """Figure 1a: embedding -> image. The generator is a decoder of its own, fed with z."""

    def __init__(self, architecture: Architecture, inputs: int) -> None:
        super().__init__()
        a = self.architecture = architecture
        self.inputs = inputs
        self.from_hidden = nn.Linear(inputs, FINAL_SIZE * FINAL_SIZE * a.filters)
        joined = 2 * a.filters if a.skip_connections else a.filters
        self.scales = nn.ModuleList(
            nn.Sequential(
                *(
                    Convolution(
                        joined if scale > 0 and layer == 0 else a.filters, a.filters, carry=a.vanishing_residuals
                    )
                    for layer in range(a.repeats)
                )
            )
            for scale in range(a.scales)
        )
        self.to_image = nn.Conv2d(a.filters, a.channels, 3, padding=1)
        self.recompute = False

    def forward(self, h: Tensor) -> Tensor:
        """(N, inputs) -> (N, C, size, size), unbounded, trained towards [-1, 1]; ValueError for another shape."""
        if h.dim() != 2 or h.shape[1] != self.inputs:
            raise ValueError(f"expected codes of shape (N, {self.inputs}), found {tuple(h.shape)}.")
        # The fully connected layer writes pixel by pixel, so that the cube is channels_last without a copy.
        h0 = self.from_hidden(h).view(h.shape[0], FINAL_SIZE, FINAL_SIZE, -1).permute(0, 3, 1, 2)  # (N, n, 8, 8)
        x = self.scales[0](h0)
        for scale in self.scales[1:]:

            def grown(x: Tensor, scale: nn.Module = scale) -> Tensor:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
                if self.architecture.skip_connections:
                    x = torch.cat([x, F.interpolate(h0, size=x.shape[-2:], mode="nearest")], dim=1)
                return scale(x)

            x = _run(grown, x, self.recompute)
        return self.to_image(x)


class Discriminator(nn.Module):
    """The auto-encoder D: R^Nx -> R^Nx. Its reconstruction loss, not a score, tells real from generated."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.encoder = Encoder(architecture)
        self.decoder = Decoder(architecture, architecture.hidden)
        initialise(self)

    def forward(self, v: Tensor) -> Tensor:
        """(N, C, size, size) in [-1, 1] -> its reconstruction D(v), same shape; ValueError for images of another."""
        a = self.architecture
        if v.shape[1:] != (a.channels, a.size, a.size):
            raise ValueError(f"expected images of shape (N, {a.channels}, {a.size}, {a.size}), found {tuple(v.shape)}.")
        return self.decoder(self.encoder(v))


class Generator(Decoder):
    """G: z -> image. The decoder's architecture with weights of its own (section 3.5)."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__(architecture, architecture.latent)
        initialise(self)


def initialise(network: nn.Module) -> None:
    """Xavier-uniform weights and zero biases: the signal roughly keeps its scale through some 30 layers."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(module.weight)
            nn.init.zeros_(module.bias)


def set_carry(network: nn.Module, carry: float) -> None:
    """Set the share of the input carried past each same-sized layer: 1 at the start of training, 0 at its end.

    Raises ValueError for a share outside [0, 1].
    """
    if not 0.0 <= carry <= 1.0:
        raise ValueError(f"carry is {carry!r}: expected a number in [0, 1].")
    for module in network.modules():
        if isinstance(module, Convolution) and module.carries:
            module.carry.fill_(carry)


def set_recompute(network: nn.Module, recompute: bool) -> None:
    """Activation checkpointing: keep only what enters each scale, and compute the rest again in the backward pass.

    One forward more for a fraction of the memory, with the same numbers: what 256x256 may need.
    """
    for module in network.modules():
        if isinstance(module, Encoder | Decoder):
            module.recompute = recompute


def sample_z(
    n: int, latent: int, generator: torch.Generator | None = None, device: torch.device | str = "cpu"
) -> Tensor:
    """n codes z, uniform in [-1, 1]^latent, (n, latent), as in section 3.5; ValueError for n below 1."""
    if n < 1:
        raise ValueError(f"asked for {n} codes: expected at least 1.")
    return torch.rand(n, latent, generator=generator, device=device).mul_(2).sub_(1)
