"""What names need of a whole embedded graph, by reading its triples instead of asking queries.

A query counts in the memory of one process and sends every row as text; passing over the triples costs
neither, however large the graph is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import pyoxigraph as ox

from kg.convert import from_ox
from kg.naming import MAX_NAME, Naming
from kg.types import XSD, Iri, Literal

if TYPE_CHECKING:
    from kg.store import Store

__all__ = ["Tally", "count_subjects", "scan_labels", "scan_objects"]

_KEPT = 200_000  # keys counted in memory before they are handed on
_MOST_VALUES = 1_000_000  # values of one predicate that are counted at a time
_LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_TEXTS = frozenset({XSD + "string", _LANGUAGE_STRING})

Counts = Mapping[str, int]


class Tally:
    """Counts keys, and hands the counts on whenever there are many."""

    def __init__(self, hand_on: Callable[[Counts], None]) -> None:
        """Prepare; `hand_on` may get one key several times."""
        self._hand_on = hand_on
        self._counts: Counter[str] = Counter()

    def add(self, key: str, count: int = 1) -> None:
        """Count a key."""
        self._counts[key] += count
        if len(self._counts) > _KEPT:
            self.close()

    def close(self) -> None:
        """Hand on what is left."""
        self._hand_on(self._counts)
        self._counts = Counter()


def count_subjects(store: Store, subjects: Tally) -> dict[str, int]:
    """Count the triples of each subject IRI, and return predicate → number of triples, most frequent first."""
    predicates: Counter[str] = Counter()
    last, count = "", 0
    for subject, predicate, _ in store.scan():
        predicates[predicate.value] += 1
        key = subject.value if isinstance(subject, ox.NamedNode) else ""
        if key != last:
            if last:
                subjects.add(last, count)
            last, count = key, 0
        count += 1
    if last:
        subjects.add(last, count)
    subjects.close()
    return dict(sorted(predicates.items(), key=lambda item: (-item[1], item[0])))


def scan_labels(store: Store, predicate: str) -> Iterator[tuple[str, Literal]]:
    """Yield subject IRI and string of a label predicate, without what is no name."""
    for subject, _, object_ in store.scan(Iri(predicate)):
        if isinstance(subject, ox.NamedNode) and isinstance(object_, ox.Literal):
            name = from_ox(object_)
            assert isinstance(name, Literal)
            if len(name.value) <= MAX_NAME and not name.is_number and name.value.strip():
                yield subject.value, name


def scan_objects(store: Store, predicate: str, objects: Tally, naming: Naming) -> list[tuple[Literal, int]]:
    """Count the triples of each object IRI of a predicate.

    Returns:
        Its short strings with their number of triples, the most frequent ones first, at most as many as
        `naming` allows.
    """
    values: Counter[tuple[str, str]] = Counter()
    for _, _, object_ in store.scan(Iri(predicate)):
        if isinstance(object_, ox.NamedNode):
            objects.add(object_.value)
        elif isinstance(object_, ox.Literal):
            text = object_.value
            if len(text) <= naming.max_value and object_.datatype.value in _TEXTS and text.strip():
                values[text, (object_.language or "").lower()] += 1
                if len(values) > _MOST_VALUES:
                    values = Counter(dict(values.most_common(naming.max_values)))
    objects.close()
    ranked = sorted(values.items(), key=lambda item: (-item[1], item[0]))[: naming.max_values]
    return [(Literal(text, language=language), count) for (text, language), count in ranked]
