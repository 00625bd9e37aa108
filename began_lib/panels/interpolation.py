"""Figure 4 under a slider: two faces, the path between their codes, and the reader's own face as an end.

`InterpolationPanel` draws and knows no widget; `InterpolationControls` is the thin layer of ipywidgets on it, for 7.7.1
and 8.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import ipywidgets
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from began_lib.data import PictureError, to_unit_range
from began_lib.data.pictures import check_header, common_white, decode
from began_lib.data.pixels import encode, tile
from began_lib.equilibrium import reconstruction_loss
from began_lib.latent import PATHS, invert, smoothness
from began_lib.models import Discriminator, Generator, sample_z
from began_lib.panels.controls import PanelControls

__all__ = ["Face", "InterpolationControls", "InterpolationPanel", "read_face", "uploaded_files"]

WIDTH = 960  # pixels of the widget
_MARK = np.array([213, 94, 0], np.uint8)  # the orange of `plots.FAKE`
_GAP = 2


@dataclass(frozen=True)
class Face:
    """A real image and the code that was found for it."""

    image: Tensor  # x_r, (C, H, W) in [-1, 1]
    code: Tensor  # z_r, (latent,)
    error: float  # e_r


def read_face(content: bytes, size: int, channels: int = 3) -> Tensor:
    """A picture file as an image of the data sets: upright, its largest centred square, (C, size, size) in [-1, 1].

    Raises PictureError with the reason for a file that is no picture, is broken, too small or too large.
    """
    check_header(content, size)
    return to_unit_range(decode(content, size, channels, white=common_white([content])))


def uploaded_files(value: Any) -> list[tuple[str, bytes]]:
    """Name and content of each file in `FileUpload.value`: a tuple of dicts in ipywidgets 8, a dict by name in 7."""
    if isinstance(value, Mapping):
        return [(name, bytes(file["content"])) for name, file in value.items()]
    return [(file["name"], bytes(file["content"])) for file in value]


class InterpolationPanel:
    """A row of faces along a path in z between two real faces, and one face of the path, large; knows no widget.

    Args:
        generator: G.
        discriminator: D, for L(G(z)).
        faces: at least two real images with their codes, by name; :meth:`add` gives it more.
        columns: generated faces in the row.
        steps: of the search for the code of a face that is added.
        starts: of that search.

    Raises:
        ValueError: fewer than two faces or three columns.
    """

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        faces: Mapping[str, Face],
        columns: int = 16,
        steps: int = 60,
        starts: int = 3,
    ) -> None:
        if len(faces) < 2 or columns < 3:
            raise ValueError(f"expected at least 2 faces and 3 columns, found {len(faces)} and {columns}.")
        self.generator, self.discriminator = generator, discriminator
        self.faces = {  # where the networks are
            name: replace(face, image=face.image.to(self._device), code=face.code.to(self._device))
            for name, face in faces.items()
        }
        self.columns, self.steps, self.starts = columns, steps, starts
        self.first, self.last = list(self.faces)[:2]
        self.path, self.position = "straight", 0.0
        self._row_of: tuple[str, str, str] | None = None

    def set(self, name: str, value: str | float) -> None:
        """Choose a face as `first` or `last`, a `path`, or the `position` on it.

        Raises KeyError for another name or an unknown face, ValueError for an unknown path or a position outside
        [0, 1].
        """
        if name in ("first", "last"):
            if value not in self.faces:
                raise KeyError(f"no face {value!r}: expected one of {', '.join(self.faces)}.")
            setattr(self, name, value)
        elif name == "path":
            if value not in PATHS:
                raise ValueError(f"no path {value!r}: expected one of {', '.join(PATHS)}.")
            self.path = str(value)
        elif name == "position":
            if not 0 <= float(value) <= 1:  # also refuses NaN
                raise ValueError(f"position is {value!r}: expected a number in [0, 1].")
            self.position = float(value)
        else:
            raise KeyError(f"no control {name!r}: expected first, last, path or position.")

    def add(self, name: str, image: Tensor) -> None:
        """Search the codes of an image (C, H, W) in [-1, 1] and of its mirror image, and add both as faces.

        Raises ValueError for an image of another shape than G's.
        """
        a = self.generator.architecture
        if image.shape != (a.channels, a.size, a.size):
            raise ValueError(
                f"expected an image of shape {(a.channels, a.size, a.size)}, found {tuple(image.shape)}: read_face "
                "brings a file to the generator's size."
            )
        pair = torch.stack([image, image.flip(-1)]).to(self._device)
        starts = sample_z(2 * self.starts, a.latent, torch.Generator().manual_seed(0)).view(2, self.starts, a.latent)
        found = invert(self.generator, pair, starts.to(self._device), self.steps, learning_rate=0.3)
        names = (name, f"{name}, mirrored")
        for key, x, z, e in zip(names, pair, found.best, found.error.tolist(), strict=True):
            self.faces[key] = Face(x, z, e)
        self._row_of = None

    @property
    def _device(self) -> torch.device:
        return next(self.generator.parameters()).device

    @torch.no_grad()
    def row(self) -> Tensor:
        """G along the path, (columns, C, H, W); kept until an end or the path changes."""
        if self._row_of != (self.first, self.last, self.path):
            t = torch.linspace(0, 1, self.columns)
            self._row = self.generator(self._codes(t))
            self._row_of = (self.first, self.last, self.path)
        return self._row

    @torch.no_grad()
    def current(self) -> Tensor:
        """G(z) at the slider's position, (C, H, W)."""
        return self.generator(self._codes(torch.tensor([self.position])))[0]

    def _codes(self, t: Tensor) -> Tensor:
        return PATHS[self.path](self.faces[self.first].code, self.faces[self.last].code, t)

    @torch.no_grad()
    def describe(self) -> str:
        """The numbers of the picture, in words."""
        first, last = self.faces[self.first], self.faces[self.last]
        here = self.current()[None]
        parts = [
            "large: " + " | ".join(self._large()),
            f"e_r {first.error:.3f} (left) and {last.error:.3f} (right)",
            f"L(G(z)) here {float(reconstruction_loss(here, self.discriminator(here))):.3f}",
        ]
        if self.first == self.last:
            parts.append("both ends are one face: the path has no steps")
        else:
            parts.append(f"largest step / mean step {smoothness(self.row()):.2f}")
        outside = float((self._codes(torch.tensor([self.position])).abs() > 1).float().mean())
        parts.append(f"{outside:.0%} of z outside the cube" if outside else "z in the cube")
        return "; ".join(parts)

    def _large(self) -> dict[str, Tensor]:
        """What is shown enlarged, by its words: at an end of the path the face there and its G(z_r), else three."""
        names = {
            "first": self.first,
            "here": f"G(z) at t = {self.position:.2f}",
            "last": self.last if self.last != self.first else f"{self.last} again",
        }
        images = {"first": self.faces[self.first].image, "here": self.current(), "last": self.faces[self.last].image}
        if self.position in (0, 1):
            names["here"] = f"its G(z_r), t = {self.position:.0f}"
            del images["last" if self.position == 0 else "first"]
        return {names[key]: image for key, image in images.items()}

    def render(self) -> bytes:
        """The picture as a JPEG: the row between the two real images, a mark, and what is looked at enlarged.

        At the ends of the path that is the real face beside its G(z_r), between them G(z) between both faces.
        """
        first, last = self.faces[self.first].image, self.faces[self.last].image
        row = tile(torch.cat([first[None], self.row(), last[None]]), columns=self.columns + 2, gap=_GAP)
        size = first.shape[-1]
        scale = max(1, round(64 / size))
        row = _enlarge(row, scale)
        cell = scale * (size + _GAP)
        mark = np.full((8, row.shape[1], 3), 255, np.uint8)
        centre = round(cell * (1 + self.position * (self.columns - 1)) + scale * size / 2)
        mark[2:6, max(0, centre - cell // 4) : centre + cell // 4] = _MARK
        shown = torch.stack(list(self._large().values()))
        large = _enlarge(tile(shown, columns=len(shown), gap=_GAP), 3 * scale)
        canvas = np.full((len(row) + len(mark) + len(large), row.shape[1], 3), 255, np.uint8)
        canvas[: len(row)], canvas[len(row) : len(row) + len(mark)] = row, mark
        width = min(large.shape[1], canvas.shape[1])
        left = (canvas.shape[1] - width) // 2
        canvas[len(row) + len(mark) :, left : left + width] = large[:, :width]
        return encode(canvas, quality=88)


def _enlarge(picture: NDArray[np.uint8], scale: int) -> NDArray[np.uint8]:
    return picture.repeat(scale, axis=0).repeat(scale, axis=1)


class InterpolationControls(PanelControls):
    """The panel's widgets: two pickers, the path, a slider along it, and an upload of the reader's own face.

    `controls` holds the dropdowns `first`, `last` and `path` and the slider `position`, `picture` the image, `note` the
    numbers or what was wrong with an upload.
    """

    def __init__(self, panel: InterpolationPanel) -> None:
        super().__init__(panel, "interpolation", width=WIDTH)
        self.note = ipywidgets.HTML(html.escape(panel.describe()))
        choices = {"first": ("from", panel.faces), "last": ("to", panel.faces), "path": ("path", PATHS)}
        for name, (text, options) in choices.items():
            picker = ipywidgets.Dropdown(options=list(options), value=getattr(panel, name), description=text)
            self.connect(name, picker, partial(panel.set, name))
        pickers = ipywidgets.HBox(list(self.controls.values()))
        slider = ipywidgets.FloatSlider(
            value=panel.position, min=0, max=1, step=0.01, description="position t", layout={"width": "470px"}
        )
        self.connect("position", slider, partial(panel.set, "position"))
        self.upload = ipywidgets.FileUpload(accept="image/*", multiple=False, description="Your own face")
        self.upload.observe(self.on_upload, "value")
        self.children = [self.picture, pickers, ipywidgets.HBox([slider, self.upload]), self.note]

    def show(self) -> None:
        """The panel as it is now, and its numbers."""
        super().show()
        self.note.value = html.escape(self.panel.describe())

    def on_upload(self, change: dict[str, Any]) -> None:
        """A file was chosen: search its code and make it the first end; or say why it cannot be used."""
        with self._lock:
            a = self.panel.generator.architecture
            for name, content in uploaded_files(change["new"]):
                try:
                    image = read_face(content, a.size, a.channels)
                except PictureError as error:
                    self.note.value = f"<b>{html.escape(name)} cannot be used:</b> {html.escape(str(error))}."
                    continue
                self.note.value = f"Searching the code of {html.escape(name)} ..."
                self.panel.add(name, image)
                self.act(self._offer, name)
            # Emptied, so that the same file chosen once more is a change. Its value is read-only in ipywidgets 7.
            self.upload.set_trait("value", type(change["new"])())

    def _offer(self, name: str) -> None:
        """Bring new faces into both pickers, put `name` at the start of the path, and go there: you | G(z_r)."""
        self.panel.set("first", name)
        self.panel.set("position", 0.0)
        with self.following():
            self.controls["position"].value = 0.0
            for end in ("first", "last"):
                # Setting the options moves the picker to the first of them, so its value is set again.
                self.controls[end].options = list(self.panel.faces)
                self.controls[end].value = getattr(self.panel, end)
