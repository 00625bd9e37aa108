"""How a check comes to its verdict: which numbers are near, which finding counts, what is an empty answer."""

import numpy as np
import pytest
import torch

from began_lib.exercises.verdict import RIGHT, Verdict, judged, near


def test_verdicts_read_as_sentences():
    assert repr(Verdict(True)) == "Right." and Verdict(True)
    assert repr(Verdict(False, "Try n = 1.")) == "Not yet. Try n = 1." and not Verdict(False)


@pytest.mark.parametrize(
    "found", [0.5, np.float32(0.5), np.array([0.5]), torch.tensor(0.5, requires_grad=True), 0.500001]
)
def test_numbers_of_every_kind_are_near(found):
    assert near(found, 0.5) and not near(found, 0.5001)
    assert near((0.5, np.float32(1)), [0.5, 1.0])


@pytest.mark.parametrize("found", [None, "0.5", "half", (0.5, 0.5), [0.5, (1, 2)], float("nan"), 0.5 + 1j])
def test_what_is_no_such_number_is_not_near(found):
    assert not near(found, 0.5)


@judged(lambda: ((np.arange(n),) for n in (2, 4)))
def check_mean(found, values):
    """An exercise."""
    yield near(found, values.mean()), RIGHT
    yield near(found, values.sum()), "The sum."
    yield found < 0, f"{found} is below 0."
    yield True, "Neither."


def test_the_first_finding_that_holds_counts():
    assert check_mean(np.mean)
    assert check_mean(np.sum).hint == "The sum."
    assert check_mean(lambda values: -1).hint == "-1 is below 0."
    assert check_mean(lambda values: 0.5).hint == "Neither."  # right for the first case only
    assert (check_mean.__name__, check_mean.__doc__) == ("check_mean", "An exercise.")


def test_an_answer_may_spoil_its_arguments():
    def spoiling(values):
        mean = values.mean()
        values[:] = 0
        return mean

    assert check_mean(spoiling)


@pytest.mark.parametrize("nothing", [None, ...])
def test_an_empty_answer_is_told_so(nothing):
    assert "nothing yet" in check_mean(lambda values: nothing).hint
    assert judged(empty="Give a number.")(lambda found: [(True, RIGHT)])(nothing).hint == "Give a number."
    assert judged(empty=None)(lambda found: [(found is None, RIGHT)])(nothing)


def test_a_value_in_place_of_a_function_is_told_so():
    assert "found float: keep the line with `def`" in check_mean(3.0).hint
