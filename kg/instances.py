"""By which predicate a graph says what things are instances of: rdf:type, or one of its own as Wikidata has."""

from __future__ import annotations

from kg.terms import render_term
from kg.types import RDF_TYPE, RDFS_LABEL, XSD, Graph, Iri, Literal, Row

__all__ = ["type_predicate"]

_WIKIDATA = Iri("http://www.wikidata.org/prop/direct/P31")
_LABELS = tuple(
    Literal(text, datatype, language)
    for text in ("instance of", "Instance of", "is instance of", "is an instance of", "instanceOf")
    for datatype, language in (
        (XSD + "string", ""),
        ("http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "en"),
    )
)
_SECONDS = 30.0
_MOST = 20  # predicates that may be called so


def type_predicate(graph: Graph) -> Iri:
    """Return the predicate that gives things their classes.

    It is rdf:type, unless one that is called "instance of" (or is Wikidata's P31) says it of more things.

    Args:
        graph: The graph to read.

    Raises:
        EndpointError: If a remote graph failed.
        QueryTimeout: If a remote graph is too slow.

    Example:
    >>> from kg.store import Store
    >>> from kg.types import Triple
    >>> p3 = Iri("urn:P3")
    >>> with Store.in_memory() as store:
    ...     store.add([Triple(Iri("urn:lisa"), p3, Iri("urn:painting"))], source="museum")
    ...     store.add([Triple(p3, RDFS_LABEL, Literal("instance of"))], source="museum")
    ...     type_predicate(store).value
    1
    1
    'urn:P3'
    """
    used = sorted(_called_so(graph))
    return max((RDF_TYPE, *used), key=lambda iri: _uses(graph, iri)) if used else RDF_TYPE


def _called_so(graph: Graph) -> set[Iri]:
    """Return the predicates of a graph that are called "instance of".

    A remote graph is asked by one query; another one by look-ups, as its first query starts a process, which takes longer.
    """
    if graph.remote:
        names = " ".join(map(render_term, _LABELS))
        query = (
            f"SELECT DISTINCT ?p WHERE {{ {{ VALUES ?name {{ {names} }} ?p <{RDFS_LABEL.value}> ?name }} "
            f"UNION {{ VALUES ?p {{ <{_WIKIDATA.value}> }} }} FILTER(isIRI(?p)) FILTER EXISTS {{ ?s ?p ?o }} }}"
        )
        rows = graph.select(query, limit=_MOST, seconds=_SECONDS)
        return {found for row in rows if isinstance(found := row.get("p"), Iri)}
    facts = (fact for label in _LABELS for fact in graph.triples(None, RDFS_LABEL, label, limit=_MOST))
    called = {fact.subject for fact in facts if isinstance(fact.subject, Iri)}
    return {iri for iri in {*called, _WIKIDATA} if graph.triples(predicate=iri, limit=1)}


def _uses(graph: Graph, predicate: Iri) -> int:
    query = f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s {render_term(predicate)} ?o FILTER(isIRI(?o)) }}"
    rows: list[Row] = graph.select(query, limit=1, seconds=_SECONDS)
    return int(float(rows[0]["n"].value)) if rows and "n" in rows[0] else 0
