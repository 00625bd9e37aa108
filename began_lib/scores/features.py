"""Scores of generated images: Inception score, FID, KID, precision, recall, density, coverage, MS-SSIM among pairs.

Each is a `Score`, which names its feature network, the number of images and the filter that resized them: numbers that
differ in one of these cannot be compared. Images are rounded to 8 bits first, as a saved picture is.

Intervals are 95 % ones of the block jackknife: the score is computed again without each tenth of the images, and the
spread of the ten, with Student's t, gives the interval. A bootstrap, which draws images twice, would not do here: for
FID and the Inception score an image that occurs twice makes the sample look smaller, and the bias is larger than the
spread. The bias of the score itself (FID of finite samples is too high, the Inception score too low) is in the value
as in every published one: compare at equal numbers of images only, and read the real images' row beside it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from scipy import stats
from torch import Tensor
from torchmetrics.functional.image import multiscale_structural_similarity_index_measure
from tqdm.auto import tqdm

from began_lib.data import to_unit_range
from began_lib.data.pixels import require_pixels
from began_lib.scores.face_detector import find_faces
from began_lib.scores.frechet import Moments, Reference, frechet_distance, require_features
from began_lib.scores.networks import FeatureNetwork, NetworkCard
from began_lib.scores.precision_recall import Overlap, overlap, squared_radii
from began_lib.scores.statistics import BLOCKS, jackknife

__all__ = [
    "Extracted",
    "Score",
    "extract",
    "face_rate",
    "fid",
    "inception_score",
    "kid",
    "ms_ssim",
    "overlaps",
    "score_all",
    "showcase",
]

RECALL_K, COVERAGE_K = 3, 5
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)  # of the scales, finest first: Wang et al. 2003
MS_SSIM_WINDOW = 11  # pixels a side at the coarsest scale


@dataclass(frozen=True)
class Score:
    """One number with what it takes to compare it."""

    name: str  # with the network: "fid_efficientnet_lite0"
    value: float
    low: float  # 95 % interval
    high: float
    images: int
    reference_images: int | None  # of the real set it is measured against
    network: str | None  # None: no network looked
    resize_filter: str | None
    interval: str  # how it was found

    def __str__(self) -> str:
        return f"{self.name} {self.value:.4g} ({self.low:.4g} to {self.high:.4g}), {self.images} images"

    def cell(self, form: str, half_form: str) -> str:
        """For a table: value ± half of its interval, or the interval's ends where the value is not in its middle."""
        half = (self.high - self.low) / 2
        if math.isclose(self.value, self.low + half, rel_tol=1e-9, abs_tol=1e-9):
            return f"{self.value:{form}} ± {half:{half_form}}"
        return f"{self.value:{form}} ({self.low:{form}} to {self.high:{form}})"


@dataclass(frozen=True, eq=False)
class Extracted:
    """What a network sees of a set of images; float32 tensors on one device. `extract` makes it.

    Give the images in random order: blocks and splits are cut along it. ValueError for NaN.
    """

    features: Tensor  # (N, D)
    log_probabilities: Tensor  # (N, classes)
    network: NetworkCard

    def __post_init__(self) -> None:
        require_features(self.features)
        if self.log_probabilities.isnan().any():
            raise ValueError("expected logarithms of probabilities, found NaN.")

    def __len__(self) -> int:
        return len(self.features)

    def chosen(self, index: Tensor) -> Extracted:
        """The images at these places, (M,) int64, which may repeat: one look at each is enough."""
        return Extracted(self.features[index], self.log_probabilities[index], self.network)

    def repeated(self, count: int) -> Extracted:
        """The first image `count` times."""
        return self.chosen(torch.zeros(count, dtype=torch.int64))

    @cached_property
    def moments(self) -> Moments:
        """Of the features."""
        return Moments.of(self.features)

    @cached_property
    def references(self) -> list[Reference]:
        """The set as a reference of FID, and without each block."""
        return [Reference(moments) for moments in self.leave_one_out()]

    def leave_one_out(self) -> Iterator[Moments]:
        """Moments of all, then without each block in turn, as they are asked for; ValueError for fewer than 20."""
        yield self.moments
        for block in _blocks(self.features):
            yield self.moments.without(Moments.of(block))

    @cached_property
    def kernel_sums(self) -> Tensor:
        """Sums of KID's kernel over pairs of different images, by the blocks of both, (BLOCKS, BLOCKS)."""
        return _kernel_sums(self.features, self.features, same=True)

    @cached_property
    def squared_radii(self) -> dict[int, Tensor]:
        """Of the balls of the set's images, by k."""
        return squared_radii(self.features, (RECALL_K, COVERAGE_K))


