"""Query graphs as values, and the SPARQL they stand for.

A query is built from typed parts only: terms are `Iri` and `Literal` values that `kg.terms` escapes, at
the one place where text becomes SPARQL, and there is no part that updates a graph. So whatever a user
writes into a question can end up inside a string literal, never beside one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal as OneOf

from kg.errors import QueryError
from kg.terms import TermWriter
from kg.types import DATE_TYPES, RDF_TYPE, XSD, Iri, Literal

__all__ = [
    "Aggregate",
    "Arithmetic",
    "Below",
    "Calculation",
    "Comparison",
    "Count",
    "Element",
    "Exclusion",
    "First",
    "Group",
    "Kind",
    "Node",
    "Operator",
    "Pattern",
    "Query",
    "Same",
    "SubQuery",
    "Union",
    "Values",
    "Var",
    "render",
    "render_element",
]

Operator = OneOf["<", "<=", "=", "!=", ">", ">="]
Arithmetic = OneOf["+", "-", "/", "years"]
_OPERATORS = frozenset({"<", "<=", "=", "!=", ">", ">="})
_ARITHMETIC = frozenset({"+", "-", "/", "years"})
_FUNCTIONS = frozenset({"SUM", "AVG"})
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class Var:
    """A variable, named without its question mark."""

    name: str


Node = Var | Iri | Literal


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern; with `deep`, one that holds over any number of triples in a row, at least one."""

    subject: Node
    predicate: Var | Iri
    object: Node
    deep: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """Keeps the rows where `left operator right` holds, or that with one of some others: values of another datatype."""

    left: Var
    operator: Operator
    right: Node
    others: tuple[Literal, ...] = ()


@dataclass(frozen=True, slots=True)
class Calculation:
    """Gives a name to `left operator right`, without its sign if `absolute`; "years" are the full years since `right`.

    Rows where it has no value, as where something is divided by zero, leave the name unbound.
    """

    name: Var
    left: Var
    operator: Arithmetic
    right: Var
    absolute: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """Keeps the rows where a variable is a number or, with `dates`, a date: what can be ordered."""

    variable: Var
    dates: bool = True


@dataclass(frozen=True, slots=True)
class Values:
    """Says which terms a variable may stand for."""

    variable: Var
    terms: tuple[Iri | Literal, ...]


