"""The graph of a knowledge base with all that is computed from it: names, schema, relation vectors.

They live in one folder per version, `graph/1`, `graph/2`, …, which is never changed once it is in use: a change
of the graph makes the next version beside it, sharing what stays the same by hard links. So whoever reads the
old version keeps reading it, also from processes started later.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.storage.counting import GraphNumbers, count_again, count_graph
from kbqa.storage.intake import digest_of, name_of
from kbqa.storage.manifest import GraphSource
from kbqa.storage.parts import IN_USE, NAMES, RELATIONS, SCHEMA, STORE, dump_relations
from kbqa.storage.relations import relation_vectors
from kbqa.storage.report import Progress, Refusals
from kg.delta import Delta, between
from kg.errors import LoadError
from kg.load import load, read_triples
from kg.names import Names
from kg.profiling import profile
from kg.reprofile import reprofile
from kg.rows import keys_mark
from kg.schema import Schema
from kg.store import Store
from kg.taxonomy import Taxonomy
from kg.types import Graph, Triple

if TYPE_CHECKING:
    from kbqa.storage.parts import Parts
    from retrieval.types import Floats, TextEncoder

__all__ = [
    "Loading",
    "Touched",
    "can_be_read",
    "change_names",
    "copy_store",
    "describe_again",
    "describe_graph",
    "load_file",
]

FEWEST, MOST = 2_000, 200_000  # triples of the files concerned up to which a change is followed one by one …
SHARE = 0.05  # … or this share of the graph; above, names and schema are made anew


@dataclass(frozen=True, slots=True)
class Loading:
    """How a graph is read: the columns of tables, where refusals go, who is told of progress, what names things."""

    columns: tuple[str, ...] | None
    refusals: Refusals
    progress: Progress
    root: Path | None = None
    label_predicates: tuple[str, ...] = ()

    def digest_of(self, path: Path) -> str:
        """Return what changes with the content of a file of triples, what its columns are taken for, or keys beside it."""
        mark = keys_mark(path) if self.columns is None else ""
        return digest_of(path, *(self.columns or ()), *filter(None, [mark]))


def load_file(store: Store, path: Path, loading: Loading) -> GraphSource | None:
    """Load a file into a store under the name it was given by, and return what came of it.

    None is returned, with `on_error="skip"`, for a file that cannot be read at all.

    Raises:
        InputError: If it, or with `on_error="stop"` a statement of it, cannot be read.
        GraphError: If the store cannot be written.
    """
    name, refusals, digest = name_of(path, loading.root), loading.refusals, loading.digest_of(path)
    try:
        report = load(
            store,
            path,
            source=name,
            columns=loading.columns,
            on_error=refusals.on_error,
            progress=lambda done, total: loading.progress(f"triples of {name}", done, total),
        )
    except LoadError as error:
        refusals.add(name, error.line, error.reason)
        return None
    for problem in report.problems:
        refusals.add(name, problem.line, problem.reason)
    refusals.uncounted(name, report.skipped - len(report.problems))
    return GraphSource(report.triples, report.skipped, report.format, digest)


def can_be_read(path: Path, loading: Loading) -> bool:
    """Return whether `load_file` would load a file; only looked at where a failure does not stop everything."""
    if loading.refusals.on_error == "stop":
        return True
    try:
        for _ in read_triples(path, columns=loading.columns, on_error="skip"):
            pass
    except LoadError as error:
        loading.refusals.add(name_of(path, loading.root), error.line, error.reason)
        return False
    return True


def describe_graph(
    folder: Path,
    graph: Graph,
    names: Names,
    encoder: TextEncoder,
    *,
    known: Mapping[str, Floats] | None = None,
) -> GraphNumbers:
    """Write schema and relation vectors of a graph into its folder, and return its numbers.

    Args:
        folder: Where.
        graph: The graph.
        names: Its names.
        encoder: For the vectors that are not in `known`.
        known: Vectors of relation names from before.
    """
    schema = profile(graph)
    _write(folder, schema, names, encoder, known)
    return count_graph(graph, schema, names)


def describe_again(
    folder: Path, graph: Graph, names: Names, before: Parts, delta: Delta | None
) -> GraphNumbers:
    """Write schema and relation vectors of a changed graph into its folder, and return its numbers.

    Args:
        folder: Where.
        graph: The graph after the change.
        names: Its names.
        before: The knowledge base before the change.
        delta: What changed; None for so much that everything is read anew.
    """
    schema = None if delta is None else reprofile(before.schema, before.graph, graph, delta)
    if delta is None or schema is None:
        return describe_graph(folder, graph, names, before.encoder, known=before.relations)
    _write(folder, schema, names, before.encoder, before.relations)
    numbers = GraphNumbers(before.manifest.counts, before.manifest.label_languages)
    return count_again(numbers, (before.graph, before.names), (graph, names), schema, delta)


def _write(
    folder: Path, schema: Schema, names: Names, encoder: TextEncoder, known: Mapping[str, Floats] | None
) -> None:
    (folder / SCHEMA).write_text(json.dumps(schema.to_dict(), ensure_ascii=False), encoding="utf-8")
    vectors = relation_vectors(schema, names, encoder, known=known)
    (folder / RELATIONS).write_bytes(dump_relations(vectors, dim=encoder.dim))
    (folder / IN_USE).touch()


@contextmanager
def copy_store(old: Path, new: Path) -> Iterator[Store]:
    """Copy the store of one version to another, open it for writing, and flush it in the end.

    Files of data are never changed by Oxigraph, only added and deleted, so they are linked, not copied. Its diary
    (LOG, LOG.old.…) is left behind, which would grow with every version.
    """
    for path in sorted((old / STORE).rglob("*")):
        place = new / path.relative_to(old)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and not path.name.startswith(("LOCK", "LOG")):
            _link_or_copy(path, place, link=path.suffix == ".sst")
    with Store.open(new / STORE, read_only=False) as store:
        yield store
        store.flush()


class Touched:
    """Collects the triples of the sources that a change removes or loads, as long as they are few."""

    def __init__(self, store: Store, triples: int) -> None:
        """Prepare for a store that held so many triples before."""
        self._store = store
        self._most = min(max(FEWEST, round(SHARE * triples)), MOST)
        self._found: list[Triple] | None = []

    def note(self, source: str) -> None:
        """Note the triples that a source has now: before it is removed, or after it is loaded."""
        if self._found is not None:
            self._found += self._store.triples_of(source, limit=self._most + 1 - len(self._found))
            if len(self._found) > self._most:
                self._found = None

    def delta(self, old: Graph, taxonomy: Taxonomy) -> Delta | None:
        """Return what has changed since the old graph, None for very much, and where classes are told in another way."""
        if self._found is None or not taxonomy.is_of(self._store):
            return None
        return between(old, self._store, self._found)


def change_names(
    old: Path, new: Path, graph: Graph, delta: Delta | None, *, progress: Callable[[int], None]
) -> Names:
    """Make the names of the new version and return them open: from those of the old one, or all anew.

    Args:
        old: Folder of the old version.
        new: Folder of the new version.
        graph: The graph after its change.
        delta: What changed, None for very much.
        progress: Called with the number of names written so far, where all are written.
    """
    if delta is None:
        with Names.open(old / NAMES) as before:
            labels = before.label_predicates
        return Names.build(new / NAMES, graph, label_predicates=labels, progress=progress)
    shutil.copyfile(old / NAMES, new / NAMES)
    with Names.open(new / NAMES, read_only=False) as names:
        names.change(graph, delta)
    return Names.open(new / NAMES)


def _link_or_copy(path: Path, place: Path, *, link: bool) -> None:
    if link:
        try:
            os.link(path, place)
        except OSError:
            pass  # a file system without hard links
        else:
            return
    shutil.copyfile(path, place)
