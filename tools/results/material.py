"""What findings are measured on: held-out pictures, scores against real ones, what a model was made of; figures."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from scipy import stats
from torch import Tensor

from began_lib.data import open_dataset, to_unit_range
from began_lib.data.pixels import to_uint8
from began_lib.machine.storage import atomic_write
from began_lib.scores.features import Extracted, Score, extract, score_all
from began_lib.scores.kept import extract_once
from began_lib.scores.networks import FeatureNetwork, load
from began_lib.scores.sets import draw
from began_lib.shipped.model import Model

PICTURES = "docs/results"  # from the repository's root
CIFAR10_MODEL = "cifar10-32"  # the one that ships of CIFAR-10, whose pictures come from a folder
CODES = 5  # seed of the codes that findings draw
SCORED = 1000  # images of each set that a feature network looks at
GREY_LEVEL = 1 / 127.5  # of images in [-1, 1]


def held_out(data: str, size: int, n: int) -> Tensor:
    """n held-out pictures of a data set, drawn without regard to their order, (n, C, size, size) in [-1, 1].

    The files of some sets are sorted by name, so that neighbours are one person.
    """
    return to_unit_range(draw(open_dataset(data, size=size).held_out, (n,))[0])


class Judge:
    """FID, KID, precision, recall and coverage against training images, in a network that knows such pictures.

    Args:
        data: a named set; the classifier of their factors looks at drawn faces, EfficientNet-Lite0 at photographs.
        size: of the pictures, in pixels.
    """

    def __init__(self, data: str, size: int) -> None:
        reference, real = draw(open_dataset(data, size=size).train, (SCORED, SCORED))
        self.network: FeatureNetwork = load("factors" if data == "faces" else "efficientnet_lite0")
        self.reference, self._real = extract_once(self.network, reference), real

    @cached_property
    def floor(self) -> dict[str, Score]:
        """Of as many other training images: what no generator can beat."""
        return self._scores(extract_once(self.network, self._real))

    def __call__(self, images: Tensor) -> dict[str, Score]:
        """Of pictures (SCORED, C, S, S) in [-1, 1], by name: "fid", "kid", "precision", ..."""
        return self._scores(extract(self.network, to_uint8(images)))

    def _scores(self, extracted: Extracted) -> dict[str, Score]:
        return {score.name.split("_")[0]: score for score in score_all(extracted, self.reference)}


def told(scores: Mapping[str, Score], form: str = ".0f") -> str:
    """Scores of several sets in words, a line of a table's cell for each, with its 95 % interval."""
    return lines({label: score.cell(form, form) for label, score in scores.items()})


def numbers(values: Mapping[str, float], form: str) -> str:
    """Plain numbers of several sets in words, a line for each."""
    return lines({label: f"{value:{form}}" for label, value in values.items()})


def lines(found: Mapping[str, str]) -> str:
    """What was found of several sets, a line of a table's cell for each."""
    return "<br>".join(f"{label}: {words}" for label, words in found.items())


def above(a: Score, b: Score) -> bool:
    """Whether all of the interval of a is above that of b: for independent scores a rule for about 99.5 %.

    FID's and KID's are over samples and reference pictures, precision's over samples, recall's and coverage's over real
    pictures with the samples fixed; with both sets drawn anew these scatter more, by up to a half. Two models share
    their reference: a jackknife of the difference, block by block, would be the sharper test.
    """
    return a.low > b.high


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Mean, and half the width of Student's 95 % interval."""
    return float(np.mean(values)), float(stats.t.ppf(0.975, len(values) - 1) * stats.sem(values))


def made_of(model: Model) -> str:
    """What a shipped model was made of, in a line."""
    a, config = model.config.architecture, model.config
    branched = f" (the first {config.branch.rsplit('@')[-1]} of them of `{Path(config.branch.rsplit('@')[0]).name}`)"
    return (
        f"`{model.name}`: {config.data}, {a.size}x{a.size}, {a.filters} filters, γ = {config.gamma:g}, rate "
        f"{config.learning_rate:g}, {model.step:,} steps of {config.batch_size}{branched if config.branch else ''}"
    )


def save(figure: Figure, folder: Path, name: str) -> str:
    """Write a figure as JPEG; returns its path from the repository's root, for the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="jpeg", dpi=130, pil_kwargs={"quality": 85, "progressive": True})  # less to download
    with atomic_write(folder / name) as file:
        file.write(buffer.getvalue())
    return f"{PICTURES}/{name}"


def grain(images: Tensor) -> float:
    """Mean distance of a pixel from the mean of its four neighbours, (N, C, S, S): of hair, edges and noise."""
    beside = images[..., 1:-1, :-2] + images[..., 1:-1, 2:]
    above_and_below = images[..., :-2, 1:-1] + images[..., 2:, 1:-1]
    return float((images[..., 1:-1, 1:-1] - (beside + above_and_below) / 4).abs().mean())
