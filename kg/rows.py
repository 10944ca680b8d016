"""The rows of ordinary tables: what they are called, and which cells of other tables mean them by a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from kg import tabular
from kg.cells import ENOUGH, Column, parts_of
from kg.errors import LoadError
from kg.files import Limits, open_data, read_lines
from kg.formats import detect
from kg.headers import (
    Header,
    candidates,
    find_header,
    is_key,
    is_name,
    is_table,
    key_stem,
    own_keys,
    tables_in,
    words_of,
)
from kg.tabular import MAX_NAME, Fail

__all__ = [
    "Key",
    "Keys",
    "Naming",
    "Record",
    "References",
    "keys_beside",
    "keys_mark",
    "naming_of",
    "parse_records",
]

MAX_BYTES = 64 << 20  # of the tables of a folder that are searched for keys, the smallest first
SMALL = 10  # cells, all of which are keys, even if all are one
_HEAD_BYTES = 1 << 16
_PACKED = 8  # times as large as its .gz is what a table may be
_ABSENT = frozenset(("n/a", "#n/a", "nan", "null", "\\n", "-", "–", "—"))  # "\N" is what MySQL writes

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


class Naming(NamedTuple):
    """How rows get their names.

    Attributes:
        thing: What a row is one of.
        columns: Whose cells make the name; none where rows are numbered.
        prefixed: Whether the names are bare numbers, before which it is said what they are numbers of.
    """

    thing: str
    columns: tuple[int, ...]
    prefixed: bool

    def name(self, record: Mapping[int, str] | Record, number: int) -> str:
        """Return the name of a row by its cells, or by its number in the file."""
        name = " ".join(record[at] for at in self.columns if record[at])
        return _numbered(self.thing, name or str(number)) if self.prefixed or not name else name


def naming_of(
    header: Header, columns: Mapping[int, Column], rows: int, *, taken: Collection[int] = ()
) -> Naming:
    """Return how the rows of a table get their names.

    Args:
        header: That of the table.
        columns: Those that may name the rows, with all their cells counted.
        rows: How many there are.
        taken: The columns that are about other rows.
    """
    chosen = header.naming or _named_by_values(header, columns, rows, taken)
    one = chosen[0] if len(chosen) == 1 else None
    is_number = one is not None and columns[one].kind() == "value" and not is_name(header.names[one])
    return Naming(header.thing, chosen, is_number)


def _named_by_values(
    header: Header, columns: Mapping[int, Column], rows: int, taken: Collection[int]
) -> tuple[int, ...]:
    """Return the column that tells all rows apart, or that the user takes for one that does."""
    for at in candidates(header):
        column = columns[at]
        tells = column.distinct is not None or (at == 0 and is_key(header.names[0]))
        if tells and at not in taken and column.cells == rows and column.longest <= MAX_NAME:
            return (at,)
    return ()


def _numbered(thing: str, number: str) -> str:
    """Return the name of a thing that has but a number.

    >>> _numbered("order", "7"), _numbered("订单", "7")
    ('order 7', '订单7')
    """
    return f"{thing} {number}" if thing[-1:].isascii() else thing + number


@dataclass(frozen=True, slots=True)
class Key:
    """A column whose values tell the rows of its table apart.

    Attributes:
        header: That of the table.
        at: Where the column is.
        names: Value → name of its row.
    """

    header: Header
    at: int
    names: Mapping[str, str]


class Keys:
    """Columns of keys, of one or several tables."""

    def __init__(self, keys: Sequence[Key] = ()) -> None:
        """Prepare to find values in `keys`."""
        self.all = tuple(keys)
        self.places: dict[str, list[int]] = {}
        for number, key in enumerate(self.all):
            for value in key.names:
                self.places.setdefault(value, []).append(number)

    @cached_property
    def mark(self) -> str:
        """A digest of all keys and what they mean, "" where there are none."""
        found = [
            (key.header.path.name if key.header.path else "", key.at, sorted(key.names.items()))
            for key in self.all
        ]
        return sha256(repr(sorted(found)).encode()).hexdigest() if found else ""


@dataclass(slots=True)
class References:
    """Which rows the cells of a column mean by their keys; filled by `count`."""

    keys: Keys
    _parts: int = 0
    _bare: int = 0
    _found: Counter[int] = field(default_factory=Counter)
    _values: set[str] = field(default_factory=set)

    def count(self, parts: Sequence[str]) -> None:
        """Take the values of one cell into account."""
        if not self.keys.places:
            return
        self._parts += len(parts)
        for part in parts:
            if places := self.keys.places.get(part):
                self._found.update(places)
                self._bare += len(part) == 1 or tabular.is_number_or_date(part) or part.isdecimal()
                self._values.add(part)

    def key(self, header: Header, at: int, *, is_unique: bool) -> Key | None:
        """Return the only column whose keys nearly all cells of a column are, None where there is none.

        Numbers and single characters may be so by chance: the column must then be called as the rows meant, or as
        their keys. Keys of the table itself are those of another only if it is that other's rows that they are
        called as keys of.

        Args:
            header: That of the table with the column.
            at: Where the column is.
            is_unique: Whether its cells tell the rows of its table apart.
        """
        fitting = [
            key
            for number, key in enumerate(self.keys.all)
            if self._found[number] >= ENOUGH * self._parts > 0
            and (key.header.path, key.at) != (header.path, at)
        ]
        if is_unique and at in own_keys(header):
            fitting = [key for key in fitting if _owns(key, header, at)]
        name = header.names[at]
        called = [key for key in fitting if _is_of(name, key)] or [
            key for key in fitting if _is_like(name, key)
        ]
        chosen = called if called or not self._tells() else fitting
        return chosen[0] if len(chosen) == 1 else None

    def _tells(self) -> bool:
        """Return whether the cells are too many and too long to be keys by chance."""
        all_are = self._parts <= SMALL and max(self._found.values(), default=0) == self._parts
        return self._bare <= (1 - ENOUGH) * self._parts and (len(self._values) > 1 or all_are)


def _is_of(column: str, key: Key) -> bool:
    """Return whether a column is called as the rows that keys are of: "customer", "billing customer id"."""
    stem, thing = key_stem(column), key.header.thing
    if stem is None:
        return words_of(column) == thing
    return stem == thing or stem.endswith(f" {thing}" if thing.isascii() else thing)


def _is_like(column: str, key: Key) -> bool:
    """Return whether a column is called as a column of keys is, which says whose they are."""
    of, stem = key_stem(key.header.names[key.at]), key_stem(column)
    return bool(of) and of == (words_of(column) if stem is None else stem)


def _owns(key: Key, header: Header, at: int) -> bool:
    """Return whether a key that could be of a table's own rows is of those of another."""
    stem, thing = key_stem(header.names[at]), key.header.thing
    if stem and thing != header.thing:
        return stem == thing or (bool(key.header.naming) and not header.naming and _is_like(stem, key))
    return False


