"""Stretches of texts that may be names, found cheaply: looking each of them up would take most of the time."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from kg.names import Names
from kg.text import fold, has_cjk

__all__ = ["Finder", "Stretch"]

MAX_WORDS = 6
MAX_CHARACTERS = 12  # of a name written without spaces
MIN_LATIN, MIN_CJK = 3, 2
POINTS = "·・"  # between the parts of a foreign name
MANY = 32  # texts from which reading all Chinese names pays off
MAX_NAMES = 2_000_000

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(f"[^\\W_{_CJK}]+(?:['’&-][^\\W_{_CJK}]+)*")
_RUN = re.compile(f"[{_CJK}]+(?:[·・][{_CJK}]+)*")
_GAP = re.compile(r"(?:[^\S\n]|\n(?!\s*\n)|[.,&:/-]){1,3}")
_POSSESSIVE = re.compile(r"['’]s$|(?<=s)['’]$")
_INITIAL = re.compile(r"\.\w\.")  # the last of several, which ends with its point


class Stretch(NamedTuple):
    """Characters [start, end) of a text."""

    start: int
    end: int
    text: str


class Finder:
    """Finds stretches that may be names of an index; every name in a text is among them."""

    def __init__(self, names: Names) -> None:
        """Prepare."""
        self._names = names
        self._chinese: frozenset[str] | None = None

    def find(self, texts: Sequence[str]) -> list[list[Stretch]]:
        """Return the stretches of each text: up to six words, or twelve Chinese characters.

        Common words in lower case and names shorter than three letters or two Chinese characters are left
        out.
        """
        words = [list(_WORD.finditer(text)) for text in texts]
        runs = [list(_RUN.finditer(text)) for text in texts]
        parts = {part for found in words for word in found for part in _parts(word.group())}
        characters = {char for found in runs for run in found for char in run.group()}
        forms = parts | characters | {_simple(char) for char in characters}
        known = self._names.count_words(sorted(forms)).keys()
        chinese = self._chinese_names() if sum(map(bool, runs)) >= MANY else None
        return [
            [
                *_of_words(text, [word if _is_known(word, known) else None for word in found]),
                *(stretch for run in found_runs for stretch in _of_characters(run, known, chinese)),
            ]
            for text, found, found_runs in zip(texts, words, runs, strict=True)
        ]

    def _chinese_names(self) -> frozenset[str] | None:
        """Return the Chinese names of entities by simple characters, None where they are too many to hold."""
        if self._chinese is None and len(self._names) <= MAX_NAMES:
            found = self._names.of_kind("entity", limit=MAX_NAMES)
            self._chinese = frozenset(_key(name.text) for name in found if has_cjk(name.text))
        return self._chinese


def _parts(word: str) -> list[str]:
    """Return what a word adds to the words of a name; initials stand for nothing by themselves."""
    return fold(word).split() if len(word) > 1 else []


def _is_known(word: re.Match[str], known: Collection[str]) -> bool:
    return all(part in known for part in _parts(word.group()))


def _of_words(text: str, words: Sequence[re.Match[str] | None]) -> Iterator[Stretch]:
    for first, word in enumerate(words):
        if word is None:
            continue
        end = word.end()
        for last in range(first, min(first + MAX_WORDS, len(words))):
            other = words[last]
            if other is None or (last > first and not _GAP.fullmatch(text, end, other.start())):
                break
            end = other.end() + (_INITIAL.match(text, other.start() - 1) is not None)
            stretch = _POSSESSIVE.sub("", text[word.start() : end])
            if _may_be_name(stretch, single=last == first):
                yield Stretch(word.start(), word.start() + len(stretch), stretch)


def _may_be_name(text: str, *, single: bool) -> bool:
    return len(text) >= MIN_LATIN and not (single and text.islower())


def _of_characters(
    run: re.Match[str], known: Collection[str], chinese: frozenset[str] | None
) -> Iterator[Stretch]:
    text = run.group()
    key = _key(text)
    dead = [place for place, char in enumerate(text) if char not in known and key[place] not in known]
    ends = sorted({*(place for place in dead if text[place] not in POINTS), len(text)})
    for start in range(len(text)):
        while ends[0] < start:
            ends.pop(0)
        for stop in range(start + MIN_CJK, min(start + MAX_CHARACTERS, ends[0]) + 1):
            pointed = text[start] in POINTS or text[stop - 1] in POINTS
            if not pointed and (chinese is None or key[start:stop] in chinese):
                yield Stretch(run.start() + start, run.start() + stop, text[start:stop])


def _key(text: str) -> str:
    return "".join(map(_simple, text))


@lru_cache(maxsize=1 << 16)
def _simple(character: str) -> str:
    """Return one character for one: a traditional one simplified, a letter in lower case."""
    folded = fold(character)
    return folded if len(folded) == 1 else character
