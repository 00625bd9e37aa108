"""The factors of a rendered face: one table with their ranges, units and frequencies, and the sampler that reads it.

dSprites and CLEVR write their factors down so that a representation can be held against them; this table does the
same for the diversity of a generator: because every frequency is known, generated faces can be held against it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from began_lib.faces.distributions import Distribution, Levels, Normal, Power, Uniform

__all__ = ["FACTORS", "FACTOR_NAMES", "Factor", "Factors", "factor", "neutral", "sample_factors"]


@dataclass(frozen=True)
class Factor:
    """One row of the table: what a factor is, what it may be and how often."""

    name: str  # the field's name in Factors
    unit: str  # of its values; "level" for a discrete factor
    distribution: Distribution  # its range and frequency
    neutral: float  # its value in the neutral face
    description: str  # one line for the reader of the table

    @property
    def discrete(self) -> bool:
        """Whether the factor has levels (kept as int64 indices) rather than a continuous value (float32)."""
        return isinstance(self.distribution, Levels)

    @property
    def kind(self) -> str:
        """ "discrete" or "continuous"."""
        return "discrete" if self.discrete else "continuous"

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels of a discrete factor, in the order of their indices; empty for a continuous one."""
        return self.distribution.names if isinstance(self.distribution, Levels) else ()

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest value (of the index, for a discrete factor)."""
        if isinstance(self.distribution, Levels):
            return 0, len(self.levels) - 1
        return self.distribution.low, self.distribution.high


def _shape(name: str, description: str, neutral: float = 0.0) -> Factor:
    # Proportions vary around the mean adult; one unit is one standard deviation of the table.
    return Factor(name, "sd", Normal(0.0, 1.0, -2.5, 2.5), neutral, description)


def _even(names: Sequence[str], shares: Sequence[float], one: Sequence[float] | None = None, given: str = "") -> Levels:
    return Levels(tuple(names), tuple(shares), tuple(shares if one is None else one), given)


HAIR_STYLES = (
    "bald",
    "balding",
    "buzz",
    "short",
    "side_part",
    "swept_back",
    "curly",
    "afro",
    "fringe",
    "bob",
    "long",
    "wavy",
    "tied",
)
NOISE_SEEDS = 2**20  # float32 holds every integer below 2^24 exactly

_ROWS = (
    # pose
    Factor("yaw", "degrees", Normal(0.0, 19.0, -75.0, 75.0), 0.0, "turn of the head; positive to the picture's right"),
    Factor("pitch", "degrees", Normal(1.0, 6.0, -20.0, 20.0), 0.0, "nod of the head; positive looks up"),
    Factor("roll", "degrees", Normal(0.0, 5.0, -25.0, 25.0), 0.0, "tilt of the head; positive is anticlockwise"),
    # person
    Factor("presentation", "share", Uniform(0.0, 1.0), 0.5, "from feminine (0) to masculine (1), a spectrum"),
    Factor("age", "years", Power(18.0, 88.0, 2.5), 32.0, "wrinkles, grey hair, softer tissue; the old are rare"),
    # skin
    Factor("skin_tone", "share", Uniform(0.0, 1.0), 0.3, "from the lightest (0) to the darkest (1) human skin"),
    Factor("undertone", "sd", Normal(0.0, 1.0, -2.5, 2.5), 0.0, "cool, rosy (negative) to warm, olive (positive)"),
    Factor("ruddiness", "share", Uniform(0.0, 1.0), 0.4, "redness of cheeks, nose and ears"),
    Factor("freckles", "share", Power(0.0, 1.0, 4.0), 0.0, "freckles over nose and cheeks; mostly absent"),
    # head
    _shape("face_width", "width of the whole head"),
    _shape("face_length", "length of the face below the eyes"),
    _shape("jaw", "pointed (negative) to square (positive) jaw"),
    _shape("chin", "receding (negative) to strong (positive) chin"),
    _shape("cheekbones", "flat to prominent cheekbones"),
    _shape("fullness", "lean to full cheeks and neck"),
    _shape("forehead", "low to high forehead"),
    _shape("ears", "small to large ears"),
    # hair
    Factor("hair_style", "level", _even(HAIR_STYLES,
           (.01, .00, .01, .06, .04, .03, .09, .05, .08, .15, .21, .15, .12),
           (.09, .08, .11, .23, .17, .12, .09, .05, .03, .00, .01, .01, .01), "presentation"), 4,
           "how the hair is cut and worn"),
    Factor("hair_colour", "level", _even(("black", "dark_brown", "brown", "red", "dark_blond", "blond"),
           (.10, .24, .26, .08, .16, .16), (.83, .15, .02, .00, .00, .00), "skin_tone"), 1,
           "colour before greying"),
    _shape("hair_shade", "darker to lighter within its colour"),
    _shape("hair_volume", "flat to full hair"),
    _shape("hairline", "low to receding hairline"),
    Factor("hair_part", "share", Uniform(-1.0, 1.0), -0.5, "side of the parting: the picture's left (-1) to right (1)"),
    Factor("headwear", "level", _even(("none", "headscarf", "beanie"), (.93, .06, .01),
           (.97, .00, .03), "presentation"), 0, "what covers the hair, rarely"),
    # eyes and brows
    _shape("eye_size", "small to large eyes"),
    _shape("eye_spacing", "close-set to wide-set eyes"),
    _shape("eye_tilt", "outer corners low (negative) to high (positive)"),
    _shape("lid_opening", "narrow to wide open lids"),
    Factor("lid_fold", "share", Uniform(0.0, 1.0), 0.3, "deep crease (0) to smooth, covered upper lid (1)"),
    Factor("eye_colour", "level", _even(("brown", "hazel", "green", "blue", "grey"),
           (.38, .16, .11, .26, .09), (.96, .03, .004, .003, .003), "skin_tone"), 0, "colour of the iris"),
    Factor("gaze_x", "share", Normal(0.0, 0.35, -1.0, 1.0), 0.0, "glance to the picture's left (-1) or right (1)"),
    Factor("gaze_y", "share", Normal(0.0, 0.25, -1.0, 1.0), 0.0, "glance down (-1) or up (1)"),
    _shape("brow_thickness", "thin to bushy brows"),
    _shape("brow_arch", "straight to arched brows"),
    _shape("brow_height", "lowered, frowning to raised brows"),
    # nose and mouth
    _shape("nose_length", "short to long nose"),
    _shape("nose_width", "narrow to wide nose"),
    _shape("nose_bridge", "flat to prominent bridge"),
    _shape("nose_tip", "drooping to upturned tip"),
    _shape("mouth_width", "narrow to wide mouth"),
    _shape("lip_fullness", "thin to full lips"),
    Factor("smile", "share", Normal(0.35, 0.42, -1.0, 1.0), 0.3, "corners of the mouth down (-1) or up (1)"),
    Factor("mouth", "level", _even(("closed", "teeth", "open"), (.50, .40, .10), (.66, .24, .10), "presentation"), 0,
           "lips closed, parted over the teeth, or open as in speech"),
    Factor("makeup", "share", Power(0.0, 1.0, 1.5), 0.2, "lipstick, lashes, eye shadow; weaker towards masculine"),
    # beard and what is worn
    Factor("facial_hair", "level", _even(("none", "stubble", "moustache", "goatee", "beard"),
           (1.0, .0, .0, .0, .0), (.44, .24, .08, .08, .16), "presentation"), 0, "hair on lip, chin and jaw"),
    Factor("glasses", "level", _even(("none", "glasses", "sunglasses"), (.81, .155, .035)), 0, "worn over the eyes"),
    Factor("glasses_shape", "level", _even(("rectangular", "round", "aviator", "browline"), (.4, .25, .15, .2)), 0,
           "outline of the lenses, where worn"),
    Factor("frame_shade", "share", Uniform(0.0, 1.0), 0.1, "black (0), tortoise, gold to light (1) frame, where worn"),
    Factor("earrings", "level",
           _even(("none", "studs", "hoops"), (.55, .28, .17), (.98, .015, .005), "presentation"), 0,
           "worn where the ears show"),
    Factor("clothes", "level", _even(("crew_neck", "v_neck", "shirt", "suit", "turtleneck"),
           (.34, .30, .12, .10, .14), (.32, .06, .26, .30, .06), "presentation"), 0, "what shows below the chin"),
    Factor("clothes_hue", "turn", Uniform(0.0, 1.0), 0.6, "hue of the clothes (and of headwear)"),
    Factor("clothes_light", "share", Uniform(0.0, 1.0), 0.4, "dark to light clothes"),
    # scene
    Factor("light_side", "degrees", Normal(0.0, 38.0, -85.0, 85.0), -30.0, "azimuth of the key light; positive right"),
    Factor("light_height", "degrees", Normal(32.0, 14.0, -5.0, 70.0), 35.0, "elevation of the key light"),
    Factor("light_strength", "share", Uniform(0.0, 1.0), 0.5, "flat, overcast (0) to hard, contrasty (1) light"),
    Factor("light_warmth", "sd", Normal(0.0, 1.0, -2.5, 2.5), 0.0, "cool to warm light"),
    Factor("background", "level", _even(("plain", "gradient", "bokeh", "wall"), (.25, .25, .25, .25)), 1,
           "what is behind the head"),
    Factor("background_hue", "turn", Uniform(0.0, 1.0), 0.58, "its hue"),
    Factor("background_colour", "share", Power(0.0, 1.0, 1.6), 0.3, "grey (0) to saturated (1)"),
    Factor("background_light", "share", Uniform(0.0, 1.0), 0.5, "dark to light"),
    # camera
    _shape("zoom", "framing: further away to closer"),
    _shape("shift_x", "head left to right of the centre"),
    _shape("shift_y", "head below to above the centre"),
    _shape("exposure", "dark to bright picture"),
    Factor("blur", "share", Power(0.0, 1.0, 2.5), 0.1, "softness of the lens; mostly slight"),
    Factor("noise", "share", Power(0.0, 1.0, 2.5), 0.1, "grain of the sensor; mostly slight"),
    Factor("noise_seed", "integer", Uniform(0.0, NOISE_SEEDS - 1.0), 0.0,
           "which strands, freckles, lights and grain: draws the details no factor names"),
)  # fmt: skip

FACTORS: dict[str, Factor] = {row.name: row for row in _ROWS}
FACTOR_NAMES: tuple[str, ...] = tuple(FACTORS)


def factor(name: str) -> Factor:
    """Row of the table called `name`; KeyError lists the names there are."""
    if name not in FACTORS:
        raise KeyError(f"unknown factor {name!r}: the factors are {', '.join(FACTOR_NAMES)}")
    return FACTORS[name]


def _column(row: Factor, value: object, n: int, device: torch.device) -> Tensor:
    """`value` (a number, the name of a level, or N of either kind of number) as the (n,) column of `row`."""
    if isinstance(value, str):
        if value not in row.levels:
            raise ValueError(f"factor {row.name}: expected one of {row.levels or 'a number'}, found {value!r}")
        value = row.levels.index(value)
    column = torch.as_tensor(value, device=device)
    if column.ndim == 0:
        column = column.expand(n)
    if column.shape != (n,):
        raise ValueError(
            f"factor {row.name}: expected one value or {n}, one per face, found shape {tuple(column.shape)}"
        )
    if row.discrete and column.is_floating_point() and not torch.equal(column, column.round()):
        raise ValueError(
            f"factor {row.name}: expected an integer from {row.range[0]} to {row.range[1]} "
            f"({', '.join(row.levels)}), found {column[column != column.round()][0].item()}"
        )
    return column.to(torch.int64 if row.discrete else torch.float32).contiguous()


class Factors:
    """The factors of N faces: one tensor (N,) per row of the table, float32 or, for levels, int64, as attributes."""

    def __init__(self, columns: dict[str, Tensor]) -> None:
        missing = [name for name in FACTOR_NAMES if name not in columns]
        unknown = [name for name in columns if name not in FACTORS]
        if missing or unknown:
            raise ValueError(f"expected one column per factor, found missing {missing} and unknown {unknown}")
        first = columns[FACTOR_NAMES[0]]
        n, device = len(first), first.device
        self._columns = {name: _column(FACTORS[name], columns[name], n, device) for name in FACTOR_NAMES}

    def __getattr__(self, name: str) -> Tensor:
        if name.startswith("_") or name not in self._columns:
            raise AttributeError(f"unknown factor {name!r}: the factors are {', '.join(FACTOR_NAMES)}")
        return self._columns[name]

    def __len__(self) -> int:
        return len(self._columns[FACTOR_NAMES[0]])

    def __getitem__(self, index: int | slice | Tensor | Sequence[int]) -> Factors:
        """Faces at `index` (an integer gives one face, still with an axis), as with a list."""
        if isinstance(index, int):
            if not -len(self) <= index < len(self):
                raise IndexError(f"face {index} of {len(self)}")
            index = slice(index, index + 1 or None)
        return Factors({name: column[index] for name, column in self._columns.items()})

    @property
    def device(self) -> torch.device:
        """Device of every column."""
        return self._columns[FACTOR_NAMES[0]].device

    def to(self, device: torch.device | str) -> Factors:
        """The same factors on `device`."""
        return Factors({name: column.to(device) for name, column in self._columns.items()})

    def replace(self, **values: object) -> Factors:
        """A copy with some factors replaced: a number or a level's name for all faces, or one number per face.

        Raises:
            KeyError: a name that is no factor. ValueError: a value outside the factor's range.
        """
        columns = dict(self._columns)
        for name, value in values.items():
            columns[name] = _column(factor(name), value, len(self), self.device)
        replaced = Factors(columns)
        replaced.validate(list(values))
        return replaced

    def validate(self, names: Sequence[str] = FACTOR_NAMES) -> None:
        """Raise ValueError naming factor, range and value where a value lies outside the table's range (or is NaN)."""
        for name in names:
            row, column = factor(name), self._columns[name]
            low, high = row.range
            bad = ~((column >= low) & (column <= high))
            if bad.any():
                face = int(bad.nonzero()[0])
                levels = f" ({', '.join(row.levels)})" if row.discrete else f" {row.unit}"
                raise ValueError(
                    f"factor {name}: expected {low:.10g} to {high:.10g}{levels}, "
                    f"found {column[face].item():.10g} in face {face}"
                )

    def as_array(self) -> np.ndarray:
        """Float32 (N, F), columns in the order of FACTOR_NAMES: what is stored beside packed images."""
        return torch.stack([self._columns[name].float() for name in FACTOR_NAMES], dim=1).cpu().numpy()

    @classmethod
    def from_array(cls, array: np.ndarray) -> Factors:
        """Back from `as_array`; ValueError where the array has another width or a value outside its range."""
        if array.ndim != 2 or array.shape[1] != len(FACTOR_NAMES):
            raise ValueError(f"expected an array (N, {len(FACTOR_NAMES)}), one column per factor, found {array.shape}")
        table = torch.from_numpy(np.array(array, dtype=np.float32))
        factors = cls({name: table[:, i] for i, name in enumerate(FACTOR_NAMES)})
        factors.validate()
        return factors

    @classmethod
    def cat(cls, parts: Sequence[Factors]) -> Factors:
        """The faces of several containers one after the other."""
        return cls({name: torch.cat([part._columns[name] for part in parts]) for name in FACTOR_NAMES})


