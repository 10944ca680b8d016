"""What things are linked to, remembered for those with few links."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from kbqa.semantics.form import Step
from kg.same import Sameness
from kg.types import Blank, Graph, Iri, Literal, Term, Triple

__all__ = ["Links", "Things"]

_FEW = 64  # links of a thing, per direction, up to which they are all read at once
_KEPT = 20_000  # things whose links are remembered
_PART = 1_024  # links of one relation up to which they are remembered for a thing of many
_PARTS = 512  # how many times


class Things:
    """Knows one term for each thing: of several IRIs the one that sorts first, as compiled queries do."""

    def __init__(self, same: Sameness) -> None:
        """Prepare for one graph; `same` knows which IRIs of it are one thing."""
        self.same = same

    def all_of(self, term: Term) -> tuple[Term, ...]:
        """Return a term and the other IRIs of its thing, in an order that does not depend on the term."""
        if not isinstance(term, Iri):
            return (term,)
        return tuple(sorted((term, *self.same.others(term)), key=lambda iri: iri.value))

    def one_of(self, term: Iri | Literal) -> Iri | Literal:
        """Return the term that stands for a thing."""
        return _first(term, self.same.others(term)) if isinstance(term, Iri) else term

    def one_of_each(self, terms: Iterable[Term]) -> list[Term]:
        """Return the terms that stand for some things, in order, as often as these occur."""
        given = list(terms)
        if not self.same.predicates:
            return given
        others = self.same.others_of(term for term in given if isinstance(term, Iri))
        return [_first(term, others[term]) if isinstance(term, Iri) else term for term in given]


def _first(iri: Iri, others: Sequence[Iri]) -> Iri:
    return min((iri, *others), key=lambda one: one.value)


class Links:
    """Looks up the links of things in an embedded graph.

    The links of most things are few, and many paths go through the same thing: two look-ups then give
    what all its relations lead to. Things with many links are looked up one relation at a time.
    A thing of several IRIs has the links of all of them, and is told by one of them, always the same.
    """

    def __init__(self, graph: Graph, things: Things) -> None:
        self.things = things
        self._graph = graph
        self._kept: OrderedDict[Term, Mapping[Step, Sequence[Term]] | None] = OrderedDict()
        self._small_part = lru_cache(_PARTS)(self._part)

    def of(self, term: Term, step: Step, *, limit: int) -> Sequence[Term]:
        """Return what a step leads to from a term, in a fixed order.

        Where a step leads to more than `limit` terms, the first of them are given, that many at least.
        """
        links = self._all(term)
        if links is not None:
            return links.get(step, ())
        return self._part(term, step, limit) if limit > _PART else self._small_part(term, step, limit)

    def _part(self, term: Term, step: Step, limit: int) -> Sequence[Term]:
        found: list[Term] = []
        for known in self.things.all_of(term):
            left = limit - len(found)
            if not step.forward:
                facts = self._graph.triples(None, step.predicate, known, limit=left)
                found += [fact.subject for fact in facts]
            elif not isinstance(known, Literal):
                facts = self._graph.triples(known, step.predicate, None, limit=left)
                found += [fact.object for fact in facts]
            if len(found) >= limit:
                break
        return tuple(self.things.one_of_each(found))

    def _all(self, term: Term) -> Mapping[Step, Sequence[Term]] | None:
        """Return the links of a term by step, None where it has many."""
        if term in self._kept:
            self._kept.move_to_end(term)
            return self._kept[term]
        links = self._kept[term] = self._read(term)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return links

    def _read(self, term: Term) -> Mapping[Step, Sequence[Term]] | None:
        links: dict[Step, list[Term]] = {}
        for known in self.things.all_of(term):
            backward = self._graph.triples(None, None, known, limit=_FEW + 1)
            forward = [] if isinstance(known, Literal) else self._forward(known)
            if max(len(backward), len(forward)) > _FEW:
                return None
            for triple in backward:
                links.setdefault(Step(triple.predicate, False), []).append(triple.subject)
            for triple in forward:
                links.setdefault(Step(triple.predicate, True), []).append(triple.object)
        return {step: self.things.one_of_each(found) for step, found in links.items()}

    def _forward(self, term: Iri | Blank) -> Sequence[Triple]:
        return self._graph.triples(term, None, None, limit=_FEW + 1)
