"""How much a graph holds, for the manifest."""

from __future__ import annotations

from kg.errors import QueryTimeout
from kg.names import Names
from kg.naming import LABEL_PREDICATES
from kg.schema import Schema
from kg.terms import render_term
from kg.types import Graph, Iri, Literal, Row

__all__ = ["count_graph", "count_label_languages"]

SECONDS = 120.0
_THINGS = """
SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {
  { ?x ?p ?o } UNION { ?s ?q ?x FILTER(isIRI(?x)) }
}
"""


def count_graph(graph: Graph, schema: Schema, names: Names) -> dict[str, int]:
    """Return the numbers of triples, entities, predicates, classes and names.

    Entities are all IRIs and blank nodes that are neither classes nor predicates; a graph that is too slow
    to count them has none listed.
    """
    counts = {
        "triples": schema.triples,
        "predicates": len(schema.predicates),
        "classes": len(schema.classes),
        "names": len(names),
    }
    try:
        things = _number(graph.select(_THINGS, seconds=SECONDS)[0])
    except QueryTimeout:
        return counts
    others = {name.term for kind in ("class", "predicate") for name in names.of_kind(kind, limit=100_000)}
    used = [iri for iri in others if isinstance(iri, Iri) and _occurs(graph, iri)]
    return {**counts, "entities": things - len(used)}


def count_label_languages(graph: Graph) -> dict[str, int]:
    """Return how many labels and aliases there are in each language, "" for none; the most first."""
    values = " ".join(render_term(Iri(iri)) for iri in LABEL_PREDICATES)
    query = (
        f"SELECT ?l (COUNT(*) AS ?n) WHERE {{ VALUES ?p {{ {values} }} ?s ?p ?o "
        "FILTER(isLiteral(?o)) BIND(LANG(?o) AS ?l) } GROUP BY ?l"
    )
    try:
        rows = graph.select(query, seconds=SECONDS)
    except QueryTimeout:
        return {}
    found = {row["l"].value: _number(row) for row in rows if "l" in row}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _occurs(graph: Graph, iri: Iri) -> bool:
    """Return whether a class or predicate is also the subject or object of a triple."""
    return bool(graph.triples(subject=iri, limit=1) or graph.triples(object=iri, limit=1))


def _number(row: Row) -> int:
    term = row.get("n")
    return int(term.value) if isinstance(term, Literal) else 0
