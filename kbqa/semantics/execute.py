"""Run candidate queries, keep those that hold, and say how sure they are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from kbqa.semantics.candidates import Candidate
from kbqa.semantics.form import Counted, Either, Exists, Form, Holds, Thing, proof_query, to_query
from kbqa.semantics.words import NameOf, in_words
from kbqa.types import Language, Operation, Reading
from kg.errors import QueryError
from kg.query import Pattern, Var, render
from kg.types import XSD, Graph, Iri, Literal, Row, Term, Triple

__all__ = ["Executor", "confidence_of"]

_SECONDS = 5.0
_PROOF_ROWS = 24
_MAX_FACTS = 12


class Executor:
    """Runs candidate forms over one graph."""

    def __init__(self, graph: Graph, name_of: NameOf, *, language: Language) -> None:
        """Prepare for one question.

        Args:
            graph: Where to run.
            name_of: Gives names for the words of a reading.
            language: Language of the words.
        """
        self._graph = graph
        self._name_of = name_of
        self._language = language

    def run(self, candidates: Sequence[Candidate], *, k: int, rivals: bool = True) -> list[Reading]:
        """Return at most `k` readings that have answers, best first.

        A candidate whose query gives nothing, or is stopped by its time limit, is passed over. If the
        candidates are `rivals`, each loses confidence by as much as the best one is better.
        """
        readings: list[Reading] = []
        best = candidates[0].score if candidates else 0.0
        for candidate in candidates:
            if len(readings) >= k:
                break
            terms = self._terms(candidate.form)
            if terms:
                behind = best - candidate.score if rivals else 0.0
                readings.append(self._reading(candidate, terms, behind=behind))
        return readings

    def prove(self, form: Form) -> tuple[Triple, ...]:
        """Return triples that prove the answers of a form, a few for each, in the order of the store."""
        if isinstance(form, Thing):
            return ()
        if isinstance(form, Either):
            return (*self.prove(form.left), *self.prove(form.right))[:_MAX_FACTS]
        query, patterns = proof_query(form, limit=_PROOF_ROWS)
        if not patterns:
            return ()
        try:
            rows = self._graph.select(render(query), limit=_PROOF_ROWS, seconds=_SECONDS)
        except QueryError:
            return ()
        found = tuple(dict.fromkeys(triple for row in rows for triple in _filled(patterns, row)))
        if isinstance(form, Holds) and not found:
            # What holds instead: that the capital of Italy is Rome shows that it is not Paris.
            return self.prove(form.right)
        return found[:_MAX_FACTS]

    def _terms(self, form: Form) -> tuple[Iri | Literal, ...]:
        if isinstance(form, Thing):
            return (form.term,)
        sparql = render(to_query(form))
        try:
            if isinstance(form, Holds | Exists):
                truth = self._graph.ask(sparql, seconds=_SECONDS)
                return (Literal(str(truth).lower(), XSD + "boolean"),)
            rows = self._graph.select(sparql, seconds=_SECONDS)
        except QueryError:
            return ()
        variable = "n" if isinstance(form, Counted) else "x"
        return tuple(term for row in rows if isinstance(term := row.get(variable), Iri | Literal))

    def _reading(self, candidate: Candidate, terms: tuple[Iri | Literal, ...], *, behind: float) -> Reading:
        query = to_query(candidate.form)
        return Reading(
            form=candidate.form,
            sparql=render(query, prefixes=self._graph.prefixes),
            short=render(query, prefixes=self._graph.prefixes, declare=False),
            words=in_words(candidate.form, self._name_of, language=self._language),
            score=candidate.score,
            confidence=confidence_of(candidate, behind=behind),
            operation=_operation(candidate.form),
            terms=terms,
        )


def _operation(form: Form) -> Operation:
    match form:
        case Counted():
            return "count"
        case Holds() | Exists():
            return "ask"
        case _:
            return "select"


def confidence_of(candidate: Candidate, *, behind: float) -> float:
    """Return the probability that a candidate is what the question means.

    A logistic function of how much of the question it explains, how weak its weakest evidence is, how
    many relations it adds of its own, and by how much a better candidate without answers leads.

    Example:
    >>> from kbqa.semantics.shape import Shape
    >>> shape = Shape("entity", frozenset(), frozenset())
    >>> sure = Candidate(Thing(Iri("w:France")), shape, 2.0, 1.0, 1.0, 0)
    >>> guess = Candidate(Thing(Iri("w:France")), shape, 0.2, 0.4, 0.3, 1)
    >>> confidence_of(sure, behind=0.0) > 0.9, confidence_of(guess, behind=0.5) < 0.2
    (True, True)
    """
    evidence = 5.0 * (candidate.explained - 0.72) + 4.0 * (candidate.weakest - 0.55)
    costs = 1.0 * candidate.floating + 1.5 * candidate.missing + 2.5 * behind
    if candidate.floating:
        # A relation of our own beside a word that was passed over is most likely that word, misread.
        costs += 1.2 * candidate.unsaid
    # The logistic function; written with tanh it cannot overflow.
    return 0.5 * (1.0 + math.tanh((evidence - costs) / 2.0))


def _filled(patterns: Sequence[Pattern], row: Row) -> Iterable[Triple]:
    def value(node: Var | Iri | Literal) -> Term | None:
        return row.get(node.name) if isinstance(node, Var) else node

    for pattern in patterns:
        subject, object_ = value(pattern.subject), value(pattern.object)
        if isinstance(subject, Iri) and isinstance(pattern.predicate, Iri) and object_ is not None:
            yield Triple(subject, pattern.predicate, object_)
