"""Query graphs as values, and the SPARQL they stand for.

A query is built from typed parts only: terms are `Iri` and `Literal` values that are escaped here, at
the one place where text becomes SPARQL, and there is no part that updates a graph. So whatever a user
writes into a question can end up inside a string literal, never beside one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.errors import QueryError
from kg.types import RDF_TYPE, XSD, Iri, Literal

__all__ = [
    "Comparison",
    "Count",
    "Element",
    "Exclusion",
    "Group",
    "Operator",
    "Pattern",
    "Query",
    "SubQuery",
    "Union",
    "Values",
    "Var",
    "render",
    "render_term",
]

Operator = OneOf["<", "<=", "=", "!=", ">", ">="]
_OPERATORS = frozenset({"<", "<=", "=", "!=", ">", ">="})
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
# The characters that an IRIREF may not hold: SPARQL 1.1, production [139].
_FORBIDDEN_IN_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_LANGUAGE = re.compile(r"[a-zA-Z]+(-[a-zA-Z0-9]+)*\Z")
# A local name that needs no escape: narrower than SPARQL's PN_LOCAL on purpose.
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?\Z")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*\Z|\Z")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


@dataclass(frozen=True, slots=True)
class Var:
    """A variable, named without its question mark."""

    name: str


Node = Var | Iri | Literal


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern."""

    subject: Node
    predicate: Var | Iri
    object: Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """Keeps the rows where `left operator right` holds."""

    left: Var
    operator: Operator
    right: Node


@dataclass(frozen=True, slots=True)
class Values:
    """Says which terms a variable may stand for."""

    variable: Var
    terms: tuple[Iri | Literal, ...]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Drops the rows for which the elements hold (FILTER NOT EXISTS)."""

    where: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Elements that must all hold, in braces of their own."""

    where: tuple[Element, ...]


