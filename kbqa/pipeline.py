"""The way of a question: parse → link → query → search → rerank → read → decide.

Each stage is an object with one method; any of them can be replaced by another object with the same
method, and `Config.without` switches stages off by name. Stages take one question; batches live inside.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from kbqa.config import Config
from kbqa.look import Look, together
from kbqa.types import Answer, ParsedQuestion, Question, Reading, Result, Scored
from kg.names import Names
from kg.schema import Schema
from kg.types import Graph, Link
from retrieval.corpus import Corpus
from retrieval.search import Search
from retrieval.types import Floats, Hit, TextEncoder

__all__ = [
    "DecideStage",
    "LinkStage",
    "LookStage",
    "Parse",
    "Pipeline",
    "QueryStage",
    "ReadStage",
    "RerankStage",
    "SearchStage",
    "Sources",
    "Stages",
]


@dataclass(frozen=True, slots=True)
class Sources:
    """What questions are answered from: the open parts of one knowledge base.

    Attributes:
        graph: The facts.
        names: Labels and aliases of the graph.
        schema: Profile of the graph.
        corpus: Passages and images.
        search: Finds them.
        encoder: Turns texts into vectors.
        relation_vectors: Vectors of predicate names that were computed when the base was built.
        matcher: Folder of the learnt matcher, None where there is none.
        reranker: Folder of the knowledge base's own reranker, None where it has none.
        completion: Folder of the knowledge base's own completion model, None where it has none.
    """

    graph: Graph
    names: Names
    schema: Schema
    corpus: Corpus
    search: Search
    encoder: TextEncoder
    relation_vectors: Mapping[str, Floats]
    matcher: Path | None = None
    reranker: Path | None = None
    completion: Path | None = None


class LookStage(Protocol):
    """Question with a picture → questions without."""

    def look(self, question: Question) -> Look:
        """Return what the picture shows and what is left to be asked; raises `InputError` if it cannot be read."""
        ...


class Parse(Protocol):
    """Question → parsed question."""

    def parse(self, question: Question) -> ParsedQuestion:
        """Return what the words of a question say; raises `QuestionError` if they say nothing."""
        ...


class LinkStage(Protocol):
    """Parsed question → links into the graph."""

    def link(self, question: Question, parsed: ParsedQuestion) -> list[Link]:
        """Return mentions with their candidates, the surest mention first; may be empty."""
        ...


class QueryStage(Protocol):
    """Links → queries over the graph, run and verified."""

    def query(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Reading]:
        """Return readings that have answers, best first; may be empty."""
        ...


class SearchStage(Protocol):
    """Parsed question and links → passages and images."""

    def search(self, question: Question, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Hit]:
        """Return hits, best first; may be empty."""
        ...


class RerankStage(Protocol):
    """Hits → evidence with scores that can be compared."""

    def rerank(self, parsed: ParsedQuestion, links: Sequence[Link], hits: Sequence[Hit]) -> list[Scored]:
        """Return the stretches of the hits that speak to the question, best first; may be empty."""
        ...


class ReadStage(Protocol):
    """Readings and evidence → answers of every source."""

    def read(
        self,
        parsed: ParsedQuestion,
        links: Sequence[Link],
        readings: Sequence[Reading],
        scored: Sequence[Scored],
    ) -> list[Answer]:
        """Return answers with confidence and evidence, in any order; may be empty."""
        ...


class DecideStage(Protocol):
    """Answers of every source → one list, or none."""

    def decide(self, parsed: ParsedQuestion, answers: Sequence[Answer]) -> tuple[list[Answer], str]:
        """Return the answers to give, best first, and the reason where there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of one pipeline."""

    parse: Parse
    link: LinkStage
    query: QueryStage
    search: SearchStage
    rerank: RerankStage
    read: ReadStage
    decide: DecideStage
    look: LookStage | None = None


class Pipeline:
    """Answers questions, one at a time; safe to use from several threads."""

    def __init__(self, stages: Stages, config: Config | None = None) -> None:
        """Prepare the stages; `config` switches some of them off."""
        self._stages = stages
        self._config = config or Config()

    def ask(self, question: Question) -> Result:
        """Return the answers to a question, with everything that led to them.

        Raises:
            QuestionError: If the question is empty, too long or holds no word.
        """
        clock = _Clock()
        if not question.image or self._stages.look is None:
            return self._answer(question, clock)
        with clock("look"):
            look = self._stages.look.look(question)
        results = [self._answer(one, clock) for one in look.questions]
        if not results:
            with clock("parse"):
                parsed = self._stages.parse.parse(replace(question, image=""))
            empty = Result(question, parsed, [], [], [], [], True, look.reason, clock.seconds)
            return together(question, look, [empty])
        return together(question, look, results)

    def _answer(self, question: Question, clock: _Clock) -> Result:
        """Return the answers to a question without a picture."""
        stages = self._stages
        with clock("parse"):
            parsed = stages.parse.parse(question)
        with clock("link"):
            links = stages.link.link(question, parsed)
        with clock("query"):
            readings = stages.query.query(parsed, links) if self._config.uses("graph") else []
        with clock("search"):
            hits = stages.search.search(question, parsed, links) if self._config.uses("search") else []
        with clock("rerank"):
            scored = stages.rerank.rerank(parsed, links, hits)
        with clock("read"):
            answers = stages.read.read(parsed, links, readings, scored)
        with clock("decide"):
            decided, reason = stages.decide.decide(parsed, answers)
        return Result(question, parsed, links, readings, hits, decided, not decided, reason, clock.seconds)


class _Clock:
    """Measures named stretches of time."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started
