"""Write the Turtle file of the bundled world from the hand-written tables beside this module.

A table is tab-separated text with a header line; several values in one cell are separated by semicolons.
`vocabulary.tsv` names the classes and predicates. Every other table has the column `id` (the local part of
the IRI), and any number of columns named after predicates. A table that a class in the vocabulary names in its column
`table` defines the entities of this class and has the columns of names too: `en`, `zh`, `aliases_en`,
`aliases_zh`. The other tables only add facts to entities defined elsewhere.

Run `python -m kbqa.world.make_graph` after changing a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from kg.errors import LoadError

__all__ = ["NAMESPACE", "make_graph"]

NAMESPACE = "https://example.org/kbqa/world/"
TABLES = Path(__file__).with_name("tables")
OUTPUT = Path(__file__).with_name("data") / "world.ttl"

VOCABULARY = "vocabulary.tsv"
NAME_COLUMNS = frozenset({"en", "zh", "aliases_en", "aliases_zh"})
LOCAL_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
NUMBERS = {"integer": re.compile(r"[0-9]+"), "number": re.compile(r"[0-9]+(\.[0-9]+)?")}
DATATYPES = {"integer": "xsd:integer", "number": "xsd:decimal", "string": "xsd:string", "date": "xsd:date"}
HEADER = f"""\
# Made by kbqa/world/make_graph.py from kbqa/world/tables: change the tables, not this file.
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix w: <{NAMESPACE}> .
"""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of a table; `cells` maps each column to its text."""

    path: Path
    line: int
    cells: Mapping[str, str]

    def error(self, reason: str) -> LoadError:
        return LoadError(str(self.path), self.line, reason)

    def values(self, column: str) -> list[str]:
        """Return the values of a cell in the order written; empty where the cell or column is."""
        return [value.strip() for value in self.cells.get(column, "").split(";") if value.strip()]

    def one(self, column: str) -> str:
        """Return the cell of a column that may not be empty."""
        text = self.cells.get(column, "").strip()
        if not text:
            raise self.error(f"column {column!r} is empty: fill it in")
        return text


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """The classes by their table's file name, and the row of each predicate by its name."""

    rows: Sequence[_Row]
    classes: Mapping[str, str]
    predicates: Mapping[str, _Row]


def make_graph(tables: Path = TABLES, *, output: Path = OUTPUT) -> int:
    """Write the tables as one Turtle file and return the number of its entities.

    The file depends on the tables only: the same tables give the same bytes.

    Args:
        tables: Folder of the .tsv files.
        output: The file to write; its folder is made where it is missing.

    Returns:
        How many entities it describes; classes and predicates are not counted.

    Raises:
        LoadError: If a table breaks the rules in the module's docstring, names an unknown entity or gives a
            value of the wrong kind; it says the file and line.

    Example:
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     count = make_graph(output=Path(folder) / "world.ttl")
    >>> count > 900
    True
    """
    vocabulary = _read_vocabulary(tables / VOCABULARY)
    rows = [
        row for path in sorted(tables.glob("*.tsv")) if path.name != VOCABULARY for row in _read_table(path)
    ]
    classes = _entity_classes(rows, vocabulary)
    blocks = _entity_blocks(rows, vocabulary, classes)
    parts = [HEADER, *map(_vocabulary_block, vocabulary.rows), *blocks]
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("\n".join(parts), encoding="utf-8", newline="\n")
    return len(blocks)


def _read_table(path: Path) -> Iterator[_Row]:
    """Yield the rows of a table in order; empty lines are skipped."""
    columns: list[str] | None = None
    for line, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        cells = text.split("\t")
        if columns is None:
            columns = cells
        elif len(cells) != len(columns):
            raise LoadError(str(path), line, f"has {len(cells)} cells where the header has {len(columns)}")
        elif text.strip():
            row = _Row(path, line, dict(zip(columns, cells, strict=True)))
            if not LOCAL_NAME.fullmatch(row.one("id")):
                raise row.error(f"id {row.one('id')!r}: use ASCII letters, digits and underscores only")
            yield row


def _read_vocabulary(path: Path) -> _Vocabulary:
    rows = list(_read_table(path))
    for row in rows:
        if row.one("kind") not in ("class", "predicate"):
            raise row.error(f"kind {row.one('kind')!r} is neither 'class' nor 'predicate'")
    classes = {f"{row.one('table')}.tsv": row.one("id") for row in rows if row.one("kind") == "class"}
    predicates = {row.one("id"): row for row in rows if row.one("kind") == "predicate"}
    for row in predicates.values():
        if row.one("range") not in (*classes.values(), *DATATYPES):
            raise row.error(
                f"range {row.one('range')!r} is neither a class nor one of {', '.join(DATATYPES)}"
            )
    return _Vocabulary(rows, classes, predicates)


