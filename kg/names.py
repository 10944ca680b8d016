"""Labels and aliases of a graph in one SQLite file: exact, by words, with typos, by sub-string."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kg.delta import Delta
from kg.errors import NamesError
from kg.instances import subclass_predicate, type_predicate
from kg.name_build import build_index, change_index, find_differences, load_settings
from kg.name_index import VERSION, term_key
from kg.name_search import exact, fuzzy, named, substring, tokens, word_counts
from kg.naming import Naming
from kg.text import readable
from kg.types import Graph, Iri, Kind, Literal, Name

__all__ = ["Names"]

_REMEMBERED = 20_000  # labels


class Names:
    """A name index. One object holds one snapshot and may be used by many threads.

    Example:
    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from kg.store import Store
    >>> from kg.types import RDFS_LABEL, Triple
    >>> lyon = Iri("http://example.org/lyon")
    >>> store = Store.in_memory()
    >>> store.add([Triple(lyon, RDFS_LABEL, Literal("Lyon"))], source="example")
    1
    >>> with Names.build(Path(mkdtemp()) / "names.sqlite", store) as names:
    ...     [name.text for name in names.find_exact(["lyon"])["lyon"]], names.label(lyon)
    (['Lyon'], 'Lyon')
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
        """Wrap an open index; use `build` or `open`."""
        self._connection = connection
        self._read_only = read_only
        self._path = path
        self._lock = threading.RLock()
        # Labels that were asked for lately; kept only where the snapshot cannot change.
        self._shown: dict[tuple[Iri, str], str] = {}

    @classmethod
    def build(
        cls,
        path: Path,
        graph: Graph,
        *,
        label_predicates: Sequence[str] = (),
        progress: Callable[[int], None] | None = None,
    ) -> Names:
        """Build the index of a graph; an index that is there is replaced once the new one is complete.

        Args:
            path: The file to write; its folder must exist.
            graph: The graph to read.
            label_predicates: IRIs of predicates that give labels, beside the well-known ones.
            progress: Called with the number of names written so far.

        Returns:
            The index, opened read-only.

        Raises:
            NamesError: If the file cannot be written.
            GraphError: If the graph cannot be read.
        """
        path = Path(path)
        part = path.with_name(path.name + ".part")
        try:
            part.unlink(missing_ok=True)
            naming = Naming(
                label_predicates=tuple(label_predicates),
                typing=type_predicate(graph).value,
                subclass=subclass_predicate(graph).value,
            )
            build_index(part, graph, naming, progress=progress)
            _remove_journals(path)
            part.replace(path)
        except (OSError, sqlite3.Error) as error:
            raise NamesError(
                f"{path}: the name index cannot be written ({error}); check folder and space"
            ) from error
        finally:
            part.unlink(missing_ok=True)
            _remove_journals(part)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = True) -> Names:
        """Open an index.

        Args:
            path: The file that `build` wrote.
            read_only: If true, the state of this moment is seen until `close`, whatever a writer does.

        Raises:
            NamesError: If the index is missing, damaged or of another version.
        """
        path = Path(path)
        if not path.is_file():
            raise NamesError(f"{path}: no name index there; build the knowledge base again")
        try:
            connection = _connect(path, read_only=read_only)
        except sqlite3.Error as error:
            raise NamesError(f"{path}: not a readable name index ({error}); build it again") from error
        names = cls(connection, path, read_only=read_only)
        try:
            names._check_version()
        except NamesError:
            names.close()
            raise
        return names

    def close(self) -> None:
        """Close the file; the object cannot be used afterwards."""
        with self._lock:
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """Return the number of names."""
        return int(self._rows("SELECT COUNT(*) FROM names")[0][0])

    def change(self, graph: Graph, delta: Delta) -> None:
        """Bring the names up to date with a change of the graph, all or none; the cost grows with the change.

        Args:
            graph: The graph after its change, not a remote one.
            delta: All that has changed since these were the names of the graph.

        Raises:
            NamesError: If the index is open read-only, or another process writes it.
            GraphError: If the graph cannot be read.
        """
        if self._read_only:
            raise NamesError(f"{self._path}: open read-only; open it with read_only=False to change it")
        with self._lock, self._reading():
            change_index(self._connection, graph, delta, load_settings(self._connection))

    def differences(self, graph: Graph, *, every: int = 1) -> Iterator[Iri | Literal]:
        """Yield the terms whose names, kind or number of triples here are not those that a graph gives.

        Args:
            graph: The graph that this should be the index of.
            every: Look at each so many-th term only.

        Raises:
            GraphError: If the graph cannot be read.
        """
        with self._lock, self._reading():
            naming = load_settings(self._connection)
        return find_differences(self._rows, graph, naming, every=every)

    def copy_to(self, path: Path) -> None:
        """Write the index to a new file without the space that removed names have left.

        Raises:
            NamesError: If the file is there already or cannot be written.
        """
        with self._lock, self._reading():
            self._connection.execute("COMMIT")
            self._connection.execute("VACUUM INTO ?", [str(path)])
            self._connection.execute("BEGIN")

    @property
    def label_predicates(self) -> tuple[str, ...]:
        """IRIs of the predicates that give labels, beside the well-known ones."""
        with self._lock, self._reading():
            return tuple(load_settings(self._connection).label_predicates)

    def find_exact(self, texts: Sequence[str]) -> dict[str, list[Name]]:
        """Return the names that equal given texts, except for case, accents, punctuation and the like.

        Args:
            texts: Any number of texts.

        Returns:
            Each text that is a name → its names, those written most like it first, then prominent ones.
        """
        return exact(self._rows, texts)

    def find_tokens(self, text: str, *, k: int) -> list[tuple[Name, float]]:
        """Return names that share words with a text.

        Args:
            text: Some words, in any order.
            k: How many names to return at most.

        Returns:
            Names with a score in [0, 1], best first: the shared part of all words in both, rare words
            weighing more. Ties are broken by prominence.
        """
        return tokens(self._rows, text, k=k)

    def find_fuzzy(self, text: str, *, k: int) -> list[tuple[Name, float]]:
        """Return names that are spelt nearly like a text.

        Args:
            text: A name with typos.
            k: How many names to return at most.

        Returns:
            Names with their similarity, 1 − edits / length, in [0.6, 1], best first; an exchange of two
            neighbours is one edit. Ties are broken by prominence.
        """
        return fuzzy(self._rows, text, k=k)

    def find_substring(self, text: str, *, k: int) -> list[tuple[Name, float]]:
        """Return names that hold a text as a part.

        Args:
            text: One Chinese character or more, or three Latin ones or more; shorter ones match the
                start of a name only.
            k: How many names to return at most.

        Returns:
            Names with the share of the name that the text makes up, in (0, 1], best first. Where very
            many names hold the text, only the more prominent of them are looked at.
        """
        return substring(self._rows, text, k=k)

    def label(self, term: Iri, *, language: str = "") -> str:
        """Return the name to show for a term.

        Args:
            term: Any IRI.
            language: Language tag wanted, "" for none.

        Returns:
            Its label in that language, else in English, else without language, else any name, else the
            readable form of the IRI.
        """
        return self.labels([term], language=language)[term]

    def labels(self, terms: Sequence[Iri], *, language: str = "") -> dict[Iri, str]:
        """Return term → the name to show for it, as `label` chooses it, in one look-up."""
        with self._lock:
            shown = {term: self._shown.get((term, language)) for term in terms}
        new = [term for term, text in shown.items() if text is None]
        found = self._find_labels(new, language) if new else {}
        if self._read_only:
            with self._lock:
                if len(self._shown) + len(found) > _REMEMBERED:
                    self._shown.clear()
                self._shown |= {(term, language): text for term, text in found.items()}
        return {term: found[term] if text is None else text for term, text in shown.items()}

    def _find_labels(self, terms: Sequence[Iri], language: str) -> dict[Iri, str]:
        keys = json.dumps([term.value for term in terms])
        rows = named(self._rows, "terms.key IN (SELECT value FROM json_each(?)) ORDER BY names.id", [keys])
        best: dict[Iri | Literal, Name] = {}
        for found in (row.name for row in rows):
            chosen = best.setdefault(found.term, found)
            if _display_rank(found, language) < _display_rank(chosen, language):
                best[found.term] = found
        return {term: best[term].text if term in best else readable(term.value) for term in terms}

    def of_kind(self, kind: Kind, *, limit: int = 10_000) -> list[Name]:
        """Return the names of one kind, those of prominent terms first, at most `limit` of them."""
        rows = named(self._rows, "names.kind = ? ORDER BY names.id LIMIT ?", [kind, limit])
        return [found.name for found in rows]

    def count_words(self, words: Sequence[str]) -> dict[str, int]:
        """Return each folded word that some name holds → the number of names that hold it."""
        return word_counts(self._rows, words)

    def of(self, term: Iri | Literal) -> list[Name]:
        """Return all names of a term, labels first; empty where the graph does not hold it."""
        rows = named(self._rows, "terms.key = ? ORDER BY preferred DESC, names.id", [term_key(term)])
        return [found.name for found in rows]

    def degree(self, term: Iri | Literal) -> int:
        """Return the number of triples that a term occurs in, 0 where it has no name."""
        return self.degrees([term])[term]

    def degrees(self, terms: Sequence[Iri | Literal]) -> dict[Iri | Literal, int]:
        """Return term → number of triples that it occurs in, 0 where it has no name."""
        keys = {term_key(term): term for term in terms}
        result = dict.fromkeys(terms, 0)
        sql = "SELECT key, degree FROM terms WHERE key IN (SELECT value FROM json_each(?))"
        for key, n in self._rows(sql, [json.dumps(list(keys))]):
            result[keys[key]] = int(n)
        return result

    def _check_version(self) -> None:
        rows = self._rows("SELECT value FROM meta WHERE key = 'version'")
        found = rows[0][0] if rows else "an unfinished one"
        if found != VERSION:
            raise NamesError(
                f"{self._path}: name index of version {found}, this is {VERSION}; build it again"
            )

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with self._lock, self._reading():
            return self._connection.execute(sql, values).fetchall()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise NamesError(f"{self._path}: {error}; is another process writing it") from error
        except sqlite3.Error as error:
            raise NamesError(
                f"{self._path}: damaged or closed name index ({error}); build it again"
            ) from error


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Connect; a reader begins the one transaction that keeps its view of the file."""
    if not read_only:
        return _checked(f"{path.absolute().as_uri()}?mode=rw", begin=False)
    try:
        return _checked(f"{path.absolute().as_uri()}?mode=ro", begin=True)
    except sqlite3.OperationalError:
        if path.with_name(path.name + "-wal").exists():
            raise
    # In a folder that cannot be written there is no place for SQLite's shared memory, and no writer either.
    return _checked(f"{path.absolute().as_uri()}?immutable=1", begin=True)


def _checked(address: str, *, begin: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        connection.execute("PRAGMA cache_size=-32768")
        if begin:
            connection.execute("BEGIN")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _display_rank(name: Name, language: str) -> tuple[int, bool]:
    """Rank labels before aliases only within one language: an alias a reader understands comes first."""
    wanted = language.lower().split("-")[0]
    order = [wanted, "en", ""] if wanted else ["en", ""]
    own = name.language.split("-")[0]
    return order.index(own) if own in order else len(order), not name.preferred


def _remove_journals(path: Path) -> None:
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
