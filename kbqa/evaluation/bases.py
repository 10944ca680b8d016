"""The knowledge base of a known set, built from the set's own files and kept in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from kbqa.cache import open_cached
from kbqa.errors import InputError
from kbqa.evaluation.adapters.files import get_file
from kbqa.evaluation.closed import CLOSED
from kbqa.evaluation.prepare import PREPARED, PreparedFiles, prepare

if TYPE_CHECKING:
    from kbqa.config import Config
    from kbqa.knowledge_base import KnowledgeBase

__all__ = ["is_closed", "open_set_base"]

# The graphs of sets that `kbqa build` reads as they are.
_GRAPHS = {"geoquery": "geo.ttl", "metaqa": "kb.txt"}


def is_closed(name: str) -> bool:
    """Return whether the base of a known set is only the closed vocabulary of its gold queries."""
    return name.split("-")[0] in CLOSED


def open_set_base(name: str, *, data: Path, config: Config | None = None) -> KnowledgeBase:
    """Return the knowledge base that the questions of a known set are about.

    Args:
        name: A key of `kbqa.evaluation.datasets.SETS`.
        data: The folder that holds the set's files.
        config: What the pipeline uses.

    Raises:
        InputError: If the set has no graph of its own, or a file is missing.
    """
    family = name.split("-")[0]
    if family not in _GRAPHS and family not in PREPARED:
        raise InputError(f"{name}: its graph is not among its files; name a knowledge base with --kb")
    return open_cached(f"set-{family}-{_digest(family, data)}", _builder(family, data), config=config)


def _digest(family: str, data: Path) -> str:
    """Return what changes with the set's folder: the names, sizes and times of its files."""
    files = sorted(path for path in data.iterdir() if path.is_file()) if data.is_dir() else []
    seen = [f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.blake2b("\n".join([family, *seen]).encode(), digest_size=6).hexdigest()


def _builder(family: str, data: Path) -> Callable[[Path, bool], None]:
    def build(folder: Path, replace: bool) -> None:
        import kbqa

        with TemporaryDirectory() as scratch:
            files = _files(family, data, Path(scratch))
            kbqa.build(
                folder, graph=files.graph, passages=files.passages, images=files.images, replace=replace
            ).close()

    return build


def _files(family: str, data: Path, scratch: Path) -> PreparedFiles:
    if family in _GRAPHS:
        return PreparedFiles((get_file(data, _GRAPHS[family]),))
    return prepare(family, data=data, out=scratch)
