"""Choose the words for a relation or a class: its own name or another from a thesaurus."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from kbqa.training.synthesis.relations import words_of
from kbqa.types import Language

__all__ = ["Naming", "Thesaurus"]

_OTHER_WORD = 0.55  # how often another word is taken where one that means the same is known
_OTHER_NOUN = 0.4


class Thesaurus(Protocol):
    """Knows other words for the names of relations and classes."""

    def alternatives(self, phrase: str, language: Language) -> Sequence[tuple[str, float]]:
        """Return other words for a name with weights in (0, 1]; none if none is known."""
        ...


@dataclass(frozen=True, slots=True)
class Naming:
    """Chooses words by chance, from a thesaurus if there is one."""

    language: Language
    chance: random.Random
    thesaurus: Thesaurus | None = None

    def relation(self, name: str) -> str:
        """Return a relation's name in words, or other words for it.

        Example:
        >>> Naming("en", random.Random(1)).relation("directedBy")
        'directed by'
        """
        own = words_of(name)
        foreign = own.isascii() != (self.language == "en")
        return self._other(own, 1.0 if foreign else _OTHER_WORD) or own

    def noun(self, noun: str) -> str:
        """Return a class's noun or another noun for it; "" for ""."""
        if not noun:
            return ""
        foreign = noun.isascii() != (self.language == "en")
        return self._other(words_of(noun), 1.0 if foreign else _OTHER_NOUN) or words_of(noun)

    def _other(self, words: str, often: float) -> str:
        known = self.thesaurus.alternatives(words, self.language) if self.thesaurus is not None else ()
        if not known:
            return ""
        weights = [weight * weight for _, weight in known]  # far-fetched words are many, and are rarely meant
        nearest = max(weight for _, weight in known)
        if often < 1 and self.chance.random() >= often * nearest:
            return ""
        return self.chance.choices(known, weights)[0][0]
