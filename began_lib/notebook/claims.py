"""A page says what it found, and looks whether it is so with the numbers that its reader chose."""

from __future__ import annotations

import os

__all__ = ["check"]

STRICT = "BEGAN_CHECKS"  # "raise" where the suite is tested: there the numbers are those that the text was written for


def check(holds: object, claim: str, **numbers: float) -> None:
    """Print a tick and the claim, or that it does not hold with the reader's settings.

    Args:
        holds: true or false, of Python, NumPy or PyTorch. NaN, which Python takes for true, does not hold.
        claim: in words, without a full stop.
        numbers: what it was judged by, shown behind it: check(a < b, "a is the smaller", a=a, b=b).

    Raises:
        AssertionError: if it does not hold where the suite is tested (BEGAN_CHECKS=raise).
    """
    shown = f" ({', '.join(f'{name} {value:.4g}' for name, value in numbers.items())})" if numbers else ""
    if holds and holds == holds:  # NaN alone differs from itself
        print(f"✓ {claim}{shown}")
    elif os.environ.get(STRICT) == "raise":
        raise AssertionError(f"{claim}{shown}")
    else:
        print(f"✗ not with your settings: {claim}{shown}")
