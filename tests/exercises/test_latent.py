"""Notebook 07's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import torch

from began_lib.exercises import latent as exercises

NOTEBOOK = "07_interpolation"
GIVEN = {"torch": torch}
VALUES = ("prediction",)
CHECKS = {
    "prediction": exercises.check_search,
    "recite": exercises.check_recite,
    "expected_share": exercises.check_expected_share,
}


def nearest_entry(memory: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    return memory[((z[:, 0] + 1) / 2 * (len(memory) - 1)).round().long()]


MISTAKES = [
    ("prediction", "a", "two minima"),
    ("prediction", "c", "reach less with more steps"),
    ("prediction", "B?", "Put 'a', 'b' or 'c'"),
    ("recite", lambda memory, z: memory[0], "one image for each code"),
    ("recite", lambda memory, z: 7, "one image for each code"),
    ("recite", lambda memory, z: memory.mean(0).expand(len(z), -1, -1, -1), "images of the list"),
    ("recite", lambda memory, z: torch.lerp(memory[:1], memory[1:2], z.view(-1, 1, 1, 1)), "images of the list"),
    ("recite", nearest_entry, "jumps"),
    ("recite", lambda memory, z: memory[:1].expand(len(z), -1, -1, -1) * torch.nan, "NaN"),
    ("expected_share", lambda n, m, q: n / (n + m), "recites nothing"),
    ("expected_share", lambda n, m, q: 0.5, "differ in size"),
    ("expected_share", lambda n, m, q: q + n / (n + m), "Counted twice"),
    ("expected_share", lambda n, m, q: q if q else n / (n + m), "not copies"),
    ("expected_share", lambda n, m, q: 7.0, "how likely is each"),
]


def test_letters_and_arrays_of_every_writing(solutions):
    for letter in ("B", "b.", " b "):
        assert exercises.check_search(letter)
    assert exercises.check_recite(lambda memory, z: solutions["recite"](memory, z).numpy())
