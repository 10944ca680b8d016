"""Tell homonyms apart: by what surrounds them in the graph and in the question, and by prominence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from kg.names import Names
from kg.ordinary import ORDINARY, singular
from kg.text import readable, words
from kg.types import Graph, Iri, Literal, Term, Triple

__all__ = ["context_words", "fit"]

_FACTS = 50  # facts of a candidate that are read, per direction
_CONTEXT, _PROMINENCE = 0.7, 0.3


def context_words(text: str) -> frozenset[str]:
    """Return the folded words of a text that say something, plurals as singulars.

    >>> sorted(context_words("Which films did the director of Heat make?"))
    ['director', 'film', 'heat']
    """
    return frozenset(singular(word) for word in words(text) if word not in ORDINARY)


def fit(
    terms: Sequence[Iri | Literal],
    *,
    graph: Graph,
    names: Names,
    wanted: frozenset[str],
    linked: frozenset[Term],
) -> dict[Iri | Literal, float]:
    """Return how well each homonym fits its question, relative to the best of them.

    Only a bounded number of facts is read of each, so a term with a million facts costs no more.

    Args:
        terms: Different meanings of one mention.
        graph: Where their facts are.
        names: Names and degrees.
        wanted: The words of the question outside the mention, as `context_words` gives them.
        linked: What the question's other mentions may mean.

    Returns:
        Term → a number in (0, 1]; the best has 1.
    """
    degrees = names.degrees(terms)
    most = math.log1p(max(degrees.values(), default=0)) or 1.0
    evidence = {}
    for term in terms:
        context = _shared(_facts(graph, term), term, names=names, wanted=wanted, linked=linked)
        prominence = math.log1p(degrees[term]) / most
        evidence[term] = 0.05 + _CONTEXT * context + _PROMINENCE * prominence
    best = max(evidence.values(), default=1.0)
    return {term: value / best for term, value in evidence.items()}


def _facts(graph: Graph, term: Iri | Literal) -> list[Triple]:
    incoming = graph.triples(object=term, limit=_FACTS)
    if isinstance(term, Literal):
        return incoming
    return [*graph.triples(subject=term, limit=_FACTS), *incoming]


def _shared(
    facts: Iterable[Triple], term: Term, *, names: Names, wanted: frozenset[str], linked: frozenset[Term]
) -> float:
    """Return 1 if a neighbour is mentioned too, else the share of the question's words found around a term."""
    around: set[str] = set()
    neighbours: set[Iri] = set()
    for fact in facts:
        other = fact.object if fact.subject == term else fact.subject
        if other in linked:
            return 1.0
        around |= context_words(readable(fact.predicate.value))
        neighbours.add(fact.predicate)
        if isinstance(other, Iri):
            neighbours.add(other)
    if not wanted:
        return 0.0
    for label in names.labels(sorted(neighbours)).values():
        around |= context_words(label)
    return len(wanted & around) / len(wanted)
