"""What is scored: a model's images, or a folder of pictures that something else has made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from began_lib.data import to_uint8, to_unit_range
from began_lib.data.folder import list_files, read_pictures
from began_lib.models import IMAGE_SIZES, sample_z
from began_lib.rivals.rival import RivalConfig
from began_lib.rivals.trainer import load_run
from began_lib.shipped.model import Model

_AT_ONCE = 1024  # images in float32 before they are rounded


@dataclass(frozen=True)
class Subject:
    """Images of one shape under a name; all of them uint8 (N, channels, size, size)."""

    name: str
    size: int
    channels: int
    images: Callable[[int], Tensor]  # so many
    available: int | None = None  # how many there are; a model has any number
    rebuilt: Callable[[Tensor], Tensor] | None = None  # images through the model's auto-encoder


def of_model(model: Model, device: torch.device | str = "cpu", seed: int = 0) -> Subject:
    """A model's images, of codes that the seed draws; its networks are moved to the device."""
    shape = model.config.architecture
    for network in (model.generator, model.discriminator):
        network.to(device)

    def images(count: int) -> Tensor:
        codes = sample_z(count, shape.latent, torch.Generator().manual_seed(seed))
        return _in_parts(model.generate, codes)

    def rebuilt(pixels: Tensor) -> Tensor:
        return _in_parts(lambda part: model.reconstruct(to_unit_range(part)), pixels)

    return Subject(f"{model.name}, {model.step} steps", shape.size, shape.channels, images, rebuilt=rebuilt)


def of_rival(run: Path, device: torch.device, seed: int = 0) -> tuple[Subject, RivalConfig]:
    """The images of a rival's run, of codes that the seed draws, and the run's configuration.

    Raises CheckpointError where it has no checkpoint that can be read.
    """
    rival = load_run(run, device)
    shape, name = rival.config, f"{rival.config.system}, {rival.steps_done} steps"

    def images(count: int) -> Tensor:
        return _in_parts(rival.generate, rival.codes(count, torch.Generator().manual_seed(seed)))

    rebuilt = None
    if "reconstruct" in rival.can:

        def rebuilt(pixels: Tensor) -> Tensor:
            return _in_parts(lambda part: rival.reconstruct(to_unit_range(part)), pixels)

    return Subject(name, shape.size, shape.channels, images, rebuilt=rebuilt), shape


def of_folder(folder: Path, size: int | None = None, seed: int = 0) -> Subject:
    """The pictures of a folder, every one of them: one that occurs twice counts twice.

    Args:
        size: they are made so large, as a data set is; by default as large as the first is.
        seed: of their order, which is random, since scores cut the images into blocks.

    Raises:
        ValueError: a file that is no usable picture, no files, or pictures of a size that no model has.
    """
    files = list_files(folder)[0]
    if not files:
        raise ValueError(f"{folder} holds no files: expected the pictures to be scored.")
    size = size or _side(files[0])
    chunk = read_pictures(files, folder, size, 3, crop=None, white=None)
    if chunk.skipped:
        first = chunk.skipped[0]
        raise ValueError(
            f"{len(chunk.skipped)} of the {len(files)} files in {folder} are no usable pictures, such as {first.path}: "
            f"{first.reason}. Expected pictures alone, since all of them are scored."
        )
    pixels = torch.stack([torch.from_numpy(image) for image in chunk.images])
    order = torch.randperm(len(pixels), generator=torch.Generator().manual_seed(seed))
    return Subject(f"the {len(pixels)} pictures in {folder}", size, 3, lambda count: pixels[order[:count]], len(pixels))


def _side(path: Path) -> int:
    try:
        with Image.open(path) as image:
            width, height = image.size
    except (OSError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} is no picture that can be read: {error}") from error
    if width != height or width not in IMAGE_SIZES:
        raise ValueError(
            f"{path} is {width}x{height}: expected squares of {', '.join(map(str, IMAGE_SIZES))} pixels; or say with "
            "--size at which size the pictures and the data are compared."
        )
    return width


def _in_parts(make: Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """uint8 images of all inputs, made and rounded in parts: in float32 all of them would fill the memory."""
    return torch.cat([to_uint8(make(part)) for part in inputs.split(_AT_ONCE)])
