"""What a check looks at, and how it tells what it finds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.storage.manifest import Manifest
from kbqa.storage.parts import STORE, graph_folder
from kg.store import Store
from kg.types import Graph

if TYPE_CHECKING:
    from retrieval.types import ImageEncoder, TextEncoder

__all__ = ["Finding", "Looking", "some"]

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree.

    Attributes:
        part: Where: "graph", "names", "schema", "relations", "passages", "words", "vectors", "links", "images",
            "image vectors".
        what: What is wrong, with the numbers or names.
        todo: What to do.
    """

    part: str
    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.part}: {self.what}; {self.todo}"


@dataclass(frozen=True, slots=True)
class Looking:
    """A knowledge base that is being checked, and how closely."""

    folder: Path
    manifest: Manifest
    thorough: bool
    encoder: TextEncoder | None = None
    image_encoder: ImageEncoder | None = None

    @property
    def version(self) -> Path:
        """Where the graph is."""
        return graph_folder(self.folder, self.manifest.graph_version)

    @contextmanager
    def open_graph(self) -> Iterator[Graph]:
        """Give the graph, which may be on a server."""
        if self.manifest.endpoint:
            from kg.endpoint import Endpoint

            yield Endpoint(self.manifest.endpoint)
            return
        with Store.open(self.version / STORE) as store:
            yield store

    def rebuild(self, part: str, what: str) -> Finding:
        """Return a finding that only building anew mends."""
        return Finding(part, what, f"build it again: kbqa build {self.folder} … --replace")

    def again(self, part: str, what: str, source: str) -> Finding:
        """Return a finding that adding one source again mends."""
        return Finding(part, what, f"add {source} again: kbqa add {self.folder} …")

    def every(self, count: int, sample: int) -> int:
        """Return n so that each n-th of `count` things makes a sample of that size, 1 where it is thorough."""
        return 1 if self.thorough else max(1, count // sample)


def some(names: Sequence[object]) -> str:
    """Return the first few names, and how many more there are.

    >>> some(["a", "b"]), some(range(5))
    ('a, b', '0, 1, 2 and 2 more')
    """
    left = len(names) - _NAMED
    return ", ".join(map(str, names[:_NAMED])) + (f" and {left:,} more" if left > 0 else "")
