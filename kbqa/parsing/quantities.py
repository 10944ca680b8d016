"""Numbers and dates in a question, as literals of the graph's types."""

from __future__ import annotations

import re

from kbqa.parsing.lexicon import UNITS
from kbqa.types import Language, Quantity
from kg.types import XSD, Literal

__all__ = ["find_quantities"]

_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "m": 6, "bn": 9}
_SCALES_ZH = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}
_DIGITS_ZH = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_MONTHS = {
    name: number
    for number, names in enumerate(
        "january jan|february feb|march mar|april apr|may may|june jun|july jul|august aug|"
        "september sep|october oct|november nov|december dec".split("|"),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?P<iso>\b\d{{4}}-\d{{2}}-\d{{2}}\b)"
    rf"|(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month1>{_MONTH})\.?,?\s+(?P<year1>\d{{4}})\b"
    rf"|\b(?P<month2>{_MONTH})\.?\s+(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year2>\d{{4}})\b"
    r"|(?P<year3>\d{4})\s*年\s*(?P<month3>\d{1,2})\s*月\s*(?P<day3>\d{1,2})\s*[日号]",
    re.IGNORECASE,
)
_UNIT_WORDS = sorted(
    ((word, unit) for unit, words in UNITS.items() for word in words), key=lambda pair: -len(pair[0])
)
_NUMBER = re.compile(
    r"(?<![\w.])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?:\s*(?P<scale>thousand|million|billion|trillion|bn)\b|(?P<short>[km])\b(?!²))?",
    re.IGNORECASE,
)
_NUMBER_ZH = re.compile(
    r"(?P<digits>\d+(?:\.\d+)?)?(?P<han>[零〇一二两三四五六七八九十百千万亿]+)|(?P<plain>\d[\d,]*(?:\.\d+)?)"
)


def find_quantities(text: str, language: Language) -> tuple[Quantity, ...]:
    """Return the numbers and dates of a question in order.

    A bare number of four digits is an integer, which compares with years and with quantities alike.
    English metric letters after a number ("5 m") are units, not millions, if a space stands between.

    Example:
    >>> [(q.literal.value, q.unit) for q in find_quantities("over 1.5 million people and 1,000 km²", "en")]
    [('1500000', ''), ('1000', 'km²')]
    >>> [q.literal.value for q in find_quantities("人口超过一亿三千万", "zh")]
    ['130000000']
    """
    found = [_date(match) for match in _DATE.finditer(text)]
    taken = [(quantity.start, quantity.end) for quantity in found]
    numbers = _numbers_zh(text) if language == "zh" else _numbers_en(text)
    for start, end, value in numbers:
        if all(end <= first or start >= last for first, last in taken):
            unit, unit_end = _unit(text, end)
            found.append(Quantity(start, unit_end, _number(value), unit))
    return tuple(sorted(found, key=lambda quantity: quantity.start))


def _date(match: re.Match[str]) -> Quantity:
    groups = match.groupdict()
    if groups["iso"]:
        value = groups["iso"]
    else:
        which = next(number for number in "123" if groups[f"year{number}"])
        month = groups[f"month{which}"].lower()
        value = f"{groups[f'year{which}']}-{_MONTHS.get(month, month)!s:0>2}-{groups[f'day{which}']:0>2}"
    return Quantity(match.start(), match.end(), Literal(value, XSD + "date"))


def _numbers_en(text: str) -> list[tuple[int, int, float]]:
    numbers = []
    for match in _NUMBER.finditer(text):
        scale = (match["scale"] or match["short"] or "").lower()
        value = float(match["number"].replace(",", "")) * 10 ** _SCALES.get(scale, 0)
        numbers.append((match.start(), match.end(), value))
    return numbers


def _numbers_zh(text: str) -> list[tuple[int, int, float]]:
    numbers = []
    for match in _NUMBER_ZH.finditer(text):
        if match["plain"]:
            value: float | None = float(match["plain"].replace(",", ""))
        else:
            value = _han_number(match["han"], float(match["digits"]) if match["digits"] else None)
        if value is not None:
            numbers.append((match.start(), match.end(), value))
    return numbers


def _han_number(han: str, first: float | None) -> float | None:
    """Return the value of a Chinese number; None for one bare digit, which is mostly part of a word."""
    if first is None and len(han) == 1:
        return None
    total, section, digit = 0.0, 0.0, first
    for char in han:
        if char in _DIGITS_ZH:
            digit = float(_DIGITS_ZH[char])
            continue
        power = 10.0 ** _SCALES_ZH[char]
        if char == "亿":
            total, section = (total + section + (digit or 0.0)) * power, 0.0
        elif char == "万":
            total, section = total + (section + (digit or 0.0)) * power, 0.0
        else:
            section += (1.0 if digit is None else digit) * power
        digit = None
    return total + section + (digit or 0.0)


def _unit(text: str, end: int) -> tuple[str, int]:
    rest = text[end : end + 24]
    stripped = rest.lstrip()
    offset = end + len(rest) - len(stripped)
    for word, unit in _UNIT_WORDS:
        follows = stripped[len(word) : len(word) + 1]
        bounded = not (word[-1].isascii() and word[-1].isalpha() and follows.isascii() and follows.isalnum())
        if stripped.lower().startswith(word) and bounded:
            return unit, offset + len(word)
    return "", end


def _number(value: float) -> Literal:
    if value.is_integer():
        return Literal(str(int(value)), XSD + "integer")
    return Literal(repr(value), XSD + "decimal")
