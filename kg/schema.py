"""What a graph holds: its classes and predicates, how often, and what can follow what."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from kg.errors import QueryTimeout
from kg.joins import Side, Slot, count_joins, find_joins, group_slots
from kg.kinds import ENTITY, ValueKind, main_kind
from kg.members import completed, find_uses
from kg.naming import LABEL_PREDICATES
from kg.paging import pages
from kg.query import Same, Var, render_element
from kg.same import IDENTITIES, Sameness
from kg.terms import render_term
from kg.types import RDF_TYPE, Graph, Iri, Row

__all__ = ["SAMPLE", "ClassProfile", "PredicateProfile", "Schema", "Side", "Slot", "ValueKind", "profile"]

_FUNCTIONAL = 0.98
_EXAMPLES = 3
SAMPLE = 10_000  # triples of a predicate that are looked at where all would take too long
_WHOLE = 50_000  # triples of a predicate up to which all are looked at
_MAX_CLASSES = 2_000  # classes whose members are looked at
_QUERY_SECONDS = 30.0
_MAX_JOINED = 300  # predicates up to which joins are found by queries
_MAX_READ = 500_000  # triples up to which those of more predicates are found by reading all of a local graph


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


@dataclass(frozen=True, slots=True)
class ClassProfile:
    """A class and the number of its members."""

    iri: Iri
    count: int


@dataclass(frozen=True, slots=True)
class Schema:
    """The profile of a graph.

    Attributes:
        predicates: Most frequent first; label predicates and rdf:type included.
        classes: Most frequent first.
        triples: Number of triples.
        joins: Pairs of slots that share members → how many, at least; both orders of a pair are keys.
            Label predicates and rdf:type are left out.
        slot_types: Slot → number of the group of slots with largely the same members; it stands in for
            classes where a graph has none. Slots of literals have none.
        has_joins: Whether `joins` was computed; it is not for very many predicates or too little time.
        same: Predicates that link IRIs of one thing of which the graph says something under both.
    """

    predicates: tuple[PredicateProfile, ...]
    classes: tuple[ClassProfile, ...]
    triples: int
    joins: Mapping[tuple[Slot, Slot], int] = field(default_factory=dict)
    slot_types: Mapping[Slot, int] = field(default_factory=dict)
    has_joins: bool = False
    same: tuple[Iri, ...] = ()

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
        )

    def _classes_of(self, slot: Slot) -> frozenset[str]:
        found = self.find(Iri(slot[0]))
        if found is None:
            return frozenset()
        return frozenset(iri for iri, _ in (found.domain if slot[1] == "subject" else found.range))


def profile(graph: Graph, *, sample: int | None = None, seconds: float = 120) -> Schema:
    """Profile a graph by counting queries, so that it works on a remote one too.

    A predicate whose queries run out of time is profiled on a part of its triples and marked `sampled`.

    Args:
        graph: The graph to read.
        sample: Triples looked at per predicate; None for all.
        seconds: Time for everything; what does not fit in is sampled or left out.

    Returns:
        The schema; an empty graph has an empty one.

    Raises:
        QueryTimeout: If not even the predicates can be listed in time.
        EndpointError: If a remote graph failed.

    Example:
    >>> from kg.store import Store
    >>> from kg.types import Triple
    >>> with Store.in_memory() as store:
    ...     store.add([Triple(Iri("urn:paris"), Iri("urn:in"), Iri("urn:france"))], source="atlas")
    ...     profile(store).predicates[0].kind
    1
    'entity'
    """
    return _Profiler(graph, sample=sample, seconds=seconds).schema()


class _Profiler:
    """One run over a graph, with its deadline."""

    def __init__(self, graph: Graph, *, sample: int | None, seconds: float) -> None:
        self._graph = graph
        self._sample = sample
        self._deadline = time.monotonic() + seconds
        self._same: tuple[Iri, ...] = ()

    def schema(self) -> Schema:
        counts = self._counts()
        self._same = self._identities(counts)
        typed = RDF_TYPE.value in counts
        predicates = tuple(self._predicate(iri, n, typed=typed) for iri, n in counts.items())
        classes = self._classes() if typed else ()
        predicates = self._with_rare_classes(predicates, classes)
        return Schema(
            predicates=predicates,
            classes=classes,
            triples=sum(counts.values()),
            same=self._same,
            **self._joins(predicates),
        )

    def _counts(self) -> dict[str, int]:
        query = "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p"
        rows = [row for page in pages(self._graph, query, order="?p", seconds=self._left()) for row in page]
        found = {row["p"].value: _number(row, "n") for row in rows}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))

    def _identities(self, counts: Mapping[str, int]) -> tuple[Iri, ...]:
        """Return the predicates of identity that lead to what the graph says more of, some links looked at."""
        present = tuple(iri for iri in IDENTITIES if iri.value in counts)
        silent = ", ".join(render_term(Iri(iri)) for iri in (*LABEL_PREDICATES, *(i.value for i in present)))
        told = "FILTER EXISTS {{ {{ ?{0} ?p ?o }} UNION {{ ?o ?p ?{0} }} FILTER(?p NOT IN ({1})) }}"
        both = " ".join(told.format(end, silent) for end in ("one", "other"))
        path = render_element(Same(Var("one"), Var("other"), present)) if present else ""
        used = []
        for iri in present:
            links = (
                f"SELECT ?one WHERE {{ ?one {render_term(iri)} ?next FILTER(isIRI(?next)) }} LIMIT {SAMPLE}"
            )
            reached = f"{{ {links} }} {path} FILTER(isIRI(?one) && isIRI(?other) && ?one != ?other)"
            if self._select(f"SELECT ?one WHERE {{ {reached} {both} }} LIMIT 1"):
                used.append(iri)
        return tuple(used)

    def _classes(self) -> tuple[ClassProfile, ...]:
        query = (
            f"SELECT ?c (COUNT(?s) AS ?n) WHERE {{ ?s <{RDF_TYPE.value}> ?c FILTER(isIRI(?c)) }} GROUP BY ?c"
        )
        rows = [row for page in pages(self._graph, query, order="?c", seconds=self._left()) for row in page]
        found = [ClassProfile(Iri(row["c"].value), _number(row, "n")) for row in rows]
        return tuple(sorted(found, key=lambda item: (-item.count, item.iri)))

    def _predicate(self, iri: str, count: int, *, typed: bool) -> PredicateProfile:
        if self._sample is None:
            sample = SAMPLE if count > _WHOLE else None
            try:
                return self._measured(iri, count, sample=sample, typed=typed, all_kinds=True)
            except QueryTimeout:
                pass  # the same numbers of a part of the triples are better than none
        try:
            return self._measured(iri, count, sample=self._sample or SAMPLE, typed=typed)
        except QueryTimeout:
            return PredicateProfile(
                Iri(iri),
                count,
                0,
                0,
                (),
                (),
                "entity",
                False,
                False,
                is_label=iri in LABEL_PREDICATES,
                sampled=True,
            )

    def _measured(
        self, iri: str, count: int, *, sample: int | None, typed: bool, all_kinds: bool = False
    ) -> PredicateProfile:
        """Profile a predicate on all of its triples or a sample; with `all_kinds`, kinds are of all in any case.

        A store may sort its triples by the kind of their object, so that a sample holds one kind only.
        """
        if sample is not None and count <= sample:
            sample = None
        whole = pattern = of_subjects = f"?s {render_term(Iri(iri))} ?o"
        if sample is not None:
            pattern = f"{{ SELECT ?s ?o WHERE {{ {whole} }} LIMIT {sample} }}"
            of_subjects = f"{{ SELECT DISTINCT ?s WHERE {{ {{ SELECT ?s WHERE {{ {whole} }} LIMIT {sample} }} }} }} {whole}"
        subjects, of_many = self._multiplicity(of_subjects, "s", "o", count)
        objects, by_many = self._multiplicity(pattern, "o", "s", count)
        datatypes = self._grouped(
            whole if all_kinds else pattern,
            f"BIND(IF(isLiteral(?o), DATATYPE(?o), <{ENTITY}>) AS ?c)",
        )
        entities = dict(datatypes).get(ENTITY, 0)
        literal_range = tuple(item for item in datatypes if item[0] != ENTITY)
        is_type = iri == RDF_TYPE.value
        return PredicateProfile(
            Iri(iri),
            count,
            subjects,
            objects,
            domain=self._classes_in(pattern, "s") if typed and not is_type else (),
            range=_merged(
                self._classes_in(pattern, "o") if typed and entities and not is_type else (), literal_range
            ),
            kind=main_kind(datatypes),
            functional=subjects - of_many >= _FUNCTIONAL * subjects,
            inverse_functional=objects - by_many >= _FUNCTIONAL * objects,
            examples=self._examples(iri),
            is_label=iri in LABEL_PREDICATES,
            sampled=sample is not None,
        )

    def _multiplicity(self, pattern: str, one: str, many: str, count: int) -> tuple[int, int]:
        """Return how many distinct terms are on one side, and how many of them occur more than once.

        Where the pattern is a sample of `count` triples, both are estimates for all of them.
        """
        query = (
            f"SELECT (COUNT(*) AS ?terms) (SUM(IF(?n > 1, 1, 0)) AS ?repeated) (SUM(?n) AS ?seen) WHERE {{ "
            f"{{ SELECT ?{one} (COUNT(?{many}) AS ?n) WHERE {{ {pattern} }} GROUP BY ?{one} }} }}"
        )
        row = self._select(query)[0]
        terms, repeated, seen = (_number(row, name) for name in ("terms", "repeated", "seen"))
        share = seen / count if 0 < seen < count else 1.0
        return round(terms / share), round(repeated / share)

    def _classes_in(self, pattern: str, variable: str) -> tuple[tuple[str, int], ...]:
        end = "equal" if self._same else variable
        linked = f"{render_element(Same(Var(variable), Var(end), self._same))} . " if self._same else ""
        return self._grouped(pattern, f"{linked}?{end} <{RDF_TYPE.value}> ?c FILTER(isIRI(?c))")

    def _grouped(self, pattern: str, group: str) -> tuple[tuple[str, int], ...]:
        query = f"SELECT ?c (COUNT(*) AS ?n) WHERE {{ {pattern} . {group} }} GROUP BY ?c"
        found = [(row["c"].value, _number(row, "n")) for row in self._select(query) if "c" in row]
        return tuple(sorted(found, key=lambda item: (-item[1], item[0])))

    def _with_rare_classes(
        self, predicates: tuple[PredicateProfile, ...], classes: Sequence[ClassProfile]
    ) -> tuple[PredicateProfile, ...]:
        """Add the classes that a sample of a predicate's triples has missed, found by their own members."""
        sampled = any(found.sampled and found.iri != RDF_TYPE for found in predicates)
        if not sampled or len(classes) > _MAX_CLASSES:
            return predicates
        try:
            domains, ranges = find_uses(self._select, (cls.iri for cls in classes))
        except QueryTimeout:
            return predicates
        return tuple(
            replace(
                found,
                domain=completed(found.domain, domains.get(found.iri.value, ())),
                range=completed(found.range, ranges.get(found.iri.value, ())),
            )
            if found.sampled and found.iri != RDF_TYPE
            else found
            for found in predicates
        )

    def _examples(self, iri: str) -> tuple[tuple[str, str], ...]:
        triples = self._graph.triples(predicate=Iri(iri), limit=_EXAMPLES)
        return tuple((triple.subject.value, triple.object.value) for triple in triples)

    def _joins(self, predicates: Sequence[PredicateProfile]) -> dict[str, Any]:
        used = [found for found in predicates if not found.is_label and found.iri != RDF_TYPE]
        sizes: dict[Slot, int] = {(found.iri.value, "subject"): found.subjects for found in used}
        sizes |= {(found.iri.value, "object"): found.objects for found in used if found.kind == "entity"}
        slots = list(sizes)
        try:
            joins = self._find_joins(slots, len(used), sum(found.count for found in used))
        except QueryTimeout:
            return {}
        if joins is None:
            return {}
        # Nearly all things may have links of identity; they say nothing about what kind of thing it is.
        kinds = [slot for slot in slots if Iri(slot[0]) not in self._same]
        known = set(kinds)
        between = {pair: shared for pair, shared in joins.items() if known.issuperset(pair)}
        return {"joins": joins, "slot_types": group_slots(kinds, between, sizes), "has_joins": True}

    def _find_joins(
        self, slots: Sequence[Slot], predicates: int, triples: int
    ) -> dict[tuple[Slot, Slot], int] | None:
        if predicates <= _MAX_JOINED:
            return find_joins(self._select, slots, same=self._same)
        if self._graph.remote or triples > _MAX_READ:
            return None
        return count_joins(self._graph, slots, same=Sameness(self._graph, self._same))

    def _select(self, query: str) -> list[Row]:
        return self._graph.select(query, limit=100_000, seconds=min(_QUERY_SECONDS, self._left()))

    def _left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise QueryTimeout("the schema profile ran past its time limit; give it more seconds or a sample")
        return left


def _number(row: Row, variable: str) -> int:
    return int(float(row[variable].value)) if variable in row else 0


def _merged(*groups: tuple[tuple[str, int], ...]) -> tuple[tuple[str, int], ...]:
    found = [item for group in groups for item in group]
    return tuple(sorted(found, key=lambda item: (-item[1], item[0])))


def _predicate_from(row: Mapping[str, Any]) -> PredicateProfile:
    pairs = {key: tuple((a, b) for a, b in row[key]) for key in ("domain", "range", "examples")}
    return PredicateProfile(**{**row, **pairs, "iri": Iri(row["iri"])})
