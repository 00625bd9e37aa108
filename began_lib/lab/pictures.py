"""The lab's drawings of one moment: points on their landscape, or grids of images; and stills of a recording."""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from began_lib.data.pixels import encode, tile
from began_lib.figures.kept import KeptFigure
from began_lib.figures.plane import LEVELS
from began_lib.figures.plots import BLACK, FAKE, REAL, SKY
from began_lib.lab.course import CoursePicture
from began_lib.lab.recording import Recording
from began_lib.plane import EXTENT

PICTURE_SIZE = 540  # pixels, of the square picture of samples or points
HEAD, GAP = 22, 10  # of the picture of four grids: its titles, and what lies between
GRIDS = ("G(z)", "D(G(z))", "x, held out", "D(x)")  # titles of a picture of images
IN_THE_PLANE = "in the plane"  # in the names of data whose pictures show points
CAPTION = 17  # pixels, above the parts of a still
SPOT = 0.04  # standard deviation of generated points below which a ring shows where they all are
FORCE = 0.2  # length of an arrow for a force of 1, in the plane's own units


class PointsPicture(KeptFigure):
    """Real and generated points on the landscape L(v), each joined by a line to its reconstruction.

    Where all generated points have fallen onto one spot, a ring surrounds it: it would hardly be seen.
    """

    def __init__(self) -> None:
        side = PICTURE_SIZE / 96
        super().__init__((side, side))
        axes = self.figure.add_axes((0.05, 0.02, 0.90, 0.90))
        axes.set(xlim=(-EXTENT, EXTENT), ylim=(-EXTENT, EXTENT), xticks=[], yticks=[])
        axes.grid(False)
        left, bottom, right, top = (round(edge) for edge in axes.bbox.extents)
        self._area = slice(PICTURE_SIZE - top, PICTURE_SIZE - bottom), slice(left, right)
        bands = np.linspace(0, 255, len(LEVELS)).astype(int)  # the last for all that lies above the levels
        self._greys = colormaps["Greys"](bands, bytes=True).view(np.uint32)[:, 0]  # RGBA in one number
        self._rebuilt = [axes.plot([], [], color=colour, linewidth=0.6, animated=True)[0] for colour in (SKY, FAKE)]
        points = {"linestyle": "", "animated": True}
        (self._real,) = axes.plot([], [], marker=".", color=REAL, markersize=4, **points)
        (self._generated,) = axes.plot([], [], marker="x", color=FAKE, markersize=5, **points)
        ring = {"marker": "o", "markersize": 17, "fillstyle": "none", "markeredgewidth": 2}
        (self._spot,) = axes.plot([], [], color=FAKE, **ring, **points)
        self._spot.set_path_effects([withStroke(linewidth=4, foreground="white")])
        (self._forces,) = axes.plot([], [], color=BLACK, linewidth=1.0, animated=True)
        self._forces.set_path_effects([withStroke(linewidth=2.6, foreground="white")])  # legible on black ground too
        for x, colour, text in ((0.05, REAL, "• real x"), (0.21, FAKE, "× generated G(z)")):
            self.figure.text(x, 0.945, text, color=colour, fontsize=10.5)
        self.figure.text(0.50, 0.945, "— to D(·)    darker: larger L(v)", fontsize=10.5)

    def render(
        self,
        heights: NDArray[np.float32],
        real: Tensor,
        rebuilt_real: Tensor,
        generated: Tensor,
        rebuilt: Tensor,
        forces: Tensor | None = None,
    ) -> bytes:
        """The picture as a JPEG. Heights (n, n) as `plane.landscape` gives them, all points (N, 2).

        `forces` are drawn as arrows from the first generated points, as many as there are, (M, 2).
        """
        # Clipped, so that a run that explodes is drawn like any other.
        per_height = (len(LEVELS) - 1) / LEVELS[-1]  # the levels begin at 0 and are equally far apart
        self._bands = np.nan_to_num(heights * per_height, nan=1e3).clip(0, 1e3).astype(np.float32)
        for lines, start, end in zip(self._rebuilt, (real, generated), (rebuilt_real, rebuilt), strict=True):
            # One line with gaps in place of hundreds: a quarter of the time.
            pairs = np.stack([start.numpy(), end.numpy(), np.full(start.shape, np.nan)], axis=1)
            lines.set_data(*pairs.reshape(-1, 2).clip(-100, 100).T)
        self._real.set_data(*real.T.numpy())
        self._generated.set_data(*generated.T.numpy().clip(-100, 100))
        fallen = generated.std(0).max() < SPOT
        self._spot.set_data(*generated.mean(0, keepdim=True).T.numpy() if fallen else ([], []))
        self._forces.set_data(*_arrows(generated[: len(forces)], forces) if forces is not None else ([], []))
        return self.draw((*self._rebuilt, self._real, self._generated, self._spot, self._forces), quality=72)

    def _paint_ground(self, pixels: NDArray[np.uint8]) -> None:
        # By hand: `imshow` takes eight times as long for the same bands of grey.
        area = pixels[self._area]
        size = area.shape[1], area.shape[0]
        smooth = np.asarray(Image.fromarray(self._bands[::-1]).resize(size, Image.Resampling.BILINEAR))
        area[:] = self._greys[smooth.clip(0, len(self._greys) - 1).astype(np.uint8)].view(np.uint8).reshape(area.shape)


