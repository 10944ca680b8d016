"""Whether a table begins with a header, and which of its columns name the rows."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from kg import tabular
from kg.cells import is_value, mostly
from kg.ordinary import singular
from kg.tabular import ROLES, RowError, predicate_words

__all__ = [
    "Header",
    "candidates",
    "find_header",
    "is_key",
    "is_name",
    "is_table",
    "key_stem",
    "own_keys",
    "tables_in",
    "without_key",
    "words_of",
]

SEPARATORS = (",", ";", "\t")
MAX_HEADER = 60  # characters; a longer cell is no name of a column
ROWS_LOOKED_AT = 200
FEWEST_ROWS = 2  # that show what the columns of a table of three are
ROWS_OF_NAMES = 10  # that show it where all cells are names
MAX_FILES = 1_000  # of a folder; in a fuller one no table is looked for beside another

_NAMES = frozenset("name title label 名称 姓名 名字 名 标题 题目 全名".split()) | {"full name"}
_GIVEN = frozenset(("first name", "given name", "firstname", "forename"))
_FAMILY = frozenset(("last name", "family name", "lastname", "surname"))
_KEYS = frozenset(
    "id key code no nr number sku isbn uuid 编号 代码 编码 序号 学号 工号 货号 单号 订单号".split()
)
_KEY_ENDS = ("编号", "代码", "编码", "号码", "号")
_TABLES = tuple(end + packed for end in (".csv", ".tsv") for packed in ("", ".gz"))
_ROLE_WORDS = frozenset("主语 主体 谓语 谓词 宾语 客体 头实体 关系 尾实体".split())
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
        path: The file, beside which other tables may be; None where the user calls the columns.
    """

    names: tuple[str, ...]
    separator: str
    thing: str
    naming: tuple[int, ...] = ()
    unnamed: int = 0
    path: Path | None = field(default=None, repr=False, compare=False)

    def stands_in(self, cells: Sequence[str]) -> bool:
        """Return whether a row is this header."""
        return _trimmed(cells) == list(self.names)


