"""A module that can be called like the function of its own name in it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

__all__ = ["CallableModule"]


class CallableModule(ModuleType):
    """Class of the modules `kbqa.build` and `kbqa.world`.

    Importing a module binds its name in the package and would hide the function of that name:
    `kbqa.build(...)` works both ways.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return what the function returns."""
        function = getattr(self, self.__name__.rpartition(".")[2])
        return function(*args, **kwargs)
