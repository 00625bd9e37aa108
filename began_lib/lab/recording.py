"""A recording: what the lab showed of a run, moment by moment, to be looked at again without training.

One `.npz` file of plain arrays holds pictures as JPEG, the losses under the histograms, the course of every step, the
variety of what was shown, and the moments at which someone moved something. Three recordings come with the suite, in
`data/recordings/`.
"""

from __future__ import annotations

import difflib
import json
import math
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from began_lib.machine.storage import REPOSITORY, read_npz, write_npz
from began_lib.training.history import STEP_COLUMNS

FORMAT = "began-recording-1"
FOLDER = REPOSITORY / "data" / "recordings"
MOST_FRAMES = 48  # a longer run keeps every second, fourth ... frame
FIRST_SPACING = 10  # steps between two frames at the start
DRAGGED = ("gamma", "lambda_k", "learning_rate", "k")  # settings with a slider
PAUSE = 1.0  # seconds after which a slider's next move is no part of the same drag


@dataclass(frozen=True)
class Mark:
    """Something that was moved by hand: after `step` steps, `text` says what and to where."""

    step: int
    name: str  # of the setting
    text: str


@dataclass(frozen=True)
class Frame:
    """What is seen of one moment beside the course."""

    step: int
    picture: bytes  # samples and their reconstructions, real data and theirs; JPEG
    losses_real: NDArray[np.float32]  # L(x) of single images or points, (N,)
    losses_fake: NDArray[np.float32]  # L(G(z)), (N,)
    variety: float = math.nan  # of G's samples, 1 where it is that of real ones; NaN: not measured


@dataclass
class Recording:
    """A run as the lab showed it. `about` tells data, settings and, for those of the suite, the command."""

    about: dict[str, Any]
    steps: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, len(STEP_COLUMNS)), np.float32))
    frames: list[Frame] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    varieties: list[tuple[int, float]] = field(default_factory=list)  # of every frame, the dropped ones too, by step
    spacing: int = FIRST_SPACING
    _moved_at: float = field(default=-math.inf, repr=False, compare=False)  # the last mark, by the monotonic clock

    def add(self, frame: Frame) -> None:
        """Keep a frame if it is far enough from the last one; thin all of them when they are too many."""
        if not math.isnan(frame.variety) and (not self.varieties or frame.step > self.varieties[-1][0]):
            self.varieties.append((frame.step, frame.variety))
        if self.frames and frame.step < self.frames[-1].step + self.spacing:
            return
        self.frames.append(frame)
        if len(self.frames) > MOST_FRAMES:
            del self.frames[1::2]
            self.spacing *= 2

    def keep_last(self, frame: Frame) -> None:
        """Keep the frame with which a recording ends, however near the one before."""
        if not self.frames or frame.step > self.frames[-1].step:
            self.frames.append(frame)

    def mark(self, step: int, name: str, text: str) -> None:
        """Note that something was moved; the many positions of one drag are one mark, with the last of them."""
        last = self.marks[-1] if self.marks else None
        soon = time.monotonic() < self._moved_at + PAUSE
        self._moved_at = time.monotonic()
        if (
            last
            and last.name == name in DRAGGED
            and (step == last.step or (soon and step - last.step <= max(20, step // 50)))
        ):
            self.marks[-1] = Mark(last.step, name, text)
        else:
            self.marks.append(Mark(step, name, text))

    def variety(self, step: int | None = None) -> NDArray[np.float32]:
        """Steps and the variety found after them, (M, 2), up to `step`; empty in recordings without."""
        rows = [row for row in self.varieties if step is None or row[0] <= step]
        return np.array(rows, np.float32).reshape(-1, 2)

    def until(self, step: int) -> tuple[NDArray[np.float32], list[Mark]]:
        """The course and the marks of the first `step` steps."""
        return self.steps[:step], [mark for mark in self.marks if mark.step <= step]

    def nearest(self, step: int) -> int:
        """Index of the frame nearest to a step. Raises ValueError where there is no frame."""
        if not self.frames:
            raise ValueError("the recording holds no frame: train at least one step before looking back.")
        return int(np.argmin([abs(frame.step - step) for frame in self.frames]))

    def save(self, path: str | Path) -> Path:
        """Write the recording, atomically; returns its path. Raises ValueError where there is nothing to save."""
        self.nearest(0)
        about = {**self.about, "marks": [asdict(mark) for mark in self.marks]}
        pictures = [np.frombuffer(frame.picture, np.uint8) for frame in self.frames]
        tables = {
            "format": np.array(FORMAT),
            "about": np.array(json.dumps(about, ensure_ascii=False)),
            "steps": self.steps,
            "frame_steps": np.array([frame.step for frame in self.frames], np.int64),
            "pictures": np.concatenate(pictures),
            "picture_ends": np.cumsum([len(picture) for picture in pictures]),
            "losses_real": np.stack([frame.losses_real for frame in self.frames]),
            "losses_fake": np.stack([frame.losses_fake for frame in self.frames]),
            "varieties": np.array(self.varieties, np.float64).reshape(-1, 2),
        }
        write_npz(path, **tables)
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Recording:
        """Read what :meth:`save` wrote. Raises ValueError if the file is something else or damaged."""
        try:
            tables = read_npz(path)
            if str(tables["format"]) != FORMAT:
                raise ValueError(f"its format is {tables['format']}, expected {FORMAT}")
            about = json.loads(str(tables["about"]))
            marks = [Mark(**mark) for mark in about.pop("marks")]
            varieties = [(int(step), value) for step, value in tables.get("varieties", np.zeros((0, 2))).tolist()]
            found = dict(varieties)
            starts = [0, *tables["picture_ends"].tolist()]
            frames = [
                Frame(int(step), tables["pictures"][start:end].tobytes(), real, fake, found.get(int(step), math.nan))
                for step, start, end, real, fake in zip(
                    tables["frame_steps"],
                    starts[:-1],
                    starts[1:],
                    tables["losses_real"],
                    tables["losses_fake"],
                    strict=True,
                )
            ]
        except FileNotFoundError:
            raise
        except Exception as error:
            raise ValueError(f"{path} is not a recording saved by began_lib, or it is damaged: {error}") from error
        return cls(about, tables["steps"], frames, marks, varieties)


def names(folder: Path = FOLDER) -> list[str]:
    """Names of the recordings that come with the suite."""
    return sorted(path.stem for path in folder.glob("*.npz"))


def load(name: str, folder: Path = FOLDER) -> Recording:
    """A recording of the suite by name. Raises ValueError for another name, with those that are here."""
    if name not in names(folder):
        close = difflib.get_close_matches(name, names(folder), 1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        listing = ", ".join(names(folder)) or "none (an installed package has no data/recordings; use a clone)"
        raise ValueError(f"no recording {name!r}: expected one of {listing}.{hint}")
    return Recording.load(folder / f"{name}.npz")
