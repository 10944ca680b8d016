"""Reads the database files of WordNet 3 (WNDB format): senses, synsets and irregular forms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from kbqa.errors import InputError

__all__ = ["PARTS_OF_SPEECH", "Pointer", "Sense", "Synset", "WordNetFiles"]

PARTS_OF_SPEECH = {"n": "noun", "v": "verb", "a": "adj", "r": "adv"}
MAX_BYTES = 100_000_000  # of one file; the largest of WordNet 3.1 has 16 MB
_OF_SENSE_KEY = {"1": "n", "2": "v", "3": "a", "4": "r", "5": "a"}
_COUNTS = {
    "cntlist.rev": (0, 1, 2),
    "index.sense": (0, 2, 3),
    "cntlist": (1, 2, 0),
}  # key, sense number, count
_ENDINGS = {
    "n": (("ses", "s"), ("ves", "f"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
          ("ies", "y"), ("s", "")),
    "v": (("ies", "y"), ("es", "e"), ("es", ""), ("s", ""), ("ied", "y"), ("ed", "e"), ("ed", ""), ("ing", "e"),
          ("ing", "")),
    "a": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "r": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pointer:
    """A link from a synset, or from one of its words, to another.

    Attributes:
        symbol: What it means, as WordNet writes it: "~" narrower, "@" wider, "+" derived, "!" opposite, …
        part: Part of speech of the target: "n", "v", "a" or "r".
        offset: Where the target stands in its data file.
        source: Number of the word it starts from, from 1; 0 for the whole synset.
        target: Number of the word it leads to, from 1; 0 for the whole synset.
    """

    symbol: str
    part: str
    offset: int
    source: int
    target: int


@dataclass(frozen=True, slots=True)
class Synset:
    """A meaning: its words (lower case, with spaces), its field (the lexicographer's file) and its links."""

    part: str
    offset: int
    field: int
    words: tuple[str, ...]
    pointers: tuple[Pointer, ...]


@dataclass(frozen=True, slots=True)
class Sense:
    """A word in one of its meanings; `rank` counts from 1, `count` is how often annotated texts have it."""

    synset: Synset
    rank: int
    count: int


class WordNetFiles:
    """Looks words up in a folder of database files; synsets are read when they are asked for."""

    def __init__(self, folder: Path) -> None:
        """Read the indexes.

        Args:
            folder: With `index.noun`, `data.noun`, … and, where there are, `noun.exc`, … and `cntlist.rev`,
                `index.sense` or `cntlist`.

        Raises:
            InputError: If a file is missing, too large or not in the format.
        """
        self._folder = folder
        self._offsets = {part: self._read_index(part) for part in PARTS_OF_SPEECH}
        self._data = {part: _content(folder / f"data.{name}") for part, name in PARTS_OF_SPEECH.items()}
        self._irregular = {part: self._read_exceptions(name) for part, name in PARTS_OF_SPEECH.items()}
        self._counts = self._read_counts()
        self.synset = lru_cache(maxsize=65536)(self._read_synset)

    def senses(self, word: str, part: str) -> list[Sense]:
        """Return the senses of a base form, the most frequent first; none if it is not in WordNet.

        Args:
            word: Lower case, with spaces.
            part: "n", "v", "a" or "r".
        """
        offsets = self._offsets[part].get(word, ())
        return [
            Sense(self.synset(part, offset), rank, self._counts.get((word, part, rank), 0))
            for rank, offset in enumerate(offsets, start=1)
        ]

    def count(self, word: str, synset: Synset) -> int:
        """Return how often annotated texts have a word in the meaning of a synset."""
        offsets = self._offsets[synset.part].get(word, ())
        if synset.offset not in offsets:
            return 0
        return self._counts.get((word, synset.part, offsets.index(synset.offset) + 1), 0)

    def rank(self, word: str, synset: Synset) -> int:
        """Return which of a word's senses a synset is, counted from 1; 0 if it is none."""
        offsets = self._offsets[synset.part].get(word, ())
        return offsets.index(synset.offset) + 1 if synset.offset in offsets else 0

    def base_forms(self, word: str, part: str) -> list[str]:
        """Return the base forms of a word that WordNet knows, the word itself first if it is one."""
        rules = [word.removesuffix(end) + new for end, new in _ENDINGS[part] if word.endswith(end)]
        forms = [word, *self._irregular[part].get(word, ()), *rules]
        return [form for form in dict.fromkeys(forms) if form in self._offsets[part]]

    def irregular_forms(self, word: str, part: str) -> list[str]:
        """Return the irregular forms of a base form, in alphabetical order."""
        return sorted(form for form, bases in self._irregular[part].items() if word in bases)

    def _read_index(self, part: str) -> dict[str, tuple[int, ...]]:
        path = self._folder / f"index.{PARTS_OF_SPEECH[part]}"
        offsets = {}
        for number, line in _lines(path):
            fields = line.split()
            try:
                offsets[_spaced(fields[0])] = tuple(map(int, fields[-int(fields[2]) :]))
            except (IndexError, ValueError):
                raise _damaged(path, f"line {number}") from None
        return offsets

    def _read_exceptions(self, name: str) -> dict[str, tuple[str, ...]]:
        path = self._folder / f"{name}.exc"
        if not path.is_file():
            return {}
        rows = (line.split() for _, line in _lines(path))
        return {_spaced(row[0]): tuple(map(_spaced, row[1:])) for row in rows if row}

    def _read_counts(self) -> dict[tuple[str, str, int], int]:
        for name, (key, sense, count) in _COUNTS.items():
            path = self._folder / name
            if path.is_file():
                return dict(_counts(path, key, sense, count))
        return {}

    def _read_synset(self, part: str, offset: int) -> Synset:
        data = self._data[part]
        line = data[offset : data.find(b"\n", offset)].decode("utf-8", "replace")
        try:
            return _parse_synset(part, offset, line)
        except (IndexError, KeyError, ValueError):
            path = self._folder / f"data.{PARTS_OF_SPEECH[part]}"
            raise _damaged(path, f"byte {offset}") from None


def _parse_synset(part: str, offset: int, line: str) -> Synset:
    """Read "offset field type count word id … pointers symbol offset part source/target … | gloss"."""
    fields = line.partition("|")[0].split()
    if int(fields[0]) != offset:
        raise ValueError("a synset does not stand where the index says")
    end = 4 + 2 * int(fields[3], 16)
    words = tuple(_spaced(word.partition("(")[0]) for word in fields[4:end:2])
    starts = range(end + 1, end + 1 + 4 * int(fields[end]), 4)
    pointers = tuple(_parse_pointer(fields[start : start + 4]) for start in starts)
    return Synset(part, offset, int(fields[1]), words, pointers)


def _parse_pointer(fields: Sequence[str]) -> Pointer:
    symbol, offset, part, ends = fields
    part = "a" if part == "s" else part
    if part not in PARTS_OF_SPEECH:
        raise ValueError(f"no part of speech is called {part}")
    return Pointer(symbol, part, int(offset), int(ends[:2], 16), int(ends[2:], 16))


def _counts(path: Path, key: int, sense: int, count: int) -> Iterator[tuple[tuple[str, str, int], int]]:
    for number, line in _lines(path):
        fields = line.split()
        try:
            word, _, rest = fields[key].partition("%")
            yield (_spaced(word), _OF_SENSE_KEY[rest[0]], int(fields[sense])), int(fields[count])
        except (IndexError, KeyError, ValueError):
            raise _damaged(path, f"line {number}") from None


def _spaced(word: str) -> str:
    return word.replace("_", " ").lower()


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the numbered lines of a file without its licence, whose lines start with spaces."""
    for number, line in enumerate(_content(path).decode("utf-8", "replace").splitlines(), start=1):
        if line and not line.startswith("  "):
            yield number, line


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} holds over {MAX_BYTES:,} bytes; name a folder of WordNet 3")
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}; name a folder with the database files of WordNet 3"
        ) from error


def _damaged(path: Path, where: str) -> InputError:
    return InputError(
        f"{path}, {where}: not in the format of WordNet's database files; install WordNet again"
    )
