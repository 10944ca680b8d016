"""The profile of a graph after a change, from the one before it: the cost grows with the change."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from kg.delta import Delta
from kg.joins import SAMPLE as JOINED
from kg.joins import Side, Slot
from kg.kinds import ENTITY, ValueKind, main_kind
from kg.naming import LABEL_PREDICATES
from kg.profiling import EXAMPLES, is_functional, slot_sizes, with_joins
from kg.same import IDENTITIES
from kg.schema import ClassProfile, PredicateProfile, Schema
from kg.taxonomy import read_taxonomy
from kg.types import Blank, Graph, Iri, Literal, Term, Triple

__all__ = ["reprofile"]

_FACTS = 10_000  # facts of a thing with other classes than before that are read
_ENDS: tuple[Side, Side] = ("subject", "object")
_LANGUAGE_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
_FEW = 200  # facts of a thing that are read to learn its predicates; those of a hub are asked for one by one

Sums = dict[Iri, Counter[str]]
"""Predicate → class or datatype → how many more triples have it."""


def reprofile(schema: Schema, old: Graph, new: Graph, delta: Delta) -> Schema | None:
    """Return the profile of a changed graph; equal to a profile made anew, but where that estimates.

    What was an estimate (predicates marked `sampled`, joins of sides with more than 2,000 members) stays one and
    is moved by what changed.

    Args:
        schema: The profile of the graph before the change.
        old: That graph.
        new: The graph after it.
        delta: What changed.

    Returns:
        None where it has to be made anew: for another predicate of types, for identities, which change what is one thing everywhere, for a
        hub that has got other classes, and for a predicate that leads to another kind of thing than before.
    """
    if not schema.taxonomy.is_of(new):
        return None
    if schema.same or any(fact.predicate in IDENTITIES for fact, _ in delta.signed()):
        return None
    try:
        return _Change(schema, old, new, delta).schema()
    except _Anew:
        return None


class _Anew(Exception):
    """The profile cannot be brought up to date."""


@dataclass(frozen=True, slots=True)
class _Change:
    before: Schema
    old: Graph
    new: Graph
    delta: Delta

    def schema(self) -> Schema:
        facts: defaultdict[Iri, list[tuple[Triple, int]]] = defaultdict(list)
        for fact, sign in self.delta.signed():
            facts[fact.predicate].append((fact, sign))
        domains, ranges = self._classes_moved()
        known = {found.iri: found for found in self.before.predicates}
        classes = self._classes(facts.get(self.before.typing, ()))
        names = {found.iri.value for found in (*self.before.classes, *classes)}
        touched = dict.fromkeys((*facts, *domains, *ranges))
        profiles = {
            iri: self._predicate(
                known.get(iri) or _unused(iri), facts.get(iri, ()), domains[iri], ranges[iri], names
            )
            for iri in touched
        }
        kept = [found for found in (known | profiles).values() if found.count]
        predicates = tuple(sorted(kept, key=lambda found: (-found.count, found.iri.value)))
        after = replace(
            self.before,
            predicates=predicates,
            classes=classes,
            taxonomy=read_taxonomy(self.new, self.before.typing, (found.iri for found in classes)),
            triples=sum(found.count for found in predicates),
        )
        return self._joined(after)

    def _classes(self, typings: Sequence[tuple[Triple, int]]) -> tuple[ClassProfile, ...]:
        counts = Counter({found.iri: found.count for found in self.before.classes})
        for fact, sign in typings:
            if isinstance(fact.object, Iri):
                counts[fact.object] += sign
        found = [ClassProfile(iri, count) for iri, count in counts.items() if count > 0]
        return tuple(sorted(found, key=lambda item: (-item.count, item.iri)))

    def _classes_moved(self) -> tuple[Sums, Sums]:
        """Return how many more triples of each predicate have subjects, and objects, of each class."""
        domains: defaultdict[Iri, Counter[str]] = defaultdict(Counter)
        ranges: defaultdict[Iri, Counter[str]] = defaultdict(Counter)

        def count(fact: Triple, ends: Iterable[Side], classes: Iterable[Iri], sign: int) -> None:
            for end in ends:
                sums = domains if end == "subject" else ranges
                for cls in classes:
                    sums[fact.predicate][cls.value] += sign

        for fact, sign in self.delta.signed():
            if fact.predicate != self.before.typing:
                graph = self.new if sign > 0 else self.old
                count(fact, ("subject",), self._classes_of(graph, fact.subject), sign)
                count(fact, ("object",), self._classes_of(graph, fact.object), sign)
        added = set(self.delta.added)
        for thing in {
            fact.subject for fact, _ in self.delta.signed() if fact.predicate == self.before.typing
        }:
            gained, lost = (
                self._classes_of(one, thing) - self._classes_of(other, thing)
                for one, other in ((self.new, self.old), (self.old, self.new))
            )
            for end in ("subject", "object") if gained or lost else ():
                for fact in _facts_of(self.new, thing, end):
                    if fact not in added and fact.predicate != self.before.typing:
                        count(fact, (end,), gained, 1)
                        count(fact, (end,), lost, -1)
        return domains, ranges

    def _classes_of(self, graph: Graph, term: Term) -> set[Iri]:
        if isinstance(term, Literal):
            return set()
        facts = graph.triples(term, self.before.typing)
        return {fact.object for fact in facts if isinstance(fact.object, Iri)}

    def _predicate(
        self,
        profile: PredicateProfile,
        facts: Sequence[tuple[Triple, int]],
        domain: Mapping[str, int],
        range_: Mapping[str, int],
        classes: set[str],
    ) -> PredicateProfile:
        iri = profile.iri
        if profile.several is None and not profile.sampled:
            raise _Anew  # written by a version that did not count them
        count = profile.count + sum(sign for _, sign in facts)
        subjects, of_many = self._members(iri, "subject", {fact.subject for fact, _ in facts})
        objects, by_many = self._members(iri, "object", {fact.object for fact, _ in facts})
        subjects, objects = profile.subjects + subjects, profile.objects + objects
        datatypes = Counter(range_)
        for fact, sign in facts:
            if isinstance(fact.object, Literal):
                datatypes[_datatype(fact.object)] += sign
        spans = _moved(profile.range, datatypes)
        if profile.several is not None:  # else nobody had the time to count, and what is not known stays so
            of_many, by_many = of_many + profile.several[0], by_many + profile.several[1]
            profile = replace(
                profile,
                several=(of_many, by_many),
                functional=is_functional(subjects, of_many),
                inverse_functional=is_functional(objects, by_many),
            )
        return replace(
            profile,
            count=count,
            subjects=subjects,
            objects=objects,
            domain=_moved(profile.domain, domain),
            range=spans,
            kind=self._kind(profile, count, [item for item in spans if item[0] not in classes]),
            examples=tuple(
                (fact.subject.value, fact.object.value)
                for fact in self.new.triples(predicate=iri, limit=EXAMPLES)
            ),
        )

    def _members(self, predicate: Iri, end: Side, terms: Iterable[Term]) -> tuple[int, int]:
        """Return how many more of some terms are on one end of a predicate, and how many more repeatedly."""
        some = repeated = 0
        for term in terms:
            before, after = (
                len(_some_facts(graph, term, end, predicate, limit=2)) for graph in (self.old, self.new)
            )
            some += (after > 0) - (before > 0)
            repeated += (after > 1) - (before > 1)
        return some, repeated

    def _kind(self, profile: PredicateProfile, count: int, literals: Sequence[tuple[str, int]]) -> ValueKind:
        """Return what most objects are, given the number of literals of each datatype."""
        if profile.sampled:
            return profile.kind
        entities = count - sum(n for _, n in literals)
        kind = main_kind(_sorted([*([(ENTITY, entities)] if entities > 0 else []), *literals]))
        if profile.count and count and (kind == "entity") != (profile.kind == "entity"):
            raise _Anew  # it has members that can be joined now, or has no more of them
        return kind

    def _joined(self, after: Schema) -> Schema:
        """Return the new profile with what its predicates share."""
        if not self.before.has_joins:
            return after
        was, sizes = slot_sizes(self.before), slot_sizes(after)
        joins = dict(self.before.joins)
        for pair, more in self._joins_moved(was, sizes).items():
            known = joins.pop(pair, 0)
            shared = known + more
            if shared > 0:
                joins[pair] = min(shared, max(known, JOINED))
            elif min(was.get(slot, 0) for slot in pair) > JOINED:
                raise _Anew  # there were more than were counted; are there still?
        return with_joins(
            after, {pair: n for pair, n in joins.items() if all(slot in sizes for slot in pair)}
        )

    def _joins_moved(self, was: Mapping[Slot, int], sizes: Mapping[Slot, int]) -> Counter[tuple[Slot, Slot]]:
        """Return how many more members some pairs of slots share."""
        ends = (end for fact, _ in self.delta.signed() for end in (fact.subject, fact.object))
        moved: Counter[tuple[Slot, Slot]] = Counter()
        for thing in {end for end in ends if not isinstance(end, Literal)}:
            before, now = _slots_of(self.old, thing, was), _slots_of(self.new, thing, sizes)
            if before != now:
                moved.update(product(now, now))
                moved.subtract(product(before, before))
        return moved


def _unused(iri: Iri) -> PredicateProfile:
    """Return the profile of a predicate that the graph did not use."""
    is_label = iri.value in LABEL_PREDICATES
    return PredicateProfile(iri, 0, 0, 0, (), (), "text", True, True, is_label=is_label, several=(0, 0))


def _facts_of(graph: Graph, thing: Iri | Blank, end: Side) -> list[Triple]:
    """Return all facts of a thing on one of their ends."""
    facts = _some_facts(graph, thing, end, None, limit=_FACTS + 1)
    if len(facts) > _FACTS:
        raise _Anew
    return facts


def _slots_of(graph: Graph, thing: Iri | Blank, slots: Mapping[Slot, int]) -> set[Slot]:
    """Return those of some slots that a thing is a member of."""
    found: set[Slot] = set()
    for end in _ENDS:
        facts = _some_facts(graph, thing, end, None, limit=_FEW + 1)
        if len(facts) <= _FEW:
            found |= {(fact.predicate.value, end) for fact in facts}
        else:
            asked = (slot for slot in slots if slot[1] == end)
            found |= {slot for slot in asked if _some_facts(graph, thing, end, Iri(slot[0]), limit=1)}
    return found & slots.keys()


def _some_facts(graph: Graph, term: Term, end: Side, predicate: Iri | None, *, limit: int) -> list[Triple]:
    if end == "object":
        return graph.triples(None, predicate, term, limit=limit)
    return [] if isinstance(term, Literal) else graph.triples(term, predicate, None, limit=limit)


def _moved(known: Sequence[tuple[str, int]], more: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return counts with what has changed, sorted as in a profile; as they were where nothing has."""
    if not any(more.values()):
        return tuple(known)
    counts = Counter(dict(known))
    counts.update(more)
    return _sorted((name, n) for name, n in counts.items() if n > 0)


def _sorted(counts: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(counts, key=lambda item: (-item[1], item[0])))


def _datatype(literal: Literal) -> str:
    return _LANGUAGE_STRING if literal.language else literal.datatype
