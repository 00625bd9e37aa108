"""Whether D's encoder finds codes: held-out photographs drawn anew by G from what E makes of them, G(E(x)).

BEGAN-CS pulls E(G(z)) towards z in training (Chang et al. 2018), the control does not. `-m tools.experiments.codes`
measures two runs of each, which `python -m tools.experiments --only control cs` trains, beside the search for z_r of
section 4.3, and writes it into docs/experiments.json, with a picture of what G drew for some: photographs do not ship.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from began_lib import latent, shipped
from began_lib.data import Dataset, to_unit_range
from began_lib.data.pixels import save_picture, tile
from began_lib.equilibrium import reconstruction_loss
from began_lib.machine.storage import write_json
from began_lib.models import sample_z
from began_lib.scores.sets import draw
from began_lib.shipped.model import Model
from tools.experiments.__main__ import PATH, RUNS, folder_of, found, key
from tools.rivals import contest, paths

ARMS, SEEDS = ("control", "BEGAN-CS 0.1"), (0, 1)
COUNT, SHOWN = 64, 8  # photographs
STARTS, STEPS = 2, 200  # of the search
SEED = 5  # of codes


def parser() -> argparse.ArgumentParser:
    """Of the command line."""
    made = argparse.ArgumentParser(prog="python -m tools.experiments.codes", description=__doc__)
    made.add_argument("--runs", type=Path, default=RUNS, help="folder of the runs (default: %(default)s)")
    made.add_argument("--out", type=Path, default=PATH, metavar="FILE", help="(default: %(default)s)")
    return made


@torch.no_grad()
def encoded(model: Model, images: Tensor) -> Tensor:
    """E(x) of images (N, C, S, S) in [-1, 1] as codes of G, (N, N_h), brought into its cube.

    Raises ValueError where h has another width than z.
    """
    shape = model.config.architecture
    if shape.hidden != shape.latent:
        raise ValueError(f"h has {shape.hidden} numbers and z {shape.latent}: expected as many, for E(x) to be a code.")
    return model.discriminator.encoder(images).clamp(-1, 1)


def searched(model: Model, images: Tensor) -> Tensor:
    """z_r of images by the search of section 4.3, (N, N_z)."""
    random = torch.Generator().manual_seed(SEED)
    starts = sample_z(len(images) * STARTS, model.config.architecture.latent, random)
    return latent.invert(model.generator, images, starts.unflatten(0, (len(images), STARTS)), STEPS).best


def measured(model: Model, images: Tensor) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Mean errors of one run, in [-1, 1], and what G drew for each."""
    z = sample_z(len(images), model.config.architecture.latent, torch.Generator().manual_seed(SEED))
    generated = model.generate(z)
    drawn = {
        "encoder": model.generate(encoded(model, images)),
        "search": model.generate(searched(model, images)),
        "any": generated,  # of other codes: what a face that has nothing to do with the photograph gives
    }
    errors = {name: float(reconstruction_loss(images, its).mean()) for name, its in drawn.items()}
    return {
        "steps": model.step,
        **errors,
        "rebuilt_by_d": float(reconstruction_loss(images, model.reconstruct(images)).mean()),
        "code": float((z - encoded(model, generated)).abs().mean()),  # 0.5 where E always says 0
    }, drawn


def measure(models: Mapping[tuple[str, int], Model], dataset: Dataset, path: Path) -> dict[str, Any]:
    """Measure runs and write them into the file, with a picture beside it."""
    images = to_unit_range(draw(dataset.held_out, (COUNT,), seed=0)[0])
    rows, strips = {}, []
    for (name, seed), model in models.items():
        rows[key(name, seed)], drawn = measured(model, images)
        if seed == 0:
            strips += [drawn["encoder"][:SHOWN], drawn["search"][:SHOWN]]
    save_picture(path.with_suffix("") / "codes.jpg", tile(torch.cat(strips), columns=SHOWN))
    middle = to_unit_range(torch.from_numpy(dataset.train.mean(0, keepdims=True).round().astype(np.uint8)))
    apart = float(reconstruction_loss(images, middle.expand_as(images)).mean())
    protocol = {"images": COUNT, "starts": STARTS, "search_steps": STEPS, "mean_photograph": apart}
    with_encoder, ends = models[ARMS[-1], 0], paths.photographs_of(dataset)
    along = paths.measured(with_encoder, encoded(with_encoder, ends), ends, path.with_suffix("") / "codes-path.jpg")
    result = {**found(path), "codes": {**protocol, "runs": rows, "path": along}}
    write_json(path, result)
    return result["codes"]


def main(words: list[str] | None = None) -> None:
    """The command line."""
    arguments = parser().parse_args(words)
    torch.set_num_threads(1)
    folders = {(name, seed): folder_of(arguments.runs, name, seed) for name in ARMS for seed in SEEDS}
    if missing := [folder for folder in folders.values() if not (folder / "config.json").is_file()]:
        parser().error(f"{missing[0]} is no run: train it first, python -m tools.experiments --only control cs")
    models = {run: shipped.load(folder) for run, folder in folders.items()}
    rows = measure(models, contest.dataset_of(next(iter(models.values())).config), arguments.out)["runs"]
    for name, row in rows.items():
        print(name, *(f"{measure} {value:.3f}" for measure, value in row.items() if measure != "steps"), sep=", ")


if __name__ == "__main__":
    main()
