"""Section 3.4 as a control loop: a linear model of what k does to the error, and of what the controller does to k.

The controller of the paper adds lambda_k times the error to k at each step: k is the *sum* of the errors, so in control
engineering it is an integral controller, whose state is clamped to [0, 1]. For small moves around an equilibrium the
networks are modelled as a first-order lag,

    y_{t+1} = y_t + (1 - e^{-1/lag}) (gain kappa_t - y_t)      kappa = k - k_0
    kappa_{t+1} = kappa_t + lambda_k (r_t - y_t)

where y is what the move of k has added to L(G(z)) - gamma L(x), and r what a move of gamma has added to gamma L(x).
The error gamma L(x) - L(G(z)), which is 0 in balance, is r - y.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_lyapunov
from scipy.optimize import curve_fit


@dataclass(frozen=True)
class LinearLoop:
    """Controller and networks, linearised around an equilibrium. Times are in training steps.

    Raises ValueError for a number that is not finite or not above 0.
    """

    gain: float  # by how much a unit of k lowers the error once the networks have answered; above 0
    lag: float  # time constant of that answer while k is held, steps; above 0
    lambda_k: float  # gain of the controller; the paper: 0.001

    def __post_init__(self) -> None:
        for name in ("gain", "lag", "lambda_k"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} is {value!r}: expected a finite number above 0.")

    def at(self, lambda_k: float) -> LinearLoop:
        """The same networks under another lambda_k."""
        return replace(self, lambda_k=lambda_k)

    @property
    def follow(self) -> float:
        """The share of the way to its end value that y goes in one step, in (0, 1): 1 - e^{-1/lag}."""
        return -math.expm1(-1.0 / self.lag)

    @property
    def matrix(self) -> NDArray[np.float64]:
        """One step of (y, kappa) without r, (2, 2)."""
        return np.array([[1.0 - self.follow, self.follow * self.gain], [-self.lambda_k, 1.0]])

    @property
    def poles(self) -> NDArray[np.complex128]:
        """Factors by which the loop's motions shrink per step: roots of z^2 - (2 - f) z + 1 - f + f gain lambda_k."""
        f = self.follow
        root = np.sqrt(complex(f * f - 4.0 * f * self.gain * self.lambda_k))
        return np.array([(2.0 - f + root) / 2.0, (2.0 - f - root) / 2.0])

    @property
    def critical(self) -> float:
        """lambda_k above which the loop overshoots and swings: f / (4 gain)."""
        return self.follow / (4.0 * self.gain)

    @property
    def limit(self) -> float:
        """lambda_k from which on the swings grow: 1 / gain, whatever the lag."""
        return 1.0 / self.gain

    @property
    def stable(self) -> bool:
        """Whether every motion dies out."""
        return self.lambda_k < self.limit

    @property
    def oscillates(self) -> bool:
        """Whether motions swing around their end."""
        return self.lambda_k > self.critical

    @property
    def damping(self) -> float:
        """Damping ratio of the dominant motion: 1 and above without swings, 0 and below where they do not die out."""
        if not self.oscillates:
            return math.sqrt(self.critical / self.lambda_k)
        logarithm = np.log(self.poles[0])
        return float(-logarithm.real / abs(logarithm))

    @property
    def time_constant(self) -> float:
        """Steps in which the slowest motion (its envelope, where it swings) shrinks to 1/e; infinite if it does not."""
        largest = float(np.abs(self.poles).max())
        return -1.0 / math.log(largest) if largest < 1.0 else math.inf

    @property
    def period(self) -> float:
        """Steps per swing; infinite where the loop does not swing."""
        angle = abs(float(np.angle(self.poles[0])))
        return 2.0 * math.pi / angle if self.oscillates and angle else math.inf

    def describe(self) -> str:
        """The kind of motion, in words."""
        if not self.oscillates:
            return f"no swings, time constant {self.time_constant:,.0f} steps"
        if self.stable:
            return f"swings of {self.period:.0f} steps, damping {self.damping:.2f}"
        return f"swings that grow, as from λ_k = {self.limit:.2g} on"

    def step_response(
        self, steps: int, change: float, start: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The error and k - k_0 at steps 0 to `steps` - 1 after gamma L(x) jumped by `change` at step 0.

        Args:
            start: k_0. If given, k is kept in [0, 1] as the controller does; otherwise nothing is clamped.
        """
        error, moved = np.empty(steps), np.empty(steps)
        low, high = (-math.inf, math.inf) if start is None else (-start, 1.0 - start)
        y = kappa = 0.0
        for t in range(steps):
            error[t], moved[t] = change - y, kappa
            y, kappa = y + self.follow * (self.gain * kappa - y), kappa + self.lambda_k * (change - y)
            kappa = min(max(kappa, low), high)
        return error, moved

    def wobble(self, noise: float) -> float:
        """Standard deviation of k when each measured error carries independent noise of deviation `noise`.

        For a lag that is short against the loop it is close to noise sqrt(lambda_k / (2 gain)). Raises ValueError for
        a loop that is not stable.
        """
        if not self.stable:
            raise ValueError(f"lambda_k is {self.lambda_k:g}, at or above the limit {self.limit:g}: k does not settle.")
        enters = np.array([[0.0], [self.lambda_k * noise]])  # noise acts on k, and only through it on the networks
        return float(np.sqrt(solve_discrete_lyapunov(self.matrix, enters @ enters.T)[1, 1]))


def agreement(measured: NDArray[np.float64], predicted: NDArray[np.float64], within: float = 0.2) -> int:
    """For how many steps, from the first, a curve stays near its prediction.

    Raises ValueError for curves of different shapes.

    Args:
        measured, predicted: one value per step, of one shape.
        within: share of the largest measured move by which they may differ.
    """
    if measured.shape != predicted.shape:
        raise ValueError(f"found {measured.shape} and {predicted.shape}: expected two curves over the same steps.")
    apart = np.flatnonzero(np.abs(measured - predicted) > within * np.abs(measured).max())
    return int(apart[0]) if len(apart) else len(measured)


def lag_response(t: NDArray[np.float64], gain: float, lag: float) -> NDArray[np.float64]:
    """What a unit step of k has taken from the error after t steps: gain (1 - e^{-t / lag})."""
    return gain * -np.expm1(-t / lag)


def identify(fall: NDArray[np.float64], change: float, lambda_k: float) -> LinearLoop:
    """Gain and lag from an experiment in the open loop: k is held, and raised by `change` at step 0.

    Args:
        fall: error of the run whose k stayed, minus error of the run whose k was raised, at steps 0, 1, ...
        change: by how much k was raised.
        lambda_k: of the loop that is returned.

    Raises:
        ValueError: the error did not fall, so that there is nothing to fit.
    """
    if fall.ndim != 1 or len(fall) < 10:
        raise ValueError(f"the course of the fall has shape {fall.shape}: expected one value per step, at least 10.")
    settled = float(fall[len(fall) // 2 :].mean()) / change
    if not settled > 0:
        raise ValueError(
            f"the error did not fall when k was raised by {change:g} (it moved by {-settled * change:.4f}): raise k "
            "by more, or average more runs."
        )
    t = np.arange(len(fall), dtype=np.float64)
    (gain, lag), _ = curve_fit(
        lag_response, t, fall / change, p0=(settled, len(fall) / 10), bounds=((1e-9, 0.1), (np.inf, 10.0 * len(fall)))
    )
    return LinearLoop(float(gain), float(lag), lambda_k)
