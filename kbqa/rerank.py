"""Hits → the stretches of text, and the images, that speak to the question."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from kbqa.parsing.language import tokenize
from kbqa.types import ImageEvidence, ParsedQuestion, PassageEvidence, Scored
from kg.text import is_cjk, normalise
from kg.types import Link
from retrieval.passages import sentences
from retrieval.types import Hit, Image, Passage, TextEncoder

__all__ = ["SentenceReranker"]

_MAX_PASSAGES = 6
_MAX_SENTENCES = 40
_COSINE_FLOOR = 0.2
_COSINE_TOP = 0.8
_WORDS_WEIGHT = 0.55
_ABSENT_ENTITY = 0.5
_WRONG_TYPE = 0.6
_HAS_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand)\b|[一二三四五六七八九十百千万两]",
    re.I,
)
_HAS_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z]\w+|[·•]|[一-鿿]{2,}")


class SentenceReranker:
    """Scores sentences by shared words, similarity of vectors, and whether they speak of the entities."""

    def __init__(self, encoder: TextEncoder | None) -> None:
        """Prepare; without an encoder words alone count."""
        self._encoder = encoder

    def rerank(self, parsed: ParsedQuestion, links: Sequence[Link], hits: Sequence[Hit]) -> list[Scored]:
        """Return the sentences of the best passages, and the images, best first.

        Scores are in [0, 1]: 1 for a sentence with all content words and the meaning of the question.
        """
        scored = self._sentences(parsed, links, [hit for hit in hits if isinstance(hit.item, Passage)])
        scored += _images(parsed, [hit for hit in hits if isinstance(hit.item, Image)])
        return sorted(scored, key=lambda item: -item.score)

    def _sentences(self, parsed: ParsedQuestion, links: Sequence[Link], hits: Sequence[Hit]) -> list[Scored]:
        stretches = []
        for hit in hits[:_MAX_PASSAGES]:
            if isinstance(hit.item, Passage):
                stretches += [(hit, hit.item, start, end) for start, end in sentences(hit.item.text)]
        stretches = stretches[:_MAX_SENTENCES]
        texts = [passage.text[start:end] for _, passage, start, end in stretches]
        if not texts:
            return []
        words = _content(parsed)
        shares = [
            _share(words, f"{passage.title} {text}")
            for (_, passage, _, _), text in zip(stretches, texts, strict=True)
        ]
        meanings = self._meanings(parsed, texts)
        names = _names(links)
        scored = []
        for (hit, passage, start, end), text, share, meaning in zip(
            stretches, texts, shares, meanings, strict=True
        ):
            score = share if meaning is None else _WORDS_WEIGHT * share + (1 - _WORDS_WEIGHT) * meaning
            if names and not any(name in normalise(f"{passage.title} {text}") for name in names):
                score *= _ABSENT_ENTITY
            if not _fits(parsed, text):
                score *= _WRONG_TYPE
            if text.lstrip().startswith("#"):
                score *= _WRONG_TYPE
            first, last = passage.start + start, passage.start + end
            scored.append(Scored(PassageEvidence(passage, first, last, text), score, hit))
        return scored

    def _meanings(self, parsed: ParsedQuestion, texts: Sequence[str]) -> list[float | None]:
        if self._encoder is None or parsed.language != "en":
            return [None] * len(texts)
        vectors = self._encoder.encode([parsed.text, *texts])
        scaled = (vectors[1:] @ vectors[0] - _COSINE_FLOOR) / (_COSINE_TOP - _COSINE_FLOOR)
        return [float(value) for value in np.clip(scaled, 0.0, 1.0)]


def _content(parsed: ParsedQuestion) -> list[str]:
    """Return the words that an answering sentence should hold, as dictionary forms."""
    return [token.lemma for token in parsed.tokens if not token.function]


def _share(words: Sequence[str], text: str) -> float:
    """Return the share of some words that a text holds, in [0, 1]; partly for words that begin alike."""
    if not words:
        return 0.0
    lowered = text.lower()
    known = {token.lemma for token in tokenize(text, "en")} if not any(map(is_cjk, text)) else set()
    return sum(_held(word, lowered, known) for word in words) / len(words)


def _held(word: str, text: str, lemmas: set[str]) -> float:
    if word in lemmas:
        return 1.0
    if any(is_cjk(char) for char in word):
        if word in text:
            return 1.0
        return 0.5 * sum(char in text for char in word) / len(word)
    alike = any(len(word) >= 5 and lemma[:5] == word[:5] for lemma in lemmas)
    return 0.7 if alike else 0.0


def _names(links: Sequence[Link]) -> list[str]:
    names = [
        normalise(candidate.name)
        for link in links[:2]
        for candidate in link.candidates[:1]
        if candidate.kind == "entity"
    ]
    return [name for name in names if name]


def _fits(parsed: ParsedQuestion, text: str) -> bool:
    match parsed.expects:
        case "number" | "time":
            return bool(_HAS_NUMBER.search(text))
        case "person":
            return bool(_HAS_NAME.search(text))
        case _:
            return True


def _images(parsed: ParsedQuestion, hits: Sequence[Hit]) -> list[Scored]:
    words = _content(parsed)
    return [
        Scored(ImageEvidence(hit.item), _share(words, hit.item.caption), hit)
        for hit in hits
        if isinstance(hit.item, Image)
    ]
