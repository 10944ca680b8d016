"""BM25 over texts that come and go, kept by tantivy in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from retrieval.errors import StorageError
from retrieval.words import index_words, needed_words

__all__ = ["LexicalIndex"]

FORMAT_VERSION = 1
FORMAT_FILE, META_FILE = "format.json", "meta.json"
WRITER_BYTES = 32_000_000
NAMES_AT_ONCE = 200
MAX_QUERY_WORDS = 128  # distinct ones; a longer question is cut


class LexicalIndex:
    """A BM25 index by item id.

    An id's part up to and with the first ":" is its kind, by which a search can be narrowed. Changes can be seen
    after `commit`, and by other processes when they open the index again: an open index is a snapshot.
    """

    def __init__(self, path: Path, *, read_only: bool) -> None:
        """Attach to an index folder; use `create` or `open`."""
        import tantivy

        self._tantivy = tantivy
        self._path = path
        self._analyzer = _analyzer()
        self._schema = _schema()
        try:
            self._index = tantivy.Index(self._schema, path=str(path))
            self._index.register_tokenizer("words", self._analyzer)
            self._index.config_reader(reload_policy="Manual")
            self._writer = None if read_only else self._index.writer(WRITER_BYTES, num_threads=1)
            self._searcher = self._index.searcher()
        except (ValueError, OSError) as error:
            raise StorageError(_reason(path, error)) from error

    @classmethod
    def create(cls, path: str | Path) -> LexicalIndex:
        """Return a new, empty index that can be written.

        Raises:
            StorageError: If the folder exists and is not empty, or cannot be made.
        """
        path = Path(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise StorageError(f"{path} is not empty; open the index, or remove it first")
            index = cls(path, read_only=False)
            (path / FORMAT_FILE).write_text(json.dumps({"format": FORMAT_VERSION}), encoding="utf-8")
        except OSError as error:
            raise StorageError(f"cannot create the word index {path}: {error}") from error
        return index

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = True) -> LexicalIndex:
        """Return the index in a folder.

        Raises:
            StorageError: If it is missing, damaged, of another version, or, for writing, has a writer already.
        """
        path = Path(path)
        try:
            found = json.loads((path / FORMAT_FILE).read_text(encoding="utf-8"))["format"]
        except FileNotFoundError as error:
            raise StorageError(f"no word index at {path}; build the knowledge base first") from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(f"the word index {path} is damaged: {error}; build it again") from error
        if found != FORMAT_VERSION:
            raise StorageError(
                f"the word index {path} has format {found}, this version reads {FORMAT_VERSION}; build it again"
            )
        if not (path / META_FILE).is_file():
            raise StorageError(f"the word index {path} is damaged: meta.json is missing; build it again")
        return cls(path, read_only=read_only)

    def close(self) -> None:
        """Give up the writer, if any; what was not committed is lost."""
        if self._writer is not None:
            self._writer.rollback()
            self._writer.wait_merging_threads()
            self._writer = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __len__(self) -> int:
        """Return the number of committed texts."""
        return int(self._searcher.num_docs)

    def add(self, items: Iterable[tuple[str, str]]) -> None:
        """Index texts; an id that is there already gets the new text.

        Args:
            items: (id, text) pairs.

        Raises:
            StorageError: If the index was opened for reading only, or cannot be written.
        """
        writer = self._writable()
        try:
            for item_id, text in items:
                writer.delete_documents_by_term("id", item_id)
                document = self._tantivy.Document()
                document.add_text("id", item_id)
                document.add_text("kind", _kind(item_id))
                document.add_text("text", " ".join(index_words(text)))
                writer.add_document(document)
        except (ValueError, OSError) as error:
            raise StorageError(_reason(self._path, error)) from error

    def remove(self, ids: Iterable[str]) -> None:
        """Remove texts by id; unknown ids are ignored."""
        writer = self._writable()
        for item_id in ids:
            writer.delete_documents_by_term("id", item_id)

    def commit(self) -> None:
        """Make all changes since the last commit durable and visible, or none of them.

        Raises:
            StorageError: If they cannot be written.
        """
        writer = self._writable()
        try:
            writer.commit()
            self._index.reload()
        except (ValueError, OSError) as error:
            raise StorageError(_reason(self._path, error)) from error
        self._searcher = self._index.searcher()

    def missing(self, ids: Sequence[str]) -> list[str]:
        """Return those of some ids that the index does not hold, in order."""
        query = self._tantivy.Query.term_set_query(self._schema, "id", list(ids))
        found = self._searcher.search(query, limit=max(1, len(ids)), count=False)
        held = {self._searcher.doc(address)["id"][0] for _, address in found.hits}
        return [item_id for item_id in ids if item_id not in held]

    def waste(self) -> int:
        """Return how many removed texts still take space.

        Raises:
            StorageError: If the index is damaged.
        """
        try:
            segments = json.loads((self._path / META_FILE).read_text(encoding="utf-8"))["segments"]
            return sum((segment["deletes"] or {}).get("num_deleted_docs", 0) for segment in segments)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StorageError(f"the word index {self._path} is damaged: {error}; build it again") from error

    def compact(self, items: Iterable[tuple[str, str]]) -> None:
        """Write the index anew and commit it; whoever has it open keeps what they see.

        Args:
            items: All (id, text) pairs that it holds.

        Raises:
            StorageError: If it was opened for reading only, or cannot be written; it is then as before.
        """
        writer = self._writable()
        try:
            writer.delete_all_documents()
        except (ValueError, OSError) as error:
            raise StorageError(_reason(self._path, error)) from error
        self.add(items)
        self.commit()

    def may_hold(self, names: Sequence[str]) -> list[str] | None:
        """Return the ids of all texts that may hold one of some names, and of few others.

        Words that are glued to Japanese kana are not seen.

        Args:
            names: Folded names, as `kg.text.fold` makes them.

        Returns:
            Ids, sorted; None where a name has no word that can be looked for, so that any text may hold it.
        """
        found: set[str] = set()
        for first in range(0, len(names), NAMES_AT_ONCE):
            groups = [needed_words(name) for name in names[first : first + NAMES_AT_ONCE]]
            if not all(groups):
                return None
            query = self._any(self._all(self._either(group) for group in some) for some in groups)
            hits = self._searcher.search(query, limit=max(1, len(self)), count=False).hits
            found.update(self._searcher.doc(address)["id"][0] for _, address in hits)
        return sorted(found)

    def _either(self, group: Sequence[str]) -> Any:
        """Return the query for the first word of a group or all the others."""
        word, *others = (self._term(word) for word in group)
        return self._any([word, self._all(others)]) if others else word

    def _term(self, word: str) -> Any:
        stems = self._analyzer.analyze(word)
        return self._all(
            self._tantivy.Query.term_query(self._schema, "text", stem, "basic") for stem in stems
        )

    def _all(self, queries: Iterable[Any]) -> Any:
        return self._tantivy.Query.boolean_query([(self._tantivy.Occur.Must, query) for query in queries])

    def _any(self, queries: Iterable[Any]) -> Any:
        return self._tantivy.Query.boolean_query([(self._tantivy.Occur.Should, query) for query in queries])

    def search(
        self, query: str, *, k: int, among: Sequence[str] | None = None, prefix: str = ""
    ) -> list[tuple[str, float]]:
        """Return the texts that share words with a query, by BM25.

        The query is words only: nothing in it is read as query syntax.

        Args:
            query: Any text; at most 128 distinct words of it are used.
            k: How many at most; at least 1.
            among: If given, only these ids are considered.
            prefix: If given, only ids of this kind, e.g. "p:".

        Returns:
            (id, score) pairs, best first, equal scores by id; empty if no word is known.

        Raises:
            ValueError: If `k` is below 1.
        """
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        words = list(dict.fromkeys(self._analyzer.analyze(" ".join(index_words(query)))))[:MAX_QUERY_WORDS]
        if not words or not len(self) or (among is not None and not among):
            return []
        # more than k, so that texts with equal scores are cut by id and not by their place in the index
        found = self._searcher.search(self._query(words, among, prefix), limit=2 * k + 10, count=False)
        ids = [(self._searcher.doc(address)["id"][0], float(score)) for score, address in found.hits]
        return sorted(ids, key=lambda pair: (-pair[1], pair[0]))[:k]

    def _query(self, words: Sequence[str], among: Sequence[str] | None, prefix: str) -> Any:
        """Build the tantivy query: any of the words, filtered without changing the scores."""
        query, occur = self._tantivy.Query, self._tantivy.Occur
        any_word = query.boolean_query(
            [(occur.Should, query.term_query(self._schema, "text", word, "freq")) for word in words]
        )
        filters = []
        if prefix:
            filters.append(query.term_query(self._schema, "kind", _kind(prefix), "basic"))
        if among is not None:
            filters.append(query.term_set_query(self._schema, "id", list(among)))
        if not filters:
            return any_word
        clauses = [(occur.Must, query.const_score_query(part, 0.0)) for part in filters]
        return query.boolean_query([(occur.Must, any_word), *clauses])

    def _writable(self) -> Any:
        """Return the writer."""
        if self._writer is None:
            raise StorageError(f"the word index {self._path} is open for reading only")
        return self._writer


def _kind(item_id: str) -> str:
    """Return an id's kind: its part up to and with the first ":"."""
    head, colon, _ = item_id.partition(":")
    return head + colon if colon else ""


def _analyzer() -> Any:
    """Return what stems the words that `index_words` made."""
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    return builder.filter(tantivy.Filter.stemmer("english")).build()


def _schema() -> Any:
    """Return the index's fields."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name="words", index_option="freq")
    return builder.build()


def _reason(path: Path, error: Exception) -> str:
    """Return one line for what tantivy said."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "LockBusy" in text or "lock" in text.lower():
        return f"the word index {path} is being written by another process; try again when it has finished"
    if not os.access(path, os.W_OK):
        return f"the word index {path} cannot be written: no permission"
    return f"the word index {path} failed: {text}"
