"""Draw data/lab.webp, the README's moving picture: the live lab in the plane, whose γ is lowered on the way.

python -m tools.notebooks.lab_film
"""

import io

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from began_lib.data.pixels import encode_film
from began_lib.lab import Lab
from began_lib.machine.storage import atomic_write
from tools.notebooks.suite import REPOSITORY

WIDTH, HEIGHT = 800, 296  # pixels
STEPS, EACH = 360, 15  # of the training, and between two frames
LOWERED = {240: 0.3}  # γ from that step on


def frame(lab: Lab) -> NDArray[np.uint8]:
    """What the panel shows now: the picture and, beside it, the curves, (HEIGHT, WIDTH, 3)."""
    picture, course = (Image.open(io.BytesIO(jpeg)).convert("RGB") for jpeg in lab.render())
    canvas = Image.new("RGB", (WIDTH, HEIGHT), "white")
    picture.thumbnail((HEIGHT, HEIGHT), Image.Resampling.LANCZOS)
    course.thumbnail((WIDTH - picture.width - 10, HEIGHT), Image.Resampling.LANCZOS)
    canvas.paste(picture, (0, 0))
    canvas.paste(course, (picture.width + 10, 0))
    return np.asarray(canvas)


def main() -> None:
    """Train in the plane, a frame every few steps."""
    torch.set_num_threads(1)
    lab, frames = Lab("horseshoe (points in the plane)", seed=1), []
    for step in range(0, STEPS, EACH):
        if step in LOWERED:
            lab.set("gamma", LOWERED[step])
        lab.step(EACH)
        frames.append(frame(lab))
    with atomic_write(REPOSITORY / "data" / "lab.webp") as file:
        file.write(encode_film([*frames, *[frames[-1]] * 8], "WEBP", milliseconds=150))


if __name__ == "__main__":
    main()
