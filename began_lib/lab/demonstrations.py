"""The recordings of `data/recordings/`: how each was made, step by step, and the command that makes it again.

    python -m began_lib.lab.demonstrations                # all
    python -m began_lib.lab.demonstrations collapse       # one

A demonstration is a lab that is moved at fixed steps, as a reader would move it by hand.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from began_lib.lab.lab import GOOD, Lab
from began_lib.lab.recording import FOLDER, MOST_FRAMES, Recording
from began_lib.training.trainer import Diverged

Move = tuple[int, str, float | bool | str]  # after how many steps, what, to where


@dataclass(frozen=True)
class Demonstration:
    """Data, length, and what is moved when; "preset" in place of a setting moves all of them."""

    title: str
    data: str
    steps: int
    moves: tuple[Move, ...] = ()
    seed: int = 0


DEMONSTRATIONS = {
    "good-run": Demonstration("A run that nobody disturbs", "faces 16x16", 4000),
    "collapse": Demonstration(
        "A collapse: after 800 steps the learning rate is raised 30 times",
        "horseshoe (points in the plane)",
        2000,
        ((800, "preset", "rate too high"),),
    ),
    "recovery": Demonstration(
        "A recovery by hand: k is held at 1, then given back at a higher learning rate, which is lowered at last",
        "horseshoe (points in the plane)",
        3600,
        (
            (900, "preset", "k held at 1"),
            (1150, "hold_k", False),
            (1150, "learning_rate", 5e-3),
            (2200, "preset", GOOD),
        ),
    ),
}


def play(demonstration: Demonstration) -> Recording:
    """Train and move as the demonstration says; the recording of it, ended early where the training diverges."""
    lab = Lab(demonstration.data, demonstration.seed)
    lab.recording.about |= {"title": demonstration.title}
    spacing = max(1, demonstration.steps // (MOST_FRAMES - 1))
    lab.recording.spacing = spacing
    moves = list(demonstration.moves)
    while lab.steps_done < demonstration.steps:
        while moves and moves[0][0] == lab.steps_done:
            _, name, value = moves.pop(0)
            if name == "preset":
                lab.preset(str(value))
            else:
                lab.set(name, value)
        ends = [spacing * (lab.steps_done // spacing + 1), demonstration.steps, *(step for step, _, _ in moves[:1])]
        try:
            lab.step(min(ends) - lab.steps_done)
        except Diverged as error:
            lab.recording.about["ended"] = str(error)
            break
        lab.render()
    return lab.recording


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the named recordings, or all, in `--out`."""
    parser = argparse.ArgumentParser(prog="python -m began_lib.lab.demonstrations", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(DEMONSTRATIONS)} (default: all)")
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="FOLDER", help="default: data/recordings")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.names) - set(DEMONSTRATIONS)):
        parser.error(f"no demonstration {unknown[0]!r}: expected some of {', '.join(DEMONSTRATIONS)}")
    for name in given.names or DEMONSTRATIONS:
        recording = play(DEMONSTRATIONS[name])
        recording.about["command"] = f"python -m began_lib.lab.demonstrations {name}"
        path = recording.save(given.out / f"{name}.npz")
        print(
            f"{path}: {len(recording.steps)} steps, {len(recording.frames)} frames, {path.stat().st_size / 1e6:.2f} MB"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
