"""Which predicates the members of a class have: what a sample of a large predicate's triples may miss."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from kg.terms import render_term
from kg.types import RDF_TYPE, Iri, Literal, Row

__all__ = ["Uses", "completed", "find_uses"]

_MEMBERS = 200  # members of a class that are looked at
_TRIPLES = 20_000  # their triples that are read at most

Uses = Mapping[str, Sequence[tuple[str, int]]]
"""Predicate IRI → the classes that have it, with a number of triples."""


def find_uses(
    select: Callable[[str], list[Row]], classes: Iterable[Iri], typing: Iri = RDF_TYPE
) -> tuple[Uses, Uses]:
    """Return the predicates of which some members of each class are subjects, and those of which they are objects.

    Args:
        select: Runs a SELECT query.
        classes: The classes to look at.
        typing: Predicate that gives things their classes.
    """
    forward: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    backward: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for cls in classes:
        for follow, found in (("?x ?p ?o", forward), ("?s ?p ?x", backward)):
            for row in select(_followed(cls, follow, typing)):
                number = row.get("n")
                if "p" in row and isinstance(number, Literal):
                    found[row["p"].value].append((cls.value, int(number.value)))
    return forward, backward


def completed(
    known: tuple[tuple[str, int], ...], more: Iterable[tuple[str, int]]
) -> tuple[tuple[str, int], ...]:
    """Return classes with those added, in the end, that they lack.

    >>> completed((("Film", 9),), [("Film", 2), ("Short", 1)])
    (('Film', 9), ('Short', 1))
    """
    names = {name for name, _ in known}
    return (*known, *sorted((item for item in more if item[0] not in names), key=lambda item: -item[1]))


def _followed(cls: Iri, follow: str, typing: Iri) -> str:
    members = f"SELECT ?x WHERE {{ ?x <{typing.value}> {render_term(cls)} }} LIMIT {_MEMBERS}"
    inner = f"SELECT ?p WHERE {{ {{ {members} }} {follow} }} LIMIT {_TRIPLES}"
    return f"SELECT ?p (COUNT(*) AS ?n) WHERE {{ {{ {inner} }} }} GROUP BY ?p"
