"""What the cells of a column say: numbers as people write them, with a unit or without, dates, truth, or names."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache
from typing import NamedTuple

from kg import tabular
from kg.tabular import MAX_DIGITS, Kind, Row

__all__ = ["ENOUGH", "Column", "Reading", "is_date_time", "is_value", "mostly", "parts_of", "truth"]

ENOUGH = 0.9  # of a column's cells must read in one way for the column to be read so
PHONE_DIGITS = range(7, 16)  # at most 15 by ITU-T E.164

_TRUTHS = {
    word: (yes, said)
    for yes, no in (("true", "false"), ("yes", "no"), ("y", "n"), ("是", "否"))
    for word, said in ((yes, "true"), (no, "false"))
}
_LONGEST_TRUTH = max(map(len, _TRUTHS))
_DIGIT = re.compile("[0-9]")
_BETWEEN_VALUES = re.compile(r"\s*[;|]\s*")
_PROSE = re.compile(r", |[.!?]\s|[，。！？]|&#?\w+;")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|(?:https?://|ftp://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d ()./-]+", re.ASCII)
_DIGIT_CODE = re.compile(r"0[0-9]+|\+[0-9]{7,15}")  # as of postcodes and telephones: no number is written so

_CURRENCIES = """
    AED AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KES KRW MXN MYR NGN NOK NZD
    PEN PHP PKR PLN RMB RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR kr zł 元
