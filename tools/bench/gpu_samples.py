"""Draw docs/gpu/NAME.jpg from the generator beside it, docs/gpu/NAME.safetensors: samples of the runs on a GPU.

python -m tools.bench.gpu_samples

The generators are kept in eight bits (`began_lib.shipped.compact`), without the discriminators, with the configuration
of their run as metadata.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from began_lib.data.pixels import encode, tile
from began_lib.machine.storage import REPOSITORY, atomic_write
from began_lib.models import Generator, sample_z
from began_lib.shipped.compact import restore
from began_lib.training import checkpoints
from began_lib.training.configuration import GRID_IMAGES, TrainingConfig

FOLDER = REPOSITORY / "docs" / "gpu"
SHOWN = 32  # of the codes of the run's sample grids


@torch.no_grad()
def samples(path: Path) -> Tensor:
    """The first `SHOWN` samples of a generator's grid, (SHOWN, 3, size, size) in [-1, 1]."""
    tensors, metadata = checkpoints.load_tensors(path)
    config = TrainingConfig.from_json(json.loads(metadata["config"]))
    generator = Generator(config.architecture)
    generator.load_state_dict(restore(tensors))
    z = sample_z(GRID_IMAGES, config.architecture.latent, torch.Generator().manual_seed(config.seed + 1))
    return generator(z[:SHOWN]).clamp(-1, 1)


def main() -> None:
    """Draw all of them."""
    for path in sorted(FOLDER.glob("*.safetensors")):
        with atomic_write(path.with_suffix(".jpg")) as file:
            file.write(encode(tile(samples(path), columns=8), "JPEG", quality=90))


if __name__ == "__main__":
    main()
