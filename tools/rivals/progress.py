"""Each system's own measure of how far training is, against FID along its run: do the two fall together?

Of a run's checkpoints a dozen are looked at: some hundred images are drawn from each, of the same codes, and their FID
is set beside what the history says at that time. A rank correlation near 1 says that the measure falls where FID
falls. Checkpoints of one run follow one another, so any two curves that fall along it agree: the step itself stands
in the table, and what a measure is worth is what it says beyond that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scipy import stats
from torch import Tensor

from began_lib.data import to_uint8
from began_lib.rivals.trained import of_run
from began_lib.scores.features import extract
from began_lib.scores.frechet import Reference, frechet_distance
from began_lib.scores.networks import FeatureNetwork
from began_lib.training import checkpoints
from began_lib.training.history import History

COUNT, MOMENTS = 400, 12  # images of a checkpoint, and checkpoints of a run
LEAST_MOMENTS = 3  # for a correlation
WINDOW = 200  # steps before a checkpoint over which a measure is averaged
CODES_SEED = 5

# What each system's paper takes for progress, or what its user watches; `energy_real` is D's error on the data.
OWN = {
    "began": "m_global",
    "wgan": "wasserstein",
    "wgan-gp": "wasserstein",
    "ebgan": "energy_real",
    "ebgan-figure-1": "energy_real",
    "magan": "energy_real",
    "magan-figure-1": "energy_real",
    "pixelcnn": "bits",
}
USUAL = "loss_g"  # of the others, which have none


def own_measure(name: str) -> str:
    """The measure that an entrant's history has for progress."""
    return OWN.get(name.split(",")[0], USUAL)


def moments_of(run: Path) -> list[int]:
    """Steps of a run's checkpoints, a dozen at most, spread over all of it, the last one included."""
    steps = [checkpoints.step_of(path) for path in checkpoints.list_checkpoints(run / "checkpoints")]
    count = min(MOMENTS, len(steps))
    return [steps[-1 - round(i * (len(steps) - 1) / max(1, count - 1))] for i in reversed(range(count))]


def progress(run: Path, name: str, network: FeatureNetwork, reference: Reference) -> dict[str, Any]:
    """FID and the history's measures at a run's checkpoints, and the rank correlation of each measure with FID.

    It is None for a measure that stays the same, which has no ranks. Raises ValueError where a run has fewer than three
    checkpoints.
    """
    steps = moments_of(run)
    if len(steps) < LEAST_MOMENTS:
        raise ValueError(f"{run} has {len(steps)} checkpoints: expected at least {LEAST_MOMENTS}, for a correlation.")
    history = History.load(run / "history.npz")
    fids = [frechet_distance(extract(network, _images(run, step)).moments, reference) for step in steps]
    columns = {column: [_mean(history, column, step) for step in steps] for column in history.columns}
    measures = {"step": [float(step) for step in steps], **columns}
    return {
        "images": COUNT,
        "window": WINDOW,
        "own": own_measure(name),
        "steps": steps,
        "fid": fids,
        "measures": measures,
        "rank_correlation": {name: _agreement(values, fids) for name, values in measures.items()},
    }


def _agreement(values: list[float], fids: list[float]) -> float | None:
    return float(stats.spearmanr(values, fids).statistic) if len(set(values)) > 1 else None


def _images(run: Path, step: int) -> Tensor:
    return to_uint8(of_run(run, step).generate(COUNT, CODES_SEED))


def _mean(history: History, column: str, step: int) -> float:
    return float(history[column][max(0, step - WINDOW) : step].mean(dtype="float64"))
