"""The systems by name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import torch

from began_lib.rivals.ali import ALI
from began_lib.rivals.dcgan import DCGAN
from began_lib.rivals.dfm import DFM
from began_lib.rivals.ebgan import EBGAN, FigureOne
from began_lib.rivals.improved import FeatureMatching, MinibatchDiscrimination
from began_lib.rivals.magan import MAGAN, MAGANFigureOne
from began_lib.rivals.pixelcnn import PixelCNN
from began_lib.rivals.rival import Rival, RivalConfig
from began_lib.rivals.wgan import WGAN, WGANGP

SYSTEMS: dict[str, type[Rival]] = {
    "dcgan": DCGAN,
    "wgan": WGAN,
    "wgan-gp": WGANGP,
    "ebgan": EBGAN,
    "ebgan-figure-1": FigureOne,
    "magan": MAGAN,
    "magan-figure-1": MAGANFigureOne,
    "improved-minibatch": MinibatchDiscrimination,
    "improved-features": FeatureMatching,
    "ali": ALI,
    "dfm": DFM,
    "pixelcnn": PixelCNN,
}


def configured(system: str, **settings: Any) -> RivalConfig:
    """The configuration of a system: what is not given is as its paper has it. Raises ValueError for other names."""
    if system not in SYSTEMS:
        raise ValueError(f"system is {system!r}: expected one of {', '.join(SYSTEMS)}.")
    kind = SYSTEMS[system]
    usual = {name: getattr(kind, name) for name in ("batch_size", "learning_rate", "filters")}
    return RivalConfig(system, **{**usual, **settings})


def config_from(values: dict[str, Any], where: object) -> RivalConfig:
    """The configuration that `RivalConfig.as_json` described; settings that an older version had not are as usual.

    Raises ValueError for other systems and unknown fields; the message names `where` they stand.
    """
    if (system := values.get("system", "began")) not in (*SYSTEMS,):
        raise ValueError(f"{where} holds a run of {system}: expected one of {', '.join(SYSTEMS)}.")
    if unknown := sorted(set(values) - {field.name for field in fields(RivalConfig)}):
        raise ValueError(f"unknown fields in the configuration of {where}: {', '.join(unknown)}; another version's?")
    return configured(**values)


def build(config: RivalConfig, epoch: int = 1, device: torch.device | str = "cpu") -> Rival:
    """The system of a configuration, at its beginning; `epoch` is the number of batches in one of its data."""
    return SYSTEMS[config.system](config, epoch, device)
