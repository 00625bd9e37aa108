"""Packages that hand on the names of their modules, each loaded when one of its names is first asked for.

`from began_lib.scores import extract` loads `scores.features` and not scikit-image or torchmetrics, which its sisters
need: an import costs only what is used (PEP 562).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["handing_on"]


def handing_on(package: str, names: dict[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of a package, for `names`: by module, the names it has, between spaces."""
    home = {name: module for module, listed in names.items() for name in listed.split()}

    def __getattr__(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{home[name]}"), name)

    def __dir__() -> list[str]:
        return sorted({*vars(import_module(package)), *home})

    return __getattr__, __dir__
