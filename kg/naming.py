"""Read what a graph names, and how, through SPARQL alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.paging import pages
from kg.terms import render_term
from kg.text import readable
from kg.types import RDF_TYPE, RDFS_LABEL, RDFS_SUBCLASS, XSD, Graph, Iri, Kind, Literal, Row, Term

__all__ = [
    "CLASS_TYPES",
    "LABEL_PREDICATES",
    "MAX_NAME",
    "PROPERTY_TYPES",
    "Naming",
    "TermFacts",
    "is_value",
    "label_preferences",
    "look_up",
    "name_kind",
    "read_facts",
    "read_labels",
    "read_occurrences",
    "read_predicates",
    "read_typed",
    "read_values",
    "typing_predicates",
]

_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_OWL = "http://www.w3.org/2002/07/owl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"

LABEL_PREDICATES: Mapping[str, bool] = {
    RDFS_LABEL.value: True,
    _SKOS + "prefLabel": True,
    _SKOS + "altLabel": False,
    "http://schema.org/name": True,
    "https://schema.org/name": True,
    "http://schema.org/alternateName": False,
    "https://schema.org/alternateName": False,
    "http://xmlns.com/foaf/0.1/name": True,
    "http://xmlns.com/foaf/0.1/nick": False,
    "http://www.w3.org/2006/vcard/ns#fn": True,
    "http://www.w3.org/2006/vcard/ns#organization-name": True,
    "http://usefulinc.com/ns/doap#name": True,
    "http://www.geonames.org/ontology#name": True,
    "http://www.geonames.org/ontology#alternateName": False,
    "http://www.geneontology.org/formats/oboInOwl#hasExactSynonym": False,
    "http://purl.obolibrary.org/obo/IAO_0000118": False,
    "http://purl.org/dc/elements/1.1/title": True,
    "http://purl.org/dc/terms/title": True,
}
"""Predicate IRI → whether what it gives is a label (True) or an alias."""

CLASS_TYPES = (_RDFS + "Class", _OWL + "Class")
PROPERTY_TYPES = (
    _RDF + "Property",
    _OWL + "ObjectProperty",
    _OWL + "DatatypeProperty",
    _OWL + "AnnotationProperty",
)

MOST_COUNTED = 20_000  # triples with one value that are counted
MAX_NAME = 500  # characters; a longer "label" is a text, not a name


@dataclass(frozen=True, slots=True)
class Naming:
    """How names are read.

    Attributes:
        label_predicates: Predicate IRIs, beside the well-known ones, whose strings are labels.
        max_value: Longest string literal, in characters, that is taken as a value.
        max_values: How many distinct values one predicate gives at most, most frequent first.
        typing: Predicate IRI, beside rdf:type, whose objects are classes.
        subclass: Predicate IRI, beside rdfs:subClassOf, whose objects are classes.
    """

    label_predicates: Sequence[str] = field(default=())
    max_value: int = 60
    max_values: int = 20_000
    typing: str = RDF_TYPE.value
    subclass: str = RDFS_SUBCLASS.value


def typing_predicates(naming: Naming) -> list[Iri]:
    """Return the predicates whose objects are classes.

    >>> [iri.value.rpartition("/")[2] for iri in typing_predicates(Naming(typing="urn:P31"))]
    ['22-rdf-syntax-ns#type', 'urn:P31', 'rdf-schema#subClassOf']
    """
    return list(dict.fromkeys((RDF_TYPE, Iri(naming.typing), RDFS_SUBCLASS, Iri(naming.subclass))))


def is_value(literal: Literal, naming: Naming) -> bool:
    """Return whether a literal is a short string, which questions may mean by its text.

    >>> is_value(Literal("drama"), Naming()), is_value(Literal("7", XSD + "integer"), Naming())
    (True, False)
    """
    is_string = bool(literal.language) or literal.datatype == XSD + "string"
    return is_string and len(literal.value) <= naming.max_value and bool(literal.value.strip())


def label_preferences(naming: Naming) -> dict[str, bool]:
    """Return predicate IRI → whether it gives labels (True) or aliases (False)."""
    return {**LABEL_PREDICATES, **dict.fromkeys(naming.label_predicates, True)}


def read_predicates(graph: Graph) -> dict[str, int]:
    """Return every predicate's IRI with its number of triples, most frequent first."""
    query = "SELECT ?p (COUNT(*) AS ?n) WHERE { ?s ?p ?o } GROUP BY ?p"
    found = {_value(row["p"]): _count(row) for page in pages(graph, query, order="?p") for row in page}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def read_occurrences(graph: Graph, predicate: str, *, side: str) -> Iterator[list[tuple[str, int]]]:
    """Yield pages of the IRIs on one side ("s" or "o") of a predicate, with their number of triples."""
    query = (
        f"SELECT ?{side} (COUNT(*) AS ?n) WHERE {{ ?s {_in_sparql(predicate)} ?o FILTER(isIRI(?{side})) }} "
        f"GROUP BY ?{side}"
    )
    for page in pages(graph, query, order=f"?{side}"):
        yield [(_value(row[side]), _count(row)) for row in page]


