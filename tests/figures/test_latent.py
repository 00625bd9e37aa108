"""Figures of notebook 07."""

import torch
from IPython.display import Image

from began_lib import latent
from began_lib.figures import latent as figures
from began_lib.models import sample_z


def found(codes: torch.Tensor) -> latent.Inversion:
    return latent.Inversion(codes, torch.rand(codes.shape[:2]), torch.rand(5, *codes.shape[:2]))


def shows(image: Image, *words: str) -> None:
    assert len(image.data) > 5000 and all(word in image.metadata["alt"] for word in words)


def test_each_figure_is_drawn_with_its_text():
    starts = sample_z(16, 2, torch.Generator().manual_seed(0)).view(2, 8, 2)
    shows(figures.plane_search(torch.nn.Identity(), starts[:, 0], starts, found(starts), starts[0, 0]), "from 8 starts")
    shows(
        figures.plane_search(torch.nn.Identity(), starts[:, 0], starts[:, :3], found(starts[:, :3]), starts[0, 0]),
        "from 3 starts",
    )
    shows(figures.searches({"in the cube": found(starts), "anywhere": found(2 * starts)}), "walls")


def test_searches_of_one_start_are_drawn():
    shows(figures.searches({"one": found(torch.zeros(1, 1, 4).add(0.5))}), "Adam")
