"""The checkers of the exercises: the folded solutions in the notebooks pass, wrong answers get the hint they need."""

import re
import textwrap

import jupytext
import numpy as np
import pytest
from scipy import stats

from began_lib.exercises import verdict
from began_lib.exercises.verdict import Verdict
from began_lib.faces import FACTORS


def solutions(notebook) -> list[str]:
    """The code of the folded solutions of a notebook, in order."""
    text = "\n".join(cell.source for cell in jupytext.read(notebook).cells if cell.cell_type == "markdown")
    folded = re.findall(r"<details><summary>Solution</summary>(.*?)</details>", text, re.DOTALL)
    return [textwrap.dedent("\n".join(re.findall(r"```python\n(.*?)```", part, re.DOTALL))) for part in folded]


@pytest.fixture(scope="module")
def face_space(repository) -> dict:
    """What notebook 12's solutions see: its own p_value, and then all that the solutions define."""
    path = repository / "notebooks" / "12_face_space.py"
    cell = next(c.source for c in jupytext.read(path).cells if c.source.startswith("def p_value("))
    names = {"FACTORS": FACTORS, "np": np, "stats": stats}
    exec(cell, names)
    found = solutions(path)
    assert len(found) == 3
    for code in found:
        exec(code, names)
    return names


def test_verdicts_read_as_sentences():
    assert repr(Verdict(True)) == "Right." and Verdict(True)
    assert repr(Verdict(False, "Try n = 1.")) == "Not yet. Try n = 1." and not Verdict(False)


def test_solutions_of_the_face_space_are_right(face_space):
    assert verdict.check_joint_share(face_space["answer"])
    assert verdict.check_samples_needed(face_space["samples_needed"])
    assert verdict.check_dropped(face_space["dropped"])


def test_empty_answers_are_told_what_to_do():
    assert "Put a number" in verdict.check_joint_share(None).hint
    assert "nothing yet" in verdict.check_samples_needed(lambda share, confidence: None).hint
    assert "nothing yet" in verdict.check_dropped(lambda factors: None).hint


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda glasses, old: glasses[1] + glasses[2], "at any age"),
        (lambda glasses, old: old, "over 60, with glasses or without"),
        (lambda glasses, old: 1 - glasses[0] + old, "no sum"),
        (lambda glasses, old: (1 - glasses[0]) * (1 - old), "up to"),
        (lambda glasses, old: glasses[1] * old, "Sunglasses count"),
        (lambda glasses, old: 0.9, "lean on the other"),
    ],
)
def test_wrong_joint_shares_get_their_hint(wrong, hint):
    glasses = FACTORS["glasses"].distribution.shares()
    found = verdict.check_joint_share(wrong(glasses, 1 - FACTORS["age"].distribution.cdf(60)))
    assert not found and hint in found.hint


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        (lambda share, confidence: int(1 / share), "too few"),
        (lambda share, confidence: round(np.log(1 - confidence) / np.log(1 - share)) - 1, "too few"),
        (lambda share, confidence: int(np.ceil(np.log(1 - confidence) / np.log(1 - share))) + 1, "too many"),
    ],
)
def test_wrong_numbers_of_samples_get_a_hint(wrong, hint):
    found = verdict.check_samples_needed(wrong)
    assert not found and hint in found.hint


def test_wrong_lists_of_dropped_factors_get_their_hint(face_space):
    def at_five_percent(factors):
        return {name for name in FACTORS if face_space["p_value"](name, factors) < 0.05}

    assert "by chance" in verdict.check_dropped(at_five_percent).hint
    assert "go unseen" in verdict.check_dropped(lambda factors: set()).hint
    assert "is no factor" in verdict.check_dropped(lambda factors: {"hat"}).hint

    def one_too_many(factors):
        found = face_space["dropped"](factors)
        return found | {"smile"} if found else found

    assert "smile follows the table" in verdict.check_dropped(one_too_many).hint


def test_narrowed_factors_are_narrowed_where_they_say(face_space):
    narrowed = verdict.narrowed_factors()
    assert len(narrowed) == 3000
    assert face_space["dropped"](narrowed) == set(verdict.NARROWED)
    assert (narrowed.glasses > 0).float().mean() < 0.6 * (1 - FACTORS["glasses"].distribution.shares()[0])
