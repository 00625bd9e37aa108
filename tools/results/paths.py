"""Section 4.3, figure 4: faces between faces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from began_lib import latent, shipped
from began_lib.data import open_dataset, to_unit_range
from began_lib.data.pixels import to_uint8
from began_lib.figures import plots
from began_lib.models import sample_z
from began_lib.scores.face_detector import find_faces
from began_lib.scores.features import extract
from began_lib.scores.nearest import nearest_images
from began_lib.scores.networks import load
from tools.results.findings import Check, Finding
from tools.results.material import held_out, lines, made_of, numbers, save

PICTURES, STARTS, STEPS, PAIRS = 32, 3, 200, 8
MEMORY = 1.5


@dataclass(frozen=True)
class Paths:
    """Codes of held-out pictures of one model, and what lies between them."""

    x: Tensor  # (PICTURES, C, S, S)
    found: Tensor  # G(z_r)
    rows: list[Tensor]  # nine images each, of PAIRS pairs
    closer: float  # share of pictures to which G(z_r) is nearer than any training image
    recognised: float  # share whose G(z_r) a feature network takes for the right one among all of them
    unseen: tuple[float, float]  # mean e_r of held-out and of as many training pictures


def _recognised(found: Tensor, x: Tensor, data: str) -> float:
    """How often the picture nearest to G(z_r) is its own, in the features of a network that knows neither."""
    network = load("factors" if data == "faces" else "efficientnet_lite0")
    a, b = (extract(network, to_uint8(images)).features for images in (found, x))
    nearest = torch.cdist(a, b).argmin(1)
    return float((nearest == torch.arange(len(x))).float().mean())


def follow(name: str) -> Paths:
    """Search the codes of held-out pictures, and walk between pairs of them."""
    model = shipped.load(name)
    a, data = model.config.architecture, model.config.data
    training = torch.as_tensor(open_dataset(data, size=a.size).train)
    x = held_out(data, a.size, PICTURES)
    starts = sample_z(STARTS * PICTURES, a.latent, torch.Generator().manual_seed(0)).view(PICTURES, STARTS, a.latent)
    inverted = latent.invert(model.generator, x, starts, STEPS, learning_rate=0.3)
    seen = to_unit_range(training[torch.randperm(len(training), generator=torch.Generator().manual_seed(1))[:PICTURES]])
    known = latent.invert(model.generator, seen, starts, STEPS, learning_rate=0.3)
    t = torch.linspace(0, 1, 9)
    found = model.generate(inverted.best)
    return Paths(
        x,
        found,
        [model.generate(latent.straight(inverted.best[2 * i], inverted.best[2 * i + 1], t)) for i in range(PAIRS)],
        float((inverted.error < nearest_images(x, training).distances[:, 0]).float().mean()),
        _recognised(found, x, data),
        (float(inverted.error.mean()), float(known.error.mean())),
    )


def interpolation(names: Sequence[str], folder: Path) -> Finding:
    """Rows are smooth, their ends are the faces asked for, and unseen faces are met as well as seen ones."""
    paths = {name: follow(name) for name in names}
    largest = {name: max(map(latent.smoothness, each.rows)) for name, each in paths.items()}
    ends = {
        name: float(find_faces(torch.cat([r[[0, -1]] for r in p.rows])).float().mean()) for name, p in paths.items()
    }
    between = {
        name: float(find_faces(torch.cat([r[1:-1] for r in p.rows])).float().mean()) for name, p in paths.items()
    }
    strips = [
        torch.cat([torch.cat([p.x[[2 * i]], p.rows[i], p.x[[2 * i + 1]]]) for i in range(4)]) for p in paths.values()
    ]
    figure = plots.grids_figure(strips, list(paths), columns=11, width=10, across=1)
    figure.set_size_inches(10, len(paths) * (10 * 4 / 11 + 0.3))
    return Finding(
        "4.3, figure 4",
        "faces change smoothly between the codes of unseen ones",
        "codes z_r of real images of a separate set are found by gradient descent; the images between two of them "
        "change smoothly, and the found ones are relatively close to the real faces: the network generalises.",
        "; ".join(made_of(shipped.load(name)) for name in names)
        + f"; {PICTURES} held-out pictures, {STARTS} starts of {STEPS} steps each.",
        (
            Check(
                f"unseen faces are reached nearly as closely as training faces: e_r under {MEMORY} times as large",
                lines({n: f"{p.unseen[0]:.3f} unseen, {p.unseen[1]:.3f} seen" for n, p in paths.items()}),
                all(p.unseen[0] < MEMORY * p.unseen[1] for p in paths.values()),
                "a network that has learnt its training set by heart has 2.9 "
                "([07](notebooks/07_interpolation.ipynb)). e_r, the mean |x − G(z_r)|, is an upper bound, "
                "since the search stops",
            ),
            Check(
                "smooth rows: no step over twice the mean step",
                numbers(largest, ".2f") + f"<br>at most, in {PAIRS} rows",
                max(largest.values()) < 2,
                "a jump makes the whole change in one of eight steps: 8. A mere cross-fade has 1: "
                "smooth rows alone show little",
            ),
            Check(
                "a face found between the ends as often as at the ends, less 10 points",
                lines({name: f"{between[name]:.0%}, at the ends {ends[name]:.0%}" for name in names}),
                all(between[name] > ends[name] - 0.1 for name in names),
                "as for figure 2, and as weak: the detector likes soft frontal faces",
            ),
            Check(
                f"the right one recognised among {PICTURES} by a network trained on other pictures, for most",
                numbers({name: each.recognised for name, each in paths.items()}, ".0%"),
                all(each.recognised > 0.5 for each in paths.values()),
                f"chance is {1 / PICTURES:.0%}; the paper says relatively close: more than half is our reading. "
                "The network is no face recogniser",
            ),
        ),
        "a generator of the paper's size, and readers who match faces.",
        (
            Check(
                "G(z_r) nearer to most unseen faces than the nearest training image is",
                numbers({name: each.closer for name, each in paths.items()}, ".0%"),
                all(each.closer > 0.5 for each in paths.values()),
                "a list of training images cannot be nearer; a network that recites can "
                "([07](notebooks/07_interpolation.ipynb))",
            ),
        ),
        picture=save(figure, folder, "figure-4.jpg"),
        alt="Rows of each model: a real face, generated faces on the line between two codes, another real face",
        notebook="07_interpolation",
    )
