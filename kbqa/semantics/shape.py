"""What is known about the members of a form without running it: their kind, classes and relations."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock

from kbqa.semantics.form import Step
from kg.schema import PredicateProfile, Schema, Slot, ValueKind
from kg.types import RDF_TYPE, Graph, Iri, Literal

__all__ = ["TRUTH", "Shape", "Shapes"]

_CACHED_THINGS = 4_096
# Up to this many predicates a look-up for each, 5 µs in the embedded store, finds every relation of an entity.
_MAX_PROBES = 1_000
_SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class Shape:
    """The kind of a form's members, the classes they may have, and the steps they can take.

    An empty `classes` means that nothing is known of them.
    """

    kind: ValueKind
    classes: frozenset[str]
    steps: frozenset[Step]

    def fits(self, other: Shape) -> bool:
        """Return whether something could be a member of both."""
        if self.kind != other.kind:
            return False
        return not (self.classes and other.classes) or bool(self.classes & other.classes)

    def narrowed(self, other: Shape) -> Shape:
        """Return the shape of the members of both."""
        classes = (self.classes & other.classes) or self.classes or other.classes
        steps = self.steps & other.steps if self.steps and other.steps else self.steps | other.steps
        return Shape(self.kind, classes, steps)


TRUTH = Shape("boolean", frozenset(), frozenset())


class Shapes:
    """Works out shapes from the schema and, for single things, from the graph.

    The cost for a thing depends on the number of predicates, never on how many facts it has.
    """

    def __init__(self, graph: Graph, schema: Schema) -> None:
        self._graph = graph
        self._schema = schema
        self._profiles = {
            profile.iri: profile
            for profile in schema.predicates
            if not profile.is_label and profile.iri != RDF_TYPE
        }
        self._things: OrderedDict[Iri | Literal, Shape] = OrderedDict()
        self._lock = Lock()
        self._joined = self._joins()

    @property
    def profiles(self) -> dict[Iri, PredicateProfile]:
        """The predicates that questions can ask for, by IRI."""
        return self._profiles

    def of_thing(self, term: Iri | Literal) -> Shape:
        """Return the shape of one entity or value."""
        with self._lock:
            if term in self._things:
                self._things.move_to_end(term)
                return self._things[term]
        shape = self._probe(term)
        with self._lock:
            self._things[term] = shape
            if len(self._things) > _CACHED_THINGS:
                self._things.popitem(last=False)
        return shape

    def of_members(self, cls: Iri) -> Shape:
        """Return the shape of a class's instances."""
        steps = set()
        for iri, profile in self._profiles.items():
            if any(name == cls.value for name, _ in profile.domain):
                steps.add(Step(iri, True))
            if any(name == cls.value for name, _ in profile.range):
                steps.add(Step(iri, False))
        return Shape("entity", frozenset({cls.value}), frozenset(steps))

    def after(self, step: Step) -> Shape:
        """Return the shape of what a step leads to."""
        profile = self._profiles[step.predicate]
        if step.forward and profile.kind != "entity":
            return Shape(profile.kind, frozenset(), frozenset({Step(step.predicate, False)}))
        classes = profile.range if step.forward else profile.domain
        return Shape("entity", frozenset(name for name, _ in classes), self._joined[step])

    def _probe(self, term: Iri | Literal) -> Shape:
        if isinstance(term, Literal):
            steps = {
                Step(iri, False)
                for iri, profile in self._profiles.items()
                if profile.kind != "entity" and self._graph.triples(None, iri, term, limit=1)
            }
            kind: ValueKind = "number" if term.is_number else "date" if term.is_date else "text"
            return Shape(kind, frozenset(), frozenset(steps))
        types = self._graph.triples(term, RDF_TYPE, None, limit=20)
        classes = frozenset(triple.object.value for triple in types)
        return Shape("entity", classes, frozenset(self._steps_of(term)))

    def _steps_of(self, term: Iri) -> set[Step]:
        if self._graph.remote or len(self._profiles) > _MAX_PROBES:
            return self._sampled_steps(term)
        steps = set()
        for iri, profile in self._profiles.items():
            if self._graph.triples(term, iri, None, limit=1):
                steps.add(Step(iri, True))
            if profile.kind == "entity" and self._graph.triples(None, iri, term, limit=1):
                steps.add(Step(iri, False))
        return steps

    def _sampled_steps(self, term: Iri) -> set[Step]:
        """Return the steps that some of a term's triples take, by two calls however many predicates there are."""
        forward = {triple.predicate for triple in self._graph.triples(term, None, None, limit=_SAMPLE)}
        backward = {triple.predicate for triple in self._graph.triples(None, None, term, limit=_SAMPLE)}
        steps = {Step(iri, True) for iri in forward} | {Step(iri, False) for iri in backward}
        return {step for step in steps if step.predicate in self._profiles}

    def _joins(self) -> dict[Step, frozenset[Step]]:
        """Return for each step the steps that some of the things it leads to can take next."""
        slots: dict[Step, Slot] = {
            Step(iri, forward): (iri.value, "object" if forward else "subject")
            for iri in self._profiles
            for forward in (True, False)
        }
        return {
            step: frozenset(
                Step(following.predicate, following.forward)
                for following in slots
                if self._schema.can_join(
                    slots[step], slots[replace(following, forward=not following.forward)]
                )
            )
            for step in slots
        }
