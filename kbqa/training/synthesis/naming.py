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
_OTHER_NOUN = 0.15
_EVERYDAY = 0.5  # how often an everyday noun is taken for a common relation
_FAR = 0.3  # how much less often a thesaurus is asked about a common relation


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

    def everyday(self, name: str) -> bool:
        """Return whether to take an everyday noun for a common relation; always if its name is foreign."""
        return self._is_foreign(name) or self.chance.random() < _EVERYDAY

    def relation(self, name: str, *, known: bool = False) -> str:
        """Return a relation's name in words, or other words for it.

        Args:
            name: Of the relation.
            known: Whether everyday words for it are known: others are then taken less often.

        Example:
        >>> Naming("en", random.Random(1)).relation("directedBy")
        'directed by'
        """
        own = words_of(name)
        often = 1.0 if self._is_foreign(own) else _OTHER_WORD * (_FAR if known else 1.0)
        return self._other(own, often) or own

    def noun(self, noun: str) -> str:
        """Return a class's noun or another noun for it; "" for ""."""
        if not noun:
            return ""
        return self._other(words_of(noun), 1.0 if self._is_foreign(noun) else _OTHER_NOUN) or words_of(noun)

    def _is_foreign(self, words: str) -> bool:
        return words.isascii() != (self.language == "en")

    def _other(self, words: str, often: float) -> str:
        known = self.thesaurus.alternatives(words, self.language) if self.thesaurus is not None else ()
        if not known:
            return ""
        weights = [weight * weight for _, weight in known]  # far-fetched words are many, and are rarely meant
        nearest = max(weight for _, weight in known)
        if often < 1 and self.chance.random() >= often * nearest:
            return ""
        return self.chance.choices(known, weights)[0][0]
