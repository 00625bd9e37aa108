"""Every checker accepts the folded solution, refuses typical mistakes with their hint, and knows an untouched cell."""

import ast
import builtins
import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

import pytest

from began_lib import exercises

MODULES = [
    import_module(f"tests.exercises.test_{module.name}")
    for module in iter_modules(exercises.__path__)
    if module.name != "verdict"
]
EXERCISES = [(module, name) for module in MODULES for name in module.CHECKS]
MISTAKES = [(module, *mistake) for module in MODULES for mistake in module.MISTAKES]


def label(value: object) -> str:
    """A part of a test's name."""
    return getattr(value, "NOTEBOOK", value if isinstance(value, str) else "")


@pytest.fixture(scope="session")
def solved(folded_solutions) -> Callable[[ModuleType], dict]:
    """What the folded solutions of a module's notebook define; each notebook is solved once, one of them trains."""
    return cache(lambda module: folded_solutions(module.NOTEBOOK, **getattr(module, "GIVEN", {})))


@pytest.mark.parametrize(("module", "name"), EXERCISES, ids=label)
def test_the_folded_solution_is_accepted(module, name, solved):
    verdict = module.CHECKS[name](solved(module)[name])
    assert verdict, verdict


@pytest.mark.parametrize(("module", "name"), EXERCISES, ids=label)
def test_an_empty_answer_is_told_so(module, name):
    is_value = name in getattr(module, "VALUES", ())
    verdict = module.CHECKS[name](None if is_value else lambda *arguments: None)
    assert not verdict and re.search("Put|Give|nothing yet" if is_value else "nothing yet", verdict.hint, re.IGNORECASE)


@pytest.mark.parametrize(("module", "name", "answer", "hint"), MISTAKES, ids=label)
def test_a_mistake_is_refused_with_its_hint(module, name, answer, hint):
    verdict = module.CHECKS[name](answer)
    assert not verdict and hint in verdict.hint


def _names(tree: ast.AST) -> tuple[set[str], set[str]]:
    """Names that code makes (by assignment, import, definition or as an argument), and those that it reads."""
    made, read = set(dir(builtins)), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (read if isinstance(node.ctx, ast.Load) else made).add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            made |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            made.add(node.name)
        elif isinstance(node, ast.arg):
            made.add(node.arg)
    return made, read


def test_a_folded_solution_uses_only_names_that_its_notebook_has(repository):
    missing = {}
    for path in sorted((repository / "notebooks").glob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8")
        cells = [cell.partition("\n") for cell in re.split(r"^# %%", text, flags=re.MULTILINE)[1:]]
        there = _names(ast.parse("\n".join(code for head, _, code in cells if "[markdown]" not in head)))[0]
        for block in re.findall(r"^# ```python\n(.*?)^# ```$", text, re.MULTILINE | re.DOTALL):
            made, read = _names(ast.parse(re.sub(r"^# ?", "", block, flags=re.MULTILINE)))
            if unknown := read - made - there:
                missing[path.stem] = unknown
    assert not missing
