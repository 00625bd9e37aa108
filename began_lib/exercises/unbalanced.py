"""Checkers for the exercises of notebook 09: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import RIGHT, Findings, choice, judged, near, two
from began_lib.figures.layers import layer_table
from began_lib.models import Architecture, Discriminator, Generator

Images = NDArray[np.float64]

PAIR = 'Nothing yet: put "balanced", "starved G" or "starved D" into `prediction`.'


@judged(empty=PAIR)
def check_largest_k(answer: str) -> Findings:
    """Prediction: the pair whose controller needs the largest k."""
    hints = {
        "starved g": "The push is γ L(x) − L(G(z)): which pair has the largest of it while k is still small?",
        "balanced": "k rises while L(G(z)) is below γ L(x). For which D is L(x) large?",
    }
    yield from choice(answer, "starved d", hints, PAIR)


def _fully_connected(network: Discriminator | Generator) -> int:
    return int(layer_table(network).query("kind == 'fully connected'").parameters.sum())


@judged(((16, 3, 128, 16), (64, 4, 16, 128), (4, 2, 3, 5)))
def check_code_weights(found: tuple[int, int], filters: int, scales: int, hidden: int, latent: int) -> Findings:
    """Exercise 1: weights and biases of the fully connected layers of D and of G, from n, scales, N_h and N_z."""
    a = Architecture(size=4 * 2**scales, filters=filters, hidden=hidden, latent=latent)
    right_d, right_g = _fully_connected(Discriminator(a)), _fully_connected(Generator(a))
    here = f"n = {filters}, {scales} scales, N_h = {hidden}, N_z = {latent}"
    yield not two(found), "Two numbers, please: `return those_of_D, those_of_G`."
    d, g = found
    yield (d, g) == (right_d, right_g), RIGHT
    yield (g, d) == (right_d, right_g), "The right numbers, G's first; D's come first."
    yield g == right_g - 64 * filters, f"{here}: a fully connected layer has a bias for each of its outputs."
    yield g != right_g, f"{here}: G's layer goes from N_z numbers to a cube of 8x8xn, and has biases."
    without_growth = 2 * 64 * filters * hidden + hidden + 64 * filters
    yield d == without_growth, f"{here}: the encoder's cube has grown by n filters at each scale."
    yield True, f"{here}: D has two such layers, from the encoder's cube to h and from h to the decoder's."


def images_of_rank(rank: int, seed: int, n: int = 400) -> Images:
    """n flattened images of 60 numbers that vary equally in `rank` directions, around an image that is not 0."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(60, rank)))[0]
    return 0.3 * rng.normal(size=(n, rank)) @ basis.T + rng.uniform(-0.5, 0.5, size=60)


def _participation(values: Images) -> float:
    return values.sum() ** 2 / (values**2).sum()


@judged(lambda: ((images_of_rank(rank, seed=rank),) for rank in (1, 4, 12)))
def check_effective_directions(found: float, images: Images) -> Findings:
    """Exercise 2: the participation ratio (sum of eigenvalues)² / (sum of their squares) of images' covariance."""
    values = np.linalg.eigvalsh(np.cov(images.T))
    right = _participation(values)
    yield near(found, right), RIGHT
    around_zero = _participation(np.linalg.eigvalsh(images.T @ images))
    yield near(found, around_zero), "The mean image is in there as a direction: take it off."
    of_roots = _participation(np.sqrt(values.clip(0)))
    yield near(found, of_roots), "Those are deviations; the eigenvalues of the covariance are variances."
    yield near(found, 1 / right), "Upside down: one direction gives 1, many equal ones their number."
    yield True, f"Images that vary equally in {right:.0f} direction(s) gave {found:.3g}: expected about {right:.0f}."


def _fading_images() -> Iterator[tuple[Images, int]]:
    images = np.random.default_rng(9).normal(size=(200, 30)) * np.linspace(2.0, 0.1, 30) + 1.0
    for h in (1, 16, 30):
        yield images, h


@judged(_fading_images)
def check_linear_price(found: float, images: Images, h: int) -> Findings:
    """Exercise 3: the share of the variance of images that the best linear auto-encoder with h numbers must lose."""
    upwards = np.linalg.eigvalsh(np.cov(images.T))
    values, whole = upwards[::-1], upwards.sum()
    yield near(found, values[h:].sum() / whole), RIGHT
    yield near(found, values[:h].sum() / whole), "That is what it keeps."
    hint = "Eigenvalues come sorted upwards: which h of them should h keep?"
    yield near(found, upwards[h:].sum() / whole), hint
    yield near(found, values[h:].sum()), "That is the variance lost; its share is wanted."
    around_zero = np.linalg.eigvalsh(images.T @ images)[::-1]
    hint = "The mean image is in there as a direction: take it off."
    yield near(found, around_zero[h:].sum() / around_zero.sum()), hint
    yield True, f"With h = {h} of 30: keep the h directions of largest variance. What do the others hold?"
