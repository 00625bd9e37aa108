"""The configuration of a training run, and its two named variants: `quick` and `paper`."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from began_lib.equilibrium import Controller
from began_lib.models import Architecture
from began_lib.training.run import FLUSH_EVERY
from began_lib.training.schedule import PlateauHalving

GRID_IMAGES = 64  # samples per grid


@dataclass(frozen=True)
class TrainingConfig:
    """All that decides a run's numbers. Defaults are the paper's where it gives them."""

    data: str = "faces"  # a name or folder that began_lib.data opens; the paper: 360,000 private photographs
    limit: int | None = None  # use only so many training pictures, the first; None: all
    architecture: Architecture = field(default_factory=Architecture)  # figure 1
    gamma: float = 0.5  # diversity ratio; the paper: 0.3, 0.5, 0.7
    lambda_k: float = 0.001  # gain of the controller; the paper: 0.001
    k: float = 0.0  # start value of k; the paper: 0
    hold_k: bool = False  # keep k at its start value: no controller
    clamp_k: bool = True  # keep k in [0, 1]; the paper: yes
    eta: int = 1  # exponent of the reconstruction loss; the paper: 1 (section 3.1 allows 2)
    batch_size: int = 16  # the paper: 16
    learning_rate: float = 1e-4  # of Adam at the start; the paper: 5e-5 to 1e-4
    halving: bool = True  # halve the rate when M_global stalls; the paper: yes
    halving_window: int = 1000  # steps per average of M_global in that rule
    halving_patience: int = 5  # windows without improvement before a halving
    learning_rate_floor: float = 2e-5  # the rate stops falling here
    carry_steps: int = 16_000  # steps over which vanishing residuals vanish, if the architecture has them; the paper
    separate_z: bool = False  # draw z_D and z_G apart
    flip: bool = True  # mirror training images at random
    steps: int = 200_000  # length of the run
    seed: int = 0  # of weights, z, order and flips
    branch: str = ""  # RUN@STEP: begin as a copy of that run at that step, then go on with this configuration
    precision: str = "auto"  # auto, fp32 or bf16

    def __post_init__(self) -> None:
        for name, low in (("batch_size", 1), ("steps", 1), ("carry_steps", 1), ("seed", 0), ("limit", 1)):
            value = getattr(self, name)
            if name == "limit" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int) or value < low:
                raise ValueError(f"{name} is {value!r}: expected a whole number of at least {low}.")
        Controller(self.gamma, self.lambda_k, self.k)  # refuses values out of range
        self.schedule()
        if not 0.0 < self.learning_rate <= 1.0:
            raise ValueError(f"learning_rate is {self.learning_rate!r}: expected a number above 0, at most 1.")
        if self.halving_window % FLUSH_EVERY:
            raise ValueError(
                f"halving_window is {self.halving_window}: expected a multiple of {FLUSH_EVERY}, since measurements "
                f"are read every {FLUSH_EVERY} steps."
            )
        if self.branch and not re.fullmatch(r".+@[0-9]+", self.branch):
            raise ValueError(f"branch is {self.branch!r}: expected RUN@STEP, such as runs/faces-32@5000.")
        if self.eta not in (1, 2):
            raise ValueError(f"eta is {self.eta!r}: expected 1 or 2.")

    def schedule(self) -> PlateauHalving:
        """The learning-rate rule at the start of the run."""
        return PlateauHalving(self.halving_window, self.halving_patience, floor=self.learning_rate_floor)

    def as_json(self) -> dict[str, Any]:
        """Plain values, for metadata."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TrainingConfig:
        """The configuration that :meth:`as_json` described. Raises ValueError for unknown fields."""
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown fields in the configuration: {', '.join(unknown)}; another version wrote it.")
        return cls(**{**values, "architecture": Architecture(**values["architecture"])})


def quick(data: str = "faces", **changes: Any) -> TrainingConfig:
    """Minutes on a laptop CPU: 32x32 and 16 filters show every mechanism of the paper, and blurred faces."""
    settings = {
        "architecture": Architecture(size=32, filters=16, hidden=32, latent=32),  # 1/60 of the paper's arithmetic
        "steps": 400,  # what a notebook can wait for
        "learning_rate": 5e-4,  # five times the paper's largest: fewer steps, and too short a run to collapse
        "lambda_k": 0.02,  # twenty times the paper's: the balance is reached within those steps
    }
    return TrainingConfig(data=data, **{**settings, **changes})


def paper(data: str = "celeba", **changes: Any) -> TrainingConfig:
    """The paper's 64x64 experiment: hours on a GPU, days on a CPU."""
    return TrainingConfig(data=data, **changes)


PROFILES = {"quick": quick, "paper": paper}


def profile(name: str, data: str = "faces", **changes: Any) -> TrainingConfig:
    """The configuration of a named profile: what the one visible line of each notebook chooses."""
    if name not in PROFILES:
        raise ValueError(f"profile is {name!r}: expected one of {', '.join(PROFILES)}.")
    return PROFILES[name](data, **changes)
