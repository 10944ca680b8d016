"""Values of the graph side: terms, triples, and what a graph can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf
from typing import NamedTuple, Protocol

__all__ = [
    "DATE_TYPES",
    "NUMERIC_TYPES",
    "RDFS_LABEL",
    "RDFS_SUBCLASS",
    "RDF_TYPE",
    "XSD",
    "Blank",
    "Candidate",
    "Graph",
    "Iri",
    "Kind",
    "Link",
    "Literal",
    "Mention",
    "Name",
    "Row",
    "Term",
    "Triple",
]

XSD = "http://www.w3.org/2001/XMLSchema#"
NUMERIC_TYPES = frozenset(
    XSD + name
    for name in (
        "integer decimal float double int long short byte nonNegativeInteger positiveInteger "
        "nonPositiveInteger negativeInteger unsignedInt unsignedLong unsignedShort unsignedByte"
    ).split()
)
DATE_TYPES = frozenset(XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth"))


@dataclass(frozen=True, slots=True, order=True)
class Iri:
    """An IRI, unescaped and without angle brackets."""

    value: str


@dataclass(frozen=True, slots=True, order=True)
class Literal:
    """A literal value.

    Attributes:
        value: The lexical form, e.g. "3.14" or "Paris".
        datatype: IRI of the datatype; rdf:langString is written as `language` only.
        language: Lower-case BCP 47 tag, or "" where there is none.
    """

    value: str
    datatype: str = XSD + "string"
    language: str = ""

    @property
    def is_number(self) -> bool:
        """Whether the datatype is one of the XSD numbers."""
        return self.datatype in NUMERIC_TYPES

    @property
    def is_date(self) -> bool:
        """Whether the datatype is an XSD date, date-time, year or month."""
        return self.datatype in DATE_TYPES


@dataclass(frozen=True, slots=True, order=True)
class Blank:
    """A blank node; its label means something inside one store or one result only."""

    value: str


Term = Iri | Literal | Blank
Row = Mapping[str, Term]

RDF_TYPE = Iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
RDFS_LABEL = Iri("http://www.w3.org/2000/01/rdf-schema#label")
RDFS_SUBCLASS = Iri("http://www.w3.org/2000/01/rdf-schema#subClassOf")


class Triple(NamedTuple):
    """One fact."""

    subject: Iri | Blank
    predicate: Iri
    object: Term


class Graph(Protocol):
    """A graph that answers read-only questions; `kg.store` and `kg.endpoint` implement it.

    Every call is limited in time and rows. A call that runs out of time raises `QueryTimeout` and the
    query is really stopped, not abandoned.
    """

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Prefix → namespace, as the loaded files declared them (may be empty)."""
        ...

    @property
    def remote(self) -> bool:
        """Whether a call crosses a network, so that few large calls are better than many small ones."""
        ...

    def select(self, query: str, *, limit: int = 10_000, seconds: float = 10.0) -> list[Row]:
        """Return the rows of a SELECT query in the store's order, at most `limit` of them.

        A variable that is unbound in a row is absent from it.

        Raises:
            QueryError: If the query is not a well-formed SELECT.
            QueryTimeout: If it took longer than `seconds`.
            EndpointError: If a remote store failed.
        """
        ...

    def ask(self, query: str, *, seconds: float = 10.0) -> bool:
        """Return the answer of an ASK query; raises as `select` does."""
        ...

    def triples(
        self,
        subject: Iri | Blank | None = None,
        predicate: Iri | None = None,
        object: Term | None = None,
        *,
        limit: int = 10_000,
    ) -> list[Triple]:
        """Return at most `limit` triples that match a pattern (None matches all), without duplicates."""
        ...

    def __len__(self) -> int:
        """Return the number of distinct triples."""
        ...


Kind = OneOf["entity", "class", "predicate", "value"]


@dataclass(frozen=True, slots=True)
class Name:
    """One name of one thing.

    Attributes:
        term: What is named. A `Literal` for kind "value" (a string value, such as a genre), else an `Iri`.
        text: The name as written in the graph.
        language: Lower-case language tag, "" where unknown.
        kind: What the thing is.
        preferred: True for a label, False for an alias.
    """

    term: Iri | Literal
    text: str
    language: str
    kind: Kind
    preferred: bool


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of the question that may name something: characters [start, end) of it."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A thing that a mention may mean.

    Attributes:
        term: The entity, class or value.
        kind: Which of these.
        score: How well it fits, in [0, 1]; higher is better.
        name: The name that matched.
        how: How it matched: "exact" (after normalisation), "token", "fuzzy" or "substring".
    """

    term: Iri | Literal
    kind: Kind
    score: float
    name: str
    how: OneOf["exact", "token", "fuzzy", "substring"]


@dataclass(frozen=True, slots=True)
class Link:
    """A mention with its candidates, best first; never empty."""

    mention: Mention
    candidates: Sequence[Candidate]
