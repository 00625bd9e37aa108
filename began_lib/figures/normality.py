"""Section 3.1, the premise: losses against the normal distribution, and how many pixels they behave like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from IPython.display import Image
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy import stats

from began_lib.central_limit import correlation_by_distance, pixel_variance
from began_lib.figures.display import show_figure
from began_lib.figures.plots import BLACK, FAKE, MEASURE, REAL, TARGET
from began_lib.normality import normal_quantiles, standardized

__all__ = ["look", "p_against_n", "resolutions"]

_WITHIN = 3.3  # deviations: where the ends of 1,000 normal numbers are expected


def look(losses: Mapping[str, NDArray[np.float64]]) -> Image:
    """Histograms with the fitted normal, and Q-Q plots below them.

    Args:
        losses: one value for each image, by name; names with "G(z)" get the colour of generated images.
    """
    figure = Figure(figsize=(11, 5))
    columns = figure.subplots(2, len(losses), squeeze=False).T
    for (above, below), (name, values) in zip(columns, losses.items(), strict=True):
        colour = FAKE if "G(z)" in name else REAL
        above.hist(values, bins=30, density=True, color=colour, alpha=0.5)
        grid = np.linspace(values.min(), values.max(), 100)
        above.plot(grid, stats.norm.pdf(grid, values.mean(), values.std()), color=BLACK)
        above.set(xlabel="loss", ylabel="density", title=name)
        below.plot([-_WITHIN, _WITHIN], [-_WITHIN, _WITHIN], color=TARGET, linestyle="--")
        ordered = np.sort(standardized(values))
        below.plot(normal_quantiles(len(values)), ordered, ".", color=colour, markersize=3)
        below.set(xlabel="normal quantile", ylabel="loss, in deviations", ylim=(-4, 6))
    skewed = ", ".join(f"{name} {stats.skew(values):.2f}" for name, values in losses.items())
    return show_figure(figure, f"Histograms with fitted normals, and Q-Q plots below. Skewness: {skewed}.")


def _band(axes: Axes, n: Sequence[int], band: NDArray[np.float64], colour: str, label: str) -> None:
    """A median as a line and 10 to 90 % as a band around it; band is (sizes, 3)."""
    low, middle, high = band.T
    axes.plot(n, middle, "o-", color=colour, markersize=4, label=label)
    axes.fill_between(n, low, high, color=colour, alpha=0.15, linewidth=0)


def p_against_n(n: Sequence[int], bands: Mapping[str, NDArray[np.float64]]) -> Image:
    """p-values and skewness of the same losses, against how many of them are tested.

    Args:
        n: sizes of the samples.
        bands: "p of losses", "p of normal numbers" and "skewness of losses"; 10, 50 and 90 % at each n, (sizes, 3).
    """
    figure = Figure(figsize=(10, 3.4))
    left, right = figure.subplots(1, 2)
    _band(left, n, bands["p of losses"], REAL, "losses L(x)")
    _band(left, n, bands["p of normal numbers"], BLACK, "normal numbers")
    _band(right, n, bands["skewness of losses"], REAL, "losses L(x)")
    left.axhline(0.05, color="0.5", linestyle=":", label="p = 0.05")
    lowest = max(bands["p of losses"].min() / 10, 1e-40)
    left.set(
        yscale="log", ylim=(lowest, 10), ylabel="p (D'Agostino and Pearson)", title="the same losses, more of them"
    )
    right.axhline(0, color="0.5", linewidth=1)
    right.set(ylabel="skewness", title="what settles as n grows")
    for axes in (left, right):
        axes.set(xscale="log", xlabel="n, images in the test")
        axes.legend()
    p, skewness = bands["p of losses"][:, 1], bands["skewness of losses"][:, 1]
    alt = f"Left: the median p of the same losses goes from {p[0]:.1g} with {n[0]} images to {p[-1]:.1g} with {n[-1]}; "
    alt += f"p of normal numbers stays. Right: their skewness settles at {skewness[-1]:.2f}."
    return show_figure(figure, alt)


def resolutions(losses: Mapping[int, NDArray[np.float64]], intervals: Mapping[int, tuple[float, float]]) -> Image:
    """The effective number of pixels of the same images at several resolutions, and why it stands still.

    Args:
        losses: pixel losses (N, side, side) by side.
        intervals: of the effective number, by side.
    """
    figure = Figure(figsize=(10, 3.4))
    left, right = figure.subplots(1, 2)
    pixels = np.array([side**2 for side in losses])
    effective = np.array([pixel_variance(each).effective for each in losses.values()])
    low, high = np.array([intervals[side] for side in losses]).T
    errors = np.maximum([effective - low, high - effective], 0)
    left.errorbar(pixels, effective, yerr=errors, color=REAL, marker="o", markersize=4, capsize=4, label="as measured")
    left.plot(pixels, pixels, color=MEASURE, linestyle="--", label="if pixels were independent")
    left.set(xscale="log", yscale="log", xlabel="P, pixels of the image", ylabel="N_eff, effective number")
    left.set(title="the same images, finer and finer")
    left.minorticks_off()
    left.set_xticks(pixels, [f"{count:,}" for count in pixels])
    for shade, (side, each) in zip(np.linspace(0.35, 1, len(losses)), losses.items(), strict=True):
        distance, correlation, _ = correlation_by_distance(each)
        label = f"{side}×{side}"
        right.plot(distance / side, correlation, color=REAL, alpha=shade, marker=".", label=label)
    right.axhline(0, color="0.5", linewidth=1)
    right.set(xlim=(0, 0.6), ylim=(-0.05, 1.02), xlabel="distance, in sides of the picture")
    right.set(ylabel="correlation of pixel losses", title="what two pixels share")
    for axes in (left, right):
        axes.legend()
    found = ", ".join(f"{value:.0f} for {count:,} pixels" for value, count in zip(effective, pixels, strict=True))
    return show_figure(figure, f"Left: effective number {found}. Right: correlation falls with distance, never to 0.")
