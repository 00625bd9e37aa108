"""Figure 1: shapes, parameters, initial scale, options, and a second implementation."""

import pytest
import torch
from torch import nn

from began_lib.models import (
    IMAGE_SIZES,
    Architecture,
    Convolution,
    Discriminator,
    Generator,
    sample_z,
    set_carry,
)
from tools.bench.textbook import textbook_networks

SMALL = Architecture(size=32, filters=4, hidden=6, latent=5)


@pytest.mark.parametrize("size", IMAGE_SIZES)
@pytest.mark.parametrize("channels", [1, 3])
def test_shapes_at_every_size(size: int, channels: int) -> None:
    a = SMALL.at(size=size, channels=channels)
    v = torch.zeros(2, channels, size, size)
    assert Discriminator(a)(v).shape == v.shape
    assert Generator(a)(torch.zeros(2, a.latent)).shape == v.shape


@pytest.mark.parametrize("options", [{"skip_connections": True}, {"vanishing_residuals": True}, {"repeats": 1}])
def test_shapes_with_options(options: dict[str, object]) -> None:
    a = SMALL.at(size=64, **options)
    v = torch.zeros(2, 3, 64, 64)
    assert Discriminator(a)(v).shape == v.shape


def test_no_normalisation_dropout_or_transposed_convolution_and_a_linear_embedding() -> None:
    network = Discriminator(SMALL)
    kinds = {type(m) for m in network.modules() if not list(m.children())}
    assert kinds == {nn.Conv2d, nn.Linear}
    v = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    h = network.encoder(v)
    with torch.no_grad():
        network.encoder.to_hidden.weight.mul_(-10.0)
    # Biases start at 0, so a linear embedding follows its weights; one behind an ELU could not.
    torch.testing.assert_close(network.encoder(v), -10.0 * h)


def test_every_layer_has_weights_of_its_own() -> None:
    network = Discriminator(SMALL)
    weights = [p.data_ptr() for p in network.parameters()]
    assert len(set(weights)) == len(weights)


def test_generator_and_decoder_do_not_share_weights() -> None:
    a = SMALL.at(latent=SMALL.hidden)
    ours, theirs = Generator(a).state_dict(), Discriminator(a).decoder.state_dict()
    assert {n: t.shape for n, t in ours.items()} == {n: t.shape for n, t in theirs.items()}
    assert not torch.equal(ours["from_hidden.weight"], theirs["from_hidden.weight"])


def cube_to_channels_first(weight: torch.Tensor, filters: int, dim: int) -> torch.Tensor:
    """Reorder the 8x8xC positions of a fully connected layer from channels last to channels first."""
    shape = list(weight.shape)
    split = [*shape[:dim], 8, 8, filters, *shape[dim + 1 :]]
    order = list(range(len(split)))
    order[dim : dim + 3] = [dim + 2, dim, dim + 1]
    return weight.reshape(split).permute(order).reshape(shape)


def test_equal_to_a_plain_row_of_layers() -> None:
    torch.manual_seed(0)
    ours_d, ours_g = Discriminator(SMALL).double(), Generator(SMALL).double()
    theirs_d, theirs_g = (network.double() for network in textbook_networks(SMALL))
    n, cube = SMALL.filters, SMALL.cube_filters
    for ours, theirs in ((ours_d, theirs_d), (ours_g, theirs_g)):
        copied = []
        for name, p in ours.named_parameters():
            value = p.detach().clone()
            if "from_hidden" in name:
                value = cube_to_channels_first(value, n, 0)
            elif name.endswith("to_hidden.weight"):
                value = cube_to_channels_first(value, cube, 1)
            copied.append(value)
        for p, value in zip(theirs.parameters(), copied, strict=True):
            p.data.copy_(value)
    v = torch.rand(3, 3, 32, 32, dtype=torch.float64) * 2 - 1
    z = torch.rand(3, SMALL.latent, dtype=torch.float64) * 2 - 1
    # float64: only the order of additions differs between memory layouts.
    torch.testing.assert_close(ours_d(v), theirs_d(v), rtol=0, atol=1e-12)
    torch.testing.assert_close(ours_g(z), theirs_g(z), rtol=0, atol=1e-12)


def test_memory_layout_does_not_change_the_output() -> None:
    torch.manual_seed(0)
    network = Discriminator(SMALL).double()
    v = torch.rand(2, 3, 32, 32, dtype=torch.float64)
    plain = network(v)
    layout = torch.channels_last
    other = network.to(memory_format=layout)(v.contiguous(memory_format=layout))
    torch.testing.assert_close(other, plain, rtol=0, atol=1e-12)  # float64 rounding


def test_vanishing_residual_formula() -> None:
    layer = Convolution(4, 4, carry=True).double()
    x = torch.randn(1, 4, 8, 8, dtype=torch.float64)
    out = nn.functional.elu(layer.convolution(x))
    for carry in (1.0, 0.25, 0.0):
        set_carry(layer, carry)
        torch.testing.assert_close(layer(x), carry * x + (1 - carry) * out)


def test_carry_leaves_layers_that_change_shape_alone_and_refuses_other_numbers() -> None:
    assert not Convolution(4, 8, carry=True).carries
    assert not Convolution(4, 4, stride=2, carry=True).carries
    with pytest.raises(ValueError, match="carry"):
        set_carry(Convolution(4, 4, carry=True), 1.5)


def test_skip_connections_join_the_first_tensor() -> None:
    shapes = [
        {name: p.shape for name, p in Generator(a).named_parameters()} for a in (SMALL, SMALL.at(skip_connections=True))
    ]
    wider = [name for name in shapes[0] if shapes[0][name] != shapes[1][name]]
    assert wider == ["scales.1.0.convolution.weight", "scales.2.0.convolution.weight"]


def test_signal_keeps_its_scale_at_the_start() -> None:
    """No layer starves: the generator's first images have contrast, at every depth."""
    for size in (32, 128):
        torch.manual_seed(0)
        images = Generator(Architecture(size=size, filters=8))(sample_z(8, 64))
        assert 0.02 < images.std() < 2.0


def test_z_is_uniform_in_the_cube_and_reproducible() -> None:
    a, b = (sample_z(4000, 3, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(a, b)
    assert a.min() >= -1 and a.max() <= 1
    # Mean 0, variance 1/3; 12,000 draws: standard errors 0.005 and 0.003, held at five of them.
    assert abs(a.mean()) < 0.026 and abs(a.var() - 1 / 3) < 0.015


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"size": 48}, "size is 48"),
        ({"channels": 4}, "channels is 4"),
        ({"filters": 0}, "filters is 0"),
        ({"hidden": 2.5}, "hidden is 2.5"),
        ({"repeats": True}, "repeats is True"),
    ],
)
def test_bad_architectures_say_what_was_expected(changes: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        SMALL.at(**changes)


def test_wrong_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(N, 3, 32, 32\), found \(1, 3, 64, 64\)"):
        Discriminator(SMALL)(torch.zeros(1, 3, 64, 64))
    with pytest.raises(ValueError, match=r"\(N, 5\), found \(1, 6\)"):
        Generator(SMALL)(torch.zeros(1, 6))
    with pytest.raises(ValueError, match="at least 1"):
        sample_z(0, 5)
