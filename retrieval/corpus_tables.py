"""The SQLite file behind `retrieval.corpus`: its tables, its queries, and how rows are written."""

from __future__ import annotations

import hashlib
import os
import re
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from retrieval.errors import StorageError
from retrieval.types import EntityLink, Image, Passage

__all__ = [
    "ALIKE",
    "APPLICATION_ID",
    "COUNTS",
    "DIGESTS",
    "ENTITIES_OF",
    "FORMAT_VERSION",
    "IDS_OF_FILE",
    "IDS_OF_LINE",
    "IMAGES_AFTER",
    "IMAGES_BY_ID",
    "ITEMS_OF",
    "LINKED",
    "NAMES_BELOW",
    "NAMES_HERE",
    "ORPHANS",
    "PAGE_ROWS",
    "PASSAGES_AFTER",
    "PASSAGES_BY_ID",
    "REMOVE_ITEMS",
    "REMOVE_SOURCE",
    "SCHEMA",
    "SOURCES",
    "check_format",
    "connect",
    "file_of",
    "insert_images",
    "insert_links",
    "insert_passages",
    "likeness_of",
    "reading_mode",
    "words_of",
]

FORMAT_VERSION = 3
APPLICATION_ID = 0x6B627161  # "kbqa": tells our file from any other SQLite file
PAGE_ROWS = 1000
_LINE_OF_JSONL = re.compile(r"(.*?\.jsonl(?:\.gz)?)#", re.IGNORECASE | re.DOTALL)

SCHEMA = """
CREATE TABLE sources (
    name TEXT PRIMARY KEY, kind TEXT NOT NULL, digest TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE passages (
    id TEXT NOT NULL UNIQUE, text TEXT NOT NULL, source TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL,
    question TEXT NOT NULL, file TEXT NOT NULL, likeness INTEGER NOT NULL
);
CREATE INDEX passages_by_source ON passages (file, source);
CREATE INDEX passages_by_likeness ON passages (likeness, source);
CREATE TABLE images (
    id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, path TEXT NOT NULL,
    caption TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL
);
CREATE INDEX images_by_source ON images (source);
CREATE TABLE links (
    item_id TEXT NOT NULL, entity_id TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL,
    PRIMARY KEY (item_id, entity_id, start, "end")
) WITHOUT ROWID;
CREATE INDEX links_by_entity ON links (entity_id, item_id);
"""
# A list of ids is bound as one JSON value: json_each(?).
PASSAGES_BY_ID = """SELECT id, text, source, start, "end", title, language, question FROM passages
    WHERE id IN (SELECT value FROM json_each(?))"""
IMAGES_BY_ID = """SELECT id, source, path, caption, width, height FROM images
    WHERE id IN (SELECT value FROM json_each(?))"""
PASSAGES_AFTER = """SELECT rowid, id, text, source, start, "end", title, language, question FROM passages
    WHERE rowid > ? ORDER BY rowid LIMIT ?"""
IMAGES_AFTER = """SELECT rowid, id, source, path, caption, width, height FROM images
    WHERE rowid > ? ORDER BY rowid LIMIT ?"""
IDS_OF_FILE = """SELECT id FROM passages WHERE file = ?1
    UNION ALL SELECT id FROM images WHERE source = ?1 ORDER BY id"""
IDS_OF_LINE = "SELECT id FROM passages WHERE file = ?1 AND source = ?2 ORDER BY id"
REMOVE_ITEMS = (
    "DELETE FROM links WHERE item_id IN (SELECT value FROM json_each(?))",
    "DELETE FROM passages WHERE id IN (SELECT value FROM json_each(?))",
    "DELETE FROM images WHERE id IN (SELECT value FROM json_each(?))",
)
ITEMS_OF = """
    WITH pairs AS (
        SELECT item_id, entity_id, count(*) AS mentions FROM links
        WHERE entity_id IN (SELECT value FROM json_each(?1)) AND substr(item_id, 1, length(?2)) = ?2
        GROUP BY item_id, entity_id),
    best AS (
        SELECT item_id, count(*) AS entities, sum(mentions) AS total FROM pairs
        GROUP BY item_id ORDER BY entities DESC, total DESC, item_id LIMIT ?3)
    SELECT item_id, entity_id, mentions FROM best JOIN pairs USING (item_id)
    ORDER BY entities DESC, total DESC, item_id, mentions DESC, entity_id"""
ENTITIES_OF = """SELECT item_id, entity_id, start, "end" FROM links
    WHERE item_id IN (SELECT value FROM json_each(?)) ORDER BY item_id, start, "end", entity_id"""
SOURCES = """SELECT name, kind,
        (SELECT count(*) FROM passages WHERE file = name),
        (SELECT count(*) FROM images WHERE images.source = name), digest
    FROM sources ORDER BY name"""
ALIKE = """SELECT DISTINCT likeness, source FROM passages
    WHERE likeness IN (SELECT value FROM json_each(?)) ORDER BY likeness, source"""
