"""The passages, images, sources and entity links of a knowledge base, in one SQLite file.

One writer and many readers: a reader sees what was committed when it opened the file, however long it stays
open. An `add` or `remove_source` happens whole or not at all, also when the process is killed.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from retrieval.errors import StorageError
from retrieval.types import EntityLink, Image, Passage

__all__ = ["Corpus", "Counts", "Source"]

FORMAT_VERSION = 1
APPLICATION_ID = 0x6B627161  # "kbqa": tells our file from any other SQLite file
PAGE_ROWS = 1000
_LINE_OF_JSONL = re.compile(r"(.*?\.jsonl(?:\.gz)?)#", re.IGNORECASE | re.DOTALL)

SCHEMA = """
CREATE TABLE sources (name TEXT PRIMARY KEY, kind TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE passages (
    id TEXT NOT NULL UNIQUE, text TEXT NOT NULL, source TEXT NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, title TEXT NOT NULL, language TEXT NOT NULL,
    file TEXT NOT NULL
);
CREATE INDEX passages_by_source ON passages (file, source);
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
PASSAGES_BY_ID = """SELECT id, text, source, start, "end", title, language FROM passages
    WHERE id IN (SELECT value FROM json_each(?))"""
IMAGES_BY_ID = """SELECT id, source, path, caption, width, height FROM images
    WHERE id IN (SELECT value FROM json_each(?))"""
PASSAGES_AFTER = """SELECT rowid, id, text, source, start, "end", title, language FROM passages
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
        (SELECT count(*) FROM images WHERE images.source = name)
    FROM sources ORDER BY name"""
COUNTS = """SELECT (SELECT count(*) FROM sources), (SELECT count(*) FROM passages),
    (SELECT count(*) FROM images), (SELECT count(*) FROM links)"""
IS_ITEM = "SELECT 1 FROM passages WHERE id = ?1 UNION ALL SELECT 1 FROM images WHERE id = ?1"


class Source(NamedTuple):
    """A file that was added, and how many passages and images came of it (of all lines of a .jsonl file)."""

    name: str
    kind: str
    passages: int
    images: int


class Counts(NamedTuple):
    """How many of each a corpus holds."""

    sources: int
    passages: int
    images: int
    links: int


class Corpus:
    """Passages and images by id, by source and by entity. Safe to share between threads."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Wrap an open connection; use `create` or `open`."""
        self._connection = connection
        self._path = path
        self._lock = threading.RLock()

    @classmethod
    def create(cls, path: str | Path) -> Corpus:
        """Return a new, empty corpus that can be written.

        Raises:
            StorageError: If the file exists already or cannot be made.
        """
        path = Path(path)
        if path.exists():
            raise StorageError(f"{path} exists already; open it, or remove it first")
        try:
            connection = _connect(path, "rwc")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(
                f"BEGIN; {SCHEMA} PRAGMA application_id = {APPLICATION_ID}; "
                f"PRAGMA user_version = {FORMAT_VERSION}; COMMIT;"
            )
        except sqlite3.Error as error:
            raise StorageError(f"cannot create the corpus {path}: {error}") from error
        return cls(connection, path)

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = True) -> Corpus:
        """Return the corpus in a file.

        Args:
            path: A file that `create` made.
            read_only: If true, the corpus stays as it is now for this reader, whatever a writer does.

        Raises:
            StorageError: If the file is missing, damaged, not a corpus or of another version.
        """
        path = Path(path)
        if not path.is_file():
            raise StorageError(f"no corpus at {path}; build the knowledge base first")
        try:
            connection = _connect(path, _reading_mode(path) if read_only else "rw")
            _check_format(connection, path)
            if read_only:
                connection.execute("BEGIN")
                connection.execute("SELECT count(*) FROM sources")  # the snapshot begins at the first read
        except sqlite3.Error as error:
            raise StorageError(f"cannot open the corpus {path}: {error}; build it again") from error
        return cls(connection, path)

    def close(self) -> None:
        """Close the file; the corpus cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(
        self,
        passages: Iterable[Passage] = (),
        images: Iterable[Image] = (),
        links: Iterable[EntityLink] = (),
        *,
        sources: Mapping[str, str] | None = None,
    ) -> None:
        """Store passages, images and their entity links in one transaction.

        Adding the same id again replaces the item and its links. A link may also name an item that is there
        already.

        Args:
            passages: Passages, whose ids begin with "p:".
            images: Images, whose ids begin with "i:".
            links: Links of these, or of stored, items.
            sources: Kind of each source by name. The source of an item that is not listed is noted with the
                kind "passages" or "images".

        Raises:
            StorageError: If a link names an item that does not exist, an id lacks its prefix, or the file
                cannot be written (read-only, full disk). The corpus is then as before.
        """
        with self._transaction() as run:
            run.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?)", (sources or {}).items())
            _insert_passages(run, passages)
            _insert_images(run, images)
            _insert_links(run, links)

    def remove_source(self, source: str) -> tuple[str, ...]:
        """Remove a source with its passages, images and their links.

        Args:
            source: Name of a file, or of one line of a .jsonl file ("x.jsonl#id"), as it was added.

        Returns:
            Ids of the removed passages and images, sorted; empty if the source had none or is unknown.

        Raises:
            StorageError: If the file cannot be written.
        """
        with self._transaction() as run:
            file = _file_of(source)
            found = (
                run.execute(IDS_OF_FILE, (file,))
                if file == source
                else run.execute(IDS_OF_LINE, (file, source))
            )
            ids = tuple(row[0] for row in found)
            for statement in REMOVE_ITEMS:
                run.execute(statement, (json.dumps(ids),))
            run.execute("DELETE FROM sources WHERE name = ?", (source,))
        return ids

    def get(self, ids: Sequence[str]) -> list[Passage | Image]:
        """Return the items with these ids, in the given order; unknown ids are left out."""
        given = json.dumps(list(ids))
        found: dict[str, Passage | Image] = {}
        for row in self._rows(PASSAGES_BY_ID, given):
            found[row[0]] = Passage(*row)
        for row in self._rows(IMAGES_BY_ID, given):
            found[row[0]] = Image(*row)
        return [found[item_id] for item_id in ids if item_id in found]

    def passages(self) -> Iterator[Passage]:
        """Yield every passage, in the order of adding, without holding them all in memory."""
        for row in self._stream(PASSAGES_AFTER):
            yield Passage(*row)

    def images(self) -> Iterator[Image]:
        """Yield every image, in the order of adding."""
        for row in self._stream(IMAGES_AFTER):
            yield Image(*row)

    def items_of(
        self, entity_ids: Sequence[str], *, limit: int, prefix: str = ""
    ) -> list[tuple[str, str, int]]:
        """Return the passages and images that are linked to any of these entities.

        Args:
            entity_ids: IRIs of entities.
            limit: How many items at most.
            prefix: "p:" for passages only, "i:" for images only, "" for both.

        Returns:
            (item id, entity id, number of mentions) for each pair. Items that are linked to more of the
            entities come first, then those with more mentions, then by id.
        """
        rows = self._rows(ITEMS_OF, json.dumps(list(entity_ids)), prefix, limit)
        return [(item_id, entity_id, mentions) for item_id, entity_id, mentions in rows]

    def entities_of(self, item_ids: Sequence[str]) -> dict[str, list[EntityLink]]:
        """Return the entity links of these items; each list by place, an item without links is absent."""
        links: dict[str, list[EntityLink]] = {}
        for row in self._rows(ENTITIES_OF, json.dumps(list(item_ids))):
            links.setdefault(row[0], []).append(EntityLink(*row))
        return links

    def sources(self) -> list[Source]:
        """Return every source with its counts, by name."""
        return [Source(*row) for row in self._rows(SOURCES)]

    def counts(self) -> Counts:
        """Return how many sources, passages, images and links there are."""
        return Counts(*self._rows(COUNTS)[0])

    def check(self) -> None:
        """Read the whole file and do nothing if it is sound.

        Raises:
            StorageError: If SQLite finds damage.
        """
        verdict = self._rows("PRAGMA integrity_check(1)")[0][0]
        if verdict != "ok":
            raise StorageError(f"the corpus {self._path} is damaged: {verdict}; build it again")

    def _rows(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        with self._lock:
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise StorageError(f"cannot read the corpus {self._path}: {error}") from error

    def _stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Yield a table's rows page by page, so that the lock is never held while the caller works."""
        last = 0
        while rows := self._rows(query, last, PAGE_ROWS):
            for row in rows:
                yield row[1:]
            last = rows[-1][0]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a write transaction that is undone on any error."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                with self._connection:
                    yield self._connection
            except sqlite3.Error as error:
                raise StorageError(f"cannot write the corpus {self._path}: {error}") from error


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open a file by URI; `mode` is ro, rw, rwc or "ro&immutable=1"."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=5.0)


