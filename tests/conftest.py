"""What every test shares: reproducible property tests, the photographs where present, and the suite's own tools."""

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[1]

# The same examples on every run and machine; no deadline, because a busy machine is no fault of the code.
settings.register_profile("began", derandomize=True, deadline=None)
settings.load_profile("began")

# The tests' networks are tiny: a second thread costs more than it brings, and other work on the machine stalls both.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def photographs() -> Path:
    """The folder of real photographs that some tests need; the test is skipped where it is absent."""
    folder = Path(os.environ.get("BEGAN_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"needs real photographs: no folder {folder}; set BEGAN_TEST_DATA to one")
    return folder


@pytest.fixture(scope="session")
def folded_solutions(repository) -> Callable[..., dict]:
    """`folded_solutions(notebook, **names)`: what the code in a notebook's folded solutions defines, given `names`."""

    def run(notebook: str, **names: object) -> dict:
        text = (repository / "notebooks" / f"{notebook}.py").read_text(encoding="utf-8")
        for block in re.findall(r"^# ```python\n(.*?)^# ```$", text, re.MULTILINE | re.DOTALL):
            exec(re.sub(r"^# ?", "", block, flags=re.MULTILINE), names)
        return names

    return run


@pytest.fixture(scope="module")
def solutions(request, folded_solutions) -> dict:
    """What the folded solutions of a test module's NOTEBOOK define, given the names in GIVEN if it has any."""
    return folded_solutions(request.module.NOTEBOOK, **getattr(request.module, "GIVEN", {}))
