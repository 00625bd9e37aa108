"""Tables: every cell in its format, and the layers of a network counted as the network counts them."""

from began_lib.figures.layers import FORMATS, layer_table
from began_lib.figures.tables import table
from began_lib.models import Architecture, Discriminator, Generator

SMALL = Architecture(size=32, filters=4, hidden=6, latent=5)


def test_cells_are_text_in_their_formats() -> None:
    rows = {"G": {"weights": 12345, "share": 0.5, "note": "large"}, "D": {"weights": 7, "share": None}}
    shown = table(rows, {"weights": ",", "share": ".0%"})
    assert shown.to_numpy().tolist() == [["12,345", "50%", "large"], ["7", "-", "-"]]
    assert list(shown.index) == ["G", "D"] and list(shown.columns) == ["weights", "share", "note"]
    assert table([{"a": 1.0, "b": float("nan")}], ".1f").to_numpy().tolist() == [["1.0", "-"]]


def test_the_papers_architecture() -> None:
    """64x64, n = 64: filters n, 2n, 3n, 4n down to 8x8, then n everywhere in the decoder."""
    a = Architecture(size=64, filters=64)
    encoder = layer_table(Discriminator(a)).filter(like="encoder.blocks", axis=0)
    assert list(encoder.output) == [
        *["64x64x64"] * 2,
        *["128x32x32"] * 3,
        *["192x16x16"] * 3,
        *["256x8x8"] * 3,
    ]
    generator = layer_table(Generator(a))[:-1]
    assert [shape.split("x")[0] for shape in generator.output] == ["4096", *["64"] * 8, "3"]
    assert generator.parameters.iloc[0] == 64 * 4096 + 4096


def test_the_table_counts_what_the_network_has() -> None:
    for network in (Discriminator(SMALL), Generator(SMALL)):
        layers = layer_table(network)
        assert layers.parameters["total"] == sum(p.numel() for p in network.parameters())
        assert 2 * (len(layers) - 1) == len(list(network.parameters()))  # weights and biases of each
        shown = table(layers, FORMATS)
        assert f"{layers.parameters['total']:,}" in shown.to_string().splitlines()[-1]


def test_multiply_adds_by_hand() -> None:
    layers = layer_table(Generator(SMALL))
    # The last convolution: 3x3x4 weights for each of 3 outputs at each of 32x32 pixels.
    assert layers["M multiply-adds"]["to_image"] == 3 * 3 * 4 * 3 * 32 * 32 / 1e6
