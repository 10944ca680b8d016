"""What surrounds an entity, and how two entities are connected, as networkx graphs and chains of facts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from kg.types import Blank, Graph, Iri, Literal, Term, Triple

if TYPE_CHECKING:
    import networkx as nx

__all__ = ["Chain", "chains_between", "neighbourhood"]

Chain = tuple[Triple, ...]
"""Facts that lead from one entity to another, each in its own direction."""

_FAN_OUT = 200  # facts of one node that are followed, per direction
_MAX_NODES = 1_000  # nodes followed from one end
_MAX_PATHS = 10_000  # paths compared for being the shortest


def neighbourhood(graph: Graph, entity: Iri, *, hops: int = 1, limit: int = 200) -> nx.MultiDiGraph:
    """Return the facts around an entity.

    Args:
        graph: Where to read.
        entity: The entity in the middle.
        hops: How many facts away from it at most.
        limit: Facts in all at most, near ones first; also what is read of one node per direction.

    Returns:
        A graph whose nodes are terms and whose edges have the predicate as key and the `Triple` as
        attribute "fact". The entity is a node of it even where it has no facts.

    Raises:
        ValueError: If `hops` or `limit` is below 1.

    Example:
    >>> from kg.store import Store
    >>> paris, france = Iri("urn:paris"), Iri("urn:france")
    >>> with Store.in_memory() as store:
    ...     store.add([Triple(paris, Iri("urn:in"), france)], source="atlas")
    ...     sorted(term.value for term in neighbourhood(store, france))
    1
    ['urn:france', 'urn:paris']
    """
    import networkx as nx

    _check(hops=hops, limit=limit)
    found = nx.MultiDiGraph()
    found.add_node(entity)
    frontier: Sequence[Iri | Blank] = [entity]
    for _ in range(hops):
        reached: dict[Iri | Blank, None] = {}
        for node in frontier:
            for fact in _facts(graph, node, limit):
                if found.number_of_edges() >= limit:
                    return found
                reached.update(dict.fromkeys(_unseen(fact, found)))
                found.add_edge(fact.subject, fact.object, key=fact.predicate, fact=fact)
        frontier = list(reached)
    return found


def chains_between(graph: Graph, a: Iri, b: Iri, *, max_hops: int = 3, limit: int = 100) -> list[Chain]:
    """Return how two entities are connected through others, in whatever direction the facts point.

    The search goes from both ends and meets in the middle. Of a node with very many facts only a part
    is followed, so chains through such hubs can be missed; the ends themselves may be hubs.

    Args:
        graph: Where to read.
        a: Where chains begin.
        b: Where they end.
        max_hops: Facts per chain at most, at least 1.
        limit: Chains to return at most.

    Returns:
        Chains without repeated entities, shortest first, then by their terms. Empty where there are
        none, or where both ends are the same.

    Raises:
        ValueError: If `max_hops` or `limit` is below 1.
    """
    import networkx as nx

    _check(max_hops=max_hops, limit=limit)
    if a == b:
        return []
    around = nx.MultiGraph()
    from_a = _grow(graph, around, a, hops=(max_hops + 1) // 2)
    from_b = _grow(graph, around, b, hops=max_hops // 2)
    _tie(graph, around, from_a, b)
    _tie(graph, around, from_b, a)
    if a not in around or b not in around:
        return []
    return [tuple(fact for _, _, fact in path) for path in _shortest_first(around, a, b, max_hops)[:limit]]


def _grow(graph: Graph, around: nx.MultiGraph, start: Iri, *, hops: int) -> list[Iri | Blank]:
    """Add the facts up to `hops` away from a node, within the limits, and return the nodes reached."""
    seen: dict[Iri | Blank, None] = {start: None}
    frontier: list[Iri | Blank] = [start]
    for _ in range(hops):
        reached: list[Iri | Blank] = []
        for node in frontier:
            for fact in _facts(graph, node, _FAN_OUT):
                other = fact.object if fact.subject == node else fact.subject
                if isinstance(other, Literal):
                    continue
                around.add_edge(fact.subject, fact.object, key=fact)
                if other not in seen and len(seen) < _MAX_NODES:
                    seen[other] = None
                    reached.append(other)
        frontier = reached
    return list(seen)


def _tie(graph: Graph, around: nx.MultiGraph, nodes: Sequence[Iri | Blank], end: Iri) -> None:
    """Add the facts between some nodes and an end of so many facts that not all of them were read."""
    if len(_facts(graph, end, _FAN_OUT)) < _FAN_OUT:
        return
    for node in nodes:
        for fact in (
            *graph.triples(node, None, end, limit=_FAN_OUT),
            *graph.triples(end, None, node, limit=_FAN_OUT),
        ):
            around.add_edge(fact.subject, fact.object, key=fact)


def _shortest_first(
    around: nx.MultiGraph, a: Iri, b: Iri, max_hops: int
) -> list[list[tuple[Term, Term, Triple]]]:
    """Return the simple paths as edges, those of fewer facts first, each length in a fixed order."""
    import networkx as nx

    paths = nx.all_simple_edge_paths(around, a, b, cutoff=max_hops)
    return sorted(islice(paths, _MAX_PATHS), key=lambda path: (len(path), [_order(edge[2]) for edge in path]))


def _order(fact: Triple) -> tuple[str, ...]:
    return tuple(term.value for term in fact)


def _unseen(fact: Triple, found: nx.MultiDiGraph) -> Iterator[Iri | Blank]:
    for end in (fact.subject, fact.object):
        if isinstance(end, Iri | Blank) and end not in found:
            yield end


def _facts(graph: Graph, node: Iri | Blank, limit: int) -> list[Triple]:
    return [*graph.triples(subject=node, limit=limit), *graph.triples(object=node, limit=limit)]


def _check(**numbers: int) -> None:
    for name, number in numbers.items():
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