""".split()
_SIGN = r"(?:[A-Z]{1,3})?[$£¤¥฿₠-⃏＄￡￥￦]"
_UNIT = "|".join((_SIGN, *_CURRENCIES, "[%％]"))
_SPELLINGS = {"EUR": "€", "USD": "$", "US$": "$", "GBP": "£"}
_AMOUNT = re.compile(
    rf"(?P<sign>[+−-]?)\s*(?P<before>{_UNIT})?\s*(?P<minus>[+−-]?)"
    rf"(?P<number>[0-9](?:[0-9.,'’\s]*[0-9])?)\s*(?P<after>{_UNIT})?"
)
_POINT, _COMMA = (
    re.compile(
        rf"(?P<whole>0|[1-9][0-9]*|[1-9][0-9]{{0,2}}(?P<gap>[{gaps}'’\s])[0-9]{{3}}(?:(?P=gap)[0-9]{{3}})*)"
        rf"(?:{mark}(?P<fraction>[0-9]+))?"
    )
    for mark, gaps in ((r"\.", ","), (",", "."))
)

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = {name: number for number, month in enumerate(_MONTHS, start=1) for name in (month, month[:3])} | {
    "sept": 9
}
_TIME = (
    r"(?:(?:[\s,]+|T|(?<=日))(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?(?P<zone>Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_DATES = tuple(
    re.compile(form + _TIME)
    for form in (
        r"(?P<year>[0-9]{4})(?P<gap>[-/.])(?P<month>[0-9]{1,2})(?P=gap)(?P<day>[0-9]{1,2})",
        r"(?P<year>[0-9]{4})\s*年\s*(?P<month>[0-9]{1,2})\s*月\s*(?P<day>[0-9]{1,2})\s*日",
        r"(?P<one>[0-9]{1,2})(?P<gap>[-/.])\s?(?P<two>[0-9]{1,2})(?P=gap)\s?(?P<year>[0-9]{4})",
        r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?:of\s+)?(?P<word>[A-Za-z]{3,9})[.,]?[\s-]+(?P<year>[0-9]{4})",
        r"(?P<word>[A-Za-z]{3,9})\.?\s+(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>[0-9]{4})",
    )
)
_YEAR = re.compile("[0-9]{4}")
_LONGEST_DATE = 40
_DATE_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:Z|[+-][0-9]{2}:[0-9]{2})?")


class Reading(NamedTuple):
    """How the cells of a column are read.

    Attributes:
        read: A cell → the number or date in it as XML Schema writes them, "" where there is none.
        unit: What numbers count, e.g. "€" or "%"; "" where the cells do not say.
    """

    read: Callable[[str], str]
    unit: str = ""


class _Amount(NamedTuple):
    """A number with a decimal point, and with a decimal comma, as XML Schema writes it; "" where it cannot be."""

    point: str
    comma: str
    unit: str

    def fitting(self, unit: str, *, comma: bool) -> str:
        return (self.comma if comma else self.point) if self.unit in ("", unit) else ""


@dataclass(slots=True)
class _Numbers:
    """Cells of a column that are numbers, by their unit."""

    points: Counter[str] = field(default_factory=Counter)
    commas: Counter[str] = field(default_factory=Counter)
    either: int = 0
    dotted: int = 0

    def count(self, text: str) -> None:
        amount = _amount(text)
        if amount is None:
            return
        self.points[amount.unit] += bool(amount.point)
        self.commas[amount.unit] += bool(amount.comma)
        if amount.point and amount.comma and amount.point != amount.comma:
            self.either += 1
            self.dotted += "." in text

    def reading(self, parts: int) -> Reading | None:
        """Return how nearly all cells are numbers, None if they are not.

        The decimal mark is what most cells can have. Where both can be that of all, as in "1,200", there is none,
        but thousands; a lone point divides thousands of money only ("1.200 €").
        """
        unit = self._unit()
        points, commas = (counts[unit] + (counts[""] if unit else 0) for counts in (self.points, self.commas))
        is_money = unit not in ("", "%")
        comma = commas > points or (commas == points and is_money and 2 * self.dotted > self.either)
        if max(points, commas) < ENOUGH * parts:
            return None

        def read(text: str) -> str:
            amount = _amount(text)
            return amount.fitting(unit, comma=comma) if amount else ""

        return Reading(read, unit)

    def _unit(self) -> str:
        """Return the unit that at least half of the numbers have."""
        counts = self.points | self.commas
        unit = max((unit for unit in counts if unit), key=lambda unit: counts[unit], default="")
        return unit if counts[unit] >= counts[""] else ""


@dataclass(slots=True)
class _Days:
    """Cells of a column that are dates."""

    days_first: int = 0
    months_first: int = 0

    def count(self, text: str) -> None:
        day_first, month_first = _day(text)
        self.days_first += bool(day_first)
        self.months_first += bool(month_first)

    def reading(self, parts: int) -> Reading | None:
        """Return how nearly all cells are dates, None if they are not.

        Whether 05/03/2024 is in March or in May is told by the cells that can be but one of both ("25/03/2024");
        where no cell tells, the day comes first, whatever stands between: "/", "." or "-".
        """
        if max(self.days_first, self.months_first) < ENOUGH * parts:
            return None
        order = int(self.months_first > self.days_first)
        return Reading(lambda text: _day(text)[order])


@dataclass(slots=True)
class Column:
    """What the cells of a column are; filled by `count`."""

    cells: int = 0
    parts: int = 0
    longest: int = 0
    longest_part: int = 0
    prose: bool = False
    addresses: int = 0
    values: int = 0
    codes: int = 0
    distinct: set[str] | None = None
    _whole: tabular.Profile = field(default_factory=tabular.Profile)
    _split: tabular.Profile = field(default_factory=tabular.Profile)
    _truths: Counter[str] = field(default_factory=Counter)
    _numbers: _Numbers = field(default_factory=_Numbers)
    _days: _Days = field(default_factory=_Days)

    def count(self, cell: str, parts: Sequence[str]) -> None:
        """Take one cell into account, which has something in it, and the parts that it is made of."""
        self.cells += 1
        self.parts += len(parts)
        self.longest = max(self.longest, len(cell))
        self.longest_part = max(self.longest_part, *map(len, parts))
        self.prose |= cell not in parts and _PROSE.search(cell) is not None
        self.addresses += all(map(_is_address, parts))
        self.values += all(map(tabular.is_number_or_date, parts))
        self._whole.count(Row("", "", cell))
        if len(cell) <= _LONGEST_TRUTH:
            yes, _ = _TRUTHS.get(cell.casefold(), ("", ""))
            self._truths[yes] += 1
        for part in parts:
            self._split.count(Row("", "", part))
            if _DIGIT.search(part):
                self.codes += _DIGIT_CODE.fullmatch(part) is not None
                self._numbers.count(part)
                self._days.count(part)
        if self.distinct is not None:
            before = len(self.distinct)
            self.distinct.add(cell)
            if len(self.distinct) == before:
                self.distinct = None

    def is_split(self) -> bool:
        """Return whether the parts of the cells are values of their own."""
        return self.parts > self.cells and not self.prose and self.longest_part < tabular.LONG_TEXT

    def kind(self) -> Kind:
        """Return what the cells are."""
        if max((n for yes, n in self._truths.items() if yes), default=0) >= ENOUGH * self.cells > 0:
            return "boolean"
        if self.is_plain() or self.reading() is not None:
            return "value"
        if 2 * self.addresses > self.cells:
            return "string"
        counted = self._counted()
        return "name" if counted == "value" else counted

    def is_plain(self) -> bool:
        """Return whether the cells are numbers and dates as they stand, also where some dates are but years."""
        return not self.codes and (
            self._counted() == "value" or self.values >= tabular.SAME_KIND * self.cells > 0
        )

    def reading(self) -> Reading | None:
        """Return how the cells are read as numbers or dates, None if they are others."""
        if not self.cells or (self.parts > self.cells and not self.is_split()):
            return None
        numbers = None if self.codes else self._numbers.reading(self.parts)
        return numbers or self._days.reading(self.parts)

    def _counted(self) -> Kind:
        return (self._split if self.is_split() else self._whole).kinds().get("", "name")


def parts_of(cell: str) -> list[str]:
    """Return the values that a cell lists, of which most have but one.

    >>> parts_of("green; orange"), parts_of("green")
    (['green', 'orange'], ['green'])
    """
    return [part for part in _BETWEEN_VALUES.split(cell) if part]


def truth(text: str) -> str:
    """Return "true" or "false" for a word that says so, "" for all others.

    >>> truth("Yes"), truth("n"), truth("否"), truth("maybe")
    ('true', 'false', 'false', '')
    """
    _, said = _TRUTHS.get(text.casefold(), ("", ""))
    return said


def is_value(text: str) -> bool:
    """Return whether a cell may be a number, a date or a truth, however written.

    >>> [is_value(text) for text in ("4.5", "€1,200.50", "5 March 2024", "no", "Ana", "007")]
    [True, True, True, True, False, False]
    """
    return bool(tabular.is_number_or_date(text) or truth(text) or _amount(text) or any(_day(text)))


def mostly(is_so: Callable[[str], bool], cells: Iterable[str]) -> bool:
    """Return whether nearly all cells that have something in them are so.

    >>> mostly(str.isdigit, ["1", "2", ""]), mostly(str.isdigit, ["1", "x"]), mostly(str.isdigit, [])
    (True, False, False)
    """
    said = [cell for cell in cells if cell]
    return sum(map(is_so, said)) >= ENOUGH * len(said) > 0


def is_date_time(text: str) -> bool:
    """Return whether a text is a date with a time as `Reading.read` writes them.

    >>> is_date_time("2024-03-05T14:30:00"), is_date_time("2024-03-05"), is_date_time("2024-02-30T14:30:00")
    (True, False, False)
    """
    return _DATE_TIME.fullmatch(text) is not None and _day(text)[0] == text


def _is_address(text: str) -> bool:
    """Return whether a text is an e-mail address, the address of a page, or a telephone number."""
    return bool(_ADDRESS.fullmatch(text) or _is_phone(text))


def _is_phone(text: str) -> bool:
    return sum(map(str.isdigit, text)) in PHONE_DIGITS and _PHONE.fullmatch(text) is not None


@lru_cache(maxsize=1 << 12)
def _amount(text: str) -> _Amount | None:
    """Return a number with its unit, None where a text is none or may be a telephone number.

    >>> _amount("€1,200.50"), _amount("1 200,5 kr")
    (_Amount(point='1200.50', comma='', unit='€'), _Amount(point='', comma='1200.5', unit='kr'))
    >>> _amount("USD 1,200"), _amount("-12.5%")
    (_Amount(point='1200', comma='1.200', unit='$'), _Amount(point='-12.5', comma='', unit='%'))
    >>> _amount("555 123 456"), _amount("€5 or $6"), _amount("007")
    (None, None, None)
    """
    found = _AMOUNT.fullmatch(text)
    if not found or (found["sign"] and found["minus"]) or (found["before"] and found["after"]):
        return None
    unit = found["before"] or found["after"] or ""
    if not unit and not tabular.is_number_or_date(text) and _is_phone(text):
        return None
    sign = (found["sign"] or found["minus"]).replace("−", "-")
    point, comma = (_written(style, sign, found["number"]) for style in (_POINT, _COMMA))
    if unit:
        unit = unicodedata.normalize("NFKC", unit)
        unit = _SPELLINGS.get(unit, unit)
    return _Amount(point, comma, unit) if point or comma else None


def _written(style: re.Pattern[str], sign: str, number: str) -> str:
    found = style.fullmatch(number)
    if not found:
        return ""
    whole, fraction = re.sub(r"\D", "", found["whole"]), found["fraction"]
    text = f"{sign}{whole}.{fraction}" if fraction else sign + whole
    return text if len(text) <= MAX_DIGITS else ""


@lru_cache(maxsize=1 << 12)
def _day(text: str) -> tuple[str, str]:
    """Return the date that a text is if the day comes first, and if the month does; "" where it is none.

    >>> _day("05/03/2024"), _day("25.3.2024 9:30"), _day("Mar 5th, 2024"), _day("2024年3月5日")[0], _day("31/31/2024")
    (('2024-03-05', '2024-05-03'), ('2024-03-25T09:30:00', ''), ('2024-03-05', '2024-03-05'), '2024-03-05', ('', ''))
    """
    if len(text) > _LONGEST_DATE or not _YEAR.search(text):
        return "", ""
    found = next(filter(None, (form.fullmatch(text) for form in _DATES)), None)
    if found is None:
        return "", ""
    said = found.groupdict()
    if "one" in said:
        return _iso(said, said["two"], said["one"]), _iso(said, said["one"], said["two"])
    month = str(_MONTH.get(said["word"].lower(), 0)) if "word" in said else said["month"]
    return (_iso(said, month, said["day"]),) * 2


def _iso(said: Mapping[str, str | None], month: str, day: str) -> str:
    try:
        return date(int(said["year"] or 0), int(month), int(day)).isoformat() + _clock(said)
    except ValueError:
        return ""


def _clock(said: Mapping[str, str | None]) -> str:
    if not said["hour"]:
        return ""
    hour, half = int(said["hour"]), (said["half"] or "").lower()
    if half:
        hour = hour % 12 + 12 * half.startswith("p") if 0 < hour <= 12 else -1
    clock = time(hour, int(said["minute"] or 0), int(said["second"] or 0))
    return f"T{clock.isoformat(timespec='seconds')}{said['zone'] or ''}"
