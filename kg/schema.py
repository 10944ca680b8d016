"""What a graph holds: its classes and predicates, how often, and what can follow what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from kg.joins import Side, Slot
from kg.kinds import ValueKind
from kg.taxonomy import Taxonomy
from kg.types import RDF_TYPE, RDFS_SUBCLASS, Iri

__all__ = ["ClassProfile", "PredicateProfile", "Schema", "Side", "Slot", "ValueKind"]


@dataclass(frozen=True, slots=True)
class PredicateProfile:
    """How one predicate is used.

    Attributes:
        iri: The predicate.
        count: Number of its triples.
        subjects: Number of distinct subjects.
        objects: Number of distinct objects.
        domain: Class IRI and number of triples whose subject is in it, most frequent first.
        range: Class or datatype IRI and number of triples, most frequent first.
        kind: What most objects are.
        functional: Whether at least 98 % of the subjects have one object only.
        inverse_functional: Whether at least 98 % of the objects have one subject only.
        examples: A few pairs of subject and object, as written.
        is_label: Whether it gives names.
        sampled: Whether the numbers but `count` are estimates from a part of the triples.
        several: Number of subjects with more than one object, and of objects with more than one subject;
            None where nobody counted them.
    """

    iri: Iri
    count: int
    subjects: int
    objects: int
    domain: tuple[tuple[str, int], ...]
    range: tuple[tuple[str, int], ...]
    kind: ValueKind
    functional: bool
    inverse_functional: bool
    examples: tuple[tuple[str, str], ...] = ()
    is_label: bool = False
    sampled: bool = False
    several: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class ClassProfile:
    """A class and the number of its members."""

    iri: Iri
    count: int


@dataclass(frozen=True, slots=True)
class Schema:
    """The profile of a graph.

    Attributes:
        predicates: Most frequent first; label predicates and that of types included.
        classes: Most frequent first.
        triples: Number of triples.
        joins: Pairs of slots that share members → how many, at least; both orders of a pair are keys.
            Label predicates and that of types are left out.
        slot_types: Slot → number of the group of slots with largely the same members; it stands in for
            classes where a graph has none. Slots of literals have none.
        has_joins: Whether `joins` was computed; it is not for very many predicates or too little time.
        same: Predicates that link IRIs of one thing of which the graph says something under both.
        taxonomy: Which predicate gives things their classes, and which classes lie below which. Counts are of what is said to
            be of a class itself.
    """

    predicates: tuple[PredicateProfile, ...]
    classes: tuple[ClassProfile, ...]
    triples: int
    joins: Mapping[tuple[Slot, Slot], int] = field(default_factory=dict)
    slot_types: Mapping[Slot, int] = field(default_factory=dict)
    has_joins: bool = False
    same: tuple[Iri, ...] = ()
    taxonomy: Taxonomy = field(default_factory=Taxonomy)

    @property
    def typing(self) -> Iri:
        """Predicate that gives things their classes."""
        return self.taxonomy.typing

    def kinds(self) -> tuple[ClassProfile, ...]:
        """Return all classes that things are of, most frequent first: a class above others has their members, too.

        What is said to be of several classes below one is counted once for each.
        """
        counts = Counter({one.iri.value: one.count for one in self.classes})
        for one in self.classes:
            for name in self.taxonomy.above.get(one.iri.value, ()):
                counts[name] += one.count
        found = [ClassProfile(Iri(name), count) for name, count in counts.items()]
        return tuple(sorted(found, key=lambda one: (-one.count, one.iri)))

    def find(self, iri: Iri) -> PredicateProfile | None:
        """Return the profile of a predicate, None where the graph does not use it."""
        return next((found for found in self.predicates if found.iri == iri), None)

    def get(self, iri: Iri) -> PredicateProfile:
        """Return the profile of a predicate.

        Raises:
            KeyError: If the graph does not use it.
        """
        found = self.find(iri)
        if found is None:
            raise KeyError(f"{iri.value}: not a predicate of this graph")
        return found

    def can_join(self, one: Slot, other: Slot) -> bool:
        """Return whether two slots may share members: by `joins`, else by their classes, else true."""
        if self.has_joins:
            return (one, other) in self.joins
        classes, other_classes = self._classes_of(one), self._classes_of(other)
        return not classes or not other_classes or not classes.isdisjoint(other_classes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and dicts, ready for JSON."""
        return {
            "predicates": [{**asdict(found), "iri": found.iri.value} for found in self.predicates],
            "classes": [[found.iri.value, found.count] for found in self.classes],
            "triples": self.triples,
            "joins": [[*one, *other, n] for (one, other), n in self.joins.items() if one <= other],
            "slot_types": [[*slot, number] for slot, number in self.slot_types.items()],
            "has_joins": self.has_joins,
            "same": [iri.value for iri in self.same],
            "typing": self.typing.value,
            "subclass": self.taxonomy.subclass.value,
            "above": self.taxonomy.above,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return the schema that `to_dict` wrote; raises KeyError, TypeError or ValueError on anything else."""
        return cls(
            predicates=tuple(_predicate_from(row) for row in data["predicates"]),
            classes=tuple(ClassProfile(Iri(iri), count) for iri, count in data["classes"]),
            triples=int(data["triples"]),
            joins={
                pair: n
                for p, side, q, other, n in data["joins"]
                for pair in (((p, side), (q, other)), ((q, other), (p, side)))
            },
            slot_types={(p, side): number for p, side, number in data["slot_types"]},
            has_joins=bool(data["has_joins"]),
            same=tuple(Iri(iri) for iri in data.get("same", ())),
            taxonomy=_taxonomy_from(data),
        )

    def _classes_of(self, slot: Slot) -> frozenset[str]:
        found = self.find(Iri(slot[0]))
        if found is None:
            return frozenset()
        return frozenset(iri for iri, _ in (found.domain if slot[1] == "subject" else found.range))


def _taxonomy_from(data: Mapping[str, Any]) -> Taxonomy:
    above = {str(name): tuple(map(str, found)) for name, found in data.get("above", {}).items()}
    return Taxonomy(
        Iri(str(data.get("typing", RDF_TYPE.value))),
        Iri(str(data.get("subclass", RDFS_SUBCLASS.value))),
        above,
    )


def _predicate_from(row: Mapping[str, Any]) -> PredicateProfile:
    pairs = {key: tuple((a, b) for a, b in row[key]) for key in ("domain", "range", "examples")}
    several = tuple(map(int, found)) if (found := row.get("several")) else None
    return PredicateProfile(**{**row, **pairs, "several": several, "iri": Iri(row["iri"])})
