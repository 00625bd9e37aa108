"""One entrant's run: trained to both budgets, resumed where it was stopped, its images kept as each is spent."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from time import process_time

import torch
from torch import Tensor, nn

from began_lib.data import Dataset, open_dataset, to_uint8
from began_lib.data.pixels import save_picture, tile
from began_lib.machine.storage import read_object, write_json, write_npz
from began_lib.models import sample_z
from began_lib.rivals import RivalTrainer
from began_lib.training import checkpoints
from began_lib.training.trainer import Trainer
from tools.rivals.entrants import Config, trainer_of

SAMPLES = 2_000  # images drawn of each
AT_ONCE = 250  # of them in one go
SHOWN = 64
CODES_SEED = 5


def images_of(trainer: Trainer | RivalTrainer, count: int) -> Tensor:
    """So many images of codes that are the same for all systems that draw from one distribution, (count, C, S, S)."""
    random = torch.Generator().manual_seed(CODES_SEED)
    if isinstance(trainer, RivalTrainer):
        return trainer.rival.generate(trainer.rival.codes(count, random), AT_ONCE)
    return trainer.began.generate(sample_z(count, trainer.config.architecture.latent, random), AT_ONCE)


def sample_path(folder: Path, mark: str) -> Path:
    """Where the images lie that were drawn when a budget was spent; beside them a grid and what they cost."""
    return folder / f"{mark}.npz"


def keep(trainer: Trainer | RivalTrainer, folder: Path, mark: str) -> None:
    """Draw and write `SAMPLES` images, a grid of some, and the cost so far."""
    since = process_time()
    images = images_of(trainer, SAMPLES)
    drawing = process_time() - since
    save_picture(folder / f"{mark}.png", tile(images[:SHOWN], columns=8))
    write_npz(sample_path(folder, mark), images=to_uint8(images).numpy())
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    whole = (
        trainer.rival
        if isinstance(trainer, RivalTrainer)
        else nn.ModuleList([trainer.began.discriminator, trainer.began.generator])
    )
    cost = {
        "parameters": sum(weight.numel() for weight in whole.parameters()),
        "steps": trainer.steps_done,
        "images_seen": trainer.steps_done * trainer.config.batch_size,
        "drawing_seconds_per_1000": 1000 * drawing / SAMPLES,
        "process_peak_mb": kilobytes * (1 if sys.platform != "darwin" else 1 / 1024) / 1024,
    }
    write_json(folder / f"{mark}.json", cost)


def train(config: Config, folder: Path, marks: dict[str, int], progress: bool = False) -> bool:
    """Train on one thread until every budget is spent; returns False where a signal ended it before.

    A run that was stopped goes on from its newest checkpoint, with the same numbers.
    """
    torch.set_num_threads(1)
    dataset = dataset_of(config)
    trainer = trainer_of(config, dataset, folder)
    if checkpoints.list_checkpoints(folder / "checkpoints"):
        trainer.resume()
    passed = [mark for mark, step in marks.items() if step < trainer.steps_done and not spent(folder, mark, step)]
    if passed:
        raise ValueError(f"the run in {folder} has gone past {passed[0]}, where no images were drawn: remove it.")
    steps = {step: mark for mark, step in marks.items()}

    def draw(trainer: Trainer | RivalTrainer, measured: object) -> None:
        if (mark := steps.get(trainer.steps_done)) is not None:
            keep(trainer, folder, mark)

    if set(steps.values()) != set(marks):  # both budgets end at one step: draw for each
        raise ValueError(f"the budgets {marks} end at the same step: change one of them by a step.")
    more = {"stop_when_diverged": False} if isinstance(trainer, Trainer) else {}
    trainer.train(max(steps), callbacks=[draw], progress=progress, **more)
    return trainer.steps_done >= max(steps)


def dataset_of(config: Config) -> Dataset:
    """The images that a configuration is trained on."""
    size = config.size if not hasattr(config, "architecture") else config.architecture.size
    return open_dataset(config.data, size=size, limit=config.limit)


def spent(folder: Path, mark: str, step: int) -> dict[str, float] | None:
    """What a run's images at a mark cost, if they have been drawn after that many steps."""
    path = folder / f"{mark}.json"
    if not path.is_file() or not sample_path(folder, mark).is_file():
        return None
    cost = read_object(path)
    return cost if cost["steps"] == step else None