DIGESTS = "SELECT name, digest FROM sources WHERE name IN (SELECT value FROM json_each(?))"
# "0" is the character after "/": all names below a folder, found by the primary key
NAMES_BELOW = """SELECT name FROM sources
    WHERE name > ?1 || '/' AND name < ?1 || '0' AND (?2 = '' OR kind = ?2) ORDER BY name"""
NAMES_HERE = """SELECT name FROM sources
    WHERE name NOT LIKE '/%' AND name NOT LIKE '../%' AND (?1 = '' OR kind = ?1) ORDER BY name"""
REMOVE_SOURCE = """DELETE FROM sources WHERE name = ?1
    AND NOT EXISTS (SELECT 1 FROM passages WHERE file = ?1)
    AND NOT EXISTS (SELECT 1 FROM images WHERE source = ?1)"""
COUNTS = """SELECT (SELECT count(*) FROM sources), (SELECT count(*) FROM passages),
    (SELECT count(*) FROM images), (SELECT count(*) FROM links)"""
LINKED = """SELECT DISTINCT entity_id FROM links
    WHERE entity_id >= ?1 AND entity_id < ?1 || char(1114111) ORDER BY entity_id"""
ORPHANS = """SELECT DISTINCT item_id FROM links
    WHERE item_id NOT IN (SELECT id FROM passages) AND item_id NOT IN (SELECT id FROM images) ORDER BY item_id"""
IS_ITEM = "SELECT 1 FROM passages WHERE id = ?1 UNION ALL SELECT 1 FROM images WHERE id = ?1"


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file by URI; `mode` is ro, rw, rwc or "ro&immutable=1"."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0)


def reading_mode(path: Path) -> str:
    """Return how to read a file: one in a folder that cannot be written needs `immutable`.

    SQLite makes a side file next to a WAL database even for readers, which a read-only folder forbids.
    """
    writable = os.access(path.parent, os.W_OK)
    return "ro" if writable or path.with_name(path.name + "-wal").exists() else "ro&immutable=1"


def check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not a corpus of this version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StorageError(f"{path} is not a corpus; give the folder of a knowledge base")
    if version != FORMAT_VERSION:
        raise StorageError(
            f"the corpus {path} has format {version}, this version reads {FORMAT_VERSION}; build it again"
        )


def insert_passages(run: sqlite3.Connection, passages: Iterable[Passage]) -> None:
    """Write passages, replacing those with the same id."""
    for passage in passages:
        _clear(run, passage.id, "p:", passage.source, "passages")
        values = (passage.id, passage.text, passage.source, passage.start, passage.end)
        about = (passage.title, passage.language, passage.question)
        run.execute(
            "INSERT OR REPLACE INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, *about, file_of(passage.source), likeness_of(words_of(passage))),
        )


def insert_images(run: sqlite3.Connection, images: Iterable[Image]) -> None:
    """Write images, replacing those with the same id."""
    for image in images:
        _clear(run, image.id, "i:", image.source, "images")
        values = (image.id, image.source, image.path, image.caption, image.width, image.height)
        run.execute("INSERT OR REPLACE INTO images VALUES (?, ?, ?, ?, ?, ?)", values)


def _clear(run: sqlite3.Connection, item_id: str, prefix: str, source: str, kind: str) -> None:
    """Make room for an item: its old links go, its source is noted."""
    if not item_id.startswith(prefix):
        raise StorageError(f"the id {item_id!r} of {source} must begin with {prefix!r}")
    run.execute("DELETE FROM links WHERE item_id = ?", (item_id,))
    run.execute("INSERT OR IGNORE INTO sources (name, kind) VALUES (?, ?)", (file_of(source), kind))


def file_of(source: str) -> str:
    """Return the file of a source, which may be a line of a .jsonl file.

    >>> file_of("x.jsonl#7"), file_of("C#.txt")
    ('x.jsonl', 'C#.txt')
    """
    match = _LINE_OF_JSONL.match(source)
    return match.group(1) if match else source


def words_of(passage: Passage) -> str:
    """Return all that a passage says: its text, after the question that it answers where there is one."""
    return f"{passage.question}\n{passage.text}" if passage.question else passage.text


def likeness_of(text: str) -> int:
    """Return a number that texts share if they differ in white space and case only.

    >>> likeness_of("A  River.") == likeness_of("a river."), likeness_of("A river.") == likeness_of("A lake.")
    (True, False)
    """
    plain = " ".join(text.casefold().split()).encode(errors="surrogatepass")
    return int.from_bytes(hashlib.blake2b(plain, digest_size=8).digest(), "big", signed=True)


def insert_links(run: sqlite3.Connection, links: Iterable[EntityLink]) -> None:
    """Write links; each must point to an item that is there."""
    known: set[str] = set()
    for link in links:
        if link.item_id not in known:
            if run.execute(IS_ITEM, (link.item_id,)).fetchone() is None:
                raise StorageError(f"a link to {link.entity_id} names the unknown item {link.item_id!r}")
            known.add(link.item_id)
        run.execute(
            "INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)",
            (link.item_id, link.entity_id, link.start, link.end),
        )
