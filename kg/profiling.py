"""Profile a graph: which classes and predicates it has, how often, and what can follow what."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kg.errors import QueryTimeout
from kg.instances import type_predicate
from kg.joins import Slot, count_joins, find_joins, group_slots
from kg.kinds import ENTITY, main_kind
from kg.members import completed, find_uses
from kg.naming import LABEL_PREDICATES
from kg.paging import pages
from kg.query import Same, Var, render_element
from kg.same import IDENTITIES, Sameness
from kg.schema import ClassProfile, PredicateProfile, Schema
from kg.taxonomy import read_taxonomy
from kg.terms import render_term
from kg.types import Graph, Iri, Row

__all__ = ["EXAMPLES", "MAX_JOINED", "SAMPLE", "is_functional", "profile", "slot_sizes", "with_joins"]

_FUNCTIONAL = 0.98
EXAMPLES = 3  # pairs of a predicate that a profile shows
SAMPLE = 10_000  # triples of a predicate that are looked at where all would take too long
_WHOLE = 50_000  # triples of a predicate up to which all are looked at
_MAX_CLASSES = 2_000  # classes whose members are looked at
_QUERY_SECONDS = 30.0
MAX_JOINED = 300  # predicates up to which joins are found by queries
_MAX_READ = 500_000  # triples up to which those of more predicates are found by reading all of a local graph


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
        self._typing = type_predicate(graph)

    def schema(self) -> Schema:
        counts = self._counts()
        self._same = self._identities(counts)
        typed = self._typing.value in counts
        predicates = tuple(self._predicate(iri, n, typed=typed) for iri, n in counts.items())
        classes = self._classes() if typed else ()
        predicates = self._with_rare_classes(predicates, classes)
        taxonomy = read_taxonomy(self._graph, self._typing, (found.iri for found in classes))
        found = Schema(predicates, classes, triples=sum(counts.values()), same=self._same, taxonomy=taxonomy)
        return self._joined(found)

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
        query = f"SELECT ?c (COUNT(?s) AS ?n) WHERE {{ ?s <{self._typing.value}> ?c FILTER(isIRI(?c)) }} GROUP BY ?c"
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
        is_type = iri == self._typing.value
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
            functional=is_functional(subjects, of_many),
            inverse_functional=is_functional(objects, by_many),
            examples=self._examples(iri),
            is_label=iri in LABEL_PREDICATES,
            sampled=sample is not None,
            several=(of_many, by_many),
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
        return self._grouped(pattern, f"{linked}?{end} <{self._typing.value}> ?c FILTER(isIRI(?c))")

    def _grouped(self, pattern: str, group: str) -> tuple[tuple[str, int], ...]:
        query = f"SELECT ?c (COUNT(*) AS ?n) WHERE {{ {pattern} . {group} }} GROUP BY ?c"
        found = [(row["c"].value, _number(row, "n")) for row in self._select(query) if "c" in row]
        return tuple(sorted(found, key=lambda item: (-item[1], item[0])))

    def _with_rare_classes(
        self, predicates: tuple[PredicateProfile, ...], classes: Sequence[ClassProfile]
    ) -> tuple[PredicateProfile, ...]:
        """Add the classes that a sample of a predicate's triples has missed, found by their own members."""
        sampled = any(found.sampled and found.iri != self._typing for found in predicates)
        if not sampled or len(classes) > _MAX_CLASSES:
            return predicates
        try:
            domains, ranges = find_uses(self._select, (cls.iri for cls in classes), self._typing)
        except QueryTimeout:
            return predicates
        return tuple(
            replace(
                found,
                domain=completed(found.domain, domains.get(found.iri.value, ())),
                range=completed(found.range, ranges.get(found.iri.value, ())),
            )
            if found.sampled and found.iri != self._typing
            else found
            for found in predicates
        )

    def _examples(self, iri: str) -> tuple[tuple[str, str], ...]:
        triples = self._graph.triples(predicate=Iri(iri), limit=EXAMPLES)
        return tuple((triple.subject.value, triple.object.value) for triple in triples)

    def _joined(self, schema: Schema) -> Schema:
        """Return the profile with what its predicates share, if that could be found in time."""
        slots = list(slot_sizes(schema))
        used = _used(schema)
        try:
            joins = self._find_joins(slots, len(used), sum(found.count for found in used))
        except QueryTimeout:
            return schema
        return schema if joins is None else with_joins(schema, joins)

    def _find_joins(
        self, slots: Sequence[Slot], predicates: int, triples: int
    ) -> dict[tuple[Slot, Slot], int] | None:
        if predicates <= MAX_JOINED:
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


def is_functional(terms: int, repeated: int) -> bool:
    """Return whether at least 98 % of the terms on one side of a predicate have one partner only.

    >>> is_functional(100, 2), is_functional(100, 3)
    (True, False)
    """
    return terms - repeated >= _FUNCTIONAL * terms


def slot_sizes(schema: Schema) -> dict[Slot, int]:
    """Return the sides of predicates that may be joined, with their number of members: subjects, then objects."""
    used = _used(schema)
    sizes: dict[Slot, int] = {(found.iri.value, "subject"): found.subjects for found in used}
    return sizes | {(found.iri.value, "object"): found.objects for found in used if found.kind == "entity"}


def with_joins(schema: Schema, joins: Mapping[tuple[Slot, Slot], int]) -> Schema:
    """Return a profile with what its slots share, as `find_joins` returns it, and the types that follow from it."""
    sizes = slot_sizes(schema)
    # Nearly all things may have links of identity; they say nothing about what kind of thing it is.
    kinds = [slot for slot in sizes if Iri(slot[0]) not in schema.same]
    known = set(kinds)
    between = {pair: shared for pair, shared in joins.items() if known.issuperset(pair)}
    return replace(schema, joins=joins, slot_types=group_slots(kinds, between, sizes), has_joins=True)


def _used(schema: Schema) -> list[PredicateProfile]:
    """Return the predicates that say more than what a thing is called or is an instance of."""
    return [found for found in schema.predicates if not found.is_label and found.iri != schema.typing]