def neutral(n: int = 1) -> Factors:
    """`n` copies of the neutral face, from which a sweep changes one factor."""
    return Factors({name: torch.full((n,), row.neutral) for name, row in FACTORS.items()})


def _uniforms(seed: int, stream: str, index: np.ndarray) -> np.ndarray:
    """One number in (0, 1) per index from a counter-based hash, so that a face depends on (seed, index) alone.

    Three rounds of splitmix64's finaliser over seed, stream and index: integer arithmetic, the same on every machine.
    """
    state = np.uint64(seed % 2**64)
    with np.errstate(over="ignore"):
        for word in (np.uint64(zlib.crc32(stream.encode())), index.astype(np.uint64)):
            state = (state ^ word) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def sample_factors(n: int, seed: int, start: int = 0) -> Factors:
    """Factors of faces `start` to `start + n - 1` of the endless sequence that `seed` names.

    A face depends on `seed` and its index alone: the same face comes on every machine and in every batch. Every row
    of the table draws from its own stream, so a row added to the table changes no other.
    """
    if n < 0 or start < 0:
        raise ValueError(f"expected n and start of at least 0, found n = {n}, start = {start}")
    index = np.arange(start, start + n)
    values: dict[str, np.ndarray] = {}
    # Levels that lean on another factor come after it.
    for row in sorted(FACTORS.values(), key=lambda row: row.discrete):
        u = _uniforms(seed, row.name, index)
        if isinstance(row.distribution, Levels):
            values[row.name] = row.distribution.quantile(u, values.get(row.distribution.given))
        else:
            values[row.name] = row.distribution.quantile(u)
    values["noise_seed"] = np.round(values["noise_seed"])
    return Factors({name: torch.from_numpy(np.ascontiguousarray(values[name])) for name in FACTOR_NAMES})
