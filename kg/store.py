"""The embedded graph: Oxigraph, in memory or on disk, with the source of every triple."""

from __future__ import annotations

import json
import shutil
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import quote, unquote

import pyoxigraph as ox

from kg import folder
from kg.convert import DEFAULT_PREFIXES, OxTerm, to_ox, triple_from_ox
from kg.errors import GraphError, QueryError
from kg.readonly import check_read_only
from kg.types import Blank, Iri, Row, Term, Triple
from kg.worker import Worker

if TYPE_CHECKING:
    import rdflib

__all__ = ["Store"]

OxTriple = tuple[ox.NamedNode | ox.BlankNode, ox.NamedNode, OxTerm]

SOURCE = "urn:kbqa:source:"
_DEFAULT = ox.DefaultGraph()

# Every triple is in the default graph once, where queries see it, and once in the named graph of each of
# its sources. Oxigraph's union of named graphs would save the copy, but it repeats a triple of two sources,
# so that counts come out wrong.
_REMOVE = """
DELETE {{ ?s ?p ?o }} WHERE {{
  GRAPH <{0}> {{ ?s ?p ?o }} FILTER NOT EXISTS {{ GRAPH ?other {{ ?s ?p ?o }} FILTER(?other != <{0}>) }}
}} ;
DROP SILENT GRAPH <{0}>
"""


