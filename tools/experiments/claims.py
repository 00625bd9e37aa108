"""The arms for claims of the paper that one run cannot settle: figures 3 and 6, and rates; each run is from scratch.

All have 16 filters, 32x32 pixels and the paper's rate, 1e-4, with its halving, unless the rate is what an arm changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from began_lib.models import Architecture
from began_lib.training.configuration import TrainingConfig
from tools.experiments.arm import Arm

GAMMAS = (0.3, 0.5, 0.7)
RATES = (2e-4, 5e-4, 1e-3, 2e-3)  # beside 1e-4
GAINS = (1e-4, 1e-2)  # beside λ_k = 1e-3
_SHAPE = Architecture(size=32, filters=16, hidden=64, latent=64)
_LFW = TrainingConfig(data="lfw", architecture=_SHAPE, learning_rate=1e-4)
_UNEQUAL = replace(_LFW, data="faces", architecture=_SHAPE.at(hidden=128, latent=128), steps=20_000)
_SHORT = replace(_LFW, steps=10_000)


def _starved(**width: int) -> Arm:
    """One network with the paper's 16 numbers in place of 128."""
    return _in_figure_6(architecture=_UNEQUAL.architecture.at(**width))


def _in_figure_6(held_from: str = "", **change: Any) -> Arm:
    return Arm("figure 6", replace(_UNEQUAL, **change), held_from=held_from, seeds=3)


ARMS: Mapping[str, Arm] = {
    "balanced": _in_figure_6(),
    "starved G": _starved(latent=16),
    "starved D": _starved(hidden=16),
    "k = 0": _in_figure_6(hold_k=True),
    # What the controller does beyond finding k: k stands from the first step where the balanced pair's ended.
    "k held": _in_figure_6(held_from="balanced", hold_k=True),
    **{f"γ = {gamma}": Arm("figure 3", replace(_LFW, gamma=gamma, steps=50_000), seeds=3) for gamma in GAMMAS},
    "rate 1e-4, λ_k 1e-3": Arm("rates", _SHORT),
    **{f"rate {rate:.0e}".replace("e-0", "e-"): Arm("rates", replace(_SHORT, learning_rate=rate)) for rate in RATES},
    **{f"λ_k {gain:.0e}".replace("e-0", "e-"): Arm("rates", replace(_SHORT, lambda_k=gain)) for gain in GAINS},
}
