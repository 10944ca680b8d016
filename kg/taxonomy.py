"""How a graph says what things are, and which of its classes hold all members of others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from kg.instances import subclass_predicate, type_predicate
from kg.terms import render_term
from kg.types import RDF_TYPE, RDFS_SUBCLASS, Graph, Iri

__all__ = ["Taxonomy", "read_taxonomy"]

_ALL = frozenset(
    {"http://www.w3.org/2002/07/owl#Thing", "http://www.w3.org/2000/01/rdf-schema#Resource"}
)  # classes of everything, which say nothing
_MOST_CLASSES = 20_000  # that are looked at
_MOST_ABOVE = 50  # classes right above one
_BATCH = 200  # classes in a query to a remote graph
_SECONDS = 30.0


@dataclass(frozen=True)
class Taxonomy:
    """How a graph says what things are.

    Attributes:
        typing: Predicate that gives things their classes.
        subclass: Predicate from a class to one that holds all of its members.
        above: Class → all classes above it, in order of their IRIs; classes with none are left out.

    Example:
    >>> animals = Taxonomy(above={"urn:cat": ("urn:animal", "urn:pet"), "urn:pet": ("urn:animal",)})
    >>> sorted(animals.within("urn:pet")), sorted(animals.within("urn:cat"))
    (['urn:cat', 'urn:pet'], ['urn:cat'])
    >>> animals.together(["urn:cat", "urn:plant"], own={"urn:cat", "urn:plant", "urn:animal"})
    ['urn:plant', 'urn:pet']
    """

    typing: Iri = RDF_TYPE
    subclass: Iri = RDFS_SUBCLASS
    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """Class → the classes below it; classes with none are left out."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for name, names in self.above.items():
            for one in names:
                found[one].add(name)
        return {name: frozenset(names) for name, names in found.items()}

    def is_of(self, graph: Graph) -> bool:
        """Return whether a graph says by these predicates what things are; raises as `read_taxonomy` does."""
        return (self.typing, self.subclass) == (type_predicate(graph), subclass_predicate(graph))

    def within(self, name: str) -> frozenset[str]:
        """Return a class and those below it: what is a member of one of them is a member of it."""
        return self.below.get(name, frozenset()) | {name}

    def together(self, names: Sequence[str], own: Container[str]) -> list[str]:
        """Return few classes that have the members of some classes and no others, in their order.

        Those that lie below others are left out, and one above them stands for all of them.

        Args:
            names: The classes.
            own: Classes that things are said to be of themselves.
        """
        found = dict.fromkeys(names)
        if not self.above:
            return list(found)
        held = {one for name in names for one in self.within(name)}
        for one in dict.fromkeys(one for name in names for one in self.above.get(name, ())):
            if self.below[one] <= held and (one in held or one not in own):
                found[one] = None
        return [name for name in found if not any(one in found for one in self._strictly_above(name))]

    def _strictly_above(self, name: str) -> list[str]:
        """Return the classes above one that do not lie below it, too."""
        below = self.below.get(name, frozenset())
        return [one for one in self.above.get(name, ()) if one not in below]


def read_taxonomy(graph: Graph, typing: Iri, classes: Iterable[Iri]) -> Taxonomy:
    """Return how a graph says what things are, with what lies above some of its classes.

    Circles of classes hold the same members: each lies above the others, none above itself.

    Args:
        graph: The graph to read.
        typing: Predicate that gives things their classes.
        classes: Those with members of their own, the most important first.

    Raises:
        EndpointError: If a remote graph failed.
        QueryTimeout: If a remote graph is too slow.
    """
    subclass = subclass_predicate(graph)
    known = list(classes)
    if not known or not graph.triples(predicate=subclass, limit=1):
        return Taxonomy(typing, subclass)
    direct: dict[Iri, list[Iri]] = {}
    waiting = known[:_MOST_CLASSES]
    while waiting and len(direct) < _MOST_CLASSES:
        direct |= _right_above(graph, waiting, subclass)
        reached = dict.fromkeys(one for name in waiting for one in direct.get(name, ()))
        waiting = [name for name in reached if name not in direct]
    above = {name.value: _reached(name, direct) for name in direct}
    return Taxonomy(typing, subclass, {name: found for name, found in sorted(above.items()) if found})


def _right_above(graph: Graph, classes: list[Iri], subclass: Iri) -> dict[Iri, list[Iri]]:
    """Return what some classes are said to lie below; classes of everything and those without names are left out."""
    found: dict[Iri, list[Iri]] = {name: [] for name in classes}
    if not graph.remote:
        for name in classes:
            for fact in graph.triples(name, subclass, None, limit=_MOST_ABOVE):
                if isinstance(fact.object, Iri) and fact.object.value not in _ALL:
                    found[name].append(fact.object)
        return found
    for start in range(0, len(classes), _BATCH):
        names = " ".join(map(render_term, classes[start : start + _BATCH]))
        query = f"SELECT ?c ?a WHERE {{ VALUES ?c {{ {names} }} ?c {render_term(subclass)} ?a FILTER(isIRI(?a)) }}"
        for row in graph.select(query, limit=_BATCH * _MOST_ABOVE, seconds=_SECONDS):
            cls, right_above = row["c"], row["a"]
            if isinstance(cls, Iri) and isinstance(right_above, Iri) and right_above.value not in _ALL:
                found[cls].append(right_above)
    return found


def _reached(name: Iri, direct: Mapping[Iri, list[Iri]]) -> tuple[str, ...]:
    found: set[Iri] = set()
    waiting = [name]
    while waiting:
        for one in direct.get(waiting.pop(), ()):
            if one not in found and one != name:
                found.add(one)
                waiting.append(one)
    return tuple(sorted(one.value for one in found))
