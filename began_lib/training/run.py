"""What a run needs to go on, taken out of a trainer and put into another: checkpoints and branches are made of it.

Nothing in it depends on how many processes trained: a run goes on with any number of them.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from began_lib.machine.precision import describe_device
from began_lib.training import checkpoints
from began_lib.training.configuration import TrainingConfig
from began_lib.training.history import History
from began_lib.training.schedule import PlateauHalving

if TYPE_CHECKING:
    from began_lib.training.trainer import Trainer

# What a branch may do otherwise than the run it comes from: all but networks, data and number formats.
BRANCH_MAY_DIFFER = ("branch", "steps", "gamma", "lambda_k", "k", "hold_k", "clamp_k", "learning_rate", "halving")
BRANCH_MAY_DIFFER += ("halving_window", "halving_patience", "learning_rate_floor")


def take(trainer: Trainer) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """All that a run needs to go on, as tensors and plain values."""
    trainer.flush()
    began = trainer.began
    tensors = {f"discriminator.{name}": t for name, t in began.discriminator.state_dict().items()}
    tensors |= {f"generator.{name}": t for name, t in began.generator.state_dict().items()}
    for index, moments in began.optimizer.state_dict()["state"].items():
        tensors |= {f"adam.{index:04d}.{name}": torch.as_tensor(t) for name, t in moments.items()}
    tensors["k"] = began.controller.k
    tensors["random"] = began.random.get_state()
    tensors["history.steps"] = torch.from_numpy(trainer.history.steps())
    tensors["history.evaluations"] = torch.from_numpy(trainer.history.evaluations())
    metadata = {
        "config": trainer.config.as_json(),
        "steps_done": trainer.steps_done,
        "gamma": began.controller.gamma,
        "lambda_k": began.controller.lambda_k,
        "held": began.controller.held,
        "learning_rate": began.learning_rate,
        "schedule": trainer.schedule.state(),
        "card": trainer.dataset.card,
        "device": describe_device(trainer.device),
        "precision": began.precision,
        "torch": torch.__version__,
    }
    return tensors, metadata


def put(
    trainer: Trainer, tensors: dict[str, Tensor], metadata: dict[str, Any], may_differ: Collection[str] = ("steps",)
) -> list[str]:
    """Let a trainer continue from what :func:`take` gave.

    Args:
        trainer: as its constructor left it, or at any later point.
        tensors, metadata: what :func:`take` gave.
        may_differ: fields in which its configuration may differ from this trainer's. The length of a run may
            change on resuming; everything else would make it another run.

    Returns:
        What is not as it was, one line each: the random stream of another kind of device cannot be continued, and z is
        drawn from a new one there.

    Raises:
        CheckpointError: the checkpoint is of another architecture, configuration or number of training images than
            this trainer; nothing has been changed then.
    """
    theirs, ours = TrainingConfig.from_json(metadata["config"]).as_json(), trainer.config.as_json()
    different = sorted(name for name in ours if name not in may_differ and theirs[name] != ours[name])
    if different:
        listing = "; ".join(f"{name}: {theirs[name]!r} there, {ours[name]!r} here" for name in different)
        raise checkpoints.CheckpointError(f"the checkpoint belongs to another run ({listing}).")
    images, images_here = (card.get("train") for card in (metadata["card"], trainer.dataset.card))
    if images != images_here:
        raise checkpoints.CheckpointError(
            f"the checkpoint's run had {images} training images, this data set has {images_here}: expected the same."
        )
    began = trainer.began
    began.discriminator.load_state_dict(checkpoints.part(tensors, "discriminator."))
    began.generator.load_state_dict(checkpoints.part(tensors, "generator."))
    groups = began.optimizer.state_dict()["param_groups"]
    parameters = groups[0]["params"], began.optimizer.param_groups[0]["params"]
    layout_of = dict(zip(*parameters, strict=True))
    moments: dict[int, dict[str, Tensor]] = {}
    for name, tensor in checkpoints.part(tensors, "adam.").items():
        index, moment = name.split(".", 1)
        # Copies, so that the state can be put again; in the memory layout of their parameter, since fused Adam walks
        # both in step.
        like = layout_of[int(index)] if tensor.dim() else tensor
        moments.setdefault(int(index), {})[moment] = torch.empty_like(like).copy_(tensor)
    began.optimizer.load_state_dict({"state": moments, "param_groups": groups})
    began.learning_rate = metadata["learning_rate"]
    began.controller.k.copy_(tensors["k"])
    began.controller.gamma, began.controller.lambda_k = metadata["gamma"], metadata["lambda_k"]
    began.controller.held = metadata["held"]
    notes = []
    if tensors["random"].shape == began.random.get_state().shape:
        began.random.set_state(tensors["random"])
    else:  # a CUDA generator's state is of another kind than a CPU's
        began.random.manual_seed(1_000_003 * trainer.config.seed + metadata["steps_done"])
        here = describe_device(trainer.device)
        notes.append(f"z is drawn from a new stream: the checkpoint is from {metadata['device']}, this is {here}.")
    trainer.history = History.from_tables(tensors["history.steps"].numpy(), tensors["history.evaluations"].numpy())
    trainer.schedule = PlateauHalving(**metadata["schedule"])
    trainer.steps_done = metadata["steps_done"]
    trainer.forget_waiting()
    return notes


def begin_as_branch(trainer: Trainer) -> list[str]:
    """Take over networks, Adam's moments, k, random stream and history from the run that the configuration names.

    gamma, lambda_k, the learning rate and its rule, whether and where k is held: this run's own from here on.

    Returns:
        What is not as it was there, as :func:`put` does.

    Raises:
        CheckpointError: the run has no such checkpoint, or one of other networks or data.
    """
    config, began = trainer.config, trainer.began
    run, step = config.branch.rsplit("@", 1)
    path = checkpoints.checkpoint_path(Path(run) / "checkpoints", int(step))
    notes = put(trainer, *checkpoints.load_tensors(path), may_differ=BRANCH_MAY_DIFFER)
    began.controller.gamma, began.controller.lambda_k = config.gamma, config.lambda_k
    began.controller.held = config.hold_k
    if config.hold_k:
        began.controller.set_k(config.k)
    began.learning_rate = config.learning_rate
    trainer.schedule = config.schedule()
    return notes
