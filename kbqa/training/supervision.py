"""Turn questions with answers, or with SPARQL, into the relation paths that answer them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path as File
from typing import Literal as OneOf
from typing import Protocol

from kbqa.errors import InputError, QuestionError
from kbqa.evaluation.items import Item, read_jsonl, read_text_lines
from kbqa.parsing.parser import Parser
from kbqa.semantics.form import Step
from kbqa.semantics.paths import masked
from kbqa.semantics.shape import Shapes
from kbqa.training.examples import MASK
from kbqa.training.gold import Gold, find_gold
from kbqa.training.links import Things
from kbqa.training.paths import LEAST, MAX_STEPS, Found, Path, PathSearch
from kbqa.training.sparql_paths import read_path
from kbqa.types import Language, ParsedQuestion, Question
from kg.errors import QueryError
from kg.names import Names
from kg.same import Sameness
from kg.types import Graph, Iri, Link, Literal, Mention

__all__ = ["Linking", "Reason", "Supervised", "Taught", "read_taught", "supervise"]

Reason = OneOf["not readable", "no answers", "too many answers", "no entity", "no path", "not a path"]
"""Why a question teaches nothing: it has no words, or holds `MASK` itself; it comes with no answers, or with
too many; none of its words name an entity; no path from there leads to the answers; its query is no path."""

_MAX_ANSWERS = 5_000
_MENTIONS = 3  # that may be the topic
_MEANINGS = 4  # of each


class Linking(Protocol):
    """Finds what a question mentions; `kbqa.link.QuestionLinker.link` is one."""

    def __call__(self, question: Question, parsed: ParsedQuestion) -> Sequence[Link]:
        """Return mentions with their candidates, the surest mention first."""
        ...


@dataclass(frozen=True, slots=True)
class Taught:
    """A question to learn from.

    Attributes:
        item: The question with its answers.
        sparql: The query that answers it, "" where only the answers are known.
        place: Where it was read, for messages.
    """

    item: Item
    sparql: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Supervised:
    """A question and the paths that answer it.

    Attributes:
        question: The question, with `MASK` once in place of its topic.
        language: Of the question.
        paths: Equally good paths from the topic to the answers, shortest first; never empty.
        f1: F1 of what the paths lead to against the answers.
        topic: Where the paths begin.
    """

    question: str
    language: Language
    paths: tuple[Path, ...]
    f1: float
    topic: Iri | Literal


def read_taught(path: File) -> list[Taught]:
    """Return the questions of a `.jsonl` or `.jsonl.gz` file in order.

    Each line is as `kbqa.evaluation.items.read_jsonl` describes it; the answers may be [] where a query is
    known.

    Raises:
        InputError: At the first line that is no such thing, or if the file holds no question.
    """
    items = read_jsonl(path)
    return [
        Taught(item, item.query, f"{path}, line {number}")
        for item, (number, _) in zip(items, read_text_lines(path), strict=True)
    ]


def supervise(
    taught: Iterable[Taught],
    *,
    graph: Graph,
    names: Names,
    shapes: Shapes,
    link: Linking,
    same: Sameness | None = None,
    skipped: Counter[Reason] | None = None,
) -> Iterator[Supervised | None]:
    """Yield what each question teaches, None where that is nothing.

    Paths are looked for from every entity that the question may be about: the entities that it comes with,
    else those that the linker finds. Of two that lead to the answers equally well, the one with the shorter
    path is taken, then the surer one.

    Args:
        taught: The questions, read as they are needed.
        graph: The facts.
        names: Of the graph.
        shapes: Of the graph; says which relations join.
        link: Finds what a question mentions.
        same: Knows which IRIs of the graph are one thing; paths pass between them without a step.
        skipped: Is given the number of questions that teach nothing, by reason.

    Raises:
        InputError: If a query is not SPARQL; names its place.
    """
    supervisor = _Supervisor(graph, names, shapes, link, Things(same or Sameness(graph, ())))
    for one in taught:
        found = supervisor.supervise(one)
        if isinstance(found, Supervised):
            yield found
        else:
            if skipped is not None:
                skipped[found] += 1
            yield None


@dataclass(frozen=True, slots=True)
class _Topic:
    """A stretch of a question and what it means."""

    mention: Mention
    term: Iri | Literal


class _Supervisor:
    """Supervises questions over one graph."""

    def __init__(self, graph: Graph, names: Names, shapes: Shapes, link: Linking, things: Things) -> None:
        self._graph = graph
        self._names = names
        self._shapes = shapes
        self._link = link
        self._things = things
        self._search = PathSearch(graph, shapes, things)
        self._parser = Parser()

    def supervise(self, taught: Taught) -> Supervised | Reason:
        chain = self._chain(taught) if taught.sparql else None
        if taught.sparql and chain is None:
            return "not a path"
        item = taught.item
        if not item.answers and chain is None:
            return "no answers"
        if len(item.answers) > _MAX_ANSWERS:
            return "too many answers"
        try:
            parsed = self._parser.parse(Question(item.question, _language(item.language)))
        except QuestionError:
            return "not readable"
        if MASK in parsed.text:
            return "not readable"
        gold = find_gold(item.answers, self._names, self._things)
        return self._searched(item, parsed, gold) if chain is None else self._given(parsed, gold, *chain)

    def _chain(self, taught: Taught) -> tuple[Iri | Literal, Path] | None:
        try:
            chain = read_path(taught.sparql, prefixes=self._graph.prefixes)
        except QueryError as error:
            raise InputError(f'{taught.place or "a question"}: "sparql" cannot be read: {error}') from error
        if chain is None:
            return None
        start, path = chain[0], tuple(step for step in chain[1] if not self._is_identity(step))
        known = all(step.predicate in self._shapes.profiles for step in path)
        return (start, path) if known and 1 <= len(path) <= MAX_STEPS else None

    def _is_identity(self, step: Step) -> bool:
        return step.predicate in self._things.same.predicates

    def _given(
        self, parsed: ParsedQuestion, gold: Gold, start: Iri | Literal, path: Path
    ) -> Supervised | Reason:
        topics = self._named(parsed, (start.value,))
        given = next((topic for topic in topics if self._is_one(topic.term, start)), None)
        topic = given or self._mentioned(parsed, start)
        if topic is None:
            return "no entity"
        f1 = self._search.score(start, path, gold) if gold.answers else 1.0
        return _masked(parsed, topic, Found((path,), f1))

    def _searched(self, item: Item, parsed: ParsedQuestion, gold: Gold) -> Supervised | Reason:
        topics = self._named(parsed, item.entities) if item.entities else []
        topics = topics or self._linked(parsed)
        if not topics:
            return "no entity"
        lengths = (item.hops,) if 1 <= item.hops <= MAX_STEPS else range(1, MAX_STEPS + 1)
        best: tuple[_Topic, Found] | None = None
        for topic in topics:
            least = LEAST if best is None else best[1].f1
            found = self._search.find(topic.term, gold, lengths=lengths, least=least)
            if found is not None and (best is None or _is_better(found, best[1])):
                best = topic, found
        return "no path" if best is None else _masked(parsed, *best)

    def _named(self, parsed: ParsedQuestion, entities: tuple[str, ...]) -> list[_Topic]:
        """Return the topics that are given by IRI or name, where the question mentions them."""
        links = self._link(Question(parsed.text, parsed.language, entities), parsed)
        topics = []
        for link in links:
            if link.candidates[0].name not in entities:
                continue
            for candidate in link.candidates[:_MEANINGS]:
                topic = _Topic(link.mention, candidate.term)
                found = topic if link.mention.text else self._mentioned(parsed, candidate.term)
                topics += [found] if found is not None else []
        return topics

    def _mentioned(self, parsed: ParsedQuestion, term: Iri | Literal) -> _Topic | None:
        """Return where the linker finds a term, None if it does not."""
        links = self._link(Question(parsed.text, parsed.language), parsed)
        for link in links:
            if any(self._is_one(candidate.term, term) for candidate in link.candidates):
                return _Topic(link.mention, term)
        return None

    def _is_one(self, term: Iri | Literal, other: Iri | Literal) -> bool:
        return self._things.one_of(term) == self._things.one_of(other)

    def _linked(self, parsed: ParsedQuestion) -> list[_Topic]:
        links = self._link(Question(parsed.text, parsed.language), parsed)
        fitting = (
            [
                _Topic(link.mention, candidate.term)
                for candidate in link.candidates
                if candidate.kind in ("entity", "value")
            ]
            for link in links
        )
        chosen = islice((topics for topics in fitting if topics), _MENTIONS)
        return [topic for topics in chosen for topic in topics[:_MEANINGS]]


def _is_better(found: Found, other: Found) -> bool:
    if abs(found.f1 - other.f1) > 1e-6:
        return found.f1 > other.f1
    return len(found.paths[0]) < len(other.paths[0])


def _masked(parsed: ParsedQuestion, topic: _Topic, found: Found) -> Supervised:
    return Supervised(masked(parsed, topic.mention), parsed.language, found.paths, found.f1, topic.term)


def _language(tag: str) -> Language | OneOf[""]:
    known: dict[str, Language] = {"en": "en", "zh": "zh"}
    return known.get(tag.lower().split("-")[0], "")
