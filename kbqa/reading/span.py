"""Question and passages → the stretches of the passages that answer it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.reading.span_model import Settings, SpanModel, load_model, read_settings
from kbqa.reading.windows import PairTokenizer, Window
from kbqa.semantics.confidence import logistic
from retrieval.bert import Bert, batches_by_length
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Span", "SpanReader", "best_spans", "load_span_reader"]

BATCH_TOKENS = 2048
_CANDIDATES = 20  # of a window


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a passage that may answer a question.

    Attributes:
        passage: Number of the passage.
        start: First character in the passage.
        end: One past the last character.
        text: The passage's text [start:end].
        score: By how much it is likelier than "no answer", as log-odds that can be compared between passages.
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

    def read(self, question: str, passages: Sequence[str], *, k: int = 5) -> list[Span]:
        """Return the likeliest stretches of all passages, at most `k`, best first; none overlaps a better one.

        Every window's scores are taken relative to its own "no answer", so that those of several passages can be
        compared (Clark and Gardner, ACL 2018, give the reason).
        """
        import torch

        asked, *texts = self._tokenizer.pieces([question, *passages])
        settings = self.settings
        windows = [
            window
            for number, text in enumerate(texts)
            for window in self._tokenizer.windows(
                asked, text, length=settings.length, overlap=settings.overlap, passage=number
            )
        ]
        found: list[Span] = []
        with torch.inference_mode():
            for rows in batches_by_length([len(window.tokens) for window in windows], tokens=BATCH_TOKENS):
                batch = [windows[row] for row in rows]
                for window, scores in zip(batch, self._model(batch), strict=True):
                    found += [
                        _span(window, passages[window.passage], begin, end, score)
                        for begin, end, score in best_spans(window, scores, longest=settings.answer)
                    ]
        return _apart(found, k)

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


def best_spans(window: Window, scores: Tensor, *, longest: int) -> list[tuple[int, int, float]]:
    """Return the likeliest spans of a window, best first.

    Args:
        window: Of which the scores are.
        scores: (2, length) of beginnings and ends, at least as long as the window.
        longest: Tokens of a span at most.

    Returns:
        First token, last token (both counted in the stretch), and the score over "no answer".
    """
    import torch

    size = len(window.places)
    begins = scores[0, window.first : window.first + size]
    ends = scores[1, window.first : window.first + size]
    pairs = begins[:, None] + ends[None, :] - (scores[0, 0] + scores[1, 0])
    allowed = torch.ones(size, size, dtype=torch.bool).triu().tril(longest - 1)
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
