"""Table 1: the Inception score on CIFAR-10."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from began_lib import shipped
from began_lib.data import open_dataset, to_unit_range
from began_lib.figures import plots
from began_lib.machine.storage import read_json
from tools.results.findings import Check, Finding
from tools.results.material import CODES, made_of, save

MODEL = "cifar10-32"
PAPER = {"BEGAN": 5.62, "real data": 11.24}  # by Inception v3; it does not say of how many images
SCORES = "scores.json"  # beside the model: what `python -m began_lib score` wrote


def inception(data: str, folder: Path) -> Finding:
    """From the table that notebook 11 shows whole.

    Args:
        data: CIFAR-10, by name or as a folder of its pictures.
        folder: for the picture.

    Raises:
        ValueError: the table is not of the model that ships.
    """
    model = shipped.load(MODEL)
    stored = read_json(model.samples.with_name(SCORES))
    if stored["protocol"]["model"] != f"{model.name}, {model.step} steps":
        raise ValueError(
            f"{SCORES} is of {stored['protocol']['model']}: expected {model.name}, {model.step} steps. Make it anew: "
            f"python -m began_lib score --model {model.name} --data {data} --samples 10000 --json FILE"
        )
    rows = {row: {score["name"].split("_")[0]: score for score in stored["rows"][row]} for row in ("generated", "real")}
    ours, real = (rows[row]["is"] for row in rows)
    ours_fid, real_fid = (rows[row]["fid"]["value"] for row in rows)
    # The score starts at 1, for images that are all alike.
    share, paper = (ours["value"] - 1) / (real["value"] - 1), (PAPER["BEGAN"] - 1) / (PAPER["real data"] - 1)
    training = open_dataset(data, size=32).train
    chosen = np.random.default_rng(0).permutation(len(training))[:64]
    pictures = to_unit_range(torch.as_tensor(training[chosen]))
    figure = plots.grids_figure([pictures, model.generate(64, CODES)], ["CIFAR-10", "samples"], columns=8, width=9)
    return Finding(
        "4.6, table 1",
        "second of the unsupervised models by the Inception score on CIFAR-10",
        f"with the exception of DFM (7.72) its score, {PAPER['BEGAN']}, is better than other GAN techniques that "
        f"directly aim to match the data distribution; real data {PAPER['real data']}.",
        made_of(model).replace(model.config.data, "CIFAR-10 from JPEG files")
        + f"; {ours['images']:,} images each, network {stored['protocol']['network']}.",
        (),
        "the rivals of the table trained on the same budget: the claim is a rank.",
        (
            Check(
                "as far above 1 as the paper's, in shares of the real pictures' score",
                f"ours {ours['value']:.2f} ({ours['low']:.2f} to {ours['high']:.2f})<br>real {real['value']:.2f}<br>"
                f"{share:.0%}; the paper's {paper:.0%}",
                share >= paper,
                "another network's scale is another scale: a share says little",
            ),
            Check(
                "FID under ten times that of other real pictures",
                f"ours {ours_fid:.0f} (real: {real_fid:.1f})",
                ours_fid < 10 * real_fid,
                "to the eye the samples fail: dark shapes on sky or grass, and no objects",
            ),
        ),
        untestable="The paper ranks models; none of its rivals has been trained on CIFAR-10 here, and it gives neither "
        "size nor steps of its own model.",
        picture=save(figure, folder, "table-1.jpg"),
        alt="64 pictures of CIFAR-10 and 64 samples: blurred, with no clear object",
        notebook="11_scores",
    )
