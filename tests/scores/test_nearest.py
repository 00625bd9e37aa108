"""The nearest neighbours are SciPy's, and copies are found, mirrored or not."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from began_lib.scores.nearest import nearest, nearest_images


def random(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("p", "metric"), [(1, "cityblock"), (2, "euclidean")])
def test_nearest_against_scipy(p, metric):
    queries, pool = torch.randn(5, 3, 2, generator=random(6)), torch.randn(40, 3, 2, generator=random(7))
    found = nearest(queries, pool, count=3, p=p)
    between = cdist(queries.flatten(1).numpy(), pool.flatten(1).numpy(), metric) / 6 ** (1 / p)
    np.testing.assert_array_equal(found.indices.numpy(), between.argsort(axis=1)[:, :3])
    np.testing.assert_allclose(found.distances.numpy(), np.sort(between, axis=1)[:, :3], rtol=1e-4)  # float32
    assert not found.mirrored.any()


def test_nearest_images_finds_copies_and_mirrored_copies_in_any_chunk():
    training = torch.randint(0, 256, (50, 3, 8, 8), generator=random(8), dtype=torch.uint8)
    queries = training[[3, 41]].float() / 127.5 - 1
    queries[1] = queries[1].flip(-1)
    found = nearest_images(queries, training, count=2, chunk=20)
    assert found.indices[:, 0].tolist() == [3, 41] and found.mirrored[:, 0].tolist() == [False, True]
    assert found.distances[:, 0].max() < 1e-6 < 0.1 < found.distances[:, 1].min()  # the next is a stranger
    whole = nearest_images(queries, training, count=2, chunk=50)
    torch.testing.assert_close(found.distances, whole.distances)


@pytest.mark.parametrize("chunk", [3, 50])
def test_a_training_image_is_a_neighbour_once_by_the_nearer_side(chunk):
    training = torch.randint(0, 256, (7, 3, 8, 8), generator=random(9), dtype=torch.uint8)
    queries = torch.rand(4, 3, 8, 8, generator=random(10)) * 2 - 1
    found = nearest_images(queries, training, count=7, chunk=chunk)
    pool = training.flatten(1).numpy() / 127.5 - 1
    sides = [cdist(side.flatten(1).numpy(), pool, "cityblock") / 192 for side in (queries, queries.flip(-1))]
    nearer = np.minimum(*sides)
    np.testing.assert_array_equal(found.indices.numpy(), nearer.argsort(axis=1))
    np.testing.assert_allclose(found.distances.numpy(), np.sort(nearer, axis=1), rtol=1e-4)  # float32
    np.testing.assert_array_equal(
        found.mirrored.numpy(), np.take_along_axis(sides[1] < sides[0], nearer.argsort(axis=1), axis=1)
    )


@pytest.mark.parametrize("many", [3, 0])
def test_more_neighbours_than_training_images_are_refused(many):
    training = torch.zeros(many, 3, 8, 8, dtype=torch.uint8)
    with pytest.raises(ValueError, match=rf"at least 5 in the pool, found \(1, 3, 8, 8\) and \({many}, 3, 8, 8\)"):
        nearest_images(torch.zeros(1, 3, 8, 8), training, count=5)


def test_nearest_refuses_other_shapes_and_too_many():
    with pytest.raises(ValueError, match="of one shape"):
        nearest(torch.zeros(1, 3), torch.zeros(4, 2))
    with pytest.raises(ValueError, match="at least 5 in the pool"):
        nearest(torch.zeros(1, 3), torch.zeros(4, 3), count=5)
