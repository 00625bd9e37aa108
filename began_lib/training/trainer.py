"""Section 4.1: a training run on images. One loop, its evaluations and files, and the rules that end it.

    config = quick(data="lfw")                     # or paper(), or TrainingConfig(...)
    trainer = Trainer(config, open_dataset("lfw", size=32), folder="runs/lfw")
    history = trainer.train()

The run itself, step by step and without files, is `began_lib.training.run.Run`.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from tqdm.auto import tqdm

from began_lib.data import Batches, Dataset
from began_lib.data.pixels import save_picture, tile
from began_lib.equilibrium import Controller
from began_lib.machine.interruption import deferred_interruption, ending_signals, output_may_close
from began_lib.machine.lock import sole_writer
from began_lib.machine.precision import choose_device, choose_precision, keep_freed_memory
from began_lib.machine.storage import sweep
from began_lib.models import Generator, sample_z, set_carry, set_recompute
from began_lib.step import StepLosses
from began_lib.training import checkpoints, evaluation
from began_lib.training.configuration import GRID_IMAGES, INTERVALS, MAY_BRANCH, TrainingConfig, branch_point, write_run
from began_lib.training.history import History
from began_lib.training.parallel import RankLost, Ranks
from began_lib.training.questions import discriminator_of, trained_by
from began_lib.training.run import FLUSH_EVERY, Diverged, Run, begins_anew, standing

Callback = Callable[["Trainer", StepLosses], None]


class Trainer(Run):
    """A run on images as a configuration describes it: its loop, its evaluations and, if given a folder, its files.

    Raises ValueError for a data set of other images, a batch that the ranks cannot share, and an interval below 1.

    Args:
        config: what to train.
        dataset: what `began_lib.data.open_dataset` gave, of the architecture's size and channels.
        folder: for checkpoints, sample grids, history and configuration; None keeps everything in memory.
        device: auto, cpu, cuda, cuda:N or mps.
        checkpoint_every: steps between checkpoints (with a folder).
        sample_every: steps between sample grids and held-out evaluations; where a training ends there is a grid too.
        keep: newest checkpoints kept; of older ones some stay too, see :func:`checkpoints.prune_checkpoints`.
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
        began = trained_by(config.questions, self.ranks)(
            discriminator_of(a, config.questions).to(self.device, memory_format=layout),
            Generator(a).to(self.device, memory_format=layout),
            a.latent,
            Controller(config.gamma, config.lambda_k, config.k, self.device, clamp=config.clamp_k),
            config.learning_rate,
            config.eta,
            config.separate_z,
            choose_precision(config.precision, self.device),
            config.seed,
        )
        for network in (began.discriminator, began.generator):
            set_recompute(network, recompute)
        began.controller.held = config.hold_k
        part = (self.ranks.rank, self.ranks.size)
        self.batches = Batches(
            dataset.train, config.batch_size, config.seed, self.device, config.flip, channels_last=True, part=part
        )
        super().__init__(began, self.batches.at, config.schedule())
        fixed = torch.Generator().manual_seed(config.seed + 1)
        self.fixed_z = sample_z(GRID_IMAGES, a.latent, fixed).to(self.device)
        self._last_evaluation = (0, time.perf_counter())
        self.stopped_by: int | None = None  # number of the signal that ended the last training before its time

    def step(self) -> StepLosses:
        """Train on the next batch; the returned losses are on the device."""
        if self.config.architecture.vanishing_residuals:
            carry = max(0.0, 1.0 - self.steps_done / self.config.carry_steps)
            for network in (self.began.discriminator, self.began.generator):
                set_carry(network, carry)
        return super().step()

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
            ValueError: the folder holds a run's checkpoints and this trainer is at its beginning; another trains there.
            Diverged: with the diagnosis; the history and the last good checkpoint are kept.
            RankLost: another process of the run is gone; the last good checkpoint is kept.
        """
        with sole_writer(self.folder if self.ranks.first else None):
            return self._train(self.config.steps if steps is None else steps, callbacks, progress, stop_when_diverged)

    def _train(self, target: int, callbacks: Sequence[Callback], progress: bool, stop_when_diverged: bool) -> History:
        new = self.folder and not self.steps_done and not self.last_checkpoint
        if new and checkpoints.list_checkpoints(self.folder / "checkpoints"):
            raise ValueError(f"{self.folder} holds a run already: resume() goes on with it; or give another folder.")
        if self.config.branch and not self.steps_done:
            for note in self.begin_as_branch():
                if self.ranks.first:
                    print(note, file=sys.stderr)
        self.ranks.begin()
        self._last_evaluation = (self.steps_done, time.perf_counter())
        if self.folder is not None and self.ranks.first:
            for folder in (self.folder, self.folder / "checkpoints", self.folder / "samples"):
                sweep(folder)
            intervals = {name: getattr(self, name) for name in INTERVALS}
            write_run(self.folder, self.config, intervals)
        silent = not (progress and self.ranks.first)
        bar = tqdm(total=target, initial=self.steps_done, disable=silent, unit="step", dynamic_ncols=True)
        with self._saving_at_its_end(), self._saving_what_diverged(), bar:
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
                        self.check_convergence(self.config.halving_window)
                if self.folder is not None and self.steps_done % self.checkpoint_every == 0:
                    self.save_checkpoint()
            self.check_finite()
            if stop_when_diverged:
                self.check_convergence(self.config.halving_window)
        return self.history

    @contextmanager
    def _saving_what_diverged(self) -> Iterator[None]:
        try:
            yield
        except Diverged:
            if self.folder is not None and self.ranks.first:
                self.history.save(self.folder / "history.npz")  # its last rows say how it came
                with suppress(ValueError):  # NaN cannot be drawn
                    self.save_samples()
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
        row["M_global"] = f"{self.history.tail_mean('m_global', FLUSH_EVERY):.4f}"
        if len(differ := self.history["evaluation_diversity"]):
            row["diversity"] = f"{differ[-1]:.3f}"
        bar.set_postfix(row, refresh=False)

    @contextmanager
    def _saving_at_its_end(self) -> Iterator[None]:
        # torchrun passes on a signal that a scheduler may have sent to every process as well: two are then one.
        signals = deferred_interruption(self.stop, ending_signals(), insisting=self.ranks.size == 1)
        self.stopped_by, waited = None, "a signal to stop came, and the step did not end"
        with signals as caught, self.ranks.giving_up(lambda: self._lost(waited)):
            with output_may_close(caught):
                yield
            if self.folder is not None:  # in here: a signal waits for this as well
                self.save_checkpoint()
                if self.ranks.first:
                    self.save_samples()
        if caught:
            self.stopped_by = caught[0]

    # -- looking ------------------------------------------------------------------------------------------------------

    def evaluate(self) -> None:
        """Measure held-out L(x) and how samples differ; with a folder, save grid and history. Diverged for NaN."""
        step, then = self._last_evaluation
        now = time.perf_counter()
        rate = (self.steps_done - step) / max(now - then, 1e-9)
        samples = self.samples().clamp(-1, 1)  # as a screen shows them, wherever G has gone
        if not samples.isfinite().all():  # of the update just made, whose losses were of the weights before
            raise self._diverged("a sample is not finite")
        self.history.append_evaluation(self.steps_done, self.held_out_loss(), rate, evaluation.diversity(samples))
        if self.folder is not None:
            self.save_samples(samples)
            self.history.save(self.folder / "history.npz")
        self._last_evaluation = (self.steps_done, time.perf_counter())

    def save_samples(self, samples: Tensor | None = None) -> Path:
        """Save a grid of `samples`, by default of the fixed codes; returns its path. ValueError without a folder."""
        if self.folder is None:
            raise ValueError("this trainer has no folder: give one to Trainer to keep samples.")
        path = self.folder / "samples" / f"step-{self.steps_done:08d}.png"
        save_picture(path, tile(self.samples().clamp(-1, 1) if samples is None else samples, columns=8))
        return path

    def samples(self) -> Tensor:
        """G of the run's fixed 64 codes, (64, C, size, size)."""
        return self.began.generate(self.fixed_z)

    def held_out_loss(self) -> float:
        """Mean L(x) over (the first) held-out images; NaN if the data set holds none out."""
        return evaluation.held_out_loss(self.began, self.dataset.held_out)

    # -- files --------------------------------------------------------------------------------------------------------

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that the run needs to go on, and which run it is, as tensors and plain values."""
        tensors, metadata = super().state()
        return tensors, {**metadata, "config": self.config.as_json(), "card": self.dataset.card}

    def load_state(
        self, tensors: dict[str, Tensor], metadata: dict[str, Any], may_differ: Collection[str] = ("steps",)
    ) -> list[str]:
        """Go on from what :meth:`state` gave; returns what is not as it was, see :meth:`Run.load_state`.

        Args:
            tensors, metadata: what :meth:`state` gave.
            may_differ: fields in which its configuration may differ from this trainer's. The length of a run may
                change on resuming; everything else would make it another run.

        Raises:
            CheckpointError: the checkpoint is of another architecture or configuration than this trainer, or of other
                pictures, see :func:`checkpoints.other_pictures`; nothing has been changed then.
        """
        theirs = asdict(TrainingConfig.from_json(metadata["config"]))  # older versions lack fields
        checkpoints.require_same_run({**metadata, "config": theirs}, asdict(self.config), self.dataset.card, may_differ)
        return checkpoints.other_pixels(metadata["card"], self.dataset.card) + super().load_state(tensors, metadata)

    def begin_as_branch(self) -> list[str]:
        """Take over networks, Adam's moments, k, random stream and history from the run that the configuration names.

        gamma, lambda_k, the learning rate and its rule, whether and where k is held: this run's own from here on.
        Returns what is not as it was there, as :meth:`load_state` does, k and the rate where they begin anew.

        Raises:
            CheckpointError: the run has no such checkpoint, or one of other networks or data.
        """
        config, controller = self.config, self.began.controller
        run, step = branch_point(config.branch)
        path = checkpoints.checkpoint_path(run / "checkpoints", step)
        tensors, metadata = checkpoints.load_tensors(path)
        notes, stood = self.load_state(tensors, metadata, MAY_BRANCH), standing(self.began)
        controller.gamma, controller.lambda_k = config.gamma, config.lambda_k
        controller.held = config.hold_k
        if config.hold_k or config.k != TrainingConfig.from_json(metadata["config"]).k:
            controller.set_k(config.k)
        self.began.learning_rate = config.learning_rate
        self.schedule = config.schedule(self.steps_done)
        return notes + begins_anew(stood, standing(self.began))

    def save_checkpoint(self) -> Path:
        """Write a checkpoint into the folder and prune older ones (`checkpoints.prune_checkpoints`); returns its path.

        Of several processes the first one writes. Raises Diverged if a loss or a weight is not finite.
        """
        if self.folder is None:
            raise ValueError("this trainer has no folder: give one to Trainer to keep checkpoints.")
        self.check_finite()
        folder = self.folder / "checkpoints"
        path = checkpoints.checkpoint_path(folder, self.steps_done)
        if self.ranks.first:
            checkpoints.save_tensors(path, *self.state())
            checkpoints.prune_checkpoints(path, self.keep, self.checkpoint_every)
            self.history.save(self.folder / "history.npz")
        self.last_checkpoint = path
        return path

    def resume(self) -> list[str]:
        """Go on from the newest checkpoint in the folder that can be read.

        Returns a line for each newer one that could not, and for what is not as it was (see :meth:`Run.load_state`).

        Raises:
            CheckpointError: there is none, none can be read, or it belongs to another run.
        """
        if self.folder is None:
            raise ValueError("this trainer has no folder to resume from.")
        folder = self.folder / "checkpoints"
        tensors, metadata, damaged = checkpoints.load_newest(folder)
        notes = self.load_state(tensors, metadata)
        self.ranks.require_equal(self.steps_done, "the step of the newest good checkpoint")
        self.last_checkpoint = checkpoints.checkpoint_path(folder, self.steps_done)
        return [f"passed over: {line}" for line in damaged] + notes
