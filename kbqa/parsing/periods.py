"""Periods in a question: decades, centuries and months, as the first and last value that they hold."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator

from kbqa.parsing.lexicon import MONTHS
from kbqa.types import Quantity
from kg.types import XSD, Literal

__all__ = ["find_periods"]

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DECADE_WORDS = {
    word: 10 * number
    for number, word in enumerate(
        "twenties thirties forties fifties sixties seventies eighties nineties".split(), start=2
    )
}
_CENTURY_WORDS = {
    word: number
    for number, word in enumerate(
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth twenty-first".split(), start=15
    )
}
_HAN = {char: number for number, char in enumerate("〇一二三四五六七八九十")} | {"零": 0}
_CENTURY = rf"(?P<century>\d{{1,2}})(?:st|nd|rd|th)|(?P<named>{'|'.join(_CENTURY_WORDS)})"
_PERIODS = re.compile(
    rf"\b(?:(?P<month>{_MONTH})\.?,? (?P<year>\d{{4}})"
    rf"|(?P<decade>\d{{3}})0['’]?s|(?:the )(?P<word>{'|'.join(_DECADE_WORDS)})"
    rf"|(?:{_CENTURY})[ -]century)\b",
    re.IGNORECASE,
)
_HAN_NUMBER = r"二?十?[一二三四五六七八九十]|\d{1,2}"
_PERIODS_ZH = re.compile(
    rf"(?P<year>\d{{4}})\s*年\s*(?P<month>\d{{1,2}})\s*月(?!\s*\d)"
    rf"|(?P<century>{_HAN_NUMBER})世纪(?:(?P<tens>[二三四五六七八九]十|[一二三四五六七八九]0|\d0)年代)?"
    r"|(?P<decade>\d{3})0年代"
)


def find_periods(text: str) -> Iterator[Quantity]:
    """Yield the periods of more days than one, and of more or fewer than a year, in order.

    Example:
    >>> [(q.literal.value, q.upper.value) for q in find_periods("in the 1990s or in August 1991")]
    [('1990', '1999'), ('1991-08-01', '1991-08-31')]
    >>> [(q.literal.value, q.upper.value) for q in find_periods("二十世纪九十年代")]
    [('1990', '1999')]
    """
    for match in _PERIODS.finditer(text):
        if match["month"]:
            yield _month(match, int(match["year"]), MONTHS[match["month"].lower()])
        elif match["decade"]:
            yield _years(match, int(match["decade"]) * 10, 10)
        elif match["word"]:
            yield _years(match, 1900 + _DECADE_WORDS[match["word"].lower()], 10)
        else:
            number = int(match["century"] or _CENTURY_WORDS[match["named"].lower()])
            yield _years(match, 100 * number - 99, 100)
    for match in _PERIODS_ZH.finditer(text):
        if match["month"] and 1 <= int(match["month"]) <= 12:
            yield _month(match, int(match["year"]), int(match["month"]))
        elif match["decade"]:
            yield _years(match, int(match["decade"]) * 10, 10)
        elif match["century"]:
            hundreds = 100 * (_number(match["century"]) - 1)
            decade = match["tens"]
            yield (
                _years(match, hundreds + _number(decade), 10) if decade else _years(match, hundreds + 1, 100)
            )


def _number(text: str) -> int:
    """Return a number below 100, in digits or in Chinese."""
    if text.isdigit():
        return int(text)
    tens, ten, units = text.rpartition("十")
    return (_HAN[tens] if tens else 1 if ten else 0) * (10 if ten else 1) + (_HAN[units] if units else 0)


def _years(match: re.Match[str], first: int, length: int) -> Quantity:
    low, high = (Literal(f"{year:04}", XSD + "integer") for year in (first, first + length - 1))
    return Quantity(match.start(), match.end(), low, upper=high)


def _month(match: re.Match[str], year: int, month: int) -> Quantity:
    last = calendar.monthrange(year, month)[1] if year else 31
    low, high = (Literal(f"{year:04}-{month:02}-{day:02}", XSD + "date") for day in (1, last))
    return Quantity(match.start(), match.end(), low, upper=high)
