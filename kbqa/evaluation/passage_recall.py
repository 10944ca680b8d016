"""How often the documents that hold the answers to questions are found, by each search alone and by all together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kbqa.errors import InputError, QuestionError
from kbqa.evaluation.items import Item
from kbqa.evaluation.significance import RESAMPLES, Interval, bootstrap_means, interval
from kbqa.fusion import Fusion
from kbqa.search import linked_entities, near_entities
from kbqa.types import Language, Question
from retrieval.fuse import fuse_ranks, fuse_scores
from retrieval.types import Hit, HitSource, Passage

if TYPE_CHECKING:
    from kbqa.pipeline import Sources

__all__ = [
    "CUTS",
    "DEPTH",
    "Found",
    "PassageRecall",
    "Runs",
    "is_right",
    "question_of",
    "run_searches",
    "score_passages",
]

CUTS = (1, 5, 20)
DEPTH = 100
"""Passages that each search is asked for: several may be of one document."""
Runs = Mapping[HitSource, Sequence[Hit]]
"""What each search found."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question.

    Attributes:
        item: The question.
        language: Of the question.
        runs: What each search found.
        seconds: Time of all searches together.
    """

    item: Item
    language: Language
    runs: Runs
    seconds: float


@dataclass(frozen=True, slots=True)
class PassageRecall:
    """The figures of one set.

    Attributes:
        name: Of the set.
        documents: How many there are to find.
        questions: How many were asked.
        rows: Way of searching → for each k the share of questions whose document is among the first k, with its
            95 % interval.
        mrr: Way of searching → mean reciprocal rank of the first right document among the first 10.
        ranks: Way of searching → for each question the rank of its first right document, infinite where it is not
            found.
        milliseconds: p50 and p95 of all searches for one question.
    """

    name: str
    documents: int
    questions: int
    rows: Mapping[str, Mapping[int, Interval]]
    mrr: Mapping[str, float]
    ranks: Mapping[str, NDArray[np.float64]]
    milliseconds: tuple[float, float]

    def table(self) -> str:
        """Return the figures in percent, as lines of text."""
        head = f"{self.name}: {self.documents:,} documents, {self.questions:,} questions"
        lines = [head, f"{'':<14}" + "".join(f"{f'R@{k}':>8}" for k in CUTS) + f"{'MRR@10':>9}"]
        for way, shares in self.rows.items():
            cells = "".join(f"{100 * (shares[k].value or 0.0):>8.1f}" for k in CUTS)
            lines.append(f"{way:<14}{cells}{100 * self.mrr[way]:>9.1f}")
        half, most = self.milliseconds
        return "\n".join([*lines, f"searching: p50 {half:.1f} ms, p95 {most:.1f} ms, all searches together"])

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "set": self.name,
            "documents": self.documents,
            "questions": self.questions,
            "recall": {
                way: {str(k): share.to_dict() for k, share in shares.items()}
                for way, shares in self.rows.items()
            },
            "mrr@10": dict(self.mrr),
            "ms": {"p50": self.milliseconds[0], "p95": self.milliseconds[1]},
        }


def run_searches(sources: Sources, items: Iterable[Item], *, given_entities: bool = False) -> Iterator[Found]:
    """Yield what each search finds for questions that name the documents to be found; others are passed over.

    A question that says nothing finds nothing.

    Args:
        sources: The open parts of a knowledge base.
        items: The questions.
        given_entities: Use the entities that the set names instead of linking.
    """
    from kbqa.config import Config
    from kbqa.stages import default_stages

    stages = default_stages(sources, Config())
    for item in items:
        if not item.sources:
            continue
        question = question_of(item, given_entities=given_entities)
        try:
            parsed = stages.parse.parse(question)
        except QuestionError:
            yield Found(item, "en", {"bm25": [], "dense": [], "entity": []}, 0.0)
            continue
        linked = linked_entities(stages.link.link(question, parsed))
        started = time.perf_counter()
        search = sources.search
        runs: dict[HitSource, Sequence[Hit]] = {
            "bm25": search.by_bm25(parsed.text, k=DEPTH),
            "dense": search.by_dense(parsed.text, k=DEPTH),
            "entity": search.by_entity(
                parsed.text, entities=linked, near=near_entities(sources.graph, linked), k=DEPTH
            ),
        }
        yield Found(item, parsed.language, runs, time.perf_counter() - started)


def question_of(item: Item, *, given_entities: bool) -> Question:
    """Return a set's question as it is asked, with the entities that the set names if these are to be used."""
    language = item.language if item.language in ("en", "zh") else ""
    entities = item.entities if given_entities and item.entities else None
    return Question(item.question, language, entities)  # type: ignore[arg-type]


def score_passages(
    name: str,
    found: Sequence[Found],
    *,
    documents: int,
    fusion: Fusion,
    seed: int = 0,
) -> PassageRecall:
    """Return how often each search, and all fused, find a right document early.

    A document that was cut into several passages counts once, at the place of the first that is found.

    Args:
        name: Of the set.
        found: What was found, of at least one question.
        documents: How many there are.
        fusion: The learnt one.
        seed: Of the intervals.

    Raises:
        InputError: If no question names a document.
    """
    if not found:
        raise InputError(f'{name}: no question names the documents to be found ("sources")')
    ways: dict[str, Callable[[Found], Sequence[Hit]]] = {
        "words (BM25)": lambda one: one.runs["bm25"],
        "vectors": lambda one: one.runs["dense"],
        "entities": lambda one: one.runs["entity"],
        "fused, ranks": lambda one: fuse_ranks(list(one.runs.values()), k=DEPTH),
        "fused, learnt": lambda one: fuse_scores(
            list(one.runs.values()), fusion[one.language], k=DEPTH, depth=DEPTH
        ),
    }
    if not any(one.runs["entity"] for one in found):
        del ways["entities"]
    ranks = {way: np.array([_rank(hits(one), one.item) for one in found]) for way, hits in ways.items()}
    times = 1000 * np.array([one.seconds for one in found])
    half, most = np.percentile(times, [50, 95])
    return PassageRecall(
        name,
        documents,
        len(found),
        {way: _shares(own, seed) for way, own in ranks.items()},
        {way: float(np.where(own <= 10, 1 / own, 0.0).mean()) for way, own in ranks.items()},
        ranks,
        (float(half), float(most)),
    )


def _shares(ranks: NDArray[np.float64], seed: int) -> dict[int, Interval]:
    rows = np.stack([(ranks <= k).astype(np.float64) for k in CUTS], axis=1)
    resampled = bootstrap_means(rows, seed=seed, resamples=RESAMPLES)
    return {k: interval(float(rows[:, at].mean()), resampled[:, at]) for at, k in enumerate(CUTS)}


def _rank(hits: Sequence[Hit], item: Item) -> float:
    """Return the rank of the first right document among those of some hits, from 1."""
    seen = dict.fromkeys(hit.item.source for hit in hits if isinstance(hit.item, Passage))
    for rank, source in enumerate(seen, start=1):
        if is_right(source, item):
            return float(rank)
    return float("inf")


def is_right(source: str, item: Item) -> bool:
    """Return whether a source is one that is to be found: by its name, or by the id of a line of a .jsonl file.

    >>> item = Item("1", "Who?", (), sources=("7", "plots/alien.md"))
    >>> [is_right(source, item) for source in ("a/plots.jsonl#7", "plots/alien.md", "plots.jsonl#77")]
    [True, True, False]
    """
    return source in item.sources or (".jsonl" in source and source.rpartition("#")[2] in item.sources)
