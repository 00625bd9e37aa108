"""Hair: a cap over the skull and, where it is long, a curtain around the neck, each before and behind the head."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from functools import cached_property

import torch
from torch import Tensor

from began_lib.faces.anatomy import Anatomy, Numbers
from began_lib.faces.factors import FACTORS
from began_lib.faces.falloff import cover, ridge, smoothstep
from began_lib.faces.geometry import Ellipsoids, Form, View, band, solids
from began_lib.faces.light import Light
from began_lib.faces.surface import hue_colour, mix
from began_lib.faces.texture import draws, mottle, strand

__all__ = ["Cut", "Hair", "crown", "hair_colour"]

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
    rgb = table[f.column("hair_colour")][:, :, None, None] * (1.0 + 0.10 * f.hair_shade[:, None])
    onset = 24.0 * (draws(f.column("noise_seed"), 2, 1)[0] - 0.5)
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


@dataclass
class Cut:
    """How the hair of n faces is cut and worn, in numbers (n, 1, 1)."""

    length: Tensor
    fringe: Tensor
    curl: Tensor
    swept: Tensor
    density: Tensor
    crown: Tensor
    cloth: Tensor  # 1 where cloth covers the hair
    hat: Tensor
    scarf: Tensor
    line: Tensor  # height of the hairline
    recede: Tensor  # of the hairline at the temples
    shift: Tensor  # of the textures, (n, 3, 1, 1)
    cap: Tensor  # ellipsoid of the hair on the skull, (n, 1, 6)
    long: Tensor  # of the hair that hangs

    @classmethod
    def of(cls, f: Numbers, body: Anatomy) -> Cut:
        """The cut from the factors."""
        styles = torch.tensor([astuple(STYLES[name]) for name in FACTORS["hair_style"].levels], device=f.age.device)
        style = {
            field.name: column[:, None, None]
            for field, column in zip(fields(Style), styles[f.column("hair_style")].T, strict=True)
        }
        scarf, hat = f.level("headwear", "headscarf"), f.level("headwear", "beanie")
        cloth = scarf + hat
        worn = {"top": 0.10, "sides": 0.07, "fringe": 0.0, "curl": 0.0, "swept": 1.0, "crown": 1.0}
        style |= {name: style[name] + (value - style[name]) * cloth for name, value in worn.items()}
        volume = 1.0 + 0.22 * f.hair_volume
        top, sides = style["top"] * volume, style["sides"] * volume
        line = 0.765 + 0.035 * f.forehead + 0.025 * f.hairline + 0.05 * body.old * f.presentation
        recede = (f.hairline * 0.05 + 0.16 * body.old * f.presentation).clamp(min=-0.03)
        cap_radii = [0.75 * body.width + sides, 0.84 + 0.04 * f.forehead + 0.72 * top, 0.965 + 0.4 * top]
        curtain = style["curtain"] + (0.90 - style["curtain"]) * scarf
        return cls(
            length=style["length"] + (2.5 - style["length"]) * scarf,
            fringe=style["fringe"],
            curl=style["curl"],
            swept=style["swept"],
            density=torch.maximum(style["density"], cloth),
            crown=style["crown"],
            cloth=cloth,
            hat=hat,
            scarf=scarf,
            line=line + 0.035 * body.masculine - style["fringe"],
            recede=recede * (1.0 - style["fringe"] * 3.0).clamp(min=0.0),
            shift=draws(f.column("noise_seed"), 3, 3).transpose(0, 1) * 4.0,
            cap=solids([([0.0, 0.42 + 0.35 * top, -0.03], cap_radii)], f.age),
            long=solids(
                [([0.0, -0.20, -0.10], [curtain * (1.0 + 0.04 * f.hair_volume) * body.width, 1.35, 0.80])], f.age
            ),
        )


def crown(cut: Cut, view: View) -> slice:
    """Rows of the picture that may show the hair on the skull, or its shadow."""
    _, cy, cz, rx, ry, rz = cut.cap[..., None].unbind(2)
    lumps = 0.25  # how far the edge is uneven
    return band(view, -0.55 - view.pixel, cy + ry + lumps, rx + lumps, cz - rz - lumps, cz + rz + lumps)


class Hair:
    """The hair of n heads as seen through every pixel."""

    def __init__(self, cut: Cut, f: Numbers, body: Anatomy, view: View, light: Light, size: int) -> None:
        self.cut, self.f, self.body, self.view, self.light, self.size = cut, f, body, view, light, size
        self.shift = cut.shift.unbind(1)

    @cached_property
    def _cap(self) -> tuple[Form, Tensor, Tensor]:
        """The volume on the skull, depth of its front and distance of its outline; the same of `_curtain`."""
        form = Ellipsoids(self.view).form(self.cut.cap)
        return form, *form.front()

    @cached_property
    def _curtain(self) -> tuple[Form, Tensor, Tensor]:
        form = Ellipsoids(self.view).form(self.cut.long)
        return form, *form.front()

    def _rough(self, x: Tensor, y: Tensor) -> Tensor:
        """Unevenness of an edge: curls, or single strands."""
        right, up = torch.add(self.shift[0], x, alpha=0.8), torch.add(self.shift[1], y, alpha=0.8)
        return mottle(right, up, self.size).mul_((0.03 + 0.16 * self.cut.curl) * (1.0 - self.cut.cloth))

    def _light(self, point: tuple[Tensor, Tensor, Tensor], solid: Tensor, across: Tensor) -> tuple[Tensor, Tensor]:
        """Factor on the colour and gloss at `point` (head axes) of an ellipsoid, with strands apart along `across`."""
        x, y, z = point
        cx, cy, cz, rx, ry, rz = solid[..., None].unbind(2)  # (n, 1, 1) each
        nx, ny, nz = (x - cx).mul_(rx**-2), (y - cy).mul_(ry**-2), (z - cz).mul_(rz**-2)
        length = nx.square().addcmul_(ny, ny).addcmul_(nz, nz)
        lx, ly, lz = (self.light.in_head[:, i, None, None] for i in range(3))
        facing = nx.mul_(lx).addcmul_(ny, ly).addcmul_(nz, lz).mul_(length.rsqrt_())
        diffuse = (facing * 0.7).add_(0.3).clamp_(0.0, 1.0)
        fine = strand(across + self.shift[2], self.size)
        coarse = strand(torch.add(self.shift[0], across, alpha=0.31), self.size)
        right, up = torch.add(self.shift[0], x, alpha=0.9), torch.add(self.shift[1], y, alpha=0.9)
        lumps = mottle(right, up, self.size)
        curl, bare = self.cut.curl, 1.0 - 0.8 * self.cut.cloth
        straight = (1.0 - 0.7 * curl) * bare
        texture = (
            fine.mul_(1.2 * straight).addcmul_(coarse, 0.8 * straight).addcmul_(lumps, (0.14 + 0.85 * curl) * bare)
        )
        strength = self.f.light_strength
        shade = diffuse.mul_(0.45 + 0.75 * strength).add_(0.62 - 0.25 * strength)
        shade.mul_((1.0 + texture).clamp_(min=0.2))
        gloss = ridge(facing.sub_(0.72).mul_(4.5).add_(texture, alpha=0.9), 1.0)
        return shade, gloss.mul_((0.025 + 0.035 * strength) * (1.0 - 0.75 * curl))

    def _cap_edge(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        """Signed distance into the cap from the hairline, forehead, temples, ears and nape."""
        f, cut = self.f, self.cut
        edge = torch.add(y, z, alpha=-1.22).sub_(cut.line - 1.22 * 0.865)
        edge.addcmul_(ridge(z - 0.45, 0.36), -0.06 - 0.12 * f.presentation)
        edge.addcmul_(ridge(x.abs().sub_(0.36), 0.30), -cut.recede)
        # The fringe ends straight over the brows but leaves the cheeks free.
        edge = torch.minimum(edge, (y * 1.3).add_(z, alpha=-0.65 * 1.3).add_((0.65 * 0.62 - 0.10) * 1.3), out=edge)
        # Combed to both sides, hair rises at the parting and falls across the forehead away from it.
        combed = (1.0 - cut.swept) * (1.0 - cut.curl)
        part = (x - 0.34 * f.hair_part).abs_()
        edge.addcmul_(ridge(part, 0.07), -0.05 * combed)
        edge.addcmul_(part.clamp_(max=0.55).mul_(0.26).sub_(0.05), combed)
        # Behind the temples the edge falls from above the ear to the nape.
        side = (z + 0.25).clamp_(0.09 / 1.3, 0.37).mul_(-1.3).add_(0.45).add_(y)
        edge = torch.minimum(edge, side, out=edge)
        bald = torch.sub(0.50 + 5.0 * cut.crown, torch.add(y, z, alpha=0.25))
        edge = torch.minimum(edge, bald, out=edge)
        hats = cut.hat[:, 0, 0].nonzero()[:, 0]
        if len(hats):
            edge[hats] = y[hats] - 0.34 * z[hats] + (0.34 * 0.9 - 0.62)
        return edge

    def _across(self, x: Tensor, y: Tensor, z: Tensor) -> Tensor:
        sideways = (z * 0.9).add_(y, alpha=0.18).add_(x, alpha=0.10)
        return sideways.lerp_(torch.addcmul(x, x, y, value=0.25), self.cut.swept)

    def cap_front(self, head: Tensor, head_share: Tensor) -> tuple[Sheet, Tensor]:
        """The hair on the skull that faces the viewer, and the signed distance into it, for its shadow on the forehead.

        It is hidden where the `head`, a depth (n, H, W) that covers `head_share` of a pixel, lies before it.
        """
        _, front, outline = self._cap
        x, y, z = self.view.head_point(front)
        rough = self._rough(x, y)
        root = self._cap_edge(x, y, z).add_(rough, alpha=0.5)
        fine = strand(torch.add(self.shift[1], x, alpha=1.5), self.size)
        edge = torch.addcmul(root, fine, 0.04 * (1.0 - self.cut.cloth))
        share = cover(edge, -self.view.pixel - 0.035)
        share *= cover(torch.addcmul(outline, rough, 0.25 + self.cut.curl), self.view.pixel + 0.01).mul_(
            self.cut.density
        )
        share *= smoothstep(-1.08, -1.02, (front - head).sub_(head_share))
        shade, gloss = self._light((x, y, z), self.cut.cap, self._across(x, y, z))
        shade *= smoothstep(0.0, 0.16, edge).mul_(0.30).add_(0.70)
        return Sheet(share, shade, gloss), root

    def cap_back(self) -> Sheet:
        """The far inside of the hair on the skull, seen past the head's outline."""
        form, front, outline = self._cap
        x, y, z = self.view.head_point(form.back(front))
        rough = self._rough(x, y)
        share = cover(self._cap_edge(x, y, z).add_(rough, alpha=0.5), -self.view.pixel - 0.03)
        share *= cover(torch.addcmul(outline, rough, 0.25 + self.cut.curl), self.view.pixel).mul_(self.cut.density)
        return Sheet(share, share.new_full((1, 1, 1), 0.42), None)

    def _long(self, depth: Tensor, outline: Tensor) -> tuple[Tensor, Tensor, tuple[Tensor, Tensor, Tensor]]:
        x, y, z = self.view.head_point(depth)
        rough = self._rough(x, y)
        column = self.shift[0].expand_as(y)
        wave = mottle(column, torch.add(self.shift[1], y, alpha=0.35), self.size).mul_(self.cut.curl * 0.10)
        share = cover(torch.add(outline, rough, alpha=0.8).add_(wave), self.view.pixel + 0.01)
        share *= cover((rough - y).add_(self.body.eye_y - self.cut.length), self.view.pixel + 0.06)
        return share, wave.add_(rough), (x, y, z)

    def curtain_front(self) -> Sheet:
        """Long hair beside the face and over the ears."""
        _, front, outline = self._curtain
        share, rough, (x, y, z) = self._long(front, outline)
        opening = (
            (y - 0.2).clamp_(min=-1.0).mul_(-0.10).sub_(z).add_(rough, alpha=0.8).add_(0.48 - 0.08 * self.cut.fringe)
        )
        beside = torch.sub(0.1, y).clamp_(min=0.0).mul_(0.12).add_(x.abs()).sub_(0.56 * self.body.width)
        beside = beside.add_(rough).mul_(1.4).add_(9.0 * self.cut.scarf)
        opening = torch.minimum(opening, beside, out=opening)
        # Beyond a turned face only its far inside shows, which `curtain_back` paints.
        turn = self.view.toward[:, 0, None, None]
        beyond = (x * turn < 0.0).float().mul_(smoothstep(0.10, 0.30, turn.abs()))
        share *= beyond.neg_().add_(1.0).mul_(cover(opening, -self.view.pixel - 0.05)).mul_(smoothstep(1.0, 0.7, y))
        # Strands hang along the meridians of the curtain: an angle about its axis, without the arc tangent.
        depth = z + 0.10
        across = (depth * 1.3).div_(depth.abs().add_(x.abs()).add_(0.05)).add_(rough, alpha=0.25)
        shade, gloss = self._light((x, y, z), self.cut.long, across)
        shade *= smoothstep(0.0, 0.20, opening).mul_(0.45).add_(0.55)
        return Sheet(share, shade, gloss)

    def curtain_back(self) -> Sheet:
        """Long hair behind the neck."""
        form, front, outline = self._curtain
        share, rough, (x, _, _) = self._long(form.back(front), outline)
        texture = strand(rough.mul_(0.3).add_(x, alpha=0.9).add_(self.shift[2]), self.size)
        return Sheet(share, texture.mul_(0.35 * 0.40).add_(0.40), None)
