"""What the browser makes of a slider's value that came from the kernel: the nearest of the slider's positions.

With ipywidgets 8 it tells the kernel that position, as if the reader had moved the slider there.
"""

from __future__ import annotations

import math

import ipywidgets

__all__ = ["only_rounded"]

Slider = ipywidgets.FloatSlider | ipywidgets.FloatLogSlider
NEAR = 1e-3  # of a step: the browser counts in percent of the slider's length, and faces are of float32


def only_rounded(slider: Slider, before: float, new: float) -> bool:
    """Whether `new` is no move, but the position nearest to the value `before`; with a FloatLogSlider both are > 0."""
    if isinstance(slider, ipywidgets.FloatLogSlider):
        before, new = math.log(before, slider.base), math.log(new, slider.base)
    place, moved = (new - slider.min) / slider.step, (new - before) / slider.step
    return abs(place - round(place)) < NEAR and abs(moved) < 0.5 + NEAR
