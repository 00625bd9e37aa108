"""Section 4.1: a run of steps, in memory: all that changes in training, and what it needs to go on elsewhere.

Nothing in it depends on how many processes train: a run goes on with any number of them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from began_lib.machine.precision import describe_device
from began_lib.step import Began, StepLosses
from began_lib.training import checkpoints, questions
from began_lib.training.captured import CapturedStep
from began_lib.training.history import STEP_COLUMNS, History
from began_lib.training.schedule import PlateauHalving

FLUSH_EVERY = 50  # steps whose measurements wait on the device before they are read
DIVERGED_LEVEL = 2.0  # M_global of images in [-1, 1] where D paints nothing but mid-grey is at most that
DIVERGED_FACTOR = 3.0  # M_global this many times above its best window mean: the run has diverged


class Diverged(RuntimeError):
    """Training has left the rails; the message is the diagnosis and says what to do."""


class Run:
    """Networks, controller and Adam with the batches they see, the rule of the learning rate, and what was measured.

    Nothing waits for the device between two flushes of the measurements, `FLUSH_EVERY` steps apart.

    Args:
        began: the two networks, k and Adam.
        batch_at: the batch of step 0, 1, 2 ..., on the device of `began`. To go on from a state, the run needs the same
            batches again: a pure function of the step.
        schedule: the learning-rate rule, acting at flushes; None leaves the rate as it is set.
    """

    def __init__(self, began: Began, batch_at: Callable[[int], Tensor], schedule: PlateauHalving | None = None) -> None:
        self.began, self.schedule, self._batch_at = began, schedule, batch_at
        self._advance: Callable[[Tensor], StepLosses] = began.step
        self.history = History()
        self.steps_done = 0
        self._rows = torch.zeros(FLUSH_EVERY, 4, device=began.device)
        self._settings: list[tuple[float, float]] = []  # gamma and learning rate of the steps that wait in _rows
        self.last_checkpoint: Path | None = None  # the last good one, where the run is kept in files

    def step(self) -> StepLosses:
        """Train on the next batch; the returned losses are on the device."""
        losses = self._advance(self._batch_at(self.steps_done))
        row = torch.stack([losses.loss_real, losses.loss_fake, losses.k, losses.m_global])
        self._rows[len(self._settings)].copy_(row)
        self._settings.append((self.began.controller.gamma, self.began.learning_rate))
        self.steps_done += 1
        # At fixed steps, wherever the run was interrupted: the learning-rate rule acts at flushes.
        if self.steps_done % FLUSH_EVERY == 0:
            self.flush()
        return losses

    def capture(self) -> None:
        """Launch each step from here on as one CUDA graph: the same steps, sooner. ValueError where it cannot be."""
        self._advance = CapturedStep(self.began)

    def flush(self) -> None:
        """Read the waiting measurements into the history and apply the learning-rate rule.

        Raises:
            Diverged: a loss is not finite.
        """
        if not self._settings:
            return
        measured = self._rows[: len(self._settings)].cpu().numpy()
        settings = np.array(self._settings, np.float32)
        self._settings.clear()
        start = len(self.history)
        self.history.append(np.concatenate([measured, settings], axis=1))
        finite = np.isfinite(measured).all(axis=1)
        if not finite.all():
            raise self._diverged(f"a loss is not finite at step {start + int(np.argmin(finite)) + 1}")
        if self.schedule is not None:
            for m_global in measured[:, STEP_COLUMNS.index("m_global")].tolist():
                self.began.learning_rate = self.schedule.update(m_global, self.began.learning_rate)

    def check_convergence(self, window: int) -> None:
        """Raise Diverged if M_global is far above what it can be of images, or above the best window so far.

        The first over the last `FLUSH_EVERY` steps, wherever the run stands; the second over the last `window` steps.
        """
        m_global = self.history["m_global"]
        last = float(m_global[-FLUSH_EVERY:].mean(dtype=np.float64)) if len(m_global) else 0.0
        if last > DIVERGED_LEVEL:
            raise self._diverged(f"M_global is {last:.3g}, more than images in [-1, 1] allow")
        if len(m_global) < 2 * window:
            return
        usable = len(m_global) // window * window
        means = m_global[:usable].reshape(-1, window).mean(axis=1)
        now, best = float(m_global[-window:].mean()), float(means.min())
        if now > DIVERGED_FACTOR * best:
            raise self._diverged(
                f"M_global is {now:.3f} over the last {window} steps, {now / best:.1f} times its best mean {best:.3f}"
            )

    def check_finite(self) -> None:
        """Raise Diverged if a loss or a weight is not finite: the losses of an update are of the weights before it."""
        self.flush()
        networks = self.began.discriminator, self.began.generator
        if not all(bool(weight.isfinite().all()) for network in networks for weight in network.parameters()):
            raise self._diverged("a weight is not finite")

    def _diverged(self, what: str) -> Diverged:
        k = self.history["k"][-min(len(self.history), 1000) :]
        pinned = float(np.mean(k >= 1.0)), float(np.mean(k <= 0.0))
        kept = self.last_checkpoint
        advice = f"from the last good checkpoint, {kept}" if kept else "from the beginning: no checkpoint was written"
        return Diverged(
            f"Training diverged after {self.steps_done} steps: {what}. Learning rate {self.began.learning_rate:g}, "
            f"gamma {self.began.controller.gamma:g}; of the last {len(k)} steps k stood at 1 in {pinned[0]:.0%} and at "
            f"0 in {pinned[1]:.0%}. Try half the learning rate, {advice}."
        )

    def state(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """All that the run needs to go on, as tensors and plain values."""
        self.flush()
        began = self.began
        tensors = {f"discriminator.{name}": t for name, t in began.discriminator.state_dict().items()}
        tensors |= {f"generator.{name}": t for name, t in began.generator.state_dict().items()}
        tensors |= {f"adam.{name}": tensor for name, tensor in moments(began.optimizer).items()}
        tensors |= questions.average_of(began)
        tensors["k"] = began.controller.k
        tensors["random"] = began.random.get_state()
        tensors["history.steps"] = torch.from_numpy(self.history.steps())
        tensors["history.evaluations"] = torch.from_numpy(self.history.evaluations())
        metadata = {
            "steps_done": self.steps_done,
            "gamma": began.controller.gamma,
            "lambda_k": began.controller.lambda_k,
            "held": began.controller.held,
            "learning_rate": began.learning_rate,
            "schedule": self.schedule and self.schedule.state(),
            "device": describe_device(began.device),
            "precision": began.precision,
            "torch": torch.__version__,
        }
        return tensors, metadata

    def load_state(self, tensors: dict[str, Tensor], metadata: dict[str, Any]) -> list[str]:
        """Go on from what :meth:`state` gave, there or here; the networks must be of the same shapes.

        Returns:
            What is not as it was, one line each: another number format; the random stream of another kind of device
            cannot be continued, and z is drawn from a new one there.
        """
        began, controller = self.began, self.began.controller
        began.discriminator.load_state_dict(checkpoints.part(tensors, "discriminator."))
        began.generator.load_state_dict(checkpoints.part(tensors, "generator."))
        questions.load_average(began, tensors)
        load_moments(began.optimizer, checkpoints.part(tensors, "adam."))
        began.learning_rate = metadata["learning_rate"]
        controller.k.copy_(tensors["k"])
        controller.gamma, controller.lambda_k = metadata["gamma"], metadata["lambda_k"]
        controller.held = metadata["held"]
        self.history = History.from_tables(tensors["history.steps"].numpy(), tensors["history.evaluations"].numpy())
        if self.schedule is not None and metadata["schedule"] is not None:
            self.schedule = PlateauHalving(**metadata["schedule"])
        self.steps_done = metadata["steps_done"]
        self._settings.clear()  # the steps that they belong to are not part of the run any more
        notes = checkpoints.other_format(metadata, began.precision)
        if tensors["random"].shape == began.random.get_state().shape:
            began.random.set_state(tensors["random"])
            return notes
        # A CUDA generator's state is of another kind than a CPU's.
        began.random.manual_seed(1_000_003 * began.seed + self.steps_done)
        here = describe_device(began.device)
        return [*notes, f"z is drawn from a new stream: the checkpoint is from {metadata['device']}, this is {here}."]


def standing(began: Began) -> dict[str, float]:
    """What training has moved besides the weights: k and the learning rate."""
    return {"k": float(began.controller.k), "the learning rate": began.learning_rate}


def begins_anew(stood: dict[str, float], now: dict[str, float]) -> list[str]:
    """A line for each of :func:`standing` where a branch begins elsewhere than its run stood."""
    changed = [name for name in now if now[name] != stood[name]]
    return [f"{name} is {now[name]:.4g} from here on: it stood at {stood[name]:.4g} in its run." for name in changed]


def moments(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What an optimizer keeps of each weight, its moments and steps, by the weight's number and a name."""
    state = optimizer.state_dict()["state"].items()
    return {f"{index:04d}.{name}": torch.as_tensor(kept) for index, of in state for name, kept in of.items()}


def load_moments(optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Give an optimizer of the same weights, in one group, what :func:`moments` took from another."""
    groups = optimizer.state_dict()["param_groups"]
    parameter = dict(zip(groups[0]["params"], optimizer.param_groups[0]["params"], strict=True))
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        index, moment = name.split(".", 1)
        # Copies, so that the state can be put again; in the memory layout of their parameter, since fused Adam
        # walks both in step.
        like = parameter[int(index)] if tensor.dim() else tensor
        state.setdefault(int(index), {})[moment] = torch.empty_like(like).copy_(tensor)
    optimizer.load_state_dict({"state": state, "param_groups": groups})
