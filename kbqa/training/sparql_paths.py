"""Read the path from an entity to the answers out of a SPARQL query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kbqa.semantics.form import Step
from kbqa.training.paths import Path
from kg.errors import QueryError
from kg.readonly import check_read_only
from kg.types import XSD, Iri, Literal

if TYPE_CHECKING:
    from rdflib.term import Node

__all__ = ["read_path"]

Link = tuple["Node", Iri, "Node"]

_SHOWN = 80  # characters of a message, and of a query in one
_TRANSPARENT = {"SelectQuery", "Distinct", "Reduced"}


def read_path(sparql: str, *, prefixes: Mapping[str, str] | None = None) -> tuple[Iri | Literal, Path] | None:
    """Return where a query begins and the steps to what it selects, None where it is no such chain.

    The query selects one variable; its patterns lead from the one entity or value that they hold to that
    variable, each to the next. A filter that leaves the entity itself out makes no difference, as paths never
    lead back to it. Anything else that restricts, orders or computes makes it no path.

    Args:
        sparql: The query.
        prefixes: Prefix → namespace, for prefixes that it does not declare.

    Raises:
        QueryError: If it is not SPARQL.

    Example:
    >>> start, path = read_path("SELECT ?x { <urn:heat> <urn:by> ?m . ?x <urn:by> ?m }")
    >>> start.value, [(step.predicate.value, step.forward) for step in path]
    ('urn:heat', [('urn:by', True), ('urn:by', False)])
    """
    algebra = _algebra(sparql, prefixes or {})
    while algebra.name in _TRANSPARENT:
        algebra = algebra.p
    if algebra.name != "Project" or len(algebra.PV) != 1:
        return None
    body = algebra.p
    excluded = []
    while body.name == "Filter":
        excluded.append(_left_out(body.expr, algebra.PV[0]))
        body = body.p
    if body.name != "BGP":
        return None
    chain = _chain(body.triples, algebra.PV[0])
    if chain is None or any(node != chain[0] for node in excluded):
        return None
    return _term(chain[0]), chain[1]


def _algebra(sparql: str, prefixes: Mapping[str, str]) -> Any:
    """Return the algebra of a query as rdflib writes it, which has no types."""
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    _check(sparql, prefixes)
    return translateQuery(parseQuery(sparql), initNs=dict(prefixes)).algebra


def _check(sparql: str, prefixes: Mapping[str, str]) -> None:
    """Refuse what is no query; Oxigraph says better than rdflib what is wrong with it, and where."""
    import pyoxigraph as ox

    check_read_only(sparql)
    try:
        ox.Store().query(sparql, prefixes=dict(prefixes))
    except SyntaxError as error:
        reason = " ".join(str(error).split())
        shown = reason if len(reason) <= _SHOWN else f"{reason[:_SHOWN]}…"
        raise QueryError(f"{shown} in {sparql[:_SHOWN]!r}; correct the query") from error


def _left_out(expression: Any, selected: Node) -> Node | None:
    """Return the term that a filter says the answers are not, None for any other filter."""
    if getattr(expression, "name", "") != "RelationalExpression" or expression.op != "!=":
        return None
    sides: list[Node] = [expression.expr, expression.other]
    return next((side for side in sides if side != selected), None) if selected in sides else None


def _chain(patterns: Sequence[tuple[Node, Any, Node]], end: Node) -> tuple[Node, Path] | None:
    """Return the one constant of some patterns and the steps from it to their other end."""
    links: list[Link] = []
    for pattern in patterns:
        found = _links(*pattern)
        if found is None:
            return None
        links += found
    constants = [node for link in links for node in (link[0], link[2]) if not _is_open(node)]
    if len(constants) != 1:
        return None
    steps: list[Step] = []
    node = constants[0]
    while links:
        touching = [link for link in links if node in (link[0], link[2])]
        if len(touching) != 1 or touching[0][0] == touching[0][2]:
            return None
        subject, predicate, object_ = touching[0]
        links.remove(touching[0])
        steps.append(Step(predicate, subject == node))
        node = object_ if subject == node else subject
    return (constants[0], tuple(steps)) if node == end else None


def _links(subject: Node, predicate: Any, object_: Node) -> list[Link] | None:
    """Return the links of a pattern, whose predicate may be `p`, `^p` or `p/q`; None for other predicates."""
    from rdflib import BNode, URIRef
    from rdflib.paths import InvPath, SequencePath

    if isinstance(predicate, URIRef):
        return [(subject, Iri(str(predicate)), object_)]
    if isinstance(predicate, InvPath):
        return _links(object_, predicate.arg, subject)
    if not isinstance(predicate, SequencePath):
        return None
    nodes = [subject, *(BNode() for _ in predicate.args[1:]), object_]
    parts = [
        _links(near, part, far) for (near, far), part in zip(pairwise(nodes), predicate.args, strict=True)
    ]
    return None if None in parts else [link for part in parts if part is not None for link in part]


def _is_open(node: Node) -> bool:
    from rdflib import BNode, Variable

    return isinstance(node, BNode | Variable)


def _term(node: Node) -> Iri | Literal:
    import rdflib

    if isinstance(node, rdflib.Literal):
        datatype = XSD + "string" if node.datatype is None else str(node.datatype)
        return Literal(str(node), datatype, (node.language or "").lower())
    return Iri(str(node))
