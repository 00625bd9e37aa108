"""`python -m began_lib export`: a model for other programs, its generator as ONNX, its card as a page of the hub."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from began_lib.commands.pictures import add_model
from began_lib.machine import given

if TYPE_CHECKING:
    from torch import Tensor

    from began_lib.shipped.model import Model

CHECKED_CODES = 5  # not the number that the export saw: the batch must stay free
LARGEST_DIFFERENCE = 1e-3  # of a pixel in [-1, 1], an eighth of an 8-bit level: two programs add up in two orders


def add_options(parser: argparse.ArgumentParser) -> None:
    """Give a parser the options of `export`."""
    add_model(parser)
    add = parser.add_argument
    add("--format", required=True, choices=("onnx", "card"), help="onnx: G. card: a README.md for the Hugging Face hub")
    add("--out", type=given.path, required=True, metavar="FILE", help="file to write")
    parser.set_defaults(execute=run)


def run(arguments: argparse.Namespace) -> None:
    """Write the file; ValueError, and no file, where ONNX's pictures are not PyTorch's."""
    from began_lib import shipped
    from began_lib.commands.model_card import model_card
    from began_lib.machine.storage import atomic_write, require_free

    require_free(arguments.out)
    model = shipped.load(arguments.model, arguments.step)
    if arguments.format == "card":
        with atomic_write(arguments.out, "w") as file:
            file.write(model_card(model, pictured=(arguments.out.parent / model.samples.name).is_file()))
        print(f"{arguments.out}: the card of {model.name}")
        return
    content = generator_as_onnx(model)
    difference = onnx_difference(content, model)
    if not difference <= LARGEST_DIFFERENCE:
        raise ValueError(
            f"ONNX's pictures of {model.name} differ from PyTorch's by {difference:.2g}, expected at most "
            f"{LARGEST_DIFFERENCE:g}: nothing was written. Other versions of onnxscript or onnxruntime may do better."
        )
    with atomic_write(arguments.out) as file:
        file.write(content)
    print(
        f"{arguments.out}: G of {model.name}, z (N, {model.config.architecture.latent}) to images in [-1, 1]; "
        f"largest difference from PyTorch {difference:.1e}"
    )


def generator_as_onnx(model: Model) -> bytes:
    """G, clipped to [-1, 1], as the bytes of an ONNX file; the number of codes is free.

    Raises ValueError where the optional packages are missing.
    """
    import io
    import logging

    import torch
    from torch import nn

    _require()

    class Clipped(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.generator = model.generator

        def forward(self, z: Tensor) -> Tensor:
            return self.generator(z).clamp(-1, 1)

    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it warns of what it settles by itself
    codes = torch.zeros(2, model.config.architecture.latent)
    program = torch.onnx.export(
        Clipped().eval(),
        (codes,),
        input_names=["z"],
        output_names=["images"],
        dynamic_shapes={"z": {0: torch.export.Dim("n")}},
        dynamo=True,
        verbose=False,
    )
    buffer = io.BytesIO()
    program.save(buffer)
    return buffer.getvalue()


def onnx_difference(content: bytes, model: Model) -> float:
    """Largest difference of a pixel, in [-1, 1], between ONNX Runtime's images and PyTorch's of the same codes."""
    import onnxruntime
    import torch

    from began_lib.models import sample_z

    codes = sample_z(CHECKED_CODES, model.config.architecture.latent, torch.Generator().manual_seed(0))
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    (images,) = session.run(None, {"z": codes.numpy()})
    return float((torch.from_numpy(images) - model.generate(codes)).abs().max())


def _require() -> None:
    """Raise ValueError where a package of the optional extra is missing."""
    from importlib.util import find_spec

    packages = ("onnx", "onnxscript", "onnxruntime")
    if missing := [name for name in packages if find_spec(name) is None]:
        raise ValueError(
            f"--format onnx needs {' and '.join(missing)}: pip install 'began_lib[export]', from a checkout "
            "pip install -e '.[export]'."
        )
