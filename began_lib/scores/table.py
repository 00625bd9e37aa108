"""The table behind `python -m began_lib score`: the scores of images, and beside them those of real ones and of frauds.

All rows are measured against the same reference: images of the training part, drawn by the seed. Rows:

- `generated`: as many images of G, or of a folder;
- `real`: as many other training images; two halves of one distribution, the floor of every distance;
- `held out`: images that no training saw, where there are as many;
- `rebuilt by D`: the row `real` through the auto-encoder, what the blur alone costs (only on request);
- `ten images`: of the row `real`, chosen to please the Inception score, and repeated;
- `noise`: pixels drawn alone, at most 1,000 images; `one image`: a real one, repeated; `mean image`: of the row `real`.
"""

from __future__ import annotations

import math
import platform
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from began_lib.data import Dataset, open_dataset, to_unit_range
from began_lib.figures.tables import table
from began_lib.scores.factor_classifier import SIZE as LEAST_SIZE
from began_lib.scores.factor_classifier import load as load_factors
from began_lib.scores.factor_coverage import FactorCoverage, coverage_table, factor_coverage
from began_lib.scores.features import (
    Extracted,
    Score,
    extract,
    face_rate,
    fid,
    kid,
    ms_ssim,
    overlaps,
    score_all,
    showcase,
)
from began_lib.scores.kept import extract_once, place
from began_lib.scores.networks import FeatureNetwork
from began_lib.scores.references import References
from began_lib.scores.sets import draw, mean_image, noise
from began_lib.scores.statistics import BLOCKS
from began_lib.scores.subject import Subject

__all__ = ["ScoreTable", "score", "score_against"]

DEFAULT_IMAGES = 10_000
NOISE_IMAGES = 1_000
SHOWN = 10  # images of the row that is chosen to please the Inception score
PHOTOGRAPHS = ("lfw", "celeba")  # named data sets of faces; on faces alone a detector of them says something
FEW_IMAGES = 2_000  # below, the bias of FID outweighs most differences
_BATCH = 8  # as `extract` has it


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
        lines += ["", self.table().to_string()]
        if self.coverage:
            lines += ["", "factors, total variation of what the classifier reads:"]
            lines.append(coverage_table(self.coverage).to_string())
        return "\n".join(lines)

    def table(self) -> pd.DataFrame:
        """As text, a column for each set of images: their number, and each score with its interval.

        A score that looked at fewer of them says at how many.
        """
        cells = {}
        for name, scores in self.rows.items():
            images = scores[0].images
            cells[name] = {"images": images}
            for score in scores:
                fewer = f", {score.images:,} images" if score.images != images else ""
                cells[name][score.name] = score.cell(".4g", ".2g") + fewer
        return table(cells, ",").T


def _rows_of(extracted: Extracted, reference: Extracted, pixels: Tensor, faces: bool) -> tuple[Score, ...]:
    """All scores of one set; those without a network from its pixels, of which one image may stand for all."""
    scores = list(score_all(extracted, reference))
    if len(pixels) > 1:
        scores.append(ms_ssim(pixels))
        if faces:
            scores.append(face_rate(pixels))
    return tuple(scores)


def _count(asked: int | None, dataset: Dataset, subject: Subject) -> int:
    """Images of each row: as many as were asked for, or as many as there are; ValueError for what cannot be."""
    half = len(dataset.train) // 2
    most = half if subject.available is None else min(half, subject.available)
    count = min(DEFAULT_IMAGES, most) if asked is None else asked
    if 4 * BLOCKS <= count <= most:
        return count
    if subject.available is not None and count > subject.available:
        limit = f"at most as many as there are in the folder, {subject.available}"
    else:
        limit = (
            f"at most half of the {len(dataset.train)} training images of {dataset.name}, {half}, because the floor "
            "needs as many again"
        )
    raise ValueError(f"{count} images asked for: expected at least {4 * BLOCKS}, and {limit}.")


def _say_beforehand(network: FeatureNetwork, pixels: Tensor, count: int, looks: int, kept: int) -> None:
    """How long the network will look, by the time of one batch here; and what so few images mean for FID.

    Args:
        pixels: some of the images.
        count: of images in a row.
        looks: at how many images the network looks.
        kept: of how many the features are in the cache.
    """
    batch = pixels[:_BATCH].to(next(network.parameters()).device)
    float(network(batch)[0].sum())  # the first batch also finds out how to compute; its number waits for the device
    then = time.perf_counter()
    float(network(batch)[0].sum())
    seconds = (time.perf_counter() - then) / len(batch) * looks
    span = "less than a minute" if seconds < 60 else f"about {math.ceil(seconds / 60)} minutes"
    known = f" ({kept:,} more are in the cache)" if kept else ""
    print(f"{network.card.name} looks at {looks:,} images{known}: {span} here, then the scores.", file=sys.stderr)
    if count < FEW_IMAGES:
        print(
            f"Only {count:,} images: in {network.card.features} features FID is too high with so few (expected: "
            f"{FEW_IMAGES:,} or more). Compare it only with the row of real images, which is too high as well; that of "
            "images that vary less is too high by less.",
            file=sys.stderr,
        )


