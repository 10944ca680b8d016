"""The look-ups of a name index, as functions of a place to run SQL."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kg.name_index import as_term, grams_of, words_of
from kg.text import fold, has_cjk, normalise
from kg.types import Name

__all__ = ["Found", "Rows", "exact", "fuzzy", "named", "substring", "tokens", "word_counts"]

_MAX_TEXT = 200  # characters; nothing longer is looked up as a name
_MAX_POSTINGS = 16_000  # rows read from a full-text index per look-up
_MAX_COMPARED = 300  # names compared one by one per look-up
_MAX_HOMONYMS = 200  # names returned for one exact text
_LOWEST_SIMILARITY = 0.6
_RARE = math.log(2 + 1e6)  # the weight of a word that no name holds

_SELECT = (
    "SELECT names.id, names.folded, terms.key, names.text, names.language, names.kind, names.preferred "
    "FROM names JOIN terms ON terms.id = names.term WHERE "
)
_WORDS = "SELECT rowid FROM words WHERE words MATCH ? LIMIT ?"
_GRAMS = "SELECT rowid FROM grams WHERE grams MATCH ? LIMIT ?"
_WORD_COUNTS = "SELECT item, n FROM word_counts WHERE n > 0 AND item IN (SELECT value FROM json_each(?))"
_GRAM_COUNTS = "SELECT item, n FROM gram_counts WHERE n > 0 AND item IN (SELECT value FROM json_each(?))"

Rows = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]
"""Runs one SQL statement with its values and returns all rows."""


class Found(NamedTuple):
    """A name with its number in the index (small numbers are prominent) and its folded form."""

    number: int
    folded: str
    name: Name


def named(rows: Rows, condition: str, values: Sequence[Any]) -> list[Found]:
    """Return the names that meet an SQL condition over `names` and `terms`."""
    return [
        Found(number, folded, Name(as_term(key), text, language, kind, bool(preferred)))
        for number, folded, key, text, language, kind, preferred in rows(_SELECT + condition, values)
    ]


def exact(rows: Rows, texts: Sequence[str]) -> dict[str, list[Name]]:
    """Return the names that fold to the same as each text; see `Names.find_exact`."""
    keys = {text: fold(text) for text in texts if len(text) <= _MAX_TEXT}
    found: defaultdict[str, list[Found]] = defaultdict(list)
    wanted = sorted({key for key in keys.values() if key})
    for row in named(rows, "folded IN (SELECT value FROM json_each(?))", [json.dumps(wanted)]):
        found[row.folded].append(row)
    return {
        text: _closest_first(text, found[key])[:_MAX_HOMONYMS] for text, key in keys.items() if key in found
    }


def word_counts(rows: Rows, items: Collection[str]) -> dict[str, int]:
    """Return each word that some name holds → the number of names that hold it."""
    return _counts(rows, _WORD_COUNTS, items)


def tokens(rows: Rows, text: str, *, k: int) -> list[tuple[Name, float]]:
    """Return the names that share words with a text; see `Names.find_tokens`."""
    wanted = set(words_of(fold(text[:_MAX_TEXT])))
    counts = word_counts(rows, wanted)
    weights = {word: math.log(2 + 1e6 / n) for word, n in counts.items()}
    found = _most_shared(rows, _WORDS, counts, needed=len(counts))
    return _best(((_overlap(wanted, set(words_of(row.folded)), weights), row) for row in found), k=k)


def fuzzy(rows: Rows, text: str, *, k: int) -> list[tuple[Name, float]]:
    """Return the names that are spelt nearly like a text; see `Names.find_fuzzy`."""
    from rapidfuzz.distance import OSA

    key = fold(text[:_MAX_TEXT])
    edits = max(1, round(len(key) * (1 - _LOWEST_SIMILARITY) / 2))
    counts = _counts(rows, _GRAM_COUNTS, set(grams_of(key)))
    found = _most_shared(rows, _GRAMS, counts, needed=3 * edits + 1)
    scored = ((OSA.normalized_similarity(key, row.folded), row) for row in found)
    return _best((pair for pair in scored if pair[0] >= _LOWEST_SIMILARITY), k=k)


def substring(rows: Rows, text: str, *, k: int) -> list[tuple[Name, float]]:
    """Return the names that hold a text; see `Names.find_substring`."""
    key = fold(text[:_MAX_TEXT])
    if not key:
        return []
    found = (row for row in _holding(rows, key) if key in row.folded)
    return _best(((len(key) / len(row.folded), row) for row in found), k=k)


def _holding(rows: Rows, key: str) -> list[Found]:
    """Return names that may hold a text: by its words where it is Chinese, else by its pieces."""
    if has_cjk(key):
        return _by_number(
            rows, _matching(rows, _WORDS, _quoted(" ".join(words_of(key))), limit=_MAX_COMPARED)
        )
    if len(key) < 3:
        bounds = [key, key + "\U0010ffff", _MAX_COMPARED]
        return named(rows, "folded >= ? AND folded < ? ORDER BY folded LIMIT ?", bounds)
    pieces = sorted({key[i : i + 3] for i in range(len(key) - 2)})
    match = " AND ".join(map(_quoted, pieces))
    return _by_number(rows, _matching(rows, _GRAMS, match, limit=_MAX_COMPARED))


def _most_shared(rows: Rows, sql: str, counts: Mapping[str, int], *, needed: int) -> list[Found]:
    """Return the names that share most of the rarest items, as far as the limits allow.

    A name within the edits looked for shares at least one of any `needed` pieces, so the rarest are
    enough to find it and the common ones, which most names hold, are never read.
    """
    shared: Counter[int] = Counter()
    budget = _MAX_POSTINGS
    for item in sorted(counts, key=lambda item: (counts[item], item))[:needed]:
        if budget <= 0:
            break
        numbers = _matching(rows, sql, _quoted(item), limit=budget)
        shared.update(numbers)
        budget -= len(numbers)
    best = sorted(shared, key=lambda number: (-shared[number], number))
    return _by_number(rows, best[:_MAX_COMPARED])


def _counts(rows: Rows, sql: str, items: Collection[str]) -> dict[str, int]:
    """Return how many names hold each item; items of no name are left out."""
    return dict(rows(sql, [json.dumps(sorted(items))]))


def _matching(rows: Rows, sql: str, match: str, *, limit: int) -> list[int]:
    return [number for (number,) in rows(sql, [match, limit])]


def _by_number(rows: Rows, numbers: Sequence[int]) -> list[Found]:
    return named(rows, "names.id IN (SELECT value FROM json_each(?))", [json.dumps(numbers)])


def _quoted(text: str) -> str:
    """Return a text as a full-text phrase, in which nothing but the quote has a meaning."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _closest_first(text: str, found: Iterable[Found]) -> list[Name]:
    """Put the names written exactly so first, then those that differ in accents only, else prominent ones."""
    plain = normalise(text)
    ordered = sorted(
        found, key=lambda row: (row.name.text != text, normalise(row.name.text) != plain, row.number)
    )
    return [row.name for row in ordered]


def _overlap(wanted: set[str], held: set[str], weights: Mapping[str, float]) -> float:
    def weight(items: set[str]) -> float:
        return sum(weights.get(item, _RARE) for item in items)

    return weight(wanted & held) / weight(wanted | held)


def _best(scored: Iterable[tuple[float, Found]], *, k: int) -> list[tuple[Name, float]]:
    ordered = sorted(scored, key=lambda pair: (-pair[0], pair[1].number))
    return [(row.name, score) for score, row in ordered[:k]]
