"""What the lab's panel costs: steps per second with it and without it, redraws, and how soon a slider shows.

    python -m tools.bench.lab

Both are timed by turns within one run, on the wall and in processor time; the second holds on a machine that is busy
with other things. What the browser adds, some milliseconds per tick, is not in it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

from began_lib.lab.lab import Lab
from began_lib.lab.panel import LabControls

DATA = ("horseshoe (points in the plane)", "faces 16x16", "faces 32x32")
TURNS = 3


class _Rate:
    """Steps and seconds, summed over turns."""

    def __init__(self) -> None:
        self.steps, self.wall, self.processor = 0, 0.0, 0.0

    def time(self, lab: Lab, seconds: float, work: Callable[[], object]) -> None:
        """Repeat `work` for some seconds."""
        steps, wall, processor = lab.steps_done, time.perf_counter(), time.process_time()
        while time.perf_counter() - wall < seconds:
            work()
        self.steps += lab.steps_done - steps
        self.wall += time.perf_counter() - wall
        self.processor += time.process_time() - processor

    @property
    def per_second(self) -> float:
        """Steps per second on the wall."""
        return self.steps / self.wall

    @property
    def per_processor_second(self) -> float:
        """Steps per second of processor time, all threads together."""
        return self.steps / self.processor


def measure(data: str, seconds: float = 6.0) -> dict[str, float]:
    """The figures for one choice of data, spending `seconds` with the panel and as many without."""
    controls = LabControls(Lab(data))
    lab, redraws = controls.lab, []
    controls.picture.observe(lambda change: redraws.append(1), "value")
    bare, panelled = _Rate(), _Rate()

    def tick() -> None:
        controls.play.value += 1

    lab.step(3)  # memory, threads and caches
    for _ in range(TURNS):
        bare.time(lab, seconds / TURNS, lambda: lab.step(8))
        controls.on_start()
        panelled.time(lab, seconds / TURNS, tick)
        controls.on_pause()
    delays = []
    for position in range(10):
        controls.on_start()
        begun = time.perf_counter()
        tick()  # the longest that a move waits: a tick that has just begun
        controls.sliders["gamma"].value = 0.3 + 0.05 * position
        delays.append(time.perf_counter() - begun)
        controls.on_pause()
    if controls.error:
        raise controls.error
    return {
        "bare steps/s": bare.per_second,
        "panel steps/s": panelled.per_second,
        "ratio, wall": panelled.per_second / bare.per_second,
        "ratio, processor": panelled.per_processor_second / bare.per_processor_second,
        "panel steps per processor second": panelled.per_processor_second,
        "redraws/s": len(redraws) / panelled.wall,
        "slider to picture, ms": 1000 * statistics.median(delays),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures for points in the plane and for faces at both sizes."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench.lab", description=__doc__.split("\n")[0])
    parser.add_argument("data", nargs="*", default=DATA, help=f"default: {'; '.join(DATA)}")
    parser.add_argument("--seconds", type=float, default=6.0, help="with the panel, and as many without (default 6)")
    given = parser.parse_args(arguments)
    for data in given.data:
        print(data)
        for name, value in measure(data, given.seconds).items():
            print(f"  {name:34s} {value:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
