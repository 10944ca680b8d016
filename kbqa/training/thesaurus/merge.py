"""What a thesaurus is, and several as one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol

from kbqa.types import Language

__all__ = ["Alternatives", "Thesauri", "Thesaurus", "best_of", "language_of"]

Alternatives = tuple[tuple[str, float], ...]
REMEMBERED = 65536  # phrases whose alternatives are kept
_HAN = re.compile(r"[㐀-䶿一-鿿豈-﫿]")
SURE = 0.75  # weight of an English word whose translations count too
LESS_SURE = 0.8  # for those


class Thesaurus(Protocol):
    """Knows other words for the names of relations and classes."""

    def alternatives(self, phrase: str, language: Language) -> Sequence[tuple[str, float]]:
        """Return other words for a name, the nearest in meaning first, each once; none if none is known.

        Args:
            phrase: The name, in either language.
            language: Which language the other words are to be in.

        Returns:
            (word or phrase in lower case, weight in (0, 1]: 1 means the same), ordered by weight, then word.
        """
        ...


class Thesauri:
    """Several thesauri as one: a word has the highest weight that one of them gives it.

    Chinese words are also found through English synonyms, whichever thesaurus knows them: 丈夫 for "spouse" through
    "husband", 出生地 for "place of birth" through "birthplace".
    """

    def __init__(self, *parts: Thesaurus) -> None:
        """Put thesauri together.

        Args:
            parts: In any order; none at all knows no words.
        """
        self._parts = parts
        self._cached = lru_cache(maxsize=REMEMBERED)(self._alternatives)

    def alternatives(self, phrase: str, language: Language) -> Alternatives:
        """Return other words for a name, the nearest in meaning first; see `Thesaurus`."""
        return self._cached(" ".join(phrase.lower().split()), language)

    def _alternatives(self, phrase: str, language: Language) -> Alternatives:
        found = [*self._direct(phrase, language)]
        if language == "zh":
            for word, near in self._english_for(phrase):
                found += [
                    (other, LESS_SURE * near * far) for other, far in self._direct(word, "zh") if far >= SURE
                ]
        return best_of(found, phrase)

    def _english_for(self, phrase: str) -> Alternatives:
        """Return synonyms of an English phrase, or of the translations of a Chinese one, without these.

        A translation itself leads to whatever else it means: 导演, "to direct", 直接.
        """
        sure = tuple(pair for pair in self._direct(phrase, "en") if pair[1] >= SURE)
        if language_of(phrase) == "en":
            return sure
        synonyms = [
            (other, near * far)
            for word, near in sure
            for other, far in self._direct(word, "en")
            if far >= SURE and other not in dict(sure)
        ]
        return best_of(synonyms, phrase)

    def _direct(self, phrase: str, language: Language) -> Alternatives:
        found = (pair for part in self._parts for pair in part.alternatives(phrase, language))
        return best_of(found, phrase)


def best_of(found: Iterable[tuple[str, float]], phrase: str) -> Alternatives:
    """Return each word once with its highest weight, without the phrase itself, ordered by weight, then word.

    >>> best_of([("movie", 0.5), ("film", 1.0), ("movie", 0.9), ("motion picture", 0.9)], "film")
    (('motion picture', 0.9), ('movie', 0.9))
    """
    best: dict[str, float] = {}
    for word, weight in found:
        if word != phrase:
            best[word] = max(best.get(word, 0.0), round(min(weight, 1.0), 3))
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    return tuple(pair for pair in ranked if pair[1] > 0)


def language_of(phrase: str) -> Language:
    """Return "zh" for a phrase with a Chinese character, else "en".

    >>> language_of("place of birth"), language_of("出生地")
    ('en', 'zh')
    """
    return "zh" if _HAN.search(phrase) else "en"
