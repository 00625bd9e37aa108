"""All arms by name, and which of them words name."""

from __future__ import annotations

from collections.abc import Mapping

from tools.experiments import claims, open_questions
from tools.experiments.arm import Arm

ARMS: Mapping[str, Arm] = {**claims.ARMS, **open_questions.ARMS}


def chosen(words: list[str] | None) -> list[str]:
    """The arms that words name, each an arm or a question; all without any. Raises ValueError for other words."""
    if unknown := [word for word in words or () if word not in {*ARMS, *questions()}]:
        raise ValueError(f"no arm and no question {unknown[0]!r}: expected of {', '.join([*questions(), *ARMS])}.")
    return [name for name, arm in ARMS.items() if not words or {name, arm.question} & set(words)]


def questions() -> list[str]:
    """All questions, in order."""
    return list(dict.fromkeys(arm.question for arm in ARMS.values()))


def compared(question: str) -> list[str]:
    """The arms that stand beside one another in the answer to a question; an open one has the control with them."""
    open_ones = {arm.question for arm in open_questions.ARMS.values()}
    beside = {question, open_questions.CONTROL} if question in open_ones else {question}
    return [name for name, arm in ARMS.items() if arm.question in beside]
