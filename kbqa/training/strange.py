"""Steps put in words that tell nothing, so that a matcher learns that there is a step where it knows no word.

People name a step in words that no name of a graph and no thesaurus holds. A matcher that has only met steps
that it understands takes the others for a longer name of the entity, and stops too early.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from kbqa.training.examples import Hop
from kbqa.types import Language

__all__ = ["StrangeWords"]

_OFTEN = 0.15  # share of the chains that have a step put so
_LENGTHS, _SHARES = (1, 2, 3), (0.4, 0.4, 0.2)


class StrangeWords:
    """Puts now and then a step of a chain in words drawn at random."""

    def __init__(self, words: Sequence[str]) -> None:
        """Prepare; `words` are of both languages."""
        self._words: dict[Language, list[str]] = {
            "en": [word for word in words if word.isascii()],
            "zh": [word for word in words if not word.isascii()],
        }

    def said(self, hops: Sequence[Hop], language: Language, chance: Random) -> tuple[Hop, ...]:
        """Return the hops, most often as they are, else with other words for the name of one of them.

        >>> chain = [Hop("capital", True), Hop("mayor", True)]
        >>> StrangeWords(["stone"]).said(chain, "en", Random(1))[0].name
        'stone'
        """
        words = self._words[language]
        if not words or chance.random() >= _OFTEN:
            return tuple(hops)
        at = chance.randrange(len(hops))
        name = (" " if language == "en" else "").join(
            chance.choices(words, k=chance.choices(_LENGTHS, _SHARES)[0])
        )
        return tuple(replace(hop, name=name) if place == at else hop for place, hop in enumerate(hops))
