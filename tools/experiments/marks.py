"""What is kept of a run at each mark: images of both G's, and what the run itself says of its balance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from began_lib.models import sample_z
from began_lib.step import Began
from began_lib.training.history import History
from began_lib.training.trainer import Trainer
from tools.results.material import grain
from tools.rivals import contest

FOLLOWED = ("loss_real", "loss_fake", "k", "m_global", "learning_rate")
WINDOW = 500  # steps over which they are averaged
LOOKED_AT = 500  # images, for their grain


def marks_of(steps: int, every: int) -> dict[str, int]:
    """The marks of a run and their steps: every so many, and its end."""
    return {f"step-{step}": step for step in [*range(every, steps, every), steps]}


def course(folder: Path, steps: int) -> dict[str, list[float]]:
    """Means of losses, k, M_global and rate over each `WINDOW` steps of a run's first so many, as far as it came."""
    history = History.load(folder / "history.npz")
    whole = min(steps, len(history)) // WINDOW * WINDOW
    followed = np.stack([history[name][:whole] for name in FOLLOWED])
    means = followed.reshape(len(FOLLOWED), -1, WINDOW).mean(2, dtype=np.float64).round(6)
    finite = means[:, np.isfinite(means).all(0)]  # NaN ends a run
    return dict(zip(FOLLOWED, finite.tolist(), strict=True))


def averaged(mark: str) -> str:
    """The mark under which the images of the averaged weights are kept."""
    return f"{mark}-averaged"


def keep(trainer: Trainer, folder: Path, mark: str, count: int | None = None) -> None:
    """Draw and write so many images of G and, where the run has it, of its average, with what was measured."""
    trainer.flush()
    history = trainer.history
    means = {name: history.tail_mean(name, WINDOW) for name in FOLLOWED}
    more = {
        **means,
        "ratio": means["loss_fake"] / means["loss_real"],
        "held_out_loss": trainer.held_out_loss(),
        "learning_rate": trainer.began.learning_rate,
    }
    if trainer.config.questions.energy == "off":  # the others' D rebuilds nothing
        more["grain_beyond"] = grain_beyond(trainer)
    if trainer.config.questions.ema:  # first: the mark is passed once G's own are there
        contest.keep(trainer, folder, averaged(mark), count=count, **more)
    contest.keep(trainer, folder, mark, _own_images, count, **more)


def grain_beyond(trainer: Trainer) -> float:
    """By how much samples are grainier than what the run's own D makes of them: of what is broken in them."""
    images = _own_images(trainer, LOOKED_AT).clamp(-1, 1)
    return grain(images) - grain(trainer.began.reconstruct(images))


def _own_images(trainer: Trainer, count: int) -> Tensor:
    """So many images of G's own weights, of the codes that all systems have."""
    random = torch.Generator().manual_seed(contest.CODES_SEED)
    z = sample_z(count, trainer.config.architecture.latent, random)
    return Began.generate(trainer.began, z, contest.AT_ONCE)
