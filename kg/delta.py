"""What a change has added to a graph and taken from it, so that work can grow with the change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from kg.types import Blank, Graph, Iri, Literal, Triple

__all__ = ["Delta", "between"]


@dataclass(frozen=True, slots=True)
class Delta:
    """Triples that only the graph after a change holds, and those that only the one before does; each once."""

    added: tuple[Triple, ...] = ()
    removed: tuple[Triple, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything changed."""
        return bool(self.added or self.removed)

    def signed(self) -> Iterator[tuple[Triple, int]]:
        """Yield each triple with +1 where it was added, −1 where it was removed."""
        yield from ((fact, 1) for fact in self.added)
        yield from ((fact, -1) for fact in self.removed)

    def degrees(self, labels: Collection[str] = ()) -> Counter[Iri | Literal]:
        """Return for each IRI and literal in them how many more triples it occurs in.

        A place in a triple counts once; what the predicates `labels` lead to is a name, not a value, and left out.

        >>> a, b, p = Iri("urn:a"), Iri("urn:b"), Iri("urn:p")
        >>> found = Delta(added=(Triple(a, p, b),), removed=(Triple(a, p, Literal("x")),)).degrees()
        >>> found[a], found[b], found[Literal("x")]
        (0, 1, -1)
        """
        found: Counter[Iri | Literal] = Counter()
        for fact, sign in self.signed():
            for term in fact:
                is_label = isinstance(term, Literal) and fact.predicate.value in labels
                if not isinstance(term, Blank) and not is_label:
                    found[term] += sign
        return found


def between(old: Graph, new: Graph, touched: Iterable[Triple]) -> Delta:
    """Return how two versions of a graph differ.

    Args:
        old: The graph before the change.
        new: The graph after it.
        touched: Every triple that may be in one of them only, in any order, also more than once.
    """
    added: list[Triple] = []
    removed: list[Triple] = []
    for fact in dict.fromkeys(touched):
        before, after = (bool(graph.triples(*fact, limit=1)) for graph in (old, new))
        if before != after:
            (added if after else removed).append(fact)
    return Delta(tuple(added), tuple(removed))
