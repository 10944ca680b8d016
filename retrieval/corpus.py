"""The passages, images, sources and entity links of a knowledge base, in one SQLite file.

One writer and many readers: a reader sees what was committed when it opened the file, however long it stays
open. An `add` or `remove_source` happens whole or not at all, also when the process is killed.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from retrieval.corpus_tables import (
    ALIKE,
    APPLICATION_ID,
    COUNTS,
    DIGESTS,
    ENTITIES_OF,
    FORMAT_VERSION,
    IDS_OF_FILE,
    IDS_OF_LINE,
    IMAGES_AFTER,
    IMAGES_BY_ID,
    ITEMS_OF,
    LINKED,
    NAMES_BELOW,
    NAMES_HERE,
    ORPHANS,
    PAGE_ROWS,
    PASSAGES_AFTER,
    PASSAGES_BY_ID,
    REMOVE_ITEMS,
    REMOVE_SOURCE,
    SCHEMA,
    SOURCES,
    check_format,
    connect,
    file_of,
    insert_images,
    insert_links,
    insert_passages,
    likeness_of,
    reading_mode,
)
from retrieval.errors import StorageError
from retrieval.types import EntityLink, Image, Passage

__all__ = ["Corpus", "Counts", "Source"]


class Source(NamedTuple):
    """A file that was added.

    Attributes:
        name: Its name.
        kind: What it was read as.
        passages: How many passages came of it, of all lines of a .jsonl file.
        images: How many images came of it.
        digest: What its content was like when it was added, "" where nobody noted it.
    """

    name: str
    kind: str
    passages: int
    images: int
    digest: str = ""


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
            connection = connect(path, "rwc")
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
            connection = connect(path, reading_mode(path) if read_only else "rw")
            check_format(connection, path)
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
        digests: Mapping[str, str] | None = None,
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
            digests: Digest of each of these sources by name, "" where it is not listed.

        Raises:
            StorageError: If a link names an item that does not exist, an id lacks its prefix, or the file
                cannot be written (read-only, full disk). The corpus is then as before.
        """
        with self._transaction() as run:
            noted = ((name, kind, (digests or {}).get(name, "")) for name, kind in (sources or {}).items())
            run.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?, ?)", noted)
            insert_passages(run, passages)
            insert_images(run, images)
            insert_links(run, links)

    def remove_source(self, source: str) -> tuple[str, ...]:
        """Remove a source with its passages, images and their links.

        Where one line of a file goes, the file's digest is forgotten: it is no longer here as it was added.

        Args:
            source: Name of a file, or of one line of a .jsonl file ("x.jsonl#id"), as it was added.

        Returns:
            Ids of the removed passages and images, sorted; empty if the source had none or is unknown.

        Raises:
            StorageError: If the file cannot be written.
        """
        with self._transaction() as run:
            file = file_of(source)
            found = (
                run.execute(IDS_OF_FILE, (file,))
                if file == source
                else run.execute(IDS_OF_LINE, (file, source))
            )
            ids = tuple(row[0] for row in found)
            for statement in REMOVE_ITEMS:
                run.execute(statement, (json.dumps(ids),))
            run.execute("UPDATE sources SET digest = '' WHERE name = ?", (file,))
            run.execute(REMOVE_SOURCE, (file,))
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

    def alike(self, texts: Sequence[str]) -> dict[str, list[str]]:
        """Return the sources of the passages with the same words as each of some texts, in order.

        White space and case make no difference; a text that no passage has is absent.
        """
        wanted = {text: likeness_of(text) for text in texts}
        sources: dict[int, list[str]] = {}
        for likeness, source in self._rows(ALIKE, json.dumps(list(wanted.values()))):
            sources.setdefault(likeness, []).append(source)
        return {text: sources[likeness] for text, likeness in wanted.items() if likeness in sources}

    def digests(self, names: Sequence[str]) -> dict[str, str]:
        """Return the digest of each of these sources that is there, by name."""
        return dict(self._rows(DIGESTS, json.dumps(list(names))))

    def names_below(self, folder: str, kind: str = "") -> list[str]:
        """Return the names of the sources below a folder, of one kind or of all; "." is that of relative names."""
        here = folder == "."
        rows = self._rows(NAMES_HERE, kind) if here else self._rows(NAMES_BELOW, folder.rstrip("/"), kind)
        return [name for (name,) in rows]

    def counts(self) -> Counts:
        """Return how many sources, passages, images and links there are."""
        return Counts(*self._rows(COUNTS)[0])

    def linked_entities(self, prefix: str = "") -> list[str]:
        """Return every entity that some link names and that begins with `prefix`, once, sorted."""
        return [iri for (iri,) in self._rows(LINKED, prefix)]

    def orphans(self) -> list[str]:
        """Return the ids that links name and no passage or image has; there are none unless there is damage."""
        return [item_id for (item_id,) in self._rows(ORPHANS)]

    def compact(self) -> None:
        """Give back the space of what was removed, and empty the log of changes.

        While others have the file open, both happen when the last of them closes it.

        Raises:
            StorageError: If the file is open for reading only, or cannot be written.
        """
        with self._lock:
            try:
                if self._connection.execute("PRAGMA freelist_count").fetchone()[0]:
                    self._connection.execute("VACUUM")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except sqlite3.Error as error:
                raise StorageError(f"cannot compact the corpus {self._path}: {error}") from error

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