class Store:
    """A graph in memory or in a folder; implements `kg.types.Graph`.

    Queries run in a process of their own on a read-only view (or, for a graph in memory, on a copy), so that
    one that runs away can be killed. Prefixes of the store need no declaration in a query.

    Example:
    >>> with Store.in_memory() as store:
    ...     store.add([Triple(Iri("urn:paris"), Iri("urn:in"), Iri("urn:france"))], source="atlas")
    ...     store.select("SELECT ?x { <urn:paris> ?p ?x }")
    1
    [{'x': Iri(value='urn:france')}]
    """

    def __init__(
        self, inner: ox.Store, path: Path | None, *, read_only: bool, prefixes: Mapping[str, str]
    ) -> None:
        """Wrap an Oxigraph store; use `in_memory` or `open`."""
        self._open_inner: ox.Store | None = inner
        self._path = path
        self._read_only = read_only
        self._prefixes = {**DEFAULT_PREFIXES, **prefixes}
        self._count: int | None = None
        self._sources: dict[str, int] | None = None
        self._worker = Worker(self._worker_setup)
        self._drop_view: Callable[[], object] = lambda: None

    @classmethod
    def in_memory(cls) -> Store:
        """Return an empty store that lives as long as this process."""
        return cls(ox.Store(), None, read_only=False, prefixes={})

    @classmethod
    def open(cls, path: Path, *, read_only: bool = True) -> Store:
        """Return the store in a folder.

        Args:
            path: The folder. With `read_only` it must hold a store; else it is made where missing.
            read_only: Whether writes are refused. Any number of readers may be open beside one writer; each
                sees the data as they were when it was opened.

        Raises:
            GraphError: If the folder is missing, is no store, is damaged or has another writer.
        """
        path = Path(path)
        inner = folder.open_to_read(path) if read_only else folder.open_to_write(path)
        return cls(inner, path, read_only=read_only, prefixes=folder.read_prefixes(path))

    @property
    def prefixes(self) -> Mapping[str, str]:
        """Prefix → namespace: rdf, rdfs, xsd, owl and those of the loaded files."""
        return MappingProxyType(self._prefixes)

    @property
    def remote(self) -> bool:
        """False: a look-up takes microseconds."""
        return False

    def select(self, query: str, *, limit: int = 10_000, seconds: float = 10.0) -> list[Row]:
        """Return the rows of a SELECT query; see `kg.types.Graph.select`.

        `seconds` includes the wait for other threads' queries, not the start of the query process.
        """
        self._check("select", query)
        return self._worker.select(query, limit=limit, seconds=seconds)

    def ask(self, query: str, *, seconds: float = 10.0) -> bool:
        """Return the answer of an ASK query; see `kg.types.Graph.ask`."""
        self._check("ask", query)
        return self._worker.ask(query, seconds=seconds)

    def triples(
        self,
        subject: Iri | Blank | None = None,
        predicate: Iri | None = None,
        object: Term | None = None,
        *,
        limit: int = 10_000,
    ) -> list[Triple]:
        """Return at most `limit` triples that match a pattern; see `kg.types.Graph.triples`."""
        inner = self._inner
        try:
            quads = inner.quads_for_pattern(
                None if subject is None else to_ox(subject),
                None if predicate is None else to_ox(predicate),
                None if object is None else to_ox(object),
                _DEFAULT,
            )
        except GraphError:
            return []  # no store holds an invalid term
        try:
            return [triple_from_ox(quad) for quad in islice(quads, limit)]
        except folder.BROKEN as error:
            raise self._unreadable(error) from None

    def scan(self, predicate: Iri | None = None) -> Iterator[OxTriple]:
        """Yield all triples, or those of one predicate, as pyoxigraph terms and one by one: for a whole pass.

        Raises:
            GraphError: If the store is closed or damaged.
        """
        found = self._inner.quads_for_pattern(
            None, None if predicate is None else to_ox(predicate), None, _DEFAULT
        )
        with self._reading():
            for quad in found:
                subject, object_ = quad.subject, quad.object
                if not isinstance(subject, ox.Triple) and not isinstance(object_, ox.Triple):
                    yield subject, quad.predicate, object_

    def __len__(self) -> int:
        """Return the number of distinct triples."""
        if self._count is None:
            with self._reading():
                self._count = _counts(self._inner, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[""]
        return self._count

    def sources(self) -> dict[str, int]:
        """Return the number of triples of each source, sorted by name; a shared triple counts for each."""
        if self._sources is None:
            query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
            with self._reading():
                counts = _counts(self._inner, query)
            self._sources = {_source_name(graph): counts[graph] for graph in sorted(counts) if counts[graph]}
        return dict(self._sources)

    def triples_of(self, source: str, *, limit: int) -> list[Triple]:
        """Return at most `limit` triples of a source, in no order; none for an unknown one."""
        found = self._inner.quads_for_pattern(None, None, None, ox.NamedNode(_source_iri(source)))
        with self._reading():
            return [triple_from_ox(quad) for quad in islice(found, limit)]

    def add(self, triples: Iterable[Triple], *, source: str) -> int:
        """Add triples of one source, all or none, and return how many were given.

        Args:
            triples: Any number that fits in memory; see `kg.load` for files.
            source: What they come from, such as a file name; the name under which they can be removed.

        Raises:
            GraphError: If a term is not valid RDF or the store cannot be written.
        """
        given = [(to_ox(s), to_ox(p), to_ox(o)) for s, p, o in triples]
        self._write(lambda inner: inner.extend(_doubled(given, source)))
        return len(given)

    def bulk_load(self, triples: Iterable[OxTriple], *, source: str) -> None:
        """Add any number of triples, given as pyoxigraph terms, all or none.

        Raises:
            GraphError: If the store cannot be written. Errors of `triples` itself are passed on.
        """
        self._write(lambda inner: inner.bulk_extend(_doubled(triples, source)))

    def remove_source(self, source: str) -> int:
        """Remove the triples that come from a source and from no other.

        Returns:
            How many triples the source had; 0 for an unknown one.
        """
        graph = _source_iri(source)
        with self._reading():
            had = _counts(self._inner, f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")[""]
            alone = all(other.value == graph for other in self._inner.named_graphs())
        if not had:
            return 0
        if alone:
            self._write(lambda inner: inner.clear())
        else:
            self._write(lambda inner: inner.update(_REMOVE.format(graph)))
        return had

    def add_prefixes(self, prefixes: Mapping[str, str]) -> None:
        """Add prefixes; one that is there already keeps its namespace, and malformed ones are left out."""
        new = {k: v for k, v in prefixes.items() if k not in self._prefixes and folder.valid_prefix(k, v)}
        if not new:
            return
        self._prefixes |= new
        self._worker.refresh()
        if self._path is not None:
            folder.write_prefixes(self._path, self._prefixes)

    def as_rdflib(self) -> rdflib.Graph:
        """Return an `rdflib.Graph` on the same data, for reading.

        What is written through it has no source, and queries through this object may not see it.
        """
        import oxrdflib
        import rdflib
        from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

        graph = rdflib.Graph(oxrdflib.OxigraphStore(store=self._inner), identifier=DATASET_DEFAULT_GRAPH_ID)
        for prefix, namespace in self._prefixes.items():
            graph.bind(prefix, namespace)
        return graph

    def warm(self) -> None:
        """Start the query process now, so that the first query need not wait for it."""
        self._worker.warm()

    def flush(self) -> None:
        """Make sure that everything written is on disk."""
        if self._path is not None and not self._read_only:
            self._inner.flush()

    def optimize(self) -> None:
        """Merge the files of the store, so that what was removed takes no space any more; it takes a while."""
        self._write(lambda inner: inner.optimize())

    def close(self) -> None:
        """Flush, end the query process and let go of the folder; may be called again."""
        if self._open_inner is None:
            return
        self._worker.close()
        self._drop_view()
        self.flush()
        self._open_inner = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _inner(self) -> ox.Store:
        if self._open_inner is None:
            raise GraphError(f"{self._path or 'the graph in memory'}: this store is closed; open it again")
        return self._open_inner

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except folder.BROKEN as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: Exception) -> GraphError:
        place = self._path or "the graph in memory"
        return GraphError(f"{place}: cannot read the graph ({folder.line(error)}); open it again")

    def _check(self, wanted: str, query: str) -> None:
        _ = self._inner  # closed stores answer nothing
        form = check_read_only(query)
        if form != wanted:
            raise QueryError(f"{wanted} answers {wanted.upper()} queries; this is one for {form}")

    def _write(self, change: Callable[[ox.Store], None]) -> None:
        if self._read_only:
            raise GraphError(f"{self._path}: this store was opened read-only; open it with read_only=False")
        try:
            change(self._inner)
        except folder.BROKEN as error:
            raise GraphError(
                f"{self._path or 'memory'}: cannot write the graph: {folder.line(error)}; nothing was changed"
            ) from None
        finally:
            self._count = self._sources = None
            self._worker.refresh()

    def _worker_setup(self) -> Iterator[bytes]:
        if self._path is None:
            yield json.dumps({"op": "load", "prefixes": self._prefixes}).encode("ascii")
            dump = self._inner.dump(format=ox.RdfFormat.N_QUADS)
            assert dump is not None
            yield dump
        else:
            path = folder.data_of(self._path)
            if not self._read_only:
                path = folder.new_view(self._inner, self._path)
                self._drop_view()
                self._drop_view = weakref.finalize(self, shutil.rmtree, path, ignore_errors=True)
            yield json.dumps({"op": "open", "path": str(path), "prefixes": self._prefixes}).encode("ascii")


def _doubled(triples: Iterable[OxTriple], source: str) -> Iterator[ox.Quad]:
    """Yield each triple for the default graph and for the graph of its source."""
    graph = ox.NamedNode(_source_iri(source))
    for subject, predicate, object_ in triples:
        yield ox.Quad(subject, predicate, object_, _DEFAULT)
        yield ox.Quad(subject, predicate, object_, graph)


def _source_iri(source: str) -> str:
    return SOURCE + quote(source, safe="", errors="surrogatepass")


def _source_name(iri: str) -> str:
    return unquote(iri.removeprefix(SOURCE), errors="surrogatepass")


def _counts(inner: ox.Store, query: str) -> dict[str, int]:
    """Return ?n for each ?g ("" where the query has none)."""
    found: dict[str, int] = {}
    solutions = inner.query(query)
    assert isinstance(solutions, ox.QuerySolutions)
    for solution in solutions:
        *graph, count = solution
        found[graph[0].value if graph else ""] = int(count.value)
    return found
