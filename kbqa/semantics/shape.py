"""What is known about the members of a form without running it: their kind, classes and relations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kbqa.semantics.followers import Followers, one_step
from kbqa.semantics.form import Both, Counted, Follow, Form, Step, Thing, back
from kbqa.semantics.remember import Remembered
from kbqa.semantics.times import Times
from kbqa.semantics.units import are_alike, unit_in, unit_of
from kbqa.semantics.untyped import relation_to, with_classes
from kg.profiling import SAMPLE
from kg.same import Sameness
from kg.schema import PredicateProfile, Schema, ValueKind
from kg.text import readable
from kg.types import RDF_TYPE, RDFS_LABEL, Blank, Graph, Iri, Literal, Term

__all__ = ["NUMBER", "TRUTH", "Shape", "Shapes"]

_CACHED_THINGS = 4_096
# Up to this many predicates a look-up for each finds every relation of a hub; it costs as much as reading some ten
# triples (30 µs), so that those of a thing are read first, as long as they are few.
_MAX_PROBES = 1_000
_FEW, _FOR_EACH = 24, 2  # triples of a thing in one direction that are read, at least and for each predicate
_SAMPLE = 2_000
_MOST_CLASSES = 500
_TIES = 2  # that an event has at least
_ALL = 0.98  # share of some things that has what all of them have
_FEW_THINGS = 3  # of a class that are looked at
_MOST_MEASURED = 300
_FOLLOWED = 12  # things that are followed on from a step


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
NUMBER = Shape("number", frozenset(), frozenset())


class Shapes:
    """Works out shapes from the schema and, for single things, from the graph.

    The cost for a thing depends on the number of predicates, never on how many facts it has. A thing of several
    IRIs has the classes and steps of all of them.
    """

    def __init__(self, graph: Graph, schema: Schema, *, same: Sameness | None = None) -> None:
        """Prepare for one graph; `same` knows which IRIs of it are one thing, by default those of the schema."""
        self._graph = graph
        self._same = same or Sameness(graph, schema.same)
        self.taxonomy = schema.taxonomy
        # Those that something is said to be of, each with how much, the largest first.
        self.classes = {one.iri.value: one.count for one in schema.classes}
        silent = {RDF_TYPE, self.taxonomy.typing, *schema.same}
        self._profiles = {
            iri: profile
            for iri, profile in with_classes(schema).items()
            if not profile.is_label and iri not in silent
        }
        self._labels = [profile.iri for profile in schema.predicates if profile.is_label]
        self._things: Remembered[Iri | Literal, Shape] = Remembered(_CACHED_THINGS)
        self._members: Remembered[Iri, Shape] = Remembered(_CACHED_THINGS)
        self._units: dict[Iri, str] = {}
        self._kinds_with: dict[Iri, list[Iri]] = {}
        self._nameless: dict[str, bool] = {}
        self._tying: Remembered[frozenset[str], frozenset[Iri]] = Remembered(_CACHED_THINGS)
        # No more than two for each predicate, so these stay small.
        self._reached: dict[Step, Shape] = {}
        self._followers = Followers(schema, self._profiles)
        self.times = Times(self._profiles, self.of_kin)

    @property
    def profiles(self) -> dict[Iri, PredicateProfile]:
        """The predicates that questions can ask for, by IRI; links of identity are followed in silence."""
        return self._profiles

    def of_thing(self, term: Iri | Literal) -> Shape:
        """Return the shape of one entity or value."""
        shape = self._things.get(term)
        if shape is None:
            shape = self._probe(term)
            self._things.put(term, shape)
        return shape

    def of_members(self, cls: Iri) -> Shape:
        """Return the shape of a class's instances."""
        shape = self._members.get(cls)
        if shape is None:
            shape = self._of_members(cls)
            self._members.put(cls, shape)
        return shape

    def _of_members(self, cls: Iri) -> Shape:
        within, steps = self.taxonomy.within(cls.value), set()
        for iri, profile in self._profiles.items():
            if any(name in within for name, _ in profile.domain):
                steps.add(one_step(iri, True))
            if any(name in within for name, _ in profile.range):
                steps.add(one_step(iri, False))
        return Shape("entity", within, frozenset(steps))

    def has_members(self, cls: Iri) -> bool:
        """Return whether anything is of a class or of one below it."""
        return not self.classes.keys().isdisjoint(self.taxonomy.within(cls.value))

    def kinds_with(self, predicate: Iri) -> list[Iri]:
        """Return few classes that hold all subjects of a predicate which are of a class, those of most subjects first."""
        if predicate not in self._kinds_with:
            self._kinds_with[predicate] = self.together(name for name, _ in self._profiles[predicate].domain)
        return self._kinds_with[predicate]

    def together(self, classes: Iterable[str]) -> list[Iri]:
        """Return few classes that have the members of some classes and no others, in their order."""
        return [Iri(name) for name in self.taxonomy.together(list(classes), self.classes)]

    def of_kin(self, shape: Shape) -> frozenset[Step]:
        """Return the steps that instances of some of a shape's classes take; none where it has no class."""
        return frozenset(step for name in shape.classes for step in self.of_members(Iri(name)).steps)

    def after(self, step: Step) -> Shape:
        """Return the shape of what a step leads to."""
        if step not in self._reached:
            self._reached[step] = self._after(step)
        return self._reached[step]

    def _after(self, step: Step) -> Shape:
        profile = self._profiles[step.predicate]
        if step.forward and profile.kind != "entity":
            return Shape(profile.kind, frozenset(), frozenset({one_step(step.predicate, False)}))
        classes = profile.range if step.forward else profile.domain
        return Shape("entity", frozenset(name for name, _ in classes), self._followers.of(step))

    def are_all(self, step: Step, cls: Iri) -> bool:
        """Return whether all that a step leads to is of a class.

        Where the schema looked at a sample, all of that must be of the class, and none of another.
        """
        profile = self._profiles[step.predicate]
        classes = dict(profile.range if step.forward else profile.domain)
        looked = min(SAMPLE, profile.count) if profile.sampled else profile.count
        of_it = sum(classes.get(name, 0) for name in self.taxonomy.within(cls.value))
        return of_it >= looked and (not profile.sampled or len(classes) == 1)

    def leads_to_one(self, step: Step) -> bool:
        """Return whether a step leads from nearly everything that takes it to one thing only."""
        profile = self._profiles[step.predicate]
        return profile.functional if step.forward else profile.inverse_functional

    def nests(self, predicate: Iri) -> bool:
        """Return whether a relation leads from nearly every thing to one that it is a part of, and from that on to another."""
        profile = self._profiles.get(predicate)
        step = one_step(predicate, True)
        return profile is not None and self._is_tie(predicate) and self._followers.surely(step, step)

    def is_event(self, shape: Shape, *steps: Step) -> bool:
        """Return whether things only tie others together, as orders and loans do, by some steps among others.

        They have at least two relations with one thing at the other end, and no fact leads to them unless they have no names.
        """
        ties = self._tying.get(shape.classes)
        if ties is None:
            ties = self._ties_of(shape)
            self._tying.put(shape.classes, ties)
        return bool(ties) and {step.predicate for step in steps} <= ties

    def _ties_of(self, shape: Shape) -> frozenset[Iri]:
        """Return the relations by which events tie one thing each, none where things are no events."""
        kin = self.of_kin(shape)
        ties = frozenset(step.predicate for step in kin if step.forward and self._is_tie(step.predicate))
        if all(step.forward for step in kin):
            return ties if len(ties) >= _TIES else frozenset()
        owners = frozenset(step.predicate for step in kin if not step.forward)
        owned = len(owners) == 1 and all(self._own_all(iri, shape) for iri in owners)
        if all(map(self._is_nameless, shape.classes)) or (owned and self.times.span(shape) is not None):
            ties |= owners if owned else frozenset()
            return ties if len(ties) >= _TIES else frozenset()
        return frozenset()

    def events(self) -> list[Shape]:
        """Return the shapes of classes whose members only tie others together; of very many those with most relations are looked at."""
        having = Counter(name for profile in self._profiles.values() for name, _ in profile.domain)
        classes = self.together(sorted(name for name, _ in having.most_common(_MOST_CLASSES)))
        shapes = map(self.of_members, classes)
        return [shape for shape in shapes if self.is_event(shape)]

    def ties(self, shape: Shape) -> list[Step]:
        """Return the steps that lead from events to the things that they tie, in an order that stays the same."""
        owned = self._tying.get(shape.classes) or frozenset()
        steps = (step for step in self.of_kin(shape) if step.forward or step.predicate in owned)
        tying = [step for step in steps if self._profiles[step.predicate].kind == "entity"]
        return sorted(tying, key=lambda step: (step.predicate.value, step.forward))

    def passed(self, form: Form) -> frozenset[str]:
        """Return the classes of the events that a form leads through: "Ana's loans' books"; none where it does not."""
        match form:
            case Follow(source, step) if not isinstance(source, Thing) and self._leads_from_events(step):
                events = self.after(back(step))
                through = getattr(source, "step", None) != back(step)
                return events.classes if through else self.passed(source)
            case Counted(Follow(_, step)) if not step.forward and self.is_event(events := self.after(step)):
                return events.classes
            case Follow(source) | Counted(source) | Both(_, source):
                return self.passed(source)
            case _:
                return frozenset()

    def _is_nameless(self, cls: str) -> bool:
        """Return whether the things of a class have no names where others have; a remote graph is not asked."""
        if self._graph.remote or not self._labels:
            return False
        if cls not in self._nameless:
            self._nameless[cls] = not any(
                self._graph.triples(member, label, None, limit=1)
                for member in self._some_of(Iri(cls))
                for label in self._labels
            )
        return self._nameless[cls]

    def _own_all(self, predicate: Iri, shape: Shape) -> bool:
        """Return whether a relation leads to nearly each of some things from one other, as from a person to the posts it held."""
        profile = self._profiles[predicate]
        members = sum(self.classes.get(name, 0) for name in shape.classes)
        return profile.inverse_functional and profile.objects >= _ALL * members

    def _leads_from_events(self, step: Step) -> bool:
        events = self.after(back(step))
        return self.is_event(events) and (step.forward or step in self.ties(events))

    def _some_of(self, cls: Iri) -> list[Iri | Blank]:
        relation = relation_to(cls)
        if relation is None:
            return [
                fact.subject
                for fact in self._graph.triples(None, self.taxonomy.typing, cls, limit=_FEW_THINGS)
            ]
        objects = [fact.object for fact in self._graph.triples(None, relation, None, limit=_FEW_THINGS)]
        return [end for end in objects if not isinstance(end, Literal)]

    def _is_tie(self, predicate: Iri) -> bool:
        profile = self._profiles[predicate]
        return profile.functional and profile.kind == "entity"

    def share(self, before: Step, after: Step) -> float:
        """Return how many of the things a step leads to can take another next, in (0, 1]; 1 where not known."""
        return self._followers.share(before, after)

    def unit_of(self, predicate: Iri) -> str:
        """Return the unit that the graph states for a predicate's numbers or says in its name, "" where it does neither."""
        if predicate not in self._units:
            labels = [fact.object.value for fact in self._graph.triples(predicate, RDFS_LABEL, limit=20)]
            stated = unit_of(self._graph, predicate)
            self._units[predicate] = stated or unit_in([*labels, readable(predicate.value)])
        return self._units[predicate]

    def measured_in(self, unit: str) -> list[Iri]:
        """Return the relations whose numbers are in a unit, else in one of its kind, in order; of very many, or far away, none is looked at."""
        numbers = sorted(iri for iri, profile in self._profiles.items() if profile.kind == "number")
        if self._graph.remote or len(numbers) > _MOST_MEASURED:
            return []
        units = {iri: self.unit_of(iri) for iri in numbers}
        just = [iri for iri, own in units.items() if own == unit]
        return just or [iri for iri, own in units.items() if own and are_alike(own, unit)]

    def has_one(self, form: Form) -> bool:
        """Return whether a form counts what nearly everything has one of."""
        match form:
            case Counted(Follow(_, step) | Both(_, Follow(_, step))):
                return self.leads_to_one(step)
            case _:
                return False

    def is_measured(self, predicate: Iri) -> bool:
        """Return whether the values of a predicate are numbers or dates, or texts that begin with a number."""
        profile = self._profiles[predicate]
        if profile.kind in {"number", "date"}:
            return True
        values = [readable(value) for _, value in profile.examples]
        return bool(values) and all(value[:1].isdecimal() for value in values)

    def _probe(self, term: Iri | Literal) -> Shape:
        if isinstance(term, Literal):
            steps = {
                one_step(iri, False)
                for iri, profile in self._profiles.items()
                if profile.kind != "entity" and self._graph.triples(None, iri, term, limit=1)
            }
            kind: ValueKind = "number" if term.is_number else "date" if term.is_date else "text"
            return Shape(kind, frozenset(), frozenset(steps))
        iris = (term, *self._same.others(term))
        types = [
            triple
            for iri in iris
            for triple in self._graph.triples(iri, self.taxonomy.typing, None, limit=20)
        ]
        possible = frozenset(step for iri in iris for step in self._steps_of(iri))
        return Shape("entity", frozenset(triple.object.value for triple in types), possible)

    def _steps_of(self, term: Iri) -> set[Step]:
        return self._steps_on(term, forward=True) | self._steps_on(term, forward=False)

    def _steps_on(self, term: Iri, *, forward: bool) -> set[Step]:
        """Return the steps that a term can take in one direction.

        The triples themselves tell, if they are few.
        """
        probing = not self._graph.remote and len(self._profiles) <= _MAX_PROBES
        most = max(_FEW, _FOR_EACH * len(self._profiles)) + 1 if probing else _SAMPLE
        found = self._graph.triples(*((term, None, None) if forward else (None, None, term)), limit=most)
        if len(found) < most or not probing:
            predicates = {triple.predicate for triple in found} & self._profiles.keys()
        else:
            predicates = {iri for iri in self._profiles if self._takes(term, iri, forward=forward)}
        return {one_step(iri, forward) for iri in predicates}

    def _takes(self, term: Iri, predicate: Iri, *, forward: bool) -> bool:
        if forward:
            return bool(self._graph.triples(term, predicate, None, limit=1))
        return self._profiles[predicate].kind == "entity" and bool(
            self._graph.triples(None, predicate, term, limit=1)
        )

    def reached(self, things: Sequence[Iri], step: Step) -> tuple[Iri, ...] | None:
        """Return the things that a step leads to from some others, None where they are many or no IRIs.

        So that the cost stays small, few are followed, and none in a remote graph.
        """
        if self._graph.remote:
            return None
        found: dict[Iri, None] = {}
        for thing in things:
            for iri in (thing, *self._same.others(thing)):
                for end in self._ends(iri, step):
                    if not isinstance(end, Iri) or len(found) >= _FOLLOWED:
                        return None
                    found[end] = None
        return tuple(found)

    def _ends(self, iri: Iri, step: Step) -> list[Term]:
        if step.forward:
            return [
                triple.object
                for triple in self._graph.triples(iri, step.predicate, None, limit=_FOLLOWED + 1)
            ]
        return [
            triple.subject for triple in self._graph.triples(None, step.predicate, iri, limit=_FOLLOWED + 1)
        ]
