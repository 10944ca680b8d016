"""Hits → the stretches of text, and the images, that speak to the question."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kbqa.parsing.language import tokenize
from kbqa.semantics.confidence import logistic
from kbqa.types import ImageEvidence, Language, ParsedQuestion, PassageEvidence, Scored
from kg.text import has_cjk, normalise
from kg.types import Link
from retrieval.passages import sentences
from retrieval.types import Hit, Image, Passage, TextEncoder

__all__ = ["SentenceReranker", "passage_confidence", "passage_score"]

_MAX_PASSAGES = 6
_MAX_SENTENCES = 8
_REMEMBERED = 4_096  # sentences whose words are kept
# What a first place in the search is worth beside the share of words. Of 1,100 questions of held-out passages of SQuAD
# 1.1, COVID-QA, CMRC 2018 and DRCD among 3,326 passages, logistic regression gives 0.40 (English) and 0.69 (Chinese);
# the eight sentences chosen so hold as many answers as twelve that were chosen without.
_FIRST_PLACE = 0.5
_COSINE_FLOOR = 0.2
_COSINE_TOP = 0.8
_WORDS_WEIGHT = 0.55
_ABSENT_ENTITY = 0.5
_WRONG_TYPE = 0.6
# Of two questions: that they ask the same, by logistic regression on cosines, as a score (`passage_confidence` makes
# a probability of it). Fitted on LC-QuAD 1.0, training part, 3,000 rewordings of which half had their question among
# 1,500 stored ones; words that both share add nothing to the cosine there (log loss 0.34 either way).
_SAME_QUESTION, _OTHER_QUESTION = 1.26, 0.30
_PROBABLY, _STEEPNESS = (
    0.69,
    10.0,
)  # the score of a confidence of one half, and how fast confidence grows there
_HAS_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand)\b|[一二三四五六七八九十百千万两]",
    re.I,
)
_HAS_NAME = re.compile(r"(?<!^)(?<![.!?] )\b[A-Z]\w+|[·•]|[一-鿿]{2,}")


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A sentence of a passage, or the answer of a question, with the share of the question's words that it holds.

    What is compared with the question is the sentence, or the question that was stored with the answer.
    """

    hit: Hit
    passage: Passage
    start: int
    end: int
    share: float

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    @property
    def compared(self) -> str:
        return self.passage.question or self.text

    @property
    def promise(self) -> float:
        """How much can be expected of it before it is compared by meaning."""
        return self.share + _FIRST_PLACE / self.hit.rank

    def evidence(self) -> PassageEvidence:
        place = self.passage.start
        return PassageEvidence(self.passage, place + self.start, place + self.end, self.text)

    def score(self, parsed: ParsedQuestion, names: Sequence[str], cosine: float | None) -> float:
        """Return how well it answers, in [0, 1]; doubtful where it lacks the entity or the kind of answer."""
        shared = self._likeness(parsed, cosine)
        said = normalise(f"{self.passage.title} {self.passage.question} {self.text}")
        absent = bool(names) and not any(name in said for name in names)
        if self.passage.question:
            return shared * (_ABSENT_ENTITY if absent else 1.0)
        wrong = (not _fits(parsed, self.text)) + self.text.lstrip().startswith("#")
        return shared * (_ABSENT_ENTITY if absent else 1.0) * _WRONG_TYPE**wrong

    def _likeness(self, parsed: ParsedQuestion, cosine: float | None) -> float:
        """Return how like it is to the question, in [0, 1]; without a cosine by words alone."""
        if self.passage.question and normalise(self.passage.question) == normalise(parsed.text):
            return 1.0
        if cosine is None:
            return self.share
        if self.passage.question:
            return float(np.clip(_SAME_QUESTION * cosine - _OTHER_QUESTION, 0.0, 1.0))
        return _by_words_and_meaning(self.share, cosine)


def _stretches(hit: Hit, words: Sequence[str]) -> list[_Stretch]:
    if not isinstance(hit.item, Passage):
        return []
    passage = hit.item
    if passage.question:
        return [_Stretch(hit, passage, 0, len(passage.text), _share(words, passage.question))]
    return [
        _Stretch(hit, passage, start, end, _share(words, f"{passage.title} {passage.text[start:end]}"))
        for start, end in sentences(passage.text)
    ]


