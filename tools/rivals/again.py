"""What ships of the comparison, judged anew: images of generators in half precision beside those of the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from began_lib.data.pixels import to_uint8
from began_lib.rivals import trained
from tools.rivals import contest
from tools.rivals.judge import Judge


def shipped(folder: Path) -> dict[str, str]:
    """The systems that ship with their weights, and at which budget each does."""
    cards = {name: trained.read_card(name, folder) for name in trained.names(folder)}
    return {name: card["budget"] for name, card in cards.items() if "model.safetensors" in card["files"]}


def rows(judge: Judge, folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """By folder what a judge finds in images of each system that ships with its weights, and at which budget it ships.

    The codes are those that the images of the comparison were drawn from. Raises as `trained.load` does.
    """
    for name, budget in shipped(folder).items():
        system = trained.load(name, folder)
        pixels = to_uint8(system.generate(contest.SAMPLES, contest.CODES_SEED, contest.AT_ONCE))
        yield name, {"steps": system.step, "budget": budget, **judge.row(pixels)}
