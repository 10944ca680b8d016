"""How well a reader finds answers in the passage that belongs to a question, as SQuAD 2.0 scores it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kbqa.errors import InputError
from kbqa.evaluation.adapters.reading import Paragraph, read_paragraphs
from kbqa.evaluation.calibration import aurc
from kbqa.evaluation.items import Item
from kbqa.evaluation.significance import Interval, bootstrap_means, interval
from kbqa.evaluation.text_metrics import (
    best,
    chinese_exact,
    chinese_f1,
    drcd_f1,
    pieces_f1,
    squad_exact,
    squad_f1,
)
from kbqa.parsing.parser import Parser
from kbqa.reading.span import SpanReader
from kbqa.rerank import SentenceReranker
from kbqa.training.bilingual_data import seeded
from kbqa.training.reading_examples import SOURCES, learnt_passages, passage_name
from kbqa.types import PassageEvidence, Question
from retrieval.types import Hit, Passage

__all__ = ["METRICS", "ReaderScores", "best_with_null", "read_asked", "score_reader"]

Metric = Callable[[str, str], float]
METRICS: Mapping[str, tuple[Metric, Metric]] = {
    "squad1": (squad_exact, squad_f1),
    "squad2": (squad_exact, squad_f1),
    "cmrc2018": (chinese_exact, chinese_f1),
    "drcd": (chinese_exact, drcd_f1),
    "xquad-en": (squad_exact, squad_f1),
    "xquad-zh": (chinese_exact, pieces_f1),
    "bipar-en": (squad_exact, squad_f1),
    "bipar-zh": (chinese_exact, chinese_f1),
}
"""Set → exact match and F1 of an answer and one gold answer."""
MANY = 20
"""Passages that a question is asked of to measure the time."""
_TIMED = 50


@dataclass(frozen=True, slots=True)
class ReaderScores:
    """The figures of one set.

    Attributes:
        name: Of the set.
        counts: Questions that their passage answers, and that it does not.
        values: Name of the figure → its mean with the 95 % interval, in [0, 1].
        milliseconds: p50 and p95 of one question over its own passage, then of one question over 20 passages.
    """

    name: str
    counts: tuple[int, int]
    values: Mapping[str, Interval]
    milliseconds: tuple[tuple[float, float], tuple[float, float]]

    def table(self) -> str:
        """Return the figures in percent, as lines of text."""
        answerable, other = self.counts
        lines = [
            f"{self.name}: {answerable:,} questions that their passage answers, {other:,} that it does not"
        ]
        for name, value in self.values.items():
            if value.value is not None:
                low, high = 100 * (value.low or 0.0), 100 * (value.high or 0.0)
                between = f"  ({low:.1f} to {high:.1f})" if low < high else ""
                lines.append(f"{name:<44}{100 * value.value:>6.1f}{between}")
        (half, most), (half_many, most_many) = self.milliseconds
        lines.append(f"one question, its passage: p50 {half:.0f} ms, p95 {most:.0f} ms")
        lines.append(f"one question, {MANY} passages: p50 {half_many:.0f} ms, p95 {most_many:.0f} ms")
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON values."""
        return {
            "set": self.name,
            "n": sum(self.counts),
            "metrics": {name: value.to_dict() for name, value in self.values.items()},
            "latency_ms": {
                name: {"p50": half, "p95": most}
                for name, (half, most) in zip(
                    ("one passage", f"{MANY} passages"), self.milliseconds, strict=True
                )
            },
        }


def read_asked(
    name: str, data: Path, *, held_out: int | None = None, limit: int | None = None, seed: int = 0
) -> list[tuple[Item, Paragraph]]:
    """Return the questions of a set with their passages.

    A question that is to be answered and whose passage holds none of its answers is left out.

    Args:
        name: A key of `METRICS`.
        data: The folder of the set.
        held_out: Only the passages that training with this seed held out.
        limit: At most so many questions, a random sample.
        seed: Of the sample.

    Raises:
        InputError: If the set is unknown, its file is missing, or nothing was held out of it.
    """
    if name not in METRICS:
        raise InputError(f"there is no reading set {name!r}; there are {', '.join(METRICS)}")
    paragraphs = list(read_paragraphs(data, name))
    if held_out is not None:
        paragraphs = _held_out(name, paragraphs, held_out)
    asked = [
        (item, paragraph)
        for paragraph in paragraphs
        for item in paragraph.questions
        if item.answers or item.kind == "impossible"
    ]
    if limit is not None and limit < len(asked):
        asked = [asked[place] for place in sorted(seeded(seed).sample(range(len(asked)), limit))]
    return asked


def _held_out(name: str, paragraphs: Sequence[Paragraph], seed: int) -> list[Paragraph]:
    if name not in SOURCES:
        raise InputError(f"{name} is not trained on, so none of it is held out; leave out --held-out")
    numbered = {
        passage_name(name, place): paragraph
        for place, paragraph in enumerate(paragraphs)
        if any(item.answers for item in paragraph.questions)
    }
    learnt = learnt_passages(numbered, SOURCES[name].share, seed=seed)
    return [paragraph for known, paragraph in numbered.items() if known not in learnt]