def _entity_classes(rows: Iterable[_Row], vocabulary: _Vocabulary) -> dict[str, str]:
    """Return the class of each entity by its id, in the order of the tables."""
    taken = {row.one("id") for row in vocabulary.rows}
    classes: dict[str, str] = {}
    for row in rows:
        entity_id = row.one("id")
        if row.path.name not in vocabulary.classes:
            continue
        if entity_id in taken or entity_id in classes:
            raise row.error(f"id {entity_id!r} is already taken: choose another")
        classes[entity_id] = vocabulary.classes[row.path.name]
    return classes


def _entity_blocks(rows: Iterable[_Row], vocabulary: _Vocabulary, classes: Mapping[str, str]) -> list[str]:
    """Return the Turtle block of each entity, in the order of `classes`."""
    facts: dict[str, dict[str, None]] = {
        entity_id: {f"a w:{entity_class}": None} for entity_id, entity_class in classes.items()
    }
    for row in rows:
        if row.one("id") not in classes:
            raise row.error(f"id {row.one('id')!r} is defined in no table of a class")
        if row.path.name in vocabulary.classes:
            facts[row.one("id")].update(dict.fromkeys(_names(row)))
        for subject, fact in _facts(row, vocabulary, classes):
            facts[subject][fact] = None
    return [_block(entity_id, own) for entity_id, own in facts.items()]


def _facts(row: _Row, vocabulary: _Vocabulary, classes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the facts of a row as (subject id, "predicate object"), both directions of symmetric ones."""
    subject = row.one("id")
    for column in row.cells:
        if column == "id" or column in NAME_COLUMNS:
            continue
        if column not in vocabulary.predicates:
            raise row.error(f"column {column!r} is not a predicate of {VOCABULARY}")
        predicate = vocabulary.predicates[column]
        _check_domain(row, predicate, classes[subject])
        for value in row.values(column):
            yield subject, f"w:{column} {_object(row, predicate, value, classes)}"
            if predicate.values("symmetric"):
                yield value, f"w:{column} w:{subject}"


def _check_domain(row: _Row, predicate: _Row, entity_class: str) -> None:
    domain = predicate.values("domain")
    if domain and entity_class not in domain:
        raise row.error(f"{predicate.one('id')!r} is for {domain[0]}, not for {entity_class}")


def _object(row: _Row, predicate: _Row, value: str, classes: Mapping[str, str]) -> str:
    """Return a value as Turtle after checking it against the predicate's range."""
    kind = predicate.one("range")
    if kind == "string":
        return _quoted(value)
    if kind == "date":
        return f'"{_checked_date(row, value)}"^^xsd:date'
    if kind in NUMBERS:
        if not NUMBERS[kind].fullmatch(value):
            raise row.error(f"{predicate.one('id')} {value!r} is not a plain {kind}")
        return value
    if classes.get(value) != kind:
        raise row.error(
            f"{predicate.one('id')} {value!r} is not an entity of class {kind}: add it to its table"
        )
    return f"w:{value}"


def _checked_date(row: _Row, value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat()
    except ValueError as error:
        raise row.error(f"date {value!r} is not of the form YYYY-MM-DD") from error


def _names(row: _Row) -> Iterator[str]:
    """Yield the label and aliases of a row as "predicate object", English first."""
    for language in ("en", "zh"):
        yield f"rdfs:label {_quoted(row.one(language))}@{language}"
        for alias in row.values(f"aliases_{language}"):
            yield f"skos:altLabel {_quoted(alias)}@{language}"


def _vocabulary_block(row: _Row) -> str:
    """Return the Turtle block that declares a class or predicate."""
    if row.one("kind") == "class":
        return _block(row.one("id"), ["a rdfs:Class", *_names(row)])
    value_range = row.one("range")
    statements = ["a rdf:Property", *_names(row)]
    statements += [f"rdfs:domain w:{domain}" for domain in row.values("domain")]
    statements.append(f"rdfs:range {DATATYPES.get(value_range, f'w:{value_range}')}")
    statements += [f"w:unit {_quoted(unit)}" for unit in row.values("unit")]
    return _block(row.one("id"), statements)


def _block(local_name: str, statements: Iterable[str]) -> str:
    return f"w:{local_name} " + " ;\n    ".join(statements) + " .\n"


def _quoted(text: str) -> str:
    """Return a Turtle string literal; tables cannot hold line breaks, so two characters need escaping."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


if __name__ == "__main__":
    make_graph()
