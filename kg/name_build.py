"""Fill a name index from a graph, and bring it up to date with a changed one."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kg.delta import Delta
from kg.name_index import (
    NameRow,
    as_term,
    change_counts,
    connect_writer,
    create_tables,
    delete_terms,
    finish,
    insert_names,
    term_key,
)
from kg.name_scan import Counts, Tally, count_subjects, scan_labels, scan_objects
from kg.naming import (
    CLASS_TYPES,
    PROPERTY_TYPES,
    Naming,
    TermFacts,
    is_value,
    label_preferences,
    look_up,
    name_kind,
    read_facts,
    read_labels,
    read_occurrences,
    read_predicates,
    read_typed,
    read_values,
    typing_predicates,
)
from kg.store import Store
from kg.text import fold, readable
from kg.types import RDF_TYPE, Graph, Iri, Literal

__all__ = ["build_index", "change_index", "find_differences", "load_settings"]

_CHUNK = 200  # terms asked about in one query

Progress = Callable[[int], None]
Rows = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_SOME_TERMS = "SELECT id, key FROM terms WHERE id > ? AND id % ? = 0 ORDER BY id LIMIT ?"
_NAMES_OF = """SELECT text, language, preferred, names.kind
    FROM names JOIN terms ON names.term = terms.id WHERE terms.key = ?"""

_STAGING = """
PRAGMA temp.cache_size=-131072;
CREATE TEMP TABLE seen (
    key TEXT PRIMARY KEY, degree INTEGER NOT NULL, is_class INTEGER NOT NULL, is_predicate INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TEMP TABLE labels (
    key TEXT, text TEXT, language TEXT, preferred INTEGER NOT NULL, PRIMARY KEY (key, text, language)
) WITHOUT ROWID;
"""
_ADD_SEEN = """
INSERT INTO seen VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    degree = degree + excluded.degree,
    is_class = MAX(is_class, excluded.is_class),
    is_predicate = MAX(is_predicate, excluded.is_predicate)
"""
_ADD_LABEL = """
INSERT INTO labels VALUES (?, ?, ?, ?)
ON CONFLICT (key, text, language) DO UPDATE SET preferred = MAX(preferred, excluded.preferred)
"""
_NAMES_BY_DEGREE = """
SELECT terms.id, terms.key, seen.is_class, seen.is_predicate, labels.text, labels.language, labels.preferred
FROM terms JOIN seen USING (key) LEFT JOIN labels USING (key) ORDER BY terms.id
"""


def build_index(path: Path, graph: Graph, naming: Naming, *, progress: Progress | None = None) -> None:
    """Write a complete name index of a graph to a new file.

    Args:
        path: A file that does not exist yet.
        graph: The graph to read.
        naming: Which predicates give labels, and which strings are values.
        progress: Called with the number of names written so far.
    """
    connection = connect_writer(path)
    try:
        create_tables(connection)
        connection.executescript(_STAGING)
        connection.execute("BEGIN")
        if isinstance(graph, Store):
            predicates = _stage_store(connection, graph, naming)
        else:
            predicates = _stage(connection, graph, naming)
        _stage_types(connection, graph, predicates)
        connection.execute(
            "INSERT INTO terms (key, degree) SELECT key, degree FROM seen ORDER BY degree DESC, key"
        )
        written = 0
        for inserted in insert_names(connection, _name_rows(connection)):
            written += inserted
            if progress is not None:
                progress(written)
        connection.execute("COMMIT")
        finish(connection, settings=json.dumps(asdict(naming)))
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _stage_store(connection: sqlite3.Connection, store: Store, naming: Naming) -> Collection[str]:
    """Pass over an embedded graph for what names need; return its predicates."""

    def add(is_class: int) -> Tally:
        def hand_on(counts: Counts) -> None:
            connection.executemany(_ADD_SEEN, ((key, n, is_class, 0) for key, n in counts.items()))

        return Tally(hand_on)

    preferences = label_preferences(naming)
    typings = {iri.value for iri in typing_predicates(naming)}
    predicates = count_subjects(store, add(is_class=0))
    connection.executemany(_ADD_SEEN, ((predicate, n, 0, 1) for predicate, n in predicates.items()))
    for predicate in predicates:
        if predicate in preferences:
            labels = scan_labels(store, predicate)
            preferred = preferences[predicate]
            connection.executemany(
                _ADD_LABEL, ((key, label.value, label.language, preferred) for key, label in labels)
            )
            continue
        values = scan_objects(store, predicate, add(is_class=predicate in typings), naming)
        connection.executemany(_ADD_SEEN, ((term_key(value), n, 0, 0) for value, n in values))
    return predicates


def _stage(connection: sqlite3.Connection, graph: Graph, naming: Naming) -> Collection[str]:
    """Ask a graph for what names need; return its predicates."""
    preferences = label_preferences(naming)
    predicates = read_predicates(graph)
    connection.executemany(_ADD_SEEN, ((predicate, n, 0, 1) for predicate, n in predicates.items()))
    for predicate in predicates:
        if predicate in preferences:
            _stage_labels(connection, graph, predicate, preferred=preferences[predicate])
            continue
        for page in read_occurrences(graph, predicate, side="s"):
            connection.executemany(_ADD_SEEN, ((key, n, 0, 0) for key, n in page))
        _stage_objects(connection, graph, predicate, naming)
    return predicates


def _stage_types(connection: sqlite3.Connection, graph: Graph, predicates: Collection[str]) -> None:
    """Note what is typed as a class or a property."""
    if RDF_TYPE.value not in predicates:
        return
    for types, flags in ((CLASS_TYPES, (1, 0)), (PROPERTY_TYPES, (0, 1))):
        rows = ((key, 0, *flags) for key in read_typed(graph, types))
        connection.executemany(_ADD_SEEN, rows)


def _stage_labels(connection: sqlite3.Connection, graph: Graph, predicate: str, *, preferred: bool) -> None:
    for page in read_labels(graph, predicate):
        connection.executemany(_ADD_SEEN, ((key, 1, 0, 0) for key, _ in page))
        connection.executemany(
            _ADD_LABEL,
            ((key, label.value, label.language, preferred) for key, label in page if label is not None),
        )


def _stage_objects(connection: sqlite3.Connection, graph: Graph, predicate: str, naming: Naming) -> None:
    is_class = Iri(predicate) in typing_predicates(naming)
    for page in read_occurrences(graph, predicate, side="o"):
        connection.executemany(_ADD_SEEN, ((key, n, is_class, 0) for key, n in page))
    values = read_values(graph, predicate, naming)
    connection.executemany(_ADD_SEEN, ((term_key(value), n, 0, 0) for value, n in values))


def _name_rows(connection: sqlite3.Connection) -> Iterator[NameRow]:
    """Yield the names of all staged terms; a term without a label is named by its IRI."""
    cursor = connection.execute(_NAMES_BY_DEGREE)
    for term, key, is_class, is_predicate, text, language, preferred in cursor:
        value = as_term(key)
        kind = name_kind(is_class=is_class, is_predicate=is_predicate)
        if isinstance(value, Literal):
            yield term, value.value, value.language, "value", True
        elif text is None:
            yield term, readable(key), "", kind, True
        else:
            yield term, text, language, kind, bool(preferred)


def load_settings(connection: sqlite3.Connection) -> Naming:
    """Return the settings that an index was built with."""
    row = connection.execute("SELECT value FROM meta WHERE key = 'settings'").fetchone()
    return Naming(**json.loads(row[0]))


def change_index(connection: sqlite3.Connection, graph: Graph, delta: Delta, naming: Naming) -> None:
    """Bring the names up to date with a change of an embedded graph in one transaction; see `Names.change`."""
    facts = []
    for term, more in delta.degrees(label_preferences(naming)).items():
        if isinstance(term, Literal) and not is_value(term, naming):
            continue
        row = connection.execute("SELECT degree FROM terms WHERE key = ?", (term_key(term),)).fetchone()
        # A value that has no name yet may be one of more than an index keeps: it has to be counted.
        degree = None if row is None and isinstance(term, Literal) else (row[0] if row else 0) + more
        facts.append(look_up(graph, term, naming, degree))
    _replace_terms(connection, facts)


def _replace_terms(connection: sqlite3.Connection, facts: Iterable[TermFacts]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for fact in facts:
            _replace_term(connection, fact)
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.execute("ROLLBACK")
        raise


def find_differences(rows: Rows, graph: Graph, naming: Naming, *, every: int) -> Iterator[Iri | Literal]:
    """Yield the terms of which an index does not keep what a graph says; see `Names.differences`."""
    last = 0
    while page := rows(_SOME_TERMS, [last, every, _CHUNK]):
        last = page[-1][0]
        for facts in read_facts(graph, [as_term(key) for _, key in page], naming):
            key = term_key(facts.term)
            names = [(*name, facts.kind) for name in facts.names] if facts.degree else []
            kept = [(text, language, bool(own), kind) for text, language, own, kind in rows(_NAMES_OF, [key])]
            degree = rows("SELECT degree FROM terms WHERE key = ?", [key])
            if sorted(kept) != sorted(names) or (degree or [(0,)]) != [(facts.degree,)]:
                yield facts.term


def _replace_term(connection: sqlite3.Connection, facts: TermFacts) -> None:
    key = term_key(facts.term)
    delete_terms(connection, [key])
    if not facts.degree:
        return
    cursor = connection.execute("INSERT INTO terms (key, degree) VALUES (?, ?)", (key, facts.degree))
    number = cursor.lastrowid or 0
    rows = [(number, text, language, facts.kind, preferred) for text, language, preferred in facts.names]
    for _ in insert_names(connection, rows):
        change_counts(connection, [fold(row[1]) for row in rows], step=1)
