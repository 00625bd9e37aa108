"""Notebook 05's exercises: typical mistakes and their hints (what is done with them: test_solutions.py)."""

import torch

from began_lib.exercises import training as exercises

NOTEBOOK = "05_training"
CHECKS = {
    "step_cost": exercises.check_step_cost,
    "wrong_factor": exercises.check_wrong_factor,
    "slopes": exercises.check_slopes,
    "prediction": exercises.check_breaks,
}
VALUES = ("prediction",)
RIGHT = {name: outcome for name, (outcome, _) in exercises.BREAKS.items()}
MISTAKES = [
    ("step_cost", lambda d, g: 6 * d + 3 * g, "two numbers"),
    ("step_cost", lambda d, g: (2 * d + g, 0), "forward passes"),
    ("step_cost", lambda d, g: (3 * d + g, 0), "D runs forward twice"),
    ("step_cost", lambda d, g: (6 * d + 3 * g, 9 * d + 6 * g), "no backward pass"),
    ("step_cost", lambda d, g: (6 * d + 3 * g, 6 * d), "G(z_D) and on G(z_G)"),
    ("step_cost", lambda d, g: (6 * d + 3 * g, 8 * d + 4 * g), "weights of D their gradients"),
    ("step_cost", lambda d, g: 7.0, "two numbers"),
    ("prediction", dict.fromkeys(RIGHT), "for each, choose"),
    ("prediction", "explodes", "for each, choose"),
    ("prediction", RIGHT | {"k held at 1": "no harm"}, "bounds"),
    ("prediction", RIGHT | {"rate x 40": "dies"}, "none of"),
    ("wrong_factor", lambda k: 1 / k, "Which way"),
    ("wrong_factor", lambda k: -k, "turn it round"),
    ("wrong_factor", lambda k: 1.0, "Write down"),
    ("slopes", lambda a, v: 1 - a, "two slopes"),
    ("slopes", lambda a, v: (a - 1, a), "mind the sign"),
    ("slopes", lambda a, v: ((1 - a) * (1 if v > a * v else -1), 1.0), "constant c"),
]


def test_outcomes_of_every_writing_and_slopes_as_tensors():
    assert exercises.check_breaks({name: f"{outcome.capitalize()}." for name, outcome in RIGHT.items()})

    def slopes(a, v):
        side = 1.0 if v > a * v else -1.0
        return tuple(torch.tensor(slope, requires_grad=True) for slope in (side * (1 - a), -side * a))

    assert exercises.check_slopes(slopes)
