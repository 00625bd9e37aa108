"""Checkers for the exercises of notebook 09: each tells right from wrong and gives a hint, never the answer."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from began_lib.exercises.verdict import EMPTY, RIGHT, Verdict
from began_lib.figures.layers import layer_table
from began_lib.models import Architecture, Discriminator, Generator


def _fully_connected(network: Discriminator | Generator) -> int:
    return int(layer_table(network).query("kind == 'fully connected'").parameters.sum())


def check_code_weights(answer: Callable[[int, int, int, int], tuple[int, int]]) -> Verdict:
    """Exercise 1: weights and biases of the fully connected layers of D and of G, from n, scales, N_h and N_z."""
    for filters, size, hidden, latent in ((16, 32, 128, 16), (64, 64, 16, 128), (4, 16, 3, 5)):
        a = Architecture(size=size, filters=filters, hidden=hidden, latent=latent)
        found = answer(filters, a.scales, hidden, latent)
        if found is None:
            return EMPTY
        right_d, right_g = _fully_connected(Discriminator(a)), _fully_connected(Generator(a))
        if np.ndim(found) != 1 or len(found) != 2:
            return Verdict(False, "Two numbers, please: `return those_of_D, those_of_G`.")
        d, g = found
        if (d, g) == (right_d, right_g):
            continue
        here = f"n = {filters}, {a.scales} scales, N_h = {hidden}, N_z = {latent}"
        if (g, d) == (right_d, right_g):
            return Verdict(False, "The right numbers, G's first; D's come first.")
        if g == right_g - 64 * filters:
            return Verdict(False, f"{here}: a fully connected layer has a bias for each of its outputs.")
        if g != right_g:
            return Verdict(False, f"{here}: G's layer goes from N_z numbers to a cube of 8x8xn, and has biases.")
        if d == 2 * 64 * filters * hidden + hidden + 64 * filters:
            return Verdict(False, f"{here}: the encoder's cube has grown by n filters at each scale.")
        return Verdict(
            False, f"{here}: D has two such layers, from the encoder's cube to h and from h to the decoder's."
        )
    return RIGHT


def images_of_rank(rank: int, seed: int, n: int = 400) -> NDArray[np.float64]:
    """n flattened images of 60 numbers that vary equally in `rank` directions, around an image that is not 0."""
    rng = np.random.default_rng(seed)
    basis = np.linalg.qr(rng.normal(size=(60, rank)))[0]
    return 0.3 * rng.normal(size=(n, rank)) @ basis.T + rng.uniform(-0.5, 0.5, size=60)


def check_effective_directions(answer: Callable[[NDArray[np.float64]], float]) -> Verdict:
    """Exercise 2: the participation ratio (sum of eigenvalues)² / (sum of their squares) of images' covariance."""
    for rank in (1, 4, 12):
        images = images_of_rank(rank, seed=rank)
        found = answer(images.copy())
        if found is None:
            return EMPTY
        values = np.linalg.eigvalsh(np.cov(images.T))
        if math.isclose(found, values.sum() ** 2 / (values**2).sum(), rel_tol=1e-6):
            continue
        around_zero = np.linalg.eigvalsh(images.T @ images)
        roots = np.sqrt(np.clip(values, 0, None))
        for wrong, why in (
            (
                around_zero.sum() ** 2 / (around_zero**2).sum(),
                "The mean image is in there as a direction: take it off.",
            ),
            (
                roots.sum() ** 2 / (roots**2).sum(),
                "Those are deviations; the eigenvalues of the covariance are variances.",
            ),
            (
                (values**2).sum() / values.sum() ** 2,
                "Upside down: one direction gives 1, many equal ones their number.",
            ),
        ):
            if math.isclose(found, wrong, rel_tol=1e-6):
                return Verdict(False, why)
        return Verdict(
            False, f"Images that vary equally in {rank} direction(s) gave {found:.3g}: expected about {rank}."
        )
    return RIGHT


def check_linear_price(answer: Callable[[NDArray[np.float64], int], float]) -> Verdict:
    """Exercise 3: the share of the variance of images that the best linear auto-encoder with h numbers must lose."""
    rng = np.random.default_rng(9)
    images = rng.normal(size=(200, 30)) * np.linspace(2.0, 0.1, 30) + 1.0
    values = np.sort(np.linalg.eigvalsh(np.cov(images.T)))[::-1]
    around_zero = np.sort(np.linalg.eigvalsh(images.T @ images))[::-1]
    for h in (1, 16, 30):
        found = answer(images.copy(), h)
        if found is None:
            return EMPTY
        if math.isclose(found, values[h:].sum() / values.sum(), rel_tol=1e-6, abs_tol=1e-9):
            continue
        for wrong, why in (
            (values[:h].sum() / values.sum(), "That is what it keeps."),
            (values[::-1][h:].sum() / values.sum(), "Eigenvalues come sorted upwards: which h of them should h keep?"),
            (values[h:].sum(), "That is the variance lost; its share is wanted."),
            (around_zero[h:].sum() / around_zero.sum(), "The mean image is in there as a direction: take it off."),
        ):
            if math.isclose(found, wrong, rel_tol=1e-6, abs_tol=1e-9):
                return Verdict(False, why)
        return Verdict(
            False, f"With h = {h} of 30: keep the h directions of largest variance. What do the others hold?"
        )
    return RIGHT