def extract(
    network: FeatureNetwork, pixels: Tensor | np.ndarray, batch_size: int = 8, progress: str | None = None
) -> Extracted:
    """Features and class probabilities of uint8 images (N, C, S, S), a batch at a time on the network's device.

    Args:
        batch_size: at least 1, or ValueError.
        progress: label of a progress bar; none without it.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}: expected at least 1.")
    device = next((t.device for t in (*network.parameters(), *network.buffers())), torch.device("cpu"))
    columns = [torch.empty(len(pixels), width) for width in (network.card.features, network.card.classes)]
    bar = tqdm(total=len(pixels), desc=progress, unit="image", disable=progress is None)
    with bar:
        for start in range(0, len(pixels), batch_size):
            batch = _tensor(pixels[start : start + batch_size])
            for column, part in zip(columns, network(batch.to(device)), strict=True):
                column[start : start + len(batch)] = part.cpu()
            bar.update(len(batch))
    features, log_probabilities = columns
    return Extracted(features, log_probabilities, network.card)


def _tensor(pixels: Tensor | np.ndarray) -> Tensor:
    return pixels if isinstance(pixels, Tensor) else torch.from_numpy(np.array(pixels))  # a packed array is read-only


def _blocks(rows: Tensor) -> tuple[Tensor, ...]:
    if len(rows) < 2 * BLOCKS:
        raise ValueError(f"expected at least {2 * BLOCKS} images, found {len(rows)}.")
    return rows.tensor_split(BLOCKS)


def _score(
    name: str, value: float, left_out: Sequence[float], of: Extracted, real: Extracted | None, interval: str
) -> Score:
    low, high = jackknife(value, left_out)
    card = of.network
    count = len(real) if real is not None else None
    return Score(f"{name}_{card.name}", value, low, high, len(of), count, card.name, card.resize_filter, interval)


def _check_same_network(generated: Extracted, real: Extracted) -> None:
    if generated.network != real.network:
        raise ValueError(
            f"features of {generated.network.name} and {real.network.name}: expected one network, with the same weights"
        )


def inception_score(images: Extracted) -> Score:
    """exp of the mean divergence KL(p(y|x) || p(y)), over ten splits, averaged: Salimans et al. 2016, arXiv 1606.03498.

    From 1 to the number of classes: high where each image is of a clear class and all classes occur. It sees no real
    image. The splits are disjoint, so that their spread needs no resampling. ValueError for fewer than 20 images.
    """
    splits = []
    for split in _blocks(images.log_probabilities):
        log_p = split.double()
        p = log_p.exp()
        inner = torch.special.xlogy(p, p).sum(1).mean()
        mean = p.mean(0)
        splits.append(float((inner - torch.special.xlogy(mean, mean).sum()).exp()))
    left_out = [float(np.mean(np.delete(splits, i))) for i in range(BLOCKS)]
    return _score("is", float(np.mean(splits)), left_out, images, None, f"Student's t over {BLOCKS} splits")


def showcase(images: Extracted, count: int) -> Tensor:
    """Places (count,) of the few images that please the Inception score most, found one by one: a set to fool it with.

    The first is the one whose class is the surest; each next one raises the score of an equal mixture of those chosen
    the most. Raises ValueError where there are not as many images.
    """
    if not 1 <= count <= len(images):
        raise ValueError(f"count is {count}: expected 1 to {len(images)}, the number of images.")
    p = images.log_probabilities.double().exp()
    entropy = -torch.special.xlogy(p, p).sum(1)
    index = [int(entropy.argmin())]
    while len(index) < count:
        mixed = (p[index].sum(0) + p) / (len(index) + 1)
        gain = -torch.special.xlogy(mixed, mixed).sum(1) - (entropy[index].sum() + entropy) / (len(index) + 1)
        gain[index] = -torch.inf
        index.append(int(gain.argmax()))
    return torch.tensor(index)


def fid(generated: Extracted, real: Extracted) -> Score:
    """Fréchet distance of the features, 0 or more, low is near: Heusel et al. 2017, arXiv 1706.08500.

    The squared Wasserstein distance of section 3.1, of features instead of losses. ValueError where networks differ.
    """
    _check_same_network(generated, real)
    pairs = zip(generated.leave_one_out(), real.references, strict=True)
    value, *left_out = [frechet_distance(moments, reference) for moments, reference in pairs]
    return _score("fid", value, left_out, generated, real, f"jackknife, {BLOCKS} blocks of both sets")


def _kernel_sums(a: Tensor, b: Tensor, same: bool) -> Tensor:
    """Sums over pairs of KID's kernel (a.b / D + 1)^3, by blocks, (BLOCKS, BLOCKS) float64; no row with itself."""
    rows = []
    columns = [block.double() for block in _blocks(b)]
    for i, block in enumerate(_blocks(a)):
        block = block.double()
        row = []
        for j, column in enumerate(columns):
            kernel = (block @ column.T / a.shape[1] + 1.0) ** 3
            row.append(kernel.sum() - (kernel.trace() if same and i == j else 0.0))
        rows.append(torch.stack(row))
    return torch.stack(rows)