def read_values(graph: Graph, predicate: str, naming: Naming) -> list[tuple[Literal, int]]:
    """Return the short strings that a predicate gives, with their number of triples, most frequent first."""
    query = (
        f"SELECT ?o (COUNT(*) AS ?n) WHERE {{ ?s {_in_sparql(predicate)} ?o "
        f"FILTER(isLiteral(?o) && (DATATYPE(?o) = <{XSD}string> || LANG(?o) != '') "
        f"&& STRLEN(STR(?o)) <= {naming.max_value}) }} "
        f"GROUP BY ?o ORDER BY DESC(?n) LIMIT {naming.max_values}"
    )
    rows = graph.select(query, limit=naming.max_values, seconds=600)
    return [
        (term, _count(row)) for row in rows if isinstance(term := row["o"], Literal) and term.value.strip()
    ]


def read_labels(graph: Graph, predicate: str) -> Iterator[list[tuple[str, Literal | None]]]:
    """Yield pages of (subject IRI, string) that a label predicate gives; None for what is no name."""
    query = (
        f"SELECT ?s (IF(isLiteral(?o) && STRLEN(STR(?o)) <= {MAX_NAME}, ?o, 0) AS ?name) "
        f"WHERE {{ ?s {_in_sparql(predicate)} ?o FILTER(isIRI(?s)) }}"
    )
    for page in pages(graph, query, order="?s ?o"):
        yield [(_value(row["s"]), _as_name(row["name"])) for row in page]


def read_typed(graph: Graph, types: Sequence[str]) -> list[str]:
    """Return the IRIs that are typed as one of some classes."""
    values = " ".join(map(_in_sparql, types))
    query = (
        f"SELECT DISTINCT ?s WHERE {{ VALUES ?t {{ {values} }} ?s <{RDF_TYPE.value}> ?t FILTER(isIRI(?s)) }}"
    )
    return [_value(row["s"]) for page in pages(graph, query, order="?s") for row in page]


@dataclass(frozen=True, slots=True)
class TermFacts:
    """All that an index keeps of one term.

    Attributes:
        term: The term.
        degree: Number of triples it occurs in; 0 where the graph does not hold it.
        kind: What it is.
        names: Text, language and whether it is a label, each name once.
    """

    term: Iri | Literal
    degree: int
    kind: Kind
    names: Sequence[tuple[str, str, bool]]


def read_facts(graph: Graph, terms: Sequence[Iri | Literal], naming: Naming) -> list[TermFacts]:
    """Return the facts of some terms, and of the short strings that they have as values.

    Args:
        graph: The graph to read.
        terms: At most a few hundred terms.
        naming: Which predicates give labels, and which strings are values.
    """
    subjects = [term for term in terms if isinstance(term, Iri)]
    preferences = label_preferences(naming)
    strings = _strings_of(graph, subjects, naming)
    labels: dict[Iri, dict[tuple[str, str], bool]] = {}
    values = {term for term in terms if isinstance(term, Literal) and is_value(term, naming)}
    for subject, predicate, string in strings:
        if predicate in preferences:
            own = labels.setdefault(subject, {})
            key = (string.value, string.language)
            own[key] = own.get(key, False) or preferences[predicate]
        elif is_value(string, naming):
            values.add(string)
    kinds = _kinds_of(graph, subjects, naming)
    degrees = _degrees_of(graph, subjects)
    named = [
        TermFacts(
            term,
            degrees.get(term, 0),
            kinds[term],
            [(*name, preferred) for name, preferred in labels.get(term, {}).items()]
            or [(readable(term.value), "", True)],
        )
        for term in subjects
    ]
    return named + _value_facts(graph, sorted(values), preferences)


def look_up(graph: Graph, term: Iri | Literal, naming: Naming, degree: int | None) -> TermFacts:
    """Return the facts of one term by few look-ups, however many triples it occurs in.

    Args:
        graph: A graph that is not remote.
        term: An IRI, or a literal that is a value.
        naming: Which predicates give labels.
        degree: The number of triples that the term occurs in; None to count them, which a value only may need.
    """
    preferences = label_preferences(naming)
    if isinstance(term, Literal):
        if degree is None:
            found = graph.triples(object=term, limit=MOST_COUNTED)
            degree = sum(fact.predicate.value not in preferences for fact in found)
        return TermFacts(term, degree, "value", [(term.value, term.language, True)])
    labels: dict[tuple[str, str], bool] = {}
    for predicate, preferred in preferences.items():
        for fact in graph.triples(term, Iri(predicate)):
            if (name := _as_name(fact.object)) is not None:
                key = (name.value, name.language)
                labels[key] = labels.get(key, False) or preferred
    has_members = any(graph.triples(predicate=iri, object=term, limit=1) for iri in typing_predicates(naming))
    is_class = has_members or _is_a(graph, term, CLASS_TYPES)
    is_predicate = bool(graph.triples(predicate=term, limit=1)) or _is_a(graph, term, PROPERTY_TYPES)
    names = [(*name, preferred) for name, preferred in labels.items()]
    kind = name_kind(is_class=is_class, is_predicate=is_predicate)
    return TermFacts(term, degree or 0, kind, names or [(readable(term.value), "", True)])