@dataclass(frozen=True, slots=True)
class Union:
    """Rows for which one of the groups holds."""

    groups: tuple[Group, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """The number of different values of a variable, given a name."""

    counted: Var
    name: Var


@dataclass(frozen=True, slots=True)
class Query:
    """A SELECT or ASK query.

    Attributes:
        select: What each row holds, in order; empty for ASK.
        where: What must hold.
        group_by: One row for each value of these, when something is counted.
        order_by: The variable to sort by, or None.
        descending: Largest first.
        limit: How many rows at most, or None.
        offset: How many rows to leave out first.
    """

    select: tuple[Var | Count, ...]
    where: tuple[Element, ...]
    group_by: tuple[Var, ...] = ()
    order_by: Var | None = None
    descending: bool = False
    limit: int | None = None
    offset: int = 0


@dataclass(frozen=True, slots=True)
class SubQuery:
    """A query inside another one."""

    query: Query


Element = Pattern | Comparison | Values | Exclusion | Group | Union | SubQuery


def render(query: Query, *, prefixes: Mapping[str, str] | None = None, declare: bool = True) -> str:
    """Return the SPARQL of a query.

    Args:
        query: What to ask.
        prefixes: Prefix → namespace, used to shorten IRIs where that needs no escape.
        declare: Write the PREFIX lines of the prefixes that are used. Without them the text is for
            reading, not for running.

    Raises:
        QueryError: If a name, IRI or language tag in the query cannot be written in SPARQL.

    Example:
    >>> country = Var("x")
    >>> borders = Iri("https://example.org/borders")
    >>> print(render(Query((country,), (Pattern(country, borders, Iri("https://example.org/France")),)),
    ...              prefixes={"w": "https://example.org/"}))
    PREFIX w: <https://example.org/>
    SELECT DISTINCT ?x WHERE { ?x w:borders w:France }
    """
    writer = _Writer(prefixes or {})
    body = writer.query(query)
    if not declare:
        return body
    lines = [f"PREFIX {prefix}: <{writer.prefixes[prefix]}>" for prefix in sorted(writer.used)]
    return "\n".join([*lines, body])


def render_term(term: Iri | Literal, *, prefixes: Mapping[str, str] | None = None) -> str:
    r"""Return a term as SPARQL and Turtle write it.

    Raises:
        QueryError: If the IRI or language tag cannot be written.

    Example:
    >>> render_term(Literal('"} DROP ALL #'))
    '"\\"} DROP ALL #"'
    """
    return _Writer(prefixes or {}).node(term)


class _Writer:
    """Writes one query and remembers which prefixes it used."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.prefixes = {
            prefix: namespace
            for prefix, namespace in prefixes.items()
            if namespace and _PREFIX.match(prefix) and not _FORBIDDEN_IN_IRI.search(namespace)
        }
        self.used: set[str] = set()

    def query(self, query: Query) -> str:
        where = self.elements(query.where)
        if not query.select:
            return f"ASK {{ {where} }}"
        selected = " ".join(self._selected(item) for item in query.select)
        parts = [f"SELECT DISTINCT {selected} WHERE {{ {where} }}"]
        if query.group_by:
            parts.append("GROUP BY " + " ".join(self.node(variable) for variable in query.group_by))
        if query.order_by is not None:
            variable = self.node(query.order_by)
            parts.append(f"ORDER BY DESC({variable})" if query.descending else f"ORDER BY {variable}")
        if query.limit is not None:
            parts.append(f"LIMIT {int(query.limit)}")
        if query.offset:
            parts.append(f"OFFSET {int(query.offset)}")
        return " ".join(parts)

    def elements(self, elements: Sequence[Element]) -> str:
        return " . ".join(self._element(element) for element in elements)

    def _element(self, element: Element) -> str:
        match element:
            case Pattern(subject, predicate, object_):
                return f"{self.node(subject)} {self._predicate(predicate)} {self.node(object_)}"
            case Comparison(left, operator, right):
                if operator not in _OPERATORS:
                    raise QueryError(f"{operator!r} is not a comparison; use one of {sorted(_OPERATORS)}")
                return f"FILTER({self.node(left)} {operator} {self.node(right)})"
            case Values(variable, terms):
                return f"VALUES {self.node(variable)} {{ {' '.join(self.node(term) for term in terms)} }}"
            case Exclusion(where):
                return f"FILTER NOT EXISTS {{ {self.elements(where)} }}"
            case Group(where):
                return f"{{ {self.elements(where)} }}"
            case Union(groups):
                return " UNION ".join(self._element(group) for group in groups)
            case SubQuery(query):
                return f"{{ {self.query(query)} }}"

    def _selected(self, item: Var | Count) -> str:
        if isinstance(item, Count):
            return f"(COUNT(DISTINCT {self.node(item.counted)}) AS {self.node(item.name)})"
        return self.node(item)

    def _predicate(self, predicate: Var | Iri) -> str:
        return "a" if predicate == RDF_TYPE else self.node(predicate)

    def node(self, node: Node) -> str:
        match node:
            case Var(name):
                if not _VARIABLE.match(name):
                    raise QueryError(f"{name!r} is not a variable name; use letters, digits and _")
                return f"?{name}"
            case Iri(value):
                return self._iri(value)
            case Literal():
                return self._literal(node)

    def _iri(self, value: str) -> str:
        if _FORBIDDEN_IN_IRI.search(value) or ":" not in value:
            raise QueryError(f"{value!r} is not an absolute IRI; percent-encode what an IRI may not hold")
        fitting = [
            prefix
            for prefix, namespace in self.prefixes.items()
            if value.startswith(namespace) and _PLAIN_LOCAL.match(value[len(namespace) :])
        ]
        if not fitting:
            return f"<{value}>"
        best = max(fitting, key=lambda prefix: len(self.prefixes[prefix]))
        self.used.add(best)
        return f"{best}:{value[len(self.prefixes[best]) :]}"

    def _literal(self, literal: Literal) -> str:
        if literal.datatype == XSD + "integer" and re.fullmatch(r"[+-]?[0-9]+", literal.value):
            return literal.value
        if literal.datatype == XSD + "decimal" and re.fullmatch(r"[+-]?[0-9]*\.[0-9]+", literal.value):
            return literal.value
        quoted = '"' + "".join(_escape(char) for char in literal.value) + '"'
        if literal.language:
            if not _LANGUAGE.match(literal.language):
                raise QueryError(f"{literal.language!r} is not a language tag such as 'en' or 'zh-hans'")
            return f"{quoted}@{literal.language}"
        if literal.datatype == XSD + "string":
            return quoted
        return f"{quoted}^^{self._iri(literal.datatype)}"


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    # Lone surrogates and control characters would make the request itself unreadable.
    return (
        f"\\u{ord(char):04X}"
        if ord(char) < 0x20 or 0xD800 <= ord(char) < 0xE000 or ord(char) == 0x7F
        else char
    )
