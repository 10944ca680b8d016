"""How people speak of common relations: a small table of everyday English and Chinese, side by side."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kbqa.training.synthesis.frames import Frames, frames
from kbqa.training.synthesis.relations import analyse, words_of
from kbqa.training.synthesis.words import singular
from kbqa.types import Language

__all__ = ["Everyday", "everyday"]

_FILE = Path(__file__).parent / "everyday.tsv"


@dataclass(frozen=True, slots=True)
class Everyday:
    """What one says of a relation between S and O.

    Attributes:
        nouns: O is the NOUN of S; the usual one first.
        asked: Questions for O, S being {x}.
        phrases: Noun phrases for S, O being {x}.
        asked_back: Questions for S, O being {x}.
    """

    nouns: tuple[str, ...]
    asked: Frames | None = None
    phrases: Frames | None = None
    asked_back: Frames | None = None

    def noun(self, chance: random.Random) -> str:
        """Return one of the nouns, a usual one rather than a rare one."""
        return chance.choices(self.nouns, [1 / (place + 2) for place in range(len(self.nouns))])[0]


@lru_cache(maxsize=10_000)
def everyday(name: str, language: Language) -> Everyday | None:
    """Return how people speak of a relation, None where it is none of the common ones.

    Args:
        name: Of the relation, in either language.
        language: To speak.

    Example:
    >>> everyday("birthPlace", "en").nouns[0], everyday("出生地", "en").nouns[0], everyday("has parts", "en")
    ('birthplace', 'birthplace', None)
    """
    words = words_of(name).lower()
    bare = words.removeprefix("has ").removeprefix("is ").removeprefix("was ")
    found = _table()
    keys = (words, bare, singular(bare), *_nouns(words))
    return next((found[key, language] for key in keys if (key, language) in found), None)


def _nouns(words: str) -> list[str]:
    """Return what a relation's name says that it leads to: "actor" for "featured actors"."""
    return [reading.noun for reading in analyse(words) if reading.shape == "noun" and not reading.swapped]


@lru_cache(maxsize=1)
def _table() -> dict[tuple[str, Language], Everyday]:
    table: dict[tuple[str, Language], Everyday] = {}
    names: list[str] = []
    for line in _FILE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        called, language, *said = line.split("\t")
        names = called.split("|") if called else names
        entry = _entry(*said)
        for name in names:
            table.setdefault((name, "zh" if language == "zh" else "en"), entry)
    return table


def _entry(nouns: str, asked: str = "", phrases: str = "", asked_back: str = "") -> Everyday:
    return Everyday(
        tuple(nouns.split("|")), *(frames(cell) if cell else None for cell in (asked, phrases, asked_back))
    )
