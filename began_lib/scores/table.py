"""The table behind `python -m began_lib score`: a model's scores, and beside them those of real images and of frauds.

All rows are measured against the same reference: images of the training part, drawn by the seed. Rows:

- `generated`: as many images of G;
- `real`: as many other training images; two halves of one distribution, the floor of every distance;
- `held out`: images that no training saw, where there are as many;
- `rebuilt by D`: the row `real` through the auto-encoder, what the blur alone costs (only on request);
- `ten images`: of the row `real`, chosen to please the Inception score, and repeated;
- `noise`: pixels drawn alone, at most 1,000 images; `one image`: a real one, repeated; `mean image`: of the row `real`.
"""

from __future__ import annotations

import platform
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from began_lib import shipped
from began_lib.data import Dataset, open_dataset, to_uint8, to_unit_range
from began_lib.machine.storage import read_json
from began_lib.models import Discriminator, Generator, sample_z
from began_lib.scores.factor_classifier import load as load_factors
from began_lib.scores.factor_coverage import FactorCoverage, factor_coverage, format_coverage
from began_lib.scores.features import BLOCKS, Extracted, Score, extract, face_rate, ms_ssim, score_all, showcase
from began_lib.scores.networks import FeatureNetwork
from began_lib.scores.sets import mean_image, noise
from began_lib.training import checkpoints
from began_lib.training.configuration import TrainingConfig

__all__ = ["Model", "ScoreTable", "draw", "generate", "load_model", "score_model"]

DEFAULT_IMAGES = 10_000
NOISE_IMAGES = 1_000
SHOWN = 10  # images of the row that is chosen to please the Inception score
OF_FACES = ("faces", "lfw", "celeba")  # data sets on which a detector of faces says something
_BATCH = 64


@dataclass(frozen=True)
class Model:
    """Both networks of a shipped model or of a run, float32, in evaluation mode on the CPU."""

    name: str
    generator: Generator
    discriminator: Discriminator
    config: TrainingConfig
    step: int


def load_model(name_or_folder: str) -> Model:
    """A shipped model by its name, or the newest checkpoint of a run by its folder.

    Raises ValueError for a name that is neither, CheckpointError for damaged files.
    """
    folder = Path(name_or_folder).expanduser()
    if name_or_folder not in shipped.names() and (folder / "config.json").is_file():
        config = TrainingConfig.from_json(read_json(folder / "config.json"))
        tensors, metadata, damaged = checkpoints.load_newest(folder / "checkpoints")
        for line in damaged:
            print(f"passed over: {line}", file=sys.stderr)
        networks = {"generator.": Generator(config.architecture), "discriminator.": Discriminator(config.architecture)}
        for prefix, network in networks.items():
            network.load_state_dict(checkpoints.part(tensors, prefix))
            network.eval()
        return Model(folder.name, *networks.values(), config, metadata["steps_done"])
    try:
        model = shipped.load(name_or_folder)
    except checkpoints.CheckpointError:
        raise
    except ValueError as error:
        raise ValueError(f"{error} A folder of a run, with its config.json, works too.") from error
    return Model(model.name, model.generator, model.discriminator, model.config, model.step)


@torch.no_grad()
def generate(generator: Generator, count: int, seed: int = 0, device: torch.device | str = "cpu") -> Tensor:
    """`count` images of G, uint8 (count, C, S, S) on the CPU; codes are drawn on the CPU, alike on every device."""
    codes = sample_z(count, generator.architecture.latent, torch.Generator().manual_seed(seed))
    generator = generator.to(device)
    return torch.cat([to_uint8(generator(z.to(device))).cpu() for z in codes.split(_BATCH)])


def draw(pixels: np.ndarray, counts: tuple[int, ...], seed: int = 0) -> tuple[Tensor, ...]:
    """Disjoint sets of so many images each, drawn in random order from uint8 (N, C, S, S).

    Raises ValueError where there are too few.
    """
    if sum(counts) > len(pixels):
        raise ValueError(f"asked for {' and '.join(map(str, counts))} different images, there are only {len(pixels)}.")
    order = np.random.default_rng(seed).permutation(len(pixels))
    parts = np.split(order[: sum(counts)], np.cumsum(counts)[:-1])
    return tuple(torch.from_numpy(np.asarray(pixels[np.sort(part)]))[np.argsort(np.argsort(part))] for part in parts)


