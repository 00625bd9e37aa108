"""What torchrun starts in tests/test_parallel.py, once for each rank.

torchrun_worker.py numbers FOLDER            a few steps in float64 and a short run; what each rank ends with
torchrun_worker.py command FOLDER WORDS ...  the command line, after leaving this rank's process id in FOLDER
"""

import os
import sys
from functools import partial
from pathlib import Path

import torch
from safetensors.torch import save_file

from began_lib.__main__ import main
from began_lib.data import Dataset
from began_lib.equilibrium import Controller
from began_lib.models import Discriminator, Generator
from began_lib.step import Began
from began_lib.training import parallel
from began_lib.training.configuration import TrainingConfig
from began_lib.training.parallel import Ranks, SharedBegan, joined
from began_lib.training.trainer import Trainer
from tests.training.test_trainer import CONFIG, SMALL, blobs

BATCH, STEPS = 8, 3
RUN = TrainingConfig(**{**CONFIG.as_json(), "architecture": SMALL, "halving_window": 50, "halving_patience": 1})


def double_steps(separate_z: bool, ranks: Ranks) -> dict[str, torch.Tensor]:
    """Losses and k of a few steps in float64, the gradients of the first one and the last weights."""
    torch.manual_seed(0)
    began = (partial(SharedBegan, ranks) if ranks.size > 1 else Began)(
        Discriminator(SMALL).double(),
        Generator(SMALL).double(),
        SMALL.latent,
        Controller(gamma=0.6, lambda_k=0.5, k=0.3, dtype=torch.float64),
        learning_rate=1e-3,
        separate_z=separate_z,
        seed=7,
    )
    parameters = [*began.discriminator.parameters(), *began.generator.parameters()]
    x = torch.rand(STEPS, BATCH, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    found, rows = {}, []
    for step, batch in enumerate(x):
        losses = began.step(ranks.own(batch))
        rows.append(torch.stack([losses.loss_real, losses.loss_fake, losses.k, losses.m_global]))
        if step == 0:
            found |= {f"gradient.{i}": p.grad.clone().contiguous() for i, p in enumerate(parameters)}
    return found | {"rows": torch.stack(rows), "random": began.random.get_state()}


def short_run(ranks: Ranks, folder: Path | None = None) -> Trainer:
    """120 steps of the trainer, the learning-rate rule acting on the way."""
    pictures = blobs(72)
    dataset = Dataset(name="blobs", train=pictures[:64], held_out=pictures[64:], card={"name": "blobs"})
    trainer = Trainer(RUN, dataset, folder, device="cpu", sample_every=40, ranks=ranks)
    trainer.schedule.best = 0.0  # nothing can improve on it: the rate is halved at step 50
    trainer.train(120, progress=False)
    return trainer


if __name__ == "__main__":
    torch.set_num_threads(1)
    mode, folder, rank = sys.argv[1], Path(sys.argv[2]), os.environ["RANK"]
    if mode == "command":
        parallel.GRACE = 2.0
        (folder / f"pid-{rank}").write_text(str(os.getpid()))
        sys.exit(main(sys.argv[3:]))
    with joined("cpu") as ranks:
        for separate_z in (False, True):
            save_file(double_steps(separate_z, ranks), folder / f"double-{separate_z}-{rank}.safetensors")
        trainer = short_run(ranks, folder / "run")
        state = {name: t.contiguous() for name, t in trainer.state()[0].items()}
        save_file(state, folder / f"run-{rank}.safetensors")