def _is_a(graph: Graph, term: Iri, types: Sequence[str]) -> bool:
    return any(graph.triples(term, RDF_TYPE, Iri(iri), limit=1) for iri in types)


def _strings_of(graph: Graph, subjects: Sequence[Iri], naming: Naming) -> list[tuple[Iri, str, Literal]]:
    if not subjects:
        return []
    query = (
        f"SELECT ?s ?p ?o WHERE {{ {_values('s', subjects)} ?s ?p ?o FILTER(isLiteral(?o) && "
        f"(DATATYPE(?o) = <{XSD}string> || LANG(?o) != '') && STRLEN(STR(?o)) <= {MAX_NAME}) }}"
    )
    return [
        (subject, _value(row["p"]), string)
        for page in pages(graph, query, order="?s ?p ?o")
        for row in page
        if isinstance(subject := row["s"], Iri) and isinstance(string := row["o"], Literal)
    ]


def _degrees_of(graph: Graph, subjects: Sequence[Iri]) -> dict[Term, int]:
    if not subjects:
        return {}
    terms = _values("s", subjects)
    places = ("?s ?p ?o", "?o ?p ?s", "?o ?s ?p")
    union = " UNION ".join(f"{{ {terms} {place} }}" for place in places)
    query = f"SELECT ?s (COUNT(*) AS ?n) WHERE {{ {union} }} GROUP BY ?s"
    return {row["s"]: _count(row) for page in pages(graph, query, order="?s") for row in page}


def _kinds_of(graph: Graph, subjects: Sequence[Iri], naming: Naming) -> dict[Term, Kind]:
    if not subjects:
        return {}
    classes, properties = (" ".join(map(_in_sparql, types)) for types in (CLASS_TYPES, PROPERTY_TYPES))
    typings = " ".join(_in_sparql(iri.value) for iri in typing_predicates(naming))
    query = (
        f"SELECT ?s ?class ?predicate WHERE {{ {_values('s', subjects)} "
        f"BIND(EXISTS {{ VALUES ?a {{ {typings} }} ?x ?a ?s }} || EXISTS {{ VALUES ?t {{ {classes} }} ?s a ?t }} AS ?class) "
        f"BIND(EXISTS {{ ?x ?s ?y }} || EXISTS {{ VALUES ?t {{ {properties} }} ?s a ?t }} AS ?predicate) }}"
    )
    return {
        row["s"]: name_kind(is_class=_true(row["class"]), is_predicate=_true(row["predicate"]))
        for row in graph.select(query, limit=len(subjects), seconds=600)
    }


def _value_facts(graph: Graph, values: Sequence[Literal], preferences: Mapping[str, bool]) -> list[TermFacts]:
    if not values:
        return []
    labels = " ".join(map(_in_sparql, preferences))
    query = (
        f"SELECT ?s (COUNT(*) AS ?n) WHERE {{ {_values('s', values)} ?x ?p ?s "
        f"FILTER(?p NOT IN ({labels.replace(' ', ', ')})) }} GROUP BY ?s"
    )
    degrees = {row["s"]: _count(row) for page in pages(graph, query, order="?s") for row in page}
    return [
        TermFacts(value, degrees.get(value, 0), "value", [(value.value, value.language, True)])
        for value in values
    ]


def _values(variable: str, terms: Sequence[Iri] | Sequence[Literal]) -> str:
    return f"VALUES ?{variable} {{ {' '.join(map(render_term, terms))} }}"


def _true(term: Term) -> bool:
    return term.value in ("true", "1")


def name_kind(*, is_class: bool, is_predicate: bool) -> Kind:
    """Return the kind of an IRI; one that is both a class and a predicate counts as a class."""
    if is_class:
        return "class"
    return "predicate" if is_predicate else "entity"


def _in_sparql(iri: str) -> str:
    return render_term(Iri(iri))


def _as_name(term: Term) -> Literal | None:
    if not isinstance(term, Literal) or term.is_number or len(term.value) > MAX_NAME:
        return None
    return term if term.value.strip() else None


def _value(term: Term) -> str:
    return term.value


def _count(row: Row) -> int:
    return int(_value(row["n"]))
