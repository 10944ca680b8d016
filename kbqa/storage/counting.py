"""How much a graph holds, for the manifest: counted, or moved by what a change added and took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from kg.delta import Delta
from kg.errors import QueryTimeout
from kg.names import Names
from kg.naming import LABEL_PREDICATES
from kg.schema import Schema
from kg.terms import render_term
from kg.types import Blank, Graph, Iri, Literal, Row

__all__ = ["GraphNumbers", "count_again", "count_graph"]

SECONDS = 120.0
_THINGS = """
SELECT (COUNT(DISTINCT ?x) AS ?n) WHERE {
  { ?x ?p ?o } UNION { ?s ?q ?x FILTER(isIRI(?x)) }
}
"""


@dataclass(frozen=True, slots=True)
class GraphNumbers:
    """What the manifest says about a graph: counts, and how many labels there are in each language.

    Attributes:
        counts: Numbers of triples, entities, predicates, classes and names. Entities are all IRIs and blank
            nodes that are neither classes nor predicates; a graph that is too slow to count them has none listed.
        label_languages: Language, "" for none → number of labels and aliases, the most first.
    """

    counts: Mapping[str, int]
    label_languages: Mapping[str, int]


def count_graph(graph: Graph, schema: Schema, names: Names) -> GraphNumbers:
    """Return the numbers of a graph, counted."""
    return GraphNumbers(_count(graph, schema, names), _count_label_languages(graph))


def count_again(
    known: GraphNumbers, old: tuple[Graph, Names], new: tuple[Graph, Names], schema: Schema, delta: Delta
) -> GraphNumbers:
    """Return the numbers of a changed graph, from those before the change.

    Args:
        known: The numbers before.
        old: The graph before, with its names.
        new: The graph after, with its names.
        schema: Its profile.
        delta: What changed.
    """
    ends = {end for fact, _ in delta.signed() for end in fact}
    named = [term for term in ends if not isinstance(term, Blank)]
    things = [term for term in ends if not isinstance(term, Literal)]
    counts = {
        "triples": schema.triples,
        "predicates": len(schema.predicates),
        "classes": len(schema.classes),
        "names": known.counts["names"] + sum(len(new[1].of(term)) - len(old[1].of(term)) for term in named),
    }
    if "entities" in known.counts:
        more = sum(_is_entity(*new, thing) - _is_entity(*old, thing) for thing in things)
        counts["entities"] = known.counts["entities"] + more
    languages = Counter(known.label_languages)
    for fact, sign in delta.signed():
        if fact.predicate.value in LABEL_PREDICATES and isinstance(fact.object, Literal):
            languages[fact.object.language] += sign
    return GraphNumbers(counts, _sorted({language: n for language, n in languages.items() if n > 0}))


def _is_entity(graph: Graph, names: Names, thing: Iri | Blank) -> bool:
    if isinstance(thing, Iri):
        if any(name.kind != "entity" for name in names.of(thing)):
            return False
        if graph.triples(object=thing, limit=1):
            return True
    return bool(graph.triples(subject=thing, limit=1))


def _count(graph: Graph, schema: Schema, names: Names) -> dict[str, int]:
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


def _count_label_languages(graph: Graph) -> dict[str, int]:
    values = " ".join(render_term(Iri(iri)) for iri in LABEL_PREDICATES)
    query = (
        f"SELECT ?l (COUNT(*) AS ?n) WHERE {{ VALUES ?p {{ {values} }} ?s ?p ?o "
        "FILTER(isLiteral(?o)) BIND(LANG(?o) AS ?l) } GROUP BY ?l"
    )
    try:
        rows = graph.select(query, seconds=SECONDS)
    except QueryTimeout:
        return {}
    return _sorted({row["l"].value: _number(row) for row in rows if "l" in row})


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _occurs(graph: Graph, iri: Iri) -> bool:
    """Return whether a class or predicate is also the subject or object of a triple."""
    return bool(graph.triples(subject=iri, limit=1) or graph.triples(object=iri, limit=1))


def _number(row: Row) -> int:
    term = row.get("n")
    return int(term.value) if isinstance(term, Literal) else 0
