"""The configuration of a training run, and its two named variants: `quick` and `paper`."""

from __future__ import annotations

import re
from dataclasses import Field, asdict, dataclass, field, fields
from numbers import Real
from pathlib import Path
from typing import Any

from began_lib.data.pictures import parse_crop
from began_lib.machine import given
from began_lib.machine.storage import read_object, write_json
from began_lib.models import Architecture
from began_lib.training.questions import Questions
from began_lib.training.run import FLUSH_EVERY
from began_lib.training.schedule import PlateauHalving

GRID_IMAGES = 64  # samples per grid
UNIT, STEPS = (0, 1), (1, 10**9)  # bounds of settings
RATES = (1e-12, 1)  # of Adam
LOWEST_RATE = 2e-5  # runs of others collapsed after their rates had fallen below
INTERVALS = {"checkpoint_every": 1000, "sample_every": 1000, "keep": 2}  # of a run's files, where none are given


def _setting(
    default: Any,
    meaning: str,
    branch: bool = False,
    choices: tuple[Any, ...] | None = None,
    bounds: tuple[float, float] | None = None,
) -> Any:
    """A field with what it means, as `train --help` has it, its bounds, and whether a branch may differ in it."""
    return field(default=default, metadata={"help": meaning, "branch": branch, "choices": choices, "bounds": bounds})


@dataclass(frozen=True)
class TrainingConfig:
    """All that decides a run's numbers. Defaults are the paper's where it gives them.

    Raises ValueError for a value outside its bounds, and for settings that do not go together.
    """

    data: str = _setting("faces", "a data set by name (faces, lfw, ...) or a folder of pictures")  # the paper: its own
    limit: int | None = _setting(None, "use only the first N pictures of the data set", bounds=(1, 10**7))
    crop: str = _setting("", "taken of a folder's pictures before the square: X,Y,W,H, or WxH about the centre")
    held_out: str = _setting("", "folder of held-out pictures, for a folder (default: a tenth of its own)")
    architecture: Architecture = field(default_factory=Architecture)  # figure 1
    gamma: float = _setting(0.5, "diversity ratio in [0, 1]; the paper: 0.3, 0.5, 0.7", True, bounds=UNIT)
    lambda_k: float = _setting(0.001, "gain of the controller, in [0, 1]; the paper: 0.001", True, bounds=UNIT)
    k: float = _setting(0.0, "start value of k, in [0, 1]; the paper: 0", True, bounds=UNIT)
    hold_k: bool = _setting(False, "keep k where it starts: no controller", True)
    clamp_k: bool = _setting(True, "keep k in [0, 1]; the paper: yes", True)
    eta: int = _setting(1, "exponent of the reconstruction loss; the paper: 1 (section 3.1 allows 2)", choices=(1, 2))
    batch_size: int = _setting(16, "images a step, of all processes together; the paper: 16", bounds=(1, 10**5))
    learning_rate: float = _setting(1e-4, "Adam's, at the start; the paper: 5e-5 to 1e-4", True, bounds=RATES)
    halving: bool = _setting(True, "halve the rate when M_global stalls; the paper: yes", True)
    halving_window: int = _setting(1000, "steps per average of M_global in that rule", True, bounds=STEPS)
    halving_patience: int = _setting(5, "windows (of 1000 steps) without progress before a halving", True, bounds=STEPS)
    learning_rate_floor: float = _setting(LOWEST_RATE, "the rate stops falling here", True, bounds=RATES)
    carry_steps: int = _setting(16_000, "steps over which vanishing residuals vanish; the paper", bounds=STEPS)
    separate_z: bool = _setting(False, "draw z_D and z_G apart, as the objective is written")
    flip: bool = _setting(True, "mirror training images at random")
    steps: int = _setting(200_000, "length of the run in all", True, bounds=STEPS)
    seed: int = _setting(0, "of weights, z, order and flips", bounds=(0, 2**32 - 1))
    branch: str = _setting("", "RUN@STEP: begin as a copy of that run, then go on with these settings", True)
    precision: str = _setting("auto", "auto is bf16 where the hardware multiplies it", choices=("auto", "fp32", "bf16"))
    questions: Questions = field(default_factory=Questions)  # of the conclusion; none is asked

    def __post_init__(self) -> None:
        for owner in (self, self.architecture, self.questions):
            for setting in fields(owner):
                check_setting(setting, getattr(owner, setting.name))
        self.questions.require_fitting(self.architecture, self.separate_z)
        if self.learning_rate_floor > max(self.learning_rate, LOWEST_RATE):
            raise ValueError(
                f"learning_rate_floor is {self.learning_rate_floor!r}, above learning_rate, {self.learning_rate!r}: "
                "expected a floor below the rate."
            )
        parse_crop(self.crop)
        if self.halving_window % FLUSH_EVERY:
            raise ValueError(
                f"halving_window is {self.halving_window}: expected a multiple of {FLUSH_EVERY}, since measurements "
                f"are read every {FLUSH_EVERY} steps."
            )
        if self.branch:
            branch_point(self.branch)

    def schedule(self, steps_done: int = 0) -> PlateauHalving | None:
        """The learning-rate rule from a step on, if the run has it; its windows end where measurements are read."""
        if not self.halving:
            return None
        rule = PlateauHalving(self.halving_window, self.halving_patience, floor=self.learning_rate_floor)
        rule.waiting = -steps_done % FLUSH_EVERY
        return rule

    def as_json(self) -> dict[str, Any]:
        """Plain values, for metadata; without open questions where none is asked, as before there were any."""
        values = asdict(self)
        if not self.questions.asked:
            del values["questions"]
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TrainingConfig:
        """The configuration that :meth:`as_json` described. Raises ValueError for unknown fields."""
        if "system" in values:
            raise ValueError(
                f"it is a run of {values['system']}, no BEGAN: train --resume and score take it, and its pictures lie "
                "in its folder `samples`."
            )
        known = {f.name for f in fields(cls)}
        if unknown := sorted(set(values) - known):
            raise ValueError(f"unknown fields in the configuration: {', '.join(unknown)}; another version wrote it.")
        try:
            shape, questions = Architecture(**values["architecture"]), Questions(**values.get("questions", {}))
            return cls(**{**values, "architecture": shape, "questions": questions})
        except (KeyError, TypeError) as error:
            raise ValueError(f"no configuration of a run: {error}; another version wrote it, or none.") from error


