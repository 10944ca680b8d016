"""Rows of three names as RDF: `Inception|directed_by|Christopher Nolan`.

Names become IRIs with a label. Objects of a predicate are taken as numbers, dates or texts instead if nearly
all objects of that predicate in the file are.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

import pyoxigraph as ox

from kg.convert import OxTerm
from kg.types import RDFS_LABEL, XSD

__all__ = [
    "PREFIXES",
    "Kind",
    "Profile",
    "Row",
    "RowError",
    "csv_rows",
    "entity_iri",
    "has_roles",
    "is_number_or_date",
    "parse_rows",
    "predicate_words",
    "relation_iri",
    "triples_of",
]

PREFIXES = {"e": "urn:kbqa:entity:", "r": "urn:kbqa:relation:"}
ROLES = ("subject", "predicate", "object")
HEADERS = {
    **dict.fromkeys(("subject", "s", "head", "subj"), "subject"),
    **dict.fromkeys(("predicate", "p", "relation", "rel", "pred", "property"), "predicate"),
    **dict.fromkeys(("object", "o", "tail", "obj", "value"), "object"),
}
SAME_KIND = 0.99  # of a predicate's objects must be numbers (or dates) for all to be taken as such
LONG_TEXT = 60  # characters; names are rarely longer
MAX_NAME = 500  # characters; a longer object is a text, a longer subject or predicate a mistake
MAX_DIGITS = 18  # more is an identifier, and would not fit the store's integers

_LABEL = ox.NamedNode(RDFS_LABEL.value)
_INTEGER, _DECIMAL, _DOUBLE, _DATE, _BOOLEAN = (
    ox.NamedNode(XSD + kind) for kind in ("integer", "decimal", "double", "date", "boolean")
)
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?P<fraction>\.\d+)?(?P<exponent>[eE][+-]?\d{1,3})?", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SENTENCE = re.compile(r"\w[.!?]\s+\w+\s|[。！？]")
_KEPT = re.compile(r"[A-Za-z0-9.~-]|[^\W\x00-\x9f]")  # unreserved in IRIs; "_" is left to stand for a space
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

Fail = Callable[[int, str], None]
Kind: TypeAlias = Literal["name", "value", "text", "string", "boolean"]
"""What objects of a predicate are; a text may still be an IRI, a string is none whatever it looks like."""


class Row(NamedTuple):
    """One line: three names, never empty."""

    subject: str
    predicate: str
    object: str


class RowError(Exception):
    """A file has rows, but not the columns that it should have."""


@dataclass(slots=True)
class _Counts:
    objects: int = 0
    numbers: int = 0
    dates: int = 0
    long: int = 0
    sentences: int = 0

    def kind(self) -> Kind:
        if max(self.numbers, self.dates) >= SAME_KIND * self.objects > 0:
            return "value"
        return "text" if 2 * max(self.long, self.sentences) > self.objects else "name"


@dataclass(slots=True)
class Profile:
    """What the objects of each predicate of a file are; filled by `count`, then used by `triples`."""

    _predicates: dict[str, _Counts] = field(default_factory=lambda: defaultdict(_Counts))

    def count(self, row: Row) -> None:
        """Take one row into account."""
        text = row.object
        if _as_iri(text) is not None:
            return
        counts = self._predicates[row.predicate]
        counts.objects += 1
        counts.long += len(text) > LONG_TEXT
        if text[0] in "+-0123456789":
            counts.numbers += _NUMBER.fullmatch(text) is not None and len(text) <= MAX_DIGITS
            counts.dates += _is_date(text)
        else:
            counts.sentences += _SENTENCE.search(text) is not None

    def kinds(self) -> dict[str, Kind]:
        """Return what the objects of each predicate are."""
        return {predicate: counts.kind() for predicate, counts in self._predicates.items()}

    def triples(self, rows: Iterator[Row]) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, OxTerm]]:
        """Yield the triple of each row, and a label before the first use of each name."""
        return triples_of(rows, self.kinds())


def triples_of(
    rows: Iterator[Row], kinds: Mapping[str, Kind]
) -> Iterator[tuple[ox.NamedNode, ox.NamedNode, OxTerm]]:
    """Yield the triple of each row, and a label before the first use of each name.

    Args:
        rows: The rows.
        kinds: Predicate → what its objects are; names by default.
    """
    labelled: dict[str, set[str]] = {"e": set(), "r": set()}
    for row in rows:
        object_ = _object(row.object, kinds.get(row.predicate, "name"))
        named = [(row.subject, "e"), (row.predicate, "r")]
        if isinstance(object_, ox.NamedNode):
            named.append((row.object, "e"))
        for name, prefix in named:
            if name not in labelled[prefix]:
                labelled[prefix].add(name)
                if _as_iri(name) is None:
                    text = name if prefix == "e" else predicate_words(name)
                    yield _node(name, prefix), _LABEL, ox.Literal(text)
        yield _node(row.subject, "e"), _node(row.predicate, "r"), object_


def entity_iri(name: str) -> str:
    """Return the IRI of a thing by its name; different names have different IRIs.

    Letters and digits of all scripts stay readable, a space becomes "_", all else is percent-encoded.

    Example:
    >>> entity_iri("The Dark Knight (2008)"), entity_iri("贾演")
    ('urn:kbqa:entity:The_Dark_Knight_%282008%29', 'urn:kbqa:entity:贾演')
    """
    return PREFIXES["e"] + _encode(name)


def relation_iri(name: str) -> str:
    """Return the IRI of a predicate by its name.

    Here "_" stands for itself, since it is what predicates are usually written with.

    Example:
    >>> relation_iri("directed_by"), relation_iri("directed by")
    ('urn:kbqa:relation:directed_by', 'urn:kbqa:relation:directed%20by')
    """
    return PREFIXES["r"] + "_".join(_encode(part).replace("_", "%20") for part in name.split("_"))


def predicate_words(name: str) -> str:
    """Return a predicate's name as words.

    Example:
    >>> predicate_words("starred_actors"), predicate_words("birthPlace")
    ('starred actors', 'birth place')
    """
    words = _CAMEL.sub(" ", name.replace("_", " ")).split()
    split = len(words) > len(name.replace("_", " ").split())
    return " ".join(word.lower() if split and not word.isupper() else word for word in words) or name


def parse_rows(
    lines: Iterator[tuple[int, str]], separator: str, *, columns: Sequence[str] | None, fail: Fail
) -> Iterator[Row]:
    """Yield the rows of a file.

    Args:
        lines: Numbered lines.
        separator: "," for CSV with its quoting, else the character between the cells.
        columns: What each column is, of "subject", "predicate", "object" or any other word for one to be
            ignored; None to go by the header, or the first three where there is none.
        fail: Called with the line and the reason for every malformed line, which is then left out.

    Raises:
        RowError: If there is no such choice of columns.
    """
    rows = csv_rows(lines, separator, fail) if separator == "," else _split_rows(lines, separator)
    order: tuple[int, int, int] | None = _order(columns) if columns is not None else None
    for number, cells in rows:
        if not any(cells):
            continue
        if order is None:
            order, is_header = _first_row(cells, separator)
            if is_header:
                continue
        row = _row(cells, order, exact=columns is None and order == (0, 1, 2), separator=separator)
        if isinstance(row, str):
            fail(number, row)
        else:
            yield row


def _first_row(cells: list[str], separator: str) -> tuple[tuple[int, int, int], bool]:
    if separator != "|" and has_roles(cells):
        return _order(cells), True
    return (0, 1, 2), False


def has_roles(cells: Sequence[str]) -> bool:
    """Return whether a row is the header of a table of triples."""
    names = [HEADERS.get(cell.lower(), "") for cell in cells]
    return all(names.count(role) == 1 for role in ROLES)


def _order(columns: Sequence[str]) -> tuple[int, int, int]:
    names = [HEADERS.get(column.lower(), "") for column in columns]
    if not has_roles(columns):
        raise RowError(
            "columns must name subject, predicate and object once each, or each column of a table of things, "
            f"got {tuple(columns)}"
        )
    return names.index("subject"), names.index("predicate"), names.index("object")


def _row(cells: list[str], order: tuple[int, int, int], *, exact: bool, separator: str) -> Row | str:
    """Return the row, or what is wrong with it."""
    if exact and len(cells) == len(ROLES):
        subject, predicate, object_ = cells
        plain = subject and predicate and object_ and len(subject) <= MAX_NAME and len(predicate) <= MAX_NAME
        if plain and "<" not in (subject[0], predicate[0], object_[0]) and not is_number_or_date(predicate):
            return Row(subject, predicate, object_)  # the usual case, at half the cost
    if len(cells) <= max(order) or (exact and len(cells) != len(ROLES)):
        hint = "; name the columns to use others, or each once in a header" if len(cells) > len(ROLES) else ""
        return f"has {len(cells)} cells between {separator!r}, not 3{hint}"
    row = Row(cells[order[0]], cells[order[1]], cells[order[2]])
    for role, name in zip(ROLES, row, strict=True):
        if not name:
            return f"has an empty {role}"
        if role != "object" and len(name) > MAX_NAME:
            return f"has a {role} of {len(name):,} characters; the limit is {MAX_NAME}"
        if name[0] == "<" and name[-1] == ">" and len(name) > 2 and _as_iri(name) is None and ":" in name:
            return f"has a {role} that is not a valid IRI: {name[:100]}"
    if is_number_or_date(row.predicate):
        return f"has a number as predicate: {row.predicate}; name the columns if their order is another"
    return row


@lru_cache(maxsize=1 << 10)
def is_number_or_date(name: str) -> bool:
    """Return whether a cell is written as numbers or dates are."""
    return _NUMBER.fullmatch(name) is not None or _is_date(name)


def _split_rows(lines: Iterator[tuple[int, str]], separator: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in lines:
        yield number, [cell.strip() for cell in line.split(separator)]


def csv_rows(lines: Iterator[tuple[int, str]], separator: str, fail: Fail) -> Iterator[tuple[int, list[str]]]:
    """Yield the cells of each row of a file in which cells may be quoted, with the number of its last line.

    Args:
        lines: Numbered lines.
        separator: The character between the cells.
        fail: Called with the line and the reason for every malformed row, which is then left out.
    """
    current = 0

    def texts() -> Iterator[str]:
        nonlocal current
        for number, line in lines:
            current = number
            yield line + "\n"

    reader = csv.reader(texts(), delimiter=separator, strict=True)
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            fail(current, f"is not valid CSV: {error}")
            continue
        if cells is None:
            return
        yield current, [cell.strip() for cell in cells]


def _object(name: str, kind: Kind) -> OxTerm:
    if kind == "string":
        return ox.Literal(name)
    iri = _as_iri(name)
    if iri is not None:
        return iri
    if kind == "boolean":
        return ox.Literal(name, datatype=_BOOLEAN)
    if kind == "value":
        return _value(name)
    if kind == "text" or len(name) > MAX_NAME:
        return ox.Literal(name)
    return _node(name, "e")


def _value(text: str) -> ox.Literal:
    number = _NUMBER.fullmatch(text)
    if number and len(text) <= MAX_DIGITS:
        if number["exponent"]:
            return ox.Literal(text, datatype=_DOUBLE)
        return ox.Literal(text, datatype=_DECIMAL if number["fraction"] else _INTEGER)
    return ox.Literal(text, datatype=_DATE) if _is_date(text) else ox.Literal(text)


def _is_date(text: str) -> bool:
    if not _ISO_DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1 << 16)
def _node(name: str, prefix: str) -> ox.NamedNode:
    return _as_iri(name) or ox.NamedNode(entity_iri(name) if prefix == "e" else relation_iri(name))


def _as_iri(name: str) -> ox.NamedNode | None:
    """Return the IRI that a cell is, written in full or in angle brackets; None if it is a name."""
    if name.startswith("<") and name.endswith(">"):
        name = name[1:-1]
    elif not name.startswith(("http://", "https://")):
        return None
    try:
        return ox.NamedNode(name)
    except ValueError:
        return None


def _encode(name: str) -> str:
    return "".join(_encode_character(character) for character in name)


@lru_cache(maxsize=1 << 14)
def _encode_character(character: str) -> str:
    if character == " ":
        return "_"
    if _KEPT.fullmatch(character):
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8"))
