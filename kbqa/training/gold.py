"""The right answers of a question as terms of a graph, and what leads to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from kbqa.evaluation.matching import match
from kbqa.semantics.form import Step, back
from kbqa.semantics.shape import Shapes
from kbqa.training.links import Links, Things
from kg.names import Names
from kg.schema import PredicateProfile
from kg.text import normalise
from kg.types import Blank, Graph, Iri, Literal, Term

__all__ = ["Backwards", "Gold", "find_gold"]

_SAMPLED = 5  # answers, and terms of an answer, that are followed back
_WIDE = 400  # things that are kept of one step back
_FOLLOWED = 100  # things up to which they are followed further


@dataclass(frozen=True, slots=True)
class Gold:
    """The right answers, as terms of a graph.

    Attributes:
        answers: As they were given.
        keys: One for each different answer.
        terms: What the graph holds under the names of the answers, each thing under the term that stands for
            it → the key of the answer.
        has_values: Whether some may be numbers, dates or texts, which are met only by comparing.
    """

    answers: tuple[str, ...]
    keys: frozenset[str]
    terms: Mapping[Iri | Literal, str]
    has_values: bool


def find_gold(answers: Sequence[str], names: Names, things: Things) -> Gold:
    """Return answers with what a graph holds under their names; names of one thing are one answer.

    Args:
        answers: Texts, numbers or IRIs.
        names: Of the graph.
        things: Of the graph.
    """
    named = names.find_exact(answers)
    terms: dict[Iri | Literal, str] = {}
    keys: set[str] = set()
    has_values = False
    for text in answers:
        meant = _meant(text, [name.term for name in named.get(text, ()) if _same(name.text, text)], things)
        if meant and all(term in terms for term in meant):
            continue
        key = next(iter(match((), [text])[1]))
        for term in meant:
            terms.setdefault(term, key)
        keys.add(key)
        has_values = has_values or not meant or any(char.isdigit() for char in text)
    return Gold(tuple(answers), frozenset(keys), terms, has_values)


def _meant(text: str, named: Sequence[Iri | Literal], things: Things) -> list[Iri | Literal]:
    """Return the terms that an answer may stand for: an IRI for itself, a text for what it names."""
    is_iri = ":" in text and not any(char.isspace() for char in text)
    meant = [Iri(text), Iri(unquote(text)), *named] if is_iri else named
    return list(dict.fromkeys(term for term in things.one_of_each(meant) if not isinstance(term, Blank)))


def _same(name: str, text: str) -> bool:
    return normalise(name) == normalise(text)


class Backwards:
    """What leads to some of the right answers, worked out from their end."""

    def __init__(self, graph: Graph, links: Links, shapes: Shapes, gold: Gold) -> None:
        self._graph = graph
        self._links = links
        self._shapes = shapes
        self._answers = _evenly(gold.answers)
        self._terms = _sampled(gold)
        self._values = frozenset(self._value_steps()) if gold.has_values else frozenset()
        self._before: dict[tuple[Step, ...], frozenset[Term] | None] = {}
        self.ends = self._values | {
            back(step) for term in self._terms for step in self._shapes.of_thing(term).steps
        }
        """The steps that may lead to an answer."""

    def before(self, path: tuple[Step, ...]) -> frozenset[Term] | None:
        """Return the things from which a path leads to some sampled answer, None where these are not known."""
        if path not in self._before:
            self._before[path] = self._last(path[0]) if len(path) == 1 else self._earlier(path)
        return self._before[path]

    def _earlier(self, path: tuple[Step, ...]) -> frozenset[Term] | None:
        later = self.before(path[1:])
        if later is None or len(later) > _FOLLOWED:
            return None
        return self._sources(sorted(later, key=_order), path[0])

    def _last(self, step: Step) -> frozenset[Term] | None:
        if self._graph.remote:
            return None
        terms: list[Term] = [*self._terms]
        if step in self._values:
            values = self._literals(self._shapes.profiles[step.predicate])
            if not values:
                return None
            terms += values
        return self._sources(terms, step)

    def _sources(self, terms: Sequence[Term], step: Step) -> frozenset[Term] | None:
        """Return what a step leads from to some terms, None where that is too much."""
        found: set[Term] = set()
        for term in terms:
            found.update(self._links.of(term, back(step), limit=_WIDE + 1))
            if len(found) > _WIDE:
                return None
        return frozenset(found)

    def _literals(self, profile: PredicateProfile) -> list[Literal]:
        """Return the answers as values that a predicate has, written as the answers are."""
        datatypes = [name for name, _ in profile.range]
        written = [Literal(text.strip(), datatype) for text in self._answers for datatype in datatypes]
        return [value for value in written if self._graph.triples(None, profile.iri, value, limit=1)]

    def _value_steps(self) -> list[Step]:
        profiles = self._shapes.profiles.values()
        return [Step(profile.iri, True) for profile in profiles if profile.kind != "entity"]


def _sampled(gold: Gold) -> list[Iri | Literal]:
    by_key: dict[str, list[Iri | Literal]] = {}
    for term, key in gold.terms.items():
        by_key.setdefault(key, []).append(term)
    return [term for key in _evenly(tuple(by_key)) for term in by_key[key][:_SAMPLED]]


def _evenly(answers: tuple[str, ...]) -> tuple[str, ...]:
    """Return a few of many answers, from all over them."""
    return answers[:: max(1, -(-len(answers) // _SAMPLED))]


def _order(term: Term) -> tuple[str, str]:
    return type(term).__name__, term.value
