"""The folded solution of every exercise is accepted by its checker, and an untouched cell is told that it is empty."""

import ast
import builtins
import re

import pytest

from tests.exercises import (
    test_control,
    test_convergence,
    test_gamma,
    test_latent,
    test_normality,
    test_objective,
    test_scores,
    test_unbalanced,
    test_wasserstein,
)

MODULES = [
    test_normality,
    test_wasserstein,
    test_objective,
    test_control,
    test_gamma,
    test_latent,
    test_convergence,
    test_unbalanced,
    test_scores,
]
EXERCISES = [pytest.param(module, name, id=f"{module.NOTEBOOK}-{name}") for module in MODULES for name in module.CHECKS]


@pytest.mark.parametrize(("module", "name"), EXERCISES)
def test_the_folded_solution_is_accepted(module, name, folded_solutions):
    solutions = folded_solutions(module.NOTEBOOK, **getattr(module, "GIVEN", {}))
    verdict = module.CHECKS[name](solutions[name])
    assert verdict, verdict


@pytest.mark.parametrize(("module", "name"), EXERCISES)
def test_an_empty_answer_is_told_so(module, name):
    verdict = module.CHECKS[name](lambda *arguments: None)
    assert not verdict and "nothing yet" in verdict.hint.lower()


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
