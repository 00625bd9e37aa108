"""The layers of a network as a table: output shapes, parameters and multiply-adds for one image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from began_lib.models import Discriminator, Generator

__all__ = ["FORMATS", "layer_table"]

FORMATS = {"parameters": ",", "M multiply-adds": ",.2f"}  # for `began_lib.figures.table`


def layer_table(network: Discriminator | Generator) -> pd.DataFrame:
    """The layers of a network in the order in which they run, and a last row `total`.

    The network runs on the `meta` device: shapes without arithmetic, whatever its size.

    Returns:
        By the layer's name: `kind`; `output` without the batch, "CxHxW" or the number of features; `parameters`,
        weights and biases; `M multiply-adds`, millions in one forward pass of one image.
    """
    rows: list[dict[str, Any]] = []
    twin = type(network)(network.architecture).to("meta")

    def note(name: str) -> Callable[[nn.Module, Any, Tensor], None]:
        def hook(module: nn.Module, _: Any, output: Tensor) -> None:
            shape = tuple(output.shape[1:])
            positions = shape[1] * shape[2] if len(shape) == 3 else 1
            stride = module.stride[0] if isinstance(module, nn.Conv2d) else 0
            rows.append(
                {
                    "layer": name,
                    "kind": {0: "fully connected", 1: "convolution 3x3", 2: "convolution 3x3, stride 2"}[stride],
                    "output": "x".join(map(str, shape)),
                    "parameters": sum(p.numel() for p in module.parameters()),
                    "multiply-adds": module.weight.numel() * positions,
                }
            )

        return hook

    for name, module in twin.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(note(name.removesuffix(".convolution")))
    a = network.architecture
    shape = (1, a.channels, a.size, a.size) if isinstance(network, Discriminator) else (1, a.latent)
    with torch.no_grad():
        twin(torch.empty(shape, device="meta"))
    sums = {column: sum(row[column] for row in rows) for column in ("parameters", "multiply-adds")}
    table = pd.DataFrame([*rows, {"layer": "total", "kind": "", "output": "", **sums}]).set_index("layer")
    table["M multiply-adds"] = table.pop("multiply-adds") / 1e6
    return table
