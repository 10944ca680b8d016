"""Relations that occur together, known by their names alone, and made-up chains of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from random import Random

from kbqa.training.examples import Hop
from kbqa.training.nouns import Term, ends_of
from kbqa.types import Language
from retrieval.types import TextEncoder

__all__ = ["Vocabulary"]

_BACKWARD = 0.45
_AGAIN = 0.12
"""Share of second hops that walk the first one back: "films with the same director"."""
_FITTING = 0.8
"""How often a hop starts from what the one before leads to, as far as the names tell."""
_UNNAMED = 0.15

_Way = tuple[str, bool]


class Vocabulary:
    """Draws chains; no graph says which relations join, so that is guessed from what they are called."""

    def __init__(self, counts: Counter[str], encoder: TextEncoder) -> None:
        """Guess what each relation joins.

        Args:
            counts: Names of the relations, and how often each occurs; frequent ones are drawn more often.
            encoder: Gives the vectors by which names are compared.
        """
        self.names: Sequence[str] = list(counts)
        self._weights = dict(zip(counts, (count**0.5 for count in counts.values()), strict=True))
        self._ends = dict(zip(self.names, ends_of(encoder, self.names), strict=True))
        self._from: defaultdict[Term, list[_Way]] = defaultdict(list)
        for name, (subject, object_) in self._ends.items():
            for end, forward in ((subject, True), (object_, False)):
                if end is not None:
                    self._from[end].append((name, forward))

    def chain(self, length: int, language: Language, chance: Random) -> tuple[Hop, ...]:
        """Return so many hops, now and then back the way they came."""
        ways: list[_Way] = []
        for _ in range(length):
            if len(ways) == 1 and chance.random() < _AGAIN:
                ways.append((ways[0][0], not ways[0][1]))
            else:
                ways.append(self._next(ways, chance))
        return tuple(
            Hop(name, forward, "entity", self._noun(self._end(name, forward), language, chance))
            for name, forward in ways
        )

    def start(self, hops: Sequence[Hop], language: Language, chance: Random) -> str:
        """Return a noun for what hops start from, "" where none is known."""
        return self._noun(self._end(hops[0].name, not hops[0].forward), language, chance)

    def _next(self, ways: Sequence[_Way], chance: Random) -> _Way:
        reached = self._end(*ways[-1]) if ways else None
        fitting = self._from.get(reached, []) if reached is not None and chance.random() < _FITTING else []
        fitting = [(name, forward) for name, forward in fitting if (name, not forward) != ways[-1]]
        if fitting:
            return chance.choices(fitting, [self._weights[name] for name, _ in fitting])[0]
        name = chance.choices(self.names, list(self._weights.values()))[0]
        return name, chance.random() >= _BACKWARD

    def _end(self, name: str, forward: bool) -> Term | None:
        return self._ends[name][1 if forward else 0]

    def _noun(self, term: Term | None, language: Language, chance: Random) -> str:
        if term is None or chance.random() < _UNNAMED:
            return ""
        return term.noun(chance, chinese=language == "zh")