def _reading_mode(path: Path) -> str:
    """Return how to read a file: one in a folder that cannot be written needs `immutable`.

    SQLite makes a side file next to a WAL database even for readers, which a read-only folder forbids.
    """
    writable = os.access(path.parent, os.W_OK)
    return "ro" if writable or path.with_name(path.name + "-wal").exists() else "ro&immutable=1"


def _check_format(connection: sqlite3.Connection, path: Path) -> None:
    """Refuse a file that is not a corpus of this version."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID:
        raise StorageError(f"{path} is not a corpus; give the folder of a knowledge base")
    if version != FORMAT_VERSION:
        raise StorageError(
            f"the corpus {path} has format {version}, this version reads {FORMAT_VERSION}; build it again"
        )


def _insert_passages(run: sqlite3.Connection, passages: Iterable[Passage]) -> None:
    """Write passages, replacing those with the same id."""
    for passage in passages:
        _clear(run, passage.id, "p:", passage.source, "passages")
        values = (passage.id, passage.text, passage.source, passage.start, passage.end)
        run.execute(
            "INSERT OR REPLACE INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (*values, passage.title, passage.language, _file_of(passage.source)),
        )


def _insert_images(run: sqlite3.Connection, images: Iterable[Image]) -> None:
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
    run.execute("INSERT OR IGNORE INTO sources VALUES (?, ?)", (_file_of(source), kind))


def _file_of(source: str) -> str:
    """Return the file of a source, which may be a line of a .jsonl file.

    >>> _file_of("x.jsonl#7"), _file_of("C#.txt")
    ('x.jsonl', 'C#.txt')
    """
    match = _LINE_OF_JSONL.match(source)
    return match.group(1) if match else source


def _insert_links(run: sqlite3.Connection, links: Iterable[EntityLink]) -> None:
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
