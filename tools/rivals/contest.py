"""One run: trained from mark to mark, resumed where it was stopped, its images kept at each; and several side by side.

In the comparison of rivals a mark is where a budget is spent.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from time import process_time
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from began_lib.data import Dataset, open_dataset, to_uint8
from began_lib.data.pixels import save_picture, tile
from began_lib.machine.precision import choose_device
from began_lib.machine.storage import read_object, write_json, write_npz
from began_lib.models import sample_z
from began_lib.rivals import RivalTrainer
from began_lib.training import checkpoints
from began_lib.training.configuration import read_settings
from began_lib.training.run import Diverged
from began_lib.training.trainer import Trainer
from tools.rivals.entrants import ALL_CHECKPOINTS, Config, trainer_of

Key = TypeVar("Key", bound=Hashable)

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
    """Where the images lie that were drawn at a mark; beside them a grid and what they cost."""
    return folder / f"{mark}.npz"


def keep(
    trainer: Trainer | RivalTrainer,
    folder: Path,
    mark: str,
    draw: Callable[[Trainer | RivalTrainer, int], Tensor] = images_of,
    count: int | None = None,
    **more: float,
) -> None:
    """Draw and write so many images (`SAMPLES`), a grid of some, and the cost so far with `more` that was measured."""
    count = count or SAMPLES
    since = process_time()
    images = draw(trainer, count).cpu()
    drawing = process_time() - since
    save_picture(folder / f"{mark}.png", tile(images[:SHOWN], columns=8))
    write_npz(sample_path(folder, mark), images=to_uint8(images).numpy())
    whole = (
        trainer.rival
        if isinstance(trainer, RivalTrainer)
        else nn.ModuleList([trainer.began.discriminator, trainer.began.generator])
    )
    cost = {
        "parameters": sum(weight.numel() for weight in whole.parameters()),
        "steps": trainer.steps_done,
        "images_seen": trainer.steps_done * trainer.config.batch_size,
        "drawing_seconds_per_1000": 1000 * drawing / count,
        **more,
    }
    write_json(folder / f"{mark}.json", cost)


def train(
    config: Config,
    folder: Path,
    marks: dict[str, int],
    keeping: Callable[[Any, Path, str], None] = keep,
    checkpoints_kept: int = ALL_CHECKPOINTS,
    device: str = "cpu",
    cuda_graph: bool = False,
) -> bool:
    """Train on one thread to the last mark, a step of which `keeping` is called at each; False where a signal ended it.

    A run that was stopped goes on from its newest checkpoint, with the same numbers.
    """
    torch.set_num_threads(1)
    dataset = dataset_of(config)
    trainer = trainer_of(config, dataset, folder, checkpoints_kept, device)
    if cuda_graph and isinstance(trainer, Trainer):
        trainer.capture()
    if checkpoints.list_checkpoints(folder / "checkpoints"):
        _go_on(trainer, folder)
    passed = [mark for mark, step in marks.items() if step <= trainer.steps_done and not spent(folder, mark, step)]
    if passed:
        raise ValueError(f"the run in {folder} has gone past {passed[0]}, where no images were drawn: remove it.")
    steps = {step: mark for mark, step in marks.items()}

    def draw(trainer: Trainer | RivalTrainer, measured: object) -> None:
        if (mark := steps.get(trainer.steps_done)) is not None:
            keeping(trainer, folder, mark)

    if set(steps.values()) != set(marks):  # both budgets end at one step: draw for each
        raise ValueError(f"the budgets {marks} end at the same step: change one of them by a step.")
    more = {"stop_when_diverged": False} if isinstance(trainer, Trainer) else {}
    trainer.train(max(steps), callbacks=[draw], progress=False, **more)
    return trainer.steps_done >= max(steps)


def _go_on(trainer: Trainer | RivalTrainer, folder: Path) -> None:
    """Resume a run, and print what is not as it was.

    Raises ValueError where it would go on in another number format: its cost and its images would be of both.
    """
    _, metadata, _ = checkpoints.load_newest(folder / "checkpoints")
    here = (trainer.rival if isinstance(trainer, RivalTrainer) else trainer.began).precision
    if metadata["precision"] != here:
        raise ValueError(
            f"the run in {folder} was trained in {metadata['precision']} and would go on in {here}: go on where it was "
            "begun, or move it away to train it anew."
        )
    for note in trainer.resume():
        print(f"{folder}: {note}", flush=True)


def jobs_of(asked: int | None, device: str) -> int:
    """How many runs at a time: as many as are asked for; else one per core, and one on a GPU."""
    return asked or (os.cpu_count() or 1 if choose_device(device).type == "cpu" else 1)


def side_by_side(tasks: Mapping[Key, tuple[Any, ...]], jobs: int) -> Iterator[tuple[Key, str]]:
    """Train with each task's arguments for :func:`train`, so many at a time, each in a process of its own.

    Yields the key of each run that has come to its end, and why it diverged, where it did: a result as well. What else
    goes wrong in one of them is raised when all others have ended. Interrupted or closed, it begins none that waits.
    """
    # A thread for each that runs, since a pool of processes would begin some of those that wait after an interruption.
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(_in_a_process, arguments): key for key, arguments in tasks.items()}
        wrong: list[Exception] = []
        try:
            for task in as_completed(running):
                try:
                    if task.result():
                        yield running[task], ""
                except Diverged as error:
                    yield running[task], str(error)
                except (ValueError, OSError) as error:
                    error.add_note(f"in the run {running[task]}")
                    wrong.append(error)
        except BaseException:  # Ctrl-C, or who asked for these asks for no more
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    if wrong:
        raise wrong[0]


def _in_a_process(arguments: tuple[Any, ...]) -> bool:
    """:func:`train` in a fresh process, which has nothing of what another left."""
    with ProcessPoolExecutor(1, get_context("spawn")) as one:
        return one.submit(train, *arguments).result()


def dataset_of(config: Config) -> Dataset:
    """The images that a configuration is trained on."""
    size = config.size if not hasattr(config, "architecture") else config.architecture.size
    return open_dataset(config.data, size=size, limit=config.limit)


def require_run_of(folder: Path, config: Config) -> None:
    """Raise ValueError where a folder holds a run of other settings, length aside, whose images are not this one's."""
    if not (folder / "config.json").is_file():
        return
    theirs, ours = read_settings(folder)[0], config.as_json()
    if different := sorted(n for n in {*theirs, *ours} - {"steps"} if theirs.get(n) != ours.get(n)):
        listing = "; ".join(f"{name}: {theirs.get(name)!r} there, {ours.get(name)!r} here" for name in different)
        raise ValueError(f"the run in {folder} has other settings ({listing}): move it away to train these.")


def spent(folder: Path, mark: str, step: int) -> dict[str, float] | None:
    """What a run's images at a mark cost, if they have been drawn after that many steps."""
    path = folder / f"{mark}.json"
    if not path.is_file() or not sample_path(folder, mark).is_file():
        return None
    cost = read_object(path)
    return cost if cost["steps"] == step else None
