"""Which answers are the same: by IRI, number, date, yes or no, or the normalised text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal
from functools import cache
from urllib.parse import unquote

from kg.text import normalise, readable

__all__ = ["Given", "match"]

_IRI = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*://|urn:)\S+")
_NUMBER = re.compile(
    r"(?P<number>[+\-−]?(?:\d{1,3}(?:,\d{3})+|\d{1,40})(?:\.\d{1,40})?(?:[eE][+-]?\d{1,2})?)"
    r"(?:\s?(?P<unit>\D{1,20}))?",
    re.ASCII,
)
_LONGEST_SIGN = 3  # letters of a unit that may be written with a capital: "GB", "Mi"
_EXACT = Context(prec=200)  # more digits than `_NUMBER` lets in: no rounding
_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug|"
        "september sep sept|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d))?(?:T00:00:00(?:\.0+)?)?(?:Z|[+-]\d\d:\d\d)?",
        r"(?P<year>\d{4})\s*年(?:\s*(?P<month>\d{1,2})\s*月(?:\s*(?P<day>\d{1,2})\s*[日号])?)?",
        rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+)?(?P<month>{_MONTH})\.?,?\s+(?P<year>\d{{4}})",
        rf"(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})",
    )
)
_TRUTH = {
    **dict.fromkeys(("yes", "true", "是", "是的", "对"), "yes"),
    **dict.fromkeys(("no", "false", "否", "不是", "不", "不对"), "no"),
}


@dataclass(frozen=True, slots=True)
class Given:
    """An answer that a system gave.

    Attributes:
        text: As shown.
        id: IRI of the entity, or "" for plain values and passages.
        others: Other names of the same thing.
        same_as: Other IRIs of the same thing.
    """

    text: str
    id: str = ""
    others: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()


def match(answers: Iterable[Given], gold: Sequence[str]) -> tuple[list[str], frozenset[str]]:
    """Return keys of answers and of gold answers that are equal where the answers are the same.

    A gold IRI is met by the entity of that IRI, or by a plain text that equals its readable form. A gold
    number is met by an equal number, however written, also with a unit behind it; a gold number with a unit
    asks for the unit too. Dates are equal at the same precision. Everything else is compared as text: case,
    width, punctuation, the English possessive and traditional or simplified characters do not count, words do.

    Args:
        answers: What was answered, best first.
        gold: Texts, numbers or IRIs; two that mean the same count once.

    Returns:
        The keys of the answers in their order, each once, and the keys of the gold answers.

    Example:
    >>> keys, right = match([Given("266,807 km²"), Given("Texas")], ["266807.0", "Alaska"])
    >>> [key in right for key in keys], len(right)
    ([True, False], 2)
    """
    index: dict[str, str] = {}
    for text in gold:
        keys = _gold_keys(text)
        for key in keys:
            index.setdefault(key, keys[0])
    given = (_given_keys(answer) for answer in answers)
    labels = (next((index[key] for key in keys if key in index), keys[0]) for keys in given)
    return list(dict.fromkeys(labels)), frozenset(index.values())


def _gold_keys(text: str) -> list[str]:
    """Return the keys under which a gold answer is met, the most telling first."""
    if _IRI.fullmatch(text):
        return [_iri_key(text), f"plain {normalise(readable(text))}"]
    return [*_value_keys(text), f"text {normalise(text)}"]


def _given_keys(answer: Given) -> list[str]:
    """Return the keys that an answer meets, the most telling first."""
    texts = [f"text {normalise(name)}" for name in (answer.text, *answer.others)]
    values = _value_keys(answer.text)
    if answer.id:
        return [*map(_iri_key, (answer.id, *answer.same_as)), *texts, *values]
    bare = [key for key in (_number_key(answer.text, with_unit=False),) if key]
    return [*values, *bare, *texts, f"plain {normalise(answer.text)}"]


def _iri_key(iri: str) -> str:
    return f"iri {unicodedata.normalize('NFC', unquote(iri))}"


def _value_keys(text: str) -> list[str]:
    """Return the keys of a number, date, or yes or no; none for other texts."""
    stripped = text.strip()
    truth = _TRUTH.get(stripped.lower())
    keys = (_date_key(stripped), _number_key(stripped, with_unit=True), f"truth {truth}" if truth else "")
    return [key for key in keys if key]


def _number_key(text: str, *, with_unit: bool) -> str:
    """Return the key of a number, "" for other texts; `with_unit` tells whether its unit counts."""
    found = _NUMBER.fullmatch(text.strip())
    if found is None:
        return ""
    written = (found["unit"] or "").strip()
    if len(written) > _LONGEST_SIGN and written.istitle():
        return ""  # "21 Grams" is a film
    unit = _units().get(written.lower(), "")
    if found["unit"] and not unit:
        return ""
    value = Decimal(found["number"].replace(",", "").replace("−", "-"))
    number = f"{_EXACT.normalize(value):f}" if value else "0"
    return f"number {number} {unit}" if with_unit and unit else f"number {number}"


def _date_key(text: str) -> str:
    """Return the key of a date, month or year with 年, "" for other texts; a bare year is a number."""
    for pattern in _DATES:
        found = pattern.fullmatch(text)
        if found:
            return _iso(found["year"], found["month"], found["day"])
    return ""


def _iso(year: str, month: str | None, day: str | None) -> str:
    if month is None:
        return f"number {int(year)}"
    number = _MONTHS.get(month.lower()) or (int(month) if month.isdecimal() else 0)
    try:
        valid = date(max(int(year), 1), number, int(day or 1))
    except ValueError:
        return ""
    return f"date {year}-{valid.month:02}" + (f"-{valid.day:02}" if day else "")


@cache
def _units() -> dict[str, str]:
    """Return units by every way to write them, in lower case."""
    from kbqa.parsing.lexicon import UNITS

    return {word.lower(): unit for unit, words in UNITS.items() for word in words}
