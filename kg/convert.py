"""Terms of this package to terms of pyoxigraph and back."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import overload

import pyoxigraph as ox

from kg.errors import GraphError
from kg.types import XSD, Blank, Iri, Literal, Term, Triple

__all__ = ["DEFAULT_PREFIXES", "OxTerm", "from_ox", "to_ox", "triple_from_ox"]

OxTerm = ox.NamedNode | ox.BlankNode | ox.Literal
_STRING = XSD + "string"

DEFAULT_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "xsd": XSD,
        "owl": "http://www.w3.org/2002/07/owl#",
    }
)


@overload
def to_ox(term: Iri) -> ox.NamedNode: ...


@overload
def to_ox(term: Iri | Blank) -> ox.NamedNode | ox.BlankNode: ...


@overload
def to_ox(term: Term) -> OxTerm: ...


def to_ox(term: Term) -> OxTerm:
    """Return a term as pyoxigraph has it.

    Raises:
        GraphError: If the IRI, language tag or blank node label is not a valid one.

    Example:
    >>> to_ox(Iri("urn:a"))
    <NamedNode value=urn:a>
    """
    try:
        if isinstance(term, Iri):
            return ox.NamedNode(term.value)
        if isinstance(term, Blank):
            return ox.BlankNode(term.value)
        if term.language:
            return ox.Literal(term.value, language=term.language)
        if term.datatype == _STRING:
            return ox.Literal(term.value)
        return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))
    except (ValueError, UnicodeError) as error:
        raise GraphError(f"not a valid RDF term: {term} ({error}); correct it") from None


def from_ox(term: object) -> Term:
    """Return a pyoxigraph term as this package has it.

    A triple term of RDF 1.2, which this package has not, comes as a literal of its text.

    Example:
    >>> from_ox(ox.Literal("5", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer"))).is_number
    True
    """
    if isinstance(term, ox.NamedNode):
        return Iri(term.value)
    if isinstance(term, ox.Literal):
        if term.language:
            return Literal(term.value, language=term.language.lower())
        return Literal(term.value, term.datatype.value)
    if isinstance(term, ox.BlankNode):
        return Blank(term.value)
    return Literal(str(term))


def triple_from_ox(quad: ox.Quad) -> Triple:
    """Return the triple of a pyoxigraph quad."""
    subject = from_ox(quad.subject)
    assert not isinstance(subject, Literal)  # RDF has no literal subjects
    return Triple(subject, Iri(quad.predicate.value), from_ox(quad.object))
