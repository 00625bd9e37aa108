"""Section 4.1: a training run. One loop, its measurements and files, and the rules that end it.

    config = quick(data="lfw")                     # or paper(), or TrainingConfig(...)
    trainer = Trainer(config, open_dataset("lfw", size=32), folder="runs/lfw")
    history = trainer.train()

Nothing in the loop waits for the device between two flushes of the measurements, `FLUSH_EVERY` steps apart.
"""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from began_lib.data import Batches, Dataset, held_out_batches
from began_lib.data.pixels import save_picture, tile
from began_lib.equilibrium import Controller, reconstruction_loss
from began_lib.machine.interruption import deferred_interruption
from began_lib.machine.precision import choose_device, choose_precision, keep_freed_memory
from began_lib.machine.storage import write_json
from began_lib.models import Discriminator, Generator, sample_z, set_carry, set_recompute
from began_lib.step import Began, StepLosses
from began_lib.training import checkpoints, run
from began_lib.training.configuration import FLUSH_EVERY, GRID_IMAGES, TrainingConfig
from began_lib.training.history import STEP_COLUMNS, History
from began_lib.training.parallel import RankLost, Ranks, SharedBegan

HELD_OUT_IMAGES = 512  # at most so many held-out images per evaluation
DIVERGED_FACTOR = 3.0  # M_global this many times above its best window mean: the run has diverged


class Diverged(RuntimeError):
    """Training has left the rails; the message is the diagnosis and names the last good checkpoint."""


Callback = Callable[["Trainer", StepLosses], None]


