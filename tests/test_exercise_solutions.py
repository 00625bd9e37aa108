"""The folded solution of every exercise is accepted by its checker, and an untouched cell is told that it is empty."""

import pytest
import test_exercises_control
import test_exercises_convergence
import test_exercises_gamma
import test_exercises_latent
import test_exercises_normality
import test_exercises_objective
import test_exercises_unbalanced
import test_exercises_wasserstein

MODULES = [
    test_exercises_normality,
    test_exercises_wasserstein,
    test_exercises_objective,
    test_exercises_control,
    test_exercises_gamma,
    test_exercises_latent,
    test_exercises_convergence,
    test_exercises_unbalanced,
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
