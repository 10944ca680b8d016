"""Run candidate queries, keep those that hold, and say how sure they are."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from kbqa.semantics.candidates import Candidate
from kbqa.semantics.compile import ends, proof_query, to_query
from kbqa.semantics.confidence import confidence_of, signs_of
from kbqa.semantics.effort import Effort
from kbqa.semantics.form import (
    Aggregate,
    Compares,
    Counted,
    Either,
    Exists,
    Form,
    Holds,
    Thing,
    deepened,
    things,
)
from kbqa.semantics.shortcuts import Shortcuts
from kbqa.semantics.words import NameOf, in_words
from kbqa.types import Language, Operation, Reading
from kg.errors import QueryError
from kg.naming import LABEL_PREDICATES
from kg.query import Below, Node, Pattern, Same, Var, render
from kg.same import Sameness
from kg.taxonomy import Taxonomy
from kg.types import XSD, Blank, Graph, Iri, Literal, Row, Term, Triple

__all__ = ["Executor"]

_SECONDS = 5.0  # for all queries of one question to an embedded graph, and for each one to a remote graph
_REMOTE_SECONDS = 20.0  # for all queries of one question to a remote graph
# Triples that are read at most for a reading that only shows what else a question may mean: some 3 ms.
_ASIDE = 500
_PROOF_ROWS = 24
# A number with its unit, as graphs that keep everything as text hold it: "18个", "约3,400 人", "235磅（107千克）", "2-3 MPa".
_DIGITS = r"(?:[\d０-９][\d０-９.,，．]*[万亿]?|[零一二两三四五六七八九十百千万亿]+)"
_ASIDE_IN_BRACKETS = r"(?:\s*[（(\[][^（）()\[\]]*[）)\]])*"
_NUMBER = re.compile(
    rf"(?:约|大约|近|共|超过)?{_DIGITS}(?:\s*[-–~～至到]\s*{_DIGITS})?{_ASIDE_IN_BRACKETS}\s*"
    rf"(?:[一-鿿]{{0,3}}|[a-zA-Z²³%]{{0,3}})(?:/[一-鿿a-zA-Z]{{1,3}})?{_ASIDE_IN_BRACKETS}"
)
_MAX_FACTS = 12
_MOST_STEPS = 8  # from a thing to one that it is part of
_DEEP_SECONDS = 1.0  # for a query over several steps
_DEEPENED = 3  # candidates of a question that are read as going on over several steps
_OWN = 0.6
_UNSTATED = 0.5
_NOTHING = ((Literal("false", XSD + "boolean"),), (Literal("0", XSD + "integer"),))
_YES = Literal("true", XSD + "boolean")


class Executor:
    """Runs candidate forms over one graph."""

    def __init__(
        self,
        graph: Graph,
        name_of: NameOf,
        *,
        language: Language,
        same: Sameness | None = None,
        effort: Effort | None = None,
        shortcuts: Shortcuts | None = None,
        taxonomy: Taxonomy | None = None,
        nests: Callable[[Iri], bool] = lambda _: False,
    ) -> None:
        """Prepare for one question; its time runs from here.

        Args:
            graph: Where to run.
            name_of: Gives names for the words of a reading.
            language: Language of the words.
            same: Knows which IRIs are one thing; None where every IRI is its own.
            effort: Tells which queries are dear, so that no second-best reading waits for one; None runs all.
            shortcuts: Remembers what earlier questions found; None where the graph may change.
            taxonomy: How the graph says what things are; None by rdf:type alone.
            nests: Tells the relations that lead from parts to wholes of wholes.
        """
        self._graph = graph
        self._name_of = name_of
        self._language = language
        self._same = same or Sameness(graph, ())
        self._effort = effort
        self._shortcuts = shortcuts
        self._taxonomy = taxonomy or Taxonomy()
        self._nests = nests
        self._tried_deep = 0
        self._deadline = time.monotonic() + (_REMOTE_SECONDS if graph.remote else _SECONDS)

    def run(self, candidates: Sequence[Candidate], *, k: int, rivals: bool = True) -> Iterator[Reading]:
        """Yield at most `k` readings that have answers, best first, each when it is asked for.

        A candidate whose query gives nothing, or is stopped by its time limit, is passed over, and so is
        one behind the best reading whose query would read much of the graph. If the
        candidates are `rivals`, each loses confidence by as much as the best one is better.
        """
        found = 0
        best = candidates[0].score if candidates else 0.0
        for position, candidate in enumerate(candidates):
            if found >= k or not self._left():
                break
            if found and rivals and self._is_dear(candidate.form):
                continue
            candidate, terms = self._found(candidate)
            stated = self._stated(candidate.form, terms)
            if stated:
                candidate, terms = replace(candidate, form=stated[0]), stated[1]
            if terms:
                rival = (
                    best if position else max((other.score for other in candidates[1:2]), default=-math.inf)
                )
                # What a picture is asked of is not what a relation of our own leads to.
                lead = candidate.score - rival if rivals else -_OWN * candidate.floating
                found += 1
                yield self._reading(candidate, terms, lead)

    def _found(self, candidate: Candidate) -> tuple[Candidate, tuple[Iri | Literal, ...]]:
        """Return a candidate with the members of its form, where it has none with those that lie several steps away.

        "Insects of the order Coleoptera" are not right below it, but the families that they are of are.
        """
        terms = self._terms(candidate.form)
        if terms or self._tried_deep >= _DEEPENED:
            return candidate, terms
        deep = deepened(candidate.form, self._nests)
        if deep == candidate.form:
            return candidate, terms
        self._tried_deep += 1
        return replace(candidate, form=deep), self._asked(deep, most=_DEEP_SECONDS) or ()

    def _stated(
        self, form: Form, counted: tuple[Iri | Literal, ...]
    ) -> tuple[Form, tuple[Iri | Literal, ...]] | None:
        """Return what is counted and its one member, where that says how many there are: "18个"."""
        if not isinstance(form, Counted) or [term.value for term in counted] != ["1"]:
            return None
        members = self._terms(form.source)
        if len(members) != 1 or not _NUMBER.fullmatch(self._name_of(members[0])):
            return None
        if isinstance(members[0], Iri) and self._says_more_of(members[0]):
            return None  # a film may be called "300"
        return form.source, members

    def _says_more_of(self, iri: Iri) -> bool:
        facts = self._graph.triples(iri, None, None, limit=len(LABEL_PREDICATES) + 1)
        return any(fact.predicate.value not in LABEL_PREDICATES for fact in facts)

    def _is_dear(self, form: Form) -> bool:
        return self._effort is not None and self._effort.of(form) > _ASIDE

    def _left(self) -> float:
        """Return the seconds that one query may take now, 0 where the question's time is over."""
        return max(0.0, min(_SECONDS, self._deadline - time.monotonic()))

    def prove(self, form: Form) -> tuple[Triple, ...]:
        """Return triples that prove the answers of a form, a few for each, in the order of the store."""
        if isinstance(form, Thing):
            return ()
        if isinstance(form, Either):
            return (*self.prove(form.left), *self.prove(form.right))[:_MAX_FACTS]
        query, patterns = proof_query(
            self._narrowed(form), limit=_PROOF_ROWS, same=self._same.predicates, taxonomy=self._taxonomy
        )
        if not patterns:
            return ()
        try:
            rows = self._graph.select(render(query), limit=_PROOF_ROWS, seconds=self._left())
        except QueryError:
            return ()
        found = tuple(dict.fromkeys(triple for row in rows for triple in self._filled(patterns, row)))
        if isinstance(form, Holds) and not found:
            # What holds instead: that the capital of Italy is Rome shows that it is not Paris.
            return self.prove(form.right)
        kinds = {self._taxonomy.typing, self._taxonomy.subclass}
        # What a thing is tells less than what else is said of it.
        found = tuple(sorted(found, key=lambda triple: triple.predicate in kinds))
        if isinstance(form, Aggregate):
            # The numbers that were added say more than what they are numbers of.
            found = tuple(sorted(found, key=lambda triple: triple.predicate != form.step.predicate))
        return found[:_MAX_FACTS]

    def _filled(self, patterns: Sequence[Pattern | Same | Below], row: Row) -> Iterable[Triple]:
        for pattern in patterns:
            one, other = (_value(node, row) for node in ends(pattern))
            if isinstance(pattern, Same):
                if isinstance(one, Iri) and isinstance(other, Iri):
                    yield from self._same.links(one, other)
            elif isinstance(pattern, Below):
                if isinstance(one, Iri) and isinstance(other, Iri):
                    yield from self._between(one, pattern.predicate, other)
            elif isinstance(one, Iri | Blank) and isinstance(pattern.predicate, Iri) and other is not None:
                yield Triple(one, pattern.predicate, other)

    def _between(self, start: Iri, predicate: Iri, end: Iri) -> list[Triple]:
        """Return the shortest row of triples by which a predicate leads from one thing to another, none where it is long."""
        ways: dict[Iri, list[Triple]] = {start: []}
        for _ in range(_MOST_STEPS):
            if end in ways:
                break
            found = [
                fact
                for way in ways
                for fact in self._graph.triples(way, predicate, None, limit=_MAX_FACTS)
                if isinstance(fact.object, Iri)
            ]
            ways = {
                fact.object: [*ways[fact.subject], fact]
                for fact in reversed(found)
                if isinstance(fact.subject, Iri) and isinstance(fact.object, Iri)
            }
        return ways.get(end, [])

    def _terms(self, form: Form) -> tuple[Iri | Literal, ...]:
        narrowed = self._narrowed(form)
        short = narrowed if self._shortcuts is None else self._shortcuts.unchecked(narrowed)
        return self._asked(short) or ()

    def _narrowed(self, form: Form) -> Form:
        return form if self._shortcuts is None else self._shortcuts.narrowed(form, self._asked)

    def _asked(self, form: Form, *, most: float = math.inf) -> tuple[Iri | Literal, ...] | None:
        """Return the members of a form, None where its query was stopped, after `most` seconds at the latest, or refused."""
        if isinstance(form, Thing):
            return (form.term,)
        sparql = render(to_query(form, same=self._same.predicates, taxonomy=self._taxonomy))
        try:
            if isinstance(form, Holds | Compares | Exists):
                truth = self._graph.ask(sparql, seconds=self._left())
                return (Literal(str(truth).lower(), XSD + "boolean"),)
            rows = self._graph.select(sparql, seconds=min(most, self._left()))
        except QueryError:
            return None
        variable = "n" if isinstance(form, Counted) else "x"
        terms = tuple(term for row in rows if isinstance(term := row.get(variable), Iri | Literal))
        return self._same.distinct(terms)

    def _reading(self, candidate: Candidate, terms: tuple[Iri | Literal, ...], lead: float) -> Reading:
        query = to_query(candidate.form, same=self._same.predicates, taxonomy=self._taxonomy)
        # What is so by a relation that no word names is no answer where a word is passed over.
        unstated = candidate.floating > 0 and _is_bare(candidate, terms)
        return Reading(
            form=candidate.form,
            sparql=render(query, prefixes=self._graph.prefixes),
            short=render(query, prefixes=self._graph.prefixes, declare=False),
            words=in_words(candidate.form, self._name_of, language=self._language),
            score=candidate.score,
            confidence=confidence_of(candidate, lead=lead) * (_UNSTATED if unstated else 1.0),
            operation=_operation(candidate.form),
            terms=_topics_last(candidate.form, terms),
            signs=signs_of(candidate, lead=lead) if candidate.learnt is not None else {},
        )


def _is_bare(candidate: Candidate, terms: tuple[Iri | Literal, ...]) -> bool:
    """Return whether an answer shows nothing of the words that were passed over: no, none, or a yes to something else."""
    return candidate.unsaid > 0 if terms == (_YES,) else candidate.explained < 1 and terms in _NOTHING


def _topics_last(form: Form, terms: tuple[Iri | Literal, ...]) -> tuple[Iri | Literal, ...]:
    """Return answers with those that the question itself named behind the others: they tell least."""
    if isinstance(form, Thing):
        return terms
    named = set(things(form))
    return tuple(sorted(terms, key=lambda term: term in named))


def _operation(form: Form) -> Operation:
    match form:
        case Counted():
            return "count"
        case Holds() | Compares() | Exists():
            return "ask"
        case _:
            return "select"


def _value(node: Node, row: Row) -> Term | None:
    return row.get(node.name) if isinstance(node, Var) else node
