"""Random walks along given relations: where one that chooses evenly among the ends of each step comes to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kbqa.semantics.form import Step, back
from kbqa.semantics.remember import Remembered
from kg.types import Graph, Iri, Literal, Triple

__all__ = ["Ends", "Route", "Walker", "fact_of"]

Ends = tuple[Iri | Literal, ...]
Route = tuple[Step, ...]

_FANOUT = (
    60  # ends of a step that are walked to, the first of the store, so that a hub costs no more than others
)
_PLACES = 200  # likeliest places that a walk goes on from
_REMEMBERED = 200_000


def fact_of(start: Iri | Literal, step: Step, end: Iri | Literal) -> Triple | None:
    """Return the fact that a step from one end to the other walks, None where a value would be its subject."""
    subject, object_ = (start, end) if step.forward else (end, start)
    return Triple(subject, step.predicate, object_) if isinstance(subject, Iri) else None


class Walker:
    """Walks one graph, and remembers where steps lead; safe to use from several threads."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: Remembered[tuple[Iri | Literal, Step], Ends] = Remembered(_REMEMBERED)

    def ends(self, place: Iri | Literal, step: Step) -> Ends:
        """Return what a step leads to, in the order of the store, at most 60; blank nodes are passed over."""
        key = place, step
        found = self._known.get(key)
        if found is None:
            found = self._look_up(place, step)
            self._known.put(key, found)
        return found

    def _look_up(self, place: Iri | Literal, step: Step) -> Ends:
        if not step.forward:
            triples = self._graph.triples(None, step.predicate, place, limit=_FANOUT)
            return tuple(one.subject for one in triples if isinstance(one.subject, Iri))
        if isinstance(place, Literal):
            return ()
        triples = self._graph.triples(place, step.predicate, None, limit=_FANOUT)
        return tuple(one.object for one in triples if isinstance(one.object, Iri | Literal))

    def walk(
        self, start: Iri | Literal, route: Sequence[Step], *, hidden: Step | None = None
    ) -> Mapping[Iri | Literal, float]:
        """Return where a walk ends, with the probability of each place; they sum to at most 1.

        Args:
            start: Where it begins.
            route: The steps.
            hidden: A step whose facts, from the start, are taken to be unknown: they are not walked in either direction.
        """
        places: dict[Iri | Literal, float] = {start: 1.0}
        for step in route:
            places = self._further(places, step, start, hidden)
        return places

    def _further(
        self, places: Mapping[Iri | Literal, float], step: Step, start: Iri | Literal, hidden: Step | None
    ) -> dict[Iri | Literal, float]:
        reached: dict[Iri | Literal, float] = {}
        for place, share in places.items():
            ends = self.open_ends(place, step, start, hidden)
            for end in ends:
                reached[end] = reached.get(end, 0.0) + share / len(ends)
        if len(reached) <= _PLACES:
            return reached
        return dict(sorted(reached.items(), key=lambda item: -item[1])[:_PLACES])

    def open_ends(self, place: Iri | Literal, step: Step, start: Iri | Literal, hidden: Step | None) -> Ends:
        """Return what a step leads to, where the facts by which a hidden one leaves the start are unknown."""
        if step == hidden and place == start:
            return ()
        ends = self.ends(place, step)
        if hidden is not None and step == back(hidden):
            return tuple(end for end in ends if end != start)
        return ends

    def facts(self, start: Iri | Literal, route: Route, end: Iri | Literal) -> tuple[Triple, ...]:
        """Return the facts of one walk from start to end, () where there is none."""
        if not route:
            return ()
        if len(route) == 1:
            fact = fact_of(start, route[0], end)
            return (fact,) if fact is not None and end in self.ends(start, route[0]) else ()
        for place in self.ends(start, route[0]):
            rest = self.facts(place, route[1:], end)
            first = fact_of(start, route[0], place)
            if rest and first is not None:
                return (first, *rest)
        return ()