@dataclass(frozen=True)
class ScoreTable:
    """Scores of several sets of images against one reference, with all that it takes to repeat them."""

    protocol: dict[str, Any]
    rows: dict[str, tuple[Score, ...]]
    coverage: dict[str, tuple[FactorCoverage, ...]]  # of the factors of `faces`; empty for other data

    def as_json(self) -> dict[str, Any]:
        """As plain lists and dictionaries."""
        rows = {name: [asdict(score) for score in scores] for name, scores in self.rows.items()}
        coverage = {name: [asdict(row) for row in rows] for name, rows in self.coverage.items()}
        return {"protocol": self.protocol, "rows": rows, "factor_coverage": coverage}

    def __str__(self) -> str:
        lines = [f"{key}: {value}" for key, value in self.protocol.items()]
        names = list(self.rows)
        lines += ["", " " * 30 + "".join(f"{name:>22s}" for name in names)]
        counts = "".join(f"{self.rows[name][0].images:22,d}" for name in names)
        lines.append("images".ljust(30) + counts)
        for score in next(iter(self.rows.values())):
            cells = []
            for name in names:
                own = next((s for s in self.rows[name] if s.name == score.name), None)
                half = (own.high - own.low) / 2 if own else 0.0
                cells.append(f"{own.value:.4g} ± {half:.2g}" if own else "-")
            lines.append(score.name.ljust(30) + "".join(f"{cell:>22s}" for cell in cells))
        if self.coverage:
            lines += ["", "factors, total variation of what the classifier reads:", format_coverage(self.coverage)]
        return "\n".join(lines)


def _rows_of(extracted: Extracted, reference: Extracted, pixels: Tensor, faces: bool) -> tuple[Score, ...]:
    """All scores of one set; those without a network from its pixels, of which one image may stand for all."""
    scores = list(score_all(extracted, reference))
    if len(pixels) > 1:
        scores.append(ms_ssim(pixels))
        if faces:
            scores.append(face_rate(pixels))
    return tuple(scores)


def _default_count(dataset: Dataset) -> int:
    return min(DEFAULT_IMAGES, len(dataset.train) // 2)


def score_model(
    model: Model,
    data: str,
    network: FeatureNetwork,
    samples: int | None = None,
    seed: int = 0,
    rebuilt: bool = False,
    progress: bool = True,
) -> ScoreTable:
    """The table of the module's docstring.

    Args:
        data: as `open_dataset` takes it; the model's size and colours are used.
        samples: images of each row; 10,000 or half the training part, whichever is less, by default.
        seed: of G's codes, of the drawing of real images and of noise.

    Raises ValueError where the data has not twice as many training images.
    """
    shape = model.config.architecture
    dataset = open_dataset(data, size=shape.size, channels=shape.channels)
    count = _default_count(dataset) if samples is None else samples
    if count < 4 * BLOCKS or 2 * count > len(dataset.train):
        raise ValueError(
            f"{count} images asked for: expected at least {4 * BLOCKS}, and at most half of the {len(dataset.train)} "
            f"training images of {dataset.name}, {len(dataset.train) // 2}, because the floor needs as many again."
        )
    device = next(network.parameters()).device
    reference_pixels, real = draw(dataset.train, (count, count), seed)
    sets = {"generated": generate(model.generator, count, seed, device), "real": real}
    if len(dataset.held_out) >= count:
        (sets["held out"],) = draw(dataset.held_out, (count,), seed)
    source, card = dataset.name, dataset.card
    del dataset  # its memory is wanted for the features
    if rebuilt:
        sets["rebuilt by D"] = _rebuild(model.discriminator, real, device)
    sets["noise"] = noise(real[:NOISE_IMAGES], 1.0, seed)
    sets["one image"], sets["mean image"] = real[:1], mean_image(real)

    def look(name: str, pixels: Tensor) -> Extracted:
        return extract(network, pixels, progress=name if progress else None)

    faces = source in OF_FACES
    reference = look("reference", reference_pixels)
    rows = {}
    for name, pixels in sets.items():
        extracted = look(name, pixels)
        rows[name] = _rows_of(extracted.repeated(count) if len(pixels) == 1 else extracted, reference, pixels, faces)
        if name == "real":
            ten = showcase(extracted, SHOWN).repeat(count // SHOWN + 1)[:count]
            extracted, pixels = extracted.chosen(ten), pixels[ten]  # in place of the whole set's features
            rows["ten images"] = _rows_of(extracted, reference, pixels, faces)
    coverage = {}
    if source == "faces" and shape.channels == 3:
        some = {name: to_unit_range(pixels) for name, pixels in sets.items() if name in ("generated", "real")}
        coverage = factor_coverage(load_factors(), some, to_unit_range(reference_pixels))
    protocol = {
        "model": f"{model.name}, {model.step} steps",
        "data": f"{source}, sha256 {card.get('sha256', '')[:16]}",
        "reference": f"{count} training images of {shape.size}x{shape.size}, drawn with seed {seed}",
        "network": network.card.name,
        "resized": f"to {network.card.input_size}, {network.card.resize_filter}",
        "weights": network.card.sha256[:16],
        "intervals": "95 %",
        "device": str(device),
        "torch": f"{torch.__version__}, Python {platform.python_version()}",
    }
    return ScoreTable(protocol, rows, coverage)


@torch.no_grad()
def _rebuild(discriminator: Discriminator, pixels: Tensor, device: torch.device) -> Tensor:
    discriminator = discriminator.to(device)
    return torch.cat([to_uint8(discriminator(to_unit_range(p).to(device))).cpu() for p in pixels.split(_BATCH)])
