"""Make the features of photographs that ship, where the photographs are: `python -m tools.references lfw`."""

from __future__ import annotations

import argparse

from began_lib.data import open_dataset
from began_lib.scores import networks, references


def main(words: list[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.references", description=__doc__)
    parser.add_argument("data", help="a named data set of photographs")
    parser.add_argument("--sizes", nargs="+", type=int, default=[32, 64], help="(default: 32 64)")
    arguments = parser.parse_args(words)
    network = networks.load("efficientnet_lite0")
    for size in arguments.sizes:
        path = references.make(open_dataset(arguments.data, size=size), network)
        card = references.load(arguments.data, size, network).card
        print(f"{path}: FID of the two sets {card['fid']['exact']:.3f}, in eight bits {card['fid']['kept']:.3f}")


if __name__ == "__main__":
    main()
