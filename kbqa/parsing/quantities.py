"""Numbers and dates in a question, as literals of the graph's types."""

from __future__ import annotations

import re
from decimal import Decimal

from kbqa.parsing.lexicon import MONTHS, NUMBER_WORDS, UNITS
from kbqa.parsing.periods import find_periods
from kbqa.types import Language, Quantity
from kg.types import XSD, Literal

__all__ = ["find_quantities"]

_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12, "k": 3, "m": 6, "bn": 9}
_SCALES_ZH = {"十": 1, "百": 2, "千": 3, "万": 4, "亿": 8}
_DIGITS_ZH = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = re.compile(
    rf"(?P<iso>\b\d{{4}}-\d{{2}}-\d{{2}}\b)"
    rf"|(?<!\d)(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<month1>{_MONTH})\.?,?\s+(?P<year1>\d{{4}})\b"
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
# A number word is a quantity after words that compare; elsewhere it mostly is part of a phrase.
_NUMBER_WORD = re.compile(
    rf"\b(?:than|least|most|over|under|exceeds?|exactly|precisely|only|just)\s+(?P<word>{'|'.join(NUMBER_WORDS)})\b",
    re.IGNORECASE,
)
_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
# 千米, 千克 and 千瓦 are units: their 千 is no thousand.
_NUMBER_ZH = re.compile(
    rf"(?P<digits>{_DIGITS})?(?P<han>(?:[零〇一二两三四五六七八九十百万亿]|千(?![米克瓦卡伏赫帕焦]))+)|(?P<plain>{_DIGITS})"
)
_COMPARED_ZH = re.compile(
    r"(?:只有|仅有|恰好|正好|刚好|超过|大于|多于|高于|不止|小于|少于|低于|不到|不足|至少|不低于|至多|最多)\Z"
)


# "5 pm" is no amount.
_CLOCK = re.compile(r"(?:[:：]\d{2})?\s*(?:[ap]\.?m\b|o['’]?clock\b|点钟?(?!\d))", re.IGNORECASE)


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
    found += [period for period in find_periods(text) if all(_apart(period, date) for date in found)]
    taken = [(quantity.start, quantity.end) for quantity in found]
    numbers = _numbers_zh(text) if language == "zh" else _numbers_en(text)
    for start, end, value in numbers:
        if not _CLOCK.match(text, end) and all(end <= first or start >= last for first, last in taken):
            unit, unit_end = _unit(text, end)
            found.append(Quantity(start, unit_end, _number(value), unit))
    return tuple(sorted(found, key=lambda quantity: quantity.start))


def _apart(one: Quantity, other: Quantity) -> bool:
    return one.end <= other.start or one.start >= other.end


def _date(match: re.Match[str]) -> Quantity:
    groups = match.groupdict()
    if groups["iso"]:
        value = groups["iso"]
    else:
        which = next(number for number in "123" if groups[f"year{number}"])
        month = groups[f"month{which}"].lower()
        value = f"{groups[f'year{which}']}-{MONTHS.get(month, month)!s:0>2}-{groups[f'day{which}']:0>2}"
    return Quantity(match.start(), match.end(), Literal(value, XSD + "date"))


def _numbers_en(text: str) -> list[tuple[int, int, Decimal]]:
    numbers = []
    for match in _NUMBER.finditer(text):
        scale = (match["scale"] or match["short"] or "").lower()
        value = Decimal(match["number"].replace(",", "")).scaleb(_SCALES.get(scale, 0))
        numbers.append((match.start(), match.end(), value))
    for match in _NUMBER_WORD.finditer(text):
        numbers.append((match.start("word"), match.end(), Decimal(NUMBER_WORDS[match["word"].lower()])))
    return numbers


def _numbers_zh(text: str) -> list[tuple[int, int, Decimal]]:
    numbers = []
    for match in _NUMBER_ZH.finditer(text):
        digits = match["digits"] or match["plain"]
        first = Decimal(digits.replace(",", "")) if digits else None
        if match["plain"]:
            value = first
        else:
            compared = _COMPARED_ZH.search(text, 0, match.start()) is not None
            value = _han_number(match["han"], first, compared=compared)
        if value is not None:
            numbers.append((match.start(), match.end(), value))
    return numbers


def _han_number(han: str, first: Decimal | None, *, compared: bool) -> Decimal | None:
    """Return the value of a Chinese number; None for one character that nothing is compared with.

    One bare digit is mostly part of a word; years are read out digit by digit (二〇二四年).
    """
    if first is None and len(han) == 1 and not compared:
        return None
    if first is None and len(han) > 2 and all(char in _DIGITS_ZH for char in han):
        return Decimal("".join(str(_DIGITS_ZH[char]) for char in han))
    total, section, digit = Decimal(0), Decimal(0), first
    for char in han:
        if char in _DIGITS_ZH:
            digit = Decimal(_DIGITS_ZH[char])
            continue
        power = Decimal(10) ** _SCALES_ZH[char]
        if char == "亿":
            total, section = (total + section + (digit or 0)) * power, Decimal(0)
        elif char == "万":
            total, section = total + (section + (digit or 0)) * power, Decimal(0)
        else:
            section += (1 if digit is None else digit) * power
        digit = None
    return total + section + (digit or 0)


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


def _number(value: Decimal) -> Literal:
    if value == value.to_integral_value():
        return Literal(f"{value.to_integral_value():f}", XSD + "integer")
    return Literal(f"{value:f}", XSD + "decimal")