def _mmd(within_a: Tensor, within_b: Tensor, between: Tensor, sizes_a: Tensor, sizes_b: Tensor) -> float:
    n, m = sizes_a.sum(), sizes_b.sum()
    return float(within_a.sum() / (n * (n - 1)) + within_b.sum() / (m * (m - 1)) - 2.0 * between.sum() / (n * m))


def kid(generated: Extracted, real: Extracted) -> Score:
    """Squared maximum mean discrepancy with a cubic kernel, low is near: Binkowski et al. 2018, arXiv 1801.01401.

    Unbiased, so that two samples of one distribution are at 0 on average and may be below it. All pairs are used,
    instead of random subsets: the same number every time. ValueError where networks differ, and below 20 images.
    """
    _check_same_network(generated, real)
    between = _kernel_sums(generated.features, real.features, same=False)
    sizes = [torch.tensor([len(b) for b in _blocks(s.features)], dtype=torch.float64) for s in (generated, real)]

    def without(*kept: int) -> float:
        k = torch.tensor(kept)
        parts = [table[k][:, k] for table in (generated.kernel_sums, real.kernel_sums, between)]
        return _mmd(*parts, *(size[k] for size in sizes))

    value = without(*range(BLOCKS))
    left_out = [without(*(j for j in range(BLOCKS) if j != i)) for i in range(BLOCKS)]
    return _score("kid", value, left_out, generated, real, f"jackknife, {BLOCKS} blocks of both sets")


def _mean_score(name: str, each: Tensor, of: Extracted, real: Extracted, note: str) -> Score:
    blocks = _blocks(each)
    left_out = [float((each.sum() - block.sum()) / (len(each) - len(block))) for block in blocks]
    return _score(name, float(each.mean()), left_out, of, real, f"jackknife, {BLOCKS} blocks of {note}, balls kept")


def _share(name: str, each: Tensor, of: Extracted, real: Extracted, note: str) -> Score:
    """As `_mean_score`, of 0 and 1; where all are alike no block differs, and the interval is Wilson's."""
    score = _mean_score(name, each, of, real, note)
    if score.value not in (0.0, 1.0):
        return score
    low, high = _wilson(int(each.sum()), len(each))
    return replace(score, low=low, high=high, interval=f"Wilson, of {len(each)} {note}, balls kept")


