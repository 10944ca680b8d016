"""The SQLite file behind `kg.names`: its tables, and how they are filled and changed.

Three ways in: the folded name (exact look-up), its words (`words`, where every Chinese character is a
word, so that a phrase is a sub-string) and its three-character pieces (`grams`, for typos). Names are
numbered from the most to the least frequent term, so that a cut-off list keeps the prominent ones.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kg.text import fold, words
from kg.types import XSD, Iri, Literal

__all__ = [
    "VERSION",
    "NameRow",
    "as_term",
    "change_counts",
    "connect_writer",
    "create_tables",
    "delete_terms",
    "finish",
    "grams_of",
    "insert_names",
    "padded",
    "term_key",
    "words_of",
]

VERSION = "1"
_BATCH = 20_000

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE terms (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, degree INTEGER NOT NULL);
CREATE TABLE names (
    id INTEGER PRIMARY KEY, term INTEGER NOT NULL, text TEXT NOT NULL, folded TEXT NOT NULL,
    language TEXT NOT NULL, kind TEXT NOT NULL, preferred INTEGER NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5(
    folded, content='', columnsize=0,
    tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* S* Co' tokenchars '#%@_'"
);
CREATE VIRTUAL TABLE grams USING fts5(folded, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1');
CREATE TABLE word_counts (item TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE gram_counts (item TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX names_folded ON names (folded);
CREATE INDEX names_term ON names (term);
CREATE INDEX names_kind ON names (kind) WHERE kind IN ('class', 'predicate');
CREATE VIRTUAL TABLE temp.word_list USING fts5vocab('main', 'words', 'row');
CREATE VIRTUAL TABLE temp.gram_list USING fts5vocab('main', 'grams', 'row');
INSERT INTO word_counts SELECT term, doc FROM temp.word_list;
INSERT INTO gram_counts SELECT term, doc FROM temp.gram_list;
DROP TABLE temp.word_list;
DROP TABLE temp.gram_list;
"""

_ADD_WORDS = "INSERT INTO word_counts VALUES (?, ?) ON CONFLICT (item) DO UPDATE SET n = n + excluded.n"
_ADD_GRAMS = "INSERT INTO gram_counts VALUES (?, ?) ON CONFLICT (item) DO UPDATE SET n = n + excluded.n"

NameRow = tuple[int, str, str, str, bool]
"""Term id, text, language, kind, preferred."""


def connect_writer(path: Path) -> sqlite3.Connection:
    """Return a connection for one builder: nothing is safe against a crash until the file is renamed."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-65536;")
    return connection


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the empty tables."""
    connection.executescript(_TABLES)


def insert_names(connection: sqlite3.Connection, rows: Iterable[NameRow]) -> Iterator[int]:
    """Insert names in batches and yield how many were inserted after each."""
    number = connection.execute("SELECT COALESCE(MAX(id), 0) FROM names").fetchone()[0]
    batch: list[NameRow] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            number = _insert_batch(connection, batch, number)
            yield len(batch)
            batch = []
    if batch:
        _insert_batch(connection, batch, number)
        yield len(batch)


def _insert_batch(connection: sqlite3.Connection, batch: Sequence[NameRow], number: int) -> int:
    folded = [fold(row[1]) for row in batch]
    ids = range(number + 1, number + 1 + len(batch))
    connection.executemany(
        "INSERT INTO names VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            (i, term, text, key, language, kind, preferred)
            for i, key, (term, text, language, kind, preferred) in zip(ids, folded, batch, strict=True)
        ),
    )
    connection.executemany(
        "INSERT INTO words (rowid, folded) VALUES (?, ?)",
        ((i, " ".join(words_of(key))) for i, key in zip(ids, folded, strict=True)),
    )
    connection.executemany(
        "INSERT INTO grams (rowid, folded) VALUES (?, ?)",
        ((i, padded(key)) for i, key in zip(ids, folded, strict=True)),
    )
    return number + len(batch)


def finish(connection: sqlite3.Connection, *, settings: str) -> None:
    """Make the look-up tables of a freshly filled index, keep its settings and mark it as complete."""
    connection.executescript(_INDEXES)
    connection.execute("INSERT INTO meta VALUES ('settings', ?), ('version', ?)", (settings, VERSION))


def delete_terms(connection: sqlite3.Connection, keys: Sequence[str]) -> None:
    """Delete terms and all their names from every table, inside the caller's transaction."""
    for key in keys:
        found = connection.execute("SELECT id FROM terms WHERE key = ?", (key,)).fetchone()
        if found is None:
            continue
        rows = connection.execute("SELECT id, folded FROM names WHERE term = ?", found).fetchall()
        for name_id, folded in rows:
            spaced, piece = " ".join(words_of(folded)), padded(folded)
            connection.execute(
                "INSERT INTO words (words, rowid, folded) VALUES ('delete', ?, ?)", (name_id, spaced)
            )
            connection.execute(
                "INSERT INTO grams (grams, rowid, folded) VALUES ('delete', ?, ?)", (name_id, piece)
            )
        change_counts(connection, [folded for _, folded in rows], step=-1)
        connection.execute("DELETE FROM names WHERE term = ?", found)
        connection.execute("DELETE FROM terms WHERE id = ?", found)


def change_counts(connection: sqlite3.Connection, folded: Sequence[str], *, step: int) -> None:
    """Add `step` to the number of names that hold each word and piece of some folded names."""
    for sql, cut in ((_ADD_WORDS, words_of), (_ADD_GRAMS, grams_of)):
        counts = Counter(item for text in folded for item in set(cut(text)))
        connection.executemany(sql, ((item, n * step) for item, n in counts.items()))


def words_of(folded: str) -> list[str]:
    """Return the words of an already folded name."""
    return folded.split() if folded.isascii() else words(folded)


def padded(folded: str) -> str:
    """Return a folded name between marks, so that short names and name ends have pieces of their own."""
    return f"_{folded}_"


def grams_of(folded: str) -> list[str]:
    """Return the three-character pieces of a folded name between marks.

    >>> grams_of("no")
    ['_no', 'no_']
    """
    text = padded(folded)
    return [text[i : i + 3] for i in range(len(text) - 2)]


def term_key(term: Iri | Literal) -> str:
    """Return the key of a term: the IRI itself, or a string in quotes with its language or datatype.

    >>> term_key(Literal("drama")), term_key(Literal("drame", language="fr"))
    ('"drama"', '"drame"@fr')
    """
    if isinstance(term, Iri):
        return term.value
    if term.language:
        return f'"{term.value}"@{term.language}'
    return f'"{term.value}"' + ("" if term.datatype == XSD + "string" else term.datatype)


def as_term(key: str) -> Iri | Literal:
    """Return the term of a key, the inverse of `term_key`.

    >>> as_term('"drame"@fr') == Literal("drame", language="fr")
    True
    """
    if not key.startswith('"'):
        return Iri(key)
    value, _, suffix = key[1:].rpartition('"')
    if suffix.startswith("@"):
        return Literal(value, language=suffix[1:])
    return Literal(value, suffix or XSD + "string")
