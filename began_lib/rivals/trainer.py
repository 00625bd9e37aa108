"""A training of a rival: BEGAN's data, seeds, checkpoints, histories and progress bar, and its rules of interruption.

    trainer = RivalTrainer(configured("dcgan", data="lfw"), open_dataset("lfw", size=32), folder="runs/dcgan")
    history = trainer.train()

`began_lib.training.Trainer` has k, M_global, its own schedule, branches and several processes as well, none of which
means anything here. What both need lies below both: batches, the history, files, and the signals that end a loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from tqdm.auto import tqdm

from began_lib.data import Batches, Dataset, held_out_batches
from began_lib.data.pixels import save_picture, tile
from began_lib.machine.interruption import deferred_interruption, ending_signals, output_may_close
from began_lib.machine.lock import sole_writer
from began_lib.machine.precision import choose_device, describe_device, keep_freed_memory
from began_lib.machine.storage import read_object, sweep, write_json
from began_lib.rivals.rival import Rival, RivalConfig
from began_lib.rivals.systems import build, config_from
from began_lib.training import checkpoints
from began_lib.training.configuration import GRID_IMAGES, INTERVALS, read_settings
from began_lib.training.evaluation import HELD_OUT_IMAGES, diversity
from began_lib.training.history import History
from began_lib.training.run import FLUSH_EVERY, Diverged, load_moments, moments

Callback = Callable[["RivalTrainer", dict[str, Tensor]], None]


class RivalTrainer:
    """A run of a system on images: its loop and, if given a folder, its files.

    Args:
        config: what to train.
        dataset: what `began_lib.data.open_dataset` gave, of the configuration's size and channels.
        folder: for checkpoints, sample grids, history and configuration; None keeps everything in memory.
        device: auto, cpu, cuda or cuda:N.
        checkpoint_every: steps between checkpoints (with a folder).
        sample_every: steps between sample grids and held-out evaluations.
        keep: how many of the newest checkpoints stay, besides sparser older ones (`checkpoints.prune_checkpoints`).

    Raises:
        ValueError: images of another size or channels.
    """

    def __init__(
        self,
        config: RivalConfig,
        dataset: Dataset,
        folder: str | Path | None = None,
        device: str = "auto",
        checkpoint_every: int = 1000,
        sample_every: int = 1000,
        keep: int = 2,
    ) -> None:
        if dataset.train.shape[1:] != (config.channels, config.size, config.size):
            raise ValueError(
                f"the data set's images are {dataset.train.shape[1:]}: open the data with size={config.size}, "
                f"channels={config.channels}."
            )
        self.config, self.dataset, self.folder = config, dataset, Path(folder) if folder is not None else None
        self.checkpoint_every, self.sample_every, self.keep = checkpoint_every, sample_every, keep
        self.device = choose_device(device)
        if self.device.type == "cpu":
            keep_freed_memory()
        self.batches = Batches(
            dataset.train, config.batch_size, config.seed, self.device, config.flip, channels_last=True
        )
        self.rival = build(config, max(1, len(dataset.train) // config.batch_size), self.device)
        self.history = History(self.rival.measures)
        self._rows = torch.zeros(FLUSH_EVERY, len(self.rival.measures), device=self.device)
        self._waiting = 0
        self.fixed_z = self.rival.codes(GRID_IMAGES, torch.Generator().manual_seed(config.seed + 1))
        self._last_evaluation = (0, time.perf_counter())
        self._stop = False
        self.last_checkpoint: Path | None = None  # the last good one, where the run is kept in files
        self.stopped_by: int | None = None  # number of the signal that ended the last training before its time

    @property
    def steps_done(self) -> int:
        """Batches trained on."""
        return self.rival.steps_done

    def step(self) -> dict[str, Tensor]:
        """Train on the next batch; returns what the system measured, on the device."""
        measured = self.rival.step(self.batches.at(self.steps_done))
        self._rows[self._waiting].copy_(torch.stack([measured[name].float() for name in self.rival.measures]))
        self._waiting += 1
        if self._waiting == FLUSH_EVERY:
            self.flush()
        return measured

    def flush(self) -> None:
        """Read the waiting measurements into the history. Raises Diverged where one is not finite."""
        if not self._waiting:
            return
        rows, self._waiting = self._rows[: self._waiting].cpu().numpy(), 0
        self.history.append(rows.copy())
        if not np.isfinite(rows).all():
            raise self._diverged("a loss is not finite")

    def check_finite(self) -> None:
        """Raise Diverged if a loss or a weight is not finite: the losses of an update are of the weights before it."""
        self.flush()
        if not all(bool(weight.isfinite().all()) for weight in self.rival.parameters()):
            raise self._diverged("a weight is not finite")

    def _diverged(self, what: str) -> Diverged:
        return Diverged(
            f"{self.config.system} diverged: {what}, by step {self.steps_done}. Try half the learning rate."
        )

    def train(self, steps: int | None = None, callbacks: Sequence[Callback] = (), progress: bool = True) -> History:
        """Train up to `steps` steps in all (the configuration's number by default) and return the history.

        Callbacks are called after each step with the trainer and what was measured. Ctrl-C, the notebook's stop button
        and :meth:`stop` end the loop after the step in hand, with everything kept.

        Raises:
            ValueError: the folder holds a run's checkpoints and this trainer is at its beginning; another trains there;
                its config.json is of something else.
            Diverged: a loss or a weight is not finite.
        """
        with sole_writer(self.folder):
            return self._train(self.config.steps if steps is None else steps, callbacks, progress)

    def _train(self, target: int, callbacks: Sequence[Callback], progress: bool) -> History:
        new = self.folder and not self.steps_done and not self.last_checkpoint
        if new and checkpoints.list_checkpoints(self.folder / "checkpoints"):
            raise ValueError(f"{self.folder} holds a run already: resume() goes on with it; or give another folder.")
        if self.folder is not None:
            for folder in (self.folder, self.folder / "checkpoints", self.folder / "samples"):
                sweep(folder)
            self._write_config()
        self._stop, self._last_evaluation = False, (self.steps_done, time.perf_counter())
        bar = tqdm(total=target, initial=self.steps_done, disable=not progress, unit="step", dynamic_ncols=True)
        with self._saving_at_its_end(), self._saving_what_diverged(), bar:
            while self.steps_done < target and not self._stop:
                measured = self.step()
                for callback in callbacks:
                    callback(self, measured)
                bar.update()
                if self.steps_done % FLUSH_EVERY == 0:
                    bar.set_postfix({name: f"{self.history[name][-1]:.4f}" for name in self.history.columns}, False)
                if self.steps_done % self.sample_every == 0:
                    self.evaluate()
                if self.folder is not None and self.steps_done % self.checkpoint_every == 0:
                    self.save_checkpoint()
            self.check_finite()
        return self.history

    def _write_config(self) -> None:
        path = self.folder / "config.json"
        if path.exists():
            try:
                read_config(self.folder)
            except ValueError as error:
                raise ValueError(f"{path} is there, and not of a run of a rival: expected another folder.") from error
        intervals = {name: getattr(self, name) for name in INTERVALS}
        write_json(path, {**self.config.as_json(), "intervals": intervals})

    @contextmanager
    def _saving_at_its_end(self) -> Iterator[None]:
        self.stopped_by = None
        with deferred_interruption(self.stop, ending_signals()) as caught:
            with output_may_close(caught):
                yield
            if self.folder is not None:  # in here: a signal waits for this as well
                self.save_checkpoint()
                self.save_samples()
        if caught:
            self.stopped_by = caught[0]

    @contextmanager
    def _saving_what_diverged(self) -> Iterator[None]:
        try:
            yield
        except Diverged:
            if self.folder is not None:
                self.history.save(self.folder / "history.npz")  # its last rows say how it came
                with suppress(ValueError):  # NaN cannot be drawn
                    self.save_samples()
            raise

    def stop(self) -> None:
        """End :meth:`train` after the step in hand."""
        self._stop = True

    # -- looking ------------------------------------------------------------------------------------------------------

    def samples(self) -> Tensor:
        """Images of the run's fixed 64 codes, (64, C, size, size): BEGAN's run of that seed has the same codes."""
        return self.rival.generate(self.fixed_z)

    def evaluate(self) -> None:
        """Measure what the system can be asked of held-out images; with a folder save a grid and the history.

        Raises Diverged where a loss or a sample is not finite.
        """
        self.flush()
        (step, then), now = self._last_evaluation, time.perf_counter()
        rate = (self.steps_done - step) / max(now - then, 1e-9)
        samples = self.samples().clamp(-1, 1)  # as a screen shows them, wherever G has gone
        if not samples.isfinite().all():  # of the update just made, whose losses were of the weights before
            raise self._diverged("a sample is not finite")
        self.history.append_evaluation(self.steps_done, self.held_out_loss(), rate, diversity(samples))
        if self.folder is not None:
            self.save_samples(samples)
            self.history.save(self.folder / "history.npz")
        self._last_evaluation = (self.steps_done, time.perf_counter())

    def held_out_loss(self) -> float:
        """Of held-out images the mean bits per value or |x - reconstruction|; NaN where the system has neither."""
        images = self.dataset.held_out[:HELD_OUT_IMAGES]
        rival = self.rival
        if not len(images) or not {"bits", "reconstruct"} & set(rival.can):
            return float("nan")
        losses = [
            rival.bits(x) if "bits" in rival.can else (x - rival.reconstruct(x)).abs().flatten(1).mean(1)
            for x in held_out_batches(images, 64, self.device, channels_last=True)
        ]
        return float(torch.cat(losses).mean())

    def save_samples(self, samples: Tensor | None = None) -> Path:
        """Draw `samples`, by default the fixed codes' images, into the folder's samples; returns the picture's path."""
        path = self.folder / "samples" / f"step-{self.steps_done:08d}.png"
        save_picture(path, tile(self.samples().clamp(-1, 1) if samples is None else samples, columns=8))
        return path

    # -- files --------------------------------------------------------------------------------------------------------

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that the run needs to go on, as tensors and plain values."""
        self.flush()
        tensors = {f"rival.{name}": tensor for name, tensor in self.rival.state_dict().items()}
        for name, optimizer in self.rival.optimizers.items():
            tensors |= {f"optimizer.{name}.{key}": tensor for key, tensor in moments(optimizer).items()}
        tensors["history.steps"] = torch.from_numpy(self.history.steps())
        tensors["history.evaluations"] = torch.from_numpy(self.history.evaluations())
        metadata = {
            "steps_done": self.steps_done,
            "config": self.config.as_json(),
            "card": self.dataset.card,
            "device": describe_device(self.device),
            "precision": self.rival.precision,
            "torch": torch.__version__,
        }
        return tensors, metadata

    def load_state(self, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> list[str]:
        """Go on from what :meth:`state` gave; returns a line each for other pixels and another number format.

        Raises:
            CheckpointError: the run differs in more than its length.
            ValueError: another version's, with settings that this one has not.
        """
        theirs = config_from(metadata["config"], "the checkpoint").as_json()  # older versions lack fields
        ours, card = self.config.as_json(), self.dataset.card
        checkpoints.require_same_run({**metadata, "config": theirs}, ours, card, ["steps"])
        self.rival.load_state_dict(checkpoints.part(tensors, "rival."))
        for name, optimizer in self.rival.optimizers.items():
            load_moments(optimizer, checkpoints.part(tensors, f"optimizer.{name}."))
        tables = tensors["history.steps"].numpy(), tensors["history.evaluations"].numpy()
        self.history = History.from_tables(*tables, self.rival.measures)
        self.rival.steps_done, self._waiting = metadata["steps_done"], 0
        notes = checkpoints.other_format(metadata, self.rival.precision)
        return checkpoints.other_pixels(metadata["card"], card) + notes

    def save_checkpoint(self) -> Path:
        """Write a checkpoint into the folder and prune older ones (`prune_checkpoints`); returns its path.

        Raises Diverged where a loss or a weight is not finite.
        """
        self.check_finite()
        path = checkpoints.checkpoint_path(self.folder / "checkpoints", self.steps_done)
        checkpoints.save_tensors(path, *self.state())
        checkpoints.prune_checkpoints(path, self.keep, self.checkpoint_every)
        self.history.save(self.folder / "history.npz")
        self.last_checkpoint = path
        return path

    def resume(self) -> list[str]:
        """Go on from the newest good checkpoint in the folder.

        Returns a line for each newer one that is damaged, and for what is not as it was (see :meth:`load_state`).

        Raises:
            CheckpointError: there is none, none can be read, or it belongs to another run.
        """
        if self.folder is None:
            raise ValueError("this trainer has no folder to resume from.")
        folder = self.folder / "checkpoints"
        tensors, metadata, damaged = checkpoints.load_newest(folder)
        notes = self.load_state(tensors, metadata)
        self.last_checkpoint = checkpoints.checkpoint_path(folder, self.steps_done)
        return [f"passed over: {line}" for line in damaged] + notes


def is_run(folder: str | Path) -> bool:
    """Whether a folder holds a run of a rival."""
    path = Path(folder) / "config.json"
    return path.is_file() and "system" in read_object(path)


def read_config(folder: str | Path) -> RivalConfig:
    """The configuration of a run. Raises ValueError where it is none of a rival."""
    values, _ = read_settings(Path(folder))
    return config_from(values, folder)


def load_run(folder: str | Path, device: torch.device | str = "cpu") -> Rival:
    """The system of a run as its newest good checkpoint has it.

    Raises:
        ValueError: the folder holds no run of a rival.
        CheckpointError: it has no checkpoint, or none can be read.
    """
    rival = build(read_config(folder), device=device)
    tensors, metadata, _ = checkpoints.load_newest(Path(folder) / "checkpoints")
    rival.load_state_dict(checkpoints.part(tensors, "rival."))
    rival.steps_done = metadata["steps_done"]
    return rival
