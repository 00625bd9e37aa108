"""How much memory an entrant's training takes: the peak of a process of its own, with PyTorch and the photographs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch

from tools.rivals import contest, entrants
from tools.rivals.entrants import Config

STEPS = 6  # WGAN's G moves at the fifth; nothing grows after that
STATUS = Path("/proc/self/status")


def resident(field: str = "VmHWM") -> float:
    """Megabytes that this process holds (VmRSS) or has held at most (VmHWM), on Linux.

    Not by `resource`, whose peak of a new process begins at what the one that started it held.
    """
    if not STATUS.is_file():
        raise OSError(f"memory is measured by {STATUS}, which Linux has: there is none here.")
    return int(re.search(rf"{field}:\s+(\d+) kB", STATUS.read_text()).group(1)) / 1024


def peak(config: Config) -> dict[str, float]:
    """Megabytes before there are networks, and at most while some steps are made and images drawn; for a child."""
    torch.set_num_threads(1)
    dataset = contest.dataset_of(config)
    dataset.train.sum(dtype="int64")  # all of it has been read then
    before = resident("VmRSS")
    trainer = entrants.trainer_of(config, dataset)
    if entrants.begins_with_d_alone(trainer):
        trainer.rival.epoch = 1  # the game, with G's gradients and moments, is on after two steps
    for _ in range(STEPS):
        trainer.step()
    contest.images_of(trainer, contest.AT_ONCE)
    return {"before": round(before), "peak": round(resident())}


def peaks(configs: Mapping[str, Config]) -> Iterator[tuple[str, dict[str, float]]]:
    """What :func:`peak` gives of each, by name, one after the other."""
    for name, config in configs.items():
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            yield name, pool.submit(peak, config).result()
