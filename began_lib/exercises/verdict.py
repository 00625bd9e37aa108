"""What all checks of exercises share: a verdict, and how it is come to. It tells right from wrong, never the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sized
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["RIGHT", "Findings", "Verdict", "choice", "judged", "near", "two"]


@dataclass(frozen=True)
class Verdict:
    """Whether an answer is right, and a hint if it is not; true in an `if` where it is right."""

    right: bool
    hint: str = ""

    def __bool__(self) -> bool:
        return self.right

    def __repr__(self) -> str:
        return "Right." if self.right else f"Not yet. {self.hint}"


RIGHT = Verdict(True)
NOTHING = ("Your function returns nothing yet.", "Nothing yet: put your answer in place of the dots.")
TENSORS = "Your code asks for tensors, and the arguments are NumPy arrays: begin with torch.as_tensor(...) of each."
Findings = Iterator[tuple[bool, Verdict | str]]
Cases = Iterable[tuple[Any, ...]]


def judged(
    cases: Cases | Callable[[], Cases] | None = None, empty: str | None = "nothing yet"
) -> Callable[[Callable[..., Findings]], Callable[[Any], Verdict]]:
    """Make a check of an answer, from a function that tells what may be true of one of its results.

    That function gets a result and the arguments that led to it, and yields what may hold, each with RIGHT or a hint:
    the first that holds counts, so `True, "a hint"` ends it. A result of a kind with which it cannot reckon, as a list
    where one number is asked for, is told so, and so is an answer that fails with NumPy arrays but works with tensors;
    any other error is the answer's own, and seen. The answer is right if all its results are.

    Args:
        cases: arguments of each call of the answer, or what makes them; without them the answer is itself the result.
        empty: the hint for a result of None or `...`, where it is another than usual; None where the function tells it.
    """

    def decorate(findings: Callable[..., Findings]) -> Callable[[Any], Verdict]:
        def check(answer: Any) -> Verdict:
            if cases is not None and not callable(answer):
                return Verdict(False, f"Expected a function, found {type(answer).__name__}: keep the line with `def`.")
            for case in [()] if cases is None else cases() if callable(cases) else cases:
                try:
                    found = answer if cases is None else answer(*deepcopy(case))
                except (AttributeError, TypeError):
                    if not _works_with_tensors(answer, case):
                        raise
                    return Verdict(False, TENSORS)
                found = None if found is ... else found
                if found is None and empty:
                    return Verdict(False, NOTHING[cases is None] if empty == "nothing yet" else empty)
                try:
                    hint = next(hint for holds, hint in findings(found, *case) if holds)
                except (TypeError, ValueError, OverflowError, RuntimeError):
                    return Verdict(False, f"Found {_kind(found)}: another kind of answer is asked for.")
                if hint is not RIGHT:
                    return Verdict(False, hint)
            return RIGHT

        check.__name__, check.__doc__ = findings.__name__, findings.__doc__
        return check

    return decorate


def _works_with_tensors(answer: Callable[..., Any], case: tuple[Any, ...]) -> bool:
    """Whether an answer that fails with NumPy arrays does not fail with tensors in their place."""
    if not any(isinstance(argument, np.ndarray) for argument in case):
        return False
    try:
        answer(*(torch.tensor(it) if isinstance(it, np.ndarray) else deepcopy(it) for it in case))
    except Exception:  # whatever it is, the error with arrays is the one to show
        return False
    return True


def _kind(found: Any) -> str:
    shape = getattr(found, "shape", None)
    return f"{type(found).__name__} of shape {tuple(shape)}" if shape else type(found).__name__


def two(found: Any) -> bool:
    """Whether these are two things, in a tuple, a list or an array."""
    return isinstance(found, Sized) and len(found) == 2


def choice(answer: object, right: str, hints: Mapping[str, str], otherwise: str) -> Findings:
    """What may be true of one of a few words: the right one, one that has a hint, or none of them."""
    word = " ".join(str(answer).strip(" .").lower().split())
    yield word == right, RIGHT
    yield from ((word == wrong, hint) for wrong, hint in hints.items())
    yield True, otherwise


def near(found: Any, expected: Any, rel: float = 1e-5, abs: float = 1e-9) -> bool:
    """Whether all numbers found are the expected ones, but for rounding; False for what is no number, as True is none.

    Both may be numbers, fractions, arrays, tensors, or tuples and lists of them.
    """
    try:
        found, expected = (np.squeeze(np.asarray(_plain(numbers))) for numbers in (found, expected))
    except (OverflowError, TypeError, ValueError):
        return False
    if found.dtype.kind not in "iuf" or found.shape != expected.shape:
        return False
    return bool(np.isclose(found, expected, rtol=rel, atol=abs).all())


def _plain(numbers: Any) -> Any:
    """Tensors without their gradients, fractions and decimals as floats, in tuples and lists too; no bools or words."""
    if isinstance(numbers, np.ndarray) and numbers.dtype == object:
        return _plain(numbers.tolist())
    if isinstance(numbers, tuple | list):
        return [_plain(number) for number in numbers]
    if isinstance(numbers, bool | np.bool_ | str):
        raise TypeError(f"no number: {numbers!r}")
    if isinstance(numbers, Fraction | Decimal | int):
        return float(numbers)
    return numbers.detach().cpu() if isinstance(numbers, Tensor) else numbers
