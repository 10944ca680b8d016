"""How well evidence is ordered: the search alone, sentences by words and vectors, read, and read with knowledge."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kbqa.config import Config
from kbqa.errors import InputError, QuestionError
from kbqa.evaluation.items import Item
from kbqa.evaluation.passage_recall import is_right, question_of
from kbqa.evaluation.significance import Interval, bootstrap_means, interval, p_value, swapped_means
from kbqa.reading.cross_reranker import CrossReranker
from kbqa.reading.neighbourhood import Neighbourhood
from kbqa.reading.passage import SHIPPED_READER, LazyReader
from kbqa.types import Scored
from retrieval.types import Hit, Passage

if TYPE_CHECKING:
    from kbqa.pipeline import Sources, Stages

__all__ = ["WAYS", "RerankScores", "first_right", "score_reranking"]

WAYS = ("search", "sentences", "read", "read with knowledge")
"""Ways of ordering, each compared with the one before."""
CUT = 10
"""Of MRR."""


@dataclass(frozen=True, slots=True)
class RerankScores:
    """The figures of one set.

    Attributes:
        name: Of the set.
        questions: How many were asked.
        told: Questions for which there are facts about what the passages mention.
        mrr: Way of ordering → mean reciprocal rank of the first right document among the first 10.
        differences: Two ways → by how much the second is better, with the p value of a paired randomisation test.
        milliseconds: Way of ordering → p50 of one question.
    """

    name: str
    questions: int
    told: int
    mrr: Mapping[str, Interval]
    differences: Mapping[tuple[str, str], tuple[Interval, float]]
    milliseconds: Mapping[str, float]

    def table(self) -> str:
        """Return the figures in percent, as lines of text."""
        lines = [
            f"{self.name}: {self.questions:,} questions, {self.told:,} with facts about what is read",
            f"{'':<34}{f'MRR@{CUT}':>9}",
        ]
        for way, value in self.mrr.items():
            spent = f"   {self.milliseconds[way]:.1f} ms" if way in self.milliseconds else ""
            lines.append(f"{way:<34}{_percent(value)}{spent}")
        for (one, other), (difference, p) in self.differences.items():
            lines.append(f"{f'{other} - {one}':<34}{_percent(difference)}   p = {p:.3f}")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "set": self.name,
            "questions": self.questions,
            "told": self.told,
            f"mrr@{CUT}": {way: value.to_dict() for way, value in self.mrr.items()},
            "differences": [
                {"from": one, "to": other, **difference.to_dict(), "p": p}
                for (one, other), (difference, p) in self.differences.items()
            ],
            "ms": dict(self.milliseconds),
        }


def score_reranking(
    name: str,
    sources: Sources,
    items: Iterable[Item],
    *,
    folder: Path | None = None,
    given_entities: bool = False,
    seed: int = 0,
) -> RerankScores:
    """Return how early the right document comes when the first ten hits are put in order in several ways.

    Args:
        name: Of the set.
        sources: The open parts of a knowledge base.
        items: Questions; those that name no documents to be found are passed over.
        folder: Of the reader; by default the knowledge base's own reranker, else the reader that is shipped.
        given_entities: Use the entities that the set names instead of linking.
        seed: Of the intervals and the tests.

    Raises:
        InputError: If no question names a document.
    """
    from kbqa.stages import default_stages

    stages = default_stages(sources, Config())
    reader = LazyReader(folder or sources.reranker or SHIPPED_READER, sources.encoder)
    neighbourhood = Neighbourhood(
        sources.graph,
        sources.names,
        sources.corpus,
        vectors=sources.relation_vectors,
        encoder=sources.encoder,
    )
    # A reader that was taught with no knowledge is read with facts all the same, to see what they do.
    known = reader.load().settings.knowledge
    told = LazyReader.of(reader.load().with_knowledge("facts" if known == "none" else known))
    ways = {"read": CrossReranker(reader), "read with knowledge": CrossReranker(told, neighbourhood)}
    found = [
        _ordered(item, stages, ways, neighbourhood, given_entities=given_entities)
        for item in items
        if item.sources
    ]
    if not found:
        raise InputError(f'{name}: no question names the documents to be found ("sources")')
    values = np.array([[0.0 if rank > CUT else 1 / rank for rank in one.ranks] for one in found])
    means = bootstrap_means(values, seed=seed)
    return RerankScores(
        name,
        len(found),
        sum(one.told for one in found),
        {way: interval(float(values[:, at].mean()), means[:, at]) for at, way in enumerate(WAYS)},
        {
            (WAYS[at - 1], WAYS[at]): _difference(values[:, at - 1 : at + 1], means[:, at - 1 : at + 1], seed)
            for at in range(1, len(WAYS))
        },
        {
            way: 1000 * float(np.median([one.seconds[at] for one in found if one.seconds] or [0.0]))
            for at, way in enumerate(WAYS[1:])
        },
    )


@dataclass(frozen=True, slots=True)
class _Ordered:
    """Ranks of the first right document: of the search, then of each way; seconds of each way."""

    ranks: tuple[float, ...]
    seconds: tuple[float, ...] = ()
    told: bool = False


def _ordered(
    item: Item,
    stages: Stages,
    ways: Mapping[str, CrossReranker],
    neighbourhood: Neighbourhood,
    *,
    given_entities: bool,
) -> _Ordered:
    question = question_of(item, given_entities=given_entities)
    try:
        parsed = stages.parse.parse(question)
    except QuestionError:
        return _Ordered((float("inf"),) * len(WAYS))
    links = stages.link.link(question, parsed)
    hits = [hit for hit in stages.search.search(question, parsed, links) if isinstance(hit.item, Passage)]
    start = time.perf_counter()
    scored = stages.rerank.rerank(parsed, links, hits)
    seconds = [time.perf_counter() - start]
    orders: list[Sequence[Scored]] = [(), scored]
    for one in ways.values():
        start = time.perf_counter()
        orders.append(one.rerank(parsed, links, scored))
        seconds.append(seconds[0] + time.perf_counter() - start)
    told = neighbourhood.facts(parsed, links, [hit.item for hit in hits if isinstance(hit.item, Passage)])
    return _Ordered(tuple(first_right(item, hits, one) for one in orders), tuple(seconds), bool(told))


def first_right(item: Item, hits: Sequence[Hit], scored: Sequence[Scored]) -> float:
    """Return the rank of the first right document, from 1: in the order of scored sentences, then of the hits."""
    order = dict.fromkeys([each.hit.item.source for each in scored] + [hit.item.source for hit in hits])
    return next((float(rank) for rank, source in enumerate(order, 1) if is_right(source, item)), float("inf"))


def _difference(values: NDArray[np.float64], means: NDArray[np.float64], seed: int) -> tuple[Interval, float]:
    found = float((values[:, 1] - values[:, 0]).mean())
    one, other = swapped_means(values[:, :1], values[:, 1:], seed=seed)
    return interval(found, means[:, 1] - means[:, 0]), p_value(found, (other - one)[:, 0])


def _percent(value: Interval) -> str:
    return f"{100 * (value.value or 0.0):>9.1f}  ({100 * (value.low or 0.0):.1f} to {100 * (value.high or 0.0):.1f})"
