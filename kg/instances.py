"""By which predicates a graph says what things are instances of and which classes lie below which: those of RDF, or its own as in Wikidata."""

from __future__ import annotations

from collections.abc import Sequence

from kg.terms import render_term
from kg.types import RDF_TYPE, RDFS_LABEL, RDFS_SUBCLASS, XSD, Graph, Iri, Literal, Row

__all__ = ["subclass_predicate", "type_predicate"]

_WIKIDATA = "http://www.wikidata.org/prop/direct/"
_INSTANCE = ("instance of", "Instance of", "is instance of", "is an instance of", "instanceOf")
_SUBCLASS = ("subclass of", "Subclass of", "is subclass of", "is a subclass of", "subclassOf")
_STRINGS = ((XSD + "string", ""), ("http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", "en"))
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
    return _most_used(graph, RDF_TYPE, _INSTANCE, "P31")


def subclass_predicate(graph: Graph) -> Iri:
    """Return the predicate from a class to one that holds all of its members.

    It is rdfs:subClassOf, unless one that is called "subclass of" (or is Wikidata's P279) says it of more classes; raises as
    `type_predicate` does.
    """
    return _most_used(graph, RDFS_SUBCLASS, _SUBCLASS, "P279")


def _most_used(graph: Graph, standard: Iri, names: Sequence[str], property_: str) -> Iri:
    used = sorted(_called_so(graph, names, Iri(_WIKIDATA + property_)))
    return max((standard, *used), key=lambda iri: _uses(graph, iri)) if used else standard


def _called_so(graph: Graph, names: Sequence[str], wikidata: Iri) -> set[Iri]:
    """Return the predicates of a graph that have one of some names, and that of Wikidata.

    A remote graph is asked by one query; another one by look-ups, as its first query starts a process, which takes longer.
    """
    labels = [Literal(text, datatype, language) for text in names for datatype, language in _STRINGS]
    if graph.remote:
        values = " ".join(map(render_term, labels))
        query = (
            f"SELECT DISTINCT ?p WHERE {{ {{ VALUES ?name {{ {values} }} ?p <{RDFS_LABEL.value}> ?name }} "
            f"UNION {{ VALUES ?p {{ <{wikidata.value}> }} }} FILTER(isIRI(?p)) FILTER EXISTS {{ ?s ?p ?o }} }}"
        )
        rows = graph.select(query, limit=_MOST, seconds=_SECONDS)
        return {found for row in rows if isinstance(found := row.get("p"), Iri)}
    facts = (fact for label in labels for fact in graph.triples(None, RDFS_LABEL, label, limit=_MOST))
    called = {fact.subject for fact in facts if isinstance(fact.subject, Iri)}
    return {iri for iri in {*called, wikidata} if graph.triples(predicate=iri, limit=1)}


def _uses(graph: Graph, predicate: Iri) -> int:
    query = f"SELECT (COUNT(*) AS ?n) WHERE {{ ?s {render_term(predicate)} ?o FILTER(isIRI(?o)) }}"
    rows: list[Row] = graph.select(query, limit=1, seconds=_SECONDS)
    return int(float(rows[0]["n"].value)) if rows and "n" in rows[0] else 0