class SentenceReranker:
    """Scores sentences by shared words, similarity of vectors, and whether they speak of the entities.

    The answer of a stored question is taken whole, and scored by how like the two questions are.
    """

    def __init__(
        self,
        encoder: TextEncoder | None,
        languages: frozenset[Language] = frozenset({"en"}),
        *,
        quick: TextEncoder | None = None,
    ) -> None:
        """Prepare.

        Args:
            encoder: Of the question; without one words alone count.
            languages: Of which questions vectors mean something; for others words alone count.
            quick: Encodes the sentences, in the same space; the same encoder if not given.
        """
        self._languages = languages
        self._encoder = encoder
        self._quick = quick

    def rerank(self, parsed: ParsedQuestion, links: Sequence[Link], hits: Sequence[Hit]) -> list[Scored]:
        """Return the sentences of the best passages, and the images, best first.

        Scores are in [0, 1]: 1 for a sentence with all content words and the meaning of the question. The answers
        of stored questions that are probably the one asked come before every sentence: they were written for it.
        """
        scored = self._sentences(parsed, links, [hit for hit in hits if isinstance(hit.item, Passage)])
        scored += self._pictures(parsed, hits)
        return sorted(scored, key=lambda item: (not _is_asked(item), -item.score))

    def _sentences(self, parsed: ParsedQuestion, links: Sequence[Link], hits: Sequence[Hit]) -> list[Scored]:
        words = _content(parsed)
        stretches = [stretch for hit in hits[:_MAX_PASSAGES] for stretch in _stretches(hit, words)]
        # Encoding is what takes time: only stored questions, and the sentences that share most words, are compared
        # by meaning.
        likely = sorted(stretches, key=lambda stretch: (not stretch.passage.question, -stretch.promise))
        likely = likely[:_MAX_SENTENCES]
        cosines = self._cosines(parsed, [stretch.compared for stretch in likely])
        names = _names(links)
        return [
            Scored(stretch.evidence(), stretch.score(parsed, names, cosine), stretch.hit)
            for stretch, cosine in zip(likely, cosines, strict=True)
        ]

    def _pictures(self, parsed: ParsedQuestion, hits: Sequence[Hit]) -> list[Scored]:
        """Return the images with scores of their captions: by meaning, too, where the question asks for a picture."""
        found = [(hit, hit.item) for hit in hits if isinstance(hit.item, Image)]
        captions = list(dict.fromkeys(image.caption for _, image in found if image.caption))
        asked = captions if parsed.expects == "image" else []
        cosines = dict(zip(asked, self._cosines(parsed, asked), strict=True))
        words = _content(parsed)
        return [
            Scored(
                ImageEvidence(image),
                _by_words_and_meaning(_share(words, image.caption), cosines.get(image.caption)),
                hit,
            )
            for hit, image in found
        ]

    def _cosines(self, parsed: ParsedQuestion, texts: Sequence[str]) -> list[float | None]:
        if self._encoder is None or not texts or parsed.language not in self._languages:
            return [None] * len(texts)
        question = self._encoder.encode([parsed.text])[0]  # the search has asked for the same vector
        return [float(cosine) for cosine in (self._quick or self._encoder).encode(texts) @ question]


def passage_confidence(score: float) -> float:
    """Return the probability that a sentence answers the question, from its score in [0, 1].

    Example:
    >>> round(passage_confidence(0.9), 2), round(passage_confidence(0.3), 2)
    (0.89, 0.02)
    """
    return logistic(_STEEPNESS * (score - _PROBABLY))


def passage_score(log_odds: float) -> float:
    """Return the score in [0, 1] of which `passage_confidence` makes these log-odds, or the nearest that there is.

    Example:
    >>> passage_score(0.0), passage_score(100.0)
    (0.69, 1.0)
    """
    return min(1.0, max(0.0, _PROBABLY + log_odds / _STEEPNESS))


def _content(parsed: ParsedQuestion) -> list[str]:
    """Return the words that an answering sentence should hold, as dictionary forms."""
    return [token.lemma for token in parsed.tokens if not token.function]


def _share(words: Sequence[str], text: str) -> float:
    """Return the share of some words that a text holds, in [0, 1]; partly for words that begin alike."""
    if not words:
        return 0.0
    lowered, lemmas = text.lower(), _lemmas(text)
    return sum(_held(word, lowered, lemmas) for word in words) / len(words)


@lru_cache(maxsize=_REMEMBERED)
def _lemmas(text: str) -> frozenset[str]:
    """Return the dictionary forms of a text's words; none of one with Chinese characters, which are looked for as they are."""
    return frozenset() if has_cjk(text) else frozenset(token.lemma for token in tokenize(text, "en"))


def _held(word: str, text: str, lemmas: frozenset[str]) -> float:
    if word in lemmas:
        return 1.0
    if has_cjk(word):
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


def _is_asked(item: Scored) -> bool:
    is_pair = isinstance(item.evidence, PassageEvidence) and bool(item.evidence.passage.question)
    return is_pair and item.score >= _PROBABLY


def _by_words_and_meaning(share: float, cosine: float | None) -> float:
    """Return how well a text fits, in [0, 1], from the share of words and the cosine; by words alone without one."""
    if cosine is None:
        return share
    meaning = np.clip((cosine - _COSINE_FLOOR) / (_COSINE_TOP - _COSINE_FLOOR), 0.0, 1.0)
    return _WORDS_WEIGHT * share + (1 - _WORDS_WEIGHT) * float(meaning)
