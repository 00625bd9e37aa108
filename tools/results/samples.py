"""Section 4.2, figure 2: samples look like faces."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from began_lib import shipped
from began_lib.figures import plots
from began_lib.scores.face_detector import find_faces
from began_lib.scores.quality import closest_pair
from tools.results.findings import Check, Finding
from tools.results.material import CODES, SCORED, Judge, held_out, made_of, numbers, save, told

PAGE, DRAWS = 64, 8  # pictures of a page; pages on which the closest pair is sought


def _closest(images: torch.Tensor) -> float:
    """Median over pages of the distance of the two pictures of a page that are most alike."""
    return float(np.median([closest_pair(page) for page in images[: PAGE * DRAWS].split(PAGE)]))


def best_samples(names: Sequence[str], folder: Path) -> Finding:
    """Faces, as often as in photographs; no two alike on a page; beside the field's scores."""
    models = {name: shipped.load(name) for name in names}
    rates, apart, fids, coverage, grids = {}, {}, {}, {}, []
    for name, model in models.items():
        data, size = model.config.data, model.config.architecture.size
        real, drawn, judge = held_out(data, size, PAGE * DRAWS), model.generate(SCORED, CODES), Judge(data, size)
        rates[name] = float(find_faces(drawn[: len(real)]).float().mean())
        rates[f"{data} {size}, real"] = float(find_faces(real).float().mean())
        apart[name] = _closest(drawn) / _closest(real)
        scores = judge(drawn)
        fids |= {name: scores["fid"], f"{name}, other real pictures": judge.floor["fid"]}
        coverage |= {name: scores["coverage"], f"{name}, other real pictures": judge.floor["coverage"]}
        grids += [(f"{data}, {size}x{size}: held out", real[:PAGE]), (f"samples of {name}", drawn[:PAGE])]
    pairs = list(rates.items())
    figure = plots.grids_figure([images for _, images in grids], [title for title, _ in grids], columns=8, width=14)
    return Finding(
        "4.2, figure 2",
        "samples look like faces of different people",
        "samples at 128x128 in which pose, expression, skin and light vary and faces stay coherent; few older people, "
        "more women than men, and no glasses.",
        "; ".join(map(made_of, models.values())) + f"; {PAGE * DRAWS} samples and as many held-out pictures.",
        (
            Check(
                "a detector trained on photographs finds a face as often as in real pictures, less 10 points",
                numbers(rates, ".0%"),
                all(ours > real - 0.1 for (_, ours), (_, real) in zip(pairs[::2], pairs[1::2], strict=True)),
                "the judge is wrong on some photographs too; ten points are what a page of 64 shows by eye",
            ),
            Check(
                f"no two of {PAGE} nearly alike: the closest pair at least half as far apart as among real ones",
                numbers(apart, ".0%") + f" of that distance (medians of {DRAWS} pages)",
                min(apart.values()) > 0.5,
                "a page of samples on which one face stands twice is what collapse looks like first",
            ),
        ),
        "128x128 with 128 filters and the authors' step count (public reports: 200,000 steps and more), and readers "
        "who sort samples from photographs.",
        (
            Check(
                "FID near that of other real pictures, under twice",
                told(fids),
                all(fids[name].value < 2 * fids[f"{name}, other real pictures"].value for name in names),
                f"{SCORED:,} pictures each; between different sets or networks FIDs cannot be compared",
            ),
            Check(
                "as much of the real pictures reached: coverage at least nine tenths of that by other real ones",
                told(coverage, ".2f"),
                all(coverage[n].value > 0.9 * coverage[f"{n}, other real pictures"].value for n in names),
                "what detectors and distances between samples do not see",
            ),
        ),
        picture=save(figure, folder, "figure-2.jpg"),
        alt="Held-out pictures and samples, 64 each, of every model",
        notebook="05_training",
    )
