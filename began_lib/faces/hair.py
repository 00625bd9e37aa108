"""Hair: a cap over the skull and, where it is long, a curtain around the neck, each before and behind the head."""

from __future__ import annotations

from dataclasses import astuple, dataclass

import torch
from torch import Tensor

from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.factors import FACTORS
from began_lib.faces.geometry import Ellipsoids, View, cover, ridge, smoothstep
from began_lib.faces.light import Light
from began_lib.faces.surface import hue_colour, mix, pick
from began_lib.faces.texture import draws, mottle, strand

__all__ = ["Hair", "hair_colour"]

COLOURS = {"black": (0.11, 0.09, 0.085), "dark_brown": (0.21, 0.145, 0.11), "brown": (0.36, 0.245, 0.17),
           "red": (0.52, 0.25, 0.14), "dark_blond": (0.55, 0.43, 0.29), "blond": (0.78, 0.65, 0.45)}  # fmt: skip


@dataclass(frozen=True)
class Style:
    """How a style is built; lengths in head units."""

    top: float  # thickness over the crown
    sides: float  # thickness at the temples
    length: float  # how far below the eyes the curtain hangs; 0 for none
    curtain: float  # half-width of the curtain
    fringe: float  # how far hair falls over the forehead
    curl: float  # size of the curls, 0 for straight
    swept: float  # 1 combed back, 0 combed to the sides
    density: float  # how much skin it hides
    crown: float  # 1 where the crown is covered, 0 where it is bald


STYLES = {
    "bald": Style(0.0, 0.0, 0.0, 0.8, 0.0, 0.0, 0.0, 0.0, 1.0),
    "balding": Style(0.03, 0.035, 0.0, 0.8, 0.0, 0.1, 0.5, 0.85, 0.0),
    "buzz": Style(0.015, 0.008, 0.0, 0.8, 0.0, 0.0, 0.5, 0.72, 1.0),
    "short": Style(0.08, 0.02, 0.0, 0.8, 0.0, 0.15, 0.3, 0.97, 1.0),
    "side_part": Style(0.12, 0.03, 0.0, 0.8, 0.0, 0.0, 0.0, 0.98, 1.0),
    "swept_back": Style(0.14, 0.03, 0.0, 0.8, 0.0, 0.05, 1.0, 0.98, 1.0),
    "curly": Style(0.17, 0.12, 0.0, 0.8, 0.08, 0.6, 0.3, 0.98, 1.0),
    "afro": Style(0.38, 0.34, 0.0, 0.8, 0.02, 1.0, 0.3, 0.99, 1.0),
    "fringe": Style(0.11, 0.09, 0.95, 0.88, 0.24, 0.0, 1.0, 0.98, 1.0),
    "bob": Style(0.11, 0.10, 0.85, 0.95, 0.06, 0.05, 0.0, 0.98, 1.0),
    "long": Style(0.10, 0.08, 2.5, 0.93, 0.0, 0.0, 0.0, 0.98, 1.0),
    "wavy": Style(0.14, 0.12, 2.5, 1.02, 0.04, 0.45, 0.0, 0.98, 1.0),
    "tied": Style(0.06, 0.025, 0.0, 0.8, 0.0, 0.0, 1.0, 0.98, 1.0),
}


def hair_colour(f: Numbers) -> tuple[Tensor, Tensor]:
    """Linear colour of the hair, greyed by age, and of what covers it, both (n, 3, 1, 1)."""
    table = torch.tensor([COLOURS[name] for name in FACTORS["hair_colour"].levels], device=f.age.device)
    rgb = table[f.factors.hair_colour][:, :, None, None] * (1.0 + 0.10 * f.hair_shade[:, None])
    onset = 24.0 * (draws(f.factors.noise_seed, 2, 1)[0] - 0.5)
    grey = smoothstep(42.0, 72.0, f.age + onset)[:, None]
    silver = (
        torch.tensor([0.64, 0.63, 0.62], device=rgb.device).view(1, 3, 1, 1)
        * (0.80 + 0.25 * grey)
        * (1.0 - 0.35 * f.skin_tone[:, None])
    )
    dyed = mix(rgb, silver, grey * 0.92).square()
    cloth = hue_colour(f.clothes_hue + 0.07, 0.42 - 0.2 * f.clothes_light, 0.15 + 0.65 * f.clothes_light)
    return dyed, mix(dyed, cloth, f.level("headwear", "headscarf", "beanie")[:, None])


@dataclass
class Sheet:
    """One visible side of a volume of hair: where it is, how much of a pixel it hides, how it is lit."""

    share: Tensor
    shade: Tensor  # factor on the hair's colour
    gloss: Tensor | None  # added light


