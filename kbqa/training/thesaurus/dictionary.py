"""Translations of a name from a Chinese-English dictionary in the form of CC-CEDICT, in both directions.

CC-CEDICT is CC BY-SA 4.0. The user names the file; nothing of it is part of this package.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from pathlib import Path

from kbqa.errors import InputError
from kbqa.training.bilingual_data import to_simplified
from kbqa.training.thesaurus.english import PREPOSITIONS, split_name, swapped
from kbqa.training.thesaurus.merge import REMEMBERED, Alternatives, best_of, language_of
from kbqa.types import Language

__all__ = ["DictionaryThesaurus"]

MAX_BYTES = 200_000_000  # of the unpacked file; CC-CEDICT has 9 MB
MOST = 8  # translations of a name
LEAST = 0.15
PIVOTED = 0.7  # for a word of the same language that is translated the same
COMPOSED = 0.35  # for a name put together from the translations of its parts
LONGEST_WORD = 6  # characters; longer ones are sayings
LONGEST_GLOSS = 4  # words; longer ones are explanations
ORDER = (1.0, 0.95, 0.85, 0.7)  # of a gloss by its place in the entry; 0.5 for the rest
REGISTER, SPECIAL = 0.25, 0.75  # for glosses marked as old or dialect, and for those with a remark
ONE_CHARACTER, MANY_READINGS = 0.5, 0.4  # a single character is rarely a word on its own
BEST = 0.9  # weight of the best translation
RARE = 0.3  # weight of the rarest word beside the commonest
STEEP = 1.5  # how much faster weights fall than likelihood
SHARED = 2  # translations that words of one language must share

_ENTRY = re.compile(r"(\S+) (\S+) \[([^\]]*)\] /(.*)/\s*$")
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_POINTER = re.compile(
    r"(?i)\bvariant of\b|\bsee (?:also )?[㐀-鿿]|^CL:|\balso written\b|\babbr\. |\bsurname\b|\bpr\. "
)
_OLD = re.compile(
    r"(?i)\b(?:arch|archaic|classical|coll|dated|derog|dialect|euphemism|honorific|humble|literary|old|polite"
    r"|slang|tw|vulgar)\b"
)
_HAN_RUN = re.compile(r"[㐀-鿿]+")
_OPENERS = ("to be ", "a ", "an ", "the ")


@dataclass(frozen=True, slots=True)
class Gloss:
    """A meaning of a Chinese word: plain English in lower case, and how central it is, 0 to 1."""

    english: str
    weight: float


class DictionaryThesaurus:
    """Translates names; words of one language that share a translation are alternatives too."""

    def __init__(self, path: Path | str, *, texts: Iterable[str] = ()) -> None:
        """Read the dictionary.

        Args:
            path: A file in the form of CC-CEDICT, plain or `.gz`.
            texts: Chinese text in simplified characters; words that occur in it come before rarer ones.

        Raises:
            InputError: If the file is missing, too large, damaged, or holds no entry.
        """
        self._glosses: defaultdict[str, list[Gloss]] = defaultdict(list)
        readings: Counter[str] = Counter()
        for word, glosses in _entries(Path(path)):
            self._glosses[word].extend(glosses)
            readings[word] += 1
        if not self._glosses:
            raise InputError(f"{path} holds no dictionary entry; name a file in the form of CC-CEDICT")
        self._common = _commonness(readings, texts)
        self._words: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
        for word, meanings in self._glosses.items():
            for gloss in meanings:
                self._words[gloss.english].append((word, gloss.weight))
        self._cached = lru_cache(maxsize=REMEMBERED)(self._alternatives)

    def alternatives(self, phrase: str, language: Language) -> Alternatives:
        """Return translations of a name, or words of its own language that are translated the same.

        Args:
            phrase: The name.
            language: Of the other words; Chinese ones are in simplified characters.

        Returns:
            At most 8 words and weights, as `Thesaurus` says.
        """
        return self._cached(" ".join(phrase.lower().split()), language)

    def _alternatives(self, phrase: str, language: Language) -> Alternatives:
        own = language_of(phrase)
        phrase = to_simplified(phrase) if own == "zh" else phrase
        if own == language:
            found = list(self._sharing(phrase, own))
        elif own == "zh":
            found = list(self._to_english(phrase))
        else:
            found = list(self._to_chinese(phrase)) or list(self._composed(phrase))
        bare = [(word.removeprefix("to "), weight) for word, weight in found]
        return tuple(pair for pair in best_of(bare, phrase) if pair[1] >= LEAST)[:MOST]

    def _to_english(self, word: str) -> Iterator[tuple[str, float]]:
        yield from ((gloss.english, gloss.weight * BEST) for gloss in self._glosses.get(word, ()))

    def _to_chinese(self, phrase: str) -> Iterator[tuple[str, float]]:
        for key in _keys(phrase):
            if key in self._words:
                likely = [(word, weight * self._common[word], weight) for word, weight in self._words[key]]
                best, central = max((likelihood, weight) for _, likelihood, weight in likely)
                top = BEST * min(1.0, 2 * central)
                yield from ((word, top * (likelihood / best) ** STEEP) for word, likelihood, _ in likely)
                return

    def _sharing(self, phrase: str, own: Language) -> Iterator[tuple[str, float]]:
        """Yield the words of a word's own language that have several of its translations."""
        if own == "en" and phrase not in self._words:
            return
        there, back = (
            (self._to_english, self._to_chinese) if own == "zh" else (self._to_chinese, self._to_english)
        )
        shared: defaultdict[str, list[float]] = defaultdict(list)
        for word, near in best_of(there(phrase), phrase)[:MOST]:
            for other, far in dict(back(word)).items():
                shared[other].append(near * far)
        for other, weights in shared.items():
            is_other_kind = other.startswith("to ") and not phrase.startswith("to ")
            if len(weights) >= SHARED and not is_other_kind:
                yield other, PIVOTED * sum(sorted(weights)[-SHARED:]) / SHARED

    def _composed(self, phrase: str) -> Iterator[tuple[str, float]]:
        """Yield 电影类型 for "film genre": the translations of two nouns, one after the other."""
        name = split_name(phrase).core
        words = (swapped(name) if " of " in name else name).split()
        if len(words) != 2 or PREPOSITIONS & set(words):
            return
        first, second = (
            [pair for pair in best_of(self._to_chinese(word), "") if len(pair[0]) > 1][:2] for word in words
        )
        for (left, near), (right, far) in product(first, second):
            yield left + right, COMPOSED * near * far