def score(
    subject: Subject,
    data: str,
    network: FeatureNetwork,
    samples: int | None = None,
    seed: int = 0,
    rebuilt: bool = False,
    progress: bool = True,
    crop: str = "",
    held_out: str = "",
) -> ScoreTable:
    """The table of the module's docstring.

    Args:
        subject: what is scored; the data is opened at its size and in its colours.
        data: as `open_dataset` takes it; a folder is no set of faces, whatever its name.
        samples: images of each row; by default 10,000, half the training part or all there are, whichever is least.
        seed: of the drawing of real images and of noise.
        rebuilt: also score real images through the model's auto-encoder.
        progress: say beforehand how long it takes, and show bars.
        crop: of the data, as `open_dataset` takes it.
        held_out: folder of held-out pictures, likewise.

    Raises ValueError where the data has not twice as many training images.
    """
    if rebuilt and subject.rebuilt is None:
        raise ValueError(f"{subject.name} have no auto-encoder to rebuild real images: leave --rebuilt out.")
    dataset = open_dataset(data, size=subject.size, channels=subject.channels, crop=crop, held_out=held_out)
    count = _count(samples, dataset, subject)
    reference_pixels, real = draw(dataset.train, (count, count), seed)
    known = {"reference": reference_pixels, "real": real, "noise": noise(real[:NOISE_IMAGES], 1.0, seed)}
    if len(dataset.held_out) >= count:
        (known["held out"],) = draw(dataset.held_out, (count,), seed)
    source, card, rendered = dataset.name, dataset.card, dataset.factors is not None
    del dataset  # its memory is wanted for the features
    if progress:
        kept = sum(len(pixels) for pixels in known.values() if place(network, pixels).is_file())
        looks = sum(map(len, known.values())) - kept + (1 + rebuilt) * count + 2
        _say_beforehand(network, real, count, looks, kept)
    sets = {"generated": subject.images(count)} | {name: known[name] for name in ("real", "held out") if name in known}
    if rebuilt:
        sets["rebuilt by D"] = subject.rebuilt(real)
    sets |= {"noise": known["noise"], "one image": real[:1], "mean image": mean_image(real)}

    def look(name: str, pixels: Tensor) -> Extracted:
        return (extract_once if name in known else extract)(network, pixels, progress=name if progress else None)

    faces = rendered or data in PHOTOGRAPHS
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
    if rendered and subject.channels == 3 and subject.size >= LEAST_SIZE:
        some = {name: to_unit_range(pixels) for name, pixels in sets.items() if name in ("generated", "real")}
        coverage = factor_coverage(load_factors(), some, to_unit_range(reference_pixels))
    reference_images = f"{count} training images of {subject.size}x{subject.size}, drawn with seed {seed}"
    return ScoreTable(_protocol(subject, source, card, reference_images, network), rows, coverage)


def score_against(subject: Subject, shipped: References, network: FeatureNetwork, progress: bool = True) -> ScoreTable:
    """Scores against features of photographs that ship: rows `generated` and `real`, without what needs the pictures.

    Raises ValueError where the subject has fewer images than the reference, or another size or colours.
    """
    count, card = len(shipped.reference), shipped.card
    if (subject.size, subject.channels) != (card["size"], card["data"].get("channels", 3)):
        raise ValueError(
            f"{subject.name} are {subject.size}x{subject.size} with {subject.channels} colours: expected "
            f"{card['size']}x{card['size']} with {card['data'].get('channels', 3)}, as the features that ship are of."
        )
    if subject.available is not None and subject.available < count:
        raise ValueError(
            f"{subject.available} images in the folder: expected at least {count}, the photographs whose features ship."
        )
    pixels = subject.images(count)
    extracted = extract(network, pixels, progress="generated" if progress else None)
    rows = {
        "generated": _rows_of(extracted, shipped.reference, pixels, faces=True),
        "real": _without_classes(shipped.real, shipped.reference),
    }
    reference_images = f"features of {count} training images that ship, in eight bits, drawn with seed {card['seed']}"
    return ScoreTable(_protocol(subject, card["data"]["name"], card["data"], reference_images, network), rows, {})


def _without_classes(extracted: Extracted, reference: Extracted) -> tuple[Score, ...]:
    """All scores in a feature network that its classes have no part in."""
    return fid(extracted, reference), kid(extracted, reference), *overlaps(extracted, reference)


def _protocol(
    subject: Subject, source: str, card: dict[str, Any], reference: str, network: FeatureNetwork
) -> dict[str, str]:
    return {
        "model": subject.name,
        "data": f"{source}, sha256 {card.get('sha256', '')[:16]}",
        "reference": reference,
        "network": network.card.name,
        "resized": f"to {network.card.input_size}, {network.card.resize_filter}",
        "weights": network.card.sha256[:16],
        "intervals": "95 %",
        "device": str(next(network.parameters()).device),
        "torch": f"{torch.__version__}, Python {platform.python_version()}",
    }
