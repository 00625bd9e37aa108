"""How a check comes to its verdict: which numbers are near, which finding counts, what is an empty answer."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch

from began_lib.exercises import convergence, face_space, gamma, lab, rivals, scores, unbalanced, wasserstein
from began_lib.exercises.verdict import RIGHT, TENSORS, Verdict, judged, near, two


def test_verdicts_read_as_sentences():
    assert repr(Verdict(True)) == "Right." and Verdict(True)
    assert repr(Verdict(False, "Try n = 1.")) == "Not yet. Try n = 1." and not Verdict(False)


@pytest.mark.parametrize(
    "found",
    [
        0.5,
        np.float32(0.5),
        np.array([0.5]),
        torch.tensor(0.5, requires_grad=True),
        [torch.tensor(0.5, requires_grad=True)],
        Fraction(1, 2),
        Decimal("0.5"),
        0.500001,
    ],
)
def test_numbers_of_every_kind_are_near(found):
    assert near(found, 0.5) and not near(found, 0.5001)
    assert near((0.5, np.float32(1)), [0.5, 1.0])


@pytest.mark.parametrize("found", [None, "0.5", "half", (0.5, 0.5), [0.5, (1, 2)], float("nan"), 0.5 + 1j, {0.5}])
def test_what_is_no_such_number_is_not_near(found):
    assert not near(found, 0.5)


def test_true_is_no_number():
    assert not near(True, 1.0) and not near(np.array([True]), 1.0) and not near([True, 0.5], [1, 0.5])
    assert not near(np.array(["0.5"], dtype=object), 0.5) and not near([Fraction(1, 2), "0.5"], [0.5, 0.5])
    assert near(np.array([Fraction(1, 2), 1], dtype=object), [0.5, 1]) and not near(10**400, 0.5)


def test_two_things():
    assert all(two(found) for found in ((1, 2), [1, 2], np.ones(2), [torch.ones(1, requires_grad=True)] * 2))
    assert not any(two(found) for found in (2, (1,), [1, 2, 3], None))


OF_ANOTHER_KIND = [
    (scores.check_unbiased_fid, lambda counts, fids: np.polyfit(1 / counts, fids, 1), "ndarray of shape (2,)"),
    (scores.check_best_score, lambda p: np.ones(len(p)), "ndarray of shape (60,)"),
    (unbalanced.check_effective_directions, lambda images: np.linalg.eigvalsh(np.cov(images.T)), "shape (60,)"),
    (wasserstein.check_largest_gamma, lambda limit, v1, v2: (0.5, 0.5), "tuple"),
    (gamma.check_noise, lambda diversity: [diversity], "list"),
    (face_space.check_samples_needed, lambda share, confidence: [3], "list"),
    (lab.check_alarm, lambda m_global: np.flatnonzero(m_global > 0.3), "ndarray of shape"),
    (convergence.check_first_alarm, lambda values, level, patience: np.arange(3), "ndarray of shape (3,)"),
    (convergence.check_ratios, lambda m_global, loss_real, gamma: ["0.3"], "list"),
    (rivals.check_fooled, 5, "int"),
    (gamma.check_noise, lambda diversity: 10**400, "int"),  # too large for a float
]


@pytest.mark.parametrize(("check", "answer", "kind"), OF_ANOTHER_KIND)
def test_an_answer_of_another_kind_is_told_so(check, answer, kind):
    hint = check(answer).hint
    assert hint.startswith("Found ") and kind in hint and "another kind of answer" in hint


@pytest.mark.parametrize(
    "answer",
    [lambda values: torch.mean(1.0 * values), lambda values: values.float().mean(), lambda values: values.sum(dim=0)],
)
def test_an_answer_that_asks_for_tensors_is_told_that_it_gets_arrays(answer):
    assert check_mean(answer).hint == TENSORS
    assert check_mean(lambda values: torch.as_tensor(values).double().mean())


def test_right_answers_of_notebook_11_in_torch_are_told_about_the_arrays():
    def best_score(p):
        return torch.exp(torch.special.entr(p.mean(0)).sum()).item()

    def precision(generated, real, k):
        radii = torch.cdist(real, real).sort(1).values[:, k]
        return (torch.cdist(generated, real) <= radii).any(1).double().mean()

    assert scores.check_best_score(best_score).hint == scores.check_precision(precision).hint == TENSORS
    assert scores.check_best_score(lambda p: best_score(torch.as_tensor(p)))
    assert scores.check_precision(lambda a, b, k: precision(torch.as_tensor(a), torch.as_tensor(b), k))


def test_an_error_in_the_answer_itself_is_seen():
    with pytest.raises(AttributeError, match="'men'"):
        check_mean(lambda values: values.men())
    with pytest.raises(ZeroDivisionError):
        check_mean(lambda values: 1 / 0)
    with pytest.raises(TypeError, match="unsupported operand"):
        check_mean(lambda values: values + None)


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
