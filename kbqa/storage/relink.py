"""Which passages and images may mention other entities than before, after a change of the graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from kbqa.storage.annotate import DECLARED, declared_as
from kbqa.storage.parts import Parts
from kg.text import fold
from retrieval.types import Image, Passage

__all__ = ["concerned"]

PAGE = 512
MOST = 1_000_000  # links of what was declared that are read


def concerned(
    before: Parts, changed: Iterable[str] | None, *, other_prefixes: bool
) -> Iterator[list[Passage | Image]]:
    """Yield, in pages, all items that may mention other entities than before, with their stored paths.

    Args:
        before: The knowledge base before the change.
        changed: Folded names that mean other entities than before, None for very many.
        other_prefixes: Whether prefixes have changed, so that what was declared may mean something else.
    """
    ids = None if changed is None else _ids(before, set(changed), other_prefixes=other_prefixes)
    if ids is None:
        items = before.corpus.items()
        while page := list(islice(items, PAGE)):
            yield page
        return
    for first in range(0, len(ids), PAGE):
        yield before.corpus.stored(ids[first : first + PAGE])


def _ids(before: Parts, changed: set[str], *, other_prefixes: bool) -> list[str] | None:
    said = before.lexical.may_hold(sorted(changed))
    if said is None:
        return None
    declared = [
        iri
        for iri in before.corpus.linked_entities(DECLARED)
        if other_prefixes or fold(declared_as(iri)) in changed
    ]
    shown = (item for item, _, _ in before.corpus.items_of(declared, limit=MOST)) if declared else ()
    return sorted({*said, *shown})
