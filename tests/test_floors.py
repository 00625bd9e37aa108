"""The library's floors: a module imports from its own floor or from below, never from above."""

import ast
import sys
from itertools import pairwise
from pathlib import Path

import pytest

# From top to bottom. A package stands on one floor with all that is in it.
FLOORS = (
    "notebooks tools began_lib.__main__",
    "began_lib.exercises began_lib.panels began_lib.notebook",
    "began_lib.lab began_lib.scores began_lib.commands",
    "began_lib.figures began_lib.shipped began_lib.rivals",
    "began_lib.training began_lib.latent began_lib.plane",
    "began_lib.step began_lib.data",
    "began_lib.models began_lib.equilibrium began_lib.wasserstein began_lib.normality began_lib.central_limit "
    "began_lib.control began_lib.faces began_lib.machine",
)
FLOOR = {place: len(FLOORS) - number for number, places in enumerate(FLOORS) for place in places.split()}
CORE = ["models", "equilibrium", "step", "wasserstein", "normality", "central_limit", "control", "latent", "plane"]


def place_of(module: str) -> str | None:
    """Where a module stands: the longest beginning of its name that has a floor."""
    parts = module.split(".")
    names = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((name for name in names if name in FLOOR), None)


def imported(path: Path) -> set[str]:
    """All modules that a file imports, wherever in it; a name from a package counts as a module of it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules(repository: Path) -> dict[str, Path]:
    """Each module of the library, the authors' tools and the notebooks, and its file."""
    paths = [path for folder in ("began_lib", "tools", "notebooks") for path in (repository / folder).rglob("*.py")]
    names = (".".join(path.relative_to(repository).with_suffix("").parts) for path in paths)
    return {name.removesuffix(".__init__"): path for name, path in zip(names, paths, strict=True)}


def test_imports_run_one_way(repository):
    wrong = []
    for module, path in modules(repository).items():
        for target in imported(path):
            below = place_of(target)
            if below and module != "began_lib" and FLOOR[below] > FLOOR[place_of(module)]:
                wrong.append(f"{module} imports {target}, which stands above it")
    assert not wrong


def test_no_circle_among_the_places(repository):
    arrows: dict[str, set[str]] = {}
    for module, path in modules(repository).items():
        targets = {place_of(target) for target in imported(path)} - {None, place_of(module)}
        arrows.setdefault(place_of(module) or module, set()).update(targets)
    while free := [place for place, targets in arrows.items() if not targets & arrows.keys()]:
        for place in free:
            del arrows[place]
    assert not arrows, "these import one another in a circle"


@pytest.mark.parametrize("name", CORE)
def test_the_papers_ideas_need_nothing_but_arrays(repository, name):
    allowed = {"torch", "numpy", "scipy", "began_lib", *sys.stdlib_module_names}
    targets = imported(repository / "began_lib" / f"{name}.py")
    assert {target.split(".")[0] for target in targets} <= allowed
    assert {target.split(".")[1] for target in targets if target.startswith("began_lib.")} <= {*CORE}


def test_the_house_is_small_enough_to_see(repository):
    library = repository / "began_lib"
    core = [*(library / f"{name}.py" for name in CORE), library / "__main__.py"]
    assert sum(len(path.read_text().splitlines()) for path in core) < 1700
    files = [path for path in library.iterdir() if path.is_file()]
    folders = [path for path in library.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert len(files) <= 12 and len(folders) <= 13
    assert not [path for path in library.rglob("*.py") if len(path.read_text().splitlines()) > 350]


def test_what_packages_hand_on_is_there(repository):
    """The lists of `began_lib.machine.handing_on` are text: each name in them must be one of its module."""
    for path in (repository / "began_lib").glob("*/__init__.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "handing_on":
                for module, names in ast.literal_eval(node.args[1]).items():
                    package = __import__(f"began_lib.{path.parent.name}", fromlist=["_"])
                    assert all(getattr(package, name) is not None for name in names.split()), module
                    assert {*names.split()} <= {*dir(package)}, "tab completion and help() show them"


def test_places_are_told_apart():
    assert place_of("began_lib.training.run") == "began_lib.training"
    assert place_of("began_lib.models.Encoder") == "began_lib.models"
    assert place_of("torch.nn") is None
    assert all(FLOOR[high.split()[0]] > FLOOR[low.split()[0]] for high, low in pairwise(FLOORS))