def _arrows(at: Tensor, forces: Tensor) -> NDArray[np.float32]:
    """All arrows as one line with gaps, (2, 6 M): a shaft and two barbs each."""
    start, shaft = at.numpy().clip(-100, 100), FORCE * np.nan_to_num(forces.numpy()).clip(-10, 10)
    end, across = start + shaft, 0.15 * shaft[:, ::-1] * (1, -1)
    gap = np.full_like(start, np.nan)
    parts = (start, end, end - 0.3 * shaft + across, end, end - 0.3 * shaft - across, gap)
    return np.stack(parts, axis=1).reshape(-1, 2).T


def _place(number: int, whole: int) -> tuple[int, int, int]:
    """Left, top and side of a grid, below its title, in the square picture of four, so many pixels wide."""
    side = (whole - GAP) // 2 - HEAD
    return (number % 2) * (whole + GAP) // 2, (number // 2) * (side + HEAD + GAP) + HEAD, side


def grids_picture(grids: dict[str, Tensor]) -> bytes:
    """Four grids of images (N, C, S, S), two by two, each under its title, as a square JPEG."""
    canvas = Image.new("RGB", (PICTURE_SIZE, PICTURE_SIZE), "white")
    draw, font = ImageDraw.Draw(canvas), ImageFont.load_default(16)
    for number, (title, images) in enumerate(grids.items()):
        left, top, side = _place(number, PICTURE_SIZE)
        draw.text((left, top - HEAD), title, "black", font)
        grid = Image.fromarray(tile(images.clamp(-1, 1), gap=1)).resize((side, side), Image.Resampling.BICUBIC)
        canvas.paste(grid, (left, top))
    return encode(np.asarray(canvas), quality=80)


def filmstrip(recording: Recording, moments: Sequence[int], width: int = 990) -> bytes:
    """Still frames of a recording nearest to some steps, side by side, and its whole course below, as a JPEG.

    Raises ValueError without a step, or where the recording holds no frame.
    """
    if not moments:
        raise ValueError("no moments: expected at least one step whose frame is to be shown.")
    frames = [recording.frames[recording.nearest(step)] for step in moments]
    last = recording.frames[-1]
    whole = CoursePicture(whole=True)
    below = whole.render(recording.steps, recording.marks, last.losses_real, last.losses_fake)
    course = Image.open(io.BytesIO(below))
    course = course.resize((width, course.height * width // course.width), Image.Resampling.LANCZOS)
    side = (width - 8 * (len(frames) - 1)) // len(frames)
    draw_still = _still_of_points if IN_THE_PLANE in str(recording.about.get("data", "")) else _still_of_grids
    stills = [draw_still(Image.open(io.BytesIO(frame.picture)), side) for frame in frames]
    canvas = Image.new("RGB", (width, 20 + stills[0].height + 8 + course.height), "white")
    for number, (frame, still) in enumerate(zip(frames, stills, strict=True)):
        left = number * (side + 8)
        ImageDraw.Draw(canvas).text((left, 0), f"step {frame.step}", "black", ImageFont.load_default(14))
        canvas.paste(still, (left, 20))
    canvas.paste(course, (0, canvas.height - course.height))
    return encode(np.asarray(canvas), quality=85)


def _still_of_points(picture: Image.Image, side: int) -> Image.Image:
    """The plane of a picture of points, so many pixels wide, under words that can be read at that size."""
    still = Image.new("RGB", (side, CAPTION + side), "white")
    area = tuple(picture.width * share for share in (0.05, 0.08, 0.95, 0.98))
    still.paste(picture.crop(area).resize((side, side), Image.Resampling.LANCZOS), (0, CAPTION))
    draw, font = ImageDraw.Draw(still), ImageFont.load_default(12)
    for x, colour, text in ((0, REAL, "real x"), (50, FAKE, "G(z)"), (90, "black", "lines: to D(·)")):
        draw.text((x, 0), text, colour, font)
    return still


def _still_of_grids(picture: Image.Image, side: int) -> Image.Image:
    """The four grids of a picture, so many pixels wide together, under titles that can be read at that size."""
    small = (side - 6) // 2
    still = Image.new("RGB", (side, 2 * (CAPTION + small)), "white")
    draw, font = ImageDraw.Draw(still), ImageFont.load_default(12)
    for number, title in enumerate(GRIDS):
        left, top, grid_side = _place(number, picture.width)
        grid = picture.crop((left, top, left + grid_side, top + grid_side)).resize((small, small))
        at = (number % 2) * (side - small), (number // 2) * (small + CAPTION)
        draw.text(at, title, "black", font)
        still.paste(grid, (at[0], at[1] + CAPTION))
    return still
