"""Question and passages → the stretches of the passages that answer it."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.reading.span_model import Knowledge, Settings, SpanModel, load_model, read_settings
from kbqa.reading.windows import (
    LONGEST_FACT,
    PairTokenizer,
    TextEntity,
    TextFact,
    Window,
    with_entities,
    with_facts,
)
from kbqa.semantics.confidence import logistic
from retrieval.bert import Bert, batches_by_length
from retrieval.errors import ModelError
from retrieval.passages import sentences

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Span", "SpanReader", "best_spans", "load_span_reader"]

BATCH_TOKENS = (
    512  # measured: larger ones leave the processor's cache; 20 paragraphs take 328 ms, 428 with 2,048
)
_CANDIDATES = 20  # of a window


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a passage that may answer a question.

    Attributes:
        passage: Number of the passage.
        start: First character in the passage.
        end: One past the last character.
        text: The passage's text [start:end].
        score: By how much it is likelier than "no answer", plus the log-odds that what it is read in answers; it can be
            compared between passages.
    """

    passage: int
    start: int
    end: int
    text: str
    score: float


class SpanReader:
    """Reads answers out of passages; safe to use from several threads."""

    def __init__(self, model: SpanModel, tokenizer: PairTokenizer, settings: Settings) -> None:
        """Put the parts together; `load_span_reader` does it from a folder."""
        self._model = model
        self._tokenizer = tokenizer
        self.settings = settings

    def read(
        self,
        question: str,
        passages: Sequence[str],
        *,
        k: int = 5,
        facts: Sequence[Sequence[TextFact]] = (),
    ) -> list[Span]:
        """Return the likeliest stretches of all passages, at most `k`, best first; none overlaps a better one.

        Every window's scores are taken relative to its own "no answer", so that those of several passages can be
        compared (Clark and Gardner, ACL 2018, give the reason).

        Args:
            question: What is asked.
            passages: What is read.
            k: Stretches at most.
            facts: About each passage, hung on stretches of it; none if not given. An answer is never of a fact.
        """
        found: list[Span] = []
        breaks = [[end for _, end in sentences(passage)] for passage in passages]
        for window, scores, answers in self._scored(question, passages, facts):
            within = [bisect_right(breaks[window.passage], start) for start, _ in window.places]
            found += [
                _span(window, passages[window.passage], begin, end, score + answers)
                for begin, end, score in best_spans(
                    window, scores, longest=self.settings.answer, within=within
                )
            ]
        return _apart(found, k)

    def odds(
        self,
        question: str,
        passages: Sequence[str],
        *,
        facts: Sequence[Sequence[TextFact]] = (),
        entities: Sequence[Sequence[TextEntity]] = (),
        asked: Sequence[TextEntity] = (),
    ) -> list[float]:
        """Return the log-odds that each passage answers; -inf for one without a word.

        Args:
            question: What is asked.
            passages: What is read.
            facts: About each passage.
            entities: That each passage names.
            asked: Entities that the question names.
        """
        found = [-math.inf] * len(passages)
        for window, _, answers in self._scored(question, passages, facts, entities, asked):
            found[window.passage] = max(found[window.passage], answers)
        return found

    def _scored(
        self,
        question: str,
        passages: Sequence[str],
        facts: Sequence[Sequence[TextFact]],
        entities: Sequence[Sequence[TextEntity]] = (),
        asked: Sequence[TextEntity] = (),
    ) -> Iterator[tuple[Window, Tensor, float]]:
        """Yield each window with the scores of its tokens and the log-odds that it answers."""
        import torch

        windows = self.windows(question, passages, facts, entities, asked)
        with torch.inference_mode():
            for rows in batches_by_length([window.size for window in windows], tokens=BATCH_TOKENS):
                batch = [windows[row] for row in rows]
                for window, scores, answers in zip(batch, *self._model(batch), strict=True):
                    yield window, scores, float(answers)

    def windows(
        self,
        question: str,
        passages: Sequence[str],
        facts: Sequence[Sequence[TextFact]] = (),
        entities: Sequence[Sequence[TextEntity]] = (),
        asked: Sequence[TextEntity] = (),
    ) -> list[Window]:
        """Return the windows over some passages; arguments as of `odds`."""
        hung = [[fact for fact in about if fact.end > fact.start] for about in facts] or [
            [] for _ in passages
        ]
        named = entities or [()] * len(passages)
        told = list(dict.fromkeys(fact.text for about in hung for fact in about))
        own, *pieces = self._tokenizer.pieces([question, *passages, *told])
        words = dict(zip(told, pieces[len(passages) :], strict=True))
        found = []
        for number, (text, about) in enumerate(zip(pieces[: len(passages)], hung, strict=True)):
            branches = [(fact.start, fact.end, words[fact.text].ids[:LONGEST_FACT]) for fact in about]
            found += [
                with_entities(with_facts(window, branches), own, asked, named[number])
                for window in self._tokenizer.windows(
                    own, text, length=self.settings.length, overlap=self.settings.overlap, passage=number
                )
            ]
        return found

    def with_knowledge(self, knowledge: Knowledge) -> SpanReader:
        """Return the same reader, told to be read with another kind of knowledge than it was taught with."""
        return SpanReader(self._model, self._tokenizer, replace(self.settings, knowledge=knowledge))

    def probability(self, score: float) -> float:
        """Return the probability in [0, 1] that the best span is right, from its score."""
        return logistic(self.settings.slope * score + self.settings.offset)