def check_setting(setting: Field[Any], value: Any) -> None:
    """Raise ValueError unless a value is of a setting's type, one of its choices, and a number within its bounds."""
    choices, bounds = (setting.metadata.get(name) for name in ("choices", "bounds"))
    plain = type(setting.default)
    if plain in (bool, str) and not isinstance(value, plain):
        raise ValueError(f"{setting.name} is {value!r}: expected {'words' if plain is str else 'true or false'}.")
    if choices and (value not in choices or isinstance(value, bool)):
        raise ValueError(f"{setting.name} is {value!r}: expected {' or '.join(map(str, choices))}.")
    if bounds is None or (value is None and setting.default is None):
        return
    kind, word = (Real, "number") if isinstance(setting.default, float) else (int, "whole number")
    low, high = bounds
    if isinstance(value, bool) or not isinstance(value, kind) or not low <= value <= high:  # also refuses NaN
        raise ValueError(f"{setting.name} is {value!r}: expected a {word} from {low:g} to {high:,}.")


MAY_BRANCH = tuple(f.name for f in fields(TrainingConfig) if f.metadata.get("branch"))


def branch_point(branch: str) -> tuple[Path, int]:
    """The folder of a run and the step of its checkpoint that RUN@STEP names. Raises ValueError for other words."""
    if not re.fullmatch(r".+@[0-9]+", branch):
        raise ValueError(f"branch is {branch!r}: expected RUN@STEP, such as runs/faces-32@5000.")
    run, step = branch.rsplit("@", 1)
    return given.path(run), int(step)


def write_run(folder: Path, config: TrainingConfig, intervals: dict[str, int]) -> None:
    """Write a run's config.json: its configuration, and beside it the intervals of its files.

    Raises ValueError where a file of that name is there and is no run's.
    """
    path = folder / "config.json"
    if path.exists():
        try:
            read_run(folder)
        except ValueError as error:
            raise ValueError(f"{path} is there, and not of a run of BEGAN: expected another folder.") from error
    write_json(folder / "config.json", {**config.as_json(), "intervals": intervals})


def read_run(folder: Path) -> tuple[TrainingConfig, dict[str, int]]:
    """The configuration and the intervals that :func:`write_run` wrote. Raises as :func:`read_settings` does."""
    values, intervals = read_settings(folder)
    return TrainingConfig.from_json(values), intervals


def read_settings(folder: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """The settings of a run, BEGAN's or a rival's, as they stand there, and its intervals; older runs have none.

    Raises FileNotFoundError where there is no run, ValueError where its config.json is damaged.
    """
    path = folder / "config.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"there is no run in {folder}: expected a folder that `train` wrote, with a config.json."
        )
    values = read_object(path)
    intervals = values.pop("intervals", {})
    numbers = intervals.values() if isinstance(intervals, dict) and intervals.keys() <= INTERVALS.keys() else [None]
    if not all(type(number) is int and number > 0 for number in numbers):
        raise ValueError(
            f"{path} has the intervals {intervals!r}: expected {', '.join(INTERVALS)} as whole numbers of at least 1."
        )
    return values, intervals


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
    """The paper's 64x64 experiment: made for a GPU (docs/performance.md has its time); days on a CPU."""
    return TrainingConfig(data=data, **changes)


PROFILES = {"quick": quick, "paper": paper}


def profile(name: str, data: str = "faces", **changes: Any) -> TrainingConfig:
    """The configuration of a named profile, which a notebook's one visible line chooses; ValueError for others."""
    if name not in PROFILES:
        raise ValueError(f"profile is {name!r}: expected one of {', '.join(PROFILES)}.")
    return PROFILES[name](data, **changes)
