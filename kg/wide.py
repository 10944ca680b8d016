"""Ordinary tables as RDF: a row is a thing, a column a property, the header its names.

    name,category,weight_kg            in products.csv
    Alpina Tent,Tents,2.4

says `e:Alpina_Tent a c:product ; r:category e:Tents ; r:weight_kg 2.4`, all with labels. A table becomes rows
of `kg.tabular`, so that a name in it means what the same name means in any other table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kg import tabular
from kg.headers import Header, candidates, is_key, is_name
from kg.store import OxTriple
from kg.tabular import MAX_NAME, Fail, Kind, Row
from kg.types import RDF_TYPE, RDFS_LABEL

__all__ = ["PREFIXES", "Profile", "Record", "parse_records"]

PREFIXES: Mapping[str, str] = {**tabular.PREFIXES, "c": "urn:kbqa:class:"}
PHONE_DIGITS = range(7, 16)  # at most 15 by ITU-T E.164

_ABSENT = frozenset(("n/a", "#n/a", "nan", "null", "\\n", "-", "–", "—"))  # "\N" is what MySQL writes
_BOOLEANS: tuple[Mapping[str, str], ...] = tuple(
    {yes: "true", no: "false"} for yes, no in (("true", "false"), ("yes", "no"), ("是", "否"))
)
_BETWEEN_VALUES = re.compile(r"\s*[;|]\s*")
_PROSE = re.compile(r", |[.!?]\s|[，。！？]|&#?\w+;")
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+|(?:https?://|ftp://|www\.)\S+", re.IGNORECASE)
_PHONE = re.compile(r"\+?[\d ()./-]+", re.ASCII)
_TYPE, _LABEL = f"<{RDF_TYPE.value}>", f"<{RDFS_LABEL.value}>"
_CLASS = "<http://www.w3.org/2000/01/rdf-schema#Class>"

Record = Sequence[str]
"""The cells of a row, as many as the header has names, "" where there is nothing."""


def parse_records(lines: Iterator[tuple[int, str]], header: Header, *, fail: Fail) -> Iterator[Record]:
    """Yield the rows of a table, without the header.

    Args:
        lines: Numbered lines.
        header: That of the table, which the file begins with or not.
        fail: Called with the line and the reason for every malformed row, which is then left out.
    """
    starts = True
    for number, cells in tabular.csv_rows(lines, header.separator, fail):
        if not any(cells):
            continue
        is_header, starts = starts and header.stands_in(cells), False
        if is_header:
            continue
        if reason := _wrong(cells, header):
            fail(number, reason)
        else:
            yield ["" if cell.casefold() in _ABSENT else cell for cell in cells[: len(header.names)]]


def _wrong(cells: Sequence[str], header: Header) -> str:
    width = len(header.names)
    if len(cells) != width + header.unnamed:
        return (
            f"has {len(cells)} cells between {header.separator!r}, not {width + header.unnamed} as the header"
        )
    if stray := next(filter(None, cells[width:]), None):
        return f"has a cell in a column without a name: {stray[:100]}"
    longest = max((len(cells[at]) for at in header.naming), default=0)
    return f"has a name of {longest:,} characters; the limit is {MAX_NAME}" if longest > MAX_NAME else ""


@dataclass(slots=True)
class _Column:
    """What the cells of a column are, as far as `kg.tabular.Profile` does not count it."""

    cells: int = 0
    parts: int = 0
    longest: int = 0
    longest_part: int = 0
    prose: bool = False
    addresses: int = 0
    values: int = 0
    booleans: tuple[Mapping[str, str], ...] = _BOOLEANS
    distinct: set[str] | None = None

    def count(self, cell: str, parts: Sequence[str]) -> None:
        self.cells += 1
        self.parts += len(parts)
        self.longest = max(self.longest, len(cell))
        self.longest_part = max(self.longest_part, *map(len, parts))
        self.prose |= cell not in parts and _PROSE.search(cell) is not None
        self.addresses += all(map(_is_address, parts))
        self.values += all(map(tabular.is_number_or_date, parts))
        if self.booleans:
            self.booleans = tuple(words for words in self.booleans if cell.casefold() in words)
        if self.distinct is not None:
            before = len(self.distinct)
            self.distinct.add(cell)
            if len(self.distinct) == before:
                self.distinct = None

    def is_split(self) -> bool:
        return self.parts > self.cells and not self.prose and self.longest_part < tabular.LONG_TEXT

    def kind(self, counted: Kind) -> Kind:
        """Return what the cells are, given what they were counted as."""
        if self.cells and self.booleans:
            return "boolean"
        if counted == "value" or self.values >= tabular.SAME_KIND * self.cells > 0:
            return "value"  # also where some dates are but years
        return "string" if 2 * self.addresses > self.cells else counted


class _Naming(NamedTuple):
    """How rows get their names.

    Attributes:
        columns: Whose cells make the name; none where rows are numbered.
        prefixed: Whether the names are bare numbers, before which it is said what they are numbers of.
        stated: The columns that are properties.
    """

    columns: tuple[int, ...]
    prefixed: bool
    stated: tuple[int, ...]


@dataclass(slots=True)
class Profile:
    """What the columns of a table are; filled by `count`, then used by `triples`."""

    header: Header
    _rows: int = 0
    _columns: list[_Column] = field(init=False)
    _whole: tabular.Profile = field(default_factory=tabular.Profile)
    _split: tabular.Profile = field(default_factory=tabular.Profile)

    def __post_init__(self) -> None:
        self._columns = [_Column() for _ in self.header.names]
        for at in candidates(self.header):
            self._columns[at].distinct = set()

    def count(self, record: Record) -> None:
        """Take one row into account."""
        self._rows += 1
        for name, column, cell in zip(self.header.names, self._columns, record, strict=True):
            if cell:
                parts = _parts(cell)
                column.count(cell, parts)
                self._whole.count(Row("", name, cell))
                for part in parts:
                    self._split.count(Row("", name, part))

    def statements(self) -> int:
        """Return how many statements `triples` makes of what was counted, labels and the class left out."""
        columns = [self._columns[at] for at in self._naming(self._kinds()).stated]
        return self._rows + sum(column.parts if column.is_split() else column.cells for column in columns)

    def triples(self, records: Iterator[Record]) -> Iterator[OxTriple]:
        """Yield the triples of each row, and a label before the first use of each name."""
        if not self._rows:
            return
        kinds = self._kinds()
        yield from tabular.triples_of(self._facts(records, kinds), {**kinds, _LABEL: "string"})

    def _facts(self, records: Iterator[Record], kinds: Mapping[str, Kind]) -> Iterator[Row]:
        header, naming = self.header, self._naming(kinds)
        class_ = f"<{PREFIXES['c']}{tabular.entity_iri(header.thing).removeprefix(PREFIXES['e'])}>"
        yield Row(class_, _TYPE, _CLASS)
        yield Row(class_, _LABEL, header.thing)
        for number, record in enumerate(records, start=1):
            name = " ".join(record[at] for at in naming.columns if record[at])
            if naming.prefixed or not name:
                name = _numbered(header.thing, name or str(number))
            yield Row(name, _TYPE, class_)
            for at in naming.stated:
                column = header.names[at]
                for text in self._values(at, record[at]):
                    yield Row(name, column, _truth(text) if kinds[column] == "boolean" else text)

    def _values(self, at: int, cell: str) -> Sequence[str]:
        return _parts(cell) if self._columns[at].is_split() else [cell] if cell else []

    def _kinds(self) -> dict[str, Kind]:
        whole, split = self._whole.kinds(), self._split.kinds()
        return {
            name: column.kind((split if column.is_split() else whole).get(name, "name"))
            for name, column in zip(self.header.names, self._columns, strict=True)
        }

    def _naming(self, kinds: Mapping[str, Kind]) -> _Naming:
        names = self.header.names
        columns = self.header.naming or self._named_by_values()
        one = names[columns[0]] if len(columns) == 1 else ""
        prefixed = bool(one) and kinds[one] == "value" and not is_name(one)
        stated = tuple(at for at in range(len(names)) if names[at] != one or prefixed)
        return _Naming(columns, prefixed, stated)

    def _named_by_values(self) -> tuple[int, ...]:
        """Return the column that tells all rows apart, or that the user takes for one that does."""
        for at in candidates(self.header):
            column = self._columns[at]
            tells = column.distinct is not None or (at == 0 and is_key(self.header.names[0]))
            if tells and column.cells == self._rows and column.longest <= MAX_NAME:
                return (at,)
        return ()


def _parts(cell: str) -> list[str]:
    return [part for part in _BETWEEN_VALUES.split(cell) if part]


def _is_address(text: str) -> bool:
    """Return whether a text is an e-mail address, the address of a page, or a telephone number."""
    digits = sum(map(str.isdigit, text))
    return bool(_ADDRESS.fullmatch(text) or (digits in PHONE_DIGITS and _PHONE.fullmatch(text)))


def _truth(text: str) -> str:
    return next(words[text.casefold()] for words in _BOOLEANS if text.casefold() in words)


def _numbered(thing: str, number: str) -> str:
    """Return the name of a thing that has but a number.

    >>> _numbered("order", "7"), _numbered("订单", "7")
    ('order 7', '订单7')
    """
    return f"{thing} {number}" if thing[-1:].isascii() else thing + number