def find_header(head: str, separator: str, *, path: Path, columns: Sequence[str] | None) -> Header | None:
    r"""Return the header of a table of things, None for a table of triples.

    A table of three columns is one of triples, unless the first is called as columns of names are ("name",
    "product_id", "编号") or as the rows of a table in the folder are, or the other two do not hold what predicates
    and objects are: values below a word, codes, or ever other names.

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
                return _header(columns, tried, path, unnamed=0, alone=True)
            continue
        if tabular.has_roles(names):
            return None
        if _is_header(names, rows[1:], path):
            return _header(names, tried, path, unnamed=len(rows[0]) - len(names))
        if tried == separator and len(rows[0]) == len(ROLES):
            return None
    return None


def candidates(header: Header) -> tuple[int, ...]:
    """Return the columns that name the rows if their values tell them apart, likeliest first."""
    if header.naming:
        return ()
    words = [words_of(name) for name in header.names]
    same = [at for at, text in enumerate(words) if text in (header.thing, _key_of(words[0]))]
    named = [at for at, text in enumerate(words) if _name_of(text)]
    return tuple(dict.fromkeys((*same, *named, 0, *own_keys(header))))


def own_keys(header: Header) -> tuple[int, ...]:
    """Return the columns that are called as the keys of a table's own rows.

    >>> own_keys(Header(("Country Code", "name", "id", "person no", "tax code"), ",", "person"))
    (0, 2, 3)
    """
    stems = [key_stem(name) for name in header.names]
    own = (
        at for at, stem in enumerate(stems) if stem is not None and (at == 0 or stem in ("", header.thing))
    )
    return tuple(own)


def is_name(column: str) -> bool:
    """Return whether a column is called as one of names, whatever is named."""
    return words_of(column) in _NAMES


def is_key(column: str) -> bool:
    """Return whether a column is called as one of numbers or codes that tell things apart.

    >>> [is_key(column) for column in ("sku", "order_no", "customerId", "产品编号", "city")]
    [True, True, True, True, False]
    """
    words = words_of(column)
    return words.endswith("编号") or words.rpartition(" ")[2] in _KEYS


def without_key(column: str) -> str | None:
    """Return what a column of keys is called without the word that says so, None for other columns.

    >>> [without_key(column) for column in ("Project No.", "customerId", "客户编号", "id", "casino")]
    ['Project', 'customer', '客户', '', None]
    """
    words = predicate_words(column).replace(".", " ").split()
    if words and words[-1].casefold() in _KEYS:
        return " ".join(words[:-1])
    end = next((end for end in _KEY_ENDS if column.endswith(end)), None)
    return None if end is None else column.removesuffix(end).strip()


def key_stem(column: str) -> str | None:
    """Return whose keys a column holds, as `words_of` has it: "" where it does not say, None for other columns."""
    stem = without_key(column)
    return None if stem is None else words_of(stem)


def words_of(column: str) -> str:
    """Return what a column is called, in small words.

    >>> words_of("launchDate"), words_of("Order_No."), words_of("Order-Line")
    ('launch date', 'order no', 'order line')
    """
    return " ".join(predicate_words(column).replace(".", " ").replace("-", " ").casefold().split())


def is_table(path: Path) -> bool:
    """Return whether a file is called as tables are."""
    return path.name.lower().endswith(_TABLES) and path.name[0] != "."


def tables_in(folder: Path) -> list[Path]:
    """Return the files of a folder that are called as tables are, none of a very full one."""
    try:
        files = list(islice(folder.iterdir(), MAX_FILES + 1))
    except OSError:
        return []
    if len(files) > MAX_FILES:
        return []
    # To open a pipe would wait for ever.
    return sorted(file for file in files if is_table(file) and file.is_file())


def _header(names: Sequence[str], separator: str, path: Path, *, unnamed: int, alone: bool = False) -> Header:
    thing = _thing(path)
    naming = _naming(names, thing)
    return Header(tuple(names), separator, thing, naming, unnamed, None if alone else path)


def _naming(names: Sequence[str], thing: str) -> tuple[int, ...]:
    words = [words_of(name) for name in names]
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


def _is_header(names: list[str], below: Sequence[Sequence[str]], path: Path) -> bool:
    if len(names) < 2 or not all(map(_is_column_name, names)):
        return False
    is_named = _can_name(names[0])
    twice = next((name for at, name in enumerate(names) if name in names[:at]), "")
    if twice and is_named and len(names) != len(ROLES):
        raise RowError(f"has two columns called {twice!r} in its header; give each its own name")
    if twice or len(names) != len(ROLES):
        return not twice and (is_named or len(names) > len(ROLES) or _is_of_a_table(names[0], path))
    predicates = {row[1] for row in below if len(row) > 1}
    if names[1] in predicates or any(
        name.lower() in tabular.HEADERS or name in _ROLE_WORDS for name in names
    ):
        return False
    return is_named or _is_of_things(names, [row for row in below if len(row) == len(ROLES)], path)


def _is_of_things(names: Sequence[str], rows: Sequence[Sequence[str]], path: Path) -> bool:
    """Return whether a table of three columns, none of which is called as one of names, is no table of triples."""
    columns = tuple(zip(*rows, strict=True)) if len(rows) >= FEWEST_ROWS else ()
    if not columns or any(name in cells for name, cells in zip(names, columns, strict=True)):
        return False
    if _is_of_a_table(names[0], path):
        return True
    if any(map(_has_digit, names)):
        return False  # in triples of identifiers, such as Q42 and P31, the first line may look like this one
    _, middle, last = columns
    if mostly(is_value, last) or mostly(is_value, middle) or mostly(_has_digit, middle):
        return True
    return len(rows) >= ROWS_OF_NAMES and mostly(_is_capital, middle) and _are_many(middle)


def _is_of_a_table(column: str, path: Path) -> bool:
    """Return whether a column is called as the rows of a table in the folder, or as their keys."""
    stem = without_key(column)
    return words_of(column if stem is None else stem) in map(_thing, tables_in(path.parent))


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))


def _is_capital(text: str) -> bool:
    return text[0].isupper()


def _are_many(cells: Collection[str]) -> bool:
    return 2 * len(set(cells)) > len(cells)


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
    words = words_of(column)
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
