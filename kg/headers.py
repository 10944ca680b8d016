"""Whether a table begins with a header, and which of its columns name the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from kg import tabular
from kg.ordinary import singular
from kg.tabular import ROLES, RowError, predicate_words

__all__ = ["Header", "candidates", "find_header", "is_key", "is_name"]

SEPARATORS = (",", ";", "\t")
MAX_HEADER = 60  # characters; a longer cell is no name of a column
ROWS_LOOKED_AT = 200

_NAMES = frozenset("name title label 名称 姓名 名字 名 标题 题目 全名".split()) | {"full name"}
_GIVEN = frozenset(("first name", "given name", "firstname", "forename"))
_FAMILY = frozenset(("last name", "family name", "lastname", "surname"))
_KEYS = frozenset(
    "id key code no nr number sku isbn uuid 编号 代码 编码 序号 学号 工号 货号 单号 订单号".split()
)
_OF_A_PART = frozenset("first last given family middle user nick file host domain".split())


@dataclass(frozen=True, slots=True)
class Header:
    """What the columns of a table are called.

    Attributes:
        names: Of the columns, in order.
        separator: What stands between the cells.
        thing: What a row is one of, e.g. "product".
        naming: The columns that name the rows by what they are called; none where the values decide.
        unnamed: How many columns without name or cells follow.
    """

    names: tuple[str, ...]
    separator: str
    thing: str
    naming: tuple[int, ...] = ()
    unnamed: int = 0

    def stands_in(self, cells: Sequence[str]) -> bool:
        """Return whether a row is this header."""
        return _trimmed(cells) == list(self.names)


def find_header(head: str, separator: str, *, path: Path, columns: Sequence[str] | None) -> Header | None:
    r"""Return the header of a table of things, None for a table of triples.

    A table of three columns is one of triples, unless the first is called as columns of names are ("name",
    "product_id", "编号") and the second holds nothing twice that the first line has, as predicates would be.

    Args:
        head: The first lines of the file.
        separator: What the format has between the cells; others are tried where it makes no header.
        path: The file, whose name says what its rows are.
        columns: What the user calls the columns, with a header in the file or without; "subject", "predicate"
            or "object" make it a table of triples.

    Raises:
        RowError: If two columns have the same name.

    Example:
    >>> find_header("name;born\nAda;1815\n", ",", path=Path("people_2024.csv"), columns=None)
    Header(names=('name', 'born'), separator=';', thing='person', naming=(0,), unnamed=0)
    >>> find_header("Ada,born,1815\n", ",", path=Path("people.csv"), columns=None)
    """
    if columns is not None and any(name.lower() in tabular.HEADERS for name in columns):
        return None
    for tried in dict.fromkeys((separator, *SEPARATORS)):
        rows = _first_rows(head, tried)
        if not rows:
            return None
        names = _trimmed(rows[0])
        if columns is not None:
            if len(columns) == len(rows[0]) and _are_names(columns):
                return _header(columns, tried, path, unnamed=0)
            continue
        if tabular.has_roles(names):
            return None
        if _is_header(names, rows[1:]):
            return _header(names, tried, path, unnamed=len(rows[0]) - len(names))
        if tried == separator and len(rows[0]) == len(ROLES):
            return None
    return None


def candidates(header: Header) -> tuple[int, ...]:
    """Return the columns that name the rows if their values tell them apart, likeliest first."""
    if header.naming:
        return ()
    words = [_words(name) for name in header.names]
    same = [at for at, text in enumerate(words) if text in (header.thing, _key_of(words[0]))]
    named = [at for at, text in enumerate(words) if _name_of(text)]
    return tuple(dict.fromkeys((*same, *named, 0)))


def is_name(column: str) -> bool:
    """Return whether a column is called as one of names, whatever is named."""
    return _words(column) in _NAMES


def is_key(column: str) -> bool:
    """Return whether a column is called as one of numbers or codes that tell things apart.

    >>> [is_key(column) for column in ("sku", "order_no", "customerId", "产品编号", "city")]
    [True, True, True, True, False]
    """
    words = _words(column)
    return words.endswith("编号") or words.rpartition(" ")[2] in _KEYS


def _header(names: Sequence[str], separator: str, path: Path, *, unnamed: int) -> Header:
    thing = _thing(path)
    return Header(tuple(names), separator, thing, _naming(names, thing), unnamed)


def _naming(names: Sequence[str], thing: str) -> tuple[int, ...]:
    words = [_words(name) for name in names]
    for at, text in enumerate(words):
        if text in _NAMES:
            return (at,)
    given, family = (
        next((at for at, text in enumerate(words) if text in of), -1) for of in (_GIVEN, _FAMILY)
    )
    if min(given, family) >= 0:
        return (given, family)
    for at, text in enumerate(words):
        named = _name_of(text)
        if named and (at == 0 or named in (thing, _key_of(words[0]))):
            return (at,)
    return ()


def _is_header(names: list[str], below: Sequence[Sequence[str]]) -> bool:
    if len(names) < 2 or not all(map(_is_column_name, names)):
        return False
    is_named = _can_name(names[0])
    twice = next((name for at, name in enumerate(names) if name in names[:at]), "")
    if twice and is_named and len(names) != len(ROLES):
        raise RowError(f"has two columns called {twice!r} in its header; give each its own name")
    if twice or len(names) != len(ROLES):
        return not twice and (is_named or len(names) > len(ROLES))
    predicates = {row[1] for row in below if len(row) > 1}
    has_role = any(name.lower() in tabular.HEADERS for name in names)
    return is_named and names[1] not in predicates and not has_role


def _are_names(columns: Sequence[str]) -> bool:
    return len(columns) > 1 and all(map(_is_column_name, columns)) and len(set(columns)) == len(columns)


def _is_column_name(cell: str) -> bool:
    """Return whether a cell of the first line may be the name of a column: no number, text, or address."""
    return (
        0 < len(cell) <= MAX_HEADER
        and any(map(str.isalpha, cell))
        and cell[0] not in "<+-.0123456789"
        and "://" not in cell
        and "@" not in cell
    )


def _can_name(column: str) -> bool:
    words = _words(column)
    return words in _NAMES | _GIVEN | _FAMILY or bool(_name_of(words)) or is_key(column)


def _name_of(words: str) -> str:
    """Return whose names a column holds, "" where it holds none.

    >>> _name_of("product name"), _name_of("学生姓名"), _name_of("first name"), _name_of("price")
    ('product', '学生', '', '')
    """
    for end in (" name", "名称", "姓名"):
        if words.endswith(end):
            named = words.removesuffix(end)
            return "" if named.rpartition(" ")[2] in _OF_A_PART else named
    return ""


def _key_of(words: str) -> str:
    """Return whose keys a column holds, "" where it does not say.

    >>> _key_of("order no"), _key_of("产品编号"), _key_of("id")
    ('order', '产品', '')
    """
    before, _, last = words.rpartition(" ")
    return before if last in _KEYS else words.removesuffix("编号") if words.endswith("编号") else ""


def _words(column: str) -> str:
    return " ".join(predicate_words(column).replace(".", " ").casefold().split())


def _trimmed(cells: Sequence[str]) -> list[str]:
    """Return cells without the empty ones at the end."""
    width = max((at for at, cell in enumerate(cells, start=1) if cell), default=0)
    return list(cells[:width])


def _first_rows(head: str, separator: str) -> list[list[str]]:
    lines = enumerate(head.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"))
    rows = (cells for _, cells in tabular.csv_rows(lines, separator, _pass_over) if any(cells))
    return list(islice(rows, ROWS_LOOKED_AT))


def _pass_over(_line: int, _reason: str) -> None:
    """Leave out a row, of which the reading proper will complain."""


def _thing(path: Path) -> str:
    """Return what the rows of a file are, by its name.

    >>> [_thing(Path(name)) for name in ("products.csv", "Order-Lines_2024.tsv.gz", "产品.csv", "2024.csv")]
    ['product', 'order line', '产品', '2024']
    """
    name = path.name.removesuffix(".gz")
    stem = Path(name).stem
    words = [word for word in re.split(r"[\W_]+", predicate_words(stem).lower()) if word]
    kept = [word for word in words if not word.isdigit()] or words or ["row"]
    return " ".join((*kept[:-1], singular(kept[-1])))
