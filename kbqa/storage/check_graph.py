"""Whether the graph agrees with the manifest, and names, schema and relation vectors with the graph."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np

from kbqa.storage.findings import Finding, Looking, some
from kbqa.storage.manifest import GraphSource
from kbqa.storage.parts import NAMES, RELATIONS, SCHEMA, STORE, read_relations, read_schema
from kg.convert import from_ox
from kg.formats import FORMATS
from kg.names import Names
from kg.store import Store
from kg.text import readable
from kg.types import Graph, Iri

__all__ = ["check_graph", "check_names", "check_relations", "check_schema"]

SAMPLE = 1_000  # names that are compared with the graph
BATCH = 20_000
PER_PREDICATE = 20  # triples of each predicate whose terms must have names
SECONDS = 3_600.0
_NAMES_OF_A_ROW = 3

_WITHOUT_SOURCE = "ASK { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"
_NOT_SHOWN = "ASK { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } }"
_PREDICATES = "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p"


def check_graph(looking: Looking) -> Iterator[Finding]:
    """Yield where the triples are not those that the manifest counts, or their sources not those it names."""
    if looking.manifest.endpoint:
        return
    listed, counts = looking.manifest.graph, looking.manifest.counts
    with Store.open(looking.version / STORE) as store:
        held = store.sources()
        if len(store) != counts.get("triples"):
            yield looking.rebuild(
                "graph", f"holds {len(store):,} triples, the manifest says {counts.get('triples', 0):,}"
            )
        for name in sorted(held.keys() - listed.keys()):
            yield looking.rebuild(
                "graph", f"holds {held[name]:,} triples of {name}, which the manifest does not list"
            )
        for name, source in listed.items():
            if held.get(name, 0) > _most(source) or (source.triples and name not in held):
                what = f"holds {held.get(name, 0):,} triples of {name}, the manifest says {source.triples:,}"
                yield looking.again("graph", what, name)
        if store.ask(_WITHOUT_SOURCE, seconds=SECONDS):
            yield looking.rebuild("graph", "holds triples that come from no source")
        if store.ask(_NOT_SHOWN, seconds=SECONDS):
            yield looking.rebuild("graph", "holds triples of sources that queries do not see")


def _most(source: GraphSource) -> int:
    """Return how many triples a file makes at most; a row of a table also gives labels to the names in it."""
    table = source.format in FORMATS and FORMATS[source.format].rdf is None
    return source.triples * (1 + _NAMES_OF_A_ROW * table)


def check_names(looking: Looking) -> Iterator[Finding]:
    """Yield where names are not those of the graph."""
    with Names.open(looking.version / NAMES) as names, looking.open_graph() as graph:
        if len(names) != looking.manifest.counts.get("names"):
            said = looking.manifest.counts.get("names", 0)
            yield looking.rebuild("names", f"there are {len(names):,}, the manifest says {said:,}")
        every = looking.every(len(names), SAMPLE)
        wrong = list(islice(names.differences(graph, every=every), 1_000))
        if wrong:
            yield looking.rebuild(
                "names", f"those of {some([term.value for term in wrong])} are not what the graph says"
            )
        nameless = _nameless(graph, names, looking)
        if nameless:
            yield looking.rebuild("names", f"{some(nameless)} of the graph have none")


def check_schema(looking: Looking) -> Iterator[Finding]:
    """Yield where the profile does not count what the graph holds."""
    schema, counts = read_schema(looking.version / SCHEMA), looking.manifest.counts
    profiled = {found.iri.value: found.count for found in schema.predicates}
    told = {
        "triples": schema.triples,
        "predicates": len(profiled),
        "classes": len(schema.classes),
    }
    for what, number in told.items():
        if counts.get(what) != number:
            yield looking.rebuild(
                "schema", f"counts {number:,} {what}, the manifest says {counts.get(what, 0):,}"
            )
    if looking.manifest.endpoint:
        return
    with Store.open(looking.version / STORE) as store:
        rows = store.select(_PREDICATES, limit=10**7, seconds=SECONDS)
    held = {row["p"].value: int(row["n"].value) for row in rows}
    wrong = sorted(iri for iri in held.keys() | profiled if held.get(iri) != profiled.get(iri))
    if wrong:
        yield looking.rebuild("schema", f"counts other triples of {some(wrong)} than the graph holds")


def check_relations(looking: Looking) -> Iterator[Finding]:
    """Yield where vectors of predicates are missing, left over or no vectors."""
    vectors = read_relations(looking.version / RELATIONS)
    schema = read_schema(looking.version / SCHEMA)
    with Names.open(looking.version / NAMES) as names:
        known = {found.iri: {name.text for name in names.of(found.iri)} for found in schema.predicates}
    used = {text for texts in known.values() for text in texts} | {readable(iri.value) for iri in known}
    if left := sorted(vectors.keys() - used):
        yield looking.rebuild("relations", f"there are vectors of {some(left)}, which name no predicate")
    if bad := [name for name, vector in vectors.items() if not _is_vector(vector, looking.manifest.dim)]:
        yield looking.rebuild("relations", f"the vectors of {some(bad)} are damaged")


def _nameless(graph: Graph, names: Names, looking: Looking) -> list[str]:
    """Return IRIs of some triples that have no name, of all triples of a local graph where it is thorough."""
    missing: set[str] = set()
    found = _all_iris(graph) if looking.thorough and isinstance(graph, Store) else _some_iris(graph, looking)
    while batch := set(islice(found, BATCH)):
        missing |= {str(term.value) for term, degree in names.degrees(list(batch)).items() if not degree}
    return sorted(missing)


def _some_iris(graph: Graph, looking: Looking) -> Iterator[Iri]:
    for predicate in read_schema(looking.version / SCHEMA).predicates:
        yield predicate.iri
        for triple in graph.triples(predicate=predicate.iri, limit=PER_PREDICATE):
            yield from (term for term in (triple.subject, triple.object) if isinstance(term, Iri))


def _all_iris(store: Store) -> Iterator[Iri]:
    for triple in store.scan():
        yield from (term for term in map(from_ox, triple) if isinstance(term, Iri))


def _is_vector(vector: np.ndarray, dim: int) -> bool:
    return vector.shape == (dim,) and bool(np.isfinite(vector).all())
