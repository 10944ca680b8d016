"""Sentences with slots, of which one that fits is drawn."""

from __future__ import annotations

import random
import re
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

__all__ = ["Frames", "Slots", "frames"]

Slots = Mapping[str, str | None]
"""What stands for each slot; None where nothing can, so that frames with the slot do not fit."""

_TRIES = 40
_SLOT = re.compile(r"{(\w+)}")


@dataclass(frozen=True, slots=True)
class Frames:
    """Sentences with the slots of each and their weights added up."""

    texts: tuple[str, ...]
    slots: tuple[tuple[str, ...], ...]
    bounds: tuple[float, ...]

    def draw(self, slots: Slots, chance: random.Random) -> str:
        """Return one that fits, filled; the first one that fits where chance finds none, "" where none does.

        Example:
        >>> some = frames("4 the {noun} of {x}|2 {possessive} {noun}")
        >>> some.draw({"noun": "capital", "x": "Peru", "possessive": None}, random.Random(1))
        'the capital of Peru'
        """
        drawn = (bisect(self.bounds, chance.random() * self.bounds[-1]) for _ in range(_TRIES))
        for place in chain(drawn, range(len(self.texts))):
            if all(slots.get(name) is not None for name in self.slots[place]):
                return str(self.texts[place].format_map(slots))
        return ""


def frames(*lines: str) -> Frames:
    """Return sentences written as "WEIGHT text|WEIGHT text", the weight being 1 where none is written.

    Example:
    >>> frames("2 who is {x}|what is {x}").bounds
    (2.0, 3.0)
    """
    texts, weights = [], []
    for entry in _entries(lines):
        weight, _, text = entry.partition(" ")
        numbered = re.fullmatch(r"\d+(?:\.\d+)?", weight) is not None
        texts.append(text if numbered else entry)
        weights.append(float(weight) if numbered else 1.0)
    slots = tuple(tuple(dict.fromkeys(_SLOT.findall(text))) for text in texts)
    return Frames(tuple(texts), slots, tuple(accumulate(weights)))


def _entries(lines: Sequence[str]) -> list[str]:
    return [entry.strip() for line in lines for entry in re.split(r"[|\n]", line) if entry.strip()]
