"""The arms for the open questions of the paper's conclusion: each differs from the control in one thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from began_lib.models import Architecture
from began_lib.training.configuration import TrainingConfig
from began_lib.training.questions import Questions
from tools.experiments.arm import Arm

CONTROL = "control"
DECAY = 0.999  # of the average of G's weights: over some 1,000 steps
_SHAPE = Architecture(size=32, filters=16, hidden=64, latent=64)
# The control's average of G's weights changes no number of its training: one run has G's own images and the average's.
_CONTROL = TrainingConfig(
    data="lfw",
    architecture=_SHAPE,
    learning_rate=1e-4,
    steps=10_000,
    questions=Questions(ema=DECAY),
)


def _asking(question: str, seeds: int = 2, **settings: float | str) -> Arm:
    return Arm(question, replace(_CONTROL, questions=Questions(ema=DECAY, **settings)), seeds=seeds)


def _wide(hidden: int, data: str) -> Arm:
    """h of another width; z stays as it is, so that one thing changes."""
    return Arm(
        "h" if data == "lfw" else "h of faces", replace(_CONTROL, data=data, architecture=_SHAPE.at(hidden=hidden))
    )


_WIDTHS = (16, 32, 64, 128, 256)
ARMS: Mapping[str, Arm] = {
    CONTROL: Arm(CONTROL, _CONTROL, seeds=3),
    # Of 3,072 numbers some 64 directions pass h: of weak noise D hardly sees any.
    "noise 0.1 on data": _asking("noise", seeds=3, noise=0.1),
    "noise 0.3 on data": _asking("noise", noise=0.3),
    "noise 1 on data": _asking("noise", noise=1.0),
    "noise 1 on data, gone at 5,000": _asking("noise", noise=1.0, noise_steps=5_000),
    "noise 1 on both": _asking("noise", noise=1.0, noise_on="both"),
    "VAE, KL 1e-4": _asking("vae", vae=1e-4),
    "VAE, KL 1e-3": _asking("vae", vae=1e-3),
    "no decoder, h to be 0": _asking("energy", energy="norm"),
    "no decoder, h to be a projection": _asking("energy", energy="projection"),
    "DFM 0.003": _asking("dfm", dfm=0.003),
    "DFM 0.03": _asking("dfm", dfm=0.03),
    "BEGAN-CS 0.1": _asking("cs", cs=0.1),
    **{f"h = {width}": _wide(width, "lfw") for width in _WIDTHS if width != _SHAPE.hidden},  # 64 is the control's
    **{f"faces, h = {width}": _wide(width, "faces") for width in _WIDTHS},
}
