"""The measures of one head: landmarks in head axes, and the ellipsoids whose smooth union is its surface."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from began_lib.faces.factors import FACTORS, Factors
from began_lib.faces.falloff import per_face, smoothstep
from began_lib.faces.geometry import View, band, solids

__all__ = ["NOSE", "SEAMS", "TILTS", "Anatomy", "Numbers", "reach"]

# The head's ellipsoids: skull, face, chin, both jaws, and the nose's bridge, tip and wings.
TILTS = [0.0, 0.0, 0.0, 0.0, 0.0, -0.30, 0.0, 0.0, 0.0]  # about the head's x axis, in radians
SEAMS = [0.20, 0.16, 0.20, 0.20, 0.12, 0.10, 0.05, 0.05]  # softness of the seam of each but the first
NOSE = 4  # of them are the nose's


class Numbers:
    """The factors of n faces as (n, 1, 1), ready to combine with fields, and masks of levels; made when asked for.

    The numbers of some `faces` are cut out of those of the `whole` batch, which are made once.
    """

    def __init__(self, whole: Factors | Numbers, faces: Tensor | slice | None = None) -> None:
        self._whole, self._faces = whole, faces
        self._made: dict[tuple[str, ...], Tensor] = {}

    def pick(self, faces: Tensor | slice) -> Numbers:
        """The numbers of some `faces` (indices) alone."""
        return Numbers(self, faces)

    def __getattr__(self, name: str) -> Tensor:
        number = per_face(self.column(name)) if self._faces is None else getattr(self._whole, name)[self._faces]
        setattr(self, name, number)
        return number

    def column(self, name: str) -> Tensor:
        """Factor `name` as the table has it, (n,), float32 or, for levels, int64."""
        if self._faces is None:
            return getattr(self._whole, name)
        if (name,) not in self._made:
            self._made[name,] = self._whole.column(name)[self._faces]
        return self._made[name,]

    def level(self, name: str, *levels: str) -> Tensor:
        """1 where factor `name` has one of `levels`, else 0; (n, 1, 1)."""
        if (name, *levels) not in self._made:
            if self._faces is None:
                indices = [FACTORS[name].levels.index(level) for level in levels]
                mask = per_face(sum(self.column(name) == index for index in indices))
            else:
                mask = self._whole.level(name, *levels)[self._faces]
            self._made[name, *levels] = mask
        return self._made[name, *levels]

    def worn(self, name: str) -> Tensor:
        """Indices of the faces whose factor `name` is not its first level, "none"."""
        return self.column(name).nonzero()[:, 0]


@dataclass
class Anatomy:
    """Landmarks of n heads, each (n, 1, 1), in head axes."""

    masculine: Tensor  # -1 to 1
    old: Tensor  # 0 to 1 over adult life
    width: Tensor  # of the whole head, around 1
    eye_x: Tensor
    eye_y: Tensor
    eye_half: Tensor  # half the width of an eye
    brow_y: Tensor
    nose_y: Tensor  # where the nose meets the lip
    nose_half: Tensor
    nose_tip_z: Tensor
    mouth_y: Tensor
    mouth_half: Tensor
    chin_y: Tensor
    smile: Tensor  # -1 to 1: bared teeth lift the corners of the mouth

    @classmethod
    def of(cls, f: Numbers) -> Anatomy:
        """Landmarks from the factors."""
        masculine = 2.0 * f.presentation - 1.0
        old = smoothstep(28.0, 85.0, f.age)
        smile = (f.smile + 0.45 * f.level("mouth", "teeth")).clamp(max=1.0)
        width = 1.0 + 0.045 * f.face_width
        eye_y = 0.19 + 0.0 * f.age
        nose_y = -0.235 - 0.042 * f.nose_length - 0.02 * f.face_length - 0.02 * old
        mouth_y = nose_y - 0.225 - 0.018 * f.face_length - 0.012 * masculine - 0.01 * old
        return cls(
            masculine=masculine,
            old=old,
            width=width,
            eye_x=(0.325 + 0.018 * f.eye_spacing) * width,
            eye_y=eye_y,
            eye_half=(0.162 - 0.009 * masculine) * (1.0 + 0.07 * f.eye_size),
            brow_y=eye_y + 0.195 - 0.020 * masculine + 0.024 * f.brow_height,
            nose_y=nose_y,
            nose_half=(0.163 + 0.013 * masculine) * (1.0 + 0.13 * f.nose_width),
            nose_tip_z=1.09 + 0.025 * f.nose_bridge + 0.02 * old,
            mouth_y=mouth_y,
            mouth_half=(0.255 + 0.006 * masculine) * (1.0 + 0.08 * f.mouth_width) + 0.035 * smile.clamp(min=0.0),
            smile=smile,
            chin_y=mouth_y - 0.375 - 0.036 * f.face_length - 0.02 * masculine,
        )

    def head(self, f: Numbers) -> Tensor:
        """Ellipsoids (n, 9, 6) whose smooth union is the head without ears, in the order of `TILTS` and `SEAMS`."""
        m, w = self.masculine, self.width
        full, jaw, chin = f.fullness, f.jaw, f.chin
        skull_top = 0.81 + 0.04 * f.forehead
        jaw_y = self.mouth_y + 0.10
        jaw_x = (0.325 + 0.036 * m + 0.042 * jaw + 0.034 * full) * w
        bottom = self.chin_y + 0.19
        face_y = self.chin_y * 0.5 + 0.25
        face_wide = (0.585 + 0.018 * m + 0.034 * full + 0.006 * f.cheekbones) * w
        wing_x, wing_y = self.nose_half - 0.07, self.nose_y + 0.055
        tip_y = self.nose_y + 0.085 + 0.02 * f.nose_tip
        bridge_y = (tip_y + self.eye_y) * 0.5 + 0.04
        parts = [
            ([0.0, 0.42, 0.0], [0.745 * w, skull_top, 0.95]),
            ([0.0, face_y, 0.25], [face_wide, face_y - self.chin_y - 0.02, 0.67]),
            ([0.0, bottom, 0.62 + 0.025 * chin], [0.180 + 0.040 * m + 0.030 * jaw, 0.185, 0.24]),
            ([jaw_x, jaw_y, 0.24], [0.15, 0.25, 0.34]),
            ([-jaw_x, jaw_y, 0.24], [0.15, 0.25, 0.34]),
            ([0.0, bridge_y, 0.895 + 0.02 * f.nose_bridge], [0.10 + 0.006 * m, 0.27, 0.12]),
            ([0.0, tip_y, self.nose_tip_z - 0.14], [0.105 * (1 + 0.05 * f.nose_width), 0.09, 0.125]),
            ([wing_x, wing_y, 0.955], [0.075, 0.068, 0.10]),
            ([-wing_x, wing_y, 0.955], [0.075, 0.068, 0.10]),
        ]
        return solids(parts, f.age)


def reach(head: Tensor, view: View) -> list[slice]:
    """Rows in which the seam of each ellipsoid of `head` may be felt."""
    bottom, jaw_y, bridge_y, tip_y, wing_y = (head[:, part, 1, None, None] for part in (2, 3, 5, 6, 7))
    everywhere = slice(None)
    # Margins beyond the ellipsoids: further away their seams are not felt.
    chin_rows = band(view, -9.0, bottom + 0.45, 0.5, 0.2, 1.1)
    jaw_rows = band(view, -9.0, jaw_y + 0.50, 0.8, -0.3, 0.8)
    bridge_rows = band(view, bridge_y - 0.50, bridge_y + 0.50, 0.25, 0.7, 1.1)
    nose_rows = band(view, wing_y - 0.22, tip_y + 0.24, 0.32, 0.75, 1.3)
    return [everywhere, everywhere, chin_rows, jaw_rows, jaw_rows, bridge_rows, nose_rows, nose_rows, nose_rows]