def load_span_reader(folder: Path, tokenizer: Path, base: Bert, encoder: str) -> SpanReader:
    """Return the reader in a folder.

    Args:
        folder: That `kbqa train reader` wrote.
        tokenizer: The `tokenizer.json` of the text encoder that it was made of.
        base: That encoder's layers.
        encoder: Its name.

    Raises:
        ModelError: If it is missing, damaged, or was made of another encoder.
    """
    settings = read_settings(folder)
    if settings.encoder != encoder:
        raise ModelError(
            f"the reader in {folder} was made of {settings.encoder}, not of {encoder}; train it again"
        )
    return SpanReader(load_model(folder, base), PairTokenizer(tokenizer), settings)


def best_spans(
    window: Window, scores: Tensor, *, longest: int, within: Sequence[int] = ()
) -> list[tuple[int, int, float]]:
    """Return the likeliest spans of a window, best first.

    Args:
        window: Of which the scores are.
        scores: (2, length) of beginnings and ends, at least as long as the window.
        longest: Tokens of a span at most.
        within: Number of the sentence of each token of the stretch; a span is of one. Without it a span may be of several.

    Returns:
        First token, last token (both counted in the stretch), and the score over "no answer".
    """
    import torch

    size = len(window.places)
    begins = scores[0, window.first : window.first + size]
    ends = scores[1, window.first : window.first + size]
    pairs = begins[:, None] + ends[None, :] - (scores[0, 0] + scores[1, 0])
    allowed = torch.ones(size, size, dtype=torch.bool).triu().tril(longest - 1)
    if within:
        of = torch.tensor(within)
        allowed &= of[:, None] == of[None, :]
    values, places = (
        pairs.masked_fill(~allowed, -math.inf).flatten().topk(min(_CANDIDATES, int(allowed.sum())))
    )
    return [
        (place // size, place % size, value)
        for place, value in zip(places.tolist(), values.tolist(), strict=True)
    ]


def _span(window: Window, passage: str, begin: int, end: int, score: float) -> Span:
    start, stop = window.places[begin][0], window.places[end][1]
    return Span(window.passage, start, stop, passage[start:stop], score)


def _apart(spans: Sequence[Span], k: int) -> list[Span]:
    """Return the best spans of which none overlaps a better one."""
    kept: list[Span] = []
    for span in sorted(spans, key=lambda span: (-span.score, span.passage, span.start, span.end)):
        if len(kept) == k:
            break
        if all(
            other.passage != span.passage or other.end <= span.start or span.end <= other.start
            for other in kept
        ):
            kept.append(span)
    return kept