class Hair:
    """The hair of n heads as seen through every pixel."""

    def __init__(self, f: Numbers, body: Anatomy, view: View, ellipsoids: Ellipsoids, light: Light, size: int) -> None:
        styles = torch.tensor([astuple(STYLES[name]) for name in FACTORS["hair_style"].levels], device=f.age.device)
        (self.top, self.sides, self.length, self.curtain, self.fringe, self.curl, self.swept, self.density,
         self.crown) = (column[:, None, None] for column in styles[f.factors.hair_style].T)  # fmt: skip
        scarf, hat = f.level("headwear", "headscarf"), f.level("headwear", "beanie")
        self.cloth, self.hat, self.scarf = scarf + hat, hat, scarf
        for name, worn in (
            ("top", 0.10),
            ("sides", 0.07),
            ("fringe", 0.0),
            ("curl", 0.0),
            ("swept", 1.0),
            ("crown", 1.0),
        ):
            setattr(self, name, getattr(self, name) + (worn - getattr(self, name)) * self.cloth)
        self.density = torch.maximum(self.density, self.cloth)
        self.length = self.length + (2.5 - self.length) * scarf
        self.curtain = self.curtain + (0.90 - self.curtain) * scarf
        self.f, self.body, self.view, self.light, self.size = f, body, view, light, size
        volume = 1.0 + 0.22 * f.hair_volume
        top, sides = self.top * volume, self.sides * volume
        self.line = (
            0.765
            + 0.035 * f.forehead
            + 0.025 * f.hairline
            + 0.05 * body.old * f.presentation
            + 0.035 * body.masculine
            - self.fringe
        )
        self.cap_centre = [0.0, 0.42 + 0.35 * top, -0.03]
        self.cap_radii = [0.75 * body.width + sides, 0.84 + 0.04 * f.forehead + 0.72 * top, 0.965 + 0.4 * top]
        self.cap = ellipsoids.form(self.cap_centre, self.cap_radii)
        self.long_centre = [0.0, -0.20, -0.10]
        self.long_radii = [self.curtain * (1.0 + 0.04 * f.hair_volume) * body.width, 1.35 + 0.0 * top, 0.80 + 0.0 * top]
        self.long = ellipsoids.form(self.long_centre, self.long_radii)
        self.shift = draws(f.factors.noise_seed, 3, 3) * 4.0

    def _rough(self, x: Tensor, y: Tensor) -> Tensor:
        """Unevenness of an edge: curls, or single strands."""
        lumps = mottle(x * 0.8 + self.shift[0], y * 0.8 + self.shift[1], self.size)
        return lumps * (0.03 + 0.16 * self.curl) * (1.0 - self.cloth)

    def _light(
        self, point: tuple[Tensor, Tensor, Tensor], centre: list, radii: list, across: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Factor on the colour and gloss at `point` (head axes) on an ellipsoid, with strands apart along `across`."""
        n = [(p - c) / (r * r) for p, c, r in zip(point, centre, radii, strict=True)]
        length = (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt_().add_(1e-6)
        lx, ly, lz = (self.light.in_head[:, i, None, None] for i in range(3))
        facing = (n[0] * lx + n[1] * ly + n[2] * lz).div_(length)
        diffuse = (facing * 0.7 + 0.3).clamp_(0.0, 1.0)
        fine = strand(across + self.shift[2], self.size)
        coarse = strand(across * 0.31 + self.shift[0], self.size)
        lumps = mottle(point[0] * 0.9 + self.shift[0], point[1] * 0.9 + self.shift[1], self.size)
        texture = (fine * 1.2 + coarse * 0.8) * (1.0 - 0.7 * self.curl) + lumps * (0.14 + 0.85 * self.curl)
        texture = texture * (1.0 - 0.8 * self.cloth)
        key = 0.45 + 0.75 * self.f.light_strength
        shade = (0.62 - 0.25 * self.f.light_strength + diffuse * key) * (1.0 + texture).clamp_(min=0.2)
        ring = ((facing - 0.72) * 4.5 + texture * 0.9).square_().neg_().add_(1.0).clamp_(min=0.0)
        gloss = ring * ring * (0.025 + 0.035 * self.f.light_strength) * (1.0 - 0.75 * self.curl)
        return shade, gloss

    def _cap_edge(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Signed distance into the cap from the hairline, forehead, temples, ears and nape."""
        f, ax = self.f, x.abs()
        recede = (f.hairline * 0.05 + 0.16 * self.body.old * f.presentation).clamp(min=-0.03) * (
            1.0 - self.fringe * 3.0
        ).clamp(min=0.0)
        front = y - self.line + 1.22 * (0.865 - z)
        front = front - (0.06 + 0.12 * f.presentation) * ridge(z - 0.45, 0.36)
        front = front - recede * ridge(ax - 0.36, 0.30)
        # The fringe ends straight over the brows but leaves the cheeks free.
        front = torch.minimum(front, (y - 0.10 + 0.65 * (0.62 - z)) * 1.3)
        # Combed to both sides, hair rises at the parting and falls across the forehead away from it.
        part = (x - 0.34 * f.hair_part).abs()
        falls = (
            (part.clamp(max=0.55) * 0.26 - 0.05 - 0.05 * ridge(part, 0.07))
            * (1.0 - self.swept)
            * (1.0 - self.curl)
        )
        front = front + falls
        # Behind the temples the edge falls from above the ear to the nape.
        side = y + 0.45 - 1.3 * (z + 0.25).clamp_(0.0, 0.37)
        edge = torch.minimum(torch.minimum(front, side), y + 0.36)
        bald = 0.50 - y + 0.25 * (0.0 - z)
        edge = torch.minimum(edge, bald + 5.0 * self.crown)
        return edge + (y - 0.62 + 0.34 * (0.9 - z) - edge) * self.hat

    def _across(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        sideways = z * 0.9 + 0.18 * y + 0.10 * x
        return sideways + (x * (1.0 + 0.25 * y) - sideways) * self.swept

    def cap_front(self, head: Tensor, head_share: Tensor) -> tuple[Sheet, Tensor]:
        """The hair on the skull that faces the viewer, and the signed distance into it, for its shadow on the forehead.

        It is hidden where the `head`, a depth (n, H, W) that covers `head_share` of a pixel, lies before it.
        """
        front, outline = self.cap.front()
        x, y, z = self.view.head_point(front)
        rough = self._rough(x, y)
        fine = strand(x * 1.5 + self.shift[1], self.size) * 0.04 * (1.0 - self.cloth)
        edge = self._cap_edge(x, y, z) + rough * 0.5 + fine
        outline = outline + rough * (0.25 + self.curl)
        soft = self.view.pixel + 0.035
        share = cover(-edge, soft) * cover(outline, self.view.pixel + 0.01) * self.density
        shade, gloss = self._light((x, y, z), self.cap_centre, self.cap_radii, self._across(x, y, z))
        shade = shade * (0.70 + 0.30 * smoothstep(0.0, 0.16, edge))
        share *= smoothstep(-0.08, -0.02, front - head + (1.0 - head_share))
        return Sheet(share, shade, gloss), edge - fine

    def cap_back(self) -> Sheet:
        """The far inside of the hair on the skull, seen past the head's outline."""
        back, outline = self.cap.back()
        x, y, z = self.view.head_point(back)
        rough = self._rough(x, y)
        share = cover(-(self._cap_edge(x, y, z) + rough * 0.5), self.view.pixel + 0.03)
        share *= cover(outline + rough * (0.25 + self.curl), self.view.pixel)
        return Sheet(share * self.density, torch.full_like(share, 0.42), None)

    def hanging(self) -> tuple[Tensor, Hair | None]:
        """Indices of the faces with hair that hangs, and the hair of those alone."""
        faces = (self.length[:, 0, 0] > 0.0).nonzero()[:, 0]
        if len(faces) == 0:
            return faces, None
        view = pick(self.view, faces)
        f = self.f.pick(faces)
        return faces, Hair(f, pick(self.body, faces), view, Ellipsoids(view), pick(self.light, faces), self.size)

    def _long(self, depth: Tensor, outline: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor, Tensor]]:
        x, y, z = self.view.head_point(depth)
        rough = self._rough(x, y)
        wave = self.curl * 0.10 * mottle(0.0 * y + self.shift[0], y * 0.35 + self.shift[1], self.size)
        outline = cover(outline + rough * 0.8 + wave, self.view.pixel + 0.01)
        end = cover(self.body.eye_y - self.length - y + rough, self.view.pixel + 0.06)
        present = (self.length > 0.0).float()
        return outline * end * present, wave + rough, (x, y, z)

    def curtain_front(self) -> Sheet:
        """Long hair beside the face and over the ears."""
        share, rough, (x, y, z) = self._long(*self.long.front())
        opening = 0.48 - 0.10 * (y - 0.2).clamp(min=-1.0) - 0.08 * self.fringe - z + rough * 0.8
        beside = (x.abs() - 0.56 * self.body.width + 0.12 * (0.1 - y).clamp(min=0.0) + rough) * 1.4
        opening = torch.minimum(opening, beside + 9.0 * self.scarf)
        # Beyond a turned face only its far inside shows, which `curtain_back` paints.
        turn = self.view.toward[:, 0, None, None]
        near = 1.0 - smoothstep(0.10, 0.30, turn.abs()) * (x * turn < 0.0).float()
        share = share * near * cover(-opening, self.view.pixel + 0.05) * smoothstep(1.0, 0.7, y)
        # Strands hang along the meridians of the curtain: an angle about its axis, without the arc tangent.
        depth = z + 0.10
        across = 1.3 * depth / (x.abs() + depth.abs() + 0.05) + 0.25 * rough
        shade, gloss = self._light((x, y, z), self.long_centre, self.long_radii, across)
        shade = shade * (0.55 + 0.45 * smoothstep(0.0, 0.20, opening))
        return Sheet(share, shade, gloss)

    def curtain_back(self) -> Sheet:
        """Long hair behind the neck."""
        share, rough, (x, _, _) = self._long(*self.long.back())
        texture = 1.0 + 0.35 * strand(x * 0.9 + 0.3 * rough + self.shift[2], self.size)
        return Sheet(share, texture * 0.40, None)