def score_reader(
    name: str,
    asked: Sequence[tuple[Item, Paragraph]],
    reader: SpanReader,
    sentences: SentenceReranker,
    *,
    seed: int = 0,
) -> ReaderScores:
    """Return how well a reader answers questions from the passage that each belongs to.

    A question is answered where the best span's score is at least the reader's `null`; else the answer is empty, as
    SQuAD 2.0 wants it. The best-sentence baseline gives the sentence that `SentenceReranker` puts first, always.

    Args:
        name: A key of `METRICS`.
        asked: Questions with their passages; one without answers is one that its passage does not answer.
        reader: The reader.
        sentences: Finds the best sentence.
        seed: Of the intervals.
    """
    exact, f1 = METRICS[name]
    rows, spent = [], []
    for item, paragraph in asked:
        start = time.perf_counter()
        spans = reader.read(item.question, [paragraph.text], k=1)
        spent.append(1000 * (time.perf_counter() - start))
        forced = spans[0].text if spans else ""
        given = forced if spans and spans[0].score >= reader.settings.null else ""
        sentence = _best_sentence(sentences, item, paragraph) if item.answers else ""
        rows.append(
            (
                bool(item.answers),
                best(exact, given, item.answers),
                best(f1, given, item.answers),
                best(exact, forced, item.answers),
                best(f1, forced, item.answers),
                best(f1, sentence, item.answers),
                bool(given),
                spans[0].score if spans else -np.inf,
            )
        )
    values = np.array(rows, dtype=float)
    has = values[:, 0] == 1
    figures = {
        "answerable, exact match": values[has, 1],
        "answerable, F1": values[has, 2],
        "answerable, always answered, exact match": values[has, 3],
        "answerable, always answered, F1": values[has, 4],
        "answerable, best sentence, F1": values[has, 5],
        "unanswerable, left unanswered": values[~has, 1],
        "all, exact match": values[:, 1],
        "all, F1": values[:, 2],
        "answered, and should not have been": values[~has, 6],
        "not answered, and should have been": 1 - values[has, 6],
    }
    found = {label: _interval(column, seed) for label, column in figures.items() if len(column)}
    if not has.all():
        found["all, F1 with this set's own best null"] = _of_whole(
            best_with_null(values[:, 7], np.where(has, values[:, 4], 0.0), ~has)
        )
    found["area under the risk-coverage curve"] = _of_whole(
        aurc(values[:, 7], np.where(has, values[:, 3], 0.0))
    )
    return ReaderScores(
        name,
        (int(has.sum()), int((~has).sum())),
        found,
        (_percentiles(spent), _percentiles(_times_of_many(asked, reader))),
    )


def best_with_null(
    scores: NDArray[np.float64], values: NDArray[np.float64], empty: NDArray[np.bool_]
) -> float:
    """Return the best mean that any null score gives, as SQuAD 2.0's script reports it ("best_f1").

    Args:
        scores: (questions,) of the best span.
        values: (questions,) what answering gives.
        empty: (questions,) where leaving the question unanswered gives 1; elsewhere it gives 0.

    >>> best_with_null(np.array([3.0, 2.0, 1.0]), np.array([1.0, 0.0, 0.5]), np.array([False, True, False]))
    0.6666666666666666
    """
    order = np.argsort(-scores)
    unanswered = empty.astype(np.float64)
    gained = np.cumsum((values - unanswered)[order])
    return float((unanswered.sum() + max(0.0, gained.max())) / len(scores))


def _of_whole(value: float) -> Interval:
    """Return a figure of the set as a whole, which has no interval."""
    return Interval(value, value, value)


def _interval(values: np.ndarray[Any, Any], seed: int) -> Interval:
    return interval(float(values.mean()), bootstrap_means(values[:, None], seed=seed)[:, 0])


def _best_sentence(sentences: SentenceReranker, item: Item, paragraph: Paragraph) -> str:
    parsed = Parser().parse(Question(item.question))
    passage = Passage("p:1", paragraph.text, paragraph.id, 0, len(paragraph.text), paragraph.title)
    scored = sentences.rerank(parsed, (), [Hit(passage, 1.0, 1, "fused")])
    return next((one.evidence.text for one in scored if isinstance(one.evidence, PassageEvidence)), "")


def _times_of_many(asked: Sequence[tuple[Item, Paragraph]], reader: SpanReader) -> list[float]:
    """Return milliseconds of questions that are asked of their own passage and of the next ones."""
    texts = list(dict.fromkeys(paragraph.text for _, paragraph in asked))
    spent = []
    for item, paragraph in asked[:: max(1, len(asked) // _TIMED)]:
        place = texts.index(paragraph.text)
        many = [texts[(place + step) % len(texts)] for step in range(min(MANY, len(texts)))]
        start = time.perf_counter()
        reader.read(item.question, many)
        spent.append(1000 * (time.perf_counter() - start))
    return spent


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    half, most = np.percentile(values, [50, 95])
    return float(half), float(most)
