"""The exercises of notebooks 00 and 05: folded solutions are accepted, typical mistakes get the hint they need."""

import pytest

from began_lib.exercises import verdict


@pytest.fixture(scope="module")
def solutions(folded_solutions) -> dict:
    """What the folded solutions define."""
    return folded_solutions("00_start_here") | folded_solutions("05_training")


CHECKS = {
    "answer": verdict.check_direction,
    "steps": verdict.check_steps_to_k,
    "step_cost": verdict.check_step_cost,
    "wrong_factor": verdict.check_wrong_factor,
    "slopes": verdict.check_slopes,
}


@pytest.mark.parametrize("name", CHECKS)
def test_folded_solutions_are_right(name, solutions):
    assert CHECKS[name](solutions[name]), CHECKS[name](solutions[name])


def test_a_word_may_be_written_as_in_a_sentence():
    assert verdict.check_direction("Faster.")


@pytest.mark.parametrize(
    ("name", "wrong", "hint"),
    [
        ("answer", None, '"faster" or "slower"'),
        ("answer", "slower", "k's update"),
        ("answer", "Slower.", "k's update"),
        ("steps", None, "Nothing yet"),
        ("steps", 2.5, "gain"),
        ("steps", 0.1 / 0.00014, "target"),
        ("steps", 7, "How many"),
        ("step_cost", lambda d, g: None, "Nothing yet"),
        ("step_cost", lambda d, g: (2 * d + g, 0), "forward passes"),
        ("step_cost", lambda d, g: (3 * d + g, 0), "D runs forward twice"),
        ("step_cost", lambda d, g: (6 * d + 3 * g, 9 * d + 6 * g), "no backward pass"),
        ("step_cost", lambda d, g: (6 * d + 3 * g, 6 * d), "G(z_D) and on G(z_G)"),
        ("wrong_factor", lambda k: None, "Nothing yet"),
        ("wrong_factor", lambda k: 1 / k, "Which way"),
        ("wrong_factor", lambda k: -k, "turn it round"),
        ("wrong_factor", lambda k: 1.0, "Write down"),
        ("slopes", lambda a, v: None, "Nothing yet"),
        ("slopes", lambda a, v: (a - 1, a), "mind the sign"),
        ("slopes", lambda a, v: ((1 - a) * (1 if v > a * v else -1), 1.0), "constant c"),
    ],
)
def test_typical_mistakes_get_a_hint(name, wrong, hint):
    verdict = CHECKS[name](wrong)
    assert not verdict and hint in verdict.hint
