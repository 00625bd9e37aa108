"""Packages that hand on the names of their modules, each loaded when one of its names is first asked for.

`from began_lib.scores import extract` loads `scores.features` and not scikit-image or torchmetrics, which its sisters
need: an import costs only what is used (PEP 562).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["handing_on"]


def handing_on(package: str, names: dict[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package, for `names`: by module, the names it has, separated by spaces."""
    home = {name: module for module, listed in names.items() for name in listed.split()}

    def __getattr__(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{home[name]}"), name)

    return __getattr__