@dataclass(frozen=True, slots=True)
class Same:
    """Two nodes that are one thing: links of these predicates, in either direction, lead from one to the other.

    Every node is the same as itself.
    """

    left: Node
    right: Node
    predicates: tuple[Iri, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A node that is an instance of a class or of one below it."""

    node: Node
    typing: Iri
    subclass: Iri
    cls: Iri


@dataclass(frozen=True, slots=True)
class Below:
    """A node from which a predicate leads to an end in any number of steps, also none."""

    node: Node
    predicate: Iri
    end: Node


@dataclass(frozen=True, slots=True)
class First:
    """Keeps one row of those whose variable is one thing: the one whose IRI sorts first.

    `other` is a variable that nothing else in the query uses.
    """

    variable: Var
    other: Var
    predicates: tuple[Iri, ...]


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
class Aggregate:
    """The sum or average of a variable over all rows, given a name; no row where there are none."""

    function: OneOf["SUM", "AVG"]
    variable: Var
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

    select: tuple[Var | Count | Aggregate, ...]
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


Element = (
    Pattern
    | Comparison
    | Calculation
    | Measured
    | Values
    | Same
    | Kind
    | Below
    | First
    | Exclusion
    | Group
    | Union
    | SubQuery
)


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
    terms = writer.terms
    lines = [f"PREFIX {prefix}: <{terms.prefixes[prefix]}>" for prefix in sorted(terms.used)]
    return "\n".join([*lines, body])


def render_element(element: Element) -> str:
    """Return one element as SPARQL writes it between braces; raises as `render` does.

    Example:
    >>> render_element(Same(Var("a"), Var("b"), (Iri("urn:same"),)))
    '?a (<urn:same>|^<urn:same>)* ?b'
    """
    return _Writer({}).elements([element])


class _Writer:
    """Writes one query and remembers which prefixes it used."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self.terms = TermWriter(prefixes)

    def query(self, query: Query) -> str:
        where = self.elements(query.where)
        if not query.select:
            return f"ASK {{ {where} }}"
        selected = " ".join(self._selected(item) for item in query.select)
        parts = [f"SELECT DISTINCT {selected} WHERE {{ {where} }}"]
        if query.group_by:
            parts.append("GROUP BY " + " ".join(self.node(variable) for variable in query.group_by))
        parts += [
            f"HAVING (COUNT({self.node(item.variable)}) > 0)"
            for item in query.select
            if isinstance(item, Aggregate)
        ]
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
            case Pattern(subject, predicate, object_, deep):
                path = self._predicate(predicate) + "+" * deep
                return f"{self.node(subject)} {path} {self.node(object_)}"
            case Comparison(left, operator, right, others):
                if operator not in _OPERATORS:
                    raise QueryError(f"{operator!r} is not a comparison; use one of {sorted(_OPERATORS)}")
                # Values that cannot be compared are an error, and an error or what is true is true.
                compared = (f"{self.node(left)} {operator} {self.node(one)}" for one in (right, *others))
                return f"FILTER({' || '.join(compared)})"
            case Calculation():
                return self._calculation(element)
            case Measured(variable, dates):
                return f"FILTER({self._measured(self.node(variable), dates=dates)})"
            case Values(variable, terms):
                return f"VALUES {self.node(variable)} {{ {' '.join(self.node(term) for term in terms)} }}"
            case Same(left, right, predicates):
                return f"{self.node(left)} {self._links(predicates)} {self.node(right)}"
            case Kind(node, typing, subclass, cls):
                return f"{self.node(node)} {self._predicate(typing)}/{self.node(subclass)}* {self.node(cls)}"
            case Below(node, predicate, end):
                return f"{self.node(node)} {self.node(predicate)}* {self.node(end)}"
            case First(variable, other, predicates):
                one, two = self.node(variable), self.node(other)
                earlier = f"{one} {self._links(predicates)} {two} FILTER(STR({two}) < STR({one}))"
                return f"FILTER NOT EXISTS {{ {earlier} }}"
            case Exclusion(where):
                return f"FILTER NOT EXISTS {{ {self.elements(where)} }}"
            case Group(where):
                return f"{{ {self.elements(where)} }}"
            case Union(groups):
                return " UNION ".join(self._element(group) for group in groups)
            case SubQuery(query):
                return f"{{ {self.query(query)} }}"

    def _selected(self, item: Var | Count | Aggregate) -> str:
        match item:
            case Var():
                return self.node(item)
            case Count(counted, name):
                return f"(COUNT(DISTINCT {self.node(counted)}) AS {self.node(name)})"
            case Aggregate(function, variable, name):
                if function not in _FUNCTIONS:
                    raise QueryError(
                        f"{function!r} is no function of many rows; use one of {sorted(_FUNCTIONS)}"
                    )
                return f"({function}({self.node(variable)}) AS {self.node(name)})"

    def _calculation(self, element: Calculation) -> str:
        if element.operator not in _ARITHMETIC:
            raise QueryError(f"{element.operator!r} is no calculation; use one of {sorted(_ARITHMETIC)}")
        value = f"{self.node(element.left)} {element.operator} {self.node(element.right)}"
        if element.operator == "years":
            value = self._years(self.node(element.left), self.node(element.right))
        return f"BIND({'ABS' if element.absolute else ''}({value}) AS {self.node(element.name)})"

    def _years(self, end: str, start: str) -> str:
        """Return how many full years lie between two dates, or years, whatever their datatypes are."""
        integer = self.terms.write(Iri(XSD + "integer"))
        last, first = (f'{integer}(REPLACE(STR({one}), "^(-?[0-9]+).*$", "$1"))' for one in (end, start))
        late, early = (f'REPLACE(STR({one}), "^-?[0-9]+", "")' for one in (end, start))
        return f"{last} - {first} - IF({late} < {early}, 1, 0)"

    def _measured(self, variable: str, *, dates: bool) -> str:
        types = ", ".join(self.terms.write(Iri(datatype)) for datatype in sorted(DATE_TYPES))
        return f"isNumeric({variable})" + (f" || datatype({variable}) IN ({types})" if dates else "")

    def _links(self, predicates: Sequence[Iri]) -> str:
        """Return the property path of any number of links, there or back."""
        names = [self.node(predicate) for predicate in predicates]
        return f"({'|'.join(way for name in names for way in (name, f'^{name}'))})*"

    def _predicate(self, predicate: Var | Iri) -> str:
        return "a" if predicate == RDF_TYPE else self.node(predicate)

    def node(self, node: Node) -> str:
        match node:
            case Var(name):
                if not _VARIABLE.match(name):
                    raise QueryError(f"{name!r} is not a variable name; use letters, digits and _")
                return f"?{name}"
            case Iri() | Literal():
                return self.terms.write(node)