def keys_beside(path: Path | None) -> Keys:
    """Return the keys of the tables in the folder of a file, that file among them; of no file, none."""
    if path is None:
        return Keys()
    sizes: list[tuple[int, str, int]] = []
    for file in tables_in(path.parent):
        with suppress(OSError):
            state = file.stat()
            packed = file.suffix.lower() == ".gz"
            sizes.append((state.st_size * (_PACKED if packed else 1), str(file), state.st_mtime_ns))
    left, kept = MAX_BYTES, []
    for size, name, changed in sorted(sizes):
        left -= size
        if left >= 0:
            kept.append((name, size, changed))
    return _keys_of(tuple(kept))


def keys_mark(path: Path) -> str:
    """Return what changes with the keys that the cells of a file may be, "" for a file that is no table or has none beside it."""
    return keys_beside(path).mark if is_table(path) else ""


@lru_cache(maxsize=1)
def _keys_of(files: tuple[tuple[str, int, int], ...]) -> Keys:
    tables = [table for name, _, _ in files if (table := _read(Path(name))) is not None]
    possible = [key for table in tables for key in table.own()]
    found = Keys(possible)
    own = Keys([key for key in possible if _target(found, key.header, key.at, list(key.names)) is None])
    return Keys([key for table in tables for key in table.named(own)])


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a table that may name its rows or be their keys."""

    header: Header
    cells: Mapping[int, Sequence[str]]

    def own(self) -> list[Key]:
        own = {at: self.cells[at] for at in own_keys(self.header)}
        return [
            Key(self.header, at, dict(zip(cells, cells, strict=True)))
            for at, cells in own.items()
            if cells and all(cells) and len(set(cells)) == len(cells)
        ]

    def named(self, keys: Keys) -> list[Key]:
        """Return the keys that are of this table, with the names of its rows."""
        own = [key for key in keys.all if key.header.path == self.header.path]
        if not own:
            return []
        rows = len(self.cells[own[0].at])
        mine = {key.at for key in own}
        taken = {
            at
            for at in candidates(self.header)
            if at not in mine and _target(keys, self.header, at, self.cells[at]) is not None
        }
        columns = {at: _column(cells) for at, cells in self.cells.items()}
        naming = naming_of(self.header, columns, rows, taken=taken)
        records = ({at: cells[row] for at, cells in self.cells.items()} for row in range(rows))
        names = [naming.name(record, number) for number, record in enumerate(records, start=1)]
        return [replace(key, names=dict(zip(key.names, names, strict=True))) for key in own]


def _target(keys: Keys, header: Header, at: int, cells: Sequence[str]) -> Key | None:
    references = References(keys)
    for cell in filter(None, cells):
        references.count(parts_of(cell))
    is_unique = all(cells) and len(set(cells)) == len(cells)
    return references.key(header, at, is_unique=is_unique)


def _column(cells: Sequence[str]) -> Column:
    column = Column(distinct=set())
    for cell in filter(None, cells):
        column.count(cell, parts_of(cell))
    return column


def _read(path: Path) -> _Table | None:
    """Return what may be keys and names in a file; None if it has none, or cannot be read, as its own load says."""
    with suppress(LoadError, tabular.RowError):
        header = _header(path)
        if header is not None and own_keys(header):
            wanted = {*own_keys(header), *header.naming, *candidates(header)}
            cells: dict[int, list[str]] = {at: [] for at in sorted(wanted)}
            with open_data(path, limits=Limits()) as stream:
                lines = _texts(read_lines(stream, path=path, limits=Limits()))
                for record in parse_records(lines, header, fail=_pass_over):
                    for at, kept in cells.items():
                        kept.append(record[at])
            return _Table(header, cells)
    return None


def _header(path: Path) -> Header | None:
    with open_data(path, limits=Limits(), separator=b"") as stream:
        head = stream.read(_HEAD_BYTES)
    format_ = detect(path, head)
    if format_.name not in ("csv", "tsv"):
        return None
    return find_header(head.decode("utf-8", errors="replace"), format_.separator, path=path, columns=None)


def _texts(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, str]]:
    for number, line in lines:
        with suppress(UnicodeDecodeError):
            yield number, line.decode("utf-8")


def _pass_over(_line: int, _reason: str) -> None:
    """Leave out a malformed row, of which the load of its own file will complain."""