class Trainer:
    """A run: networks, data, measurements and, if given a folder, its files.

    Args:
        config: what to train.
        dataset: what `began_lib.data.open_dataset` gave, of the architecture's size and channels.
        folder: for checkpoints, sample grids, history and configuration; None keeps everything in memory.
        device: auto, cpu, cuda or cuda:N.
        checkpoint_every: steps between checkpoints (with a folder).
        sample_every: steps between sample grids and held-out evaluations.
        keep: checkpoints kept.
        recompute: activation checkpointing, the same numbers with less memory and more time.
        ranks: the processes that train together, each with a Trainer of its own; by default this one alone. Each then
            takes its slice of every batch, and only the first one evaluates and writes files.
    """

    def __init__(
        self,
        config: TrainingConfig,
        dataset: Dataset,
        folder: str | Path | None = None,
        device: str = "auto",
        checkpoint_every: int = 1000,
        sample_every: int = 1000,
        keep: int = 2,
        recompute: bool = False,
        ranks: Ranks | None = None,
    ) -> None:
        a = config.architecture
        if dataset.train.shape[1:] != (a.channels, a.size, a.size):
            raise ValueError(
                f"the data set's images are {dataset.train.shape[1:]}, the architecture's ({a.channels}, {a.size}, "
                f"{a.size}): open the data with size={a.size}, channels={a.channels}."
            )
        if min(checkpoint_every, sample_every, keep) < 1:
            raise ValueError("checkpoint_every, sample_every and keep: expected at least 1 each.")
        self.config, self.dataset = config, dataset
        self.folder = Path(folder) if folder is not None else None
        self.ranks = ranks or Ranks()
        self.ranks.share(config.batch_size)  # refuses a batch that cannot be shared
        self.device = self.ranks.device or choose_device(device)
        self.checkpoint_every, self.sample_every, self.keep = checkpoint_every, sample_every, keep
        if self.device.type == "cpu":
            keep_freed_memory()
        torch.manual_seed(config.seed)
        layout = torch.channels_last
        shared = self.ranks.size > 1
        self.began = (partial(SharedBegan, self.ranks) if shared else Began)(
            Discriminator(a).to(self.device, memory_format=layout),
            Generator(a).to(self.device, memory_format=layout),
            a.latent,
            Controller(config.gamma, config.lambda_k, config.k, self.device, clamp=config.clamp_k),
            config.learning_rate,
            config.eta,
            config.separate_z,
            choose_precision(config.precision, self.device),
            config.seed,
        )
        for network in (self.began.discriminator, self.began.generator):
            set_recompute(network, recompute)
        self.began.controller.held = config.hold_k
        part = (self.ranks.rank, self.ranks.size)
        self.batches = Batches(
            dataset.train, config.batch_size, config.seed, self.device, config.flip, channels_last=True, part=part
        )
        self.schedule = config.schedule()
        self.history = History()
        self.steps_done = 0
        fixed = torch.Generator().manual_seed(config.seed + 1)
        self.fixed_z = sample_z(GRID_IMAGES, a.latent, fixed).to(self.device)
        self._rows = torch.zeros(FLUSH_EVERY, 4, device=self.device)
        self._host_rows: list[tuple[float, float]] = []  # gamma and learning rate of the steps in _rows
        self._last_evaluation = (0, time.perf_counter())
        self._last_checkpoint: Path | None = None

    # -- one step -----------------------------------------------------------------------------------------------------

    def step(self) -> StepLosses:
        """Train on the next batch; the returned losses are on the device."""
        if self.config.architecture.vanishing_residuals:
            carry = max(0.0, 1.0 - self.steps_done / self.config.carry_steps)
            for network in (self.began.discriminator, self.began.generator):
                set_carry(network, carry)
        losses = self.began.step(self.batches.at(self.steps_done))
        row = torch.stack([losses.loss_real, losses.loss_fake, losses.k, losses.m_global])
        self._rows[len(self._host_rows)].copy_(row)
        self._host_rows.append((self.began.controller.gamma, self.began.learning_rate))
        self.steps_done += 1
        # At fixed steps, wherever the run was interrupted: the learning-rate rule acts at flushes.
        if self.steps_done % FLUSH_EVERY == 0:
            self.flush()
        return losses

    def flush(self) -> None:
        """Read the waiting measurements into the history and apply the learning-rate rule.

        Raises:
            Diverged: a loss is not finite.
        """
        if not self._host_rows:
            return
        measured = self._rows[: len(self._host_rows)].cpu().numpy()
        host = np.array(self._host_rows, np.float32)
        self._host_rows.clear()
        start = len(self.history)
        self.history.append(np.concatenate([measured, host], axis=1))
        finite = np.isfinite(measured).all(axis=1)
        if not finite.all():
            raise self._diverged(f"a loss is not finite at step {start + int(np.argmin(finite)) + 1}")
        if self.config.halving:
            for m_global in measured[:, STEP_COLUMNS.index("m_global")].tolist():
                self.began.learning_rate = self.schedule.update(m_global, self.began.learning_rate)

    def forget_waiting(self) -> None:
        """Drop the measurements that wait to be read: the steps they belong to are not part of the run any more."""
        self._host_rows.clear()

    def check_convergence(self) -> None:
        """Raise Diverged if M_global, over the last window, is far above the best window so far."""
        window = self.config.halving_window
        if len(self.history) < 2 * window:
            return
        m_global = self.history["m_global"]
        usable = len(m_global) // window * window
        means = m_global[:usable].reshape(-1, window).mean(axis=1)
        now, best = float(m_global[-window:].mean()), float(means.min())
        if now > DIVERGED_FACTOR * best:
            raise self._diverged(
                f"M_global is {now:.3f} over the last {window} steps, {now / best:.1f} times its best mean {best:.3f}"
            )

    def _diverged(self, what: str) -> Diverged:
        k = self.history["k"][-min(len(self.history), 1000) :]
        pinned = float(np.mean(k >= 1.0)), float(np.mean(k <= 0.0))
        kept = self._last_checkpoint or "none was written"
        return Diverged(
            f"Training diverged after {self.steps_done} steps: {what}. Learning rate {self.began.learning_rate:g}, "
            f"gamma {self.began.controller.gamma:g}; of the last {len(k)} steps k stood at 1 in {pinned[0]:.0%} and at "
            f"0 in {pinned[1]:.0%}. Last good checkpoint: {kept}. Try half the learning rate, from that checkpoint."
        )

    # -- the loop -----------------------------------------------------------------------------------------------------

    def train(
        self,
        steps: int | None = None,
        callbacks: Sequence[Callback] = (),
        progress: bool = True,
        stop_when_diverged: bool = True,
    ) -> History:
        """Train up to `steps` steps in all (the configuration's number by default) and return the history.

        Callbacks are called after each step with the trainer and the step's losses (on the device). The user's
        interruption (Ctrl-C, the notebook's stop button) and :meth:`stop` end the loop after the step in hand, with
        everything kept. `stop_when_diverged=False` lets a collapsed run go on, to look at it; NaN ends it anyway.

        Raises:
            ValueError: the folder holds checkpoints of a run, and this trainer is at its beginning.
            Diverged: with the diagnosis; the history and the last good checkpoint are kept.
            RankLost: another process of the run is gone; the last good checkpoint is kept.
        """
        target = self.config.steps if steps is None else steps
        if not self.steps_done and self.folder and checkpoints.list_checkpoints(self.folder / "checkpoints"):
            raise ValueError(f"{self.folder} holds a run already: resume() goes on with it; or give another folder.")
        if self.config.branch and not self.steps_done:
            for note in run.begin_as_branch(self):
                if self.ranks.first:
                    print(note, file=sys.stderr)
        self.ranks.begin()
        self._last_evaluation = (self.steps_done, time.perf_counter())
        if self.folder is not None and self.ranks.first:
            write_json(self.folder / "config.json", self.config.as_json())
        silent = not (progress and self.ranks.first)
        bar = tqdm(total=target, initial=self.steps_done, disable=silent, unit="step", dynamic_ncols=True)
        with self._interruptible(), self._saving_what_diverged(), bar:
            while self.steps_done < target and not self._ended():
                try:
                    losses = self.step()
                except RankLost as error:
                    raise RankLost(self._lost(str(error))) from error
                for callback in callbacks:
                    callback(self, losses)
                bar.update()
                if self.steps_done % FLUSH_EVERY == 0:
                    self._show(bar)
                if self.steps_done % self.sample_every == 0:
                    self.flush()
                    if self.ranks.first:
                        self.evaluate()
                    if stop_when_diverged:
                        self.check_convergence()
                if self.folder is not None and self.steps_done % self.checkpoint_every == 0:
                    self.save_checkpoint()
            self.flush()
        if self.folder is not None:
            self.save_checkpoint()
        return self.history

    @contextmanager
    def _saving_what_diverged(self) -> Iterator[None]:
        try:
            yield
        except Diverged:
            if self.folder is not None and self.ranks.first:
                self.history.save(self.folder / "history.npz")  # its last rows say how it came
            raise

    def stop(self) -> None:
        """End :meth:`train` after the step in hand; for callbacks and widgets."""
        self.ranks.stop_wanted = True

    def _ended(self) -> bool:
        if self.ranks.size == 1:
            return self.ranks.stop_wanted
        return self.ranks.agreed_to_stop()  # all leave after the same step, or one would wait for another that has gone

    def _lost(self, what: str) -> str:
        kept = checkpoints.list_checkpoints(self.folder / "checkpoints") if self.folder is not None else []
        last = f"Last good checkpoint: {kept[-1]}." if kept else "No checkpoint was written."
        again = f"Go on from it with `torchrun --nproc-per-node N -m began_lib train --resume --out {self.folder}`"
        return (
            f"rank {self.ranks.rank} of {self.ranks.size} lost another process of the run after {self.steps_done} "
            f"steps: it has ended or hangs ({what}). {last}" + (f" {again}, with any N." if kept else "")
        )

    def _show(self, bar: tqdm) -> None:
        row = {name: f"{self.history[name][-1]:.4f}" for name in ("loss_real", "loss_fake", "k")}
        bar.set_postfix({**row, "M_global": f"{self.history.tail_mean('m_global', FLUSH_EVERY):.4f}"}, refresh=False)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        # torchrun passes on a signal that a scheduler may have sent to every process as well: two are then one.
        signals = deferred_interruption(self.stop, (signal.SIGINT, signal.SIGTERM), insisting=self.ranks.size == 1)
        with signals, self.ranks.giving_up(lambda: self._lost("a signal to stop came, and the step did not end")):
            yield

    # -- looking ------------------------------------------------------------------------------------------------------

    def evaluate(self) -> None:
        """Measure L(x) on held-out images and, with a folder, save a sample grid and the history."""
        step, then = self._last_evaluation
        now = time.perf_counter()
        rate = (self.steps_done - step) / max(now - then, 1e-9)
        self.history.append_evaluation(self.steps_done, self.held_out_loss(), rate)
        if self.folder is not None:
            save_picture(self.folder / "samples" / f"step-{self.steps_done:08d}.png", tile(self.samples(), columns=8))
            self.history.save(self.folder / "history.npz")
        self._last_evaluation = (self.steps_done, time.perf_counter())

    def samples(self) -> Tensor:
        """G of the run's fixed 64 codes, (64, C, size, size)."""
        return self.began.generate(self.fixed_z)

    def held_out_loss(self) -> float:
        """Mean L(x) over (the first) held-out images; NaN if the data set holds none out."""
        images = self.dataset.held_out[:HELD_OUT_IMAGES]
        if not len(images):
            return float("nan")
        batches = held_out_batches(images, 64, self.device, channels_last=True)
        losses = [reconstruction_loss(v, self.began.reconstruct(v), self.config.eta) for v in batches]
        return float(torch.cat(losses).mean())

    # -- files --------------------------------------------------------------------------------------------------------

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that a run needs to go on, as tensors and plain values."""
        return run.take(self)

    def load_state(self, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> list[str]:
        """Continue from what :meth:`state` gave; returns what is not as it was, see `run.put`.

        Raises CheckpointError if it is of another run than this configuration's.
        """
        return run.put(self, tensors, metadata)

    def save_checkpoint(self) -> Path:
        """Write a checkpoint into the folder and delete all but the newest `keep`; returns its path.

        Of several processes the first one writes.
        """
        if self.folder is None:
            raise ValueError("this trainer has no folder: give one to Trainer to keep checkpoints.")
        folder = self.folder / "checkpoints"
        path = checkpoints.checkpoint_path(folder, self.steps_done)
        if self.ranks.first:
            checkpoints.save_tensors(path, *self.state())
            checkpoints.prune_checkpoints(path, self.keep)
            self.history.save(self.folder / "history.npz")
        self._last_checkpoint = path
        return path

    def resume(self) -> list[str]:
        """Go on from the newest checkpoint in the folder that can be read.

        Returns a line for each newer one that could not, and for what is not as it was (see `run.put`).

        Raises:
            CheckpointError: there is none, none can be read, or it belongs to another run.
        """
        if self.folder is None:
            raise ValueError("this trainer has no folder to resume from.")
        folder = self.folder / "checkpoints"
        tensors, metadata, damaged = checkpoints.load_newest(folder)
        notes = self.load_state(tensors, metadata)
        self.ranks.require_equal(self.steps_done, "the step of the newest good checkpoint")
        self._last_checkpoint = checkpoints.checkpoint_path(folder, self.steps_done)
        return [f"passed over: {line}" for line in damaged] + notes
