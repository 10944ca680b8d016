"""Things that a graph knows under several IRIs: which of them are one, and what says so."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import TypeVar

from kg.query import Query, Same, Values, Var, render
from kg.types import Graph, Iri, Literal, Triple

Known = TypeVar("Known", bound=Iri | Literal)

__all__ = ["IDENTITIES", "Sameness"]

IDENTITIES = (
    Iri("http://www.w3.org/2002/07/owl#sameAs"),
    Iri("http://www.w3.org/2004/02/skos/core#exactMatch"),
)
"""Predicates that say of two IRIs that they stand for one thing."""

_MOST = 32  # IRIs of one thing that are looked at
_LINKS = 100  # identity links of one IRI that are read, per predicate and direction
_CACHED = 20_000
_AT_ONCE = 200  # IRIs that one query to a remote graph asks for


class Sameness:
    """Knows which IRIs of one graph stand for one thing.

    Example:
    >>> from kg.store import Store
    >>> paris, bali = Iri("urn:en:Paris"), Iri("urn:zh:巴黎")
    >>> with Store.in_memory() as store:
    ...     store.add([Triple(paris, IDENTITIES[0], bali)], source="atlas")
    ...     Sameness(store, IDENTITIES).others(bali), Sameness(store, ()).others(bali)
    1
    ((Iri(value='urn:en:Paris'),), ())
    """

    def __init__(self, graph: Graph, predicates: Sequence[Iri]) -> None:
        """Prepare for a graph that links equal things by `predicates`; without any, nothing is the same."""
        self._graph = graph
        self.predicates = tuple(predicates)
        self._known: OrderedDict[Iri, tuple[Iri, ...]] = OrderedDict()
        self._lock = Lock()

    def others(self, iri: Iri) -> tuple[Iri, ...]:
        """Return the other IRIs of a thing, at most 31 of them, near ones first; links are followed on and on."""
        return self.others_of([iri])[iri]

    def others_of(self, iris: Iterable[Iri]) -> Mapping[Iri, tuple[Iri, ...]]:
        """Return each IRI → the other IRIs of its thing, as `others` does."""
        wanted = list(dict.fromkeys(iris))
        if not self.predicates:
            return dict.fromkeys(wanted, ())
        with self._lock:
            found = {iri: self._known[iri] for iri in wanted if iri in self._known}
        missing = [iri for iri in wanted if iri not in found]
        new = self._asked(missing) if self._graph.remote else {iri: self._walked(iri) for iri in missing}
        with self._lock:
            self._known |= new
            while len(self._known) > _CACHED:
                self._known.popitem(last=False)
        return found | new

    def distinct(self, terms: Iterable[Known]) -> tuple[Known, ...]:
        """Return the first of the terms that are one thing, in order; terms that are no IRIs stand for themselves."""
        given = dict.fromkeys(terms)
        others = self.others_of(term for term in given if isinstance(term, Iri))
        kept: dict[Known, None] = {}
        seen: set[Iri | Literal] = set()
        for term in given:
            if not isinstance(term, Iri) or seen.isdisjoint(others[term]):
                kept[term] = None
                seen.add(term)
        return tuple(kept)

    def links(self, one: Iri, other: Iri) -> tuple[Triple, ...]:
        """Return the facts that make two IRIs one thing, in a row; empty where they are not, or are equal."""
        ways: dict[Iri, tuple[Triple, ...]] = {one: ()}
        for iri in (one, *self.others(one)):
            for fact in self._facts(iri):
                ways.setdefault(_far(fact, iri), (*ways.get(iri, ()), fact))
        return ways.get(other, ())

    def _walked(self, iri: Iri) -> tuple[Iri, ...]:
        reached = {iri: None}
        for near in (queue := [iri]):
            for fact in self._facts(near):
                far = _far(fact, near)
                if far not in reached and len(reached) < _MOST:
                    reached[far] = None
                    queue.append(far)
        return tuple(reached)[1:]

    def _asked(self, iris: Sequence[Iri]) -> dict[Iri, tuple[Iri, ...]]:
        """Return what `_walked` does by few queries."""
        near, far = Var("near"), Var("far")
        found: dict[Iri, list[Iri]] = {iri: [] for iri in iris}
        for first in range(0, len(iris), _AT_ONCE):
            where = (Values(near, tuple(iris[first : first + _AT_ONCE])), Same(near, far, self.predicates))
            for row in self._graph.select(render(Query((near, far), where))):
                one, other = row["near"], row["far"]
                if isinstance(one, Iri) and isinstance(other, Iri) and one != other:
                    found[one].append(other)
        return {iri: tuple(others[: _MOST - 1]) for iri, others in found.items()}

    def _facts(self, iri: Iri) -> list[Triple]:
        facts = [
            fact
            for predicate in self.predicates
            for fact in (
                *self._graph.triples(iri, predicate, None, limit=_LINKS),
                *self._graph.triples(None, predicate, iri, limit=_LINKS),
            )
        ]
        return [fact for fact in facts if isinstance(fact.subject, Iri) and isinstance(fact.object, Iri)]


def _far(fact: Triple, near: Iri) -> Iri:
    far = fact.object if fact.subject == near else fact.subject
    assert isinstance(far, Iri)
    return far