def _keys(phrase: str) -> Iterator[str]:
    """Yield what the dictionary may have a phrase under: itself, without its small words, its base forms."""
    if phrase.startswith("to "):
        yield phrase
        return
    from simplemma import lemmatize

    name = split_name(phrase)
    words = name.core.split()
    lemma = lemmatize(words[-1], lang="en").lower()
    base = " ".join([*words[:-1], lemma])
    verbs = [f"to {base} {name.tail}".strip(), f"to {base}"]
    is_verb = name.tail not in ("", "of") or words[-1].endswith("ed")
    yield from dict.fromkeys(
        [phrase, *verbs, name.core, base] if is_verb else [phrase, name.core, base, *verbs]
    )


# ---------------------------------------------------------------- reading


def _entries(path: Path) -> Iterator[tuple[str, list[Gloss]]]:
    """Yield (word in simplified characters, its meanings), without proper names."""
    for line in _lines(path):
        found = _ENTRY.match(line)
        if (
            found
            and len(found[2]) <= LONGEST_WORD
            and _HAN_RUN.fullmatch(found[2])
            and not found[3][0].isupper()
        ):
            glosses = list(_glosses(found[4]))
            if glosses:
                yield found[2], glosses


def _glosses(text: str) -> Iterator[Gloss]:
    """Yield the meanings of an entry that can stand for its word.

    >>> list(_glosses("capital (city)/CL:個|个[ge4]/to lead"))
    [Gloss(english='capital', weight=0.75), Gloss(english='to lead', weight=0.95)]
    """
    place = 0
    for gloss in text.split("/"):
        if _POINTER.search(gloss):
            continue
        weight = ORDER[place] if place < len(ORDER) else 0.5
        place += 1
        remark = SPECIAL if _ASIDE.search(gloss) else 1.0
        register = REGISTER if _OLD.search(" ".join(_ASIDE.findall(gloss))) else 1.0
        for number, part in enumerate(_ASIDE.sub("", gloss).split(";")):
            plain = _plain(part)
            if plain and len(plain.split()) <= LONGEST_GLOSS:
                yield Gloss(plain, weight * register * (remark if number == 0 else 0.9))


def _plain(gloss: str) -> str:
    text = " ".join(gloss.lower().split()).strip(" ,.")
    for opener in _OPENERS:
        if text.startswith(opener):
            return text.removeprefix(opener)
    return "" if _HAN_RUN.search(text) else text


def _commonness(readings: Mapping[str, int], texts: Iterable[str]) -> dict[str, float]:
    """Return how common each word is, 0 to 1: by its occurrence in texts and in longer words of the dictionary.

    Args:
        readings: The words, with the number of their entries: a character with several is often another word.
        texts: As `DictionaryThesaurus` takes them.
    """
    seen = Counter(part for word in readings for part in _parts(word) if part in readings and part != word)
    for text in texts:
        for run in _HAN_RUN.findall(text):
            seen.update(part for part in _parts(run) if part in readings)
    scale = math.log(2 + max(seen.values(), default=0)) * 0.6
    return {
        word: min(1.0, RARE + (1 - RARE) * math.log(1 + seen[word]) / scale) * _fullness(word, readings[word])
        for word in readings
    }


def _fullness(word: str, readings: int) -> float:
    if len(word) > 1:
        return 1.0
    return ONE_CHARACTER * (MANY_READINGS if readings > 1 else 1.0)


def _parts(run: str) -> Iterator[str]:
    for start in range(len(run)):
        for end in range(start + 1, min(start + LONGEST_WORD, len(run)) + 1):
            yield run[start:end]


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a text, which may be compressed, without its comments."""
    size = 0
    try:
        with (
            gzip.open(path, "rt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open(encoding="utf-8") as file
        ):
            for line in file:
                size += len(line)
                if size > MAX_BYTES:
                    raise InputError(
                        f"{path} holds over {MAX_BYTES:,} characters; name a file like CC-CEDICT"
                    )
                if not line.startswith("#"):
                    yield line
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}; name a file in the form of CC-CEDICT") from error
