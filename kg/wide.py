"""Ordinary tables as RDF: a row is a thing, a column a property, the header its names.

    name,category,weight_kg            in products.csv
    Alpina Tent,Tents,2.4

says `e:Alpina_Tent a c:product ; r:category e:Tents ; r:weight_kg 2.4`, all with labels. A table becomes rows
of `kg.tabular`, so that a name in it means what the same name means in any other table. A cell that is the key
of a row, of this table or of another in its folder, means that row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import pyoxigraph as ox

from kg import tabular
from kg.cells import Column, is_date_time, parts_of, truth
from kg.headers import Header, candidates, own_keys, without_key, words_of
from kg.rows import Key, Naming, Record, References, keys_beside, naming_of, parse_records
from kg.store import OxTriple
from kg.tabular import Kind, Row
from kg.types import RDF_TYPE, RDFS_LABEL, XSD

__all__ = ["PREFIXES", "Profile", "Record", "parse_records"]

PREFIXES: Mapping[str, str] = {**tabular.PREFIXES, "c": "urn:kbqa:class:"}

_TYPE, _LABEL = f"<{RDF_TYPE.value}>", f"<{RDFS_LABEL.value}>"
_CLASS = "<http://www.w3.org/2000/01/rdf-schema#Class>"
_UNIT = "<https://schema.org/unitText>"
_DATE_TIME = ox.NamedNode(XSD + "dateTime")


class _Property(NamedTuple):
    """What a column says of a row.

    Attributes:
        relation: The name of the relation.
        kind: What is at its other end.
        said: A cell → what it says, "" for one that is not of that kind, which stays a text.
        unit: Of numbers, "" where the cells have none.
    """

    relation: str
    kind: Kind
    said: Callable[[str], str]
    unit: str = ""

    def row(self, name: str, text: str) -> Row:
        said = self.said(text)
        return Row(name, self.relation, said) if said else Row(name, self.written_out(), text)

    def written_out(self) -> str:
        """Return the relation's IRI: another spelling of it, under which `kg.tabular` knows no kind but texts."""
        return f"<{tabular.relation_iri(self.relation)}>"


@dataclass(slots=True)
class Profile:
    """What the columns of a table are; filled by `count`, then used by `triples`."""

    header: Header
    _rows: int = 0
    _columns: list[Column] = field(init=False)
    _references: list[References] = field(init=False)

    def __post_init__(self) -> None:
        keys = keys_beside(self.header.path)
        self._columns = [Column() for _ in self.header.names]
        self._references = [References(keys) for _ in self.header.names]
        for at in {*candidates(self.header), *own_keys(self.header)}:
            self._columns[at].distinct = set()

    def count(self, record: Record) -> None:
        """Take one row into account."""
        self._rows += 1
        for at, cell in enumerate(record):
            if cell:
                parts = parts_of(cell)
                self._columns[at].count(cell, parts)
                self._references[at].count(parts)

    def statements(self) -> int:
        """Return how many statements `triples` makes of what was counted; labels, units and the class left out."""
        columns = [self._columns[at] for at in self._stated(self._naming(self._keys()))]
        return self._rows + sum(column.parts if column.is_split() else column.cells for column in columns)

    def triples(self, records: Iterator[Record]) -> Iterator[OxTriple]:
        """Yield the triples of each row, and a label before the first use of each name."""
        if not self._rows:
            return
        keys = self._keys()
        naming = self._naming(keys)
        properties = {at: self._property(at, keys.get(at), naming) for at in self._stated(naming)}
        kinds: dict[str, Kind] = {said.relation: said.kind for said in properties.values()}
        texts: dict[str, Kind] = {said.written_out(): "string" for said in properties.values()}
        rows = self._facts(records, naming, properties)
        found = tabular.triples_of(rows, {**kinds, **texts, _LABEL: "string", _UNIT: "string"})
        yield from _with_times(found, [name for name, kind in kinds.items() if kind == "value"])

    def _facts(
        self, records: Iterator[Record], naming: Naming, properties: Mapping[int, _Property]
    ) -> Iterator[Row]:
        header = self.header
        class_ = f"<{PREFIXES['c']}{tabular.entity_iri(header.thing).removeprefix(PREFIXES['e'])}>"
        yield Row(class_, _TYPE, _CLASS)
        yield Row(class_, _LABEL, header.thing)
        for said in properties.values():
            if said.unit:
                yield Row(said.written_out(), _UNIT, said.unit)
        for number, record in enumerate(records, start=1):
            name = naming.name(record, number)
            yield Row(name, _TYPE, class_)
            for at, said in properties.items():
                for text in self._values(at, record[at]):
                    yield said.row(name, text)

    def _values(self, at: int, cell: str) -> Sequence[str]:
        return parts_of(cell) if self._columns[at].is_split() else [cell] if cell else []

    def _keys(self) -> dict[int, Key]:
        """Return the columns whose cells are keys of rows, and which these are."""
        found: dict[int, Key] = {}
        for at, references in enumerate(self._references):
            key = references.key(self.header, at, is_unique=self._tells_apart(at))
            if key is not None and at not in self.header.naming and self._columns[at].kind() != "boolean":
                found[at] = key
        return found

    def _tells_apart(self, at: int) -> bool:
        column = self._columns[at]
        return column.distinct is not None and column.cells == self._rows

    def _naming(self, keys: Collection[int]) -> Naming:
        return naming_of(self.header, dict(enumerate(self._columns)), self._rows, taken=keys)

    def _stated(self, naming: Naming) -> list[int]:
        """Return the columns that are properties: all but one that is nothing but the name."""
        named = naming.columns if len(naming.columns) == 1 and not naming.prefixed else ()
        return [at for at in range(len(self.header.names)) if at not in named]

    def _property(self, at: int, key: Key | None, naming: Naming) -> _Property:
        name, column = self.header.names[at], self._columns[at]
        kind = column.kind()
        if key is not None:
            return _Property(self._relation(at, key), "name", _row_named(key.names))
        if kind == "boolean":
            return _Property(name, kind, truth)
        if kind == "name" and at in own_keys(self.header) and self._tells_apart(at):
            return _Property(name, "string", str)
        reading = column.reading() if kind == "value" else None
        if reading is None or column.is_plain():
            return _Property(name, kind, str)
        return _Property(name, kind, *reading)

    def _relation(self, at: int, key: Key) -> str:
        """Return what a column of keys is called without the word for keys, unless another column is called so."""
        names = self.header.names
        short = without_key(names[at])
        if short is None:
            return names[at]
        short = short or key.header.thing
        others = {words_of(name) for name in names if name != names[at]}
        return names[at] if words_of(short) in others else short


def _row_named(names: Mapping[str, str]) -> Callable[[str], str]:
    """Return what finds the name of a row by its key, or by that name itself."""
    called = frozenset(names.values())
    return lambda text: names.get(text) or (text if text in called else "")


def _with_times(triples: Iterator[OxTriple], relations: Sequence[str]) -> Iterator[OxTriple]:
    """Yield triples, in those of some relations dates with a time as such, which are texts to `kg.tabular`."""
    nodes = {ox.NamedNode(tabular.relation_iri(name)) for name in relations}
    for subject, predicate, object_ in triples:
        if predicate in nodes and isinstance(object_, ox.Literal) and is_date_time(object_.value):
            yield subject, predicate, ox.Literal(object_.value, datatype=_DATE_TIME)
        else:
            yield subject, predicate, object_
