"""The live lab: a BEGAN in training, and the hand that disturbs its equilibrium (section 3.4). Knows no widget.

    lab = Lab("horseshoe (points in the plane)")
    lab.start()
    lab.tick(0.15)            # trains for 0.15 s, or does nothing while the lab is paused
    lab.set("gamma", 0.9)     # holds from the next step on
    frame, course = lab.render()

Whoever drives it calls `tick` again and again: a widget, or a loop.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from numbers import Real
from pathlib import Path
from threading import RLock

import numpy as np
import torch

from began_lib.control import LinearLoop
from began_lib.lab import curve
from began_lib.lab.course import BESIDE, CoursePicture, Forecast
from began_lib.lab.one_network import only
from began_lib.lab.recording import Frame, Recording
from began_lib.lab.subjects import OWN_CURVE, Subject, choices
from began_lib.machine.interruption import deferred_interruption
from began_lib.training.run import Diverged

RANGES = {"gamma": (0.0, 1.0), "lambda_k": (1e-4, 1.0), "learning_rate": (1e-5, 1e-1), "k": (0.0, 1.0)}
SYMBOLS = {"gamma": "γ", "lambda_k": "λ_k", "learning_rate": "rate", "k": "k", "hold_k": "k"}
GOOD = "balanced"  # the preset of a run that goes well
AHEAD = 150  # steps that the linear model, where there is one, predicts after a move
SAVED = Path("runs") / "lab"  # where `save` puts recordings


class Lab:
    """A training under the reader's hand: what it is, what moves it, what it shows.

    Args:
        data: one of `choices(folder)`, or of `subjects`; by default the first.
        seed: of weights, z and batches.
        folder: pictures of the reader's own, offered as a choice of data.
        subjects: what can be trained in place of `choices`, by name: each makes it anew from a seed.
        loop: gain and lag of the networks (`control.identify`), if known: every move is then followed by a forecast.
    """

    def __init__(
        self,
        data: str | None = None,
        seed: int = 0,
        folder: str | Path | None = None,
        subjects: Mapping[str, Callable[[int], Subject]] | None = None,
        loop: LinearLoop | None = None,
    ) -> None:
        self.seed, self.loop = seed, loop
        self._lock = RLock()  # a step in one thread at a time: a panel may train beside a cell
        self.curve = next(iter(curve.READY.values()))  # the reader's own, as "x,y; x,y; ..."
        self._choices = dict(subjects or choices(folder, lambda: self.curve))
        self._picture = CoursePicture(BESIDE)
        self.open(next(iter(self._choices)) if data is None else data)

    # -- what is trained ----------------------------------------------------------------------------------------------

    @property
    def data_names(self) -> list[str]:
        """What `open` takes."""
        return list(self._choices)

    @property
    def presets(self) -> list[str]:
        """What `preset` takes: a run that goes well, and the failures."""
        return [GOOD, *self.subject.failures]

    @property
    def preset_name(self) -> str:
        """The preset whose settings are the present ones; "" if something else was moved."""
        known = {GOOD: self.subject.settings, **self.subject.failures}
        # While the controller is on, k is its own.
        now = self.settings if self.settings.hold_k else replace(self.settings, k=self.subject.settings.k)
        return next((name for name, settings in known.items() if settings == now), "")

    def open(self, data: str) -> None:
        """Begin anew on other data, paused, with the settings that suit them. Raises ValueError for an unknown name."""
        if data not in self._choices:
            raise ValueError(f"no data {data!r}: expected one of {', '.join(self._choices)}.")
        self.running = False
        self.subject: Subject = self._choices[data](self.seed)
        self.data = data
        self.settings = self.subject.settings
        self._begin()

    def draw_curve(self, text: str) -> None:
        """Begin anew on a curve of the reader's own, "x,y; x,y; ...". Raises ValueError if it is none; see `curve`."""
        curve.corners(text)
        self.curve = text
        self.open(OWN_CURVE)

    def show_forces(self, shown: bool) -> None:
        """Draw the force on each generated point, or not. Raises ValueError where the subject has none to draw."""
        if self.subject.forces is None:
            raise ValueError(f"{self.data}: forces are drawn on points in the plane only.")
        self.subject.forces = shown

    def reset(self) -> None:
        """Begin anew on the same data, paused: fresh weights, k at its start; the other settings stay."""
        self.running = False
        forces = self.subject.forces
        self.subject = self._choices[self.data](self.seed)
        self.subject.forces = forces
        if not self.settings.hold_k:
            self.settings = replace(self.settings, k=self.subject.settings.k)
        self._begin()

    def _begin(self) -> None:
        self.failure: Diverged | None = None
        self.steps_per_second = 0.0
        self._pace: list[tuple[float, int]] = []
        self.recording = Recording({"data": self.data, "seed": self.seed, "settings": asdict(self.settings)})
        self.recording.steps = self.subject.run.history.steps()  # those that were trained before
        self.forecast: Forecast | None = None
        self._picture.forget()
        controller = self.subject.run.began.controller
        controller.set_k(self.settings.k)
        self._apply()
        self._show()

    # -- what moves it ------------------------------------------------------------------------------------------------

    def set(self, name: str, value: float | bool) -> None:
        """Move gamma, lambda_k, learning_rate or k, or hold k (True) or hand it to the controller (False).

        Holds from the next step on. k can be moved only while it is held. Raises KeyError for another name,
        ValueError for a value outside `RANGES` and for a k that the controller has.
        """
        if name not in SYMBOLS:
            raise KeyError(f"no setting {name!r}: expected one of {', '.join(SYMBOLS)}.")
        rate = {"learning_rate": self.subject.run.began.learning_rate}  # the trainer's own rule may have halved it
        if name == "hold_k":
            self.settings = replace(self.settings, **rate, hold_k=bool(value), k=self.k)
            self._mark("hold_k", f"k held at {self.k:.2f}" if value else "controller on")
        else:
            low, high = RANGES[name]
            if not isinstance(value, Real) or not low <= value <= high:  # also refuses NaN
                raise ValueError(f"{name} is {value!r}: expected a number in [{low:g}, {high:g}].")
            if name == "k" and not self.settings.hold_k:
                raise ValueError("k is moved by the controller: hold k first.")
            self.settings = replace(self.settings, **(rate | {name: float(value)}))
            if name == "k":
                self.subject.run.began.controller.set_k(float(value))
            self._mark(name, f"{SYMBOLS[name]} {value:.2g}")
        self._apply()
        self._predict()

    def preset(self, name: str) -> None:
        """Move all settings to one of `presets`, a run that goes well or a failure; KeyError for another name."""
        if name not in self.presets:
            raise KeyError(f"no preset {name!r}: expected one of {', '.join(self.presets)}.")
        settings = self.subject.settings if name == GOOD else self.subject.failures[name]
        if settings.hold_k:
            self.subject.run.began.controller.set_k(settings.k)
        self.settings = settings
        self._mark("preset", name)
        self._apply()
        self._predict()

    def _apply(self) -> None:
        began, settings = self.subject.run.began, self.settings
        began.controller.gamma = settings.gamma
        began.controller.lambda_k = settings.lambda_k
        began.controller.held = settings.hold_k
        began.learning_rate = settings.learning_rate

    def _mark(self, name: str, text: str) -> None:
        self.recording.mark(self.subject.run.steps_done, name, text)

    def _predict(self) -> None:
        """What the linear model says of the next steps, from k as it is and the balance that gamma makes now."""
        self.forecast = None
        if self.loop is None or self.settings.hold_k or not len(self.recording.steps):
            return
        loss_real, loss_fake = self.recording.steps[-20:, :2].mean(axis=0, dtype=np.float64)
        push = self.settings.gamma * loss_real - loss_fake
        balance, moved = self.loop.at(self.settings.lambda_k).step_response(AHEAD, push, start=self.k)
        self.forecast = Forecast(self.steps_done, self.k + moved, self.settings.gamma * loss_real - balance)

    # -- training -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Let `tick` train. Raises Diverged where the run is beyond rescue."""
        if self.failure:
            raise self.failure
        self.running = True

    def pause(self) -> None:
        """Let `tick` do nothing; the step in hand is finished."""
        self.running = False

    def tick(self, seconds: float, until: int | None = None) -> int:
        """Train as many steps as fit into `seconds`, at least one, if the lab runs; returns how many.

        `until` is a number of steps since the beginning at which the lab pauses.

        An interruption (Ctrl-C, the notebook's stop button) pauses the lab after the step in hand. Raises Diverged
        where a loss is not finite; the lab is paused then.
        """
        end = time.perf_counter() + seconds
        done, longest = 0, 0.0
        with self._training():
            while self.running:
                begun = time.perf_counter()
                self.subject.run.step()
                done += 1
                if until is not None and self.steps_done >= until:
                    self.pause()
                now = time.perf_counter()
                longest = max(longest, now - begun)
                if now + longest > end:
                    break
        self._keep_pace()
        return done

    def step(self, steps: int = 1, network: str | None = None) -> None:
        """Train some steps, running or paused: of one network, "D" or "G", only if named; k stays then.

        Raises Diverged as `tick` does, ValueError for another network, KeyboardInterrupt after the step in hand where
        an interruption came: a loop, or the cells after this one, would go on with fewer steps than they say.
        """
        if self.failure:
            raise self.failure
        alone = nullcontext() if network is None else only(self.subject.run.began, network)
        with self._training() as interruptions, alone:
            if network:
                self._mark(network, f"{network} alone")
            for _ in range(steps):
                self.subject.run.step()
                if interruptions:
                    break
        if interruptions:
            raise KeyboardInterrupt

    @contextmanager
    def _training(self) -> Iterator[list[int]]:
        with self._lock:
            try:
                with self._threads(), deferred_interruption(self.pause) as interruptions:
                    yield interruptions
                    self.subject.run.flush()
            except Diverged as error:
                self.failure = error
                self.pause()
                raise
            finally:
                self.recording.steps = self.subject.run.history.steps()

    @contextmanager
    def _threads(self) -> Iterator[None]:
        before = torch.get_num_threads()
        torch.set_num_threads(self.subject.threads or before)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def _keep_pace(self) -> None:
        now = time.perf_counter()
        self._pace = [(then, steps) for then, steps in self._pace if now - then < 2.0]
        self._pace.append((now, self.steps_done))
        (first, before), seconds = self._pace[0], now - self._pace[0][0]
        self.steps_per_second = (self.steps_done - before) / seconds if now > first else 0.0

    # -- what it shows ------------------------------------------------------------------------------------------------

    @property
    def steps_done(self) -> int:
        """Steps since the beginning."""
        return self.subject.run.steps_done

    @property
    def k(self) -> float:
        """k as it is now."""
        return float(self.subject.run.began.controller.k)

    def due(self) -> bool:
        """Whether it is time to draw again: drawing takes at most the share of the time that the subject grants it."""
        return time.perf_counter() >= self._next_drawing

    def render(self, course: bool = True) -> tuple[bytes, bytes]:
        """Two JPEGs: samples, real data and their reconstructions; the courses and the histograms.

        Without `course`, the second is the one of the last time: in a fast training it is half of the cost.
        """
        begun = time.perf_counter()
        self._show(course)
        spent = time.perf_counter() - begun
        self._next_drawing = begun + max(0.1, spent / self.subject.drawing_share)
        return self._frame.picture, self._course

    def _show(self, course: bool = True) -> None:
        if self.failure is None:
            # A network that gives NaN has no picture: the last one stays.
            with self._threads():
                self._frame: Frame = self.subject.frame()
            self.recording.add(self._frame)
        if course:
            frame, recording = self._frame, self.recording
            self._course = self._picture.render(
                recording.steps,
                recording.marks,
                frame.losses_real,
                frame.losses_fake,
                self.forecast,
                recording.variety(),
            )
        self._next_drawing = 0.0

    def describe(self) -> str:
        """The numbers of now, in words."""
        steps = self.recording.steps
        if not len(steps):
            return "Not trained yet."
        loss_real, loss_fake, _, m_global, _, _ = steps[-min(50, len(steps)) :].mean(axis=0, dtype=np.float64)
        pace = f", {self.steps_per_second:.0f} steps/s" if self.running else ""
        model = ""
        if self.loop is not None:
            motion = self.loop.at(self.settings.lambda_k).describe()
            model = f"; linear model: {'the controller is off' if self.settings.hold_k else motion}"
        return (
            f"step {self.steps_done}{pace}; k {self.k:.3f}; means of the last {min(50, len(steps))} steps: "
            f"L(x) {loss_real:.3g}, L(G(z)) {loss_fake:.3g}, ratio {loss_fake / loss_real:.2f} "
            f"(γ {self.settings.gamma:.2f}), M_global {m_global:.3g}; variety {self._frame.variety:.2f} of real{model}"
        )

    def save(self, folder: str | Path = SAVED) -> Path:
        """Save the run so far as a recording with a name of its own in `folder`; returns its path."""
        self._show()
        self.recording.keep_last(self._frame)
        stem = "-".join(self.data.split(" (")[0].lower().split())
        number = 1
        while (path := Path(folder) / f"{stem}-{self.steps_done:06d}-{number}.npz").exists():
            number += 1
        return self.recording.save(path)
