"""One step of training in slow motion: what it computes, one thing after the other, with the numbers of that very step.

The step is taken as any other; hooks on D and G note what goes in and comes out. A diagram of the data flow shows where
each stage stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from matplotlib.patches import FancyArrowPatch
from matplotlib.text import Text
from torch import Tensor, nn

from began_lib.figures.kept import KeptFigure
from began_lib.figures.plots import BLACK, CONTROL, FAKE, REAL
from began_lib.lab.lab import Lab

LIT = "#FFE9A8"  # behind the stage that is spoken of
BOXES = {  # stage: its text, place and colour
    "x": ("x", (0.4, 2.3), REAL),
    "D": ("D", (3.4, 2.3), BLACK),
    "L(x)": ("L(x)", (5.2, 2.3), REAL),
    "z": ("z", (0.4, 0.7), BLACK),
    "G": ("G", (1.9, 0.7), BLACK),
    "L(G(z))": ("L(G(z))", (5.2, 0.7), FAKE),
    "weights": ("Adam: θ_D, θ_G", (7.6, 2.3), BLACK),
    "k": ("k", (7.6, 0.7), CONTROL),
}
AGAIN = ("D", (3.4, 0.7))  # D stands in both rows
ARROWS = (
    ((0.7, 2.3), (3.1, 2.3)),
    ((3.7, 2.3), (4.7, 2.3)),
    ((0.7, 0.7), (1.6, 0.7)),
    ((2.2, 0.7), (3.1, 0.7)),
    ((3.7, 0.7), (4.6, 0.7)),
    ((5.7, 2.3), (6.65, 2.3)),
    ((5.8, 0.7), (7.3, 0.7)),
    ((5.6, 2.0), (7.35, 1.0)),
    ((5.7, 1.0), (6.8, 2.0)),
)


@dataclass(frozen=True)
class Stage:
    """One thing that a step computes: which box of the diagram it is, and a sentence with its numbers."""

    name: str
    sentence: str


@dataclass
class _Seen:
    """What went into D and G, and what came out, in order."""

    d: list[tuple[Tensor, Tensor]]
    g: list[tuple[Tensor, Tensor]]


@contextmanager
def _watched(discriminator: nn.Module, generator: nn.Module) -> Iterator[_Seen]:
    seen = _Seen([], [])

    def note(where: list[tuple[Tensor, Tensor]]) -> Callable[..., None]:
        return lambda module, inputs, output: where.append((inputs[0].detach().float(), output.detach().float()))

    hooks = [
        network.register_forward_hook(note(where)) for network, where in ((discriminator, seen.d), (generator, seen.g))
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()


def step_in_stages(lab: Lab) -> list[Stage]:
    """Take one step of the lab, the same that `Lab.step` takes, and tell it in the order in which it was computed.

    Raises Diverged as `Lab.step` does.
    """
    began, k = lab.subject.run.began, lab.k
    before = [_flat(network) for network in (began.discriminator, began.generator)]
    with _watched(began.discriminator, began.generator) as seen:
        lab.step()
    loss_real, loss_fake, _, _, gamma, rate = lab.recording.steps[-1].tolist()
    (x, rebuilt), *_, (_, rebuilt_fake) = seen.d  # with separate_z, G(z_D) goes through D in between
    z, generated = seen.g[0]
    moved = [
        float((_flat(network) - old).norm() / old.norm())
        for network, old in zip((began.discriminator, began.generator), before, strict=True)
    ]
    push = gamma * loss_real - loss_fake
    controlled = (
        f"γ L(x) − L(G(z)) = {push:+.4f}; times λ_k = {lab.settings.lambda_k:g}, k goes from {k:.4f} to {lab.k:.4f}."
        if not lab.settings.hold_k
        else f"k is held: it stays at {k:.4f}."
    )
    return [
        Stage("x", f"A batch of {len(x)} real {_kind(x)} is drawn from the data. {_first(x)}"),
        Stage("D", f"D squeezes each of them and rebuilds it: D(x). {_first(rebuilt)}"),
        Stage(
            "L(x)", f"How badly it was rebuilt: L(x) = |x − D(x)| = {loss_real:.4f} on average{_between(x, rebuilt)}."
        ),
        Stage("z", f"{len(z)} codes z of {z.shape[1]} random numbers each; the first begins with {_numbers(z[0])}."),
        Stage("G", f"G makes {_kind(x)} of them: G(z). {_first(generated)}"),
        Stage(
            "L(G(z))",
            f"D rebuilds these too: L(G(z)) = {loss_fake:.4f}{_between(generated, rebuilt_fake)}. That is "
            f"{loss_fake / loss_real:.2f} of L(x); γ asks for {gamma:.2f}.",
        ),
        Stage(
            "weights",
            f"One backward pass. D goes down L(x) − k L(G(z)) with k = {k:.3f}, G down L(G(z)); at rate {rate:.2g}, "
            f"Adam moves θ_D by {moved[0]:.2%} of its length and θ_G by {moved[1]:.2%}.",
        ),
        Stage("k", controlled),
    ]


def _flat(network: nn.Module) -> Tensor:
    return torch.cat([parameter.detach().flatten().float() for parameter in network.parameters()])


def _kind(v: Tensor) -> str:
    return "points" if v.dim() == 2 else "images"


def _numbers(v: Tensor) -> str:
    return ", ".join(f"{number:.2f}" for number in v.flatten()[:2].tolist())


def _first(v: Tensor) -> str:
    if v.dim() == 2:
        return f"The first is ({_numbers(v[0])})."
    darkest, lightest = v[0].aminmax()
    return f"The first runs from {float(darkest):.2f} to {float(lightest):.2f}, {float(v[0].mean()):+.2f} on average."


def _between(v: Tensor, rebuilt: Tensor) -> str:
    losses = (v - rebuilt).abs().flatten(1).mean(1)
    return f", from {float(losses.min()):.4f} to {float(losses.max()):.4f}"


class DataFlowPicture(KeptFigure):
    """What a step computes from what, with one stage lit."""

    def __init__(self) -> None:
        super().__init__((8.3, 2.2))
        self._plane = self.figure.add_axes((0.0, 0.0, 1.0, 1.0))
        self._plane.set(xlim=(0, 8.6), ylim=(0, 3))
        self._plane.set_axis_off()
        self._boxes: dict[str, list[Text]] = {name: [self._box(*box)] for name, box in BOXES.items()}
        self._boxes["D"].append(self._box(*AGAIN, BLACK))
        for start, end in ARROWS:
            self._plane.add_patch(FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=14, color="0.35"))
        for x, y, text in (
            (4.2, 2.55, "D(x)"),
            (4.15, 0.95, "D(G(z))"),
            (2.65, 0.95, "G(z)"),
            (6.15, 2.5, "gradients"),
        ):
            self._plane.text(x, y, text, ha="center", fontsize=10, color="0.35")

    def _box(self, text: str, place: tuple[float, float], colour: str) -> Text:
        look = {"boxstyle": "round,pad=0.45", "edgecolor": colour, "facecolor": "white", "linewidth": 1.8}
        return self._plane.text(*place, text, ha="center", va="center", fontsize=14, bbox=look, animated=True)

    def render(self, lit: str) -> bytes:
        """The diagram as a JPEG, with the box of a stage lit, one of `BOXES`."""
        for name, texts in self._boxes.items():
            for text in texts:
                text.get_bbox_patch().set_facecolor(LIT if name == lit else "white")
                text.get_bbox_patch().set_linewidth(3.5 if name == lit else 1.8)
        return self.draw([text for texts in self._boxes.values() for text in texts], quality=90)
