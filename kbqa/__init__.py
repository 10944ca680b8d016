"""Ask questions about your own knowledge base: an RDF graph, passages and images.

Importing this package loads nothing heavy; each name is fetched from its module at first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kbqa.config import Config
    from kbqa.errors import KbqaError
    from kbqa.knowledge_base import KnowledgeBase
    from kbqa.storage.build import build
    from kbqa.storage.check import check
    from kbqa.storage.compact import compact
    from kbqa.types import Question, Result
    from kbqa.world import open_world

    open = KnowledgeBase.open

__all__ = [
    "Config",
    "KbqaError",
    "KnowledgeBase",
    "Question",
    "Result",
    "__version__",
    "build",
    "check",
    "compact",
    "open",
    "open_world",
]

__version__ = "0.1.0"

_HOMES = {
    "Config": "config",
    "KbqaError": "errors",
    "KnowledgeBase": "knowledge_base",
    "Question": "types",
    "Result": "types",
    "build": "storage.build",
    "check": "storage.check",
    "compact": "storage.compact",
    "open_world": "world",
}


def __getattr__(name: str) -> object:
    """Return a public name from the module it lives in."""
    if name == "open":
        from kbqa.knowledge_base import KnowledgeBase

        return KnowledgeBase.open
    if name not in _HOMES:
        raise AttributeError(f"module 'kbqa' has no attribute {name!r}")
    return getattr(import_module(f"kbqa.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