def _wilson(found: int, of: int) -> tuple[float, float]:
    """95 % interval of a share."""
    low, high = stats.binomtest(found, of).proportion_ci(0.95, method="wilson")
    return float(low), float(high)


def overlaps(generated: Extracted, real: Extracted) -> tuple[Score, Score, Score, Score]:
    """Precision and recall (k = 3), density and coverage (k = 5): see `began_lib.scores.precision_recall`.

    All in [0, 1] but density, which may exceed 1. Precision and density say whether generated images are like real
    ones, recall and coverage whether real ones are reached. The intervals hold the balls fixed, so that chance in
    where the balls lie is not in them. ValueError where networks differ.
    """
    _check_same_network(generated, real)
    found: Overlap = overlap(generated.features, real.features, real.squared_radii, RECALL_K, COVERAGE_K)
    return (
        _share("precision", found.precision, generated, real, "generated images"),
        _share("recall", found.recall, generated, real, "real images"),
        _mean_score("density", found.density, generated, real, "generated images"),
        _share("coverage", found.coverage, generated, real, "real images"),
    )


def ms_ssim(pixels: Tensor | np.ndarray, batch_size: int = 256) -> Score:
    """Mean multi-scale structural similarity of disjoint random pairs of uint8 images (N, C, S, S), 1: all alike.

    Who is paired with whom is drawn with a seed of its own, since images that repeat in order would meet the same ones.
    Odena et al. 2017, arXiv 1610.09585, used it for the variety of samples. Of the five published scales as many are
    used as leave the window of 11 pixels room (two at 32 pixels), their weights scaled to sum to 1.

    Raises TypeError unless uint8, ValueError for images below 11 pixels, or fewer than 40.
    """
    scales = [w for level, w in enumerate(MS_SSIM_WEIGHTS) if pixels.shape[-1] / 2**level >= MS_SSIM_WINDOW]
    if pixels.ndim != 4 or not scales or len(pixels) < 4 * BLOCKS:
        raise ValueError(
            f"expected at least {4 * BLOCKS} images (N, C, S, S) with S of at least {MS_SSIM_WINDOW}, "
            f"found {tuple(pixels.shape)}."
        )
    betas = tuple(w / sum(scales) for w in scales)
    pairs = len(pixels) // 2
    partners = np.random.default_rng(0).permutation(len(pixels))
    each = []
    for start in range(0, pairs, batch_size):
        images = require_pixels(pixels[partners[2 * start : 2 * min(start + batch_size, pairs)]]).float()
        each.append(
            multiscale_structural_similarity_index_measure(
                images[0::2], images[1::2], data_range=255.0, betas=betas, reduction="none", normalize="relu"
            )
        )
    means = np.array([block.mean().item() for block in _blocks(torch.cat(each).double())])
    value = float(means.mean())
    low, high = jackknife(value, (means.sum() - means) / (BLOCKS - 1))
    interval = f"jackknife, {BLOCKS} blocks of {pairs} disjoint pairs, {len(scales)} scales"
    return Score("ms_ssim", value, low, high, len(pixels), None, None, None, interval)


def face_rate(pixels: Tensor | np.ndarray, limit: int = 512) -> Score:
    """Share of the first `limit` uint8 images (N, C, S, S) in which a detector finds a face, with Wilson's interval."""
    found = find_faces(to_unit_range(pixels[:limit]))
    ends = _wilson(int(found.sum()), len(found))
    return Score("face_rate", float(found.double().mean()), *ends, len(found), None, None, None, "Wilson")


def score_all(generated: Extracted, real: Extracted) -> tuple[Score, ...]:
    """All scores in a feature network, of one set against one of real images."""
    return (inception_score(generated), fid(generated, real), kid(generated, real), *overlaps(generated, real))
