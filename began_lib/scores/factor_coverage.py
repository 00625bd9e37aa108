"""Which of the known factors of rendered faces a generator reaches: their distribution among its faces and the data's.

The paper remarks on its samples that there were no glasses, few older people and more women than men (section 4.2).
Here the classifier of factors reads every set of images, the data's included, so that its own bias is on both sides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from scipy import stats
from torch import Tensor

from began_lib.scores.factor_classifier import FactorClassifier, share
from began_lib.scores.statistics import BLOCKS, jackknife

__all__ = ["ClassShare", "FactorCoverage", "coverage_table", "factor_coverage", "lost"]


@dataclass(frozen=True)
class ClassShare:
    """Share of faces in one class of a factor, with its 95 % interval over faces."""

    name: str  # of the class
    value: float
    low: float
    high: float
    in_data: float  # the same reading of the data
    in_data_low: float
    in_data_high: float


@dataclass(frozen=True)
class FactorCoverage:
    """One factor among the faces of one set."""

    factor: str
    classes: tuple[ClassShare, ...]
    distance: float  # total variation between the two distributions, 0: alike, 1: nothing in common
    low: float  # 95 % interval, jackknife
    high: float
    images: int


def _interval(mean: float, error: float, images: int) -> tuple[float, float]:
    half = float(stats.t.ppf(0.975, images - 1)) * error
    return max(mean - half, 0.0), min(mean + half, 1.0)


def _total_variation(a: Tensor, b: Tensor) -> float:
    return 0.5 * float((a.double().mean(0) - b.double().mean(0)).abs().sum())


def factor_coverage(
    judge: FactorClassifier, images: Mapping[str, Tensor], data: Tensor
) -> dict[str, tuple[FactorCoverage, ...]]:
    """Coverage of every factor by each set of images, against `data`; by gamma, say: {"0.3": ..., "0.5": ...}.

    Two samples of one distribution are not at distance 0: give a second sample of the data among `images`, as large as
    the others, for the floor.

    Args:
        images: by name, (N, 3, S, S) in [-1, 1], N of at least 20; ValueError for fewer.
        data: real faces, likewise.
    """
    if small := [name for name, some in {**images, "data": data}.items() if len(some) < 2 * BLOCKS]:
        raise ValueError(f"{small[0]}: expected at least {2 * BLOCKS} images, found fewer.")
    real = judge.read(data)
    return {name: tuple(_one_set(judge, judge.read(some), real)) for name, some in images.items()}


def _one_set(judge: FactorClassifier, readings: dict[str, Tensor], real: dict[str, Tensor]) -> list[FactorCoverage]:
    found = []
    for factor, head in judge.heads.items():
        rows, data_rows = readings[factor], real[factor]
        classes = []
        for c in head.classes:
            here, there = (share(read, factor, [c], judge.heads.values()) for read in (readings, real))
            intervals = (*_interval(*here, len(rows)), there[0], *_interval(*there, len(data_rows)))
            classes.append(ClassShare(c, here[0], *intervals))
        kept = [(rows[m], data_rows[k]) for m, k in zip(_without(len(rows)), _without(len(data_rows)), strict=True)]
        value = _total_variation(rows, data_rows)
        low, high = jackknife(value, [_total_variation(*pair) for pair in kept])
        found.append(FactorCoverage(factor, tuple(classes), value, max(low, 0.0), min(high, 1.0), len(rows)))
    return found


def _without(count: int) -> list[Tensor]:
    """For each block of `count` rows, the indices of all others."""
    blocks = np.array_split(np.arange(count), BLOCKS)
    return [torch.from_numpy(np.delete(np.arange(count), block)) for block in blocks]


def lost(coverage: tuple[FactorCoverage, ...], part: float = 0.5) -> list[str]:
    """Classes, as 'factor: class', whose share is below `part` of the data's even at the ends of both intervals."""
    return [f"{row.factor}: {c.name}" for row in coverage for c in row.classes if c.high < part * c.in_data_low]


def coverage_table(coverages: Mapping[str, tuple[FactorCoverage, ...]]) -> pd.DataFrame:
    """Distance of each factor from the data's distribution with its interval, a column for each set, as text."""
    return pd.DataFrame(
        {
            name: {row.factor: f"{row.distance:.3f} ({row.low:.3f} to {row.high:.3f})" for row in rows}
            for name, rows in coverages.items()
        }
    )
